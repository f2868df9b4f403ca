"""Run some of the combinations of a sweep, one after the other, in forks of one process that has imported everything.

``python -m workflow.sweep_batch SWEEP REPORT --first 0 --last 19 --build _build`` makes the runs 0 to 19 of those in
the sweep's file. Each run has a folder of its own, ``<sweep>/runs/<key>``, with its executed notebook, results and
log. A run that is finished, and was made by the same code with the same inputs, is kept. A run that fails does not stop
the others: the report says of every run how it ended.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from helpers.errors import BadInput
from workflow import warm
from workflow.run_folder import RunFolder, sha256, write_json


def state_of(page: Any, inputs: Iterable[Path], **settings: Any) -> str:
    """A digest of everything that the results of a run depend on besides its parameters.

    page: the page (``helpers.pages.sources.Page``).
    inputs: the files that runs of the page read.
    settings: the settings of the build, by name.
    """
    from workflow import dependencies

    assets = os.environ.get("HELPERS_ASSETS", "") if dependencies.ask_for_assets(page) else ""
    parts = [dependencies.of_page(page), dependencies.of_claims(page), assets, settings, *map(sha256, inputs)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def run(folder: RunFolder, parameters: dict[str, Any], *, state: str, source: Path, settings: dict[str, Any]) -> int:
    """Make one run in this process; returns its exit status. What it prints goes to its log."""
    from workflow import forked
    from workflow.execute import attempt
    from workflow.one_at_a_time import locked

    waiting = f"The run {folder.key} is being made already; waiting for its end."
    kernel = forked.prepared_kernel() if warm.POSSIBLE else nullcontext()
    with kernel, locked(folder.path / ".run.lock", waiting):
        if folder.is_finished(state):
            return 0
        with folder.log.open("wb") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        folder.record.unlink(missing_ok=True)
        status = attempt(source, folder.executed, folder=folder.path, parameters=parameters, threads=1, **settings)
        if status == 0:
            folder.finish(parameters, state)
        else:
            folder.results.unlink(missing_ok=True)
            folder.executed.unlink(missing_ok=True)
    return status


def ended(status: int, folder: RunFolder) -> str:
    """Why a run failed, from the exit status of its process; empty if it did not."""
    if status == 0:
        return ""
    if status < 0:
        return f"The process was killed by the signal {signal.Signals(-status).name}."
    return folder.why_failed() or "The run failed without a word."


def make(
    sweep: Any, wanted: range, *, runs: Path, state: str, common: dict[str, Any], settings: dict[str, Any]
) -> list[dict[str, Any]]:
    """Make some runs of a sweep; returns for each of them its key, its parameters and why it failed.

    sweep: the sweep (``helpers.pages.sweeps.Sweep``).
    wanted: the numbers of the runs.
    runs: the folder of all runs of the sweep.
    state: the digest of the sources; see ``state_of``.
    common: parameters of all runs, unless the sweep gives others.
    settings: what else ``workflow.execute.execute`` takes.
    """
    from helpers.pages import sources, sweeps

    page = sources.read(sweep.page)
    report = []
    ready = False
    for given in (sweep.runs[number] for number in wanted):
        folder = RunFolder(runs / sweeps.key_of(sweep.page, given))
        failed = ""
        if not folder.is_finished(state):
            if not ready:
                _warm_up(page.code)
                ready = True
            make_one = partial(run, folder, common | given, state=state, source=page.source, settings=settings)
            failed = ended(_in_a_fork(make_one), folder)
        print(f"{folder.key} {json.dumps(given)}: {failed or 'finished'}", flush=True)
        report.append({"run": folder.key, "parameters": given, "failed": failed})
    return report


def _warm_up(code: str) -> None:
    from workflow import (
        execute,  # noqa: F401  # each run needs it
        forked,
    )

    if warm.POSSIBLE:
        forked.warm_up([code])


def _in_a_fork(task: Callable[[], int]) -> int:
    """Run a task in a fork and wait; returns its exit status. The fork ends when this process is told to end."""
    from workflow import forked

    child = forked.Child(forked.fork(task))
    try:
        return child.wait() or 0
    except BaseException:
        child.kill()
        raise


def _stop(*_: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run some of the combinations of a sweep.")
    parser.add_argument("sweep", type=Path)
    parser.add_argument("report", type=Path)
    parser.add_argument("--runs", type=Path, required=True, help="the folder of all runs of the sweep")
    parser.add_argument("--first", type=int, required=True)
    parser.add_argument("--last", type=int, required=True)
    parser.add_argument("--build", type=Path, required=True, help="the folder of everything made")
    parser.add_argument("--limit", type=float, required=True, help="how many minutes a run may take")
    parser.add_argument("--scale", required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--inputs", type=Path, nargs="*", default=[], help="the files that the page reads")
    given = parser.parse_args()
    os.environ |= warm.ONE_THREAD  # before anything that computes is imported
    signal.signal(signal.SIGTERM, _stop)
    try:
        _make_all(given)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:  # no permission, no space
        print(f"{error.filename or given.runs}: {error.strerror or error}.", file=sys.stderr)
        return 1
    return 0


def _make_all(given: argparse.Namespace) -> None:
    from helpers.pages import sources, sweeps

    sweep = sweeps.read(given.sweep)
    common = {"scale": given.scale, "device": given.device}
    report = make(
        sweep,
        range(given.first, given.last + 1),
        runs=given.runs,
        state=state_of(sources.read(sweep.page), given.inputs, **common),
        common=common,
        settings={"build": given.build, "limit": given.limit},
    )
    write_json(given.report, report)


if __name__ == "__main__":
    sys.exit(main())
