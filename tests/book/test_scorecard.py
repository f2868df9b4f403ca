"""The scorecard is read back from its HTML and compared with the results it was made from."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from helpers.pages.verdicts import VERDICTS
from workflow.scorecard import scorecard


def claim(name: str, verdict: str, **given: Any) -> dict[str, Any]:
    plain = {
        "where": "table 1",
        "statement": f"{name} & <more>",
        "study": None,
        "reason": "because it < that",
    }
    return {"id": name, "verdict": verdict, "mean": None, "low": None, "high": None, **plain, **given}


def results(page: str, *claims: dict[str, Any], seeds: int = 5) -> dict[str, Any]:
    ran = {"scale": "laptop", "seeds": list(range(seeds)), "device": "cpu", "seconds": 12.4}
    return {"page": page, "title": f"Title of {page}", "claims": list(claims), **ran}


SINGLE = {"study": 0.3, "mean": 0.28512, "low": 0.28, "high": 0.29}
NAMED = {"study": [1, 2.5], "mean": {"x": 1, "y": 2}, "low": {"x": None, "y": 1}, "high": {"x": None, "y": 3}}
FINDINGS = [
    (
        "First study",
        results("first/01_a", claim("a.1", "holds", **SINGLE), claim("a.2", "fails", **NAMED)),
    ),
    ("First study", results("first/02_b", claim("b.1", "holds"), seeds=1)),
    ("Second study", results("second/01_c", claim("c.1", "not testable here"))),
    ("Second study", results("second/02_d")),
]


def rows(kind: str) -> list[list[str]]:
    soup = BeautifulSoup(scorecard(FINDINGS), "html.parser")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in soup.select(f"table.{kind} tbody tr")]


def test_totals_count_the_verdicts_of_each_study() -> None:
    def counted(study: str) -> list[str]:
        verdicts = [c["verdict"] for name, r in FINDINGS if name == study for c in r["claims"]]
        return [*(str(verdicts.count(verdict)) for verdict in VERDICTS), str(len(verdicts))]

    table = rows("totals")
    assert [row[1:] for row in table] == [counted("First study"), counted("Second study")]
    assert [re.match(r"\w+ study", row[0]) is not None for row in table] == [True, True]


def test_every_claim_has_a_row_that_links_its_cell() -> None:
    soup = BeautifulSoup(scorecard(FINDINGS), "html.parser")
    found = [(link["href"], link.get_text()) for link in soup.select("table.claims th a")]
    assert found == [(f"{r['page']}.html#claim-{c['id']}", c["statement"]) for _, r in FINDINGS for c in r["claims"]]


def test_rows_say_where_the_numbers_the_verdict_and_why() -> None:
    first, second, third, _ = rows("claims")
    assert first[1:] == ["table 1", "0.3", "0.2851 [0.28, 0.29]", "✓ holdsWhybecause it < that"]
    assert second[2:4] == ["1, 2.5", "x: 1y: 2 [1, 3]"]
    assert third[2:4] == ["–", "–"]


def test_many_named_values_are_folded_away() -> None:
    mean = {str(i): float(i) for i in range(9)}
    page = scorecard([("S", results("s/01_x", claim("x", "holds", mean=mean, low=mean, high=mean)))])
    details = BeautifulSoup(page, "html.parser").select_one("td[data-label=Ours] details")
    assert details is not None and details.summary is not None
    assert details.summary.get_text() == "9 values"
    assert len(details.select("li")) == 9


def test_pages_say_scale_and_seeds() -> None:
    page = scorecard(FINDINGS)
    assert "(/first/01_a.ipynb). Run at scale **laptop** with 5 seeds (0 to 4) on cpu, in 12 s." in page
    assert "(/first/02_b.ipynb). Run at scale **laptop** with seed 0 on cpu" in page
    assert "### Title of second/02_d" in page and "This page measures no claim of the study." in page


def test_the_filter_offers_the_verdicts_that_occur() -> None:
    soup = BeautifulSoup(scorecard(FINDINGS), "html.parser")
    offered = {radio["value"]: radio.parent.get_text() for radio in soup.select("#verdict-filter input")}
    used = {row["data-verdict"] for row in soup.select("tr[data-verdict]")}
    assert set(offered) == {"", *used}
    assert unescape(offered["verdict-holds"]).strip() == "✓ holds (2)"


HOSTILE = """<script>alert("x")</script>[a](javascript:alert(1)) <img src=x onerror=alert(1)> `{raw} html` $x$ "q'
# *b*"""


def test_what_a_stranger_names_is_text() -> None:
    named = {"mean": {HOSTILE: 1}, "low": {HOSTILE: 0}, "high": {HOSTILE: 2}}
    one = claim(HOSTILE, "holds", where=HOSTILE, statement=HOSTILE, reason=HOSTILE, **named)
    page = results("first/01_a", one) | {"title": HOSTILE, "device": HOSTILE}
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(scorecard([(HOSTILE, page)]))
    soup = BeautifulSoup(html, "html.parser")
    assert not soup.select("script, img, em, code")
    assert not [link["href"] for link in soup.select("a") if "javascript:" in link["href"].split("#")[0]]
    assert not [name for tag in soup.find_all() for name in tag.attrs if name.startswith("on")]
    shown = " ".join(HOSTILE.split())
    assert shown in [heading.get_text() for heading in soup.select("h2")]
    assert shown in [heading.get_text() for heading in soup.select("h3")]
    assert shown in " ".join(soup.get_text().split("Run at scale")[1].split("Claim")[0].split())
