"""From a claim to the units that it names, in the unit explorer: the explorer's own data, read the other way round.

So a claim leads to units that this build shows, and to none where there is no explorer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat

from helpers.errors import BadInput
from workflow.html_outputs import in_html
from workflow.units.bound import NETWORK

CLAIMS = "claims.js"  # in the folder of a network: the claims that name a unit, by "layer/number"
_SCRIPT = re.compile(r"window\.unitsData\((.*)\);\n", re.DOTALL)
_BOX = re.compile(r'(?P<box><div class="verdict [^"]*" id="claim-(?P<claim>[^"]*)".*?)</dl>', re.DOTALL)


class UnitLinksError(BadInput):
    """The claims of a network cannot be read."""


def named(folders: Path) -> dict[str, list[str]]:
    """The units that each claim names, by the claim's id: "network/layer/number", as in the explorer's addresses.

    folders: contains the folder of each network. Those without a description are of networks that are not here.

    Raises UnitLinksError that names a damaged file.
    """
    found: dict[str, list[str]] = {}
    for network in sorted(path.parent for path in folders.glob(f"*/{NETWORK}")):
        if (network / CLAIMS).is_file():
            for unit, claims in _claims(network / CLAIMS).items():
                for claim in claims:
                    found.setdefault(claim["id"], []).append(f"{network.name}/{unit}")
    return found


def _claims(path: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        _, content = json.loads(f"[{_SCRIPT.fullmatch(path.read_text('utf-8'))[1]}]")  # type: ignore[index]
    except (ValueError, TypeError):
        raise UnitLinksError(f"{path} is damaged; delete its folder, and make writes it again.") from None
    return dict(content)


def links(units: Sequence[str], *, up: str = "") -> str:
    """Links to these units as HTML; up: the way from the page to the first page of the book."""
    return ", ".join(f'<a href="{up}units.html#{quote(unit)}">{escape(unit)}</a>' for unit in units)


def add(notebook: nbformat.NotebookNode, units: Mapping[str, Sequence[str]], *, page: str) -> None:
    """Give the box of each claim that names units a line with links to them, in place in an executed page.

    units: as :func:`named` gives them. page: the page's name, from which the links begin ("study/01_page").
    """
    up = "../" * page.count("/")

    def with_units(found: re.Match[str]) -> str:
        own = units.get(unescape(found["claim"]))
        return f"{found['box']}<dt>Units</dt><dd>{links(own, up=up)}</dd></dl>" if own else found[0]

    for data in in_html(notebook.cells):
        data["text/html"] = _BOX.sub(with_units, data["text/html"])
