"""Compare the results of two builds: which numbers and which verdicts differ.

``python -m workflow.compare OLD NEW`` takes two build folders (``_build``) or their folders of results
(``_build/results``). It prints a line for each difference, then the totals. The exit code is 0 if nothing differs, 1 if
something differs, and 2 if a folder or a file cannot be used.

Numbers are compared to the last digit. Only claims and measurements are compared, since versions, times and digests
differ between any two builds. Keys that this module does not know are ignored.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.errors import BadInput

Entry = Mapping[str, Any]  # a claim or a measurement of a results.json
_ONE_BUILD = "in one build only"
_VERDICT = "verdict"


class CompareError(BadInput):
    """A folder or a file of results cannot be used."""


@dataclass(frozen=True)
class Page:
    """The claims and measurements of one ``results.json``, by name."""

    claims: Mapping[str, Entry]
    measurements: Mapping[str, Entry]


@dataclass(frozen=True)
class Difference:
    """One difference between two builds; ``name`` is empty if the whole page is in one build only."""

    page: str
    group: str  # "page", "claim" or "measurement"
    name: str
    what: str  # "in one build only", "values", "mean", "floor" or "verdict"
    text: str

    @property
    def concerns_verdicts(self) -> bool:
        """Whether the verdict of a claim differs, or is missing in one of the builds."""
        return self.group != "measurement" and self.what in (_VERDICT, _ONE_BUILD)

    def __str__(self) -> str:
        place = f"{self.page}: {self.group} {self.name}" if self.name else f"page {self.page}"
        return f"{place}: {self.text}"


def read(folder: Path) -> dict[str, Page]:
    """The results of one build, by the names of its pages ("jump_detection/02_multilayer_perceptrons").

    folder: a build, or its folder of results.

    Raises CompareError if the folder is missing or has no results, or if a file in it is damaged.
    """
    if not folder.is_dir():
        raise CompareError(f"The folder {folder} does not exist.")
    if (folder / "results").is_dir():
        folder = folder / "results"
    paths = sorted(folder.glob("*/*/results.json"))
    if not paths:
        raise CompareError(f"The folder {folder} has no results (<study>/<page>/results.json).")
    return {path.parent.relative_to(folder).as_posix(): _page(path) for path in paths}


def differences(old: Mapping[str, Page], new: Mapping[str, Page]) -> list[Difference]:
    """Everything that differs, in the order of the pages' names."""
    found: list[Difference] = []
    for page in sorted({*old, *new}):
        if page in old and page in new:
            found += _entries(page, "claim", old[page].claims, new[page].claims)
            found += _entries(page, "measurement", old[page].measurements, new[page].measurements)
        else:
            found.append(Difference(page, "page", "", _ONE_BUILD, _missing(page in old)))
    return found


def totals(old: Mapping[str, Page], new: Mapping[str, Page], found: list[Difference]) -> str:
    """How many claims and measurements both builds have, and how many of them differ."""
    both = [(old[page], new[page]) for page in old if page in new]
    claims = sum(len(before.claims.keys() & after.claims.keys()) for before, after in both)
    measurements = sum(len(before.measurements.keys() & after.measurements.keys()) for before, after in both)
    changed = {(d.group, d.page, d.name) for d in found if d.what != _ONE_BUILD}
    count = {group: sum(one[0] == group for one in changed) for group in ("claim", "measurement")}
    verdicts = sum(d.what == _VERDICT for d in found)
    alone = {group: sum((d.group, d.what) == (group, _ONE_BUILD) for d in found) for group in ("page", *count)}
    return (
        f"{claims} claims in both, {count['claim']} differ; {verdicts} verdicts differ; "
        f"{measurements} measurements in both, {count['measurement']} differ; in one build only: "
        f"{alone['page']} pages, {alone['claim']} claims, {alone['measurement']} measurements"
    )


def _page(path: Path) -> Page:
    try:
        content = json.loads(path.read_text("utf-8"))
        claims = {claim["id"]: dict(claim) for claim in content["claims"]}
        measurements = {name: dict(entry) for name, entry in content["measurements"].items()}
    except OSError as error:
        raise CompareError(f"{path} cannot be read: {error.strerror}.") from error
    except json.JSONDecodeError as error:
        raise CompareError(f"{path} is damaged: it is not JSON (line {error.lineno}: {error.msg}).") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CompareError(f"{path} is damaged: it does not hold the claims and measurements of a page.") from error
    return Page(claims, measurements)


