"""A process that imports what pages and stages import, once, and forks for each of them (:mod:`workflow.warm`).

At smoke scale most of a page's time goes into importing. All jobs have one thread there: how many threads libraries
take is settled when they are imported, and a process that has several must not be forked.

For each job there are two forks: one waits for its end or that of the process that asked, the other is the job.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from workflow.warm import ADDRESS, ONE_THREAD

_IN_FUNCTIONS = "import pyarrow.parquet, scipy.cluster.hierarchy, scipy.stats"  # what pages import there
_PATIENCE = 5  # seconds that a job has for its end when it is told to stop


@contextmanager
def started() -> Iterator[None]:
    """Start the server, and name it in the environment; it stops at the end, or when this process does."""
    with tempfile.TemporaryDirectory() as folder:
        address = str(Path(folder) / "warm")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(address)
            listening.listen(64)  # who asks while something is imported waits
            server = subprocess.Popen(
                [sys.executable, "-m", "workflow.warm_server", str(listening.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[listening.fileno()],
                env=os.environ | ONE_THREAD,
                start_new_session=True,  # Ctrl-C reaches the build alone, which stops its jobs
            )
        os.environ[ADDRESS] = address
        try:
            yield
        finally:
            del os.environ[ADDRESS]
            assert server.stdin is not None
            server.stdin.close()
            server.wait()


def serve(listening: socket.socket) -> None:
    """Run what is asked for until standard input closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    while True:
        if 0 in _ready(listening, 0):
            return
        connection, _ = listening.accept()
        with connection, suppress(OSError, ValueError):  # whoever asked is gone
            _, inherited, *_ = socket.recv_fds(connection, 1, 3)
            order = json.loads(connection.makefile("rb").readline())
            _import_for(order["module"], order["arguments"])
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                listening.close()
                with suppress(OSError):
                    _supervise(connection, order, inherited)
                os._exit(0)
            for each in inherited:
                os.close(each)


def _import_for(module: str, arguments: list[str]) -> None:
    """Import what this job needs, once for all that come later. What cannot be imported is left to the job."""
    from helpers.pages import code_digest
    from workflow import forked

    codes = [f"import {module}"]
    if module == "workflow.execute":
        with suppress(OSError, UnicodeDecodeError):
            codes.append(Path(arguments[0]).read_text("utf-8"))
        codes.append(_IN_FUNCTIONS)
        _do_what_pages_do(Path(arguments[0]).resolve().with_name("claims.yml"))
    elif module == "workflow.stage":
        with suppress(OSError, SyntaxError, ValueError):  # what is no stage is left to the job
            stage = code_digest.stage_module(arguments[0])
            codes.append(f"import {stage}")
            code_digest.of_module(stage)  # files are read once for all stages
    forked.warm_up(codes)


def _do_what_pages_do(claims_file: Path) -> None:
    """What takes each page a second or two, and is kept for all: its study's claims, and the letters of figures."""
    from helpers.errors import BadInput
    from helpers.pages import claims

    _draw_once()
    with suppress(BadInput):  # is left to the page
        claims.entries(claims_file)


@cache
def _draw_once() -> None:
    """Draw a picture and a drawing."""
    from helpers.pages.display import figure_html
    from helpers.plots.style import panels

    figure, axes = panels(2, columns=2, size=(3, 2))
    axes[0].plot([0, 1], label="label")
    figure_html(figure, alt="", caption="", dpi=100)
    figure, axes = panels(1, columns=1, size=(3, 2))
    axes[0].imshow([[0, 1]])
    figure_html(figure, alt="", caption="", dpi=100)


def _supervise(connection: socket.socket, order: dict[str, Any], inherited: list[int]) -> None:
    """Run a job and report its exit status; stop it if whoever asked is gone."""
    from workflow import forked

    job = forked.Child(forked.fork(lambda: _job(order, inherited)))
    for each in inherited:
        os.close(each)
    ended = os.pidfd_open(job.pid)
    if ended not in _ready(connection, ended):
        for stop in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(job.pid, stop)
            _ready(ended, patience=_PATIENCE)
    status = job.wait() or 0
    connection.sendall(str(status if status >= 0 else 128 - status).encode())


def _ready(*waiting: Any, patience: float | None = None) -> list[Any]:
    """Those that can be read from, or have closed; none if that lasts more than so many seconds."""
    return select.select(waiting, [], [], patience)[0]


def _job(order: dict[str, Any], inherited: list[int]) -> int:
    """Be the process that ``python -m`` would have started; returns its exit status."""
    from workflow import forked

    os.setsid()
    for number, own in enumerate(inherited):
        os.dup2(own, number)
        os.close(own)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = [order["module"], *order["arguments"]]
    run = importlib.import_module(order["module"]).main
    try:
        if order["module"] != "workflow.execute":
            return int(run() or 0)
        with forked.prepared_kernel():
            return int(run() or 0)
    except SystemExit as ended:  # argparse's
        return ended.code if isinstance(ended.code, int) else 1


def main() -> NoReturn:
    serve(socket.socket(fileno=int(sys.argv[1])))
    os._exit(0)  # nothing is left to be done, and some of what is imported would count its leaks


if __name__ == "__main__":
    main()
