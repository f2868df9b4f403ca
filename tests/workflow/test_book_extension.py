"""What the Sphinx extension changes in a book, seen in a small one that Sphinx builds with the book's theme."""

import importlib
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from workflow import book_extension, docstrings

MATHJAX = "mathjax/tex-svg.js"
PAGE = """\
Title
=====

:math:`x^2`, as in :cite:`one`.

.. bibliography::
"""
REFERENCES = "@book{one, author = {A. Author}, title = {A book}, year = {1999}, publisher = {A house}}\n"


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    source = tmp_path_factory.mktemp("source")
    (source / "index.rst").write_text(PAGE)
    (source / "references.bib").write_text(REFERENCES)
    settings = {
        "extensions": ["sphinxcontrib.bibtex", "sphinx_book_theme", "workflow.book_extension"],
        "html_theme": "sphinx_book_theme",
        "bibtex_bibfiles": ["references.bib"],
        "mathjax_path": MATHJAX,
    }
    out = source / "html"
    with docutils_namespace():  # other tests in this process build with Sphinx, too
        Sphinx(source, None, out, source / "trees", "html", confoverrides=settings, status=None, warning=None).build()
    return out


def test_mathjax_is_the_one_file_of_the_installed_package_that_pages_name(html):
    package = Path(str(importlib.import_module("sphinx-mathjax-offline").__file__)).parent / "static"
    assert (html / "_static" / MATHJAX).read_bytes() == (package / MATHJAX).read_bytes()
    assert [path.name for path in (html / "_static" / "mathjax").rglob("*")] == ["tex-svg.js"]
    scripts = BeautifulSoup((html / "index.html").read_text(), "html.parser").find_all("script", src=True)
    assert any(script["src"].startswith(f"_static/{MATHJAX}") for script in scripts)


def test_icons_are_not_loaded_a_second_time_as_a_script(html):
    script = html / "_static" / "scripts" / "fontawesome.js"
    assert script.stat().st_size < 100
    page = BeautifulSoup((html / "index.html").read_text(), "html.parser")
    assert any("fontawesome.js" in tag.get("src", tag.get("href", "")) for tag in page.find_all(["script", "link"])), (
        "the theme no longer loads this script: it need not be replaced"
    )


def test_a_bibliography_is_no_list_without_items(html):
    page = BeautifulSoup((html / "index.html").read_text(), "html.parser")
    (citations,) = page.select("div.citation-list")
    assert citations.get("role") is None
    assert citations.select("div.citation")


def test_a_page_without_a_body_is_left_as_it_is():
    context = {"title": "Search"}
    book_extension._plain_citation_list(None, "search", "search.html", context, None)
    assert context == {"title": "Search"}


def test_after_an_error_nothing_is_written(tmp_path):
    app = SimpleNamespace(outdir=tmp_path, config=SimpleNamespace(mathjax_path=MATHJAX))
    for handler in (book_extension._copy_mathjax, book_extension._icons_from_the_font_alone):
        handler(app, RuntimeError("a page is wrong"))
    assert list(tmp_path.iterdir()) == []


def test_pages_may_be_read_and_written_in_parallel(html):
    app = MagicMock()
    assert book_extension.setup(app) == {"parallel_read_safe": True, "parallel_write_safe": True}


def test_a_signature_of_several_lines_is_no_list_without_terms():
    signature = "".join(f'\n<dd><em class="sig-param">{name}</em>, </dd>' for name in "xy")
    context = {"body": f"<dl>{signature}\n</dl>\n<dl>\n<dt>a</dt></dl>"}
    book_extension._signatures_without_lists(None, "api_data", "page.html", context, None)
    roles = [(tag.name, tag.get("role")) for tag in BeautifulSoup(context["body"], "html.parser").select("dl, dd")]
    assert roles == [("dl", "presentation"), ("dd", "presentation"), ("dd", "presentation"), ("dl", None)]


def test_types_are_short_also_beside_a_default_that_is_no_code():
    def shortened(signature):
        return docstrings._signature(None, "class", "helpers.x.Y", None, None, signature, None)

    assert shortened("(a: ~helpers.x.A, b: ~b.c.D = <factory>)") == ("(a: A, b: D = <factory>)", None)
    assert shortened("(a: ~helpers.x.A = 1)") is None, "Sphinx shortens it itself, and links it"


def test_code_is_open_without_scripts_and_its_fold_is_named_by_its_words():
    fold = '<details class="admonition hide above-input">\n<summary aria-label="Toggle hidden content">\nShow code'
    context = {"body": fold}
    book_extension._code_is_open_without_scripts(None, "page", "page.html", context, None)
    assert context["body"] == '<details class="admonition hide above-input" open>\n<summary>\nShow code'
