"""The scorecard: read back from its HTML and compared with the results it was made from; then used in a browser."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from playwright.sync_api import Page, Route

from helpers.pages.verdicts import VERDICTS
from workflow.rule_history import Fixed
from workflow.scorecard import records, rows
from workflow.scorecard.page import scorecard
from workflow.scorecard.places import place
from workflow.scorecard.records import ReportedPage, reported

REPOSITORY = Path(__file__).parents[2]
STATIC = REPOSITORY / "book" / "_static"
HTML = Path(os.environ.get("BOOK_HTML", REPOSITORY / "_build" / "html")).resolve()
PHONE = {"width": 390, "height": 844}


def claim(name: str, verdict: str, kind: str = "sentence", **given: Any) -> dict[str, Any]:
    plain = {
        "kind": kind,
        "where": "section 1, table 1",
        "statement": f"{name} & <more>",
        "study": None,
        "measured": f"share of {name}",
        "unit": "",
        "over": "seeds",
        "rule": "at least 0.2",
        "limits": [0.2],
        "floor": None,
        "protocol": None if kind in ("slip", "control", "beyond") else "exact",
        "why": "for a test",
        "scale": "laptop",
        "values": None,
        "reason": f"because {name}",
        "untrained": None,
    }
    return {"id": name, "verdict": verdict, "mean": None, "low": None, "high": None, **plain, **given}


def page(study: str, name: str, *claims: dict[str, Any], seeds: int = 5, **given: Any) -> ReportedPage:
    ran = {"scale": "laptop", "seeds": list(range(seeds)), "device": "cpu", "seconds": 12.4, "commit": "abc"}
    results = {"page": name, "title": f"Title of {name}", "claims": list(claims), **ran, **given}
    return reported(study, results, {"a.1": Fixed("f" * 40, "2026-11-20", "Why")})


SINGLE = {"study": 0.3, "values": [0.28, 0.29], "mean": 0.28512, "low": 0.28, "high": 0.29}
NAMED = {
    "study": {"x": 1, "y": 2.5, "z": "text"},
    "values": {"x": [1.0], "y": [1.0, 3.0]},
    "mean": {"x": 1, "y": 2},
    "low": {"x": None, "y": 1},
    "high": {"x": None, "y": 3},
}
PAGES = [
    page(
        "First study",
        "first/01_a",
        claim("a.control", "holds", "control"),
        claim("a.1", "holds", "number", **SINGLE),
        claim("a.2", "fails", **NAMED),
        claim("a.3", "undecided", where="figure 2(b)", protocol="smaller"),
    ),
    page("First study", "first/02_b", claim("b.1", "holds", where="section 2.1, eq. 3"), seeds=1),
    page("Second study", "second/01_c", claim("c.1", "not testable here"), claim("c.2", "slip in the study", "slip")),
    page("Second study", "second/02_d"),
]
CLAIMS = [one for each in PAGES for one in each.claims]


def soup(pages: list[ReportedPage] = PAGES) -> BeautifulSoup:
    """The page with all of its rows filled in, as the browser does when they are opened."""
    read = BeautifulSoup(scorecard(pages), "html.parser")
    for one in (one for each in pages for one in each.claims):
        row = read.find(id=f"claim-{one['id']}")
        row.select_one(".statement").insert_after(BeautifulSoup(rows.details(one), "html.parser"))  # type: ignore[union-attr]
    return read


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("section 3.3.3, table 3.3", "table 3.3"),
        ("section 6.2.4, figure 6.3(d)", "figure 6.3"),
        ("sections 3.3, figures 3.15 and 3.16", "figures 3.15 and 3.16"),
        ("tables 3.1 to 3.3", "tables 3.1 to 3.3"),
        ("section 3.2.2, eq. 3.3", "section 3.2.2"),
        ("sections 1, 3 and 6", "sections 1, 3 and 6"),
        ("section 4.2 and footnote 1", "section 4.2 and footnote 1"),
        ("section 3, figure 3; check", "figure 3"),
        ("figure 4.", "figure 4"),
    ],
)
def test_the_place_of_a_claim_is_its_table_or_figure(where: str, expected: str) -> None:
    assert place(where) == expected


def test_sentences_that_hold_without_training_are_counted_and_told() -> None:
    same = {"verdict": "holds", "measured": "0.9 [0.8, 1]"}
    claims = [
        claim("d.1", "holds", untrained=same),
        claim("d.2", "holds", untrained={"verdict": "fails", "measured": ""}),
        claim("d.3", "fails", untrained=same),
        claim("d.4", "holds", "beyond", untrained=same),
    ]
    shown = soup([page("Study", "first/01_a", *claims)])
    assert "Of these, 1 hold for networks before any training as well." in shown.text
    assert "Networks before any training, measured the same way: holds (0.9 [0.8, 1])" in shown.text
    assert "hold for networks before any training" not in soup().text


def test_totals_count_each_group_of_each_study() -> None:
    found = {}
    for section in soup().select(".totals section"):
        for row in section.select("li"):
            counts = {c["data-verdict"]: int(c.get_text().split(": ")[1]) for c in row.select(".count")}
            found[section.h3.get_text(), row.select_one(".count")["data-kinds"]] = counts  # type: ignore[union-attr, index]
    expected: dict[Any, Counter[str]] = {}
    for each in PAGES:
        for one in each.claims:
            kinds = "control beyond" if one["kind"] in ("control", "beyond") else one["kind"]
            expected.setdefault((each.study, kinds), Counter())[one["verdict"]] += 1
    assert found == expected


def test_bars_are_true_to_scale() -> None:
    many = [claim(f"c{i}", "fails" if i == 0 else "holds") for i in range(300)]
    bars = soup([page("S", "s/01_x", *many)]).select(".verdict-bar")
    widths = [float(part["style"].removeprefix("width:").removesuffix("%")) for part in bars[0].select("span")]  # type: ignore[union-attr]
    assert widths == pytest.approx([100 * 299 / 300, 100 / 300], rel=1e-3)
    assert "min-width" not in re.findall(r"\.verdict-bar[^}]*}", (STATIC / "scorecard.css").read_text("utf-8"))[0]


def test_the_headline_counts_numbers_and_sentences_that_could_be_judged() -> None:
    assert "Numbers that the studies print: 1 of 1 hold. Sentences that they state: 1 of 3 hold." in scorecard(PAGES)
    assert "1 more need a larger scale" in scorecard(PAGES)
    assert "Slips found in their own text and arithmetic: 1." in scorecard(PAGES)


def test_where_nothing_could_be_judged_the_headline_says_so() -> None:
    text = scorecard([page("S", "s/01_x", claim("x", "needs a larger scale", "number"))])
    assert "Numbers that the studies print: none of 1 could be judged." in text


def test_a_row_holds_the_claims_of_a_table_and_ours_come_last() -> None:
    found = [
        (row.select_one(".name").get_text(), [one["id"] for one in row.select("ul.claims > li")])  # type: ignore[union-attr]
        for row in soup().select("details.place")
    ]
    assert found == [
        ("Table 1", ["claim-a.1", "claim-a.2"]),
        ("Figure 2", ["claim-a.3"]),
        ("Ours: controls, and what goes beyond the study", ["claim-a.control"]),
        ("Section 2.1", ["claim-b.1"]),
        ("Table 1", ["claim-c.1", "claim-c.2"]),
    ]


def test_a_row_counts_its_verdicts_in_signs_and_in_words() -> None:
    row = soup().select_one("details.place summary .tally")
    assert row is not None and row.get_text() == "✓holds 1 ✗fails 1"


def test_a_claim_links_its_box_and_its_code() -> None:
    for row, one in zip(soup().select("ul.claims > li"), sorted_by_row(), strict=True):
        links = [(link["href"], link.get_text()) for link in row.select("a")]
        where = f"{one['study']}/{one['page']}.html"
        assert links == [(f"{where}#claim-{one['id']}", one["statement"]), (f"{where}#code-{one['id']}", "code")]


def sorted_by_row() -> list[dict[str, Any]]:
    return [one for each in PAGES for one in sorted(each.claims, key=lambda c: c["kind"] == "control")]


def row_of(name: str, pages: list[ReportedPage] = PAGES) -> Tag:
    found = soup(pages).find(id=f"claim-{name}")
    assert isinstance(found, Tag)
    return found


def test_a_claim_says_what_was_measured_the_study_and_why() -> None:
    text = " ".join(row_of("a.1").get_text(" ").split())
    for said in (
        "✓",
        "holds",
        "Measured: share of a.1: 0.2851 [0.28, 0.29]",
        "Study: 0.3",
        "Rule: at least 0.2. because a.1",
    ):
        assert said in text
    assert "printed number, section 1, table 1; protocol: exact; rule of 2026-11-20; code" in text
    assert row_of("a.1").select_one("svg[aria-label]") is not None
    assert "Study: x: 1; y: 2.5; z: text" in row_of("a.2").get_text()
    assert "protocol" not in row_of("a.control").get_text()


def test_many_named_values_are_folded_and_their_strip_is_left_to_the_box() -> None:
    mean = {str(i): float(i) for i in range(12)}
    values = {name: [value] * 30 for name, value in mean.items()}
    row = row_of("x", [page("S", "s/01_x", claim("x", "holds", mean=mean, low=mean, high=mean, values=values))])
    details = row.select_one("details")
    assert details is not None and details.summary is not None
    assert details.summary.get_text() == "12 values" and len(details.select("li")) == 12
    assert not row.select("svg")


def test_pages_say_scale_and_seeds() -> None:
    text = scorecard(PAGES)
    assert "(/first/01_a.ipynb). Run at scale **laptop** with 5 seeds (0 to 4) on cpu, in 12 s." in text
    assert "(/first/02_b.ipynb). Run at scale **laptop** with seed 0 on cpu" in text
    assert "### 2. Title of second/02_d" in text and "This page measures no claim of the study." in text


def test_the_form_offers_what_occurs() -> None:
    offered = {s["name"]: [o["value"] for o in s.select("option")][1:] for s in soup().select("#claim-filter select")}
    assert offered["study"] == ["first", "second"]
    assert offered["verdict"] == [v for v in VERDICTS if v in {one["verdict"] for one in CLAIMS}]
    assert offered["kind"] == ["number", "sentence", "slip", "control", "control beyond"]
    assert offered["protocol"] == ["exact", "smaller"]


HOSTILE = """<script>alert("x")</script>[a](javascript:alert(1)) <img src=x onerror=alert(1)> `{raw} html` $x$ "q'
# *b*"""


