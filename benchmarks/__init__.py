"""Measured ratios of speed, run by ``make bench``; each module is one comparison, in one run."""
