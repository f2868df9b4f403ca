"""The study of the units of GoogLeNet: kernels, optimised images, colour, borders, clusters, the shape of a layer."""
