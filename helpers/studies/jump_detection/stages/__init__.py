"""The networks that are trained for the study, one module per family."""
