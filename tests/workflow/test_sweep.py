"""A sweep's runs: forks that give what a run alone gives, and a failure that touches no other run."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import pandas as pd
import pytest

from helpers.pages import sources, sweeps
from helpers.pages.repository import REPOSITORY
from workflow import sweep
from workflow.run_folder import RunFolder, forget_damaged, write_json

PAGE = "net_fragments/01_ten_digits_nine_lines"
SLOW = pytest.mark.slow
UNLIKE = ("seconds", "peak_memory_mb")  # of two runs that are the same


def batch(folder, file, last):
    """The command that makes the runs up to the last one of a sweep."""
    options = ["--runs", folder / "runs", "--first", "0", "--last", last, "--build", folder, "--limit", "5"]
    options += ["--scale", "smoke", "--device", "auto", "--inputs", "requirements.lock"]
    command = [sys.executable, "-m", "workflow.sweep_batch", file, folder / "batches/0.json", *options]
    return [str(part) for part in command]


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """The folder of a sweep of three runs, one of them bad, and its report."""
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "s.yml").write_text(f"page: {PAGE}\nparameters:\n  seed: [1, '$(touch x) -5', 2]\n  device: [cpu]\n")
    subprocess.run(batch(folder, folder / "s.yml", 2), cwd=REPOSITORY, check=True, capture_output=True)
    return folder


def test_a_bad_run_fails_alone_and_says_why(swept):
    report = json.loads((swept / "batches/0.json").read_text())
    assert [bool(entry["failed"]) for entry in report] == [False, True, False]
    assert report[1]["failed"].startswith("ParameterError: Parameter seed is the text '$(touch x) -5'; allowed is")
    folders = [RunFolder(swept / "runs" / entry["run"]) for entry in report]
    assert [folder.is_finished() for folder in folders] == [True, False, True]
    assert sorted(path.name for path in folders[1].path.iterdir() if path.name[0] != ".") == ["log.txt"]
    assert not (REPOSITORY / "notebooks/net_fragments/x").exists()


def test_a_fork_gives_what_a_process_of_its_own_gives(swept, tmp_path):
    command = [sys.executable, "-m", "workflow.execute", f"notebooks/{PAGE}.py", tmp_path / "executed.ipynb"]
    command += ["--folder", tmp_path, "--build", tmp_path, "-p", "scale=smoke", "-p", "device=cpu", "-p", "seed=1"]
    subprocess.run(list(map(str, command)), cwd=REPOSITORY, check=True, capture_output=True)
    forked = swept / "runs" / sweeps.key_of(PAGE, {"seed": 1, "device": "cpu"})
    alone, fork = (json.loads((folder / "results.json").read_text()) for folder in (tmp_path, forked))
    assert {k: v for k, v in alone.items() if k not in UNLIKE} == {k: v for k, v in fork.items() if k not in UNLIKE}
    pages = [nbformat.read(folder / "executed.ipynb", as_version=4) for folder in (tmp_path, forked)]
    assert [c.get("outputs", [])[:-1] for c in pages[0].cells] == [c.get("outputs", [])[:-1] for c in pages[1].cells]
    assert [c.source for c in pages[0].cells] == [c.source for c in pages[1].cells]


def test_a_resumed_batch_makes_only_what_is_missing_failed_or_damaged(swept):
    before = {path: path.stat().st_mtime_ns for path in swept.glob("runs/*/results.json")}
    damaged = max(before)
    damaged.write_text(damaged.read_text() + " ")
    ended = subprocess.run(batch(swept, swept / "s.yml", 2), cwd=REPOSITORY, check=True, capture_output=True, text=True)
    after = {path: path.stat().st_mtime_ns for path in swept.glob("runs/*/results.json")}
    assert {path for path in after if after[path] != before[path]} == {damaged}
    assert ended.stdout.count("finished") == 2
    assert ended.stdout.count("ParameterError") == 1


def running(text):
    """The processes whose command line has this text."""
    found = subprocess.run(["pgrep", "-f", text], check=False, capture_output=True, text=True)
    return set(map(int, found.stdout.split())) - {os.getpid()}


@pytest.mark.parametrize(
    "stop",
    [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=SLOW), pytest.param(signal.SIGINT, marks=SLOW)],
)
def test_a_stopped_batch_leaves_no_process_for_long(tmp_path, stop):
    (tmp_path / "s.yml").write_text(f"page: {PAGE}\nparameters:\n  seed: [2, 3]\n")
    begun = subprocess.Popen(
        batch(tmp_path, tmp_path / "s.yml", 1),
        cwd=REPOSITORY,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored where tests run in the background
    )
    end = time.monotonic() + 60
    while not list(tmp_path.glob("runs/*/.running-executed")) and time.monotonic() < end:
        time.sleep(0.02)
    assert begun.poll() is None
    begun.send_signal(stop)
    assert begun.wait() != 0
    assert not (tmp_path / "batches/0.json").exists()
    while running(str(tmp_path)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not running(str(tmp_path))


def entries(folder, failures):
    """A sweep with a run per failure, the empty text for none, and its report."""
    found = []
    for number, failed in enumerate(failures):
        run = RunFolder(folder / "runs" / f"run{number}")
        if not failed:
            results = {"parameters": {"seed": number, "device": "cpu"}, "seeds": [0], "claims": []}
            write_json(run.results, results | {"measurements": {"m": {"values": [float(number)]}}})
            run.executed.write_text("{}")
            run.finish({"seed": number}, "state")
        found.append({"run": run.key, "parameters": {"seed": number, "device": "$a$"}, "failed": failed})
    write_json(folder / "batches/0.json", found)
    return [folder / "batches/0.json"]


def one(seeds):
    combinations = pd.DataFrame({"seed": list(range(seeds)), "device": ["$a$"] * seeds}, dtype=object)
    return sweeps.Sweep(name="s", page=PAGE, combinations=combinations, with_page=False)


def test_the_table_is_made_of_the_finished_runs_and_all_are_listed(tmp_path):
    reports = entries(tmp_path, ["", "Too loud.", ""])
    sweep.collect(one(3), reports, folder=tmp_path, page=None)
    table = pd.read_csv(tmp_path / "table.csv")
    assert (
        table[["seed", "device", "value"]].to_numpy().tolist() == [[0, "$a$", 0.0], [0, "$a$", 2.0]] or len(table) == 2
    )
    listed = pd.read_csv(tmp_path / "runs.csv", keep_default_na=False)
    assert listed["failed"].tolist() == ["", "Too loud.", ""]
    said = sweep.complete(tmp_path, reports)
    assert said.startswith("1 of 3 runs failed;")
    assert "seed = 1, device = '$a$': Too loud." in said
    assert not reports[0].exists()  # the next build makes this batch again


def planned(build_folder, file):
    """The rules that the next build of a sweep would run."""
    options = ["--nolock", "--dry-run", "--cores", "1", "--quiet", "host"]
    config = ["--config", "scale=smoke", f"build={build_folder}", f"sweep={file}", "--", "sweep"]
    command = [sys.executable, "-m", "snakemake", *options, *config]
    plan = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"^(sweep_\w+) +\d+$", plan, flags=re.MULTILINE))


@pytest.mark.slow  # the smoke build makes a sweep, and what is damaged is told from what is not in the tests below
@pytest.mark.parametrize("fault", ["failed", "damaged"])
def test_snakemake_makes_a_batch_again_with_the_table_after_it(tmp_path, fault):
    file, folder = tmp_path / "s.yml", tmp_path / "build/sweeps/s"
    file.write_text(f"page: {PAGE}\nparameters:\n  seed: [{1 if fault == 'damaged' else -5}]\n")
    command = [
        sys.executable,
        "-m",
        "workflow.build",
        "--build",
        tmp_path / "build",
        "--scale",
        "smoke",
        "--sweep",
        file,
    ]
    ended = subprocess.run(list(map(str, command)), cwd=REPOSITORY, check=False, capture_output=True, text=True)
    if fault == "failed":
        assert ended.returncode == 1
        assert "1 of 1 runs failed;" in ended.stderr
        assert (folder / "table.csv").exists()
    else:
        assert ended.returncode == 0, ended.stderr
        assert planned(tmp_path / "build", file) == set()
        next(folder.glob("runs/*/results.json")).unlink()
        forget_damaged(folder)
    assert planned(tmp_path / "build", file) == {"sweep_s_runs", "sweep_s_table", "sweep_s_complete"}


def test_a_sweep_without_failures_is_complete(tmp_path):
    reports = entries(tmp_path, ["", ""])
    sweep.collect(one(2), reports, folder=tmp_path, page=None)
    assert sweep.complete(tmp_path, reports) == ""
    assert reports[0].exists()


def test_a_sweep_whose_runs_all_failed_has_an_empty_table(tmp_path):
    reports = entries(tmp_path, ["No.", "No."])
    sweep.collect(one(2), reports, folder=tmp_path, page=None)
    assert pd.read_csv(tmp_path / "table.csv").empty
    assert (tmp_path / "plot.png").exists()
    assert sweep.complete(tmp_path, reports).startswith("2 of 2 runs failed;")


@pytest.mark.parametrize("fault", ["deleted", "damaged"])
def test_runs_that_are_gone_or_damaged_later_are_made_again(tmp_path, fault):
    reports = entries(tmp_path, ["", ""])
    forget_damaged(tmp_path)
    assert reports[0].exists()
    (tmp_path / "complete").touch()
    results = tmp_path / "runs/run1/results.json"
    results.unlink() if fault == "deleted" else results.write_text("{}")
    sweep.collect(one(2), reports, folder=tmp_path, page=None)
    assert "changed or deleted" in pd.read_csv(tmp_path / "runs.csv")["failed"].to_list()[1]
    forget_damaged(tmp_path)
    assert not reports[0].exists() and not (tmp_path / "complete").exists()


def test_every_page_can_be_imported_before_its_runs():
    """What a page imports starts no thread: a process with threads must not be forked."""
    page = sources.read(PAGE)
    code = "import threading\nfrom workflow import execute, forked\n"
    code += f"forked.warm_up([{page.code!r}])\nimport sys\nprint('torch' in sys.modules, threading.active_count())"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert ended.stdout.split() == ["True", "1"]
