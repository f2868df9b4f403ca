"""The unit explorer of the built book: see ``test_built_book.py``; a finger, also with made-up networks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.book.addresses import on_disk
from tests.book.units.pages import READY, heading

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[3] / "_build" / "html")).resolve()
PLACE = HTML / "units.html"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
IN_THE_BOOK = pytest.param(PLACE, marks=pytest.mark.book, id="book")


@pytest.mark.book
def test_slash_leads_to_the_search_of_units_in_the_book(open_units: Callable[..., Page]) -> None:
    """The book's scripts take the key, too, for a field that is not shown; its search takes all that is typed there."""
    page = open_units(PLACE)
    page.wait_for_load_state("load")
    field = page.get_by_role("combobox", name="Search units")
    page.keyboard.press("/")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    page.keyboard.type("n/r")
    expect(field).to_have_value("n/r")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    before = page.url
    page.keyboard.press("Control+k")
    search = page.get_by_placeholder("Search this book").locator("visible=true")
    expect(search).to_be_focused()
    page.keyboard.type("r/n")
    expect(search).to_have_value("r/n")
    page.keyboard.press("Tab")
    page.keyboard.press("r")
    assert page.url == before


@pytest.mark.book
def test_little_is_loaded_before_the_first_unit_of_the_book(browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    loaded: set[Path] = set()
    page.on("request", lambda request: loaded.add(on_disk(request.url)))
    page.goto(PLACE.as_uri())
    page.evaluate(READY)
    page.locator(".unit-tile").first.click()
    expect(heading(page)).to_be_visible()
    page.wait_for_load_state("networkidle")
    sizes = {path.name: path.stat().st_size for path in loaded}
    assert "pydata-sphinx-theme.js" in sizes, "scripts of the book count"
    assert "searchindex.js" not in sizes, "only a search needs it"
    assert sum(sizes.values()) < 2_000_000, sorted(sizes.items(), key=lambda one: -one[1])[:9]
    page.context.close()


@pytest.mark.parametrize("place", [pytest.param(None, id="made up"), IN_THE_BOOK])
def test_a_finger_leads_everywhere(open_units: Callable[..., Page], made: Path, place: Path | None) -> None:
    page = open_units(place or made, **PHONE)
    layer, units = page.evaluate(
        "(({layer, network}) => [layer, unitExplorer.networks().find(({id}) => id === network)"
        ".layers.find(({name}) => name === layer).units])(unitExplorer.state())"
    )
    page.locator(".unit-tile[data-unit='2']").tap()
    expect(heading(page)).to_have_text(f"{layer}/2")
    page.get_by_role("button", name="Next ›").tap()
    expect(heading(page)).to_have_text(f"{layer}/3")
    page.get_by_role("combobox", name="Search units").tap()
    page.keyboard.type(str(units - 1))
    page.locator("#unit-suggestions li").first.tap()
    expect(heading(page)).to_have_text(f"{layer}/{units - 1}")
    page.get_by_role("button", name="Compare").tap()
    page.get_by_role("link", name="All units", exact=True).tap()
    page.locator(".unit-tile[data-unit='1']").tap()
    expect(page.locator(".unit-view h2")).to_have_text([f"{layer}/1", f"{layer}/{units - 1}"])
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("button", name="Stop comparing").tap()
    expect(page.locator(".unit-view h2")).to_have_text([f"{layer}/1"])


@pytest.mark.book
def test_the_units_of_the_book(open_units: Callable[..., Page]) -> None:
    page = open_units(PLACE)
    expect(page.locator(".unit-tile").first).to_be_visible()
    tested = page.evaluate("unitExplorer.networks().map(({id, layers}) => [id, layers[layers.length >> 1].name])")
    assert tested
    for network, layer in tested:
        page.evaluate(f"unitExplorer.go('#' + {json.dumps([network, layer])}.map(encodeURIComponent).join('/'))")
        expect(page.locator(".unit-tile").first).to_be_visible()
        page.locator(".unit-tile").first.click()
        expect(heading(page)).to_contain_text("/0")
        expect(page.get_by_role("alert")).to_be_empty()
        missing = page.evaluate(
            """async () => {
                const sprites = [...document.querySelectorAll(".unit-sprite")];
                const urls = sprites.map((one) => one.style.backgroundImage.slice(5, -2));
                const loads = (url) => new Promise((done) => Object.assign(new Image(), {
                    onload: () => done(null), onerror: () => done(url), src: url,
                }));
                return (await Promise.all([...new Set(urls)].map(loads))).filter(Boolean);
            }"""
        )
        assert missing == []
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
