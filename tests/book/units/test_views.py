"""Views of units in a real browser and from disk, with made-up networks: ``synthetic_units.py``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.book import accessibility, synthetic_units
from tests.book.addresses import on_disk
from tests.book.synthetic_units import DEAD, MARKUP, NEGATIVE
from tests.book.units.pages import READY, heading


def test_a_unit_shows_what_is_known_of_it(page: Page) -> None:
    page.get_by_role("link", name="unit 5", exact=True).click()
    expect(heading(page)).to_have_text("mixed4b_5x5/5")
    expect(page.locator(".unit-record")).to_be_visible()  # the last to come
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
    assert "below 92% of the control" in measures  # 5 of 63
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
    expect(page.locator(".unit-notice")).to_contain_text("Dead unit. Its activation is 0 on all images")
    expect(page.locator(".unit-patches")).to_have_count(0)
    expect(page.get_by_text("Not measured of this unit: colour index.")).to_be_visible()


# What is on show each time that something changes: pictures, and what lies below them.
IN_STEPS = """async (leave) => {
    const shown = (selector) => document.querySelectorAll(selector).length, steps = [];
    new MutationObserver(() => {
        steps.push([shown(".unit-pictures"), shown(".unit-measures")]);
        if (leave && steps.length === 1) unitExplorer.go("#plain/mixed4b_5x5/6");
    }).observe(document.querySelector(".unit-main"), { childList: true, subtree: true });
    unitExplorer.go("#plain/mixed4b_5x5/5");
    const last = leave ? 6 : 5;
    while (!document.querySelector(".unit-record input")?.value.includes(`mixed4b_5x5/${last}`)) {
        await new Promise((next) => setTimeout(next));
    }
    return steps;
}"""


def test_the_pictures_of_a_unit_come_before_what_lies_below(page: Page) -> None:
    steps = page.evaluate(IN_STEPS, False)
    assert steps[0] == [1, 0] and steps[-1] == [1, 1]


def test_what_lies_below_is_not_added_to_the_next_unit(page: Page) -> None:
    steps = page.evaluate(IN_STEPS, True)
    assert steps[0] == [1, 0] and [1, 2] not in steps and steps[-1] == [1, 1]
    expect(heading(page)).to_have_text("mixed4b_5x5/6")


def test_a_unit_below_zero_throughout_is_not_called_dead(page: Page) -> None:
    expect(page.get_by_role("link", name=f"unit {NEGATIVE}", exact=True)).not_to_contain_text("dead")
    page.evaluate(f"unitExplorer.go('#plain/mixed4b_5x5/{NEGATIVE}')")
    notice = page.locator(".unit-notice")
    expect(notice).to_contain_text("Never above 0. Its activation is 0 or below on all images that were looked at.")
    expect(notice).not_to_contain_text("Dead")
    expect(page.locator(".unit-status")).not_to_contain_text("dead")


def test_a_layer_of_single_weights_says_why_it_draws_no_kernels(page: Page) -> None:
    page.evaluate("unitExplorer.go('#plain/mixed4b_1x1/5')")
    kernels = page.locator("section", has=page.get_by_role("heading", name="Kernels", exact=True))
    expect(kernels).to_contain_text("Its kernels are 1 × 1: one weight for each channel")
    page.evaluate("unitExplorer.go('#plain/conv1/7')")  # no picture of this unit was made, for another reason
    expect(heading(page)).to_have_text("conv1/7")
    expect(page.get_by_text("Its kernels are 1 × 1")).to_have_count(0)


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


def test_the_layers_of_two_networks_stand_side_by_side(page: Page) -> None:
    beside = page.get_by_label("Beside")
    beside.select_option(label=f"first {MARKUP} (12)")
    grids, words = page.get_by_role("grid"), page.locator(".unit-side-words")
    expect(grids).to_have_count(2)
    lacking = "unitExplorer.data.loaded().find((one) => one.network.id === 'strange').raw.columns"
    page.evaluate(f"delete {lacking}.colour_index")
    page.get_by_label("Sort by").select_option("colour_index")
    expect(words.first).to_have_text("mixed4b_5x5 of Plain network: 64 units, 1 dead, by colour index, largest first")
    expect(words.last).to_contain_text(f"first {MARKUP} of")
    expect(words.last).not_to_contain_text("colour index")  # what a layer lacks does not sort it
    expect(page.get_by_role("status").first).to_contain_text("; beside: first")
    left, right = (grids.nth(k).bounding_box() for k in (0, 1))
    assert left and right and left["x"] + left["width"] < right["x"] and left["y"] == right["y"]

    page.reload()
    page.evaluate(READY)
    expect(grids).to_have_count(2)
    grids.last.locator("[data-unit='2']").click()
    expect(heading(page)).to_have_text(f"first {MARKUP}/2")
    expect(beside).to_be_hidden()
    assert "with=" not in page.url
    page.keyboard.press("g")
    expect(grids).to_have_count(2)
    expect(grids.last.locator("[data-unit='2']")).to_be_focused()
    expect(words.first).to_contain_text("by colour index, largest first")
    grids.first.locator(".unit-tile").nth(1).click()
    expect(heading(page)).to_have_text("mixed4b_5x5/62")
    page.keyboard.press("n")
    expect(heading(page)).to_have_text("mixed4b_5x5/61")  # in the order of its grid
    page.go_back()
    page.go_back()
    expect(grids).to_have_count(2)
    page.keyboard.press("n")
    expect(words.first).to_contain_text("mixed4b_1x1 of Plain network")
    expect(words.last).to_contain_text(f"first {MARKUP} of")
    page.keyboard.press("c")
    expect(grids).to_have_count(1)
    expect(words.first).to_be_hidden()


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


FILTER = "#plain/mixed4b_5x5?where="


@pytest.mark.parametrize(
    ("hash", "sentence", "near", "leads_to"),
    [
        ("#plain/conv1?sort=-ginni", "Plain network has no measure “ginni”; the nearest", "gini", "sort=-gini"),
        ("#plain/conv1?sort=constructor", "has no measure “constructor”", "colour_index", "sort=colour_index"),
        (FILTER + "ginni:min:2", "has no measure “ginni”", "gini", "where=gini:min:2"),
        (FILTER + "gini:foo:1", "“gini:foo:1” is no filter: after gini come min or max, and a number.", None, ""),
        (FILTER + "gini", "“gini::” is no filter", None, ""),
        (FILTER + "gini:min:much", "“gini:min:much” is no filter", None, ""),
        (FILTER + "gini:is:yes", "“gini:is:yes” is no filter", None, ""),
        (FILTER + "colour_blind:is:perhaps", "after colour_blind come is, and yes or no", None, ""),
        (FILTER + "colour_blind:min:1", "after colour_blind come is, and yes or no", None, ""),
        (FILTER + "strongest_class:max:3", "after strongest_class come has, and a text", None, ""),
        (FILTER + "gini:max:2;gini:foo:1", "“gini:foo:1” is no filter", None, "where=gini:max:2"),
        ("#plain/conv1?show=kernel", "There are no pictures “kernel”", "mean kernel", "show=mean_kernel"),
        ("#plain/conv1?show=toString", "There are no pictures “toString”", "optimised image", "show=maximum"),
    ],
)
def test_what_an_address_asks_of_a_grid_is_checked(
    page: Page, hash: str, sentence: str, near: str | None, leads_to: str
) -> None:
    page.evaluate(f"unitExplorer.go({json.dumps(hash)})")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(sentence)
    expect(page.locator(".unit-tile")).to_have_count(0)
    links = alert.get_by_role("link")
    (links.get_by_text(near, exact=True) if near else links).first.click()
    expect(page.locator(".unit-tile").first).to_be_visible()
    assert page.url.partition("?")[2] == leads_to
    expect(alert).to_be_empty()


def test_what_a_layer_lacks_is_neither_filtered_nor_said(page: Page) -> None:
    page.evaluate("unitExplorer.go('#plain/mixed4b_5x5?show=mean_kernel&sort=Gini&with=')")
    expect(page.locator(".unit-status")).to_contain_text("by gini, smallest first")
    page.evaluate("unitExplorer.go('#plain/mixed4b_1x1?show=mean_kernel')")
    expect(page.locator(".unit-status")).to_contain_text("mixed4b_1x1")
    expect(page.get_by_label("Pictures")).to_have_value("")
    expect(page.locator(".no-picture")).to_have_count(1)  # of unit 7
    page.evaluate("delete unitExplorer.data.loaded().find((one) => one.name === 'mixed4b_1x1').raw.columns.gini")
    page.evaluate("unitExplorer.go('#plain/mixed4b_1x1?where=gini:min:100')")
    expect(page.locator(".unit-filters")).to_contain_text("not measured in this layer")
    expect(page.locator(".unit-status")).to_have_text("mixed4b_1x1 of Plain network: 24 units, 1 dead.")


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


def test_little_is_loaded_before_the_first_unit(browser: Browser, made: Path) -> None:
    page = browser.new_context().new_page()
    loaded: list[Path] = []
    page.on("request", lambda request: loaded.append(on_disk(request.url)))
    page.goto(made.as_uri() + "#plain/mixed4b_5x5")
    page.evaluate(READY)
    page.wait_for_load_state("networkidle")
    assert sum(path.stat().st_size for path in set(loaded)) < 2_000_000
    assert not any("wide" in path.name or path.name == "3.js" for path in loaded)
    shown = page.evaluate("performance.getEntriesByName('unit-shown')[0].startTime")
    assert shown < 3000, "a second on an idle machine: see benchmarks/units_in_browser.py"
    page.context.close()


def test_missing_data_are_said_in_one_sentence(new_tab: Callable[..., Page], made: Path) -> None:
    page = new_tab()
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


def test_nothing_answers_before_the_data_are_there(new_tab: Callable[..., Page], made: Path) -> None:
    page = new_tab()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    held: list[Route] = []
    page.route("**/plain/0.js", lambda route: held.append(route))
    page.goto(made.as_uri(), wait_until="commit")
    expect(page.get_by_role("status")).to_have_text("Loading …")
    assert page.locator("#units :is(button, select, input)").count() == 0
    for key in "npgcr/?":
        page.keyboard.press(key)
    page.keyboard.press("ArrowRight")
    held[0].continue_()
    page.evaluate(READY)
    expect(page.locator(".unit-status")).to_contain_text("conv1 of Plain network")
    page.keyboard.press("n")
    expect(page.locator(".unit-status")).to_contain_text("mixed4b_5x5 of Plain network")
    assert faults == []


def test_keys_lead_on_from_what_was_asked_for_last(page: Page) -> None:
    """The data of the unit are still on their way."""
    held: list[Route] = []
    page.route("**/plain/images.js", lambda route: held.append(route))
    page.reload()  # files are caught from the opening of a page on
    page.evaluate(READY)
    page.get_by_role("link", name="unit 5", exact=True).click()
    for key in "nnpn":
        page.keyboard.press(key)
    page.keyboard.press("c")
    expect(heading(page)).to_have_count(0)
    held[0].continue_()
    expect(heading(page)).to_have_text("mixed4b_5x5/7")
    expect(page.locator(".unit-at")).to_contain_text("it is shown beside mixed4b_5x5/7")


def test_no_script_is_a_syntax_error_on_a_phone_of_some_years_ago() -> None:
    """Safari reads a look behind in a regular expression from 16.4 on only; a script that has one does not run."""
    scripts = sorted(synthetic_units.VIEW.glob("*.js"))
    assert len(scripts) > 10
    assert [path.name for path in scripts if "(?<" in path.read_text("utf-8")] == []


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
        "#plain/mixed4b_5x5?sort=-gini&with=plain/conv1",
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
