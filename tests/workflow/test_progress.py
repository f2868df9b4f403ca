"""What a build says: from recorded events, and from a real Snakemake with a Snakefile of small shell commands."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from helpers.pages.repository import REPOSITORY
from workflow import durations
from workflow.build import said
from workflow.durations import Durations
from workflow.one_at_a_time import locked
from workflow.progress import Failure, Progress, duration

SNAKEFILE = """
BUILD = config["build"]

rule book:
    input: f"{BUILD}/page", f"{BUILD}/other"
    output: f"{BUILD}/html"
    message: "the book"
    shell: "touch {output}"

rule stage:
    output: f"{BUILD}/stage"
    log: f"{BUILD}/logs/stage.log"
    message: "study/nets (stage)"
    shell: "touch {output}"

rule page:
    input: f"{BUILD}/stage"
    output: f"{BUILD}/page"
    log: f"{BUILD}/logs/page.log"
    message: "study/01_page"
    shell: "cat cell > {log}; test ! -s cell; touch {output}"

rule other:
    output: f"{BUILD}/other"
    log: f"{BUILD}/logs/other.log"
    message: "study/02_other"
    shell: "echo $$ > pid; sleep $(cat seconds); touch {output}"
"""
LEFT = re.compile(r" \d+ s, less than 1 min left$")
SECONDS = re.compile(r" \d+ s$")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.json"
    path.write_text(json.dumps({"laptop": {"stage": 300, "page": 60, "other": 60, "book": 120}}))
    return path


@pytest.fixture
def progress(tmp_path, table):
    return Progress(Durations(tmp_path, "laptop", table=table), cores=2)


def plan(progress, **counts):
    progress.take({"event": "graph", "needs": [["page", "stage"], ["book", "page"], ["book", "other"]], "time": 0})
    return progress.take({"event": "plan", "counts": counts, "time": 0})


def start(job, rule, name, now):
    return {"event": "start", "job": job, "rule": rule, "name": name, "time": now}


def end(job, now):
    return {"event": "end", "job": job, "time": now}


def test_a_line_when_a_job_starts_and_one_when_it_ends(progress):
    assert plan(progress, stage=1, page=1, other=8, book=1) == "11 to do, about 8 min"
    said = [
        progress.take(event)
        for event in [
            start(7, "stage", "study/nets (stage)", 0),
            start(3, "other", "study/02_other", 0),
            end(3, 61.4),
            end(7, 300),
            start(5, "page", "study/01_page", 300),
        ]
    ]
    assert said == [
        "[ 1/11] study/nets (stage) …",
        "[ 2/11] study/02_other …",
        # 300 - 61.4 of the stage, then page, seven others of 61.4 each and the book: 849 s on two cores
        "[ 2/11] study/02_other: 61 s, about 7 min left",
        "[ 1/11] study/nets (stage): 300 s, about 5 min left",
        "[ 3/11] study/01_page …",
    ]


def test_the_last_line_says_no_time_left(progress):
    plan(progress, book=1)
    progress.take(start(0, "book", "the book", 0))
    assert progress.take(end(0, 130)) == "[1/1] the book: 130 s"


def test_time_left_is_work_shared_by_cores(progress):
    plan(progress, other=5)
    assert progress.left(0) == 5 * 60 / 2
    progress.take(start(1, "other", "study/02_other", 0))
    assert progress.left(20) == (4 * 60 + 40) / 2
    assert progress.left(90) == 4 * 60 / 2  # longer than expected: it may end at any moment


def test_time_left_is_at_least_the_longest_chain(progress):
    plan(progress, stage=1, page=1, other=1, book=1)
    assert progress.left(0) == 300 + 60 + 120
    progress.take(start(1, "stage", "study/nets (stage)", 0))
    assert progress.left(100) == 200 + 60 + 120
    progress.take(end(1, 250))
    assert progress.left(250) == 60 + 120


def test_a_job_that_never_ran_takes_the_mean(progress):
    plan(progress, stage=1, other=1, new=2)
    assert progress.left(0) == (300 + 60 + 2 * 180) / 2


def test_no_estimate_where_nothing_ran_before(tmp_path, table):
    progress = Progress(Durations(tmp_path, "paper", table=table), cores=1)
    assert plan(progress, stage=1, page=1) == "2 to do"
    progress.take(start(1, "stage", "study/nets (stage)", 0))
    assert progress.take(end(1, 120)) == "[1/2] study/nets (stage): 120 s, about 2 min left"


def test_minutes_and_hours():
    assert [duration(s) for s in (10, 40, 1260, 7800)] == [
        "less than 1 min",
        "about 1 min",
        "about 21 min",
        "about 2 h 10 min",
    ]


def test_durations_are_kept_by_scale_and_the_last_one_counts(tmp_path, table):
    Durations(tmp_path, "laptop", table=table).record("stage", 12.34)
    Durations(tmp_path, "smoke", table=table).record("stage", 1)
    laptop = Durations(tmp_path, "laptop", table=table)
    assert (laptop.of("stage"), laptop.of("page"), laptop.of("nothing")) == (12.3, 60, None)
    assert durations.read(tmp_path / "durations.json") == {"laptop": {"stage": 12.3}, "smoke": {"stage": 1}}


def test_spoilt_durations_stop_no_build(tmp_path, table):
    (tmp_path / "durations.json").write_text('{"laptop": {')
    assert Durations(tmp_path, "laptop", table=table).of("stage") == 300


def test_the_table_takes_the_scales_of_builds(tmp_path, table, monkeypatch):
    Durations(tmp_path, "smoke", table=table).record("stage", 1)
    monkeypatch.setattr(durations, "TABLE", table)
    monkeypatch.setattr(sys, "argv", ["durations", str(tmp_path)])
    kept = durations.read(table)
    durations.main()
    assert durations.read(table) == {"smoke": {"stage": 1}, **kept}


def test_the_repositorys_table_knows_every_page():
    pages = {f"execute_{p.parent.name}_{p.stem}" for p in (REPOSITORY / "notebooks").glob("*/[0-9]*.py")}
    for scale in ("laptop", "smoke"):
        assert pages <= set(durations.read(durations.TABLE)[scale])


def test_what_a_failed_job_said_is_its_log_or_else_the_error_of_snakemake(tmp_path):
    log = tmp_path / "page.log"
    silent = Failure("study/01_page", [log], "Command died with SIGKILL.")
    assert said(silent) == "study/01_page failed.\nCommand died with SIGKILL."
    log.write_text("".join(f"line {n}\n" for n in range(205)))
    shown = said(silent).splitlines()
    assert shown[:2] == [f"(5 lines before these: {log})", "line 5"]
    assert shown[-1] == "line 204"


@pytest.fixture
def folder(tmp_path):
    """The small Snakefile; its page says what stands in the file ``cell`` and fails if that is not empty."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "cell").touch()
    (tmp_path / "seconds").write_text("0")
    return tmp_path


