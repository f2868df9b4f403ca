"""What goes into the networks: data sets that are generated, each from its seed alone, and images that are read."""
