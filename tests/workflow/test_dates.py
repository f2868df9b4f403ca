"""Dates in the future are set right before a build, and a build says so."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.pages.repository import REPOSITORY
from workflow import dates

FUTURE = time.time() + 1e8


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A checkout of three sources and two things that were made, all from the past."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "Snakefile",
        "helpers/a.py",
        "notebooks/s/01_a.py",
        "_build/results/s/01_a/results.json",
        "_build/html/.built",
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("a text")
        os.utime(name, (1e9, 1e9))
    return tmp_path


def test_nothing_is_said_or_changed_without_cause(folder):
    assert list(dates.correct(Path("_build"))) == []
    assert Path("Snakefile").stat().st_mtime == 1e9


def test_a_source_becomes_as_new_as_now(folder):
    os.utime("notebooks/s/01_a.py", (FUTURE, FUTURE))
    (said,) = dates.correct(Path("_build"))
    assert said.startswith("Dated in the future, now as new as today: notebooks/s/01_a.py (20")
    assert abs(Path("notebooks/s/01_a.py").stat().st_mtime - time.time()) < 10
    assert Path("helpers/a.py").stat().st_mtime == 1e9
    assert Path("notebooks/s/01_a.py").read_text() == "a text"


def test_what_was_made_becomes_older_than_every_source(folder):
    for name in ("_build/results/s/01_a/results.json", "_build/html/.built", "helpers/a.py"):
        os.utime(name, (FUTURE, FUTURE))
    assert len(list(dates.correct(Path("_build")))) == 2
    assert Path("_build/results/s/01_a/results.json").stat().st_mtime < 1e9
    assert list(dates.correct(Path("_build"))) == []


SNAKEFILE = """
rule everything:
    input: "_build/results/made"
rule make_it:
    input: "notebooks/source"
    output: "_build/results/made"
    shell: "cat {input} > {output}"
"""


def test_a_build_makes_right_what_the_future_had_made_stale(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    Path("notebooks").mkdir()
    Path("Snakefile").write_text(SNAKEFILE)

    def built() -> str:
        command = [sys.executable, "-m", "workflow.build", "--cores", "1"]
        run = subprocess.run(command, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return run.stdout

    Path("notebooks/source").write_text("old")
    os.utime("notebooks/source", (FUTURE, FUTURE))
    assert "now as new as today: notebooks/source" in built()
    os.utime("_build/results/made", (FUTURE, FUTURE))
    Path("notebooks/source").write_text("new")
    assert "looked at again: _build/results/made" in built()
    assert Path("_build/results/made").read_text() == "new"
