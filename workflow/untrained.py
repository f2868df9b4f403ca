"""What networks before any training give for the claims: ``python -m workflow.untrained --build FOLDER``.

Every page that reads a stage is run once more, on the artefacts of a finished build in which the networks are replaced
by those before training. Histories of the training stay. The verdicts are written to
``notebooks/<study>/untrained.csv`` (``helpers.pages.untrained``); the boxes of the claims show them. A claim has no
entry if its values are the same as in the build, since it then measures nothing of what networks have learned.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from helpers.errors import BadInput
from helpers.pages import code_digest, devices, kept_verdicts, results, runs, sources, stages
from helpers.pages.formatting import span
from helpers.pages.sources import NOTEBOOKS, Page
from helpers.pages.untrained import FILE, HEAD, Untrained
from helpers.pages.verdicts import LARGER_SCALE, NOT_TESTABLE, SLIP

_NO_VERDICT = (LARGER_SCALE, NOT_TESTABLE, SLIP)


def pages() -> list[Page]:
    """The pages that can be run so: those that read networks of a stage, and no table of a sweep, which has its own."""
    return [page for page in sources.every() if any(map(_has_networks, page.stages)) and not page.sweep]


def _has_networks(stage: str) -> bool:
    return stages.has_networks(importlib.import_module(code_digest.stage_module(stage)))


def write_stages(build: Path, target: Path, *, scale: str, device: str) -> set[Path]:
    """Write the artefacts of all stages with untrained networks; returns the files.

    build: the folder of a finished build.
    target: the folder of the new build.
    scale, device: those of the build.
    """
    written: set[Path] = set()
    first = {stage: page for page in reversed(pages()) for stage in page.stages}  # whose parameters a stage has
    for stage, page in first.items():
        values = runs.with_smoke_seeds(page, {**page.defaults, "scale": scale, "device": device})
        written |= {
            *stages.write_untrained(
                importlib.import_module(code_digest.stage_module(stage)),
                values,
                seeds=range(values["seed"], values["seed"] + values.get("seeds", 1)),
                device=torch.device(devices.Device().check("device", device)),
                folder=build / "stages",
                target=target / "stages",
            )
        }
    return written


def run(page: Page, target: Path, *, scale: str, device: str) -> int:
    """Run a page in the new build, in a process of its own; returns its exit status."""
    place = [f"notebooks/{page.name}.py", str(target / "executed" / f"{page.name}.ipynb")]
    where = ["--folder", str(target / "results" / page.name), "--build", str(target)]
    given = ["-p", f"scale={scale}", "-p", f"device={device}"]
    print(f"{page.name} …", flush=True)
    return subprocess.run([sys.executable, "-m", "workflow.execute", *place, *where, *given]).returncode


def compare(trained: Mapping[str, Any], control: Mapping[str, Any]) -> dict[str, Untrained]:
    """The entries of one page.

    trained, control: the contents of ``results.json`` of the build and of the run on untrained networks.
    """
    before = {claim["id"]: claim["values"] for claim in trained["claims"]}
    return {
        claim["id"]: Untrained(claim["verdict"], _in_words(claim))
        for claim in control["claims"]
        if claim["values"] is not None
        and claim["values"] != before[claim["id"]]
        and claim["verdict"] not in _NO_VERDICT
    }


def _in_words(claim: Mapping[str, Any]) -> str:
    """Mean and interval; nothing where several values have names, or the mean is not finite."""
    mean = claim["mean"]
    if isinstance(mean, dict) or mean is None:
        return ""
    unit = f" {claim['unit']}" if claim["unit"] else ""
    return span(mean, claim["low"], claim["high"]) + unit


def write(entries: Mapping[str, Untrained], study: str) -> Path:
    """Write the entries of a study, and return the file."""
    path = NOTEBOOKS / study / FILE
    kept_verdicts.write(path, HEAD, ((name, *entry) for name, entry in sorted(entries.items())))
    return path


def make(build: Path, *, at_once: int) -> list[Path]:
    """Run all pages on untrained networks, and write the entries of each study.

    build: the folder of a finished build; the new one lies in it.
    at_once: how many pages run at a time.

    Raises BadInput if the build is not finished, if a page fails, or if a page has trained networks of its own.
    """
    target = build / "untrained"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(build / "results", target / "results", ignore=shutil.ignore_patterns("*.parquet"))
    before = {page.name: results.read(build / "results" / page.name / "results.json") for page in pages()}
    scale = str(next(iter(before.values()))["scale"])
    files = write_stages(build, target, scale=scale, device="cpu")
    with ThreadPoolExecutor(at_once) as pool:
        status = dict(
            zip(before, pool.map(lambda page: run(page, target, scale=scale, device="cpu"), pages()), strict=True)
        )
    if failed := [name for name, code in status.items() if code]:
        raise BadInput(f"These pages failed on untrained networks: {', '.join(failed)}; see above.")
    if more := set((target / "stages").rglob("*.safetensors")) - files:
        raise BadInput(f"Pages have trained networks of their own: {', '.join(path.name for path in sorted(more))}.")
    entries: dict[str, dict[str, Untrained]] = defaultdict(dict)
    for name, trained in before.items():
        entries[name.split("/")[0]] |= compare(trained, results.read(target / "results" / name / "results.json"))
    return [write(found, study) for study, found in entries.items()]


def main() -> int:
    parser = argparse.ArgumentParser(description="Run every page on networks that were not trained.")
    parser.add_argument("--build", type=Path, default=Path("_build"), help="the folder of a finished build")
    parser.add_argument("--cores", type=int, default=1, help="how many pages run at a time")
    given = parser.parse_args()
    try:
        for path in make(given.build, at_once=given.cores):
            print(f"Written: {path}")
    except BadInput as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
