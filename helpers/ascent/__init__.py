"""Optimise an input, a signal or an image, so that units answer as strongly as they can."""