def test_what_a_stranger_names_is_text() -> None:
    named = {"mean": {HOSTILE: 1}, "low": {HOSTILE: 0}, "high": {HOSTILE: 2}, "values": {HOSTILE: [1.0]}}
    texts = dict.fromkeys(("where", "statement", "reason", "rule", "measured", "unit"), HOSTILE)
    one = claim(HOSTILE, "holds", study={HOSTILE: HOSTILE}, **texts, **named)
    hostile = page(HOSTILE, "first/01_a", one, title=HOSTILE, device=HOSTILE)
    html = MarkdownIt("commonmark", {"html": True}).render(scorecard([hostile])) + rows.details(hostile.claims[0])
    read = BeautifulSoup(html, "html.parser")
    assert not read.select("script, img, em")
    assert not [link["href"] for link in read.select("a") if "javascript:" in link["href"].split("#")[0]]
    assert not [name for tag in read.find_all() for name in tag.attrs if name.startswith("on")]
    shown = " ".join(HOSTILE.split())
    assert shown in [heading.get_text() for heading in read.select("h2")]
    assert f"1. {shown}" in [heading.get_text() for heading in read.select("h3")]


# The files to download


def test_the_files_hold_every_claim_and_agree() -> None:
    content = json.loads(records.as_json(PAGES))
    Draft202012Validator.check_schema(records.schema())
    Draft202012Validator(records.schema()).validate(content)
    lines = list(csv.DictReader(io.StringIO(records.as_csv(PAGES))))
    assert [one["id"] for one in content["claims"]] == [one["id"] for one in CLAIMS] == [row["id"] for row in lines]
    for one, row in zip(content["claims"], lines, strict=True):
        for field, value in one.items():
            expected = "" if value is None else json.dumps(value) if isinstance(value, dict | list) else str(value)
            assert row[field] == expected, field


