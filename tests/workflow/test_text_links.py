"""Words that become links, seen in a small book that Sphinx builds from Markdown."""

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from workflow.page_titles import numbered

PAGES = {
    "index": "# Index\n\n```{toctree}\nglossary\nstudy/01_first\nstudy/12_last\napi_x\n```\n",
    "glossary": """# Glossary

```{glossary}
activation
  The number of a {term}`unit`, e.g. 3. It is long.

early stopping
  Ending early.

paper
  The largest scale.

unit
  A channel.

entropy
  Disorder.
```
""",
    "study/01_first": "# Study 1: First of units\n\n## A unit\n\nThe first `unit`.\n",
    "study/12_last": """# Study 12: The last

## Units of activation

A {term}`unit` with its `activation`, then [an activation](01_first.md), $activation$, no pre-activation. Here are
Activations, and the activation again; early
stopping, entropies, a second unit, this paper. See page 1, pages 1 and 12, page 3, and page 1 of the study.

| unit | entropy |
| --- | --- |
| 1 | page 1 |
""",
    "api_x": "# Api\n\nAn activation.\n",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    source = tmp_path_factory.mktemp("source")
    for name, text in PAGES.items():
        path = source / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (source / "conf.py").write_text(
        "def setup(app):\n    from workflow import page_titles, text_links\n"
        "    page_titles.connect(app)\n    text_links.connect(app)\n"
    )
    settings = {
        "extensions": ["myst_parser"],
        "html_theme": "basic",
        "glossary_by_hand": ["paper"],
        "glossary_not_on": "api",
        "myst_enable_extensions": ["dollarmath"],
    }
    out = source / "html"
    with docutils_namespace():
        app = Sphinx(source, source, out, source / "trees", "html", settings, status=None, warning=None)
        app.build()

    def read(name):
        return BeautifulSoup((out / f"{name}.html").read_text(), "html.parser")

    return read


def test_terms_are_linked_once_where_a_page_first_uses_them_in_prose(book):
    linked = [(link.text, link["href"], link["title"]) for link in book("study/12_last").select("a.glossary-term")]
    assert linked == [
        ("Activations", "../glossary.html#term-activation", "The number of a unit, e.g. 3."),
        ("early\nstopping", "../glossary.html#term-early-stopping", "Ending early."),
        ("entropies", "../glossary.html#term-entropy", "Disorder."),
    ]
    assert book("study/12_last").select_one("a[href='../glossary.html#term-unit']").text == "unit"


def test_headings_code_the_glossary_and_the_api_have_no_such_links(book):
    for name in ("study/01_first", "glossary", "api_x"):
        assert not book(name).select("a.glossary-term")


def test_pages_of_the_same_study_are_linked_by_their_number(book):
    body = book("study/12_last").select_one("div.body")
    linked = [(link.text, link["href"]) for link in body.select("a.internal:not(.glossary-term)")][2:]
    assert linked == [("page 1", "01_first.html"), ("pages 1", "01_first.html"), ("12", "#")]
    assert "page 3, and page 1 of the study" in body.text


def test_the_contents_show_the_number_without_the_study(book):
    assert [link.text for link in book("index").select(".toctree-wrapper li.toctree-l1 > a")] == [
        *("Glossary", "1. First of units", "12. The last", "Api"),
    ]
    assert book("study/12_last").h1.text.startswith("Study 12: The last")
    assert book("study/12_last").title.text.startswith("Study 12: The last")


def test_only_pages_with_a_number_in_a_named_part_are_numbered():
    assert numbered("study/06_x", "Jump detection", "Bottlenecks") == "Jump detection 6: Bottlenecks"
    assert numbered("study/06_x", "", "Bottlenecks") == "Bottlenecks"
    assert numbered("explorer", "Net fragments", "Explorer") == "Explorer"
