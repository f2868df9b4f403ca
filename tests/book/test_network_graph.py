"""The graph to look into of the built book, in a real browser and from disk: by mouse, keys and touch.

The book: as in ``test_built_book.py``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.book

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[2] / "_build" / "html")).resolve()
PAGE = HTML / "googlenet_neurons" / "08_the_shape_of_a_layer.html"


def opened(new_tab: Callable[..., Page], **context: Any) -> tuple[Page, list[str]]:
    """The page with the graph in view, and a list that its errors and requests beyond the disk will be in."""
    if not PAGE.is_file():
        pytest.fail(f"There is no {PAGE.name} in {HTML.name}: run `make book` first, or name its folder in BOOK_HTML.")
    faults: list[str] = []
    page = new_tab(**context)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: request.url.startswith("http") and faults.append(request.url))
    page.goto(PAGE.as_uri(), wait_until="load", timeout=120_000)
    page.locator(".network-graph svg").scroll_into_view_if_needed()
    return page, faults


@pytest.fixture
def graph(new_tab: Callable[..., Page]) -> Iterator[Locator]:
    page, faults = opened(new_tab)
    yield page.locator(".network-graph")
    assert faults == []


def places(graph: Locator) -> list[str]:
    return graph.locator("g.ng-node").evaluate_all("nodes => nodes.map((node) => node.getAttribute('transform'))")


def test_the_layout_is_the_same_at_every_load(new_tab: Callable[..., Page], graph: Locator) -> None:
    page, _ = opened(new_tab)
    again = page.locator(".network-graph")
    assert places(graph) == places(again)
    assert len(set(places(graph))) == graph.locator("g.ng-node").count() > 0


def test_a_node_tells_its_kernels_and_is_pinned_by_a_click(graph: Locator) -> None:
    node = graph.locator("g.ng-node").first
    node.hover()
    tip = graph.locator(".ng-tip")
    expect(tip).to_be_visible()
    expect(tip.locator("canvas.ng-mean")).to_have_count(1)
    assert tip.locator("canvas").count() > 1
    levels = "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size"
    assert tip.locator("canvas").first.evaluate(levels) > 2  # a picture, and not one grey
    node.click()
    expect(node).to_have_attribute("aria-pressed", "true")
    expect(graph.locator(".ng-pins .ng-card")).to_have_count(1)
    node.click()
    expect(graph.locator(".ng-pins .ng-card")).to_have_count(0)


def test_it_can_be_dragged_and_enlarged(graph: Locator) -> None:
    node = graph.locator("g.ng-node").first
    before = node.bounding_box()
    assert before is not None
    x, y = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
    mouse = graph.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 60, y + 30, steps=5)
    graph.page.wait_for_timeout(200)
    during = node.bounding_box()
    mouse.up()
    assert during is not None
    assert during["x"] - before["x"] == pytest.approx(60, abs=15)
    inner = graph.locator("svg > g")
    graph.get_by_role("button", name="Larger", exact=True).click()
    assert "scale(1.4)" in str(inner.get_attribute("transform"))
    graph.get_by_role("button", name="Whole graph", exact=True).click()
    assert "scale(1)" in str(inner.get_attribute("transform"))


def test_by_keys_alone(graph: Locator) -> None:
    """One stop for Tab, arrows from node to node, Enter pins, Escape unpins."""
    nodes, keyboard = graph.locator("g.ng-node"), graph.page.keyboard
    assert graph.locator("g.ng-node[tabindex='0']").count() == 1
    graph.get_by_role("button", name="Whole graph", exact=True).focus()
    keyboard.press("Tab")
    focused = "() => document.activeElement.getAttribute('aria-label')"
    first = graph.page.evaluate(focused)
    assert first.startswith("Node 0:")
    reached = {first}
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp") * 3:
        keyboard.press(key)
        reached.add(graph.page.evaluate(focused))
    assert len(reached) > 1 or nodes.count() == 1
    keyboard.press("Enter")
    expect(graph.locator(".ng-pins .ng-card")).to_have_count(1)
    keyboard.press("Escape")
    expect(graph.locator(".ng-pins .ng-card")).to_have_count(0)


def test_colours_and_graphs_are_chosen_and_the_table_follows(graph: Locator) -> None:
    fills = "nodes => nodes.map((node) => node.getAttribute('fill')).join()"
    circles = graph.locator("circle")
    which, colour = graph.get_by_label("Graph", exact=True), graph.get_by_label("Colour", exact=True)
    before = circles.evaluate_all(fills)
    colour.select_option(index=1)
    assert circles.evaluate_all(fills) != before
    graph.locator("summary").click()
    for k in range(min(3, which.locator("option").count())):
        which.select_option(index=k)
        expect(graph.locator("caption")).to_have_text(which.locator("option").nth(k).inner_text())
        expect(graph.locator("tbody tr")).to_have_count(graph.locator("g.ng-node").count())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_in_light_and_dark(new_tab: Callable[..., Page], theme: str) -> None:
    page, faults = opened(new_tab, viewport={"width": 390, "height": 740}, has_touch=True)
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    graph = page.locator(".network-graph")
    graph.locator("g.ng-node").first.tap()
    expect(graph.locator(".ng-pins .ng-card")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ground = graph.locator("svg").evaluate("element => getComputedStyle(element).backgroundColor")
    text = graph.locator(".ng-pins .ng-card").evaluate("element => getComputedStyle(element).color")
    assert ground != text
    assert faults == []
