"""The API reference names what the rooms offer, and docstrings become what Sphinx can set."""

import importlib
import io
from types import FunctionType

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace
from sphinx_external_toc.parsing import parse_toc_yaml

from helpers.pages.repository import REPOSITORY
from workflow import api_reference
from workflow.docstrings import as_restructured_text

PAGES = api_reference.pages()


@pytest.mark.parametrize("room", api_reference.ROOMS)
def test_every_public_name_of_a_room_stands_on_its_page_once(room):
    page = PAGES[f"api_{room}"]
    shown = set()
    for module in api_reference.modules(room):
        assert f".. automodule:: {module}\n" in page
        loaded = importlib.import_module(module)
        shown |= {getattr(loaded, name) for name in api_reference.public(module)}
        table = page.split(f".. currentmodule:: {module}\n")[-1].split(".. automodule::")[0]
        assert all(f"   {name}\n" in table for name in api_reference.public(module))
    names = [name for module in api_reference.modules(room) for name in api_reference.public(module)]
    assert len(names) == len(shown)
    for module in api_reference.modules(room):
        things = vars(importlib.import_module(module)).items()
        code = [thing for name, thing in things if name[0] != "_" and isinstance(thing, type | FunctionType)]
        assert {thing for thing in code if thing.__module__ == module} <= shown


def test_what_a_package_offers_is_named_where_users_import_it():
    assert api_reference.public("helpers.models.pretrained") == ["load", "Pretrained"]
    assert "load" not in api_reference.public("helpers.models.pretrained.loading")


def test_the_contents_name_the_rooms():
    contents = [name for name in parse_toc_yaml(REPOSITORY / "_toc.yml") if name.startswith("api")]
    assert contents == list(PAGES)


@pytest.mark.slow  # `make test` builds the book, which any warning ends
def test_sphinx_reads_all_docstrings_without_a_warning(tmp_path):
    """What would fail a build of the book at its very end: every docstring is read, and every name is described."""
    (tmp_path / "conf.py").write_text(
        "from workflow.docstrings import connect as setup\n"
        "extensions = ['sphinx.ext.autosummary', 'myst_parser']\n"
        "root_doc, autosummary_generate = 'contents', False\n"
    )
    (tmp_path / "contents.md").write_text("# Contents\n\n```{toctree}\n:glob:\n\napi\napi_*\n```\n")
    for name, text in PAGES.items():
        (tmp_path / f"{name}.md").write_text(text, "utf-8")
    warnings = io.StringIO()
    with docutils_namespace():
        app = Sphinx(tmp_path, tmp_path, tmp_path / "out", tmp_path / "trees", "dummy", status=None, warning=warnings)
        app.build()
    assert warnings.getvalue() == ""
    rooms = [module for room in api_reference.ROOMS for module in api_reference.modules(room)]
    wanted = {f"{module}.{name}" for module in rooms for name in api_reference.public(module)}
    assert wanted - set(app.env.domaindata["py"]["objects"]) == set()


def test_the_index_leads_to_every_room():
    assert all(f"(api_{room}.md)" in PAGES["api"] for room in api_reference.ROOMS)


def test_a_changed_docstring_changes_the_page(monkeypatch):
    monkeypatch.setattr(api_reference.code_digest, "digest_of_text", lambda modules: "another")
    assert api_reference.pages()["api_metrics"] != PAGES["api_metrics"]


def test_a_table_becomes_one_of_sphinx():
    table = ["| way | start |", "| --- | --- |", "| plain | one |"]
    assert as_restructured_text(["Ways:", "", *table, "", "End."]) == [
        *("Ways:", "", ".. list-table::", "   :header-rows: 1", ""),
        *("   * - way", "     - start", "   * - plain", "     - one"),
        *("", "End."),
    ]


def test_arguments_become_a_list_and_examples_code():
    docstring = [
        "Do it.",
        "",
        "    x = do(1)",
        "    print(x)",
        "",
        "one: the first, which",
        "    goes on.",
        "two: the",
        "second.",
        "",
        "Raises it: x.",
    ]
    assert as_restructured_text(docstring) == [
        "Do it.",
        "",
        "::",
        "",
        "    x = do(1)",
        "    print(x)",
        "",
        "``one``",
        "    the first, which",
        "    goes on.",
        "``two``",
        "    the",
        "    second.",
        "",
        "Raises it: x.",
    ]
