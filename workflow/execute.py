"""Execute one page: jupytext turns its source into a notebook, papermill runs it, the result is moved into place.

A page that fails prints its cell and the error, and leaves no executed notebook.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import papermill
import yaml
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError


def execute(source: Path, target: Path, *, folder: Path, build: Path, parameters: dict[str, Any], threads: int) -> None:
    """Run a page.

    source: its jupytext file. target: the executed notebook. folder: where the run writes its results.
    build: the folder of everything made, where it finds what stages made and what other pages measured.
    parameters: what papermill injects. threads: how many threads its libraries use.
    Raises papermill's PapermillExecutionError when a cell fails, nbclient's DeadKernelError when its kernel does.
    """
    os.environ |= {
        "HELPERS_RUN_DIR": str(folder.resolve()),
        "HELPERS_RESULTS": str((build / "results").resolve()),
        "HELPERS_STAGES": str((build / "stages").resolve()),
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",  # a page beside others must not spin while it waits for its threads
    }
    scratch = target.parent / f".running-{target.stem}"
    shutil.rmtree(scratch, ignore_errors=True)  # what a killed run left
    scratch.mkdir(parents=True)
    try:
        notebook, executed = scratch / "page.ipynb", scratch / "executed.ipynb"
        nbformat.write(jupytext.read(source), notebook)
        papermill.execute_notebook(
            notebook,
            executed,
            parameters,
            cwd=source.parent,
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,  # a page that fails leaves nothing
            shutdown_kernel="immediate",  # a page has finished its files; torch takes seconds to take its leave
            extra_arguments=[
                "--log-level=ERROR",  # else each page warns of its kernel's loopback connection
                # What importing torch makes stays: looking for garbage among it less often saves half a second a page.
                "--IPKernelApp.exec_lines=__import__('gc').set_threshold(50_000)",
            ],
        )
        executed.replace(target)
    finally:
        shutil.rmtree(scratch)


def parameter(text: str) -> tuple[str, Any]:
    """``name=value``; the value is read as papermill's command line reads it, as YAML."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not name=value")
    return name, yaml.safe_load(value)


def main() -> int:
    parser = argparse.ArgumentParser(description="Execute one page of the book.")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--folder", type=Path, required=True, help="where the run writes its results")
    parser.add_argument("--build", type=Path, required=True, help="the folder of everything made")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("-p", dest="parameters", type=parameter, action="append", default=[], metavar="name=value")
    given = parser.parse_args()
    try:
        execute(
            given.source,
            given.target,
            folder=given.folder,
            build=given.build,
            parameters=dict(given.parameters),
            threads=given.threads,
        )
    except DeadKernelError:
        print(f"\n{given.source}: its kernel died, killed or out of memory; run it again.", file=sys.stderr)
        return 1
    except PapermillExecutionError as error:
        traceback = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
        last = f"{error.ename}: {error.evalue}"
        said = traceback.rstrip() if traceback.rstrip().endswith(last) else f"{traceback}\n\n{last}".lstrip()
        print(f"\n{given.source}: cell {error.exec_count} failed:\n\n{error.source}\n\n{said}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
