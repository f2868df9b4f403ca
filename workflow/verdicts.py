"""The verdicts of the last laptop build, kept in the repository: ``notebooks/<study>/verdicts.csv``.

``python -m workflow.verdicts`` says which verdicts of a build differ from them. With ``--write`` it keeps those of the
build, and adds what changed to ``notebooks/<study>/changes.yml`` (``workflow.changes``), where a person says why.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from helpers.atomic_files import atomic_write
from helpers.errors import BadInput
from helpers.pages import kept_verdicts, results, sources
from helpers.pages.repository import REPOSITORY
from workflow import changes
from workflow.found import cards
from workflow.rule_history import CACHE, Fixed, History

FILE = "verdicts.csv"
SCALE = "laptop"  # other scales can decide fewer claims, or more
_HEAD = ["claim", "verdict"]
_LONGEST = 40  # differences that are printed

Verdicts = Mapping[str, Mapping[str, str]]  # study -> claim -> verdict
Results = Mapping[str, Any]  # the content of a results.json


class Difference(NamedTuple):
    """A claim whose verdict changed; ``changes.NONE`` stands for a claim that is not there."""

    study: str
    before: str
    after: str
    claim: str

    def __str__(self) -> str:
        return f"{self.study}: {self.claim}: {self.before} → {self.after}"


def read(path: Path) -> dict[str, str]:
    """The verdicts of a study by claim; none if there is no such file. Raises KeptVerdictsError for a damaged one."""
    return {row[0]: row[1] for row in kept_verdicts.read(path, _HEAD)}


def kept(notebooks: Path) -> Verdicts:
    """The verdicts that the repository keeps, of each study that has some."""
    return {path.parent.name: read(path) for path in sorted(notebooks.glob(f"*/{FILE}"))}


def found(pages: Sequence[Results]) -> Verdicts:
    """The verdicts of pages that have been run; none if a page ran at another scale than those that are kept."""
    if any(page["scale"] != SCALE for page in pages):
        return {}
    verdicts: dict[str, dict[str, str]] = defaultdict(dict)
    for page in pages:
        verdicts[page["page"].split("/")[0]] |= {claim["id"]: claim["verdict"] for claim in page["claims"]}
    return verdicts


def differences(before: Verdicts, after: Verdicts) -> list[Difference]:
    """The claims of the studies in ``after`` whose verdicts differ."""
    return sorted(
        Difference(study, old, new, claim)
        for study in after
        for claim in {**before.get(study, {}), **after[study]}
        if (old := before.get(study, {}).get(claim, changes.NONE)) != (new := after[study].get(claim, changes.NONE))
    )


def before(changed: Sequence[Difference]) -> dict[str, str]:
    """The verdicts of before, by claim, of claims that had one then and have another now."""
    return {one.claim: one.before for one in changed if changes.NONE not in (one.before, one.after)}


def keep(after: Verdicts, notebooks: Path, date: str, history: History) -> list[Path]:
    """Keep the verdicts of a build, and add what changed to the lists of changes; returns the files that changed.

    The first verdicts of a study are no change. Claims that changed alike stand together if their rules are of the same
    commit, which is often the reason.
    """
    earlier = kept(notebooks)
    written = []
    for study, verdicts in after.items():
        changed = differences(earlier, {study: verdicts})
        path, listed = notebooks / study / FILE, notebooks / study / changes.FILE
        if changed:
            kept_verdicts.write(path, _HEAD, sorted(verdicts.items()))
            written.append(path)
        if changed and study in earlier:
            _write(
                listed,
                (listed.read_text("utf-8") if listed.exists() else "") + _entries(changed, date, history.fixed(study)),
            )
            written.append(listed)
    return written


def _entries(changed: Sequence[Difference], date: str, fixed: Mapping[str, Fixed]) -> str:
    ways: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in changed:
        rule = fixed.get(one.claim)
        hint = f"the rules are of {rule.date}: {rule.subject} ({rule.commit[:7]})" if rule else ""
        ways[one.before, one.after, hint].append(one.claim)
    return "".join(changes.entry(date, claims, *way, hint=hint) for (*way, hint), claims in sorted(ways.items()))


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as partial:
        partial.write_text(text, "utf-8")


def _listed(changed: Sequence[Difference]) -> str:
    """The differences, a line each, of which the page "What changed" of the book has those that are too many here."""
    if not changed:
        return "All verdicts are those in the repository."
    more = [f"… and {len(changed) - _LONGEST} more, in what_changed.html"] if len(changed) > _LONGEST else []
    lines = [*map(str, changed[:_LONGEST]), *more]
    return "\n".join([*lines, f"{len(changed)} verdicts differ from those in the repository."])


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the verdicts of a build with those in the repository.")
    parser.add_argument("--build", type=Path, default=Path("_build"), help="the folder of everything made")
    parser.add_argument("--write", action="store_true", help="keep the verdicts of this build")
    given = parser.parse_args()
    try:
        after = found([results.read(given.build / "results" / page.name / "results.json") for page in sources.every()])
        if not after:
            print(f"Verdicts are kept of builds at {SCALE} scale; this one is not compared.")
            return int(given.write)
        changed = differences(kept(sources.NOTEBOOKS), after)
        print(_listed(changed), f"The build has {sum(map(len, after.values()))} verdicts.")
        known = {claim: verdict for study in after.values() for claim, verdict in study.items()}
        for sentence in cards.to_read_again(cards.load(cards.LISTED), known, before(changed)):
            print(sentence)
        if given.write:
            today = datetime.datetime.now(datetime.UTC).date().isoformat()
            history = History(REPOSITORY, cache=given.build / CACHE)
            for path in keep(after, sources.NOTEBOOKS, today, history):
                print(f"Written: {path.relative_to(REPOSITORY)}")
    except BadInput as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
