"""A file to deposit: all results of a build, with what is needed to read, check and cite them.

``python -m workflow.passing_on.archive --build _build`` writes ``_build/archive/what-neurons-learn-results-….zip``. The
same results give the same bytes. It holds no picture, no photograph and no executed notebook.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from helpers.atomic_files import atomic_write
from helpers.errors import BadInput
from helpers.pages import results as results_file
from helpers.pages import sources
from helpers.pages.repository import REPOSITORY
from workflow import unit_files
from workflow.passing_on import archive_readme, certificate, citation, source_address
from workflow.rule_history import CACHE, History
from workflow.scorecard import records
from workflow.scorecard.records import ReportedPage, Results

SUMS, ZENODO = "SHA256SUMS", ".zenodo.json"
_NAME = "what-neurons-learn-results"
_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP file can say; the commit tells when
_SCHEMA = Path(results_file.__file__).with_name("results.schema.json")


class ArchiveError(BadInput):
    """There is nothing to put into an archive, or not all of it."""


def write(
    build: Path, *, pages: Sequence[str], sweeps: Sequence[str] = (), root: Path = REPOSITORY, repository: str = ""
) -> Path:
    """Write the archive of a build; returns its file.

    build: the folder of everything made, with the ``results`` of every page.
    pages: the names of all pages of the book, in its order.
    sweeps: the names of the sweeps that these pages show. Others that lie in the build are not of the book.
    root: the folder of the checkout, for the history of the rules and the files of the sweeps.
    repository: the address of the source repository; empty if it is not known.

    Pages of different commits, or of a checkout with changes, are archived as they are; the README says so.
    Raises ArchiveError if results of a page or the table of a sweep are missing, and BadInput for damaged results. Then
    nothing is written.
    """
    found = _results(build, pages)
    tables = {name: content for sweep in sweeps for name, content in _sweep(sweep, build, root).items()}
    files = contents(found, build, tables, root=root, repository=repository)
    commits = {page["commit"] or "unknown" for page in found}
    commit = citation.commit_in_words(commits.pop()).replace(" ", "-") if len(commits) == 1 else "several-commits"
    name = f"{_NAME}-{citation.read()['version']}-{commit}"
    target = build / "archive" / f"{name}.zip"
    with atomic_write(target) as partial:
        partial.write_bytes(packed(files, folder=name))
    return target


def _results(build: Path, pages: Sequence[str]) -> list[Results]:
    paths = {page: build / "results" / page / "results.json" for page in pages}
    missing = [page for page, path in paths.items() if not path.is_file()]
    if len(missing) == len(pages):
        raise ArchiveError(f"There are no results in {build}; `make book` makes them.")
    if missing:
        raise ArchiveError(f"The results of {', '.join(missing)} are not in {build}; `make book` makes them.")
    return [results_file.read(path) for path in paths.values()]


def _sweep(name: str, build: Path, root: Path) -> dict[str, bytes]:
    """The table of a sweep, and the file that says what was run."""
    table = build / "sweeps" / name / "table.csv"
    if not table.is_file():
        raise ArchiveError(f"The table of the sweep {name} is not in {build}; `make book` makes it.")
    file = f"sweeps/{name}"
    return {f"{file}.csv": table.read_bytes(), f"{file}.yml": (root / f"{file}.yml").read_bytes()}


def contents(
    found: Sequence[Results], build: Path, sweeps: Mapping[str, bytes], *, root: Path, repository: str
) -> dict[str, bytes]:
    """The files of the archive by their names; sweeps: those of the sweeps."""
    studies = dict.fromkeys(page["page"].split("/")[0] for page in found)
    history = History(root.resolve(), cache=build / CACHE)
    fixed = {study: history.fixed(study) for study in studies}
    reported = [records.reported(_study(page), page, fixed[_study(page)]) for page in found]
    proof = certificate.content(found, build / "stages")
    units = unit_files.files(unit_files.of_book(found, build))
    texts = {
        "README.md": archive_readme.text(proof, units=bool(units), sweeps=bool(sweeps), repository=repository),
        ZENODO: json.dumps(citation.zenodo(repository=repository), indent=1, ensure_ascii=False) + "\n",
        certificate.FILE: certificate.as_json(found, build / "stages"),
        "results.schema.json": _SCHEMA.read_text("utf-8"),
        **records.files(reported),
        **{f"verdicts/{study}.csv": _verdicts(study, reported) for study in studies},
    }
    files = {name: text.encode() for name, text in texts.items()} | units | dict(sweeps)
    files |= {f"results/{page}.json": _bytes(build, page) for page in (page["page"] for page in found)}
    files |= {name: (REPOSITORY / name).read_bytes() for name in ("LICENSE", citation.FILE.name)}
    return files | {SUMS: _sums(files)}


def _study(page: Results) -> str:
    return str(page["page"]).split("/")[0]


def _bytes(build: Path, page: str) -> bytes:
    return (build / "results" / page / "results.json").read_bytes()


def _verdicts(study: str, pages: Sequence[ReportedPage]) -> str:
    """The table of a study's verdicts: a line for each claim, in the order of its pages."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["page", "claim", "kind", "where", "verdict", "statement"])
    for _, group in groupby(pages, key=lambda page: page.results["page"]):
        for claim in (claim for page in group for claim in page.claims if claim["study"] == study):
            table.writerow([claim["page"], *(claim[name] for name in ("id", "kind", "where", "verdict", "statement"))])
    return text.getvalue()


def _sums(files: Mapping[str, bytes]) -> bytes:
    """What ``sha256sum --check`` reads."""
    lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    return "".join(lines).encode()


def packed(files: Mapping[str, bytes], *, folder: str) -> bytes:
    """A ZIP file of these files in a folder; the same files give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _MOMENT)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3  # as on Unix, wherever it is made
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return content.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the archive of the results of a build, for a deposit.")
    parser.add_argument("--build", type=Path, default=Path("_build"), help="the folder of everything made")
    parser.add_argument("--repository", default="", help="the address of the source repository")
    given = parser.parse_args()
    try:
        address = source_address.checked(given.repository)
        every = sources.every()
        sweeps = dict.fromkeys(page.sweep for page in every if page.sweep)
        target = write(given.build, pages=[page.name for page in every], sweeps=list(sweeps), repository=address)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The archive cannot be written: {error.filename or given.build}: {error.strerror}.", file=sys.stderr)
        return 1
    print(f"The archive: {target} ({target.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
