"""Fit many networks side by side, and the small networks that come with the package."""
