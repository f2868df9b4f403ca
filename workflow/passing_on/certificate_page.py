"""The certificate of a build as a page of the book, in MyST Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from helpers.pages.formatting import number
from workflow.passing_on import citation
from workflow.passing_on.certificate import FILE

MARK = "<!-- certificate -->"  # stands for it in book/certificate.md

_IN_COLUMNS = ("scale", "seed", "seeds", "device")  # parameters that have a column of their own

Group = dict[str, Any]  # a value, and the pages that have it


def page(certificate: dict[str, Any]) -> str:
    """The page without its heading. certificate: the content of ``certificate.json``."""
    parts = [
        f"{_summary(certificate)}\n",
        f'<p><a href="{FILE}" download>{FILE}</a> holds all of this and more, for programs.</p>\n',
        "## What differs between pages\n",
        _differences(certificate),
        "## Software\n",
        _table("Software", ["Package", "Version"], _versions(certificate["software"])),
        "## Weights and images\n",
        "The digest is SHA-256 over the shapes, types and values of the tensors that were used, so that it does not\n"
        "depend on the form of a file.\n",
        _inputs(certificate),
        "## What was run\n",
        _table(
            "What was run",
            ["Page", "Scale", "Seeds", "Device", "Seconds", "Memory, MB", "Parameters of its own"],
            [_run(run) for run in certificate["pages"]],
        ),
        "## Stages\n",
        "A stage makes what takes long, before the pages that read it. The seconds are those of its last run, which\n"
        "reads what lay there already.\n",
        _table(
            "Stages",
            ["Stage", "Seconds", "Artefacts"],
            [[escape(s["stage"]), number(s["seconds"]), str(s["artefacts"])] for s in certificate["stages"]],
        )
        if certificate["stages"]
        else "No lists of stages lie beside these results.\n",
    ]
    return "\n".join(parts)


def _summary(certificate: dict[str, Any]) -> str:
    """The certificate in a few sentences."""
    pages, seconds = certificate["pages"], certificate["seconds"]
    commits = [citation.commit_in_words(group["commit"]) for group in certificate["commits"]]
    machines = [group["machine"] for group in certificate["machines"]]
    scales = ", ".join(group["scale"] for group in certificate["scales"])
    clean = not any("+" in group["commit"] for group in certificate["commits"])
    tree = "Tracked files were as committed." if clean else "Tracked files differed from a commit (“with changes”)."
    return (
        f"**{len(pages)} pages with {sum(run['claims'] for run in pages)} claims, at scale {scales}, of commit "
        f"{_listed(commits)}.** {tree} They ran on: {_listed([escape(name) for name in machines])}. The pages took "
        f"{_time(seconds['pages'])} in all, one after the other, and the stages {_time(seconds['stages'])}."
    )


def differences(certificate: dict[str, Any]) -> list[str]:
    """In which things the pages are not alike, a sentence each."""
    kinds = {"commits": "commit", "machines": "machine", "scales": "scale"}
    said = [_of_groups(name, certificate[key], name) for key, name in kinds.items()]
    said += [_of_groups(package, groups, "version") for package, groups in certificate["software"].items()]
    return [sentence for sentence in said if sentence]


def _of_groups(what: str, groups: Sequence[Group], key: str) -> str:
    """How many pages have the most frequent value, and which have others; nothing if all have the same."""
    if len(groups) < 2:
        return ""
    ordered = sorted(groups, key=lambda group: -len(group["pages"]))
    first, *others = [(_short(key, group[key]), group["pages"]) for group in ordered]
    rest = "; ".join(f"{value}: {', '.join(pages)}" for value, pages in others)
    return f"{what}: {first[0]} for {len(first[1])} pages; {rest}"


def _short(key: str, value: str) -> str:
    return citation.commit_in_words(value) if key == "commit" else value


def _differences(certificate: dict[str, Any]) -> str:
    said = differences(certificate)
    if not said:
        return "Nothing of what is recorded here: commit, machine, scale and versions are the same for all pages.\n"
    return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in said)}</ul>\n"


def _versions(software: dict[str, list[Group]]) -> list[list[str]]:
    return [[escape(name), escape(", ".join(g["version"] for g in groups))] for name, groups in software.items()]


def _inputs(certificate: dict[str, Any]) -> str:
    rows = [
        [kind, escape(one["name"]), escape(one["source"]), _digest(one["sha256"]), _places(one["pages"])]
        for kind in ("weights", "data")
        for one in certificate[kind]
    ]
    return _table("Weights and images", ["Kind", "Name", "Source", "SHA-256", "Read by"], rows) if rows else "None.\n"


def _digest(sha256: str) -> str:
    return f'<code title="{sha256}">{sha256[:16]}…</code>'


def _places(pages: Sequence[str]) -> str:
    """Links to pages; many of them are folded."""
    links = ", ".join(f'<a href="{escape(page)}.html">{escape(_number(page))}</a>' for page in pages)
    return links if len(pages) < 4 else f"<details><summary>{len(pages)} pages</summary>{links}</details>"


def _number(page: str) -> str:
    study, name = page.split("/")
    return f"{study.replace('_', ' ')} {int(name.split('_')[0])}" if name[:2].isdigit() else page


def _run(run: dict[str, Any]) -> list[str]:
    seeds = run["seeds"]
    own = [f"{name} = {value}" for name, value in run["parameters"].items() if name not in _IN_COLUMNS and value != ""]
    return [
        f'<a href="{escape(run["page"])}.html">{escape(_number(run["page"]))}</a>',
        run["scale"],
        str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}",
        escape(run["device"]),
        number(run["seconds"]),
        number(run["peak_memory_mb"]),
        escape(", ".join(own)),
    ]


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{'; '.join(texts[:-1])} and {texts[-1]}" if texts else "none"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column names the row, and which scrolls in itself on a phone. The cells are HTML."""
    names = "".join(f'<th scope="col">{name}</th>' for name in head)
    lines = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>' for first, *rest in rows
    )
    return (
        f'<div class="scrollable" role="region" aria-label="{title}" tabindex="0"><table class="table">'
        f"<thead><tr>{names}</tr></thead><tbody>{lines}</tbody></table></div>\n"
    )
