"""Conceptual content in deep convolutional neural networks (VGG16): measures, components, controls, superclasses."""
