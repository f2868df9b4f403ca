"""`make notebooks` loses no edit: the side that was edited is written to the other one, whatever the dates say."""

import os
import subprocess
from pathlib import Path

import nbformat
import pytest
from jupytext.cli import jupytext

from workflow import jupytext_pairs
from workflow.jupytext_pairs import PairError, step

SOURCE = """\
# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A page

# %% tags=["parameters"]
unit = 1
"""
PAGE = Path("notebooks/study/01_page")
PY, IPYNB = PAGE.with_suffix(".py"), PAGE.with_suffix(".ipynb")


def git(*arguments):
    settings = ("-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *arguments], check=True, capture_output=True)


def commit():
    git("add", ".")
    git("commit", "-q", "-m", "A commit")


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """A page whose two files agree, in a commit."""
    monkeypatch.chdir(tmp_path)
    PAGE.parent.mkdir(parents=True)
    PY.write_text(SOURCE)
    jupytext(["--quiet", "--sync", str(PY)])
    git("init", "-q")
    commit()


def edit(path, unit):
    path.write_text(path.read_text().replace("unit = 1", f"unit = {unit}"))


def units():
    return [next(n for n in range(9) if f"unit = {n}" in path.read_text()) for path in (PY, IPYNB)]


@pytest.mark.parametrize("newer", [PY, IPYNB])
@pytest.mark.parametrize("edited", [PY, IPYNB])
def test_the_edited_side_wins_whatever_the_dates(pair, edited, newer):
    edit(edited, 5)
    for path, date in ((PY, 1e9), (IPYNB, 1e9), (newer, 1.5e9)):
        os.utime(path, (date, date))
    assert step(PAGE) == (".ipynb" if edited == PY else ".py")
    assert units() == [5, 5]
    assert step(PAGE) == ""


def test_what_agrees_is_not_touched(pair):
    os.utime(PY, (1e9, 1e9))
    assert step(PAGE) == ""
    assert PY.stat().st_mtime == 1e9


def test_both_edited_is_refused_and_both_are_kept(pair):
    edit(PY, 5)
    edit(IPYNB, 6)
    with pytest.raises(PairError, match=r"01_page.py and .ipynb were both edited; .*make notebooks FROM=py or ipynb"):
        step(PAGE)
    assert units() == [5, 6]


@pytest.mark.parametrize(("wins", "unit"), [(".py", 5), (".ipynb", 6)])
def test_somebody_says_which_one_counts(pair, wins, unit):
    edit(PY, 5)
    edit(IPYNB, 6)
    step(PAGE, wins=wins)
    assert units() == [unit, unit]


def test_both_edited_to_the_same_text_agree(pair):
    edit(PY, 5)
    edit(IPYNB, 5)
    assert step(PAGE) == ""


@pytest.mark.parametrize("edited", [PY, IPYNB])
def test_an_edit_of_one_side_that_was_committed_is_still_known(pair, edited):
    edit(edited, 5)
    commit()
    assert step(PAGE) == (".ipynb" if edited == PY else ".py")
    assert units() == [5, 5]


def test_without_a_history_nobody_knows(pair):
    subprocess.run(["rm", "-r", ".git"], check=True)
    edit(PY, 5)
    with pytest.raises(PairError, match="both edited"):
        step(PAGE)
    assert units() == [5, 1]


@pytest.mark.parametrize("only", [PY, IPYNB])
def test_a_side_that_is_missing_is_written(pair, only):
    ({PY, IPYNB} - {only}).pop().unlink()
    step(PAGE)
    assert units() == [1, 1]


@pytest.mark.parametrize("text", ["", "<<<<<<< HEAD", "{}", "\udce9"], ids=repr)
def test_a_notebook_that_cannot_be_read_is_named_and_kept(pair, text):
    IPYNB.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PairError) as error:
        step(PAGE)
    assert str(error.value).startswith(f"{IPYNB} cannot be read: ") and "\n" not in str(error.value)
    assert IPYNB.read_bytes() == text.encode("utf-8", "surrogateescape")
    step(PAGE, wins=".py")
    assert units() == [1, 1]


def test_outputs_of_unchanged_cells_stay(pair):
    notebook = nbformat.read(IPYNB, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="said")]
    nbformat.write(notebook, IPYNB)
    PY.write_text(SOURCE.replace("# # A page", "# # Another title"))
    step(PAGE)
    assert nbformat.read(IPYNB, as_version=4).cells[1].outputs[0].text == "said"


def test_one_page_that_is_refused_does_not_keep_the_others_from_being_written(pair, monkeypatch, capsys):
    other = PAGE.with_name("02_other.py")
    other.write_text(SOURCE)
    edit(PY, 5)
    edit(IPYNB, 6)
    monkeypatch.setattr(jupytext_pairs.sys, "argv", ["jupytext_pairs"])
    assert jupytext_pairs.main() == 1
    said = capsys.readouterr()
    assert said.out == f"Written: {other.with_suffix('.ipynb')}\n"
    assert said.err.count("\n") == 1 and "01_page" in said.err
