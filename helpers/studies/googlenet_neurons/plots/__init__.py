"""Figures that this study alone draws."""
