"""What changed among the verdicts, and why: ``notebooks/<study>/changes.yml``, a list kept by hand, oldest first.

    - date: "2026-11-28"
      claims: [fig-4-8.ordered, fig-6-3.silent]
      from: fails
      to: undecided
      why: "The interval contains the bound."

``claim`` may stand instead of ``claims``. ``none`` is the verdict of a claim that is not there: before it was written
down, or after it was taken away. ``python -m workflow.verdicts --write`` adds entries, without the reason.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from helpers import yaml_files
from helpers.errors import BadInput
from helpers.pages.verdicts import VERDICTS

FILE = "changes.yml"
NONE = "none"

_CLAIM = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9.-]*$"}
_SCHEMA = Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["date", "from", "to", "why"],
            "oneOf": [{"required": ["claim"]}, {"required": ["claims"]}],
            "additionalProperties": False,
            "properties": {
                "date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
                "claim": _CLAIM,
                "claims": {"type": "array", "items": _CLAIM, "minItems": 1},
                "from": {"enum": [*VERDICTS, NONE]},
                "to": {"enum": [*VERDICTS, NONE]},
                "why": {"type": "string"},
            },
        },
    }
)


class ChangesError(BadInput):
    """A list of changes is not as it must be."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """Claims whose verdict changed in one way, for one reason."""

    date: str
    claims: tuple[str, ...]
    before: str
    after: str
    why: str


def read(path: Path) -> list[Change]:
    """The changes of a study, oldest first; none if there is no such file.

    Raises ChangesError for a file that cannot be read or does not fit the schema.
    """
    if not path.exists():
        return []
    try:
        entries: list[dict[str, Any]] = yaml_files.read(path) or []
    except yaml_files.NotReadable as error:
        raise ChangesError(str(error)) from None
    for fault in _SCHEMA.iter_errors(entries):
        place = "/".join(map(str, fault.absolute_path)) or "the file"
        raise ChangesError(f"{path}: {place}: {fault.message}.")
    return [
        Change(
            date=entry["date"],
            claims=tuple(entry.get("claims") or [entry["claim"]]),
            before=entry["from"],
            after=entry["to"],
            why=entry["why"],
        )
        for entry in entries
    ]


def faults(changes: Iterable[Change], verdicts: Mapping[str, str]) -> list[str]:
    """What is wrong with a list of changes, in sentences.

    changes: the changes of a study, oldest first.
    verdicts: the verdicts that the repository keeps of that study, by claim.
    """
    found = []
    last: dict[str, str] = {}
    for change in changes:
        if change.before == change.after:
            found.append(f"{', '.join(change.claims)}: from {change.before} to {change.after} is no change.")
        if len(change.why.split()) < 4:
            found.append(f"{', '.join(change.claims)}: why did {change.before} become {change.after}?")
        for claim in change.claims:
            if last.get(claim, change.before) != change.before:
                found.append(f"{claim}: it became {last[claim]}, so it cannot change from {change.before}.")
            last[claim] = change.after
    for claim, verdict in last.items():
        if verdicts.get(claim, NONE) != verdict:
            found.append(f"{claim}: it became {verdict}, but the verdict kept is {verdicts.get(claim, NONE)}.")
    return found


def entry(date: str, claims: Sequence[str], before: str, after: str, *, hint: str) -> str:
    """The text of an entry whose reason somebody has to write; the hint is a comment that helps to find it."""
    listed = textwrap.fill(
        f"claims: [{', '.join(claims)}]", 110, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
    )
    comment = f"# {hint}\n" if hint else ""
    return f'{comment}- date: "{date}"\n{listed}\n  from: {before}\n  to: {after}\n  why: ""\n'
