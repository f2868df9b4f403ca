"""The stages of the study: see :mod:`helpers.pages.stages`."""
