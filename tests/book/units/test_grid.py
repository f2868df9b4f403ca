"""The grid of the unit explorer, with made-up networks: ``synthetic_units.py``."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.book.synthetic_units import DEAD
from tests.book.units.pages import READY, columns, heading, units


def test_a_grid_is_sorted_and_filtered_by_any_measure(page: Page) -> None:
    status = page.locator(".unit-status")
    expect(status).to_have_text("mixed4b_5x5 of Plain network: 64 units, 1 dead.")
    assert units(page)[:5] == [0, 1, 2, 3, 4]
    dead = page.get_by_role("link", name=f"unit {DEAD}, dead", exact=True)
    expect(dead).to_contain_text("⊘ dead")

    page.get_by_label("Sort by").select_option("colour_index")
    expect(page.locator(".unit-tile").first).to_have_attribute("data-unit", "63")
    assert units(page)[-1] == DEAD, "what has no value comes last"
    expect(page.locator(".unit-tile .value").first).to_have_text("1")
    expect(page.locator(".unit-spread svg")).to_have_attribute("aria-label", "colour index over the layer, from 0 to 1")
    page.get_by_label("Order").select_option("smallest first")
    assert units(page)[:3] == [0, 1, 2]

    page.get_by_label("Add a filter").select_option("colour_index")
    page.get_by_label("colour index at least").fill("0.5")
    page.get_by_label("colour index at most").fill("0.6")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "colour index at most"
    assert units(page) == [unit for unit in range(64) if 0.5 <= unit / 63 <= 0.6 and unit != DEAD]
    page.get_by_label("Add a filter").select_option("strongest_class")
    page.get_by_label("strongest class contains").fill("BEAG")
    assert units(page) == [37]
    expect(status).to_contain_text("1 of 64 units (colour index at least 0.5, colour index at most 0.6")
    assert "where=colour_index:min:0.5;colour_index:max:0.6;strongest_class:has:BEAG" in page.url
    page.reload()
    page.evaluate(READY)
    assert units(page) == [37], "the address brings the same view back"
    page.get_by_role("button", name="Remove the filter on strongest class").click()
    page.get_by_role("button", name="Remove the filter on colour index").click()
    page.get_by_label("Add a filter").select_option("colour_blind")
    assert units(page) == [k for k in range(64) if k / 63 <= 0.1 and k != DEAD]


def test_ten_thousand_units_are_as_few_tiles_as_the_window_shows(open_units: Callable[..., Page], made: Path) -> None:
    page = open_units(made, "#plain/wide?sort=-gini")
    assert page.locator(".unit-tile").count() < 250
    expect(page.locator("[role=grid]")).to_have_attribute("aria-rowcount", str(-(-10_000 // columns(page))))
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator(".unit-tile .value").last).to_have_text("−4")  # the last of the smallest
    page.keyboard.press("/")
    page.keyboard.type("wide 4321")
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("wide/4321")
    page.keyboard.press("g")
    expect(page.locator(".unit-tile[data-unit='4321']")).to_be_focused()
    assert page.locator(".unit-tile").count() < 250


SLOW = """async () => {
    const now = performance.now.bind(performance), rows = () => document.querySelectorAll("[role=row]").length;
    let later = 0;
    performance.now = () => now() + (later += 10); // as if each row took more than a frame has
    const counts = [rows()];
    scrollTo(0, 30_000);
    for (let frame = 0; frame < 30; frame++) {
        await new Promise(requestAnimationFrame);
        counts.push(rows());
    }
    return counts;
}"""


def test_a_slow_computer_makes_few_rows_a_frame_and_all_in_the_end(open_units: Callable[..., Page], made: Path) -> None:
    page = open_units(made, "#plain/wide")
    counts = page.evaluate(SLOW)
    below = page.evaluate("document.querySelector('[role=row]:last-child').getBoundingClientRect().bottom")
    whole = counts.pop(0)
    fewest = counts.index(min(counts))
    filling = counts[fewest:]
    assert min(counts) <= 2, "the tile that Tab leads to, and a row of the window"
    assert all(0 <= after - before <= 1 for before, after in itertools.pairwise(filling))
    assert filling[-1] >= whole and below >= page.viewport_size["height"]


DRAG = """async () => {
    const passing = document.querySelector(".unit-passing"), said = [], made = [];
    const counted = new MutationObserver((records) => made.push(...records.flatMap((one) => [...one.addedNodes])));
    counted.observe(document.querySelector("[role=grid]"), { childList: true });
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    for (let k = 1; k <= 30; k++) {
        scrollTo(0, 1000 * k);
        await frame();
        await frame(); // the grid has seen it
        if (!passing.hidden) said.push(passing.textContent);
    }
    const rows = made.filter((one) => one.role === "row").length;
    while (!passing.hidden) await frame();
    return { said, rows, pixels: 30_000 };
}"""


def test_while_the_bar_is_dragged_fast_no_tile_is_made_and_a_note_says_where_one_is(
    open_units: Callable[..., Page], made: Path
) -> None:
    page = open_units(made, "#plain/wide?sort=-gini")
    dragged = page.evaluate(DRAG)
    found = [re.fullmatch(r"unit (\d+), gini (.+)", text) for text in dragged["said"]]
    assert all(found) and len({match[1] for match in found}) > 20, "another unit in nearly every frame"
    height = page.locator("[role=row]").first.bounding_box()["height"]
    assert dragged["rows"] < dragged["pixels"] / height / 4
    expect(page.locator(".unit-passing")).to_be_hidden()
    page.wait_for_function(FILLED)


def test_a_jump_alone_shows_tiles_and_no_note(open_units: Callable[..., Page], made: Path) -> None:
    page = open_units(made, "#plain/wide")
    page.evaluate("document.documentElement.scrollTop = 50_000")
    page.wait_for_function(FILLED)
    expect(page.locator(".unit-passing")).to_be_hidden()


# Whether a row of tiles reaches the lower edge of the window
FILLED = """() => [...document.querySelectorAll("[role=row]")]
    .some((row) => row.getBoundingClientRect().bottom >= innerHeight)"""


def test_a_taller_window_is_filled(open_units: Callable[..., Page], made: Path) -> None:
    page = open_units(made, "#plain/wide", viewport={"width": 1000, "height": 400})
    assert page.evaluate(FILLED)
    page.set_viewport_size({"width": 1000, "height": 2000})
    page.wait_for_function(FILLED)


def test_a_tile_keeps_the_focus_in_a_window_of_another_width(open_units: Callable[..., Page], made: Path) -> None:
    page = open_units(made, "#plain/wide", viewport={"width": 1200, "height": 700})
    page.locator(".unit-tile[tabindex='0']").focus()
    for _ in range(30):
        page.keyboard.press("ArrowDown")
    before = columns(page)
    unit = str(30 * before)
    for width in (700, 390, 1200):
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_function("before => document.querySelector('[role=grid]').ariaColCount != before", arg=before)
        before = columns(page)
        focused = page.locator(".unit-tile:focus")
        expect(focused).to_have_attribute("data-unit", unit)
        expect(focused).to_be_in_viewport()
