"""One browser for all tests of the built book: Playwright's synchronous interface runs once in a process."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

DESKTOP = {"width": 1280, "height": 900}
LAUNCH = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("The tests of the built book need a browser: install it with `apt-get install chromium`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def first_tab(browser: Browser) -> Iterator[Page]:
    """The tab that opens the others: what the browser made of the book's scripts and styles stays in its process."""
    page = browser.new_context(viewport=DESKTOP, color_scheme="light").new_page()  # type: ignore[arg-type]
    page.goto("file:///")
    yield page
    page.context.close()


@pytest.fixture
def new_tab(browser: Browser, first_tab: Page) -> Iterator[Callable[..., Page]]:
    """Opens an empty tab at a desktop's size, or one of a browser with these options; the test's end closes it."""
    opened: list[Page] = []

    def new(**options: Any) -> Page:
        if options:
            opened.append(browser.new_context(**({"viewport": DESKTOP} | options)).new_page())
        else:
            with first_tab.context.expect_page() as event:
                first_tab.evaluate("() => { window.open('about:blank'); }")
            opened.append(event.value)
        return opened[-1]

    yield new
    for page in opened:
        page.close() if page.context == first_tab.context else page.context.close()
    first_tab.evaluate("localStorage.clear()")
