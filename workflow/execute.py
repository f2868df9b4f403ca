"""Execute one page: jupytext turns its source into a notebook, papermill runs it, and the result is moved into place.

If a page fails, its cell and the error are printed, and no executed notebook is left.
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

    source: its jupytext file.
    target: the executed notebook.
    folder: the folder for the results of the run.
    build: the folder of the build, with the artefacts of stages and the results of other pages.
    parameters: the parameters that papermill injects.
    threads: how many threads the page's libraries use.

    Raises papermill's PapermillExecutionError if a cell fails, and nbclient's DeadKernelError if the kernel dies.
    """
    os.environ |= {
        "HELPERS_RUN_DIR": str(folder.resolve()),
        "HELPERS_RESULTS": str((build / "results").resolve()),
        "HELPERS_STAGES": str((build / "stages").resolve()),
        "HELPERS_CALLER": str(Path.cwd()),  # where relative paths of users begin; the page runs in its own folder
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",  # waiting threads must not spin, because other pages run at the same time
    }
    scratch = target.parent / f".running-{target.stem}"
    shutil.rmtree(scratch, ignore_errors=True)  # the remains of a killed run
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
            request_save_on_cell_execute=False,  # a page that fails leaves no notebook
            shutdown_kernel="immediate",  # all files are written, and torch would take seconds to shut down
            extra_arguments=[
                "--log-level=ERROR",  # otherwise each page warns of its kernel's loopback connection
                # The objects that importing torch makes stay alive: collecting less garbage saves half a second a page.
                "--IPKernelApp.exec_lines=__import__('gc').set_threshold(50_000)",
            ],
        )
        executed.replace(target)
    finally:
        shutil.rmtree(scratch)


def parameter(text: str) -> tuple[str, Any]:
    """Read ``name=value``; the value is YAML, as on papermill's command line."""
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
