"""What page 3 says of its stages' tables, its pictures, and that a book for publication has no photographs."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from matplotlib import colormaps
from torch import nn

from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import Pretrained
from helpers.models.pretrained.weights import Weights
from helpers.pages import sources
from helpers.plots.style import DIVERGING
from helpers.randomness import generator
from helpers.studies.googlenet_neurons import choices, pattern_statements, trust, unit_pictures
from helpers.studies.googlenet_neurons.features import OBSERVERS, OTHER
from helpers.studies.googlenet_neurons.subject import Block, Branch, Subject
from helpers.studies.googlenet_neurons.ways import KINDS, NATURAL, OPTIMISED


def block(name, units):
    branch = Branch(block=name, name=name, layer=name, convolution=name, size=(3, 3), first=0, units=units)
    return Block(name=name, branches=(branch,))


SEEN = Subject(
    loaded=Pretrained(
        network=nn.Identity(),
        name="identity",
        preprocessing=Preprocessing(size=8),
        class_names=(),
        weights=Weights(source="random", description="random", sha256=""),
    ),
    blocks=(block("a", 4), block("b", 3), block("c", 5)),
    is_studys=False,
)
PLACE = torch.tensor([0, 3, 7, 9, 11])  # of blocks a, a, c, c, c


def test_shares_of_units_blocks_and_parts():
    right = torch.rand(len(OBSERVERS), len(choices.CONDITIONS), 5, choices.PARTS, generator=generator(0, "right"))
    found = trust.trust(SEEN, SimpleNamespace(place=PLACE, right=right))
    assert found.blocks == ["a", "c"] and found.block.tolist() == [0, 0, 1, 1, 1]
    table = right[OBSERVERS.index(OTHER), choices.CONDITIONS.index(choices.NATURAL)].numpy()
    np.testing.assert_allclose(found.share(choices.NATURAL), table.mean(1), rtol=1e-6)
    np.testing.assert_allclose(found.by_block(choices.NATURAL)["c"], table[2:].mean(1), rtol=1e-6)
    assert found.over_depth(choices.NATURAL)["2"] == pytest.approx(table[2:].mean(0).tolist())
    right[:, choices.CONDITIONS.index(choices.PERMUTED), 1] = torch.nan
    assert len(found.known(choices.NATURAL, choices.PERMUTED)[choices.NATURAL]) == 4


def test_ways_of_units_whose_layers_have_others_below():
    share = torch.rand(len(KINDS), 5, 2, generator=generator(0, "share"))  # layers a and b
    share[:, :2] = torch.nan
    found = trust.ways(SEEN, SimpleNamespace(place=PLACE, share=share))
    assert found.layers == ["a", "b"]
    kind = KINDS.index(OPTIMISED)
    last = found.last(OPTIMISED)
    assert np.isnan(last[:2]).all() and last[2:] == pytest.approx(share[kind, 2:, 1].tolist())
    assert [len(each) for each in found.pairs(OPTIMISED, NATURAL).values()] == [3, 3]
    matrix = found.matrix(OPTIMISED)
    assert np.isnan(matrix[:2]).all() and matrix[2] == pytest.approx(share[kind, 2:].mean(0).tolist())
    assert found.closer(OPTIMISED, steps=2) == {
        step: pytest.approx([float(matrix[2, k])]) for k, step in enumerate(("-2", "-1"))
    }
    assert found.closer(OPTIMISED) == {}


def test_kernels_in_two_parts_on_one_scale():
    kernel = torch.tensor([[2.0, -1.0, 0.0]] * 3)
    above, below = unit_pictures.kernel_pictures(kernel)
    for picture, values in ((above, [1.0, 0.5, 0.5]), (below, [0.5, 0.25, 0.5])):
        expected = np.array([colormaps[DIVERGING](value)[:3] for value in values]).T
        np.testing.assert_allclose(picture[:, 0], expected, atol=1e-6)


def test_pictures_of_a_row_have_one_size():
    row = [torch.rand(3, 5, 5), torch.rand(3, 96, 96)]
    (even,) = pattern_statements.even({"unit": [row]})["unit"]
    assert even.shape == (2, 3, 48, 48)
    torch.testing.assert_close(even[1], row[1].unflatten(1, (48, 2)).unflatten(3, (48, 2)).mean((2, 4)))
    assert pattern_statements.even({"unit": [[]]})["unit"][0].shape[0] == 0


def test_pages_that_cut_patches_out_of_images_ask_whether_they_may_be_shown():
    cutting = [
        page
        for page in sources.every()
        if page.study == "googlenet_neurons" and "unit_pictures.patches(" in page.source.read_text("utf-8")
    ]
    assert cutting
    for page in cutting:
        assert page.defaults.get("thumbnails") == "yes" and "are_shown" in page.source.read_text("utf-8"), page.name
