"""The built book in a real browser, opened from disk: every page is visited once, and judged from that visit.

The book: ``_build/html``, or the folder that the environment variable BOOK_HTML names.
"""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page
from sphinx_external_toc.parsing import parse_toc_yaml

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[2] / "_build" / "html")).resolve()
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
# What a change of colours or of size can change; axe's preloading fetches style sheets, which is refused from disk.
AXE: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}},
    "phone": {"runOnly": {"type": "rule", "values": ["scrollable-region-focusable", "aria-hidden-focus"]}},
}
LOCAL = ("file:", "data:", "blob:")

COLLECT = """() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    return {
        title: document.title,
        text: document.querySelector("article")?.innerText ?? "",
        headings: all("article h1").map((h) => h.innerText),
        ids: all("[id]").map((e) => e.id),
        links: all("a[href]").map((a) => a.href),
        pictures: all("article img").filter((i) => !i.alt.trim() || !i.naturalWidth)
            .map((i) => i.outerHTML.slice(0, 120)),
        formulas: all(".math").filter((m) => !m.querySelector("mjx-container svg")).map((m) => m.innerText)
            .concat(all("[data-mjx-error], mjx-container g[fill=red]").map((m) => m.outerHTML.slice(0, 120))),
    };
}"""

TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("main *")]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => element.outerHTML.slice(0, 100))
"""


@dataclass
class Visit:
    """What one page showed."""

    content: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # axe's serious and critical findings
    too_wide: list[str] = field(default_factory=list)  # elements wider than a phone


@pytest.fixture(scope="session")
def visits(browser: Browser) -> dict[str, Visit]:
    """Every page of the book by its path, visited on a desktop (light and dark) and a phone."""
    if not (HTML / "index.html").is_file():
        pytest.fail(f"There is no built book in {HTML.name}: run `make book` first, or name its folder in BOOK_HTML.")
    pages = sorted(path for path in HTML.rglob("*.html") if "_static" not in path.relative_to(HTML).parts)
    return {str(path.relative_to(HTML)): _visit(browser, path) for path in pages}


def _visit(browser: Browser, path: Path) -> Visit:
    visit = Visit()
    page = _open(browser, path, visit)
    visit.content = page.evaluate(COLLECT)
    page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
    visit.faults += _faults(page, "light")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    visit.faults += _faults(page, "dark")
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(400)  # the theme makes what scrolls focusable 300 ms after a new size
    visit.faults += _faults(page, "phone")
    visit.too_wide = page.evaluate(TOO_WIDE)
    page.context.close()
    return visit


def _open(browser: Browser, path: Path, visit: Visit, query: str = "") -> Page:
    """The page at a desktop's size, its formulas set; what it logs and asks for goes into the visit."""
    page = browser.new_context(viewport=DESKTOP, color_scheme="light").new_page()
    page.on("console", lambda message: message.type == "error" and visit.errors.append(message.text))
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on("requestfailed", lambda request: visit.errors.append(f"{request.url[:200]}: {request.failure}"))
    page.on("request", lambda request: visit.requests.append(request.url[:200]))
    page.goto(path.as_uri() + query, wait_until="load", timeout=120_000)
    page.evaluate("() => window.MathJax?.startup?.promise")
    page.add_style_tag(content="*, ::before, ::after { transition: none !important; animation: none !important }")
    return page


