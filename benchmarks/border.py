"""Distances of all units' columns and rows, beside a SciPy loop: ``python -m benchmarks.border``, or ``make bench``.

The kernels are those of Inception V1, of 3×3 and 5×5 weights in its nine blocks. Ours is what page 5 of
``googlenet_neurons`` runs, :func:`helpers.studies.googlenet_neurons.border_lines.lines_of`, once; the loop calls
``scipy.stats.ks_2samp`` for each pair of columns and of rows, as algorithm 4 of the study says. The scores must agree.
Ratios go to the terminal, all numbers to ``_build/benchmarks/border.json``.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from scipy import stats
from torch import Tensor

from helpers.atomic_files import atomic_write
from helpers.models.googlenet import GoogLeNet
from helpers.studies.googlenet_neurons.border_lines import lines_of
from helpers.studies.googlenet_neurons.subject import subject

_REPETITIONS = 5


def kernels() -> list[Float[Tensor, "unit channel row column"]]:
    """Trained kernels where they are; else random ones of the full width."""
    seen = subject({"model": "googlenet", "layer": "auto"})
    own = [seen.weights(branch) for branch in seen.kernel_sets()]
    if seen.is_studys:
        return own
    torch.manual_seed(0)
    full = dict(GoogLeNet().named_parameters())
    return [full[f"{branch.convolution}.weight"].detach() for branch in seen.kernel_sets()]


def by_scipy(weights: list[Float[Tensor, "unit channel row column"]]) -> tuple[list[list[float]], int]:
    """For each unit the scores of its columns and rows, and how many pairs were compared."""
    scores, pairs = [], 0
    for branch in weights:
        for unit in branch.numpy():
            own = []
            for lines in (np.moveaxis(unit, 2, 0), np.moveaxis(unit, 1, 0)):
                flat = lines.reshape(len(lines), -1)
                found = [stats.ks_2samp(flat[a], flat[b]).statistic for a, b in combinations(range(len(flat)), 2)]
                own.append(max(found) - min(found))
                pairs += len(found)
            scores.append(own)
    return scores, pairs


def _seconds(once: Callable[[], object]) -> float:
    started = time.perf_counter()
    once()
    return time.perf_counter() - started


def main() -> None:
    weights = kernels()
    ours = [lines_of(each).score for each in weights]  # loads libraries, too
    taken = statistics.median(_seconds(lambda: [lines_of(each) for each in weights]) for _ in range(_REPETITIONS))
    started = time.perf_counter()
    scores, pairs = by_scipy(weights)
    loop = time.perf_counter() - started
    apart = float((torch.cat(ours) - torch.tensor(scores, dtype=torch.float64)).abs().max())
    if apart > 1e-12:
        raise RuntimeError(f"scores differ by {apart}")
    found = {
        "units": len(scores),
        "pairs": pairs,
        "ours_seconds": taken,
        "scipy_seconds": loop,
        "apart": apart,
        "threads": torch.get_num_threads(),
    }
    print(
        f"{len(scores):,} units, {pairs:,} pairs of lines: ours {taken:.3f} s, a loop over SciPy {loop:.1f} s: "
        f"{loop / taken:.0f} times; scores agree within {apart:.0e}"
    )
    with atomic_write(Path("_build/benchmarks/border.json")) as partial:
        partial.write_text(json.dumps(found | {"ratio": loop / taken}, indent=1))


if __name__ == "__main__":
    main()
