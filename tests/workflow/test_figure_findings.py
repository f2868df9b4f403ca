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


def test_what_is_judged_after_a_figure_in_its_section_is_on_it():
    box = "<div class='verdict' id=\"claim-{}\">box</div>"
    figure = "<figure><figcaption>{}</figcaption></figure>"

    def code(*html):
        outputs = [nbformat.v4.new_output("display_data", {"text/html": one}) for one in html]
        return nbformat.v4.new_code_cell("# a comment, no heading", outputs=outputs)

    heading = nbformat.v4.new_markdown_cell("Words.\n\n## A section")
    cells = [
        code(box.format("before any")),
        code(figure.format("Ours"), box.format("a") + box.format("b")),
        nbformat.v4.new_markdown_cell("More words."),
        code(
            box.format("c"), figure.format("Also ours, of figure 3"), figure.format("A third"), box.format("elsewhere")
        ),
        heading,
        code(box.format("of the next section")),
    ]
    kinds = {"a": "beyond", "b": "number", "c": "control", "elsewhere": "sentence"}
    claims = [claim(name, "figure 9", kind=kind) for name, kind in kinds.items()]
    claims += [claim("before any", "section 1"), claim("of the next section", "section 2"), claim("named", "figure 3")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    figure_findings.add(notebook, claims)
    pages = [
        BeautifulSoup(output["data"]["text/html"], "html.parser")
        for cell in cells
        for output in cell.get("outputs", [])
    ]
    found = {
        each.find(string=True): [a["href"] for a in each.select("a")]
        for page in pages
        for each in page.select("figcaption")
    }
    assert found == {
        "Ours": ["#claim-a", "#claim-c"],
        "Also ours, of figure 3": ["#claim-named"],
        "A third": ["#claim-elsewhere"],
    }


def test_of_figures_of_one_place_the_last_above_a_box_has_the_claim():
    captions = ["After figure 5: first", "After figure 5: second", "After figure 5: third"]
    html = [f"<figure><figcaption>{caption}</figcaption></figure>" for caption in captions]
    html.insert(2, '<div id="claim-of the second">box</div>')
    outputs = [nbformat.v4.new_output("display_data", {"text/html": one}) for one in html]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    figure_findings.add(notebook, [claim("of the second", "figure 5"), claim("without a box", "figure 5")])
    shown = [BeautifulSoup(output["data"]["text/html"], "html.parser").select("a") for output in outputs]
    assert [[link["href"] for link in each] for each in shown] == [
        ["#claim-without a box"],
        ["#claim-of the second"],
        [],
        [],
    ]


@pytest.mark.parametrize("caption", ["Ours: what figure 4.4 lacks", "A figure of 4 panels", "No place"])
def test_only_what_a_caption_is_after_counts(caption):
    assert shown([caption], [claim("a", "figure 4.4"), claim("b", "figure 4")]) == [[]]
