"""How the book and its claims are cited: from ``CITATION.cff``."""

from __future__ import annotations

from functools import cache
from typing import Any

from helpers import yaml_files
from helpers.errors import BadInput
from helpers.pages.repository import REPOSITORY

FILE = REPOSITORY / "CITATION.cff"
_NEEDED = ("title", "version", "authors", "license", "abstract", "keywords", "date-released")
SHOWN = 12  # characters of a commit that are shown


@cache
def read() -> dict[str, Any]:
    """The content of ``CITATION.cff``. Raises BadInput if a field is missing that citations need."""
    content = yaml_files.read(FILE)
    missing = [name for name in _NEEDED if not isinstance(content, dict) or not content.get(name)]
    if missing:
        raise BadInput(f"{FILE.name} lacks {', '.join(missing)}, which citations of the book need.")
    return dict(content)


def book() -> str:
    """The title and the version in a line."""
    citation = read()
    return f"{citation['title']}, version {citation['version']}"


def of_claim(study: str, claim: str, verdict: str, commit: str | None, address: str) -> str:
    """One line that cites a claim: the book, the commit that measured it, the claim's name, its verdict and address.

    study: the folder of the study. claim: the claim's id. commit: of the run. address: of the claim's box in the book.
    """
    return f"{_at(commit)}, claim {study}/{claim}, verdict: {verdict}. {address}"


def of_unit(unit: str, network: str, commit: str | None, address: str) -> str:
    """One line that cites a unit: the book, the commit that looked at it, the unit, its network and its address.

    unit: its identity, network/layer/number. network: in words. address: of the unit in the explorer.
    """
    return f"{_at(commit)}, unit {unit} of {network}. {address}"


def _at(commit: str | None) -> str:
    """The book, at a commit if that is known."""
    return book() + (f" (commit {commit_in_words(commit)})" if commit else "")


def commit_in_words(commit: str) -> str:
    """A commit, shortened, and whether files differed from it: "0123456789ab with changes"."""
    name, _, changed = commit.partition("+")
    return name[:SHOWN] + (" with changes" if changed else "")


def zenodo(*, repository: str = "") -> dict[str, Any]:
    """The metadata of a deposit of the results on Zenodo (``.zenodo.json``).

    repository: the address of the source repository, if it is known.
    """
    citation = read()
    related = [{"identifier": repository, "relation": "isDerivedFrom", "scheme": "url"}] if repository else []
    return {
        "title": f"{citation['title']}: results",
        "upload_type": "dataset",
        "description": " ".join(citation["abstract"].split()),
        "creators": [{"name": _name(author)} for author in citation["authors"]],
        "license": citation["license"],
        "keywords": list(citation["keywords"]),
        "version": str(citation["version"]),
        "publication_date": str(citation["date-released"]),
        "access_right": "open",
        **({"related_identifiers": related} if related else {}),
    }


def _name(author: dict[str, str]) -> str:
    """A group's name, or a person's as Zenodo has it: the family name first."""
    return author.get("name") or ", ".join(author[part] for part in ("family-names", "given-names") if author.get(part))
