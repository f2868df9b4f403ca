"""Figures that a reader can move, as HTML that needs no network; ``d3`` holds the modules of D3 that they use."""
