"""The API reference names what the rooms offer, and docstrings become what Sphinx can set."""

import importlib

import pytest

from workflow import api_reference
from workflow.book_extension import as_restructured_text

PAGES = api_reference.pages()


@pytest.mark.parametrize("room", api_reference.ROOMS)
def test_every_public_name_of_a_room_stands_on_its_page(room):
    page = PAGES[f"api/{room}"]
    for module in api_reference.modules(room):
        assert f".. automodule:: {module}\n" in page
        offered = api_reference.public(module)
        loaded = importlib.import_module(module)
        defined = {name for name, thing in vars(loaded).items() if getattr(thing, "__module__", "") == module}
        functions = {n for n in defined if callable(getattr(loaded, n)) and n in offered}
        assert functions == set(offered)
        table = page.split(f".. currentmodule:: {module}\n")[-1].split(".. automodule::")[0] if offered else ""
        assert all(f"   {name}\n" in table for name in offered)


def test_the_index_leads_to_every_room():
    assert all(f"(api/{room}.md)" in PAGES["api"] for room in api_reference.ROOMS)


def test_a_changed_docstring_changes_the_page(monkeypatch):
    monkeypatch.setattr(api_reference.code_digest, "digest_of_text", lambda modules: "another")
    assert api_reference.pages()["api/metrics"] != PAGES["api/metrics"]


def test_arguments_become_fields_and_examples_code():
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
        ":one: the first, which",
        "    goes on.",
        ":two: the",
        "    second.",
        "",
        "Raises it: x.",
    ]
