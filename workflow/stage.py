"""Run one stage with the parameters of a page: ``python -m workflow.stage STUDY/STAGE --like PAGE --build FOLDER``.

The artefacts lie in ``FOLDER/stages/STUDY/STAGE``; ``FOLDER/stages/STUDY/STAGE.json`` lists them. Artefacts that the
same code has already made for the same parameters are kept, so that an interrupted stage continues.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from helpers.atomic_files import atomic_write
from helpers.errors import BadInput
from workflow import warm
from workflow.execute import parameter
from workflow.limits import LIMITS, TooLong, limited, minutes
from workflow.one_at_a_time import locked


def run(stage: str, *, like: str, build: Path, parameters: dict[str, Any]) -> Path:
    """Make the artefacts of a stage; returns the file that lists them.

    stage: the stage's name, "jump_detection/perceptrons".
    like: the page whose defaults are the parameters.
    build: the folder of the build.
    parameters: parameters that replace the page's defaults.
    """
    import torch  # imported after main has set the number of threads

    from helpers.pages import code_digest, devices, runs, sources, stages

    page = sources.read(like)
    values = runs.with_smoke_seeds(page, {**page.defaults, **parameters})
    seeds = range(values["seed"], values["seed"] + values.get("seeds", 1))
    begun = time.perf_counter()
    module = importlib.import_module(code_digest.stage_module(stage))
    values["device"] = devices.Device().check("device", values["device"])  # as pages hand it over, where it is auto
    device = torch.device(values["device"])
    folder = build / "stages"
    stages.make(module, values, seeds=seeds, device=device, folder=folder)
    place = folder / stage
    recipes = stages.recipes_of(module, values, seeds=seeds, device=device, folder=folder)
    made = {key: stages.file(place, recipe, seeds).name for key, recipe in recipes.items()}
    listed = place.with_suffix(".json")
    with atomic_write(listed) as partial:
        content = {"stage": stage, "seconds": round(time.perf_counter() - begun, 1), "made": made}
        partial.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    return listed


def main() -> int:
    parser = argparse.ArgumentParser(description="Run one stage of the book.")
    parser.add_argument("stage", help="for instance jump_detection/perceptrons")
    parser.add_argument("--like", required=True, metavar="PAGE", help="the page whose parameters count")
    parser.add_argument("--build", type=Path, required=True, help="the folder of everything made")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=minutes, default=LIMITS["paper"], help="how many minutes it may take")
    parser.add_argument("-p", dest="parameters", type=parameter, action="append", default=[], metavar="name=value")
    given = parser.parse_args()
    os.environ |= warm.environment(given.threads)
    lock = given.build / "stages" / f"{given.stage}.lock"
    try:
        with locked(lock, "This stage is being run already; waiting for its end."), limited(given.limit):
            run(given.stage, like=given.like, build=given.build, parameters=dict(given.parameters))
    except (BadInput, RuntimeError) as error:
        print(f"\n{given.stage}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except TooLong as error:
        print(f"\n{given.stage}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{given.stage}: {error.filename or given.build}: {error.strerror or error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
