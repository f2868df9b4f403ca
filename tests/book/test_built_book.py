"""The built book in a real browser, opened from disk: every page is visited once, and judged from that visit.

The book: ``_build/html``, or the folder that the environment variable BOOK_HTML names. The tests of one page stand
side by side, so that workers that share the pages among them visit each page once.
"""

from __future__ import annotations

import html
import io
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from sphinx_external_toc.parsing import parse_toc_yaml

from tests.book import accessibility
from tests.book.addresses import on_disk

pytestmark = pytest.mark.book

REPOSITORY = Path(__file__).parents[2]
HTML = Path(os.environ.get("BOOK_HTML", REPOSITORY / "_build" / "html")).resolve()
CONTENTS = {f"{page}.html" for page in parse_toc_yaml(REPOSITORY / "_toc.yml")}
BUILT = {str(path.relative_to(HTML)) for path in HTML.rglob("*.html") if "_static" not in path.relative_to(HTML).parts}
PAGES = sorted(CONTENTS | BUILT)
GENERATED = ("genindex.html", "search.html")  # by Sphinx
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
THEMES = ("light", "dark")
# axe's rules on colours, which are judged in light and dark, and those that a change of size can break
COLOURS, SIZES = ["color-contrast", "link-in-text-block"], ["scrollable-region-focusable", "aria-hidden-focus"]
LOOKS: dict[str, set[str]] = {theme: set() for theme in THEMES}  # that axe has judged in this run
LARGEST = 1_500_000  # bytes of HTML
_EVEN = 24  # levels of 255 by which the rim of a picture may vary, and a label may not
LOCAL = ("file:", "data:", "blob:")

COLLECT = """() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    return {
        title: document.title,
        sources: all("article img").map((i) => ["src", "loading", "width", "height"].map((n) => i.getAttribute(n))),
        figures: all("article figure, article .cell_output img, article canvas")
            .map((figure) => figure.getBoundingClientRect().top + scrollY),
        broken_tables: all("article p").map((p) => p.textContent).filter((text) => /^\\s*[|]/.test(text)),
        text: document.querySelector("article")?.textContent ?? "",  // with what is folded
        headings: all("article h1").map((h) => h.innerText),
        ids: all("[id]").map((e) => e.id),
        links: all("a[href]").map((a) => a.href),
        formulas: all(".math").filter((m) => !m.querySelector("mjx-container svg")).map((m) => m.innerText)
            .concat(all("[data-mjx-error], mjx-container g[fill=red]").map((m) => m.outerHTML.slice(0, 120))),
    };
}"""

# Pictures are read when a reader comes near: here all of them at once, those for the dark as well.
UNREAD_PICTURES = """async () => {
    const images = [...document.querySelectorAll("article img")];
    await Promise.all(images.map((image) => {
        image.loading = "eager";
        return image.decode().catch(() => null);  // one that cannot be read is found by its width
    }));
    return images.filter((i) => !i.alt.trim() || !i.naturalWidth).map((i) => i.outerHTML.slice(0, 120));
}"""

TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("main *")]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => element.outerHTML.slice(0, 100))
"""

# Words of tables that stand on two lines
BROKEN_WORDS = """() => [...document.querySelectorAll("article table p")]
    .filter((p) => /^[a-z]+$/i.test(p.textContent.trim()))
    .filter((p) => p.offsetHeight > 1.9 * parseFloat(getComputedStyle(p).lineHeight))
    .map((p) => p.textContent)
