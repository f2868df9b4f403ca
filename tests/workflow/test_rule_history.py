"""A small repository with a known history: which commit gave each claim its rule."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from workflow.rule_history import Fixed, History

CLAIMS = "notebooks/study/claims.yml"


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name, value in {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}.items():
        monkeypatch.setenv(name, value)
    git(tmp_path, "init", "--initial-branch=main")
    return tmp_path


def git(root: Path, *arguments: str, date: str = "2026-01-01") -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    stamps = {f"GIT_{one}_DATE": f"{date}T12:00:00Z" for one in ("AUTHOR", "COMMITTER")}
    run = subprocess.run(
        ["git", *who, *arguments], cwd=root, env={**os.environ, **stamps}, check=True, capture_output=True, text=True
    )
    return run.stdout.strip()


def write(root: Path, *entries: str) -> None:
    (root / CLAIMS).parent.mkdir(parents=True, exist_ok=True)
    (root / CLAIMS).write_text("study: study\nclaims:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))


def commit(root: Path, date: str, *entries: str) -> Fixed:
    write(root, *entries)
    git(root, "add", "-A")
    git(root, "commit", "-m", f"on {date}", date=date)
    return Fixed(git(root, "rev-parse", "HEAD"), date, f"on {date}")


def fixed(root: Path) -> dict[str, Fixed]:
    return History(root, cache=root / "cache.json").fixed("study")


def test_the_newest_commit_that_changed_rule_value_or_kind_counts(root):
    first = commit(root, "2026-01-01", "id: a, rule: {at_least: 1}", "id: b, rule: {within: 0.1}, value: 3")
    other_words = "id: a, statement: other, rule: {at_least: 1.0}"
    second = commit(
        root, "2026-01-02", "id: b, rule: {within: 0.1}, value: 4", other_words, "id: c, rule: {holds: all}"
    )
    kinds = ["id: c, rule: {holds: all}, kind: slip", "id: a, rule: {at_least: 1.0}, kind: number"]
    b = "id: b, kind: number, rule: {within: 0.1}, value: 4"
    commit(root, "2026-01-03", *kinds, b)
    assert fixed(root) == {"a": second, "b": second, "c": second}  # 1 and 1.0 are written differently
    fourth = commit(root, "2026-01-04", *kinds, b.replace("number", "sentence"))
    assert fixed(root) == {"a": second, "b": fourth, "c": second}
    assert first.date == "2026-01-01"


def test_a_rule_that_came_back_counts_from_its_return(root):
    commit(root, "2026-01-01", "id: a, rule: {at_least: 1}")
    commit(root, "2026-01-02", "id: a, rule: {at_least: 2}")
    third = commit(root, "2026-01-03", "id: a, rule: {at_least: 1}")
    assert fixed(root) == {"a": third}


def test_a_rule_that_was_written_on_a_branch_counts_from_there(root):
    first = commit(root, "2026-01-01", "id: a, rule: {at_least: 1}")
    git(root, "checkout", "-b", "side")
    side = commit(root, "2026-01-02", "id: a, rule: {at_least: 1}", "id: b, rule: {at_least: 2}")
    git(root, "checkout", "main")
    (root / "other").write_text("")
    git(root, "add", "-A")
    git(root, "commit", "-m", "other", date="2026-01-03")
    git(root, "merge", "side", date="2026-01-04")
    assert fixed(root) == {"a": first, "b": side}


def test_what_is_not_committed_has_no_commit(root):
    first = commit(root, "2026-01-01", "id: a, rule: {at_least: 1}", "id: b, rule: {at_least: 1}")
    write(root, "id: a, rule: {at_least: 0}", "id: b, rule: {at_least: 1}", "id: c, rule: {at_least: 1}")
    assert fixed(root) == {"b": first}


def test_earlier_versions_are_read_once_and_a_damaged_cache_is_no_harm(root, monkeypatch):
    first = commit(root, "2026-01-01", "id: a, rule: {at_least: 1}")
    commit(root, "2026-01-02", "id: a, rule: {at_least: 1}", "id: b, rule: {at_least: 1}")
    assert fixed(root)["a"] == first
    assert len(json.loads((root / "cache.json").read_text())) == 2
    (root / "cache.json").write_text("[")
    assert fixed(root)["a"] == first

    def refuse(self, *arguments):
        assert arguments[0] != "cat-file"
        return run(self, *arguments)

    run = History._git
    monkeypatch.setattr(History, "_git", refuse)
    assert fixed(root)["a"] == first


def test_a_version_that_was_no_yaml_decides_nothing(root):
    commit(root, "2026-01-01", "id: a, rule: {at_least: [}")
    second = commit(root, "2026-01-02", "id: a, rule: {at_least: 1}")
    assert fixed(root) == {"a": second}


def test_without_the_whole_history_nothing_is_said(root, tmp_path_factory):
    commit(root, "2026-01-01", "id: a, rule: {at_least: 1}")
    commit(root, "2026-01-02", "id: a, rule: {at_least: 2}")
    shallow = tmp_path_factory.mktemp("shallow")
    git(shallow, "clone", "--depth=1", root.as_uri(), "clone")
    assert fixed(shallow / "clone") == {}
    plain = tmp_path_factory.mktemp("plain")
    write(plain, "id: a, rule: {at_least: 1}")
    assert fixed(plain) == {}
