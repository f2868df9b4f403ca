"""Reading the built book in a browser: folded code, figures in full size, print, the dark, links, search.

The book: ``_build/html``, or the folder that the environment variable BOOK_HTML names.
"""

import io
import itertools
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.pages import sources

pytestmark = pytest.mark.book

REPOSITORY = Path(__file__).parents[2]
HTML = Path(os.environ.get("BOOK_HTML", REPOSITORY / "_build" / "html")).resolve()
PAGES = [page.name for page in sources.every()]
PAGE, OTHER = "jump_detection/10_deviation", "jump_detection/02_multilayer_perceptrons"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
CLOSED = "[...document.querySelectorAll('details.hide')].filter((fold) => !fold.open).length"
BRIGHTEST = 90  # of 255, the mean of a figure on a dark page
BACKGROUND = "(element) => getComputedStyle(element).backgroundColor"


@pytest.fixture
def visit(new_tab):
    """Opens pages of the book; those that are opened without options are of one browser."""

    def visit(name, **options):
        page = new_tab(**options)
        page.goto((HTML / f"{name}.html").as_uri(), wait_until="load", timeout=120_000)
        return page

    return visit


def test_one_switch_shows_all_code_and_is_remembered_on_the_next_page(visit):
    page = visit(PAGE)
    folds = page.locator("details.hide").count()
    assert folds > 2 and page.evaluate(CLOSED) == folds
    switch = page.get_by_role("button", name="Show all code")
    switch.focus()
    page.keyboard.press("Enter")
    assert page.evaluate(CLOSED) == 0 and switch.get_attribute("aria-pressed") == "true"
    next_page = visit(OTHER)
    assert next_page.evaluate(CLOSED) == 0
    next_page.get_by_role("button", name="Show all code").click()
    assert next_page.evaluate(CLOSED) == next_page.locator("details.hide").count()


def test_a_single_fold_opens_by_keyboard(visit):
    page = visit(PAGE)
    page.locator("details.hide > summary").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator("details.hide").nth(1).get_attribute("open") is not None


def test_without_scripts_all_code_is_visible(visit):
    page = visit(PAGE, java_script_enabled=False)
    folds = page.locator("details.hide")
    assert folds.count() == page.locator("details.hide[open]").count() > 0
    assert folds.first.locator("pre").is_visible()


@pytest.mark.parametrize("name", [PAGE, OTHER])
def test_no_set_up_of_the_machinery_is_in_sight(visit, name):
    text = visit(name).locator("article").text_content()
    assert "sys.path.sort" not in text
    assert "# Parameters\n" not in text


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE}], ids=["desktop", "phone"])
def test_no_code_is_wider_than_its_column(visit, options):
    page = visit(PAGE, **options)
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    wide = page.evaluate(
        "[...document.querySelectorAll('.cell_input pre')].filter((pre) => pre.scrollWidth > pre.clientWidth).length"
    )
    assert wide == 0
    column = page.locator("article").bounding_box()
    boxes = page.evaluate("[...document.querySelectorAll('pre')].map((pre) => pre.getBoundingClientRect().right)")
    assert max(boxes) <= column["x"] + column["width"] + 1


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_figure_opens_in_full_size_and_focus_comes_back(visit, viewport):
    page = visit(PAGE, viewport=viewport, has_touch=viewport is PHONE)
    button = page.locator("figure button.enlarge").first
    caption = page.locator("figure figcaption").first.text_content()
    if viewport is PHONE:
        button.tap()
    else:
        button.focus()
        page.keyboard.press("Enter")
    dialog = page.locator("dialog.enlarged")
    assert dialog.is_visible()
    large, small = dialog.locator("img"), button.locator("img").first
    assert large.bounding_box()["width"] >= small.bounding_box()["width"]
    if viewport is PHONE:
        assert large.bounding_box()["width"] > 1.3 * small.bounding_box()["width"]
    assert large.get_attribute("alt") == small.get_attribute("alt")
    assert dialog.locator(".enlarged-caption").text_content() == caption
    assert page.evaluate("document.activeElement.textContent") == "Close"
    full = large.bounding_box()["width"]
    page.keyboard.press("+")
    assert large.bounding_box()["width"] == pytest.approx(1.25 * full, rel=0.01)
    dialog.get_by_role("button", name="Fit to the window").click()
    inside = dialog.locator(".enlarged-view").evaluate(
        "(v) => v.scrollWidth - v.clientWidth + v.scrollHeight - v.clientHeight"
    )
    assert inside <= 2, "nothing of it is out of sight"
    page.keyboard.press("0")
    assert large.bounding_box()["width"] == pytest.approx(full, rel=0.01)
    middle = dialog.locator(".enlarged-view").bounding_box()
    page.mouse.move(middle["x"] + middle["width"] / 2, middle["y"] + 40)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    assert large.bounding_box()["width"] > 1.5 * full
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert page.evaluate("document.activeElement.className") == "enlarge"


