"""Pure functions from tensors to numbers. Nothing else of ``helpers`` is imported here."""
