"""An edit of prose changes no digest, an edit of what runs does. What was parsed once is not parsed again."""

import ast
import json

import pytest

from helpers.pages import parsed_sources
from helpers.pages.parsed_sources import Parsed, parsed

SOURCE = '''"""A module."""

import math


def half(x: float) -> float:
    """Half of it."""
    return x / 2  # a comment


class Kept:
    """A class."""

    text = """not a docstring"""
'''


def digest(source):
    return parsed(source.encode()).digest


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
    assert digest(SOURCE.replace(old, new)) == digest(SOURCE)


@pytest.mark.parametrize(("old", "new"), [("x / 2", "x / 3"), ("not a docstring", "else"), ("float:", "int:")])
def test_code_is_not(old, new):
    assert digest(SOURCE.replace(old, new)) != digest(SOURCE)


def test_a_module_that_says_nothing_and_one_of_prose_alone_are_the_same():
    assert digest('"""Prose."""\n') == digest('"""Other prose."""\n')


def test_imports_of_helpers_are_found_wherever_they_stand():
    source = b"""
import os
import helpers.models.vgg as vgg
from helpers.data import images, mnist
from . import beside
def inner():
    try:
        from helpers.units import columns
    except ImportError:
        pass
    match 1:
        case 1:
            import helpers.errors
text = "import helpers.hidden"
"""
    assert parsed(source).imports == {
        "helpers.models.vgg",
        "helpers.data",
        "helpers.data.images",
        "helpers.data.mnist",
        "helpers.units",
        "helpers.units.columns",
        "helpers.errors",
    }


@pytest.fixture
def restart(tmp_path, monkeypatch):
    """Begins anew, as another process does, with a cache folder of its own; gives the list of what that one parses."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    parse = ast.parse

    def begin():
        monkeypatch.setattr(parsed_sources, "_used", {})
        monkeypatch.setattr(parsed_sources, "_new", set())
        parsed_sources._kept.cache_clear()
        heard = []
        monkeypatch.setattr(ast, "parse", lambda source: heard.append(source) or parse(source))
        return heard

    yield begin
    parsed_sources._kept.cache_clear()


def kept(folder):
    (path,) = folder.rglob("*.json")
    return path


def test_what_was_parsed_is_not_parsed_again_in_another_process(restart, tmp_path):
    heard = restart()
    first = parsed(b"import helpers.errors")
    assert parsed(b"import helpers.errors") == first and heard == ["import helpers.errors"]
    parsed_sources.keep()

    heard = restart()
    assert parsed(b"import helpers.errors") == first == Parsed(first.digest, frozenset({"helpers.errors"}))
    assert heard == []
    parsed(b"import helpers.data")
    parsed_sources.keep()
    assert len(json.loads(kept(tmp_path).read_text())) == 2

    before = kept(tmp_path).stat().st_mtime_ns
    parsed_sources.keep()
    assert kept(tmp_path).stat().st_mtime_ns == before, "nothing new, nothing written"


def test_what_others_kept_meanwhile_stays(restart, tmp_path):
    restart()
    parsed(b"1")
    parsed_sources.keep()
    restart()
    parsed(b"2")  # has read the file
    path = kept(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "f" * 64: ["0", []]}))
    parsed_sources.keep()
    assert "f" * 64 in json.loads(path.read_text())


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"a": 1}', '{"a": ["b"]}', '{"a": [1, 2]}', "\udce9"])
def test_a_damaged_file_is_written_anew(restart, tmp_path, content):
    restart()
    first = parsed(b"import helpers.errors")
    parsed_sources.keep()
    whole = kept(tmp_path).read_text()
    kept(tmp_path).write_bytes(content.encode(errors="surrogateescape"))
    heard = restart()
    assert parsed(b"import helpers.errors") == first and heard
    parsed_sources.keep()
    assert kept(tmp_path).read_text() == whole


def test_without_a_folder_nothing_is_kept(restart, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc")
    restart()
    assert parsed(b"import helpers.errors").imports == {"helpers.errors"}
    parsed_sources.keep()


def test_too_many_sources_are_those_of_this_process_alone(restart, tmp_path, monkeypatch):
    monkeypatch.setattr(parsed_sources, "_MOST", 1)
    for number in range(3):
        restart()
        parsed(f"{number}".encode())
        parsed_sources.keep()
    assert len(json.loads(kept(tmp_path).read_text())) == 1


def test_what_is_no_python_is_an_error_each_time(restart):
    restart()
    for content in (b"def", b"\xff"):
        for _ in range(2):
            with pytest.raises((SyntaxError, UnicodeDecodeError)):
                parsed(content)
