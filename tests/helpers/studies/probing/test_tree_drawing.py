import matplotlib.pyplot as plt
import numpy as np

from helpers.studies.probing.tree_drawing import draw, small_tree


def test_what_contributes_is_active_and_in_view():
    for seed in range(5):
        tree = small_tree(seed=seed)
        for row, (active, view, part) in enumerate(zip(tree.active, tree.in_view, tree.contributing, strict=True)):
            assert (part <= (active & view)).all(), row
        used = [edge for edge in tree.edges if edge.used]
        ends = {row: {edge.below[1] for edge in used if edge.below[0] == row} for row in range(len(tree.active) - 1)}
        for row, units in ends.items():
            assert units == set(np.flatnonzero(tree.contributing[row]))
    plt.close(draw(tree))
