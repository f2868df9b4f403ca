"""The lines that README and book show to people with a network of their own run, and are the same."""

import re

import pytest
import skimage.data
from PIL import Image

from helpers.pages.repository import REPOSITORY

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")


def lines(name: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (REPOSITORY / name).read_text("utf-8"), flags=re.DOTALL)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[dict, Image.Image]:
    """The variables of the book's lines, run in a folder with photographs, and the picture that they save."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "photos").mkdir()
    for name in PHOTOGRAPHS:
        Image.fromarray(getattr(skimage.data, name)()).save(folder / "photos" / f"{name}.png")
    variables: dict = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HELPERS_ASSETS", raising=False)
        patch.chdir(folder)
        for block in lines("book/own_network.md"):
            exec(block, variables)
    with Image.open(folder / "unit.png") as picture:
        picture.load()
    return variables, picture


def test_readme_and_book_show_the_same_lines():
    assert lines("README.md") == lines("book/own_network.md")[:1]


def test_they_find_what_excites_the_unit(run):
    hits, net = run[0]["hits"], run[0]["unit"].subject
    assert sorted(hit.name for hit in hits) == [f"{name}.png" for name in PHOTOGRAPHS]
    values = [float(net.unit("conv4_3", 13).activation(hit.image).max()) for hit in hits]
    assert values == pytest.approx([hit.value for hit in hits], rel=1e-4)
    assert values == sorted(values, reverse=True)
    assert run[0]["found"].value > values[0]


def test_nothing_outside_of_the_window_moves_the_unit(run):
    gradient = run[0]["gradient"].clone()
    assert gradient.any()
    gradient[:, *run[0]["best"].window.slices] = 0
    assert not gradient.any()


def test_they_make_the_picture_of_the_book(run):
    with Image.open(REPOSITORY / "book/_static/own_network.png") as shown:
        assert shown.size == run[1].size


def test_a_module_of_ones_own_has_units(run):
    assert run[0]["seen"] == (8, 16, 8, 16)
    assert run[0]["class_7"].image.shape == (1, 28, 28)


def test_they_are_ten_lines():
    assert len([line for line in lines("README.md")[0].splitlines() if line]) <= 10
