"""What a cluster is told: the profile, and memory and time of every job. A sweep there gives what one here gives."""

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.errors import BadInput
from helpers.pages import sources
from helpers.pages.repository import REPOSITORY
from workflow import build, job_resources

PLUGIN = "snakemake_executor_plugin_slurm"
SLURM = shutil.which("sinfo") and subprocess.run(["sinfo"], check=False, capture_output=True).returncode == 0
NEEDS_SLURM = pytest.mark.skipif(
    not (SLURM and importlib.util.find_spec(PLUGIN)), reason="needs a running Slurm and snakemake-executor-plugin-slurm"
)


@pytest.fixture
def plain(tmp_path, monkeypatch):
    """A working folder and an interpreter whose paths a cluster can have, wherever this checkout lies."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")


@pytest.mark.usefixtures("plain")
def test_a_profile_is_found_by_name_or_path(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "find_spec", lambda name: object())
    own = build._profile("slurm")
    assert (own / "config.yaml").is_file()
    assert build._profile(str(own)) == own
    with pytest.raises(BadInput, match="no profile slurn; known are slurm, and folders"):
        build._profile("slurn")
    with pytest.raises(BadInput, match="no profile"):
        build._profile(str(tmp_path))


@pytest.mark.usefixtures("plain")
def test_an_executor_that_is_not_installed_is_named_with_its_remedy(tmp_path):
    (tmp_path / "config.yaml").write_text("executor: no-such\n")
    with pytest.raises(BadInput, match="-m pip install snakemake-executor-plugin-no-such"):
        build._profile(str(tmp_path))


@pytest.mark.parametrize("name", ["my work", "it's", "a;b", "$(x)"])
def test_a_folder_that_a_cluster_cannot_have_is_named(tmp_path, monkeypatch, name):
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / name)
    with pytest.raises(BadInput, match="On a cluster Snakemake needs a path of plain letters"):
        build._profile("slurm")


@pytest.mark.usefixtures("plain")
def test_a_build_on_a_cluster_leaves_the_number_of_jobs_to_the_profile(monkeypatch):
    monkeypatch.setattr(build, "find_spec", lambda name: object())
    given = argparse.Namespace(scale="smoke", device="auto", build=Path("_build"), limit=None, profile="slurm")
    vars(given).update(at_once=None, cores=2, sweep=None, targets=["book"], publish=False, repository=None)
    arguments = build._arguments(given, 3)
    assert arguments[arguments.index("--workflow-profile") + 1].endswith("profiles/slurm")
    assert "--cores" not in arguments
    given.profile = None
    arguments = build._arguments(given, 3)
    assert arguments[arguments.index("--cores") + 1] == "3"
    assert 'at_once= "2" #' in arguments


def test_every_page_and_stage_has_a_measured_time():
    for page in sources.every():
        for rule in (f"execute_{page.name}", *(f"stage_{stage}" for stage in page.stages)):
            for scale in ("smoke", "laptop"):
                assert job_resources.seconds(rule.replace("/", "_"), scale), rule
    assert job_resources.minutes("execute_probing_01_what_is_active", "paper") == job_resources.UNKNOWN
    one, many = (job_resources.minutes("execute_probing_01_what_is_active", "laptop", times=n) for n in (1, 10))
    assert 10 < one < many < 10 * one


def test_a_gpu_is_asked_for_only_where_the_device_is_one():
    assert job_resources.gpu("cuda") == job_resources.gpu("cuda:1") == {"gpu": 1}
    assert job_resources.gpu("auto") == job_resources.gpu("cpu") == {}


@pytest.mark.slow
@NEEDS_SLURM
def test_a_sweep_on_slurm_gives_the_table_of_a_local_one(tmp_path):
    file = tmp_path / "s.yml"
    file.write_text("page: net_fragments/01_ten_digits_nine_lines\nparameters:\n  seed: [1, -5, 2]\n")
    for name, where in {"slurm": ["--profile", "slurm", "--at-once", "2"], "local": ["--cores", "1"]}.items():
        command = [sys.executable, "-m", "workflow.build", "--build", tmp_path / name, "--scale", "smoke"]
        command = [*map(str, command), "--sweep", str(file), *where]
        ended = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
        assert ended.returncode == 1
        assert re.search(r"1 of 3 runs failed;.*\n  seed = -5: ParameterError: ", ended.stderr)
    for name in ("table.csv", "runs.csv", "plot.png"):
        assert (tmp_path / "slurm/sweeps/s" / name).read_bytes() == (tmp_path / "local/sweeps/s" / name).read_bytes()
