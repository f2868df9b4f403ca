"""Run one stage with the parameters of a page: ``python -m workflow.stage STUDY/STAGE --like PAGE --build FOLDER``.

The artefacts lie in ``FOLDER/stages/STUDY/STAGE``; ``FOLDER/stages/STUDY/STAGE.json`` lists them. Artefacts that the
same code has already made for the same parameters are kept, so that an interrupted stage continues.

A stage that takes long can be made in parts, side by side: ``--part 2/9`` makes the second of nine shares of the
artefacts, and lists them in ``FOLDER/stages/STUDY/STAGE.parts/2.json``. The whole stage then finds all artefacts there.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from helpers.atomic_files import atomic_write
from helpers.errors import BadInput
from workflow import warm
from workflow.execute import parameter
from workflow.limits import LIMITS, TooLong, limited, minutes
from workflow.one_at_a_time import locked


class Part(NamedTuple):
    """A share of a stage's artefacts: every ``of``-th, from the one with this ``number``, counted from 1."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> Part:
        """From "2/9"; raises ArgumentTypeError for what is no such share."""
        found = re.fullmatch(r"(\d+)/(\d+)", text)
        if not (found and 1 <= int(found[1]) <= int(found[2])):
            raise argparse.ArgumentTypeError(f"{text!r} is no share; 2/9 is the second of nine.")
        return cls(int(found[1]), int(found[2]))

    def list_of(self, place: Path) -> Path:
        """The file that lists the artefacts of this part. place: the folder of the stage's artefacts."""
        return _lists_of_parts(place) / f"{self.number}.json"


def _lists_of_parts(place: Path) -> Path:
    return place.with_name(f"{place.name}.parts")


def run(stage: str, *, like: str, build: Path, parameters: dict[str, Any], part: Part | None = None) -> Path:
    """Make the artefacts of a stage; returns the file that lists them.

    stage: the stage's name, "jump_detection/perceptrons".
    like: the page whose defaults are the parameters.
    build: the folder of the build.
    parameters: parameters that replace the page's defaults.
    part: the share of the artefacts that is made, by default all.

    The seconds in the list are those of this run and of the parts that made its artefacts before.
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
    place = folder / stage
    recipes = stages.recipes_of(module, values, seeds=seeds, device=device, folder=folder)
    if part:
        recipes = {key: recipes[key] for key in list(recipes)[part.number - 1 :: part.of]}
    if recipes:  # a stage may have fewer artefacts than parts
        stages.make(module, values, seeds=seeds, device=device, folder=folder, only=tuple(recipes))
    made = {key: stages.file(place, recipe, seeds).name for key, recipe in recipes.items()}
    listed = part.list_of(place) if part else place.with_suffix(".json")
    seconds = time.perf_counter() - begun + (0 if part else _seconds_of_parts(place, made))
    with atomic_write(listed) as partial:
        content = {"stage": stage, "seconds": round(seconds, 1), "made": made}
        partial.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    return listed


def _seconds_of_parts(place: Path, made: dict[str, str]) -> float:
    """The seconds of the parts that list some of these artefacts. place: the folder of the stage's artefacts."""
    lists = [json.loads(path.read_text("utf-8")) for path in _lists_of_parts(place).glob("*.json")]
    return sum(float(one["seconds"]) for one in lists if one["made"].items() <= made.items())


def main() -> int:
    parser = argparse.ArgumentParser(description="Run one stage of the book.")
    parser.add_argument("stage", help="for instance jump_detection/perceptrons")
    parser.add_argument("--like", required=True, metavar="PAGE", help="the page whose parameters count")
    parser.add_argument("--build", type=Path, required=True, help="the folder of everything made")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=minutes, default=LIMITS["paper"], help="how many minutes it may take")
    parser.add_argument("--part", type=Part.read, metavar="K/N", help="only the K-th of N shares of the artefacts")
    parser.add_argument("-p", dest="parameters", type=parameter, action="append", default=[], metavar="name=value")
    given = parser.parse_args()
    os.environ |= warm.environment(given.threads)
    place = given.build / "stages" / given.stage
    lock = (given.part.list_of(place) if given.part else place).with_suffix(".lock")
    parameters = dict(given.parameters)
    try:
        with locked(lock, "This stage is being run already; waiting for its end."), limited(given.limit):
            run(given.stage, like=given.like, build=given.build, parameters=parameters, part=given.part)
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
