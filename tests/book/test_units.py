"""The unit explorer in a real browser and from disk, with made-up networks: ``synthetic_units.py``.

The last test opens that of the built book: as in ``test_built_book.py``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.book import accessibility, synthetic_units
from tests.book.synthetic_units import DEAD, MARKUP

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[2] / "_build" / "html")).resolve()
READY = "() => unitExplorer.ready"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_units.write(tmp_path_factory.mktemp("units"))


@pytest.fixture(scope="module")
def open_units(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an address, ready. Errors of any page and requests beyond the disk fail the test."""
    faults: list[str] = []

    def opened(page_file: Path, hash: str = "", **context: Any) -> Page:
        page = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | context)).new_page()
        page.on("console", lambda message: message.type == "error" and faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: request.url.startswith(("http", "ws")) and faults.append(request.url))
        page.goto(page_file.as_uri() + hash)
        page.evaluate(READY)
        return page

    yield opened
    assert faults == []


@pytest.fixture
def page(open_units: Callable[..., Page], made: Path) -> Iterator[Page]:
    page = open_units(made, "#plain/mixed4b_5x5")
    yield page
    page.context.close()


def units(page: Page) -> list[int]:
    """The numbers of the tiles, in order."""
    return list(map(int, page.locator(".unit-tile").evaluate_all("tiles => tiles.map((tile) => tile.dataset.unit)")))


def heading(page: Page) -> Locator:
    return page.locator(".unit-view h2").first


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


def test_a_unit_shows_what_is_known_of_it(page: Page) -> None:
    page.get_by_role("link", name="unit 5", exact=True).click()
    expect(heading(page)).to_have_text("mixed4b_5x5/5")
    headings = page.locator(".unit-view h3").all_inner_texts()
    expected = ["What it looks for", "Activations", "Strongest patches", "The whole range of its activations"]
    expected += ["Kernels and their mean", "Measures", "Units that belong to it", "Claims that name it"]
    assert [text.split("\n")[0] for text in headings][:-1] == expected
    images = page.locator(".unit-sprite[role=img]")
    pictures = images.evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundImage)")
    assert len(pictures) == 2 + 9 + 5 + 6  # the sixth kernel is of no channel
    assert all("url(" in picture for picture in pictures)
    assert page.locator(".unit-patches li").count() == 9
    measures = page.locator(".unit-measures").inner_text()
    assert "below 92 % of the control" in measures  # 5 of 63
    assert "colour percentile" not in measures, "it is a bar beside its measure"
    page.get_by_role("button", name="What do these mean?").click()
    expect(page.get_by_text("how much of the response is due to colours")).to_be_visible()
    expect(page.locator(".unit-histogram")).to_contain_text("Active on")
    lists = page.locator(".unit-neighbours h4").all_inner_texts()
    assert [text.split("likeness")[0].split("share")[0].strip() for text in lists] == [
        "Nearest by response", "Nearest by weights", "Fed by", "Feeds",
    ]  # fmt: skip
    expect(page.locator(".unit-neighbours").nth(2).locator("li")).to_have_count(5)  # the sixth is "none"
    expect(page.locator(".unit-neighbours .unit-sprite").first).to_be_visible()  # the thumbnails come later
    page.evaluate(f"unitExplorer.go('#plain/mixed4b_5x5/{DEAD}')")
    expect(page.locator(".unit-notice")).to_contain_text("Dead unit.")
    expect(page.locator(".unit-patches")).to_have_count(0)
    expect(page.get_by_text("Not measured of this unit: colour index.")).to_be_visible()


def test_keys_lead_everywhere_but_not_while_typing(page: Page) -> None:
    keyboard = page.keyboard
    page.locator(".unit-tile[tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        keyboard.press(key)
    columns = int(page.locator("[role=grid]").get_attribute("aria-colcount") or 0)
    assert page.evaluate("document.activeElement.dataset.unit") == str(columns)
    keyboard.press("End")
    assert page.evaluate("document.activeElement.dataset.unit") == "63"
    keyboard.press("Home")
    keyboard.press("Enter")
    expect(heading(page)).to_have_text("mixed4b_5x5/0")
    keyboard.press("n")
    expect(heading(page)).to_have_text("mixed4b_5x5/1")
    keyboard.press("ArrowRight")
    expect(heading(page)).to_have_text("mixed4b_5x5/2")
    keyboard.press("p")
    expect(heading(page)).to_have_text("mixed4b_5x5/1")
    keyboard.press("g")
    expect(page.locator(".unit-tile[data-unit='1']")).to_be_focused()
    keyboard.press("n")
    expect(page.locator(".unit-status")).to_contain_text("mixed4b_1x1 of Plain network")
    keyboard.press("r")
    expect(heading(page)).to_be_visible()
    keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search units")).to_be_focused()
    before = page.url
    keyboard.type("rn?")
    assert page.url == before
    expect(page.locator("dialog")).not_to_be_visible()
    keyboard.press("Escape")
    keyboard.press("Escape")
    keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).not_to_be_visible()