"""


# Comparing colours takes axe a minute for a page of 5,000 pieces of text, such as the scorecard, but they share some
# fifty looks: colour, size, and what is behind them. Three pieces of each are marked for it, in each theme; none of a
# look that an earlier page of this run had.
MARK_LOOKS = """([theme, known]) => {
    document.documentElement.dataset.theme = theme;
    const backdrops = new Map(), counts = new Map(), judged = new Set(known);
    const backdrop = (element) => {
        if (!element) return "";
        if (!backdrops.has(element)) {
            const style = getComputedStyle(element), behind = backdrop(element.parentElement);
            const own = [style.backgroundColor, style.backgroundImage, style.opacity].join();
            backdrops.set(element, own === "rgba(0, 0, 0, 0),none,1" ? behind : `${behind} ${own}`);
        }
        return backdrops.get(element);
    };
    for (const element of document.body.querySelectorAll("*")) {
        const text = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
        if (!text || !element.checkVisibility() || !element.getClientRects().length) continue;
        const style = getComputedStyle(element), around = getComputedStyle(element.parentElement).color;
        const look = [element.tagName, style.color, style.fontSize, style.fontWeight, style.textDecoration,
            style.textShadow, around, backdrop(element)].join();
        if (judged.has(look)) continue;
        counts.set(look, (counts.get(look) ?? 0) + 1);
        if (counts.get(look) <= 3) element.setAttribute(`data-judged-${theme}`, "");
    }
    return [...counts.keys()];
}"""

# What holds nothing that is marked goes, for axe looks at every element again and again. All but spans leave an empty
# element: styles may count them.
LEAVE_WHAT_IS_MARKED = """() => {
    const marked = "[data-judged-light], [data-judged-dark]";
    for (const element of document.body.querySelectorAll("*")) {
        if (!element.isConnected || element.closest(marked) || element.querySelector(marked)) continue;
        if (element.tagName === "SPAN") element.remove();
        else element.replaceChildren();
    }
}"""


@dataclass
class Visit:
    """What one page showed; name: its path in the book."""

    name: str
    content: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # axe's serious and critical findings
    pictures: list[str] = field(default_factory=list)  # without an alternative text, or that cannot be read
    too_wide: list[str] = field(default_factory=list)  # elements wider than a phone
    broken_words: list[str] = field(default_factory=list)  # of tables, on a phone


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """One tab for all pages, as a reader has: what the browser made of the book's scripts and styles it keeps there."""
    page = browser.new_context(viewport=DESKTOP, color_scheme="light").new_page()
    yield page
    page.context.close()


@pytest.fixture(scope="module", params=PAGES)
def visit(request: pytest.FixtureRequest, tab: Page) -> Visit:
    """A page of the book, visited on a desktop (light and dark) and a phone."""
    path = HTML / request.param
    if not path.is_file():
        pytest.fail(f"{request.param} is not in {HTML.name}: run `make book`, or name a book's folder in BOOK_HTML.")
    visit = Visit(request.param)
    with _listening(tab, visit):
        _open(tab, path)
        visit.content = tab.evaluate(COLLECT)
        visit.pictures = tab.evaluate(UNREAD_PICTURES)
        tab.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
        visit.faults += _faults(tab, "structure", {"rules": {rule: {"enabled": False} for rule in COLOURS}})
        marked = [theme for theme in THEMES if _marks_looks(tab, theme, LOOKS)]
        tab.set_viewport_size(PHONE)
        tab.wait_for_timeout(400)  # the theme makes what scrolls focusable 300 ms after a new size
        visit.faults += _faults(tab, "phone", _only(SIZES))
        visit.too_wide, visit.broken_words = tab.evaluate(TOO_WIDE), tab.evaluate(BROKEN_WORDS)
    tab.evaluate(LEAVE_WHAT_IS_MARKED)  # which scripts of the page may miss
    tab.set_viewport_size(DESKTOP)
    visit.faults += _faults_of_colours(tab, marked)
    return visit


def _marks_looks(page: Page, theme: str, known: dict[str, set[str]]) -> bool:
    """Whether a piece of text is marked: its look in the theme is none of those known, to which it is added."""
    looks = page.evaluate(MARK_LOOKS, [theme, sorted(known[theme])])
    known[theme].update(looks)
    return bool(looks)


def _faults_of_colours(page: Page, themes: Iterable[str]) -> list[str]:
    """What axe finds about the colours of what is marked in each of the themes."""
    found = []
    for theme in themes:
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        found += _faults(page, theme, _only(COLOURS), within=f"[data-judged-{theme}]")
    return found


@contextmanager
def _listening(tab: Page, visit: Visit) -> Iterator[None]:
    """What the tab logs and asks for goes into the visit, but for what the page before still does."""
    tab.goto("about:blank")
    heard: dict[Any, Callable[[Any], object]] = {
        "console": lambda message: message.type == "error" and visit.errors.append(message.text),
        "pageerror": lambda error: visit.errors.append(str(error)),
        "requestfailed": lambda request: visit.errors.append(f"{request.url[:200]}: {request.failure}"),
        "request": lambda request: visit.requests.append(request.url[:200]),
    }
    for event, listener in heard.items():
        tab.on(event, listener)
    try:
        yield
    finally:  # a page that fails here is not heard in the visits of the next
        for event, listener in heard.items():
            tab.remove_listener(event, listener)


