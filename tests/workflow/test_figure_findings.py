"""A figure says under its caption what the study reads from it, and whether that holds."""

import nbformat
import pytest
from bs4 import BeautifulSoup

from workflow import figure_findings


def claim(name, where, verdict="holds", kind="sentence"):
    return {"id": name, "where": where, "verdict": verdict, "kind": kind, "statement": f"<{name}> is so."}


def shown(captions, claims):
    """The claims under each caption."""
    html = [f"<figure><img><figcaption>{caption}</figcaption></figure>" for caption in captions]
    outputs = [nbformat.v4.new_output("display_data", {"text/html": one}) for one in html]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    figure_findings.add(notebook, claims)
    texts = [BeautifulSoup(output["data"]["text/html"], "html.parser") for output in notebook.cells[0].outputs]
    return [[" ".join(item.get_text().split()) for item in text.select("figcaption li")] for text in texts]


def test_claims_stand_under_the_first_figure_of_their_place():
    claims = [
        claim("a", "section 4, figure 4.4"),
        claim("b", "figures 4.3 and 4.4(b)", "fails"),
        claim("c", "figure 4.5", "undecided"),
        claim("number", "figure 4.4", kind="number"),
        claim("not run", "figure 4.4", "needs a larger scale"),
        claim("elsewhere", "section 4.4"),
    ]
    captions = ["After figure 4.4 of the study: x.", "After figure 4.4, again.", "Figures 4.5 &amp; more.", "Table 4.4"]
    assert shown(captions, claims) == [
        ["✓ holds: <a> is so.", "✗ fails: <b> is so."],
        [],
        ["? undecided: <c> is so."],
        [],
    ]


def test_many_claims_are_counted():
    claims = [claim(f"c{n}", "table 1") for n in range(5)]
    assert shown(["Table 1: a dot per seed, as in figure 2"], claims)[0][3:] == ["and 2 more below"]


@pytest.mark.parametrize("caption", ["Ours: what figure 4.4 lacks", "A figure of 4 panels", "No place"])
def test_only_what_a_caption_is_after_counts(caption):
    assert shown([caption], [claim("a", "figure 4.4"), claim("b", "figure 4")]) == [[]]