def build(folder):
    options = ["--cores", "2", "--build", "_build/x", "--scale", "none", "book"]  # no table has this scale
    command = [sys.executable, "-m", "workflow.build", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored where tests run in the background
        **pipes,
    )


def test_a_failure_is_shown_last_and_a_later_build_goes_on(folder):
    (folder / "cell").write_text(
        "\nnotebooks/study/01_page.py: cell 3 failed:\n\n1 / 0\n\nZeroDivisionError: division\n"
    )
    (folder / "seconds").write_text("2")  # still runs when the page fails
    failed = build(folder)
    said, error = failed.communicate()
    assert failed.returncode == 1
    assert error == "\nnotebooks/study/01_page.py: cell 3 failed:\n\n1 / 0\n\nZeroDivisionError: division\n"
    lines = said.splitlines()
    assert lines[0] == "4 to do"
    assert lines[-2].endswith("study/01_page: failed after 0 s; 1 still running")
    assert re.fullmatch(r"\[\d/4\] study/02_other: \d s", lines[-1])
    assert "rule page:" in (folder / "_build/x/build.log").read_text()

    (folder / "cell").write_text("")
    said, error = build(folder).communicate()
    assert error == ""
    lines = said.splitlines()
    assert lines[0] == "2 to do"
    assert lines[1::2] == ["[1/2] study/01_page …", "[2/2] the book …"]
    assert LEFT.search(lines[2])
    assert SECONDS.search(lines[4])
    assert set(durations.read(folder / "_build/x/durations.json")["none"]) == {"stage", "page", "other", "book"}

    assert build(folder).communicate() == ("Nothing to do: everything is up to date.\n", "")


