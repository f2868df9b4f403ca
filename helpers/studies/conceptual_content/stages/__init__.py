"""Stages of the study: they make what takes long, and pages read it."""
