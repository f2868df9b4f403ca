"""Who the units are, for the table of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helpers.pages import unit_table
from helpers.studies.googlenet_neurons.subject import Branch, Subject


def identities(seen: Subject, branches: Sequence[Branch] | None = None) -> dict[str, list[Any]]:
    """The columns of identity of all units, or of those of some branches, branch by branch in this order."""
    chosen = seen.branches if branches is None else branches
    return unit_table.identities(seen.loaded.name, {seen.in_identities(each): each.units for each in chosen})
