"""A trained network by its name, ready to be looked into."""
