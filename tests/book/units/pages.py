"""What the tests of the unit explorer ask of its page."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

READY = "() => unitExplorer.ready"


def units(page: Page) -> list[int]:
    """The numbers of the tiles, in order."""
    return list(map(int, page.locator(".unit-tile").evaluate_all("tiles => tiles.map((tile) => tile.dataset.unit)")))


def heading(page: Page) -> Locator:
    return page.locator(".unit-view h2").first


def columns(page: Page) -> int:
    return int(page.locator("[role=grid]").get_attribute("aria-colcount") or 0)
