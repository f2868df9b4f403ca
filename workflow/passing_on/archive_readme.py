"""The README of the archive: what each file is, and what the reader has to know of this build."""

from __future__ import annotations

from typing import Any

from workflow.passing_on import certificate_page, citation

_FILES = """\
| File | What it is |
| --- | --- |
| `claims.json`, `claims.csv` | every claim of the book with its measurement, its rule and its verdict |
| `claims.schema.json` | what the fields of a claim mean |
| `verdicts/STUDY.csv` | the verdicts of a study, a line for each claim |
| `results/STUDY/PAGE.json` | what one page measured: claims, measurements, parameters, inputs with digests, versions |
| `results.schema.json` | the form of these files |
{units}{sweeps}| `certificate.json` | commit, machine, weights, images, what was run and how long it took |
| `SHA256SUMS` | the digest of every other file; `sha256sum --check SHA256SUMS` compares them |
| `.zenodo.json`, `CITATION.cff` | how to describe a deposit of these files, and how to cite the book |
| `LICENSE` | under what conditions they may be used |
"""
_UNITS = """\
| `units.parquet` | a row for each unit of the networks of the book (`pandas.read_parquet`) |
| `units.schema.json` | what its columns hold |
"""
_SWEEPS = """\
| `sweeps/SWEEP.csv` | a page run over values of its parameters: a line for each run, seed and value measured |
| `sweeps/SWEEP.yml` | which page, and over which values |
"""


def text(certificate: dict[str, Any], *, units: bool, sweeps: bool, repository: str = "") -> str:
    """The README in Markdown.

    certificate: the content of ``certificate.json``.
    units, sweeps: whether there is a table of units, and whether there are tables of sweeps.
    repository: the address of the source repository; empty if it is not known.
    """
    pages = certificate["pages"]
    commits = [citation.commit_in_words(group["commit"]) for group in certificate["commits"]]
    claims = sum(page["claims"] for page in pages)
    warnings = _warnings(certificate)
    warnings += [f"Pages differ in {one}." for one in certificate_page.differences(certificate)]
    of = f"Version {certificate['version']}. {len(pages)} pages with {claims} claims, of commit {', '.join(commits)}.\n"
    return "\n".join(
        [
            f"# {certificate['title']}: results\n",
            of,
            *([f"The source: {repository}\n"] if repository else []),
            *([f"- {warning}" for warning in warnings] + [""] if warnings else []),
            "The archive holds numbers and texts alone: no picture, no photograph and no executed notebook.\n",
            _FILES.format(units=_UNITS if units else "", sweeps=_SWEEPS if sweeps else ""),
        ]
    )


def _warnings(certificate: dict[str, Any]) -> list[str]:
    said = []
    if any("+" in group["commit"] for group in certificate["commits"]):
        said.append("Tracked files differed from the commit when pages ran (“with changes”).")
    if any(group["scale"] == "smoke" for group in certificate["scales"]):
        said.append("Scale smoke only shows that pages run: its numbers judge nothing.")
    return said
