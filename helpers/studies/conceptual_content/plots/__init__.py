"""Figures of the conceptual content study."""
