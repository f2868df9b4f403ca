"""Pages of the unit explorer, most with made-up networks: ``synthetic_units.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.book import synthetic_units
from tests.book.units.pages import READY


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_units.write(tmp_path_factory.mktemp("units"))


@pytest.fixture
def open_units(new_tab: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Opens an address, ready. Errors of any page and requests beyond the disk fail the test."""
    faults: list[str] = []

    def opened(page_file: Path, hash: str = "", **context: Any) -> Page:
        page = new_tab(**context)
        page.on("console", lambda message: message.type == "error" and faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: request.url.startswith(("http", "ws")) and faults.append(request.url))
        page.goto(page_file.as_uri() + hash)
        page.evaluate(READY)
        return page

    yield opened
    assert faults == []


@pytest.fixture
def page(open_units: Callable[..., Page], made: Path) -> Page:
    return open_units(made, "#plain/mixed4b_5x5")
