"""One function per kind of figure: takes arrays, returns a matplotlib figure, never computes a result."""
