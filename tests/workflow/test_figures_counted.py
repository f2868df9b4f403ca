"""The build says how many captions have a finding, and lists the figures without one."""

import nbformat
from bs4 import BeautifulSoup

from tests.workflow.test_figure_findings import claim
from workflow import figure_findings, figures_counted


def page(*captions, claims=()):
    """A page as the book shows it, with a figure for each caption, and one output that shows none."""
    html = [f"<figure><img><figcaption>{caption}</figcaption></figure>" for caption in captions]
    outputs = [nbformat.v4.new_output("display_data", {"text/html": one}) for one in [*html, "<p>Figures</p>"]]
    outputs.append(nbformat.v4.new_output("stream", text="<figcaption>printed</figcaption>"))
    cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell(outputs=outputs)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    figure_findings.add(notebook, claims)
    return notebook


def test_a_caption_has_a_finding_if_a_claim_stands_below_it():
    made = page("After figure 1: <em>a</em> &amp; b", "Ours &lt;c&gt;", claims=[claim("x", "figure 1")])
    assert figures_counted.captions(made) == [("After figure 1: a & b", True), ("Ours <c>", False)]
    assert figures_counted.captions(page()) == []


def test_studies_are_counted_and_what_lacks_a_finding_is_listed():
    pages = {
        ("One", "one/01_a"): page("Figure 1", "Ours &lt;b&gt;", claims=[claim("x", "figure 1")]),
        ("One", "one/02_b"): page("word " * 40),
        ("Two & more", "two/01_c"): page("Table 2", claims=[claim("y", "table 2", "fails")]),
        ("Three", "three/01_d"): page(),
    }
    found = [(study, {"page": name, "title": "A <title>"}) for study, name in pages]
    sources = {f"{name}.ipynb": nbformat.writes(made).encode() for (_, name), made in pages.items()}
    shown = BeautifulSoup(figures_counted.report(found, sources), "html.parser")
    one, two = shown.ul.find_all("li", recursive=False)
    assert one.get_text().startswith("One: 1 of 3 figures2 without") and two.get_text() == "Two & more: 1 of 1 figures"
    listed = [(line.a["href"], line.get_text()) for line in one.select("details li")]
    assert listed[0] == ("one/01_a.html", "One 1: A <title>: Ours <b>")
    assert listed[1][0] == "one/02_b.html" and listed[1][1].endswith("word …") and len(listed[1][1]) < 130
    assert (
        figures_counted.report([("Three", {"page": "three/01_d", "title": "t"})], sources) == "No page has a figure.\n"
    )