def test_units_are_found_by_name_number_and_class(page: Page) -> None:
    field, options = (
        page.get_by_role("combobox", name="Search units"),
        page.get_by_role("listbox").get_by_role("option"),
    )
    first = options.first
    for typed, found in [
        ("mixed4b_5x5/23", "mixed4b_5x5/23"),
        ("4b 23", "mixed4b_5x5/23"),
        ("4b_1", "mixed4b_1x1"),
        ("plain wide 9999", "wide/9999"),
    ]:
        field.fill(typed)
        expect(first).to_contain_text(found)
    field.fill("beagle")
    expect(first).to_contain_text("conv1/5 strongest class: beagle")
    field.fill("mixd4b")
    expect(first).to_contain_text("mixed4b")
    field.fill("4b 23")
    expect(options).to_have_count(2)
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(heading(page)).to_have_text("mixed4b_1x1/23")


def test_two_units_stand_side_by_side(page: Page) -> None:
    page.evaluate("unitExplorer.go('#plain/mixed4b_5x5/5')")
    expect(heading(page)).to_have_text("mixed4b_5x5/5")
    page.keyboard.press("c")
    page.get_by_role("link", name="All units", exact=True).click()
    expect(page.locator(".unit-pinned")).to_contain_text("Compare with mixed4b_5x5/5: choose another unit.")
    page.get_by_label("Network").select_option("strange")
    page.get_by_role("link", name="unit 2", exact=True).click()
    both = page.locator(".unit-view h2")
    expect(both).to_have_text([f"first {MARKUP}/2", "mixed4b_5x5/5"])
    page.keyboard.press("n")
    expect(both).to_have_text([f"first {MARKUP}/3", "mixed4b_5x5/5"])
    page.reload()
    page.evaluate(READY)
    expect(both).to_have_text([f"first {MARKUP}/3", "mixed4b_5x5/5"])
    rows = page.locator(".unit-shared tbody tr").all_inner_texts()
    assert rows[0] == "Colour blind units"
    assert rows[1].split("\t")[:2] == ["colour index", "none"]
    page.get_by_role("button", name="Swap").click()
    expect(both).to_have_text(["mixed4b_5x5/5", f"first {MARKUP}/3"])
    page.keyboard.press("c")
    expect(both).to_have_text(["mixed4b_5x5/5"])


def test_back_and_forward_and_wrong_addresses(page: Page) -> None:
    page.get_by_label("Sort by").select_option("gini")
    page.get_by_role("link", name="unit 40", exact=False).click()
    expect(heading(page)).to_have_text("mixed4b_5x5/40")
    page.go_back()
    expect(page.locator(".unit-status")).to_contain_text("by gini, largest first")
    page.go_forward()
    expect(heading(page)).to_have_text("mixed4b_5x5/40")
    page.keyboard.press("n")
    order = page.evaluate("unitExplorer.state().unit")
    assert order != 41, "the next in the order of the grid"
    alert = page.get_by_role("alert")
    for hash, sentence, near in [
        ("#plane/conv1", "There is no network “plane” here", "plain/conv1"),
        ("#plain/mixd4b_5x5/3", "Plain network has no layer “mixd4b_5x5”", "plain/mixed4b_5x5"),
        ("#plain/conv1/16", "Layer conv1 has no unit “16”; its units are 0 to 15.", "plain/conv1/15"),
        ("#plain/conv1/-1", "Layer conv1 has no unit “-1”", "plain/conv1/0"),
        ("#%E0%A4%A/%/%", "There is no network", "plain/conv1"),
    ]:
        page.evaluate(f"unitExplorer.go({json.dumps(hash)})")
        expect(alert).to_contain_text(sentence)
        expect(alert.get_by_role("link", name=near, exact=True)).to_be_visible()
    alert.get_by_role("link", name="plain/conv1", exact=True).click()
    expect(page.locator(".unit-status")).to_contain_text("of Plain network")
    page.evaluate("unitExplorer.go('#PLAIN/Conv1/?with=plain/conv1')")
    expect(page.locator(".unit-status")).to_contain_text("conv1 of Plain network: 16 units")
    page.evaluate("unitExplorer.go('#PLAIN/Conv1/2?with=plain/nowhere/1')")
    expect(alert).to_contain_text("no layer “nowhere”")