def test_a_record_says_when_its_rule_was_fixed() -> None:
    by_name = {one["id"]: one for one in CLAIMS}
    assert (by_name["a.1"]["rule_commit"], by_name["a.1"]["rule_date"]) == ("f" * 40, "2026-11-20")
    assert (by_name["a.2"]["rule_commit"], by_name["a.2"]["rule_date"]) == (None, None)
    assert by_name["a.1"]["study_value"] == 0.3 and by_name["a.1"]["study"] == "first"


def test_a_book_without_history_says_so() -> None:
    undated = reported("First study", PAGES[0].results, {})
    assert "a shallow clone" in scorecard([undated]) and "a shallow clone" not in scorecard(PAGES)


def test_every_field_is_required_and_has_a_meaning() -> None:
    assert set(records.schema()["properties"]["claims"]["items"]["required"]) == set(records.fields())
    listed = [term.get_text() for term in soup().select("details.fields dt")]
    assert listed == list(records.fields())


# In a browser


def nested(html: str) -> str:
    """Headings with what follows them as nested sections, as Sphinx writes them."""
    out, levels = [], [0]
    for piece in re.split(r"(?=<h[123]>(?![^<]*</h3><ul>))", html):
        level = int(piece[2]) if piece.startswith("<h") else 0
        while level and levels[-1] >= level:
            levels.pop()
            out.append("</section>")
        if level:
            levels.append(level)
            name = re.sub(r"\W+", "-", piece[4 : piece.index("</h")]).lower()
            out.append(f'<section id="{name}">')
        out.append(piece)
    return "".join(out) + "</section>" * (len(levels) - 1)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("book")
    body = nested(MarkdownIt("commonmark", {"html": True}).render(scorecard(PAGES)))
    files = "".join(f'<link rel="stylesheet" href="{STATIC / n}">' for n in ("custom.css", "scorecard.css"))
    scripts = ("cite.js", "claim_details.js", "printing.js", "scorecard.js", "reveal.js")
    files += "".join(f'<script src="{STATIC / n}"></script>' for n in scripts)
    (folder / rows.SCRIPT).write_text(rows.script(CLAIMS, {}), "utf-8")
    (folder / records.SCRIPT).write_text(records.as_script(PAGES, repository="https://github.com/a/b"), "utf-8")
    (folder / "scorecard.html").write_text(
        f'<!doctype html><html data-content_root="./">{files}<body><article>{body}</article></body></html>', "utf-8"
    )
    return (folder / "scorecard.html").as_uri()