def _open(tab: Page, path: Path, query: str = "") -> None:
    """The page in the tab, its formulas set."""
    tab.goto(path.as_uri() + query, wait_until="load", timeout=120_000)
    tab.evaluate("() => window.MathJax?.startup?.promise")
    tab.add_style_tag(content="*, ::before, ::after { transition: none !important; animation: none !important }")


def _only(rules: list[str]) -> dict[str, Any]:
    return {"runOnly": {"type": "rule", "values": rules}}


def _faults(page: Page, mode: str, rules: dict[str, Any], *, within: str = "html") -> list[str]:
    """What axe finds, with the mode in which it was found."""
    return [f"{mode}: {fault}" for fault in accessibility.faults(page, rules, within=within)]


def test_every_page_of_the_contents_is_built() -> None:
    assert CONTENTS <= BUILT


def test_a_piece_of_text_of_poor_contrast_is_found_among_many(browser: Browser) -> None:
    """What marking by looks must not miss: the colour of one word, and one background behind many."""
    cells = "".join(f"<tr><td>{k}</td><td class='{'odd' if k == 70 else ''}'>text</td></tr>" for k in range(100))
    style = "tr:nth-child(50) { background: #ccc } tr:nth-child(50) td { color: #999 } .odd { color: #888 }"
    dark = "[data-theme=dark] { background: #111; color: #eee } [data-theme=dark] .odd { color: #333 }"
    page = browser.new_page()
    content = f"<!doctype html><html><style>{style}{dark}</style><body><table>{cells}</table></body></html>"
    page.set_content(content)
    known: dict[str, set[str]] = {theme: set() for theme in THEMES}
    assert all(_marks_looks(page, theme, known) for theme in THEMES)
    page.evaluate(LEAVE_WHAT_IS_MARKED)
    found = _faults_of_colours(page, THEMES)
    page.set_content(content)
    assert not any(_marks_looks(page, theme, known) for theme in THEMES), "what was judged is not judged again"
    page.close()
    # two cells of row 50, one of row 71
    assert [fault.split(":")[0] for fault in found] == 3 * ["light"] + 3 * ["dark"], found


def test_a_page_logs_no_error(visit: Visit) -> None:
    assert visit.errors == []


def test_no_request_leaves_the_disk(visit: Visit) -> None:
    assert [url for url in visit.requests if not url.startswith(LOCAL)] == []


def test_a_page_has_a_title_and_one_main_heading(visit: Visit) -> None:
    if visit.name not in GENERATED:
        assert visit.content["title"]
        assert len(visit.content["headings"]) == 1


def test_pictures_load_and_have_alternative_text(visit: Visit) -> None:
    assert visit.pictures == []


def test_a_page_is_small_and_its_pictures_keep_their_place(visit: Visit) -> None:
    text = (HTML / visit.name).read_text("utf-8")
    assert len(text.encode()) <= LARGEST, f"{visit.name} has {len(text) / 1e6:.2f} MB of HTML"
    assert not [src[:80] for src, *_ in visit.content["sources"] if src.startswith("data:")]
    beside = [image for image in visit.content["sources"] if "pictures/" in image[0]]
    assert all(loading == "lazy" and width and height for _, loading, width, height in beside)


@pytest.fixture(scope="module")
def canvas(browser: Browser) -> Iterator[Page]:
    """An empty page, on which drawings are drawn to be looked at."""
    page = browser.new_page(viewport={"width": 1600, "height": 1200})
    yield page
    page.close()


@cache
def _rim(path: Path, canvas: Page) -> int:
    """How much a picture varies along one of its edges, at most: a label that is cut off leaves ink there."""
    if path.suffix == ".svg":
        canvas.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{path.read_text('utf-8')}")
        content = io.BytesIO(canvas.locator("svg").screenshot())
    else:
        content = io.BytesIO(path.read_bytes())
    pixels = np.asarray(Image.open(content).convert("L"))
    return int(max(np.ptp(edge) for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])))


def test_no_figure_is_cut_off(visit: Visit, canvas: Page) -> None:
    """A label that reaches beyond its figure leaves ink in the outermost pixels."""
    text = (HTML / visit.name).read_text("utf-8")
    shown = [(HTML / visit.name).parent / address for address in re.findall(r'src="([^"]*pictures/[^"]+)"', text)]
    # what is kept as a photograph is nowhere quite even
    assert [path.name for path in shown if _rim(path.resolve(), canvas) > _EVEN] == []