def test_a_fault_of_the_snakefile_reaches_the_person(folder):
    (folder / "Snakefile").write_text('raise WorkflowError("The scale is wrong.")\n')
    ended = build(folder)
    said, error = ended.communicate()
    assert ended.returncode == 1
    assert said == ""
    assert error == "\nSnakemake could not go on (its log: _build/x/build.log):\nThe scale is wrong.\n"


def alive(pid):
    """Whether the process runs: one that has ended may still wait for somebody to take note."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_jobs_end_with_the_build(folder, stop):
    (folder / "seconds").write_text("600")
    stopped = build(folder)
    pid = folder / "pid"
    until(lambda: pid.exists() and pid.read_text().strip())
    stopped.send_signal(stop)
    said, error = stopped.communicate()
    assert error == ""
    if stop == signal.SIGINT:
        assert stopped.returncode == 130
        assert said.endswith("\n\nStopped. The same command goes on from here.\n")
    until(lambda: not alive(int(pid.read_text())))
    assert not (folder / "_build/x/html").exists()


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


HOMELESS = {
    "no home": {"HOME": "/nonexistent"},
    "a home that cannot be written": {"HOME": "/proc"},
    "a cache that cannot be written": {"XDG_CACHE_HOME": "/proc/cache"},
    "a cache that is not absolute": {"XDG_CACHE_HOME": "~/cache"},
    "no temporary folder": {"TMPDIR": "/nonexistent"},
}


SLOW = ("a home that cannot be written", "a cache that is not absolute")  # ways that the others come near to


@pytest.mark.parametrize("what", [pytest.param(what, marks=[pytest.mark.slow] * (what in SLOW)) for what in HOMELESS])
def test_a_build_needs_no_home_and_no_folder_of_the_persons(folder, monkeypatch, what):
    for name, value in HOMELESS[what].items():
        monkeypatch.setenv(name, value)
    said, error = build(folder).communicate()
    assert error == ""
    (variable,) = HOMELESS[what]
    (sentence,) = [line for line in said.splitlines() if line.startswith(f"{variable} is ")]
    assert f"taken instead: {folder}/_build/x/.home/{variable.lower()}." in sentence
    assert (folder / "_build/x/html").exists()
    assert not (folder / "~").exists()


def test_a_build_beside_another_one_says_that_it_waits(folder):
    (folder / "_build").mkdir()
    with locked(folder / "_build/.lock", ""):
        second = build(folder)
        assert second.stdout.readline() == "Another build is running in this folder; waiting for its end.\n"
    said, error = second.communicate()
    assert error == ""
    assert "4 to do" in said


@pytest.mark.parametrize("content", ["", "[]", '{"none": 3}', '{"none": {"page": "long"}}', "\x00"])
def test_durations_that_are_damaged_are_no_durations(tmp_path, content):
    (tmp_path / "durations.json").write_text(content)
    assert durations.read(tmp_path / "durations.json") == {}


def test_a_build_folder_that_is_a_file_is_named(folder):
    (folder / "_build").touch()
    _, error = build(folder).communicate()
    assert error.count("\n") == 1 and "The build cannot go on: " in error and "_build" in error
