"""Build the book or a sweep and report the progress: ``python -m workflow.build --build _build``.

Snakemake does the work (see Snakefile). Its own output goes to ``build.log`` in the build's folder, and so does the
output of jobs that have no log. Only one build at a time runs in this checkout; a second one waits.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import nullcontext, suppress
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from helpers import yaml_files
from helpers.errors import BadInput
from helpers.pages import sweeps
from helpers.user_paths import shown
from workflow import dates, run_folder, surroundings, warm, warm_server
from workflow.durations import Durations
from workflow.limits import minutes
from workflow.one_at_a_time import locked
from workflow.passing_on import source_address
from workflow.progress import Failure, Progress

LOCK = Path("_build/.lock")  # one for all build folders, since they share Snakemake's records
_FRAME = re.compile(r'  File "|\w+ in file ".*", line \d+:$')  # where in the code: the log has it
LONGEST = 200  # the largest number of lines shown of a failed job's output


def make(arguments: list[str], *, log: Path, progress: Progress) -> int:
    """Run Snakemake and print the progress; returns the exit code, which is 0 if everything was made.

    arguments: Snakemake's arguments.
    log: the file for Snakemake's own output.
    progress: receives the events and gives the lines to print.
    """
    with (
        locked(LOCK, "Another build is running in this folder; waiting for its end.") as lock,
        log.open("w", encoding="utf-8") as lines,
    ):
        child = subprocess.Popen(
            [sys.executable, "-m", "workflow.snakemake_events", *arguments],
            stdin=subprocess.PIPE,  # it closes when this process ends, in whatever way; then Snakemake stops
            stdout=subprocess.PIPE,
            stderr=lines,
            text=True,
            start_new_session=True,  # Ctrl-C reaches only this process, which stops the others
            pass_fds=[lock],  # no other build starts while Snakemake is alive
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
    """Stop Snakemake and its jobs if they still run; a second Ctrl-C kills them at once."""
    assert child.stdin is not None
    child.stdin.close()
    with suppress(KeyboardInterrupt):
        child.wait()  # Snakemake kills itself if its jobs do not stop
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def said(failure: Failure) -> str:
    """The output of a failed job: its log, or Snakemake's message if there is no log."""
    text = "\n".join(path.read_text("utf-8", errors="replace") for path in failure.logs if path.is_file()).strip()
    if not text:
        return f"{failure.name} failed.\n{failure.error}".strip()
    shown = text.splitlines()[-LONGEST:]
    cut = text.count("\n") + 1 - len(shown)
    return "\n".join([f"({cut} lines before these: {failure.logs[0]})"] * bool(cut) + shown)


def reason(progress: Progress, log: Path) -> str:
    """Why a build failed: the output of its failed jobs or, if no job failed, Snakemake's messages."""
    if progress.failures:
        return "\n\n".join(map(said, progress.failures))
    last = progress.errors or log.read_text("utf-8", errors="replace").splitlines()[-20:]
    shown = [line for error in last for line in error.splitlines() if not _FRAME.match(line)]
    return "\n".join([f"Snakemake could not go on (its log: {log}):", *shown])


def _arguments(given: argparse.Namespace, cores: int) -> list[str]:
    """Snakemake's arguments for what the command line asks; raises BadInput for what it cannot have."""
    config = {"scale": given.scale, "device": given.device, "build": str(given.build)}
    config |= {"limit": str(given.limit)} if given.limit else {}
    config |= {"thumbnails": "no"} if given.publish else {}
    if given.repository:
        source = source_address.Source.of(given.repository, given.branch)
        config |= {"repository": source.address, "branch": source.branch}
    # The other scheduler starts a solver of integer programs whenever a job ends; here priorities say what comes first.
    options = ["--nolock", "--rerun-incomplete", "--scheduler", "greedy"]
    if given.profile:
        options += ["--workflow-profile", str(_profile(given.profile))]
    else:
        options += ["--cores", str(cores)]
    if at_once := given.at_once or (None if given.profile else given.cores):
        config["at_once"] = str(at_once)
    targets = given.targets
    if given.sweep:
        folder = _folder(given)
        run_folder.forget_damaged(folder)
        config["sweep"] = str(given.sweep)
        targets = [f"{folder}/complete", f"{folder}/table.csv"]
        options.append("--keep-going")
    # Snakemake reads values as YAML; as JSON all of them are texts. The blank and the # keep it from stripping quotes.
    return [*options, "--config", *(f"{name}= {json.dumps(value)} #" for name, value in config.items()), "--", *targets]


