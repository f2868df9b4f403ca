"""The shape of clouds of points: density, Mapper graphs, persistent homology, and angles around a circle."""
