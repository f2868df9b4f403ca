"""One training step of stacked convolutional networks, ours and with autograd: ``python -m benchmarks.convolution``.

Two comparisons in one run, interleaved, as medians. A whole step of
:class:`helpers.studies.jump_detection.convolutional.Convnets` beside the same step by
grouped ``conv1d``, autograd and SGD. And four ways to run the filter alone over a batch:
a product with a strided view of all windows (ours), with a banded (Toeplitz) matrix, as a sum of shifted signals, and
grouped ``conv1d``. The results must agree. All numbers go to ``_build/benchmarks/convolution.json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from helpers.atomic_files import atomic_write
from helpers.studies.jump_detection.convolutional import Convnets

_SEEDS, _BATCH, _LENGTH, _CLASSES = 5, 100, 100, 60


def interleaved(ways: dict[str, Callable[[], object]], repetitions: int) -> dict[str, float]:
    """Median microseconds of one call of each way, the ways taking turns."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()  # the first call allocates
    for _ in range(repetitions):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - started)
    return {name: 1e6 * statistics.median(seconds) for name, seconds in taken.items()}


def steps(kernels: tuple[int, ...], repetitions: int) -> dict[str, float]:
    """A whole training step, with our hand-written gradients and with autograd."""
    random = torch.Generator().manual_seed(0)
    x = torch.randn(_SEEDS, _BATCH, _LENGTH, generator=random)
    label = torch.randint(_CLASSES, (_SEEDS, _BATCH), generator=random)
    ours, theirs = (Convnets(kernels, seeds=range(_SEEDS)) for _ in range(2))
    optimiser = torch.optim.SGD(theirs.requires_grad_().parameters(), lr=0.01)

    def by_autograd() -> None:
        optimiser.zero_grad()
        loss = functional.cross_entropy(theirs(x).transpose(1, 2), label, reduction="none").mean(1).sum()
        loss.backward()
        optimiser.step()

    step = ours.sgd_step_for(_BATCH)
    medians = interleaved({"ours": lambda: step(x, label, 0.01), "autograd": by_autograd}, repetitions)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b.detach(), rtol=1e-3, atol=1e-4)
    return medians


def filters(taps: int, repetitions: int) -> dict[str, float]:
    """The filter alone, four ways."""
    half = taps // 2
    x, weight = torch.randn(_SEEDS, _BATCH, _LENGTH), torch.randn(_SEEDS, taps)
    padded = functional.pad(x.mT, (0, 0, half, half)).contiguous()  # (seed, time, signal)
    windows = padded.as_strided((_SEEDS, taps, _LENGTH * _BATCH), (padded.stride(0), _BATCH, 1))
    out = torch.empty(_SEEDS, 1, _LENGTH * _BATCH)
    banded = torch.zeros(_SEEDS, _LENGTH, _LENGTH + taps - 1)
    diagonals = banded.as_strided((_SEEDS, _LENGTH, taps), (banded.stride(0), _LENGTH + taps, 1))

    def toeplitz() -> Tensor:
        diagonals.copy_(weight.unsqueeze(1).expand_as(diagonals))
        return torch.bmm(x, banded[:, :, half : half + _LENGTH].mT)

    def shifted() -> Tensor:
        total = padded[:, :_LENGTH] * weight[:, 0, None, None]
        for k in range(1, taps):
            total.addcmul_(padded[:, k : k + _LENGTH], weight[:, k, None, None])
        return total.mT

    def grouped() -> Tensor:
        y = functional.conv1d(x.transpose(0, 1), weight.unsqueeze(1), padding=half, groups=_SEEDS)
        return y.transpose(0, 1)

    ways: dict[str, Callable[[], Tensor]] = {
        "windows": lambda: torch.bmm(weight.unsqueeze(1), windows, out=out).view(_SEEDS, _LENGTH, _BATCH).mT,
        "toeplitz": toeplitz,
        "shifted": shifted,
        "conv1d": grouped,
    }
    for way in ways.values():
        torch.testing.assert_close(way(), grouped(), rtol=1e-4, atol=1e-4)
    return interleaved(dict(ways), repetitions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1, help="our training runs one thread per team of seeds")
    parser.add_argument("--repetitions", type=int, default=300)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    results: dict[str, dict[str, float]] = {}
    for kernels in ((7,), (5, 9), (5, 7, 9)):
        results[f"step {kernels}"] = steps(kernels, arguments.repetitions)
    for taps in (3, 7, 11):
        results[f"filter of {taps}"] = filters(taps, arguments.repetitions)
    for name, medians in results.items():
        first = next(iter(medians.values()))
        parts = (f"{way} {value:.0f} µs ({value / first:.2f})" for way, value in medians.items())
        print(f"{name:16}", ", ".join(parts))
    with atomic_write(Path("_build/benchmarks/convolution.json")) as partial:
        partial.write_text(
            json.dumps({"threads": arguments.threads, "microseconds": results}, indent=1) + "\n", "utf-8"
        )


if __name__ == "__main__":
    main()
