"""Galleries: which units, which pictures, what is marked, and that a book for publication has no photographs."""

import ast
from io import BytesIO

import numpy as np
import pytest
import torch
from matplotlib.image import imread

from helpers.pages import sources
from helpers.plots.sheets import sheets
from helpers.plots.style import png
from helpers.randomness import generator
from helpers.studies.conceptual_content import galleries
from helpers.studies.conceptual_content.components import components, grey
from helpers.studies.conceptual_content.subject import subject

LAYERS = {"a": slice(0, 5), "b": slice(5, 12)}
COLOUR = torch.tensor([1.0, 0.2, 1.0])  # no component is drawn in it
NOISE = torch.rand(100, 1, 12, 12, generator=generator(0, "noise"))
CUTS = {1: NOISE * COLOUR[:, None, None], 7: NOISE.flip(3) * COLOUR[:, None, None], 8: torch.zeros(2, 3, 12, 12)}
TITLES = {7: "b 2", 1: "a 1", 8: "b 3"}


def test_units_at_the_ends_of_their_layers():
    nan = torch.nan
    degree = torch.tensor([3, nan, 1, 2, 5, 9, 8, 7, 6, nan, nan, 5.5])
    found = galleries.ends(degree, LAYERS, 2)
    assert {name: (low.tolist(), high.tolist()) for name, (low, high) in found.items()} == {
        "a": ([2, 3], [4, 0]),
        "b": ([11, 8], [5, 6]),
    }
    few = galleries.ends(degree, LAYERS, 4)["a"]
    assert [end.tolist() for end in few] == [[2, 3], [4, 0]]  # four units answer: none is at both ends
    assert galleries.numbered([4, 5], LAYERS) == {4: ("a", 4), 5: ("b", 0)}


def test_each_unit_has_its_own_components_and_patches(monkeypatch):
    gallery = galleries.in_grey(TITLES, CUTS, seed=0, patches=3)
    assert [title.removesuffix(galleries.NOT_CONVERGED) for title in gallery] == ["b 2", "a 1", "b 3 (too few patches)"]
    for unit, (shown, patches) in zip(TITLES, gallery.values(), strict=True):
        torch.testing.assert_close(patches, CUTS[unit][:3])
        alone = components(grey(CUTS[unit]), count=8, seed=0)
        if alone.there:
            low, high = (end(alone.pictures, dim=(1, 2, 3), keepdim=True) for end in (torch.amin, torch.amax))
            expected = ((alone.pictures - low) / (high - low)).expand(-1, 3, -1, -1)
            torch.testing.assert_close(shown.double(), expected, atol=1 / 500, rtol=0)
        else:
            assert (shown == 1).all()
    monkeypatch.setattr("helpers.studies.conceptual_content.components.MOST_STEPS", 1)
    marked = list(galleries.in_three_renderings(TITLES, CUTS, seed=0))
    assert marked == ["b 2 *", "a 1 *", "b 3 (too few patches)"]


def test_three_renderings_are_one_picture_in_three_ways():
    plain, coloured, whole = galleries.in_three_renderings({1: "a 1"}, CUTS, seed=0).popitem()[1]
    assert plain.shape == coloured.shape == whole.shape == (8, 3, 12, 12)
    assert float(coloured.min()) >= 0 and float(coloured.max()) <= 1
    assert ((whole * 255).round() == whole * 255).all()
    flat = torch.stack([coloured.flatten(1), whole.flatten(1)], dim=1)
    assert all(float(torch.corrcoef(pair)[0, 1]) > 0.999 for pair in flat)  # the same, stretched


@pytest.mark.parametrize("shown", [True, False])
def test_a_figure_without_thumbnails_has_no_point_of_an_image(shown):
    gallery = galleries.in_grey({1: "a 1"}, {1: COLOUR[:, None, None] * NOISE}, seed=0, patches=4 * shown)
    drawn = imread(BytesIO(png(sheets(gallery, columns=1))))[..., :3]
    assert bool((np.ptp(drawn, axis=-1) > 0.1).any()) == shown  # components are grey


def test_pages_that_cut_patches_out_of_images_ask_whether_they_may_be_shown():
    own = [page for page in sources.every() if page.study == "conceptual_content"]
    cutting = [page for page in own if "patches_of_units" in page.source.read_text("utf-8")]
    assert cutting
    for page in cutting:
        assert page.defaults.get("thumbnails") == "yes" and "are_shown" in page.source.read_text("utf-8"), page.name


def test_every_caption_of_the_study_says_which_images_are_in_use(monkeypatch):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    values = {"model": "vgg16", "layers": "auto", "images": "auto", "scale": "smoke", "seed": 0}
    assert subject(values, torch.device("cpu")).captioned.endswith("(images: procedural patterns, no photographs)")
    captions = []
    for page in (page for page in sources.every() if page.study == "conceptual_content"):
        for node in ast.walk(ast.parse(page.source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "run.figure":
                captions += [ast.unparse(word.value) for word in node.keywords if word.arg == "caption"]
    assert len(captions) > 25
    silent = [each for each in captions if "{of}" not in each and "credits()" not in each]
    assert not silent, silent
