"""From a unit back to the input: the forward pass, gradient, guided backpropagation, deconvnet, contributions."""
