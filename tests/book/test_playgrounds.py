"""The pages that a reader plays with, where data are slow or missing and the reader does not wait.

The book: as in ``test_built_book.py``. Both pages are opened from disk in a real browser; data are held back or refused
on their way, as a slow web does it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Page, Route

pytestmark = pytest.mark.book

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[2] / "_build" / "html")).resolve()
STATE = {"jump": "jumpPlayground.state()", "explorer": "fragmentExplorer.state()"}
READY = {"jump": "jumpPlayground.ready", "explorer": "fragmentExplorer.ready"}
FAULT = "document.querySelector('[data-part=fault]').textContent"
SETTLED = "() => new Promise((settled) => setTimeout(settled, 450))"  # later than what the page puts off by 300 ms
# the epochs that are shown while the player would take two steps
EPOCHS = """async () => {
    const seen = new Set();
    for (let k = 0; k < 30; k++) {
        seen.add(fragmentExplorer.state().epoch);
        await new Promise((passed) => setTimeout(passed, 50));
    }
    return [...seen];
}"""
BOARD = "#jump .field"


@pytest.fixture
def visit(new_tab: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Opens a page at an address and, with ``ready``, waits for its data; errors of scripts fail the test.

    ``ways``: what is done with requests, {pattern of addresses: handler}.
    """
    errors: list[str] = []

    def visited(name: str, address: str = "", *, ready: bool = True, ways: Any = None, **options: Any) -> Page:
        page = new_tab(**options)
        page.set_default_timeout(120_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        for pattern, handler in (ways or {}).items():
            page.route(pattern, handler)
        page.goto((HTML / f"{name}.html").as_uri() + address, wait_until="load" if ready else "commit")
        if ready:
            page.evaluate(f"() => {READY[name]}")
        else:
            page.wait_for_function(f"() => '{READY[name].split('.')[0]}' in window")
        return page

    yield visited
    assert errors == []


class Held:
    """Holds requests back until they are released."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def __call__(self, route: Route) -> None:
        self.routes.append(route)

    def release(self, page: Page) -> None:
        while not self.routes:
            page.wait_for_timeout(20)
        name = self.routes[0].request.url.rpartition("/")[2]
        page.evaluate(
            "name => { const script = document.querySelector(`script[src$='/${name}']`);"
            " window.came = new Promise((come) => script.addEventListener('load', come)); }",
            name,
        )
        for route in self.routes:
            route.continue_()
        page.evaluate("() => window.came.then(() => undefined)")
        settled(page)


def refuse(route: Route) -> None:
    route.abort()


def settled(page: Page) -> None:
    page.evaluate(SETTLED)


def press_on(page: Page, across: float = 0.205) -> None:
    """Draws one point on the board."""
    page.locator(BOARD).scroll_into_view_if_needed()
    box = page.locator(BOARD).bounding_box()
    assert box
    page.mouse.click(box["x"] + across * box["width"], box["y"] + 30)


CHANGES = {
    "jump": "jumpPlayground.change({height: -2, drawn: new Map([[3, 2.5]])})",
    "explorer": "fragmentExplorer.toggle(40)",
}


@pytest.mark.parametrize("name", ["jump", "explorer"])
@pytest.mark.parametrize(
    "link",
    [
        ".bd-sidebar-secondary a[href='#what-the-pictures-show']",
        "h2 a.headerlink[href='#what-the-pictures-show']",
        "a[href='#main-content']",
        ".bd-sidebar-primary a.current[href='#']",
    ],
)
def test_a_link_within_the_page_leaves_what_is_shown(visit: Callable[..., Page], name: str, link: str) -> None:
    page = visit(name)
    page.evaluate(CHANGES[name])
    settled(page)
    before, address = page.evaluate(STATE[name]), page.evaluate("location.hash")
    page.locator(link).first.evaluate("link => link.click()")
    settled(page)
    assert page.evaluate(STATE[name]) == before
    assert page.evaluate("location.hash") == (address if link.endswith("'#']") else f"#{link.split('#')[-1][:-2]}")
    page.reload()
    page.evaluate(f"() => {READY[name]}")
    assert page.evaluate(STATE[name]) == before
    page.go_back()
    settled(page)
    assert page.evaluate(STATE[name]) == before and page.evaluate("location.hash") == address
    page.go_back()
    settled(page)
    assert page.evaluate(STATE[name]) != before
    page.go_forward()
    page.go_forward()
    settled(page)
    assert page.evaluate(STATE[name]) == before


@pytest.mark.parametrize("name", ["jump", "explorer"])
def test_a_change_after_a_heading_is_taken_back_to_it(visit: Callable[..., Page], name: str) -> None:
    page = visit(name, "#layers")
    assert page.evaluate("location.hash") == "#layers"
    before = page.evaluate(STATE[name])
    page.evaluate(CHANGES[name])
    settled(page)
    assert "seed=" in page.evaluate("location.hash")
    page.go_back()
    settled(page)
    assert page.evaluate(STATE[name]) == before and page.evaluate("location.hash") == "#layers"


def test_the_seed_that_was_chosen_last_is_shown(visit: Callable[..., Page]) -> None:
    held = Held()
    page = visit("jump", ways={"**/seed-1.js": held})
    seed = page.locator("select[name=seed]")
    seed.select_option("1")
    seed.select_option("0")
    held.release(page)
    assert page.evaluate("jumpPlayground.state().seed") == 0 and seed.input_value() == "0"
    held = Held()
    page = visit("jump", ways={"**/seed-1.js": held})
    seed = page.locator("select[name=seed]")
    seed.select_option("1")
    seed.select_option("2")
    page.wait_for_function("() => jumpPlayground.state().seed === 2")
    held.release(page)
    assert page.evaluate("jumpPlayground.state().seed") == 2 and seed.input_value() == "2"


@pytest.mark.parametrize("way", ["address", "select"])
def test_what_is_drawn_while_a_seed_loads_is_kept(visit: Callable[..., Page], way: str) -> None:
    held = Held()
    page = visit("jump", ways={"**/seed-1.js": held})
    drawn = page.evaluate("play.jump.encode(new Map([[3, 2.5]]))")
    if way == "address":
        page.evaluate("drawn => { location.hash = `seed=1&height=-2&drawn=${drawn}`; }", drawn)
    else:
        page.locator("select[name=seed]").select_option("1")
    press_on(page)
    assert [place for place, _ in page.evaluate("jumpPlayground.state().drawn")] == [20], "the stroke is seen at once"
    assert page.locator("select[name=seed]").input_value() == "1"
    held.release(page)
    state = page.evaluate("jumpPlayground.state()")
    assert (state["seed"], state["height"]) == (1, -2 if way == "address" else 3)
    assert [place for place, _ in state["drawn"]] == ([3, 20] if way == "address" else [20])


def test_a_story_stops_the_epochs(visit: Callable[..., Page]) -> None:
    page = visit("explorer", "#model=1&epoch=0")
    page.get_by_role("button", name="Play the epochs").click()
    page.get_by_role("link", name="Two pixels turn the 5 into the 6.").click()
    page.wait_for_function("() => fragmentExplorer.state().model === 6")
    assert page.evaluate(EPOCHS) == [page.evaluate("fragmentManifest.lastEpoch")]
    assert page.get_by_role("button", name="Play the epochs").is_visible()
    page.evaluate("fragmentExplorer.select({epoch: 0})")
    settled(page)
    page.get_by_role("button", name="Play the epochs").click()
    page.go_back()
    page.wait_for_function("() => fragmentExplorer.state().epoch === fragmentManifest.lastEpoch")
    assert page.evaluate(EPOCHS) == [page.evaluate("fragmentManifest.lastEpoch")]


def test_a_search_stops_the_epochs(visit: Callable[..., Page]) -> None:
    page = visit("explorer", "#model=9&epoch=0")
    page.get_by_role("button", name="Play the epochs").click()
    page.get_by_role("button", name="Find the pixel that breaks it").click()
    found = page.locator("[data-part=found]")
    page.wait_for_function(
        "() => document.querySelector('[data-part=found]').textContent.includes('images were tried')"
    )
    words = found.inner_text()
    page.evaluate(EPOCHS)
    assert found.inner_text() == words


def test_nothing_breaks_before_the_first_signal_is_there(visit: Callable[..., Page]) -> None:
    held = Held()
    page = visit("jump", ready=False, ways={"**/seed-0.js": held})
    assert not page.locator("#jump form").is_visible()
    press_on(page)
    page.locator(BOARD).press("ArrowUp")
    page.get_by_role("button", name="Mean error over 600 new signals").click()
    page.get_by_role("radio", name="Four layers").check()
    page.locator("select[name=example]").evaluate("field => field.dispatchEvent(new Event('input', {bubbles: true}))")
    for part in ("noise", "clear", "reset"):
        page.locator(f"[data-part={part}]").evaluate("button => button.click()")
    press_on(page)
    settled(page)
    held.release(page)
    page.evaluate("() => jumpPlayground.ready")
    assert [place for place, _ in page.evaluate("jumpPlayground.state().drawn")] == [20]
    assert page.locator("#jump form").is_visible()


def test_nothing_breaks_before_the_first_network_is_there(visit: Callable[..., Page]) -> None:
    held = Held()
    page = visit("explorer", ready=False, ways={"**/model-1-seed-0.js": held})
    assert not page.locator("[data-part=controls]").is_visible()
    page.locator("[data-pixel='40']").click()
    page.locator("[data-pixel='41']").press("Enter")
    page.get_by_text("Does a unit stand for a line?").click()
    page.evaluate("location.hash = 'layers'")
    settled(page)
    held.release(page)
    page.evaluate("() => fragmentExplorer.ready")
    assert page.locator("[data-part=controls]").is_visible()
    assert page.locator("[data-part=nine] tbody tr").count() == 9, "what was opened is filled"


@pytest.mark.parametrize(
    ("name", "file", "other", "form"),
    [
        ("jump", "seed-0.js", "seed=1", "#jump form"),
        ("explorer", "model-1-seed-0.js", "model=2", "[data-part=controls]"),
    ],
)
def test_without_the_first_data_the_rest_can_still_be_seen(
    visit: Callable[..., Page], name: str, file: str, other: str, form: str
) -> None:
    page = visit(name, ways={f"**/{file}": refuse})
    assert "could not be loaded; build the book again." in page.evaluate(FAULT)
    assert not page.locator(form).is_visible()
    if name == "jump":
        press_on(page)
        settled(page)
    page.evaluate("hash => { location.hash = hash; }", other)
    page.locator(form).wait_for()
    assert page.evaluate(FAULT) == ""


@pytest.mark.parametrize(
    ("name", "file", "field", "value"),
    [
        ("jump", "seed-1.js", "select[name=seed]", "1"),
        ("explorer", "model-1-seed-1.js", "select[name=seed]", "1"),
        ("explorer", "model-2-seed-0.js", "select[name=model]", "2"),
    ],
)
def test_a_choice_that_fails_is_taken_back(
    visit: Callable[..., Page], name: str, file: str, field: str, value: str
) -> None:
    page = visit(name, ways={f"**/{file}": refuse})
    before, chosen = page.evaluate(STATE[name]), page.locator(field).input_value()
    page.locator(field).select_option(value)
    page.wait_for_function(f"() => {FAULT}.includes('could not be loaded')")
    assert page.evaluate(STATE[name]) == before and page.locator(field).input_value() == chosen
    if name == "jump":
        page.locator("[data-part=noise]").click()
        assert page.evaluate("jumpPlayground.state().seed") == 0 and page.evaluate(FAULT) == ""


@pytest.mark.parametrize("name", ["jump", "explorer"])
def test_a_link_is_copied_of_what_is_shown_now(visit: Callable[..., Page], name: str) -> None:
    page = visit(name)
    page.evaluate(
        "() => Object.defineProperty(navigator, 'clipboard',"
        " { value: { writeText: async (text) => { window.copied = text; } } })"
    )
    copy = "[...document.querySelectorAll('.link button')][0].click()"
    for there in ("", "location.hash = 'layers';"):
        page.evaluate(f"async () => {{ {there} await {CHANGES[name]}; {copy}; }}")
        copied = page.evaluate("copied")
        other = visit(name, f"#{copied.partition('#')[2]}")
        assert other.evaluate(STATE[name]) == page.evaluate(STATE[name])


@pytest.mark.parametrize(
    ("name", "file", "addresses", "change"),
    [
        ("jump", "seed-1.js", ("seed=1", "seed=2"), "jumpPlayground.change({height: -2})"),
        ("explorer", "model-2-seed-0.js", ("model=2", "model=3"), "fragmentExplorer.toggle(40)"),
    ],
)
def test_back_right_after_a_change_keeps_forward(
    visit: Callable[..., Page], name: str, file: str, addresses: tuple[str, str], change: str
) -> None:
    page = visit(name, f"#{addresses[0]}")
    page.evaluate("hash => { location.hash = hash; }", addresses[1])
    settled(page)
    held = Held()
    page.route(f"**/{file}", held)
    page.reload()
    page.evaluate(f"() => {READY[name]}")
    length = page.evaluate("history.length")
    page.evaluate(f"() => {{ {change}; history.back(); }}")
    settled(page)
    held.release(page)
    settled(page)
    assert page.evaluate("history.length") == length
    assert addresses[0] in page.evaluate("location.hash")
    page.go_forward()
    settled(page)
    assert addresses[1] in page.evaluate("location.hash")


def fingers(page: Page, box: FloatRect) -> Callable[..., None]:
    """Touches the page: what happens, and where each finger is, in shares of the box from its upper left corner."""
    touches = page.context.new_cdp_session(page)

    def touch(kind: str, *shares: tuple[float, float]) -> None:
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": number}
            for number, (x, y) in enumerate(shares)
        ]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    return touch


@pytest.mark.parametrize("what", ["board", "pixels"])
def test_a_second_finger_changes_nothing(visit: Callable[..., Page], what: str) -> None:
    name, field = {"board": ("jump", BOARD), "pixels": ("explorer", "[data-part=grid]")}[what]
    page = visit(name, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.locator(field).scroll_into_view_if_needed()
    box = page.locator(field).bounding_box()
    assert box
    touch = fingers(page, box)

    first = [(0.125, 0.5), (0.175, 0.5), (0.305, 0.5)]
    second = [(0.85, 0.9), (0.8, 0.9), (0.85, 0.9)]
    touch("touchStart", first[0])
    touch("touchStart", first[0], second[0])
    touch("touchMove", first[0], second[1])
    touch("touchMove", first[1], second[1])
    touch("touchMove", first[1], second[2])
    touch("touchMove", first[2], second[2])
    touch("touchEnd")
    state = page.evaluate(STATE[name])
    if what == "board":
        drawn = [place for place, _ in state["drawn"]]
        assert drawn == list(range(12, 31)), "the first finger's stroke, and no other"
        page.touchscreen.tap(box["x"] + 0.505 * box["width"], box["y"] + 30)
        assert 50 in [place for place, _ in page.evaluate("jumpPlayground.state().drawn")]
    else:
        digit = page.evaluate("fragmentManifest.digits[fragmentExplorer.state().digit]")
        flipped = [k for k in range(81) if state["image"][k] != digit[k]]
        assert flipped and {k // 9 for k in flipped} == {4}, "the row of the first finger"


def test_a_second_finger_on_the_handle_of_the_jump_changes_nothing(visit: Callable[..., Page]) -> None:
    page = visit("jump", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.locator("#jump .handle").scroll_into_view_if_needed()
    handle, board = (page.locator(each).bounding_box() for each in ("#jump .handle", BOARD))
    assert handle and board
    touch = fingers(page, board | {"y": handle["y"], "height": handle["height"]})
    left, right = ((handle["x"] + share * handle["width"] - board["x"]) / board["width"] for share in (0.3, 0.7))
    before = page.evaluate("jumpPlayground.state().jump")
    touch("touchStart", (left, 0.8))
    touch("touchStart", (left, 0.8), (right, 0.8))
    touch("touchMove", (left, 0.8), (0.9, 0.8))
    assert page.evaluate("jumpPlayground.state().jump") == before
    touch("touchMove", (0.245, 0.8), (0.9, 0.8))
    touch("touchEnd")
    assert page.evaluate("jumpPlayground.state().jump") == 25


UNITS = "allowed are hidden-1 to hidden-81, head-1 to head-12."
REFUSED = {
    "explorer": [
        ("unit=hidden-1.5", "The address has unit = hidden-1.5; allowed is a layer and a whole number,"),
        ("unit=hidden", "The address has unit = hidden; allowed is a layer and a whole number,"),
        ("unit=hidden-x", "The address has unit = hidden-x; allowed is a layer and a whole number,"),
        ("unit=hidden-0", f"Model 10 has no unit hidden-0; {UNITS}"),
        ("unit=hidden-82", f"Model 10 has no unit hidden-82; {UNITS}"),
        ("unit=conv1-1", f"Model 10 has no unit conv1-1; {UNITS}"),
        ("digit=1.5", "Digit 1.5 is not one of 0 to 9."),
        ("flipped=1.x", "The address has flipped = 1.x; pixels have numbers from 0 to 80."),
    ],
    "jump": [
        ("jump=21.5", "The address has jump = 21.5; allowed is a whole number from 21 to 80."),
        ("noise=1e-1", "The address has noise = 1e-1; allowed is a number from 0 to 3."),
        ("example=test-1.5", "The address has example = test-1.5; allowed is design-1 to"),
        ("network=toString", "The address has network = toString; allowed is mlp-1, "),
        ("drawn=AAA%", "The drawn points of the address are damaged and left out."),
        ("drawn=ZAAA", "The drawn points of the address are damaged and left out."),
    ],
}


@pytest.mark.parametrize("name", ["jump", "explorer"])
def test_a_part_of_an_address_that_cannot_be_is_named(visit: Callable[..., Page], name: str) -> None:
    page = visit(name)
    for address, sentence in REFUSED[name]:
        page.evaluate("hash => { location.hash = hash; }", f"model=10&{address}")
        page.wait_for_function(f"sentence => {FAULT}.startsWith(sentence)", arg=sentence)


@pytest.mark.parametrize("address", ["unit=hidden-1.5", "unit=hidden-82"])
def test_a_page_that_opens_at_no_unit_shows_what_it_shows_at_first(visit: Callable[..., Page], address: str) -> None:
    page = visit("explorer", f"#model=10&{address}")
    assert address.partition("=")[2] in page.evaluate(FAULT)
    assert page.evaluate("fragmentExplorer.state().model") == 1
    assert page.locator("[data-part=controls]").is_visible()
    assert page.locator("[data-part=lines][open]").count() == 0