def _faults(page: Page, mode: str) -> list[str]:
    options = {"resultTypes": ["violations"], "preload": False, **AXE[mode]}
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{mode}: {rule['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for rule in violations
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def test_every_page_of_the_contents_is_built(visits: dict[str, Visit]) -> None:
    contents = set(parse_toc_yaml(Path(__file__).parents[2] / "_toc.yml"))
    assert contents <= {page.removesuffix(".html") for page in visits}


def none(faults: Iterable[tuple[str, list[str]]]) -> None:
    """Fail with a line for every fault, each after its page."""
    lines = [f"{page}: {fault}" for page, found in faults for fault in found]
    assert not lines, "\n" + "\n".join(lines)


def test_no_page_logs_an_error(visits: dict[str, Visit]) -> None:
    none((page, visit.errors) for page, visit in visits.items())


def test_no_request_leaves_the_disk(visits: dict[str, Visit]) -> None:
    none((page, [url for url in visit.requests if not url.startswith(LOCAL)]) for page, visit in visits.items())


def test_every_page_has_a_title_and_one_main_heading(visits: dict[str, Visit]) -> None:
    written = {page: visit for page, visit in visits.items() if page not in ("genindex.html", "search.html")}
    assert [page for page, visit in written.items() if not visit.content["title"]] == []
    assert [page for page, visit in written.items() if len(visit.content["headings"]) != 1] == []


def test_pictures_load_and_have_alternative_text(visits: dict[str, Visit]) -> None:
    none((page, visit.content["pictures"]) for page, visit in visits.items())


def test_no_figure_is_cut_off(visits: dict[str, Visit]) -> None:
    """A label that reaches beyond its figure leaves ink in the outermost pixels."""
    cut = []
    for name in visits:
        html = (HTML / name).read_text("utf-8")
        for number, data in enumerate(re.findall(r'src="data:image/png;base64,([^"]+)"', html), start=1):
            pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L"))
            if min(edge.min() for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])) < 255:
                cut.append(f"{name}: figure {number}")
    assert cut == []


def test_formulas_are_set(visits: dict[str, Visit]) -> None:
    none((page, visit.content["formulas"]) for page, visit in visits.items())


def test_links_inside_the_book_lead_somewhere(visits: dict[str, Visit]) -> None:
    ids = {HTML / page: set(visit.content["ids"]) for page, visit in visits.items()}

    def leads_somewhere(link: str) -> bool:
        url, anchor = urldefrag(link)
        target = Path(unquote(urlsplit(url).path))
        return target.is_file() and (not anchor or target not in ids or unquote(anchor) in ids[target])

    none(
        (page, [link for link in visit.content["links"] if link.startswith("file:") and not leads_somewhere(link)])
        for page, visit in visits.items()
    )


def test_no_serious_accessibility_fault(visits: dict[str, Visit]) -> None:
    none((page, visit.faults) for page, visit in visits.items())


def test_a_phone_shows_pages_without_sideways_scrolling(visits: dict[str, Visit]) -> None:
    none((page, visit.too_wide) for page, visit in visits.items())


def test_search_finds_the_pages_that_hold_a_word(browser: Browser, visits: dict[str, Visit]) -> None:
    asked = {"glossary.html": "Glorot"}
    for page, visit in visits.items():
        if "/" in page:  # a page of a study: the longest word of its title
            asked[page] = max(re.findall(r"[A-Za-z]+", visit.content["headings"][0]), key=len)
    for expected, word in asked.items():
        visit = Visit()
        page = _open(browser, HTML / "search.html", visit, f"?q={word}")
        page.wait_for_function("document.querySelector('.search-summary')?.innerText.match(/found|did not match/)")
        found = page.eval_on_selector_all("#search-results li a", "links => links.map((a) => a.href)")
        page.context.close()
        assert [link for link in found if expected in link], f"searching {word!r} finds {found}, not {expected}"
        assert visit.errors == []


def test_the_scorecard_is_filtered_by_keyboard(browser: Browser, visits: dict[str, Visit]) -> None:
    page = _open(browser, HTML / "scorecard.html", Visit())
    rows = page.locator("table.claims tbody tr")
    page.locator("#verdict-filter input").first.focus()
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#verdict-filter input:checked").get_attribute("value")
    verdicts = rows.evaluate_all("rows => rows.map((row) => [row.dataset.verdict, row.checkVisibility()])")
    status = page.locator("#verdict-filter [role=status]").inner_text()
    page.context.close()
    assert chosen and [verdict == chosen for verdict, _ in verdicts] == [visible for _, visible in verdicts]
    assert status == f"{sum(visible for _, visible in verdicts)} of {len(verdicts)} claims shown"


def test_every_executed_page_says_how_to_run_it_and_offers_its_sources(visits: dict[str, Visit]) -> None:
    for page, visit in visits.items():
        if "/" not in page:
            continue
        name = page.removesuffix(".html")
        downloads = {Path(link).name for link in visit.content["links"] if "_downloads" in link}
        stem = Path(name).name
        assert f"papermill notebooks/{name}.ipynb" in visit.content["text"]
        assert {f"{stem}.ipynb", f"{stem}.py", f"{stem}_executed.ipynb"} <= downloads
