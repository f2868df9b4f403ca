"""What a reader takes along of a unit in the explorer: its name, its citation, its row; and what a control is of.

In a real browser and from disk, with the made-up networks of ``synthetic_units.py``.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.book import synthetic_units
from tests.book.synthetic_units import DEAD, MARKUP

PHONE = {"viewport": {"width": 390, "height": 900}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_units.write(tmp_path_factory.mktemp("units"), many=100)


@pytest.fixture
def page(new_tab: Callable[..., Page], made: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A unit of a branch, in a browser with the options that the test names; faults of the page fail the test."""
    faults: list[str] = []
    page = new_tab(**getattr(request, "param", {}))
    page.on("console", lambda message: message.type == "error" and faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(made.as_uri() + "#plain/mixed4b_5x5/5")
    page.evaluate("() => unitExplorer.ready")
    yield page
    assert faults == []


def go(page: Page, *place: str | int) -> None:
    page.evaluate("(place) => unitExplorer.go('#' + place.map(encodeURIComponent).join('/'))", list(place))
    expect(page.locator(".unit-view h2").first).to_have_text(f"{place[1]}/{place[2]}")


def row(page: Page) -> tuple[str, dict[str, Any]]:
    """The name and the content of the file that the button gives."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this row (JSON)").click()
    found: dict[str, Any] = json.loads(Path(download.value.path()).read_text("utf-8"))
    return download.value.suggested_filename, found


def test_a_row_has_the_names_of_the_table(page: Page) -> None:
    file, found = row(page)
    assert file == "plain_mixed4b_5x5_5.json"
    assert (found["unit"], found["network"], found["layer"], found["number"]) == (
        *("plain/mixed4b/5x5/5", "plain", "mixed4b/5x5", 5),
    )
    assert (found["block"], found["numberInBlock"]) == ("mixed4b", 389)
    assert found["address"] == "index.html#plain/mixed4b_5x5/5"
    assert found["measures"]["colour_blind"] is True
    assert found["measures"]["strongest_class"] == "class 3 "
    np.testing.assert_allclose(found["measures"]["colour_index"], 5 / 63, rtol=1e-6)
    assert len(found["strongest"]) == 9
    assert len(found["fedBy"]) == 5
    layers = ("conv1/", "mixed4b/5x5/", "mixed4b/1x1/", "wide/")
    others = [one["unit"] for key in ("nearestByResponse", "fedBy", "feeds") for one in found[key]]
    assert all(name.startswith(tuple(f"plain/{layer}" for layer in layers)) for name in others)
    go(page, "plain", "mixed4b_5x5", DEAD)
    _, found = row(page)
    assert found["measures"]["colour_index"] is None, "JSON has no NaN"
    assert found["strongest"] == []
    go(page, "plain", "conv1", 2)
    assert row(page)[1]["numberInBlock"] is None


def test_the_number_in_the_whole_layer_stands_below_the_name(page: Page) -> None:
    line = page.locator(".unit-view .where")
    expect(line).to_contain_text("Plain network · unit 389 of mixed4b · layer 2 of 4")
    go(page, "plain", "mixed4b_1x1", 7)
    expect(line).to_contain_text("unit 7 of mixed4b")
    go(page, "plain", "conv1", 2)
    expect(line).to_have_text("Plain network · layer 1 of 4 · 16 units · kernels of 3 × 3 over 6 channels")


def test_a_unit_is_cited_with_version_commit_and_repository(page: Page) -> None:
    field = page.get_by_label("How to cite this unit")
    assert field.input_value() == (
        "A book, version 1 (commit 0123456789ab), unit plain/mixed4b/5x5/5 of Plain network. "
        "index.html#plain/mixed4b_5x5/5, https://github.com/owner/name"
    )
    page.evaluate("unitExplorer.networks()[0].repository = ''")
    go(page, "plain", "conv1", 2)
    assert field.input_value().endswith("unit plain/conv1/2 of Plain network. index.html#plain/conv1/2")


@pytest.mark.parametrize("page", [{}, PHONE], indirect=True, ids=["desktop", "phone"])
def test_the_command_that_shows_a_row_names_any_unit(page: Page) -> None:
    code = page.locator(".unit-record code")
    expect(code).to_have_text("make row UNIT=plain/mixed4b/5x5/5")
    layer = f"first {MARKUP}"
    go(page, "strange", layer, 2)
    assert shlex.split(code.inner_text()) == ["make", "row", f"UNIT=strange/{layer}/2"]
    assert page.locator("#units :is(img, b, script)").count() == 0
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("page", [{}, PHONE], indirect=True, ids=["desktop", "phone"])
def test_a_control_is_named(page: Page) -> None:
    of = "share of units with random weights below Plain network"
    expect(page.get_by_title(f"Control: {of}")).to_have_text("below 92% of the control")
    told = page.get_by_text(f"The control: {of}.")
    expect(told).to_be_hidden()
    page.get_by_role("button", name="What do these mean?").click()
    expect(told).to_be_visible()
    expect(page.locator(".unit-measures .meaning", has_text="The control:")).to_have_count(1)
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    go(page, "plain", "mixed4b_5x5", DEAD)  # it has no such measure, and so no control
    expect(page.locator(".unit-measures .meaning", has_text="The control:")).to_have_count(0)


def test_a_control_is_named_beside_another_unit(page: Page) -> None:
    page.evaluate("unitExplorer.go('#plain/mixed4b_5x5/5?with=plain/conv1/4')")
    header = page.locator(".unit-shared th[scope=row]").first
    expect(header).to_have_attribute(
        "title",
        "how much of the response is due to colours. "
        "The control: share of units with random weights below Plain network.",
    )
    expect(page.locator(".unit-shared .page").nth(1)).to_have_text("Responses and weights")
