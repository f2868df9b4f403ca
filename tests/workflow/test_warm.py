"""Jobs that are forks of a process which has imported everything."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.pages.repository import REPOSITORY
from workflow import warm, warm_server

pytestmark = pytest.mark.skipif(not warm.POSSIBLE, reason="only Linux lets a fork use what its parent has loaded")

# Each module prints what process it is in, and does as its name says.
MODULES = {
    "greets": "print(os.getppid(), os.environ['GREETING'], sys.argv[1:], os.getcwd(), sys.stdin.read()); return 3",
    "asks": "argparse.ArgumentParser().parse_args(['--what'])",
    "kills": "os.kill(os.getpid(), signal.SIGKILL)",
    "waits": "open('begun', 'w').close(); time.sleep(60)",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the modules lie, of which the server knows by PYTHONPATH."""
    where = tmp_path_factory.mktemp("a folder")
    for name, code in MODULES.items():
        text = f"import argparse, os, signal, sys, time\ndef main():\n    {code}\n"
        (where / f"warm_{name}.py").write_text(f"{text}if __name__ == '__main__':\n    raise SystemExit(main())\n")
    return where


@pytest.fixture(scope="module")
def environment(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{folder}:{REPOSITORY}")
        patch.setenv("GREETING", "hello")
        patch.chdir(REPOSITORY)
        with warm_server.started():
            yield dict(os.environ)


def asked(environment, module, *arguments, cwd, **options):
    command = [sys.executable, "-m", "workflow.warm", module, *arguments]
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def test_a_job_has_the_input_output_folder_environment_and_status_of_its_own_process(environment, tmp_path):
    warm_one = asked(environment, "warm_greets", "a b", "--c", cwd=tmp_path)
    own = {name: value for name, value in environment.items() if name != warm.ADDRESS}
    cold = asked(own, "warm_greets", "a b", "--c", cwd=tmp_path)
    answers = [each.communicate("input")[0].split(" ", 1) for each in (warm_one, cold)]
    assert warm_one.returncode == cold.returncode == 3
    assert answers[0][1] == answers[1][1] == f"hello ['a b', '--c'] {tmp_path} input\n"
    assert answers[1][0] == str(os.getpid()) != answers[0][0]


@pytest.mark.parametrize(("module", "status", "says"), [("warm_asks", 2, "unrecognized"), ("warm_kills", 137, "")])
def test_a_job_that_is_refused_or_killed_says_so_and_others_go_on(environment, tmp_path, module, status, says):
    job = asked(environment, module, cwd=tmp_path)
    assert says in job.communicate()[1] and job.returncode == status
    after = asked(environment, "warm_greets", cwd=tmp_path)
    assert "hello" in after.communicate("")[0]


def test_a_module_that_is_not_there_fails_as_it_does_without_the_server(environment, tmp_path):
    job = asked(environment, "warm_nothing", cwd=tmp_path)
    assert "No module named 'warm_nothing'" in job.communicate()[1] and job.returncode == 1


def test_a_name_that_is_no_stage_is_named_by_the_job(environment, tmp_path):
    job = asked(environment, "workflow.stage", "nonsense", "--like", "no/page", "--build", ".", cwd=tmp_path)
    assert "no/page" in job.communicate()[1] and job.returncode == 1
    after = asked(environment, "warm_greets", cwd=tmp_path)
    assert "hello" in after.communicate("")[0]


def test_a_job_ends_with_the_process_that_asked_for_it(environment, tmp_path):
    job = asked(environment, "warm_waits", cwd=tmp_path)
    begun = tmp_path / "begun"
    while not begun.exists():
        time.sleep(0.01)
    job.send_signal(signal.SIGKILL)
    job.communicate()
    end = time.monotonic() + 10
    while _in(tmp_path) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _in(tmp_path)


def _in(folder: Path) -> list[str]:
    """The processes whose working folder this is."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if each.readlink() == folder:
                found.append(each.parent.name)
        except OSError:
            continue
    return found


def test_without_a_server_at_the_address_a_job_runs_by_itself(environment, tmp_path):
    job = asked(environment | {warm.ADDRESS: str(tmp_path / "gone")}, "warm_greets", cwd=tmp_path)
    assert "hello" in job.communicate("")[0] and job.returncode == 3
