"""A lock lasts as long as the last process that holds it, so an orphan never writes over newer results."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workflow import one_at_a_time
from workflow.one_at_a_time import locked

# A page that says which edition it is. It waits until its folder has a file "woken".
PAGE = """\
# %%
import os
import time
from pathlib import Path

folder = Path(os.environ["HELPERS_RUN_DIR"])
folder.mkdir(parents=True, exist_ok=True)
(folder / "begun-{edition}").touch()
while not Path("woken").exists():
    time.sleep(0.02)
(folder / "results.json").write_text("{edition}")
"""


def is_free(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_a_child_that_outlives_its_parent_holds_the_lock(tmp_path, wait_for):
    path = tmp_path / "a folder" / "lock"
    with locked(path, "") as lock:
        child = subprocess.Popen(["sleep", "60"], pass_fds=[lock])
        other = subprocess.Popen(["sleep", "60"])  # it inherits nothing
    assert not is_free(path)
    child.kill()
    child.wait()
    assert is_free(path)
    other.kill()
    other.wait()


def test_a_file_system_without_locks_stops_nobody(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(one_at_a_time.fcntl, "flock", refuse)
    with locked(tmp_path / "lock", ""):
        pass


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Starts a run of an edition of the page; its results are in the folder `results`."""
    monkeypatch.chdir(tmp_path)
    running = []

    def run(edition: int) -> subprocess.Popen[str]:
        Path("page.py").write_text(PAGE.format(edition=edition))
        command = [
            sys.executable,
            "-m",
            "workflow.execute",
            "page.py",
            "page.ipynb",
            "--folder",
            "results",
            "--build",
            ".",
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        running.append(process)
        return process

    monkeypatch.setenv("PYTHONPATH", str(Path(one_at_a_time.__file__).parents[1]))
    yield run
    for process in running:
        process.kill()
        process.wait()


def test_a_newer_run_of_a_page_waits_for_the_older_one_and_its_numbers_stay(page, wait_for):
    old = page(1)
    wait_for(Path("results/begun-1").exists)
    new = page(2)
    assert new.stdout is not None and "waiting for its end" in new.stdout.readline()
    Path("woken").touch()
    assert (old.wait(), new.wait()) == (0, 0)
    assert json.loads(Path("results/results.json").read_text()) == 2
    assert '"2"' in Path("page.ipynb").read_text().replace("\\", "")


def test_a_run_goes_on_once_the_orphaned_kernel_of_a_killed_one_has_ended(page, wait_for):
    killed = page(1)
    wait_for(Path("results/begun-1").exists)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    new = page(2)
    wait_for(Path("results/begun-2").exists)
    Path("woken").touch()
    assert new.wait() == 0
    assert json.loads(Path("results/results.json").read_text()) == 2
    assert not list(Path().glob(".running-*"))
