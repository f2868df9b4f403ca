"""When each claim got its rule: the commit that wrote it, from the history of ``claims.yml``.

A claim counts as unchanged for as long as its kind, its rule and the study's value stay what they are. Other words for
the statement, or another order of the file, do not make a new rule. Entries from before kinds were written down have
none, and a kind that is added to such an entry is no change.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from helpers.atomic_files import atomic_write

CACHE = "rule_history.json"  # in the folder of everything made

Decisive = tuple[str, str | None]  # rule and value as JSON, and the kind


@dataclass(frozen=True)
class Fixed:
    """The commit that gave a claim the rule that it has, the day of the commit ("2026-11-20"), and its subject."""

    commit: str
    date: str
    subject: str


class History:
    """The history of the claims of a repository.

    root: the folder of the checkout.
    cache: a file that keeps what was read from earlier versions of the claims, since these never change.
    """

    def __init__(self, root: Path, *, cache: Path) -> None:
        self._root, self._cache = root, cache
        self._known: dict[str, dict[str, list[Any]]] = {}

    def fixed(self, study: str) -> dict[str, Fixed]:
        """The commit that gave each claim of a study its rule, by the claim's id.

        A claim is left out if it is not committed as it stands. All are left out without git, and in a checkout that
        has not the whole history (a shallow clone), where the oldest commit would seem to have written everything.
        """
        source = self._root / "notebooks" / study / "claims.yml"
        try:
            if self._git("rev-parse", "--is-shallow-repository") != "false\n":
                return {}
            versions = self._versions(source.relative_to(self._root))
        except (OSError, subprocess.CalledProcessError):
            return {}
        now = _decisive(source.read_text("utf-8"))
        found: dict[str, Fixed] = {}
        for commit, before, after in versions:  # the newest first
            for claim in now.keys() - found.keys():
                if same(after.get(claim), now[claim]) and not same(before.get(claim), now[claim]):
                    found[claim] = commit
        return found

    def _versions(self, path: Path) -> Iterator[tuple[Fixed, dict[str, Decisive], dict[str, Decisive]]]:
        """The commits that changed a file, newest first, with what decides its claims before and after."""
        self._known = self._cached()
        log = self._git("log", "--raw", "--no-abbrev", "--no-renames", "--format=%H %cs %s", "--", str(path))
        commit = Fixed("", "", "")
        changes = []
        for line in filter(None, log.splitlines()):
            if line.startswith(":"):
                _, _, before, after, *_ = line.split()
                changes.append((commit, self._blob(before), self._blob(after)))
            else:
                commit = Fixed(*line.split(" ", 2))
        with atomic_write(self._cache) as partial:
            partial.write_text(json.dumps(self._known), "utf-8")
        return iter(changes)

    def _blob(self, name: str) -> dict[str, Decisive]:
        if not name.strip("0"):  # the file did not exist
            return {}
        if name not in self._known:
            self._known[name] = {k: list(v) for k, v in _decisive(self._git("cat-file", "blob", name)).items()}
        return {claim: (rule, kind) for claim, (rule, kind) in self._known[name].items()}

    def _cached(self) -> dict[str, dict[str, list[Any]]]:
        try:
            content = json.loads(self._cache.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self._root), *arguments]
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


def same(one: Decisive | None, other: Decisive) -> bool:
    """Whether two versions of a claim are decided alike; a version without a kind may have any."""
    return one is not None and one[0] == other[0] and (one[1] == other[1] or None in (one[1], other[1]))


def _decisive(text: str) -> dict[str, Decisive]:
    """What decides each claim of a ``claims.yml``; nothing for a version that cannot be read."""
    try:
        # The loader in C: a history is many files, and all are read by the same rules, so that differences count.
        entries = yaml.load(text, Loader=yaml.CSafeLoader)["claims"]
        return {
            entry["id"]: (json.dumps([entry["rule"], entry.get("value")], sort_keys=True), entry.get("kind"))
            for entry in entries
        }
    except (yaml.YAMLError, TypeError, KeyError):
        return {}