def test_formulas_are_set(visit: Visit) -> None:
    assert visit.content["formulas"] == []


@cache
def _ids(path: Path) -> set[str]:
    """The places of a page that links can name, as its file says."""
    return {html.unescape(name) for name in re.findall(r"""\bid=["']([^"']+)["']""", path.read_text("utf-8"))}


def _is_a_unit(name: str) -> bool:
    """Whether the unit explorer has a unit "network/layer/number"."""
    listed = (HTML / "units" / "data" / "networks.js").read_text("utf-8")
    networks = json.loads(re.sub(r"^window\.unitsData\(\"networks\",|\);\n$", "", listed))
    units = {(one["id"], layer["name"]): layer["units"] for one in networks for layer in one["layers"]}
    network, layer, number = name.split("/")
    return int(number) < units.get((network, layer), 0)


def test_links_inside_the_book_lead_somewhere(visit: Visit) -> None:
    def leads_somewhere(link: str) -> bool:  # an anchor with = is a state of the page, not a place in it
        url, anchor = urldefrag(link)
        target = on_disk(url)
        if target == HTML / "units.html" and "/" in anchor:  # a view; test_units.py goes to those of the page itself
            return target == HTML / visit.name or _is_a_unit(unquote(anchor))
        if target == HTML / visit.name:
            return not anchor or "=" in anchor or unquote(anchor) in visit.content["ids"]
        book = target.is_relative_to(HTML) and str(target.relative_to(HTML)) in BUILT
        return target.is_file() and (not anchor or "=" in anchor or not book or unquote(anchor) in _ids(target))

    links = [link for link in visit.content["links"] if link.startswith("file:")]
    assert [link for link in links if not leads_somewhere(link)] == []


def test_no_serious_accessibility_fault(visit: Visit) -> None:
    assert not visit.faults, "\n" + "\n".join(visit.faults)


def test_a_phone_shows_a_page_without_sideways_scrolling(visit: Visit) -> None:
    assert visit.too_wide == []


def test_tables_are_tables_and_those_of_a_study_break_no_word_on_a_phone(visit: Visit) -> None:
    assert visit.content["broken_tables"] == []
    if "/" in visit.name:
        assert visit.broken_words == []


def test_a_figure_of_a_page_of_a_study_comes_within_two_screens(visit: Visit) -> None:
    if "/" in visit.name:
        first = min(visit.content["figures"], default=float("inf"))
        assert first < 2 * DESKTOP["height"], f"the first figure of {visit.name} is {first:.0f} px down"


def test_a_page_shows_no_warning_and_no_folder_of_the_machine(visit: Visit) -> None:
    assert not re.search(r"Warning:|site-packages", visit.content["text"])
    assert str(REPOSITORY) not in visit.content["text"]


def test_an_executed_page_says_how_to_run_it_and_offers_its_sources(visit: Visit) -> None:
    if "/" in visit.name:  # a page of a study
        name = visit.name.removesuffix(".html")
        downloads = {Path(link).name for link in visit.content["links"] if "_downloads" in link}
        stem = Path(name).name
        assert f"papermill notebooks/{name}.ipynb" in visit.content["text"]
        assert {f"{stem}.ipynb", f"{stem}.py", f"{stem}_executed.ipynb"} <= downloads


def test_search_finds_a_page_of_a_study_by_the_longest_word_of_its_title(tab: Page, visit: Visit) -> None:
    if "/" in visit.name:
        word = max(re.findall(r"[A-Za-z]+", visit.content["headings"][0]), key=len)
        _search(tab, word, expected=visit.name)


def test_search_finds_a_word_of_the_glossary(tab: Page) -> None:
    _search(tab, "Glorot", expected="glossary.html")


def _search(tab: Page, word: str, *, expected: str) -> None:
    visit = Visit("search.html")
    with _listening(tab, visit):
        _open(tab, HTML / visit.name, f"?q={word}")
        tab.wait_for_function("document.querySelector('.search-summary')?.innerText.match(/found|did not match/)")
        found = tab.eval_on_selector_all("#search-results li a", "links => links.map((a) => a.href)")
    assert [link for link in found if expected in link], f"searching {word!r} finds {found}, not {expected}"
    assert visit.errors == []
