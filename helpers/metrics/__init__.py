"""Pure functions from tensors to numbers. They import nothing else of ``helpers``."""
