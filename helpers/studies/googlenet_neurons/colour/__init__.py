"""Units and colour: algorithm 3 on optimised images, and responses to images whose colours were changed."""