def _folder(given: argparse.Namespace) -> Path:
    return Path(given.build / "sweeps" / sweeps.read(given.sweep).name)


def _profile(name: str) -> Path:
    """The folder of a profile, from its name or path."""
    for path in (sys.executable, str(Path.cwd())):
        if shlex.quote(path) != path:  # Snakemake writes the scripts of its jobs without quotes
            raise BadInput(
                f"On a cluster Snakemake needs a path of plain letters, digits and . _ - /, and this one is "
                f"{shown(path)}; clone the repository into another folder."
            )
    own = Path(__file__).with_name("profiles")
    for folder in (own / name, Path(name)):
        if (folder / "config.yaml").is_file():
            _check_plugin(folder / "config.yaml")
            return folder
    known = ", ".join(sorted(folder.name for folder in own.iterdir()))
    raise BadInput(f"There is no profile {shown(name)}; known are {known}, and folders with a file config.yaml.")


def _check_plugin(profile: Path) -> None:
    """Refuse a profile whose executor is not installed."""
    content = yaml_files.read(profile)
    executor = content.get("executor", "local") if isinstance(content, dict) else "local"
    if find_spec(f"snakemake_executor_plugin_{str(executor).replace('-', '_')}") is None and executor != "local":
        package = f"snakemake-executor-plugin-{executor}"
        raise BadInput(f"{profile} needs {package}: {sys.executable} -m pip install {package}")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the book, a sweep, or any file that a rule makes.")
    parser.add_argument("targets", nargs="*", default=["everything"], help="rules or files; the book unless named")
    parser.add_argument("--build", type=Path, default=Path("_build"), help="the folder of everything made")
    parser.add_argument("--scale", default="laptop")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--limit", type=minutes, help="how many minutes a page or a stage may take")
    parser.add_argument("--sweep", type=Path, metavar="FILE", help="make the table and the plot of this sweep instead")
    parser.add_argument("--at-once", type=int, help="into how many batches a sweep is at least divided")
    parser.add_argument("--publish", action="store_true", help="a book without images that must not be published")
    parser.add_argument("--repository", help="the address of the repository, for links from the book into its sources")
    parser.add_argument("--branch", default="main", help="the branch to which these links lead")
    parser.add_argument("--profile", help="compute on a cluster: a folder, or the name of one in workflow/profiles")
    given = parser.parse_args()
    # One job more than there are cores: at smoke scale a page is mostly start-up, and often waits for its kernel.
    cores = given.cores + (given.scale == "smoke")
    try:
        arguments = _arguments(given, cores)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 1
    for stop in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, _interrupt)
    progress = Progress(Durations(given.build, given.scale), cores)
    log = given.build / "build.log"
    try:
        given.build.mkdir(parents=True, exist_ok=True)
        for sentence in chain(surroundings.prepare(given.build), dates.correct(given.build)):
            print(sentence, flush=True)
        stamp = given.build / "html" / ".built"
        if stamp.exists() and not stamp.with_name("index.html").is_file():
            stamp.unlink()  # somebody deleted the book: bind it again
        # At smoke scale all jobs have one thread, and importing takes longer than computing.
        fork_jobs = warm.POSSIBLE and given.scale == "smoke" and not given.profile
        with warm_server.started() if fork_jobs else nullcontext():
            code = make(arguments, log=log, progress=progress)
    except OSError as error:  # no permission, no space
        print(f"The build cannot go on: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # during the wait for another build
        return 128 + signal.SIGINT
    if code == 0 and not progress.total:
        print("Nothing to do: everything is up to date.", flush=True)
    elif given.sweep and code == 0:
        print(f"The table and the plot: {_folder(given)}/")
    elif code not in (0, 128 + signal.SIGINT):
        print(f"\n{reason(progress, log)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
