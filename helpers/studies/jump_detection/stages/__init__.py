"""The networks that are trained for the study, a module for each family."""
