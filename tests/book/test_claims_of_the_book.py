"""What holds for all claims of the book, and for what a build measured for them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.pages import claims, results
from helpers.pages.repository import REPOSITORY

BUILD = Path(os.environ.get("BOOK_HTML", REPOSITORY / "_build" / "html")).resolve().parent
FILES = sorted(REPOSITORY.glob("notebooks/*/claims.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.parent.name)
def test_every_claim_says_what_is_measured(path: Path) -> None:
    found = claims.load(path).values()
    assert not [one.id for one in found if one.measured in ("not described yet", one.statement)]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.parent.name)
def test_our_own_claims_have_no_protocol_and_say_that_they_are_ours(path: Path) -> None:
    """A protocol sets a measurement against the study's; what the study does not say has none."""
    ours = [one for one in claims.load(path).values() if one.kind in ("control", "beyond")]
    assert not [one.id for one in ours if one.protocol]


def measured() -> Iterator[dict[str, Any]]:
    """The claims of a build: the one whose book BOOK_HTML names."""
    files = sorted(BUILD.glob("results/*/*/results.json"))
    assert files, f"There are no results in {BUILD.name}: run `make book`, or name a book's folder in BOOK_HTML."
    for path in files:
        content = results.read(path)
        yield from ({"page": content["page"], **claim} for claim in content["claims"])


@pytest.mark.book
def test_no_number_is_counted_twice() -> None:
    """Two claims of a study that hold the very same values, which are no whole numbers, are one claim.

    Claims of one family, such as "not-robust-one.3" and "not-robust-one.4", ask the same of different networks. At
    smoke scale these can be equally bad.
    """
    by_values: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for claim in measured():
        values = claim["values"]
        parts = values.values() if isinstance(values, dict) else [values or []]
        flat = tuple(value for part in parts for value in part)
        if any(value is not None and value != int(value) for value in flat):
            by_values[claim["page"].split("/")[0], *flat].add(claim["id"].split(".")[0])
    assert not [families for families in by_values.values() if len(families) > 1]


@pytest.mark.book
def test_no_claim_fails_while_its_interval_contains_the_bound() -> None:
    for claim in measured():
        if (
            claim["verdict"] == "fails"
            and len(claim["limits"]) == 1
            and not claim["floor"]
            and claim["low"] is not None
        ):
            assert not claim["low"] <= claim["limits"][0] < claim["high"], claim["id"]
