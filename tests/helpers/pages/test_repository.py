"""The commit that results name: that of this checkout, marked where files differ, or nothing."""

import subprocess

import pytest

from helpers.pages import repository


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder that stands in for this checkout, and outside of which git looks for no repository."""
    monkeypatch.setattr(repository, "REPOSITORY", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):  # set where a git hook runs these tests
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def head(checkout):
    """The one commit of a repository with one file."""
    (checkout / "page.py").write_text("as it was")
    for command in (["init", "--quiet"], ["add", "page.py"], ["commit", "--quiet", "--no-verify", "-m", "first"]):
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *author, *command], cwd=checkout, check=True)
    shown = subprocess.run(["git", "log", "--format=%H"], cwd=checkout, check=True, capture_output=True, text=True)
    return shown.stdout.strip()


def test_a_clean_checkout_is_its_commit_whatever_else_lies_beside_it(checkout, head):
    assert repository.commit() == head
    (checkout / "new.py").write_text("not tracked")
    assert repository.commit() == head


@pytest.mark.parametrize("staged", [False, True])
def test_changed_files_are_said(checkout, head, staged):
    (checkout / "page.py").write_text("as it is")
    if staged:
        subprocess.run(["git", "add", "page.py"], cwd=checkout, check=True)
    assert repository.commit() == f"{head}+changes"


def test_a_removed_file_is_a_change(checkout, head):
    (checkout / "page.py").unlink()
    assert repository.commit() == f"{head}+changes"


def test_outside_git_and_without_git_there_is_no_commit(checkout, monkeypatch):
    assert repository.commit() is None
    monkeypatch.setenv("PATH", str(checkout))
    assert repository.commit() is None
