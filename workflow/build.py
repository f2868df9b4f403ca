"""Make the book or a sweep, and say so to a person: ``python -m workflow.build --build _build``.

Snakemake does the work (see Snakefile); what it says itself, and a job's output that no log of its own takes, goes to
``build.log`` in the build's folder. One build at a time runs in this checkout; a second one waits.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NoReturn

from workflow.durations import Durations
from workflow.progress import Failure, Progress

LOCK = Path("_build/.lock")  # one for all build folders: they share Snakemake's notes
LONGEST = 200  # lines of a failed job's output that are shown


def make(arguments: list[str], *, log: Path, progress: Progress) -> int:
    """Run Snakemake with these arguments and print the progress; gives the exit code, 0 if all is made.

    log: the file of Snakemake's lines.
    """
    with locked(LOCK) as lock, log.open("w", encoding="utf-8") as lines:
        child = subprocess.Popen(
            [sys.executable, "-m", "workflow.snakemake_events", *arguments],
            stdin=subprocess.PIPE,  # a lifeline: it ends with this process, however this process ends
            stdout=subprocess.PIPE,
            stderr=lines,
            text=True,
            start_new_session=True,  # a Ctrl-C comes to this process alone, and it stops the others
            pass_fds=[lock.fileno()],  # as long as Snakemake lives, no other build starts
        )
        assert child.stdout is not None
        try:
            for event in child.stdout:
                if line := progress.take(json.loads(event)):
                    print(line, flush=True)
            code = child.wait()
        except KeyboardInterrupt:
            print("\nStopped. The same command goes on from here.", flush=True)
            code = 128 + signal.SIGINT
        finally:
            _stop(child)
    return code


def _stop(child: subprocess.Popen[Any]) -> None:
    """End Snakemake and its jobs, if they have not ended; a second Ctrl-C kills them at once."""
    assert child.stdin is not None
    child.stdin.close()
    with suppress(KeyboardInterrupt):
        child.wait()  # it kills itself if its jobs do not stop
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


@contextmanager
def locked(path: Path) -> Iterator[IO[str]]:
    """Wait until no other build holds the lock, and hold it. It goes when its holder does, even if that is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another build is running in this folder; waiting for its end.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def said(failure: Failure) -> str:
    """What a failed job said: its log, or what Snakemake knows if it left none."""
    text = "\n".join(path.read_text("utf-8", errors="replace") for path in failure.logs if path.is_file()).strip()
    if not text:
        return f"{failure.name} failed.\n{failure.error}".strip()
    shown = text.splitlines()[-LONGEST:]
    cut = text.count("\n") + 1 - len(shown)
    return "\n".join([f"({cut} lines before these: {failure.logs[0]})"] * bool(cut) + shown)


def reason(progress: Progress, log: Path) -> str:
    """Why a build failed: what its failed jobs said, or, if none failed, what Snakemake did."""
    if progress.failures:
        return "\n\n".join(map(said, progress.failures))
    last = progress.errors or log.read_text("utf-8", errors="replace").splitlines()[-20:]
    return "\n".join([f"Snakemake could not go on (its log: {log}):", *last])


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the book, a sweep, or any file that a rule makes.")
    parser.add_argument("targets", nargs="*", default=["book"], help="rules or files; the book unless named")
    parser.add_argument("--build", type=Path, default=Path("_build"), help="the folder of everything made")
    parser.add_argument("--scale", default="laptop")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--sweep", type=Path, metavar="FILE", help="make the table and the plot of this sweep instead")
    given = parser.parse_args()
    config = [f"scale={given.scale}", f"device={given.device}", f"build={given.build}"]
    targets = given.targets
    if given.sweep:
        config.append(f"sweep={given.sweep}")
        targets = [f"{given.build}/sweeps/{given.sweep.stem}/table.csv"]
    options = ["--nolock", "--cores", str(given.cores), "--rerun-incomplete"]
    for stop in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, _interrupt)
    progress = Progress(Durations(given.build, given.scale), given.cores)
    log = given.build / "build.log"
    try:
        given.build.mkdir(parents=True, exist_ok=True)
        code = make([*options, "--config", *config, "--", *targets], log=log, progress=progress)
    except OSError as error:  # no permission, no space
        print(f"The build cannot go on: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # while it waits for another build
        return 128 + signal.SIGINT
    if code == 0 and not progress.total:
        print("Nothing to do: everything is up to date.", flush=True)
    elif code not in (0, 128 + signal.SIGINT):
        print(f"\n{reason(progress, log)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