@pytest.fixture
def view(new_tab: Callable[..., Page], address: str) -> Iterator[Page]:
    page = new_tab()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(address)
    yield page


def shown(view: Page) -> list[str]:
    """The claims that are not filtered out, whether or not their row is open."""
    kept = "rows => rows.filter((row) => !row.hidden && !row.closest('[hidden]')).map((row) => row.id.slice(6))"
    return list(view.eval_on_selector_all("ul.claims > li", kept))


def names(**fields: str) -> list[str]:
    return [one["id"] for one in sorted_by_row() if all(one[field] == value for field, value in fields.items())]


def test_all_rows_are_closed_at_first_and_one_opens_on_demand(view: Page) -> None:
    assert shown(view) == names()
    assert not view.locator("#claim-a\\.1").is_visible()
    assert "share of a.1" not in view.locator("#claim-a\\.1").inner_text()
    view.locator("details.place summary").first.click()
    assert view.locator("#claim-a\\.1").is_visible()
    view.locator("#claim-a\\.1 svg").wait_for()
    assert "Measured: share of a.1" in view.locator("#claim-a\\.1").inner_text()
    view.get_by_role("button", name="Open all").click()
    assert view.locator("#claim-c\\.1").is_visible()
    view.get_by_role("button", name="Close all").click()
    assert not view.locator("#claim-a\\.1").is_visible()


def test_filters_combine_and_no_heading_stays_empty(view: Page) -> None:
    view.select_option("[name=verdict]", "holds")
    assert shown(view) == names(verdict="holds")
    view.select_option("[name=kind]", "sentence")
    assert shown(view) == names(verdict="holds", kind="sentence") == ["b.1"]
    headings = view.eval_on_selector_all(
        "section > :is(h2, h3)", "all => all.filter((h) => h.checkVisibility()).map((h) => h.innerText)"
    )
    assert [h for h in headings if "study" in h or "Title" in h] == [
        *("First study", "Second study"),  # the totals
        *("First study", "2. Title of first/02_b"),
    ]
    assert view.locator("[role=status]").inner_text() == f"1 of {len(CLAIMS)} claims"
    assert view.locator("#claim-b\\.1").is_visible(), "what was looked for is open"
    view.select_option("[name=kind]", "")
    view.select_option("[name=verdict]", "")
    view.select_option("[name=protocol]", "smaller")
    assert shown(view) == ["a.3"]


