"""The strip of a claim: every value has its dot at its place, and the words say what is drawn."""

import re
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup

from helpers.pages.strip import strip


def claim(values, *, study=None, limits=(), floor=None):
    def ends(part):
        return None if part is None or None in part else sum(part) / len(part)

    means = {name: ends(part) for name, part in values.items()} if isinstance(values, dict) else ends(values)
    return {
        "values": values, "mean": means, "low": means, "high": means, "study": study, "limits": list(limits),
        "floor": floor and {"text": "chance", "values": floor},
    }  # fmt: skip


def drawn(one):
    return BeautifulSoup(strip(one), "html.parser").svg


def places(svg):
    return [float(dot["cx"]) for dot in svg.find_all("circle")]


def test_dots_lie_in_proportion_to_the_values():
    found = places(drawn(claim([1, 2, 4, 8])))
    gaps = [b - a for a, b in pairwise(found)]
    assert [gap / gaps[0] for gap in gaps] == pytest.approx([1, 2, 4], abs=0.02)


def test_bounds_study_and_floor_are_drawn_inside():
    svg = drawn(claim([1, 2], study=5, limits=[0, 6], floor=[-1.0]))
    marks = [float(x) for path in svg.find_all("path") for x in re.findall(r"^M(-?[\d.]+)", path["d"])]
    assert len(marks) == 2 + 1 + 2 + 1 + 2  # bounds, diamond, mean and interval, square, ends of the axis
    assert all(0 <= x <= 420 for x in marks)
    words = svg["aria-label"]
    assert "2 values from 1 to 2, mean 1.5" in words
    assert "the bound 0 and 6" in words and "the study's 5" in words and "squares: chance" in words


def test_named_values_have_a_row_each_and_long_names_are_cut():
    svg = drawn(claim({"<a>": [1.0], "a name of more than eighteen letters": [2.0]}))
    assert [text.text for text in svg.find_all("text")][:2] == ["<a>", "a name of more th…"]
    assert len({dot["cy"] for dot in svg.find_all("circle")}) == 2


def test_many_names_and_many_values_are_thinned():
    svg = drawn(claim({str(i): [float(v) for v in range(1_000)] for i in range(40)}))
    assert len({dot["cy"] for dot in svg.find_all("circle")}) == 13
    assert len(svg.find_all("circle")) <= 13 * 150
    names = [text.text for text in svg.find_all("text")]
    assert names[:14] == [*map(str, range(12)), "…", "39"], "what is left out is marked"
    svg = drawn(claim({str(i): [1.0, 2.0] for i in range(13)}))  # the layers of VGG16
    assert [text.text for text in svg.find_all("text")][:13] == [*map(str, range(13))]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1.0, 1.0], ["1"]),
        ([-1e-9, 1.0], ["-1e-09", "1"]),
        ([-0.0, 1.0], ["0", "1"]),
        ([0.999999, 1.0], ["0.999999", "1"]),
    ],
)
def test_the_ends_of_an_axis_are_told_apart(values, labels):
    alone = {"limits": [], "study": None, "floor": None, "mean": None, "low": None, "high": None}
    svg = drawn({**claim(values), **alone})
    assert [text.text for text in svg.find_all("text")] == labels


def test_equal_values_have_a_place_and_values_that_are_not_finite_none():
    assert places(drawn(claim([3.0, 3.0]))) == [210, 210]
    assert len(places(drawn(claim([1.0, None])))) == 1
    assert strip(claim([None])) == "" and strip(claim(None)) == ""
