"""The files around the code agree with it and with each other."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from sphinx_external_toc.parsing import parse_toc_yaml

from helpers.pages import sources
from workflow import locks

REPOSITORY = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
PROSE = ["README.md", "CONTRIBUTING.md", "book/how_to_rerun.md", "book/how_to_add_a_study.md"]


def read(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


def code(text: str) -> list[str]:
    """The code blocks and code spans of a Markdown text."""
    return [a or b for a, b in re.findall(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", text, flags=re.DOTALL)]


def test_environment_file_agrees_with_pyproject() -> None:
    *conda, pip = yaml.safe_load(read("environment.yml"))["dependencies"]
    python = next(entry for entry in conda if entry.startswith("python "))
    assert SpecifierSet(python.removeprefix("python ")) == SpecifierSet(PROJECT["requires-python"])
    assert pip["pip"][-1] == "--editable ."
    listed = {str(Requirement(entry)) for entry in pip["pip"][:-1]}
    assert listed == {str(Requirement(entry)) for entry in PROJECT["dependencies"]}


LOCKS = {"book": "requirements.lock", "dev": "requirements-dev.lock", "bench": "requirements-bench.lock"}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_file_is_whole_hashed_and_names_no_index(lock: str) -> None:
    held = locks.entries(read(LOCKS[lock]))  # every entry an exact version with hashes, and nothing else
    if lock != "book":
        held += locks.entries(read(LOCKS["book"]))
    wanted = PROJECT["dependencies"] if lock == "book" else PROJECT["optional-dependencies"][lock]
    for requirement in map(Requirement, wanted):
        versions = [entry.version for entry in held if entry.name == canonicalize_name(requirement.name)]
        assert versions, f"{requirement} is not in {LOCKS[lock]}"
        assert all(requirement.specifier.contains(version, prereleases=True) for version in versions), requirement


# Extras that no page, build or test needs: a reader adds them to an environment of their own.
ADDED_BY_READERS = {"timm", "cluster"}


def test_locks_agree_and_hold_only_what_comes_on_top() -> None:
    held = {lock: locks.entries(read(name)) for lock, name in LOCKS.items()}
    assert {path.name for path in [locks.BOOK, *locks.ON_TOP]} == set(LOCKS.values())
    assert set(PROJECT["optional-dependencies"]) - ADDED_BY_READERS == {
        path.stem.split("-")[1] for path in locks.ON_TOP
    }
    # one Python may have another version than the next, but no lock another one than the next
    for one, other in itertools.combinations(held.values(), 2):
        for name in {entry.name for entry in one} & {entry.name for entry in other}:
            versions = [{entry.version for entry in lock if entry.name == name} for lock in (one, other)]
            assert versions[0] == versions[1], name
    for lock in ("dev", "bench"):
        again = {entry.name for entry in held[lock]} & {entry.name for entry in held["book"]}
        restricted = {entry.name for entry in held["book"] if entry.machines}  # needed on more machines on top
        assert locks.above(held[lock], held["book"]) == held[lock] and again <= restricted


def test_installed_packages_agree_with_each_other() -> None:
    run = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_every_dependency_of_the_book_is_imported() -> None:
    """Or is a program, a part of one that is found by its name, or imported under a name that no statement can say."""
    used = {"ipykernel", "jupyter-book", "setuptools", "snakemake", "sphinx-mathjax-offline"}
    code = "\n".join(
        path.read_text("utf-8")
        for folder in ("helpers", "workflow", "notebooks")
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
    )
    imported = set(re.findall(r"^ *(?:import|from) (\w+)", code, flags=re.MULTILINE))
    for module, distributions in packages_distributions().items():
        if module in imported:
            used |= {canonicalize_name(name) for name in distributions}
    assert {canonicalize_name(Requirement(entry).name) for entry in PROJECT["dependencies"]} - used == set()


def test_no_file_names_this_machine_or_a_package_registry() -> None:
    # put together here, so that this file does not name them itself
    folders = "|".join(["work", "root", "home", "tmp"])
    hosts = "|".join(name.replace(".", r"\.") for name in ("pypi" + ".org", "python" + "hosted", "npmjs" + ".org"))
    forbidden = re.compile(rf"(?<![\w.}}/])/(?:{folders})/|{hosts}|index-url[ =]+\w+:|anaconda" + r"\.org")
    named = []
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for name in filter(None, tracked.stdout.split("\0")):
        path = REPOSITORY / name
        content = path.read_bytes() if path.is_file() else b""
        if b"\0" not in content:
            named += [f"{name}: {match.group()}" for match in forbidden.finditer(content.decode("utf-8"))]
    assert named == []


@pytest.mark.parametrize("name", [*PROSE, ".github/workflows/book.yml", ".ci/run"])
def test_make_targets_that_are_named_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), flags=re.MULTILINE))
    text = "\n".join(code(read(name))) if name.endswith(".md") else re.sub(r"#.*", "", read(name))
    named = set(re.findall(r"\bmake ([a-z]+)\b", text))
    assert named - targets == set()
    if name == "README.md":
        assert {"book", "test"} <= named


@pytest.mark.parametrize("name", PROSE[:3])
def test_papermill_commands_name_pages_and_their_parameters(name: str) -> None:
    for command in re.findall(r"papermill .*?(?=\n\S|$)", "\n".join(code(read(name))), flags=re.DOTALL):
        match = re.search(r"notebooks/(\w+/\d\d_\w+)\.ipynb", command)
        if match is None:  # papermill is spoken of, not called
            continue
        assert set(re.findall(r"-p (\w+) ", command)) <= set(sources.read(match[1]).defaults), command


def test_links_of_the_readme_lead_to_files() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", read("README.md") + read("CONTRIBUTING.md"))
    assert linked and [link for link in linked if not (REPOSITORY / link).is_file()] == []


def test_every_page_is_in_the_contents_under_its_study() -> None:
    listed = [name for name in parse_toc_yaml(REPOSITORY / "_toc.yml") if "/" in name]
    assert listed == [page.name for page in sources.every()]
    for study, pages in itertools.groupby(listed, key=lambda name: name.partition("/")[0]):
        assert list(pages) == sorted(name for name in listed if name.startswith(f"{study}/"))  # together, in order


def test_the_first_page_and_the_tour_lead_to_every_page_to_play_with() -> None:
    (played,) = (part["chapters"] for part in yaml.safe_load(read("_toc.yml"))["parts"] if part["caption"] == "Play")
    for name in ("book/index.md", "book/tour.md"):
        linked = set(re.findall(r"\]\(([^)#]+)\.md", read(name)))
        assert {page["file"] for page in played} - linked == set(), name


def test_citation_file_has_what_the_format_asks_for() -> None:
    citation = yaml.safe_load(read("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0" and citation["authors"][0]["name"]
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])
    assert read("LICENSE").startswith(f"{PROJECT['license']} License")


def test_the_changelog_begins_with_this_version() -> None:
    newest = re.search(r"^## \[(.+?)\]", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert newest and newest[1] == PROJECT["version"]


def test_pre_commit_runs_the_locked_versions() -> None:
    program = Path(sys.executable).with_name("pre-commit")
    subprocess.run([program, "validate-config", REPOSITORY / ".pre-commit-config.yaml"], check=True)
    locked = {entry.name: entry.version for name in LOCKS.values() for entry in locks.entries(read(name))}
    for repo in yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]:
        if "ruff" in repo["repo"]:
            assert repo["rev"] == f"v{locked['ruff']}"
        for hook in repo["hooks"]:
            for pin in hook.get("additional_dependencies", []):
                requirement = Requirement(pin)
                assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), pin
            assert not hook.get("entry", "").startswith(".venv"), "a hook has to run without the environment"


@pytest.mark.parametrize("name", ["book.yml", "weekly.yml"])
def test_workflows_call_targets_that_exist(name: str) -> None:
    jobs = yaml.safe_load(read(f".github/workflows/{name}"))["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    # "make lint types", and what .ci/run hands to make
    called = {word for command in commands for word in re.findall(r"(?<![\w.$=-])[a-z][a-z-]+(?![\w.=-])", command)}
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    assert called - {"make", "run", "matrix", "python", "vars", "laptop"} <= targets
    assert called & targets


@pytest.mark.parametrize("name", ["book.yml", "weekly.yml"])
def test_a_book_for_others_has_its_history_and_no_image_that_must_not_be_published(name: str) -> None:
    jobs = yaml.safe_load(read(f".github/workflows/{name}"))["jobs"].values()
    books = [(step["run"], job) for job in jobs for step in job["steps"] if "make book" in step.get("run", "")]
    assert books
    for command, job in books:
        assert "PUBLISH=yes" in command.split()
        (checkout,) = (step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
        assert checkout.get("with", {}).get("fetch-depth") == 0, "a shallow clone does not know when a rule was fixed"


@pytest.mark.parametrize(("recipe", "status"), [("echo 3 passed", 0), ("echo 1 failed | cat; exit 3", 2)])
def test_ci_script_ends_with_the_tests_and_their_status(tmp_path: Path, recipe: str, status: int) -> None:
    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)
    (tmp_path / ".ci").mkdir()
    shutil.copy(REPOSITORY / ".ci" / "run", tmp_path / ".ci")
    (tmp_path / "Makefile").write_text(f"test:\n\t@{recipe}\n")
    (tmp_path / "chromium").write_text("#!/bin/sh\n")  # found, so that nothing is installed here
    (tmp_path / "chromium").chmod(0o755)
    # a make above these tests must not tell the one below that it is nested
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run([tmp_path / ".ci" / "run"], capture_output=True, text=True, env=outside | path)
    assert run.returncode == status
    assert run.stdout.splitlines()[-1] == recipe.removeprefix("echo ").split(" |")[0]
    assert "set -euo pipefail" in read(".ci/run")
