"""An edit of prose changes no digest, an edit of what runs does."""

import pytest

from helpers.pages import code_digest
from helpers.pages.code_digest import without_prose

SOURCE = '''"""A module."""

import math


def half(x: float) -> float:
    """Half of it."""
    return x / 2  # a comment


class Kept:
    """A class."""

    text = """not a docstring"""
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A module.", "Another sentence."),
        ('    """Half of it."""\n', ""),
        ("  # a comment", ""),
        ("\n\n\nclass", "\n\n\n\n# a section\nclass"),
        ("A class.", "Something else."),
    ],
)
def test_prose_is_left_out(old, new):
    assert old in SOURCE
    assert without_prose(SOURCE.replace(old, new)) == without_prose(SOURCE)


@pytest.mark.parametrize(("old", "new"), [("x / 2", "x / 3"), ("not a docstring", "else"), ("float:", "int:")])
def test_code_is_not(old, new):
    assert without_prose(SOURCE.replace(old, new)) != without_prose(SOURCE)


def test_a_module_that_says_nothing_and_one_of_prose_alone_are_the_same():
    assert without_prose('"""Prose."""\n') == without_prose('"""Other prose."""\n')


def test_the_closure_follows_imports_and_takes_packages_with_it():
    files = code_digest.closure({"helpers.training.stacks"})
    assert {"helpers/__init__.py", "helpers/training/__init__.py", "helpers/models/stacks/logits.py"} <= files
    assert not any(path.startswith("helpers/pages/") for path in files)


def test_every_file_of_a_closure_counts(monkeypatch):
    before = code_digest.of_module("helpers.training.stacks")
    digest_of_file = code_digest._digest_of_file
    monkeypatch.setattr(
        code_digest, "_digest_of_file", lambda path: "x" if path.endswith("logits.py") else digest_of_file(path)
    )
    assert code_digest.of_module("helpers.training.stacks") != before
