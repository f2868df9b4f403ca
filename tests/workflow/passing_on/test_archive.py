"""The archive of a build: complete, checkable, the same for the same results, and without any picture."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from helpers.pages import sources
from helpers.pages.repository import REPOSITORY
from helpers.pages.results import ResultsError
from workflow.passing_on import archive
from workflow.passing_on.archive import ArchiveError, write

PAGES = ["one/01_a", "one/02_b"]


def opened(path):
    with zipfile.ZipFile(path) as file:
        return {name.partition("/")[2]: file.read(name) for name in file.namelist()}


def test_an_archive_has_what_it_says_and_is_the_same_again(make_results, build, tmp_path):
    folder = build(*map(make_results, PAGES))
    first = write(folder, pages=PAGES, root=tmp_path, repository="https://github.com/a/b")
    assert first.name.endswith("-aaaaaaaaaaaa.zip") and first.parent == folder / "archive"
    files, content = opened(first), first.read_bytes()
    assert write(folder, pages=PAGES, root=tmp_path, repository="https://github.com/a/b").read_bytes() == content
    sums = dict(line.split("  ")[::-1] for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert set(files) == {
        *("README.md", "LICENSE", "CITATION.cff", ".zenodo.json", "certificate.json", "results.schema.json"),
        *("claims.json", "claims.csv", "claims.schema.json", "verdicts/one.csv"),
        *(f"results/{page}.json" for page in PAGES),
    }
    assert json.loads(files[".zenodo.json"])["related_identifiers"][0]["identifier"] == "https://github.com/a/b"
    assert json.loads(files["results/one/01_a.json"])["page"] == "one/01_a"
    readme = files["README.md"].decode()
    assert "2 pages with 0 claims, of commit aaaaaaaaaaaa." in readme and "\n- " not in readme
    assert "units.parquet" not in readme, "these pages have no table of units"
    assert "sweeps/" not in readme, "nor do they show a sweep"


def test_the_tables_of_the_sweeps_that_pages_show_are_in_it(make_results, build, tmp_path):
    folder = build(*map(make_results, PAGES))
    for name, text in {"sweeps/shown.yml": "page: one/01_a\n", "sweeps/other/table.csv": "of a reader's own"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(ArchiveError, match="The table of the sweep shown is not in"):
        write(folder, pages=PAGES, sweeps=["shown"], root=tmp_path)
    (folder / "sweeps" / "shown").mkdir(parents=True)
    (folder / "sweeps" / "shown" / "table.csv").write_text("noise,value\n1,2\n")
    files = opened(write(folder, pages=PAGES, sweeps=["shown"], root=tmp_path))
    tables = {name: content for name, content in files.items() if name.startswith("sweeps/")}
    assert tables == {"sweeps/shown.csv": b"noise,value\n1,2\n", "sweeps/shown.yml": b"page: one/01_a\n"}
    assert b"`sweeps/SWEEP.csv`" in files["README.md"] and b"  sweeps/shown.csv\n" in files["SHA256SUMS"]


def test_the_archive_of_the_book_has_its_sweeps(tmp_path, monkeypatch):
    asked = {}
    monkeypatch.setattr(archive, "write", lambda build, **given: asked.update(given) or Path(__file__))
    monkeypatch.setattr(sys, "argv", ["archive", "--build", str(tmp_path)])
    assert archive.main() == 0
    shown = {page.sweep for page in sources.every()} - {None}
    assert shown and set(asked["sweeps"]) == shown
    assert all((REPOSITORY / "sweeps" / f"{name}.yml").is_file() for name in shown)


def test_pages_of_several_commits_are_archived_and_the_readme_says_so(make_results, build, tmp_path):
    pages = [make_results(PAGES[0]), make_results(PAGES[1], commit="b" * 40 + "+changes", scale="smoke")]
    target = write(build(*pages), pages=PAGES, root=tmp_path)
    assert target.name.endswith("-several-commits.zip")
    readme = opened(target)["README.md"].decode()
    for said in ("with changes", "Scale smoke only", "bbbbbbbbbbbb with changes: one/02_b"):
        assert said in readme


@pytest.mark.parametrize(
    ("there", "said"),
    [([], "There are no results in"), (PAGES[:1], "The results of one/02_b are not in")],
    ids=["nothing built", "a page missing"],
)
def test_what_is_not_whole_is_refused_in_one_sentence(make_results, build, tmp_path, there, said):
    folder = build(*map(make_results, there))
    with pytest.raises(ArchiveError) as error:
        write(folder, pages=PAGES, root=tmp_path)
    assert str(error.value).startswith(said) and "\n" not in str(error.value)
    assert not (folder / "archive").exists()


def test_damaged_results_are_refused(make_results, build, tmp_path):
    folder = build(*map(make_results, PAGES))
    (folder / "results" / PAGES[1] / "results.json").write_text("{")
    with pytest.raises(ResultsError, match="is damaged"):
        write(folder, pages=PAGES, root=tmp_path)


def test_the_program_ends_in_a_sentence(tmp_path):
    for arguments, said in ((["--build", tmp_path], "There are no results"), (["--repository", "x"], "REPOSITORY is")):
        command = [sys.executable, "-m", archive.__name__, *map(str, arguments)]
        run = subprocess.run(command, capture_output=True, text=True)
        assert (run.returncode, run.stderr.count("\n")) == (1, 1) and run.stderr.startswith(said)
