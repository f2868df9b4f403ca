"""What Snakemake must keep: an interrupted build continues, nothing finished runs twice, nothing is stale."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import nbformat
import pytest

from helpers.pages import sources
from helpers.pages.repository import REPOSITORY
from helpers.pages.results import validate
from workflow import dependencies

SMOKE = REPOSITORY / "_build/smoke"
NEEDS_SMOKE = pytest.mark.book("_build/smoke/html")
SLOW = pytest.mark.slow


# It sleeps, unless its folder has a file "woken".
SLEEPING = "import time\nfrom pathlib import Path\n\ntime.sleep(0 if Path('woken').exists() else 600)"


def test_killed_build_continues_where_it_was(stand_ins, snakemake, wait_for):
    names = ("91_first", "92_sleeping")
    copy = stand_ins(dict(zip(names, ("", SLEEPING), strict=True)))
    build = copy / "_build"
    first, sleeping = (build / f"executed/probing/{name}.ipynb" for name in names)
    command = snakemake("_build", str(sleeping.relative_to(copy)))
    running = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    begun = sleeping.parent / f".running-{sleeping.stem}/page.ipynb"
    wait_for(lambda: begun.exists() or running.poll() is not None)
    assert running.poll() is None, "the build ended before its second page had begun"
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert first.exists()
    assert not sleeping.exists()
    before = first.stat().st_mtime_ns

    (copy / "notebooks/probing/woken").touch()
    subprocess.run(command, check=True, capture_output=True)
    assert first.stat().st_mtime_ns == before, "a finished page was executed again"
    nbformat.validate(nbformat.read(sleeping, as_version=4))
    results = list(build.glob("results/*/*/results.json"))
    assert len(results) == 2
    for path in results:
        validate(json.loads(path.read_text()))
    assert not list(build.rglob(".running-*"))
    assert not list(build.rglob(".results.json.*"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory, copy_sources):
    """A copy of the repository with its smoke build, in which sources may be edited."""
    target = tmp_path_factory.mktemp("copy")
    copy_sources(target)
    shutil.copytree(SMOKE, target / SMOKE.relative_to(REPOSITORY))
    shutil.copytree(REPOSITORY / ".snakemake/metadata", target / ".snakemake/metadata")
    return target


@pytest.fixture(scope="module")
def planned(copy, snakemake):
    """Gives the rules that a build in the copy would run, as Snakemake's dry run says."""

    def rules() -> set[str]:
        plan = subprocess.run(
            snakemake("_build/smoke", "everything", more=("--dry-run",)),
            cwd=copy,
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(copy)},  # the copy's own code counts
        ).stdout
        return set(re.findall(r"^(\w+) +\d+$", plan, flags=re.MULTILINE)) - {"total", "everything"}

    return rules


@NEEDS_SMOKE
def test_nothing_changed_nothing_done(planned):
    assert planned() == set()


@NEEDS_SMOKE
@pytest.mark.parametrize(
    ("deleted", "rule"),
    [
        ("results/probing/01_what_is_active/results.json", "execute_probing_01_what_is_active"),
        pytest.param("executed/probing/01_what_is_active.ipynb", "execute_probing_01_what_is_active", marks=SLOW),
        ("stages/jump_detection/perceptrons.json", "stage_jump_detection_perceptrons"),
        pytest.param("html/.built", "book", marks=SLOW),
    ],
)
def test_what_was_deleted_from_a_finished_book_is_made_again(copy, planned, deleted, rule):
    path = copy / "_build/smoke" / deleted
    path.rename(path.with_suffix(".aside"))
    try:
        assert rule in planned()
    finally:
        path.with_suffix(".aside").rename(path)


def reading(modules: str) -> set[str]:
    """The rules of the pages whose code imports one of the modules, and of those that read their verdicts."""
    wanted = re.compile(modules)
    pages = {page.name for page in sources.every() if any(map(wanted.search, dependencies.files_of_page(page)))}
    pages |= {page.name for page in sources.every() if pages & set(page.reads)}
    return {f"execute_{name.replace('/', '_')}" for name in pages}


