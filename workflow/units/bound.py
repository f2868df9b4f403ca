"""The data of all networks together, as they lie beside the page: a folder each, and a list of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from helpers.pages import unit_table
from workflow.units import scripts

FOLDERS = "unit_data"  # in the folder of a build: one for each network
NETWORK = "network.json"  # in the folder of a network: what the list says of it
LIST = "networks.js"  # the page loads it first


def bind(source: Path, target: Path, *, repository: str = "") -> None:
    """Put the folders of networks and the list of them into ``target``; only what changed is copied.

    repository: the address of the sources, which citations of units end with; empty if it is not known.

    Folders without a description are of networks that are not here, and are left out. Nothing is done where there is no
    ``source``: a book without this explorer.
    """
    if not source.is_dir():
        return
    listed = sorted(source.glob(f"*/{NETWORK}"), key=lambda path: _rank(path.parent.name))
    target.mkdir(parents=True, exist_ok=True)
    for stale in target.iterdir():
        if stale.name not in {path.parent.name for path in listed} and stale.is_dir():
            shutil.rmtree(stale)
    for described in listed:
        _copied(described.parent, target / described.parent.name)
    networks = [json.loads(path.read_text("utf-8")) | {"repository": repository} for path in listed]
    scripts.write(target / LIST, "networks", networks)


def _rank(name: str) -> tuple[bool, bool, str]:
    return name != "googlenet", name.startswith("narrow"), name  # the network with most to show comes first


def _copied(source: Path, target: Path) -> None:
    """Make a folder hold the same files; those of one size and time are the same."""
    target.mkdir(exist_ok=True)
    wanted = {path.name: path for path in source.iterdir() if path.is_file() and not path.name.startswith(".")}
    for apart in (NETWORK, unit_table.FILE):  # both come together with those of other networks
        wanted.pop(apart, None)
    for stale in target.iterdir():
        if stale.name not in wanted:
            stale.unlink()
    for name, path in wanted.items():
        now, own = path.stat(), target / name
        if not own.exists() or (own.stat().st_size, own.stat().st_mtime_ns) != (now.st_size, now.st_mtime_ns):
            shutil.copy2(path, own)