def _entries(page: str, group: str, old: Mapping[str, Entry], new: Mapping[str, Entry]) -> Iterator[Difference]:
    for name in [*old, *(name for name in new if name not in old)]:
        if name in old and name in new:
            for what, text in _entry(old[name], new[name]):
                yield Difference(page, group, name, what, text)
        else:
            yield Difference(page, group, name, _ONE_BUILD, _missing(name in old))


def _entry(old: Entry, new: Entry) -> Iterator[tuple[str, str]]:
    """The differences between two claims or measurements of the same name, each with a text."""
    values = _numbers(_numbers_of(old, "values"), _numbers_of(new, "values"))
    if values:
        yield "values", f"values: {values}"
    ends = ("mean", "low", "high")  # the mean and its interval
    mean = _numbers(
        {key: number for end in ends for key, number in _numbers_of(old, end).items()},
        {key: number for end in ends for key, number in _numbers_of(new, end).items()},
    )
    if mean:
        yield "mean", f"mean and interval: {mean}"
    floor = _numbers(_floor(old), _floor(new))
    if floor:
        yield "floor", f"floor: {floor}"
    if old.get(_VERDICT) != new.get(_VERDICT):
        yield _VERDICT, f"verdict: {old.get(_VERDICT, 'none')} → {new.get(_VERDICT, 'none')}"


def _floor(entry: Entry) -> dict[str, Any]:
    """What is measured beside a claim; nothing where it has no floor."""
    return _numbers_of(entry["floor"], "values") if entry.get("floor") else {}


def _numbers_of(entry: Entry, field: str) -> dict[str, Any]:
    """The numbers of a field with a name for each: "values[3]", "low", or for named values "values.relu[3]".

    A field that the entry lacks gives no numbers, so that it differs from a field that is null.
    """

    def named(value: Any, name: str) -> Iterator[tuple[str, Any]]:
        if isinstance(value, Mapping):
            for key, part in value.items():
                yield from named(part, f"{name}.{key}")
        elif isinstance(value, list):
            for index, part in enumerate(value):
                yield from named(part, f"{name}[{index}]")
        else:
            yield name, value

    return dict(named(entry[field], field)) if field in entry else {}


def _numbers(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """How numbers differ, as a text; empty if they are the same.

    A single differing number is given with both values. Among several, the one with the largest relative difference is
    given.
    """
    names = [*old, *(name for name in new if name not in old)]
    lacking = "none"  # stands in for a number that one of the builds lacks
    differing = [name for name in names if old.get(name, lacking) != new.get(name, lacking)]
    if not differing:
        return ""
    gaps = {name: _relative_difference(old.get(name), new.get(name)) for name in differing}
    worst = max(differing, key=gaps.__getitem__)
    shown = f"{worst} {old.get(worst, lacking)} → {new.get(worst, lacking)}"
    if len(names) == 1:
        return f"{shown} (relative difference {gaps[worst]:.2g})"
    return f"{len(differing)} of {len(names)} differ, relative difference at most {gaps[worst]:.2g} ({shown})"


def _relative_difference(old: Any, new: Any) -> float:
    """|old - new| as a share of the larger magnitude; infinite if one of them is not a number."""
    if not isinstance(old, int | float) or not isinstance(new, int | float):
        return float("inf")
    return abs(old - new) / max(abs(old), abs(new))


def _missing(in_old: bool) -> str:
    return f"missing in {'NEW' if in_old else 'OLD'}"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m workflow.compare", description="Compare the results of two builds."
    )
    parser.add_argument("old", type=Path, metavar="OLD", help="a build folder, or its folder of results")
    parser.add_argument("new", type=Path, metavar="NEW", help="the same of the other build")
    parser.add_argument(
        "--verdicts-only",
        action="store_true",
        help="show verdicts and missing claims alone; the totals count everything",
    )
    given = parser.parse_args()
    try:
        old, new = read(given.old), read(given.new)
    except CompareError as error:
        print(error, file=sys.stderr)
        return 2
    found = differences(old, new)
    shown = [d for d in found if d.concerns_verdicts or not given.verdicts_only]
    for difference in shown:
        print(difference)
    print(totals(old, new, found))
    return 1 if shown else 0


if __name__ == "__main__":
    raise SystemExit(main())