CLAIM = "  - id: fig-3-11.outside\n"  # of page 3 of jump detection, whose verdicts page 12 reads
OF_ONE_CLAIM = {"execute_jump_detection_03_weights_and_activations"}
OF_ONE_CLAIM |= {"execute_jump_detection_12_subpatterns_and_conclusions", "book"}
# What is edited, how, and what a build then runs. That docstrings are the API reference is why the book is bound again.
EDITS = {
    "a docstring of the claims module": ("helpers/pages/claims.py", '"""', '"""A new beginning. ', {"book"}),
    "the sentence of one claim": (
        "notebooks/jump_detection/claims.yml",
        "statement: ",
        "statement: Indeed, ",
        OF_ONE_CLAIM,
    ),
    "the rule of one claim": ("notebooks/jump_detection/claims.yml", "at_most: ", "at_most: 1", OF_ONE_CLAIM),
    "a plot function": (
        "helpers/plots/scatter.py",
        "size=(6.0, 5.0)",
        "size=(6.0, 4.0)",
        reading("plots/scatter") | {"book"},
    ),
    "a metric": (
        "helpers/metrics/selectivity.py",
        "> 1 - 1e-9",
        "> 1 - 1e-8",
        reading("metrics/selectivity") | {"book", "unit_data_googlenet_vgg16"},  # one of them measures units
    ),
    "a page's prose": (
        "notebooks/jump_detection/03_weights_and_activations.py",
        "# # Weights",
        "# # The weights",
        OF_ONE_CLAIM,
    ),
}


@NEEDS_SMOKE
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_runs_again_what_it_changes_and_no_stage(copy, planned, edit):
    name, old, new, expected = EDITS[edit]
    path = copy / name
    original = path.read_text()
    start = original.index(CLAIM) if name.endswith(".yml") else 0
    place = original.index(old, start)
    path.write_text(original[:place] + new + original[place + len(old) :])
    try:
        assert planned() == expected
    finally:
        path.write_text(original)
        os.utime(path, (0, 0))  # as old as it was: only its content counts


@NEEDS_SMOKE
def test_an_edit_of_a_training_routine_makes_its_stages_again(copy, planned):
    path = copy / "helpers/training/early_stopping.py"
    original = path.read_text()
    path.write_text(original + "\n_EDITED = True\n")
    try:
        stages = {rule for rule in planned() if rule.startswith("stage_")}
    finally:
        path.write_text(original)
    trained = {stage for page in sources.every() for stage in page.stages if stage.startswith("jump_detection/")}
    assert stages == {f"stage_{stage.replace('/', '_')}" for stage in trained}


@NEEDS_SMOKE
def test_a_page_that_fails_stops_the_build_with_its_cell_and_error(copy, snakemake):
    page = copy / "notebooks/jump_detection/01_signals_and_filters.py"
    page.write_text(page.read_text().replace("test = sample(", "test = no_such_function(", 1))
    (copy / "_build/smoke/html/index.html").unlink()
    ended = subprocess.run(snakemake("_build/smoke", "book"), cwd=copy, check=False, capture_output=True, text=True)
    assert ended.returncode != 0
    assert "test = no_such_function(" in ended.stderr
    assert "NameError: name 'no_such_function' is not defined" in ended.stderr
    assert not (copy / "_build/smoke/executed/jump_detection/01_signals_and_filters.ipynb").exists()
    assert not (copy / "_build/smoke/html/index.html").exists()


PAGE = "notebooks/probing/91_first.py"
CLAIMS = "notebooks/probing/claims.yml"
# What is edited, how, and the sentence with which a build then ends at once.
FAULTS = {
    "no parameters": (PAGE, 'tags=["parameters"]', "", "notebooks/probing/91_first.py has no cell of parameters"),
    "no page": ("_toc.yml", "91_first", "91_fist", "No page 'probing/91_fist': notebooks/probing/91_fist.py does not"),
    "a tab": ("_toc.yml", "parts:", "parts:\n\t", "_toc.yml is not YAML at line 4"),
    "claims that are none": (CLAIMS, "claims:", "claims: [", "claims.yml is not YAML at line"),
    "a claim of no page": (
        CLAIMS,
        "page: 01_what_is_active",
        "page: 09_nowhere",
        "is of the page 09_nowhere, which does",
    ),
}


def test_faults_of_sources_are_one_sentence_each(stand_ins):
    copy = stand_ins({"91_first": ""})
    for name, old, new, sentence in FAULTS.values():
        original = (copy / name).read_text()
        assert old in original
        (copy / name).write_text(original.replace(old, new))
        command = [sys.executable, "-m", "workflow.build", "--scale", "smoke"]
        ended = subprocess.run(command, capture_output=True, text=True)
        (copy / name).write_text(original)
        assert ended.returncode == 1
        head, said = ended.stderr.strip().split("\n")
        assert head == "Snakemake could not go on (its log: _build/build.log):"
        assert sentence in said