def test_options_say_how_many_claims_they_would_show(view: Page) -> None:
    view.select_option("[name=study]", "first")
    texts = view.locator("[name=verdict] option").all_inner_texts()
    assert texts == [
        "all (5)",
        "✓ holds (3)",
        "✗ fails (1)",
        "? undecided (1)",
        "≠ slip in the study (0)",
        "– not testable here (0)",
    ]


def test_words_are_searched_in_texts_places_and_names(view: Page) -> None:
    view.fill("[name=words]", "FIGURE 2")
    assert shown(view) == ["a.3"]
    view.fill("[name=words]", "share b.1")  # what was measured comes once the field is used
    view.wait_for_function("document.querySelector('#claim-filter [role=status]').textContent.startsWith('1 of')")
    assert shown(view) == ["b.1"]
    view.fill("[name=words]", "nowhere")
    assert shown(view) == []
    assert view.locator("#claim-filter").is_visible()


def test_the_choice_stands_in_the_address_and_survives_reload_and_back(view: Page, address: str) -> None:
    view.select_option("[name=verdict]", "slip in the study")
    view.select_option("[name=study]", "second")
    view.fill("[name=words]", "c.2")
    assert view.evaluate("new URLSearchParams(location.hash.slice(1)).get('verdict')") == "slip in the study"
    view.reload()
    assert shown(view) == ["c.2"] and view.input_value("[name=words]") == "c.2"
    view.locator("#claim-c\\.2 a").first.evaluate("link => (link.href = 'about:blank')")
    view.locator("#claim-c\\.2 a").first.click()
    view.wait_for_url("about:blank")
    view.go_back()
    assert shown(view) == ["c.2"]
    view.go_back()  # before the study was chosen
    assert shown(view) == names(verdict="slip in the study") and view.input_value("[name=study]") == ""
    view.goto(f"{address}#kind=number&verdict=of+no+kind&study=first")
    view.reload()
    assert shown(view) == names(kind="number"), "an unknown value is passed over"
    view.get_by_role("button", name="Show everything").click()
    view.wait_for_function("location.hash === ''")
    assert shown(view) == names()


def test_a_claim_is_cited_by_keyboard(new_tab: Callable[..., Page], address: str) -> None:
    view = new_tab(permissions=["clipboard-read", "clipboard-write"], accept_downloads=True)
    view.goto(f"{address}#claim-a.1")
    button = view.get_by_role("button", name="Cite the claim a.1")
    button.focus()
    view.keyboard.press("Enter")
    field = view.get_by_role("textbox", name="Citation of this claim")
    line = field.input_value()
    assert line.endswith(
        "(commit abc), claim first/a.1, verdict: holds. first/01_a.html#claim-a.1, https://github.com/a/b"
    )
    assert button.get_attribute("aria-expanded") == "true"
    view.keyboard.press("Tab")
    view.keyboard.press("Enter")
    view.get_by_role("status").get_by_text("Copied.").wait_for()
    assert view.evaluate("navigator.clipboard.readText()") == line
    with view.expect_download() as download:
        view.get_by_role("button", name="Download this claim as JSON").click()
    assert json.loads(download.value.path().read_text("utf-8")) == CLAIMS[1]
    assert download.value.suggested_filename == "a.1.json"
    view.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no clipboard')); }")
    view.get_by_role("button", name="Copy").click()
    view.get_by_text("Selected: copy it with").wait_for()
    assert field.evaluate("field => field.selectionEnd - field.selectionStart") == len(line)
    button.click()
    assert field.count() == 0


def test_a_count_of_the_totals_shows_its_claims(view: Page) -> None:
    view.locator(".totals section").first.get_by_role("button", name="holds: 1").last.click()
    assert shown(view) == ["a.control"]
    assert view.input_value("[name=kind]") == "control beyond"


def test_the_address_of_a_claim_opens_its_row_whatever_was_filtered(view: Page, address: str) -> None:
    view.select_option("[name=verdict]", "holds")
    view.goto(f"{address}#claim-c.1")
    assert view.locator("#claim-c\\.1").is_visible()
    assert view.locator("#claim-c\\.1").evaluate("row => row.getBoundingClientRect().top < innerHeight")
    assert shown(view) == names()


PRINT = "dispatchEvent(new Event('beforeprint'))"
PRINTED = "() => document.querySelector('article').innerText"


