"""One function per kind of figure: takes arrays or tensors, returns a matplotlib figure, never computes a result."""
