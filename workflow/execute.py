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
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from helpers import yaml_files
from workflow import kernel, warm
from workflow.limits import LIMITS, TooLong, minutes
from workflow.one_at_a_time import locked


class PageError(Exception):
    """A page cannot be run, or it ended without results; the message is one sentence."""


def execute(
    source: Path,
    target: Path,
    *,
    folder: Path,
    build: Path,
    parameters: dict[str, Any],
    threads: int,
    limit: float = LIMITS["laptop"],
) -> None:
    """Run a page.

    source: its jupytext file.
    target: the executed notebook.
    folder: the folder for the results of the run.
    build: the folder of the build, with the artefacts of stages and the results of other pages.
    parameters: the parameters that papermill injects.
    threads: how many threads the page's libraries use.
    limit: how many minutes it may take.

    If another process runs this page for the same target, this one waits for its end.

    Raises PageError, papermill's PapermillExecutionError if a cell fails, nbclient's DeadKernelError if the kernel
    dies, and TooLong if the page takes too long.
    """
    if without := kernel.without_loopback():
        raise PageError(f"{without}.")
    results = folder / "results.json"
    with locked(target.parent / f".{target.stem}.lock", "This page is being run already; waiting for its end.") as lock:
        results.unlink(missing_ok=True)  # so that the page's own is recognised
        scratch = target.parent / f".running-{target.stem}"
        shutil.rmtree(scratch, ignore_errors=True)  # the remains of a killed run
        scratch.mkdir(parents=True)
        os.environ |= kernel.environment(scratch.resolve()) | _environment(folder, build, threads)
        try:
            notebook = scratch / "page.ipynb"
            nbformat.write(jupytext.read(source), notebook)
            executed = papermill.execute_notebook(
                _literal(notebook),
                None,  # written below: a page that fails leaves no notebook
                parameters,
                engine_name=kernel.ENGINE,
                cwd=source.parent,
                kernel_name="python3",
                progress_bar=False,
                held=(lock,),
                limit=limit * 60,
            )
            if not results.is_file():
                raise PageError("it ended without results; its last cell must be reached, and call run.finish().")
            nbformat.write(executed, scratch / "executed.ipynb")
            (scratch / "executed.ipynb").replace(target)
        except CellTimeoutError:
            raise TooLong(limit) from None
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _environment(folder: Path, build: Path, threads: int) -> dict[str, str]:
    """What the page is told by its environment: where it reads and writes, and how many threads it has."""
    return {
        "HELPERS_RUN_DIR": str(folder.resolve()),
        "HELPERS_RESULTS": str((build / "results").resolve()),
        "HELPERS_STAGES": str((build / "stages").resolve()),
        "HELPERS_CALLER": str(Path.cwd()),  # where relative paths of users begin; the page runs in its own folder
        **warm.environment(threads),
    }


def _literal(path: Path) -> str:
    """A path as papermill takes it, which fills in what stands in braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def parameter(text: str) -> tuple[str, Any]:
    """Read ``name=value``; the value is YAML, by the rules of all files of users."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not name=value")
    try:
        return name, yaml_files.parse(value, name=name)
    except yaml_files.NotReadable as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def attempt(source: Path, target: Path, **options: Any) -> int:
    """Run a page, and print why if it fails; returns the exit status.

    source, target, options: what :func:`execute` takes.
    """
    try:
        execute(source, target, **options)
    except DeadKernelError:
        return _failed(source, "its kernel died, killed or out of memory; run it again.")
    except (PageError, TooLong) as error:
        return _failed(source, str(error))
    except RuntimeError as error:  # nbclient's, from the start of a kernel
        return _failed(source, f"its kernel did not start ({error}); python -m ipykernel_launcher must work here.")
    except OSError as error:
        return _failed(source, f"{error.filename or target.parent}: {error.strerror or error}.")
    except PapermillExecutionError as error:
        traceback = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
        last = f"{error.ename}: {error.evalue}"
        said = traceback.rstrip() if traceback.rstrip().endswith(last) else f"{traceback}\n\n{last}".lstrip()
        print(f"\n{source}: cell {error.exec_count} failed:\n\n{error.source}\n\n{said}", file=sys.stderr)
        return 1
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Execute one page of the book.")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--folder", type=Path, required=True, help="where the run writes its results")
    parser.add_argument("--build", type=Path, required=True, help="the folder of everything made")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("-p", dest="parameters", type=parameter, action="append", default=[], metavar="name=value")
    parser.add_argument(
        "--limit", type=minutes, help="how many minutes the page may take; by default enough for its scale"
    )
    given = parser.parse_args()
    parameters = dict(given.parameters)
    return attempt(
        given.source,
        given.target,
        folder=given.folder,
        build=given.build,
        parameters=parameters,
        threads=given.threads,
        limit=given.limit or LIMITS.get(str(parameters.get("scale")), LIMITS["laptop"]),
    )


def _failed(source: Path, sentence: str) -> int:
    print(f"\n{source}: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