def test_names_of_strangers_are_only_text(page: Page) -> None:
    page.evaluate("unitExplorer.go('#strange')")
    expect(page.locator(".unit-status")).to_contain_text(MARKUP)
    page.get_by_label("Sort by").select_option("strongest_class")
    page.get_by_label("Add a filter").select_option("strongest_class")
    page.get_by_label("strongest class contains").fill(MARKUP)
    expect(page.locator(".unit-tile").first).to_contain_text(MARKUP)
    shown = page.url
    page.reload()
    page.evaluate(READY)
    assert page.url == shown
    page.locator(".unit-tile").first.click()
    expect(heading(page)).to_contain_text(MARKUP)
    expect(page.locator(".unit-patches .file").first).to_contain_text(MARKUP)
    page.get_by_label("Layer").select_option('a/b "quoted"?&=#%;:')
    page.locator(".unit-tile").nth(4).click()
    expect(heading(page)).to_have_text('a/b "quoted"?&=#%;:/4')
    page.reload()
    page.evaluate(READY)
    expect(heading(page)).to_have_text('a/b "quoted"?&=#%;:/4')
    page.get_by_role("combobox", name="Search units").fill("<img src=x")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text(MARKUP)
    page.evaluate("unitExplorer.go('#plain/mixed4b_5x5/5')")
    expect(page.locator(".unit-claims li")).to_have_count(2)
    assert page.locator(".unit-claims a[href]").count() == 1, "an address of a script is no address"
    page.evaluate(f"unitExplorer.go('#' + encodeURIComponent({json.dumps(MARKUP)}))")
    expect(page.get_by_role("alert")).to_contain_text(MARKUP)
    assert page.locator("#units :is(img, b, script)").count() == 0
    assert page.evaluate("document.body.dataset.hacked") is None


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
    page.context.close()


def test_enter_opens_what_is_written_also_before_it_is_suggested(page: Page) -> None:
    """Faster than any hand: all keys in one go, so that no answer comes between them."""
    type_and_enter = """field => {
        for (field.value of ["4", "4b", "4b 2", "4b 23"]) field.dispatchEvent(new Event("input"));
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    }"""
    field = page.get_by_role("combobox", name="Search units")
    field.evaluate(type_and_enter)
    expect(heading(page)).to_have_text("mixed4b_5x5/23")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_enter_in_an_empty_search_opens_nothing(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search units")
    field.fill("4b 23")
    expect(page.get_by_role("option", name="mixed4b_5x5/23")).to_be_visible()
    field.press("Escape")
    field.focus()
    before = page.url
    field.press("Enter")
    page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    assert page.url == before


def columns(page: Page) -> int:
    return int(page.locator("[role=grid]").get_attribute("aria-colcount") or 0)


def test_little_is_loaded_before_the_first_unit(browser: Browser, made: Path) -> None:
    page = browser.new_context().new_page()
    loaded: list[Path] = []
    page.on("request", lambda request: loaded.append(Path(request.url[7:].split("#")[0])))
    page.goto(made.as_uri() + "#plain/mixed4b_5x5")
    page.evaluate(READY)
    page.wait_for_load_state("networkidle")
    assert sum(path.stat().st_size for path in set(loaded)) < 2_000_000
    assert not any("wide" in path.name or path.name == "3.js" for path in loaded)
    shown = page.evaluate("performance.getEntriesByName('unit-shown')[0].startTime")
    assert shown < 3000, "a second on an idle machine: see benchmarks/units_in_browser.py"
    page.context.close()


def test_missing_data_are_said_in_one_sentence(browser: Browser, made: Path) -> None:
    page = browser.new_context().new_page()
    page.route("**/data/networks.js", lambda route: route.abort())
    page.route("**/plain/1.js", lambda route: route.abort())
    page.goto(made.as_uri())
    expect(page.get_by_role("alert")).to_contain_text("The file data/networks.js of the unit explorer is missing")
    page.unroute("**/data/networks.js")
    page.reload()
    page.evaluate("unitExplorer.ready.then(() => unitExplorer.go('#plain/mixed4b_5x5'))")
    expect(page.get_by_role("alert")).to_contain_text("The file data/plain/1.js of the unit explorer is missing")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.locator(".unit-tile").first).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_fault_and_no_sideways_scrolling(
    open_units: Callable[..., Page], made: Path, width: int, scheme: str
) -> None:
    page = open_units(made, "#plain/mixed4b_5x5", viewport={"width": width, "height": 844}, color_scheme=scheme)
    faults = []
    for hash in (
        "#plain/mixed4b_5x5?sort=-gini&where=gini:min:1;colour_blind:is:no",
        "#plain/mixed4b_5x5/5",
        f"#strange/first%20{json.dumps(MARKUP)}",
        f"#plain/mixed4b_5x5/{DEAD}?with=plain/conv1/4",
    ):
        page.evaluate(f"unitExplorer.go({json.dumps(hash)})")
        page.wait_for_timeout(150)
        faults += accessibility.faults(page)
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0, hash
    assert faults == []
    if width == 390:  # what answers is on the first screen
        page.evaluate("unitExplorer.go('#plain/mixed4b_5x5?sort=gini')")
        box = page.locator(".unit-tile").first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 844
        page.evaluate("unitExplorer.go('#plain/mixed4b_5x5/5')")
        expect(heading(page)).to_be_in_viewport()
        expect(page.locator(".unit-pictures .unit-sprite").first).to_be_in_viewport()
    page.context.close()


@pytest.mark.book
def test_the_units_of_the_book(open_units: Callable[..., Page]) -> None:
    place = HTML / "units.html"
    if not place.is_file():
        pytest.fail(
            f"There is no unit explorer in {HTML.name}: run `make book` first, or name its folder in BOOK_HTML."
        )
    page = open_units(place)
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
    page.context.close()
