"""What goes into the networks: generated data sets, each a function of its seed alone."""
