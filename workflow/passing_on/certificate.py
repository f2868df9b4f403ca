"""The certificate of a build: of which commit it is, on which machine it ran, with which inputs, and how long it took.

Everything comes from the ``results.json`` of the pages and from the lists of the stages' artefacts. There is no date in
it: the same build has the same certificate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workflow.passing_on import citation
from workflow.scorecard.records import Results

FILE = "certificate.json"
_UNKNOWN = "not recorded"


def content(found: Sequence[Results], stages: Path) -> dict[str, Any]:
    """The certificate as JSON values.

    found: the content of ``results.json`` of every page, in the book's order.
    stages: the folder of the stages, with the list ``STUDY/STAGE.json`` of each.
    """
    made = list(_stages(stages))
    return {
        "title": citation.read()["title"],
        "version": str(citation.read()["version"]),
        "commits": _grouped(found, lambda page: page["commit"] or _UNKNOWN, "commit"),
        "machines": _grouped(found, machine_in_words, "machine"),
        "scales": _grouped(found, lambda page: page["scale"], "scale"),
        "software": _software(found),
        "weights": _inputs(found, "weights"),
        "data": _inputs(found, "data"),
        "pages": [_run(page) for page in found],
        "stages": made,
        "seconds": {
            "pages": round(sum(page["seconds"] for page in found), 1),
            "stages": round(sum(stage["seconds"] for stage in made), 1),
        },
    }


def as_json(found: Sequence[Results], stages: Path) -> str:
    """The text of ``certificate.json``."""
    return json.dumps(content(found, stages), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def machine_in_words(page: Results) -> str:
    """The machine of a page: "2 cores of a NAME, 23.5 GiB, SYSTEM"; the GPU first where one computed."""
    machine: Mapping[str, Any] = page.get("machine", {})
    if not machine:
        return _UNKNOWN
    cores = f"{machine['cores']} cores" if machine["cores"] != 1 else "1 core"
    parts = [
        page["device"] if page["device"] != "cpu" else "",
        f"{cores} of {machine['processor']}" if machine.get("processor") else cores,
        f"{machine['memory_gib']} GiB of memory" if machine.get("memory_gib") else "",
        str(machine["system"]),
    ]
    return ", ".join(filter(None, parts))


def _grouped(found: Iterable[Results], key: Callable[[Results], str], name: str) -> list[dict[str, Any]]:
    """The pages of each value of a key, in the order in which the values come."""
    groups: dict[str, list[str]] = {}
    for page in found:
        groups.setdefault(key(page), []).append(page["page"])
    return [{name: value, "pages": pages} for value, pages in groups.items()]


def _software(found: Sequence[Results]) -> dict[str, list[dict[str, Any]]]:
    """The versions of each package; more than one where pages differ."""

    def version(name: str) -> Callable[[Results], str]:
        return lambda page: str(page["versions"].get(name, _UNKNOWN))

    names = dict.fromkeys(name for page in found for name in page["versions"])
    return {name: _grouped(found, version(name), "version") for name in names}


def _inputs(found: Iterable[Results], kind: str) -> list[dict[str, Any]]:
    """Each input once, with its digest and the pages that read it. kind: "weights" or "data"."""
    inputs: dict[tuple[str, str, str], list[str]] = {}
    for page in found:
        for one in page[kind]:
            readers = inputs.setdefault((one["name"], one["source"], one["sha256"]), [])
            if page["page"] not in readers:
                readers.append(page["page"])
    return [
        {"name": name, "source": source, "sha256": digest, "pages": pages}
        for (name, source, digest), pages in sorted(inputs.items())
    ]


def _run(page: Results) -> dict[str, Any]:
    kept = ("page", "title", "commit", "scale", "seeds", "device", "parameters", "seconds", "peak_memory_mb")
    return {name: page[name] for name in kept} | {"claims": len(page["claims"])}


def _stages(folder: Path) -> Iterable[dict[str, Any]]:
    """What each stage made; seconds: of its last run, which reads what lay there already, and of its parts."""
    for path in sorted(folder.glob("*/*.json")):
        listed = json.loads(path.read_text("utf-8"))
        yield {"stage": listed["stage"], "seconds": listed["seconds"], "artefacts": len(listed["made"])}
