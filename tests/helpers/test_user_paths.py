"""Where paths of users begin."""

import os
from pathlib import Path

import pytest

from helpers.user_paths import is_file, is_folder, resolved, shown


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.delenv("HELPERS_CALLER", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("photos", "here/photos"),
        ("./photos/", "here/photos"),
        ("../photos", "photos"),
        (".", "here"),
        ("~", "home"),
        ("~/my photos", "home/my photos"),
        ("photos/~", "here/photos/~"),
        ("~no-such-user/x", "here/~no-such-user/x"),
    ],
)
def test_a_path_of_a_user(here, written, meant):
    assert resolved(written) == resolved(Path(written)) == here.parent / meant
    assert resolved(here.parent / "elsewhere") == here.parent / "elsewhere"


def test_a_page_that_runs_elsewhere_is_told_where_the_command_was_given(here, monkeypatch):
    monkeypatch.setenv("HELPERS_CALLER", str(here.parent / "caller"))
    assert resolved("photos") == here.parent / "caller" / "photos"
    assert resolved("photos", start=here) == here / "photos"
    assert resolved("~/photos") == here.parent / "home" / "photos"
    monkeypatch.setenv("HELPERS_CALLER", "")
    assert resolved("photos") == here / "photos"


def test_a_link_stays_a_link(here):
    (here / "far").mkdir()
    (here / "near").symlink_to("far")
    assert resolved("near") == here / "near"


def test_what_cannot_be_reached_is_neither_file_nor_folder(here):
    os.mkfifo(here / "pipe")
    (here / "loop").symlink_to("loop")
    for path in (here / "pipe", here / "loop", here / ("x" * 300), here / "a\0b", Path("/dev/zero")):
        assert not is_file(path)
        assert not is_folder(path)
    assert is_folder(here)
    (here / "file").write_text("")
    assert is_file(here / "file")


def test_every_name_can_be_shown():
    assert shown("café") == "café"
    assert shown(os.fsdecode(b"caf\xe9")) == r"caf\udce9"
    shown("\ud800\udfff").encode()
    assert shown("a\n\tb\x1b[0m\u2028") == r"a\n\tb\x1b[0m\u2028"
    assert shown("ü 你好 \u202f <b>") == "ü 你好 \u202f <b>"
