"""The networks that are trained for the study."""