@pytest.mark.parametrize("opened", [False, True])
def test_print_holds_what_was_measured_for_every_claim(view: Page, opened: bool) -> None:
    """Nothing comes later: what stands when the browser has said that it prints is what is printed."""
    if opened:
        view.locator("details.place summary").first.click()
    view.wait_for_function("() => window.CLAIM_DETAILS", timeout=10_000)  # nobody opened a row: it comes by itself
    printed = view.evaluate(f"() => {{ {PRINT}; return ({PRINTED})(); }}")
    for one in CLAIMS:
        assert printed.count(f"Measured: share of {one['id']}") == 1
    assert "is not printed" not in printed
    view.evaluate("dispatchEvent(new Event('afterprint'))")
    assert view.locator("details.place[open]").count() == int(opened)


@pytest.mark.parametrize(
    ("late", "sentence"),
    [(True, "it had not come yet. Print the page once more."), (False, f"{rows.SCRIPT} is not beside this page.")],
)
def test_print_says_what_it_cannot_hold(new_tab: Callable[..., Page], address: str, late: bool, sentence: str) -> None:
    view = new_tab()
    held: list[Route] = []
    view.route(f"**/{rows.SCRIPT}", lambda route: held.append(route) if late else route.abort())
    with view.expect_request(f"**/{rows.SCRIPT}"):
        view.goto(address)
    view.wait_for_timeout(100)
    assert f"What was measured is not printed: {sentence}" in view.evaluate(
        f"() => {{ {PRINT}; return ({PRINTED})(); }}"
    )
    view.evaluate("dispatchEvent(new Event('afterprint'))")
    assert "is not printed" not in view.evaluate(PRINTED)
    if late:
        held[0].continue_()
        view.wait_for_function("() => window.CLAIM_DETAILS")
        assert "Measured: share of a.1" in view.evaluate(f"() => {{ {PRINT}; return ({PRINTED})(); }}")


def test_the_form_works_by_keyboard(view: Page) -> None:
    view.focus("[name=verdict]")
    view.keyboard.press("ArrowDown")
    assert shown(view) == names(verdict="holds")


def test_without_scripts_everything_can_be_read(new_tab: Callable[..., Page], address: str) -> None:
    page = new_tab(java_script_enabled=False)
    page.goto(address)
    assert not page.locator("#claim-filter").is_visible()
    listed = page.locator("ul.claims > li")
    assert listed.count() == len(CLAIMS) and all(row.is_visible() for row in listed.all())
    assert page.locator("ul.claims > li .statement a").count() == len(CLAIMS), "the rest stands in the claim's box"


def test_a_phone_shows_all_of_it(new_tab: Callable[..., Page], address: str) -> None:
    page = new_tab(viewport=PHONE)
    page.goto(address)
    page.get_by_role("button", name="Open all").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.book
def test_the_built_scorecard_leads_to_box_and_code_and_back(new_tab: Callable[..., Page]) -> None:
    page = new_tab(viewport=PHONE)
    page.goto((HTML / "scorecard.html").as_uri())
    name = page.locator("ul.claims > li").first.get_attribute("id")
    assert name is not None
    for link, target in (("a", name), (".origin a", name.replace("claim-", "code-"))):
        page.goto((HTML / "scorecard.html").as_uri() + f"#{name}")
        row = page.locator(f'[id="{name}"]')
        row.locator(link).first.click()
        page.wait_for_load_state()
        assert page.locator(f'[id="{target}"]').evaluate("e => e.getBoundingClientRect().top < innerHeight")
    page.locator(f'[id="{name}"] a[href*="scorecard.html#{name}"]').click()
    page.locator(f'ul.claims [id="{name}"]').wait_for(state="visible")


@pytest.mark.book
def test_the_built_book_has_the_files(new_tab: Callable[..., Page]) -> None:
    content = json.loads((HTML / "claims.json").read_text("utf-8"))
    Draft202012Validator(json.loads((HTML / "claims.schema.json").read_text("utf-8"))).validate(content)
    lines = list(csv.DictReader(io.StringIO((HTML / "claims.csv").read_text("utf-8"))))
    assert len(lines) == len(content["claims"])
    page = new_tab()
    page.goto((HTML / "scorecard.html").as_uri())
    assert page.locator("ul.claims > li").count() == len(lines)
