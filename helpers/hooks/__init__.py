"""Looking inside a running network. What is hooked is always unhooked, also after an exception."""
