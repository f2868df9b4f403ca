"""What Snakemake must keep: an interrupted build continues, nothing finished runs twice, nothing is stale."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from helpers.pages.repository import REPOSITORY
from helpers.pages.runs import validate

SMOKE = REPOSITORY / "_build/smoke"


def snakemake(repository, build, *targets, dry=False):
    """The command of a smoke-scale build."""
    options = ["--cores", "1", "--nolock", "--rerun-incomplete", "--show-failed-logs", *(["--dry-run"] if dry else [])]
    config = ["--config", "scale=smoke", "device=auto", f"build={build}"]
    return [sys.executable, "-m", "snakemake", *options, *config, "--", *targets]


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def test_killed_build_continues_where_it_was(tmp_path):
    trained = tmp_path / "executed/jump_detection/02_multilayer_perceptrons.ipynb"
    reading = tmp_path / "executed/jump_detection/03_weights_and_activations.ipynb"
    command = snakemake(REPOSITORY, tmp_path, str(reading))
    build = subprocess.Popen(command, cwd=REPOSITORY, start_new_session=True, stderr=subprocess.DEVNULL)
    wait_for((reading.parent / f".running-{reading.stem}/page.ipynb").exists)  # the page has begun
    os.killpg(build.pid, signal.SIGKILL)
    build.wait()
    assert trained.exists()
    assert not reading.exists()
    before = trained.stat().st_mtime_ns

    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    assert trained.stat().st_mtime_ns == before, "a finished page was executed again"
    nbformat.validate(nbformat.read(reading, as_version=4))
    for path in tmp_path.glob("results/*/*/results.json"):
        validate(json.loads(path.read_text()))
    assert not list(tmp_path.rglob(".running-*"))
    assert not list(tmp_path.rglob(".results.json.*"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the repository with its smoke build, in which sources may be edited."""
    if not (SMOKE / "html/index.html").exists():
        pytest.fail("The book at smoke scale is not built; run `make smoke`.")
    target = tmp_path_factory.mktemp("copy")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in [*listed.stdout.split("\n"), *(str(p.relative_to(REPOSITORY)) for p in SMOKE.rglob("*"))]:
        if name and (REPOSITORY / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target / name)
    shutil.copytree(REPOSITORY / ".snakemake/metadata", target / ".snakemake/metadata")
    return target


def planned(copy: Path) -> str:
    """What a build in the copy would do, as Snakemake's dry run says it."""
    return subprocess.run(
        snakemake(copy, "_build/smoke", "book", dry=True),
        cwd=copy,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_nothing_changed_nothing_done(copy):
    assert "Nothing to be done" in planned(copy)


def test_an_edited_helper_reruns_only_the_pages_that_use_it(copy):
    helper = copy / "helpers/plots/scatter.py"
    original = helper.read_text()
    helper.write_text(original + "\n# edited\n")
    plan = planned(copy)
    helper.write_text(original)
    assert "execute_jump_detection_01_signals_and_filters" in plan
    assert "rule book" in plan or "book " in plan
    assert "execute_jump_detection_02" not in plan
    assert "execute_jump_detection_03" not in plan


def test_a_page_that_fails_stops_the_build_with_its_cell_and_error(copy):
    page = copy / "notebooks/jump_detection/01_signals_and_filters.py"
    page.write_text(page.read_text().replace("test = sample(", "test = no_such_function(", 1))
    (copy / "_build/smoke/html/index.html").unlink()
    ended = subprocess.run(
        snakemake(copy, "_build/smoke", "book"), cwd=copy, check=False, capture_output=True, text=True
    )
    assert ended.returncode != 0
    assert "test = no_such_function(" in ended.stderr
    assert "NameError: name 'no_such_function' is not defined" in ended.stderr
    assert not (copy / "_build/smoke/executed/jump_detection/01_signals_and_filters.ipynb").exists()
    assert not (copy / "_build/smoke/html/index.html").exists()
