"""Mean distance of all pairs, beside SciPy's list of them: ``python -m benchmarks.deviation``, or ``make bench``.

For each number of vectors and each distance, :func:`helpers.metrics.class_deviation.mean_pairwise` and the mean of
``scipy.spatial.distance.pdist`` run in processes of their own, so that each one's peak of memory is its own: the
memory is what the process held beyond what it held with the data loaded. The results must agree. The table goes to
the terminal, all numbers to ``_build/benchmarks/deviation.json``.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast, get_args

import torch
from scipy.spatial.distance import pdist
from torch import Tensor

from helpers.atomic_files import atomic_write
from helpers.metrics.class_deviation import Distance, mean_pairwise

_UNITS = 100
_REPETITIONS = 3
_AGREEMENT = 1e-9  # relative difference of the two means


def measure(way: str, distance: Distance, members: int) -> dict[str, float]:
    """Mean distance, median seconds and megabytes of one way, in this process."""
    x = torch.randn(members, _UNITS, generator=torch.Generator().manual_seed(0)).relu()

    def once(data: Tensor) -> float:
        return float(mean_pairwise(data, distance) if way == "ours" else pdist(data.double().numpy(), distance).mean())

    once(x[:50])  # loads libraries
    before, seconds = _peak_mb(), []
    for _ in range(_REPETITIONS):
        started = time.perf_counter()
        mean = once(x)
        seconds.append(time.perf_counter() - started)
    return {"mean": mean, "seconds": statistics.median(seconds), "megabytes": _peak_mb() - before}


def _peak_mb() -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _apart(way: str, distance: str, members: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.deviation", "--one", way, distance, str(members)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return cast(dict[str, float], json.loads(told))


def compare(sizes: list[int]) -> list[dict[str, Any]]:
    """A row for each size and distance, with what both ways took."""
    rows = []
    print(f"{'vectors':>8} {'distance':12} {'ours':>16} {'pdist':>18}   faster  memory")
    for members in sizes:
        for distance in get_args(Distance):
            ours, scipys = (_apart(way, distance, members) for way in ("ours", "pdist"))
            if abs(ours["mean"] / scipys["mean"] - 1) > _AGREEMENT:
                raise RuntimeError(f"{distance} of {members}: {ours['mean']} and {scipys['mean']} differ")
            rows.append({"members": members, "distance": distance, "ours": ours, "pdist": scipys})
            print(
                f"{members:8,} {distance:12} {ours['seconds']:7.3f} s {ours['megabytes']:4.0f} MB "
                f"{scipys['seconds']:7.2f} s {scipys['megabytes']:6.0f} MB "
                f"{scipys['seconds'] / ours['seconds']:7.1f} x {scipys['megabytes'] / max(1, ours['megabytes']):6.0f} x"
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Mean distance of all pairs, beside SciPy's pdist.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[3_000, 12_000])
    parser.add_argument("--one", nargs=3, metavar=("WAY", "DISTANCE", "MEMBERS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        way, distance, members = given.one
        print(json.dumps(measure(way, cast(Distance, distance), int(members))))
        return
    rows = compare(given.sizes)
    with atomic_write(Path("_build/benchmarks/deviation.json")) as partial:
        partial.write_text(json.dumps({"threads": torch.get_num_threads(), "units": _UNITS, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
