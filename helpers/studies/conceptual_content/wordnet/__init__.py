"""The part of WordNet 3.0 that lies above ImageNet's classes, and how it was made."""
