"""Static Markdown of a page states no result: what was measured is said by `run.say`, which computes it.

``allowed_sentences.yml`` lists what the test mistakes for a result, with the reason.
"""

import re
from pathlib import Path

import jupytext
import pytest
import yaml

from helpers.pages import sources
from helpers.yaml_files import read
from tests.notebooks import prose

HERE = Path(__file__).parent
PAGES = {page.name: page for page in sources.every()}
ALLOWED: dict[str, list[dict[str, str]]] = read(HERE / "allowed_sentences.yml")


def cells(page, kind):
    return [cell for cell in jupytext.read(PAGES[page].source).cells if cell.cell_type == kind]


def results_in_static_text(page):
    """The sentences that state a result."""
    claims = read(PAGES[page].source.with_name("claims.yml"))["claims"]
    printed = [claim[key] for claim in claims for key in ("value", "statement", "where") if key in claim]
    known = prose.numbers(PAGES[page].code) | prose.numbers(yaml.safe_dump(printed, allow_unicode=True))
    allowed = [one["text"] for one in ALLOWED.get(page, [])]
    return [said for cell in cells(page, "markdown") for said in prose.stated_results(cell.source, known, allowed)]


def pages_named_without_a_link(page):
    """Sentences that point to another page by its place, such as "the last page", and do not lead there."""
    texts = [cell.source for cell in cells(page, "markdown")]
    return [said for text in texts for said in prose.sentences(prose.without_links(text)) if prose.PAGE.search(said)]


def open_cells(page):
    """Cells that set up, draw, judge or speak, and are not folded."""
    speaks = ("runs.start(", "run.figure(", "run.claim_table(", "run.say(", "run.finish(")
    return [
        cell.source
        for cell in cells(page, "code")
        if not {"hide-input", "hide-cell", "remove-cell", "parameters"} & set(cell.metadata.get("tags", []))
        and (any(call in cell.source for call in speaks) or prose.only_imports(cell.source))
    ]


def without_an_end(page):
    """What the last section of a page lacks: its heading, or computed sentences below it."""
    every = jupytext.read(PAGES[page].source).cells
    ends = [i for i, cell in enumerate(every) if cell.source.rstrip().endswith("## What we now know")]
    below = every[ends[-1] :] if ends else []
    if not ends or any("\n## " in f"\n{cell.source}" for cell in below[1:] if cell.cell_type == "markdown"):
        return ["the last section is called: What we now know"]
    return [] if any("run.say(" in cell.source for cell in below) else ["the last section says nothing: run.say"]


RULES = {
    "static_results": results_in_static_text,
    "page_links": pages_named_without_a_link,
    "folded_code": open_cells,
    "what_we_now_know": without_an_end,
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("rule", RULES)
def test_pages_follow_the_rules(rule, page):
    faults = RULES[rule](page)
    assert not faults, f"{page}, {rule}:\n" + "\n".join(faults)


def test_lists_name_pages_of_the_book():
    assert set(ALLOWED) <= set(PAGES)


def test_an_allowed_sentence_stands_on_its_page_and_has_a_reason():
    for page, sentences in ALLOWED.items():
        said = [one for cell in cells(page, "markdown") for one in prose.sentences(cell.source)]
        for one in sentences:
            assert any(one["text"] in sentence for sentence in said), f"{page} no longer says: {one['text']}"
            assert len(one["reason"].split()) >= 3, f"{page}: {one['text']}: why is it no result?"


@pytest.mark.parametrize(
    "sentence",
    [
        "But of the steps in which the error rises only a third have a silent unit to show for it.",
        "Silent units, though, are rare: one or two of three hundred in some networks, none in others.",
        "A silent unit has its price, about 6% of the error at laptop scale.",
        "By the same end, false labels take about four times as many epochs.",
        "Within the classes all measures fall, steeply.",
        "Most of the silent units were born so.",
        "Its inner-class deviation falls to about 60% of the input's.",
        "All numbers agree on a level between 1.00 and 1.03.",
        "The smoothed derivative agrees with the network nineteen times out of twenty.",
        "About one answer in fifteen is the nearest case's.",
        "Oriented derivatives explain a sixth of the filter's energy.",
    ],
)
def test_a_result_is_found(sentence):
    assert prose.stated_results(sentence, known={1.0, 12_000.0})


@pytest.mark.parametrize(
    "text",
    [
        "It draws 12,000 signals to train on.",  # a size that the code has
        "Figures 4.3 and 4.4, both kinds in each panel, with section 3.4.1 and eq. 3.5.",
        "Jumps at 5% of the signal, or 95%.",  # 0.05 in the code
        "The exponent $b = 0.73$ says so; `width=77` {cite}`one2017`.",
        "## Twice 77",
        "A unit counts as silent if at most 0.05 of the signals excite it.",
        'The study concludes that most units are silent, and calls 77 of them "dead".',
        "How often is the jump placed within 77 points?",
        "The network 100-25-p-25-60 and conv4_2 are on [page 3](03_x.ipynb).",
        "The most probable position is the answer.",
        "```text\n77 of 78\n```",
        "| 77 | 78 |",
    ],
)
def test_what_is_no_result_is_let_through(text):
    assert prose.stated_results(text, known={0.05, 12_000.0}) == []


def test_an_allowed_text_is_let_through():
    assert prose.stated_results("Most of it is chance.", set(), allowed=["Most of it"]) == []


def test_what_points_to_a_page_has_to_be_a_link():
    def found(text):
        return [said for said in prose.sentences(prose.without_links(text)) if prose.PAGE.search(said)]

    assert found("As on the last page. Next page: more.") == ["As on the last page.", "Next page: more."]
    assert found("As on [the last page](01_first.ipynb), and on page 3.") == []


def test_imports_alone_are_told_from_code():
    assert prose.only_imports("import a\n\nfrom b import c  # why")
    assert not prose.only_imports("import a\n\nx = a.b")
    assert not prose.only_imports("")


def test_the_first_page_says_which_studies_have_not_been_run():
    """The studies of the list on the first page against the book's contents."""
    index = (sources.NOTEBOOKS.parent / "book" / "index.md").read_text("utf-8")
    section = index.split("## The five studies")[1].split("\n(how-to-read")[0]
    studies = re.findall(r"^(\w[\w ]*?)(?: \{cite.*)?\n: (\*Not yet run\.\*)?", section, re.MULTILINE)
    run = {page.study for page in PAGES.values()}
    assert len(studies) == 5
    assert {name.lower().replace(" ", "_"): not missing for name, missing in studies} == {
        name.lower().replace(" ", "_"): name.lower().replace(" ", "_") in run for name, _ in studies
    }