def test_in_the_dark_no_figure_is_a_bright_box(visit):
    page = visit(PAGE, color_scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    for figure in page.locator("article figure").all():
        shown = [image for image in figure.locator("img").all() if image.is_visible()]
        assert len(shown) == 1
        if "drawing" in figure.get_attribute("class"):
            assert "invert" in shown[0].evaluate("(image) => getComputedStyle(image).filter")
        else:
            assert shown[0].get_attribute("class") == "in-the-dark"
        seen = np.asarray(Image.open(io.BytesIO(figure.locator("button.enlarge").screenshot())).convert("L"))
        assert seen.mean() < BRIGHTEST, f"{figure.locator('figcaption').text_content()} glares"


def test_two_fingers_enlarge_a_figure(visit):
    page = visit(PAGE, viewport=PHONE, has_touch=True)
    page.locator("figure button.enlarge").first.tap()
    view = page.locator(".enlarged-view")
    full = view.locator("img").bounding_box()["width"]
    touch = """(view, [kind, apart]) => {
        const at = [0, 1].map((n) => (
            new Touch({identifier: n, target: view, clientX: 150 + n * apart, clientY: 300})));
        const ended = kind === "touchend";
        const sent = {touches: ended ? [] : at, changedTouches: at, cancelable: true, bubbles: true};
        view.dispatchEvent(new TouchEvent(kind, sent));
    }"""
    for step in (("touchstart", 50), ("touchmove", 100), ("touchend", 100)):
        view.evaluate(touch, step)
    assert view.locator("img").bounding_box()["width"] == pytest.approx(2 * full, rel=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_print_is_dark_on_white_without_what_only_a_screen_can_use(visit, theme):
    page = visit(PAGE, color_scheme=theme)
    page.get_by_role("button", name="Show all code").click()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    ink = page.locator("article p").first.evaluate("(p) => getComputedStyle(p).color")
    assert max(map(int, ink.removeprefix("rgb(").removesuffix(")").split(","))) < 100
    code = page.locator(".highlight pre span").first.evaluate("(span) => getComputedStyle(span).color")
    assert max(map(int, code.removeprefix("rgb(").removesuffix(")").split(","))) < 100
    for hidden in (".rerun", ".bd-sidebar-primary", ".bd-sidebar-secondary", ".code-switch", ".prev-next-footer"):
        assert not page.locator(hidden).first.is_visible(), hidden
    figure = page.locator("article figure.drawing img").first
    assert figure.evaluate("(image) => getComputedStyle(image).filter") == "none"
    assert page.locator("article figure.drawing img").first.is_visible()
    closed = page.evaluate("document.querySelectorAll('article details:not(.hide, .rerun, [open])').length")
    assert closed == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == theme


def test_on_paper_nothing_is_cut_and_every_picture_is_there(visit):
    """At the width of A4 without its margins, 180 mm."""
    page = visit(PAGE, viewport={"width": 680, "height": 960}, color_scheme="dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    code = "[...document.querySelectorAll('article pre')].filter((pre) => pre.checkVisibility())"
    assert page.evaluate(f"{code}.filter((pre) => pre.scrollWidth > pre.clientWidth + 1).length") == 0
    shown = "[...document.querySelectorAll('article img')].filter((image) => image.checkVisibility())"
    page.wait_for_function(f"{shown}.every((image) => image.complete && image.naturalWidth)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    kept_whole = "[...document.querySelectorAll('.cell_input, figure')].map((one) => getComputedStyle(one).breakInside)"
    assert set(page.evaluate(kept_whole)) == {"avoid"}
    assert len(page.pdf(format="A4", print_background=False)) > 50_000


def test_a_phone_keeps_the_names_of_a_wide_tables_rows_in_sight(visit):
    page = visit("certificate", viewport=PHONE)
    table = page.get_by_role("region", name="What was run")
    table.evaluate("(box) => (box.scrollLeft = 200)")
    box, name = table.bounding_box(), table.locator("tbody th").first.bounding_box()
    assert table.evaluate("(box) => box.scrollLeft") > 0 and abs(name["x"] - box["x"]) < 2
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", ["index", "scorecard"])
def test_the_certificate_is_a_click_away_and_is_the_one_for_programs(visit, name):
    page = visit(name)
    page.locator("article a[href='certificate.html']").first.click()
    page.wait_for_url("**/certificate.html")
    content = json.loads((HTML / "certificate.json").read_text("utf-8"))
    assert [run["page"] for run in content["pages"]] == PAGES
    commit = content["commits"][0]["commit"][:12]
    assert (
        f"{len(PAGES)} pages with" in page.locator("article").inner_text()
        and commit in page.locator("article").inner_text()
    )


def test_the_certificate_counts_the_figures_with_a_finding(visit):
    counted = visit("certificate").locator(".figures-counted > li").all_text_contents()
    numbers = [tuple(map(int, re.search(r": (\d+) of (\d+) figures", text).groups())) for text in counted]
    pages = [(HTML / f"{name}.html").read_text("utf-8") for name in PAGES]
    figures = [caption for page in pages for caption in re.findall("<figcaption>.*?</figcaption>", page, re.DOTALL)]
    with_finding = [caption for caption in figures if "figure-claims" in caption]
    assert [sum(column) for column in zip(*numbers, strict=True)] == [len(with_finding), len(figures)]


def test_the_contents_number_the_pages_and_titles_name_the_study(visit):
    page = visit(PAGE)
    assert page.locator(".bd-sidebar-primary li.current.active a").first.text_content().strip().startswith("10. ")
    assert page.locator("article h1").text_content().startswith("Jump detection 10: ")
    assert page.title().startswith("Jump detection 10: ")


def test_a_reader_goes_on_from_the_first_page_to_the_tour_and_to_the_first_study(visit):
    way = ["index", "tour", "found_jump_detection", "jump_detection/01_signals_and_filters"]
    for name, following in itertools.pairwise(way):
        assert visit(name).locator(".prev-next-footer a.right-next").get_attribute("href") == f"{following}.html"


def test_only_a_search_loads_the_index_of_the_search(visit):
    scripts = "[...document.scripts].map((script) => new URL(script.src || 'about:blank').pathname.split('/').pop())"
    index = {"searchtools.js", "language_data.js", "searchindex.js"}
    assert not index & set(visit(PAGE).evaluate(scripts))
    assert index <= set(visit("search").evaluate(scripts))


def test_the_page_opened_after_a_search_marks_no_words(visit):
    page = visit("search")
    page.goto(f"{(HTML / 'search.html').as_uri()}?q=bottleneck")
    page.wait_for_function("document.querySelector('.search-summary')?.innerText.match(/found/)")
    page.goto((HTML / f"{PAGE}.html").as_uri())
    page.evaluate("history.replaceState({ shown: 'kept' }, '')")
    page.reload()
    page.wait_for_timeout(100)
    assert page.locator(".highlighted").count() == 0
    assert page.evaluate("history.state") == {"shown": "kept"}


def test_search_shows_the_words_around_what_was_found_and_no_page_twice(visit):
    page = visit("search")
    page.goto(f"{(HTML / 'search.html').as_uri()}?q=bottleneck")
    page.wait_for_function("document.querySelector('.search-summary')?.innerText.match(/found/)")
    page.wait_for_selector("#search-results p.context")
    shown = [item for item in page.locator("#search-results li").all() if item.is_visible()]
    titles = [item.locator("a").first.text_content() for item in shown]
    assert len(titles) == len(set(titles))
    assert any(
        "bottleneck" in (found or "").lower() for found in page.locator("#search-results mark").all_text_contents()
    )
    field = page.locator("main .bd-search input").first
    icon = page.locator("main .bd-search i, main .bd-search svg").first.bounding_box()
    padding = field.evaluate("(input) => parseFloat(getComputedStyle(input).paddingLeft)")
    assert field.bounding_box()["x"] + padding >= icon["x"] + icon["width"], "the magnifier lies on the text"


# What browsers of 2022 do not know yet, of all that scripts of pages may be tempted to use
OLD = """
delete Map.groupBy; delete Object.groupBy; delete Array.fromAsync; delete Promise.withResolvers;
delete Element.prototype.checkVisibility; delete URL.canParse;
for (const name of ["toSorted", "toReversed", "toSpliced", "with"]) delete Array.prototype[name];
for (const name of ["union", "intersection", "difference"]) delete Set.prototype[name];
for (const name of Object.getOwnPropertyNames(Element.prototype)) {
    if (name.startsWith("aria")) delete Element.prototype[name];
}
for (const kind of [Element, Document, DocumentFragment]) {
    for (const name of ["querySelector", "querySelectorAll", "matches", "closest"]) {
        const known = kind.prototype[name];
        if (known) kind.prototype[name] = function (selector) {
            if (/:has\\(/.test(selector)) throw new SyntaxError(`${selector} is not a valid selector`);
            return known.call(this, selector);
        };
    }
}
"""


@pytest.fixture
def old(browser):
    """Opens a page of the book in a browser that lacks what those of 2022 lacked; errors of scripts fail the test."""
    context = browser.new_context(viewport=DESKTOP)
    context.add_init_script(OLD)
    errors = []

    def opened(name):
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((HTML / f"{name}.html").as_uri(), wait_until="load", timeout=120_000)
        return page

    yield opened
    context.close()
    assert errors == []


def test_an_older_browser_enlarges_figures(old):
    page = old(PAGE)
    page.locator("figure button.enlarge").first.click()
    assert page.locator("dialog.enlarged img").is_visible()


def test_an_older_browser_filters_and_cites_claims(old):
    page = old("scorecard")
    page.select_option("[name=study]", index=1)
    assert page.locator("details.place:visible").count() < page.locator("details.place").count()
    page.locator("details.place:visible summary").first.click()
    page.locator("details.place:visible button.cite").first.click()
    page.get_by_role("textbox", name="Citation of this claim").wait_for()


@pytest.mark.parametrize(("name", "ready"), [("jump", "jumpPlayground"), ("explorer", "fragmentExplorer")])
def test_an_older_browser_plays_and_names_things(old, name, ready):
    page = old(name)
    page.evaluate(f"() => {ready}.ready")
    assert page.locator("[ariaLabel]").count() == 0
    label = {"jump": "Link to what is shown", "explorer": "Activations of Convolution 1"}[name]
    assert page.locator(f"[aria-label='{label}']").count() == 1


@pytest.mark.parametrize("name", ["index", "scorecard", "jump"])
def test_a_stray_percent_sign_in_an_address_breaks_nothing(browser, name):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{(HTML / name).as_uri()}.html#100%", wait_until="load", timeout=120_000)
    if name == "scorecard":
        page.locator("details.place summary").first.click()
        page.locator("details.place [data-complete]").first.wait_for()
    for mark in ("%E0%A4%A", "%", "a%b"):
        page.evaluate("mark => { location.hash = mark; return new Promise((heard) => setTimeout(heard, 100)); }", mark)
    page.close()
    assert errors == []
