"""The steps of the unit explorer's data, as the build calls them: ``python -m workflow.units.steps look vgg16 ...``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from helpers.errors import BadInput
from workflow import warm
from workflow.limits import LIMITS, TooLong, limited, minutes


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make the data of the unit explorer.")
    steps = parser.add_subparsers(dest="step", required=True)
    look = steps.add_parser("look", help="the pass over the images")
    climb = steps.add_parser("climb", help="optimised images")
    write = steps.add_parser("write", help="the folders of scripts and sheets")
    write.add_argument("--like", metavar="PAGE", required=True, help="has the parameters of the optimised images")
    write.add_argument("--build", type=Path, required=True, help="the folder of everything made")
    write.add_argument("--thumbnails", choices=("yes", "no"), default="yes")
    for step in (look, climb, write):
        step.add_argument("names", nargs="+", metavar="NETWORK")
        step.add_argument("--folder", type=Path, required=True, help="where the files, or folders, of networks go")
        step.add_argument("--scale", choices=tuple(LIMITS), default="laptop")
        step.add_argument("--device", default="auto")
        step.add_argument("--threads", type=int, default=1)
        step.add_argument("--limit", type=minutes, default=LIMITS["paper"], help="how many minutes it may take")
    return parser


def main() -> int:
    given = vars(_parser().parse_args())
    threads, limit, step = (given.pop(name) for name in ("threads", "limit", "step"))
    os.environ |= warm.environment(threads)
    from workflow.units import making, networks  # after the number of threads is set

    folder, names = given.pop("folder"), given.pop("names")
    try:
        with limited(limit):
            for name in names:
                if step == "write":
                    networks.write(name, folder / name, **given)
                else:
                    {"look": making.look, "climb": making.climb}[step](name, folder, **given)
    except (BadInput, RuntimeError, TooLong) as error:
        print(f"\n{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{error.filename or folder}: {error.strerror or error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
