"""How fast are many networks trained at once? ``python -m benchmarks.training_stack``, or ``make bench``.

Ten seeds of the 4-layer perceptron take the same 600 steps on the same batches, from the same weights, in one run:

- ``loop``: what a user would write; one ``nn.Sequential`` per seed, indexing, autograd, ``torch.optim.SGD``
- ``stack``: :func:`helpers.training.stacks.fit` on a stack of all seeds
- ``vmap``: what the stack does, without its hand-written gradients; ``torch.func`` maps the gradient over the seeds
- ``vmap, compiled``: the same through ``torch.compile``, if ``--compile`` is given (it needs a C++ compiler)
- ``jax``: ``vmap`` over the seeds, ``scan`` over the steps, ``jit``; its compilation is timed apart
- ``jax, sharded``: the same with the seeds split over as many host devices as there are threads, since XLA runs a
  batched product of small matrices on one core

The repetitions of all ways alternate, medians are reported, and the weights they end with must agree. Two rates of
multiplication set the scale: one large product of float32 matrices (the machine's peak) and a batch of products of
the sizes at hand. The table goes to the terminal, all numbers to ``_build/benchmarks/training_stack.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.ways_to_train import Jax, Problem, Vmap, Way, ways_to_train
from helpers.atomic_files import atomic_write


def best_seconds(work: Callable[[], object], *, calls: int) -> float:
    """Seconds per call in the fastest of several rounds."""
    rounds = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(calls):
            work()
        rounds.append((time.perf_counter() - start) / calls)
    return min(rounds)


def rates(problem: Problem) -> dict[str, float]:
    """Operations per second of one large float32 product, and of a batch of the products of a hidden layer."""
    a, b, c = (torch.randn(2048, 2048) for _ in range(3))
    large = 2 * 2048**3 / best_seconds(lambda: torch.mm(a, b, out=c), calls=1)
    batch, width = problem.batch_size, problem.sizes[0]
    x, y = (torch.randn(len(problem.seeds), rows, width) for rows in (batch, batch))
    w = torch.randn(len(problem.seeds), width, width)
    batched = 2 * len(problem.seeds) * batch * width**2 / best_seconds(lambda: torch.bmm(x, w, out=y), calls=100)
    return {"large product": large, "batched product": batched}


def distances(ways: dict[str, Way]) -> dict[str, float]:
    """The largest distance of a layer's weights from the loop's, relative to their norm."""
    reference = ways["loop"].weights()
    return {
        name: max(((a - b).norm() / b.norm()).item() for a, b in zip(way.weights(), reference, strict=True))
        for name, way in ways.items()
    }


def compare(problem: Problem, *, repetitions: int, devices: int, compiled: bool = False) -> dict[str, Any]:
    """Train in all ways, alternately; raises AssertionError unless the first steps give the same weights.

    Rounding differs between the ways, and training lets the difference grow over hundreds of steps.
    """
    short = replace(problem, epochs=1, signals=min(problem.signals, 20 * problem.batch_size))
    first_steps = ways_to_train(short, devices=devices, compiled=compiled)
    for way in first_steps.values():
        way.prepare()
        way.train()
    agreement = distances(first_steps)
    assert all(d < 1e-4 for d in agreement.values()), f"the ways come to different weights: {agreement}"

    ways = ways_to_train(problem, devices=devices, compiled=compiled)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for repetition in range(-1, repetitions):  # the first round warms up
        for name, way in ways.items():
            way.prepare()
            start = time.perf_counter()
            way.train()
            if repetition >= 0:
                seconds[name].append(time.perf_counter() - start)
    return {
        "seconds": seconds,
        "median": {name: statistics.median(values) for name, values in seconds.items()},
        "relative distance from the loop's weights": {"first steps": agreement, "all steps": distances(ways)},
        "compile seconds": {
            name: way.compile_seconds
            for name, way in ways.items()
            if isinstance(way, Jax) or (isinstance(way, Vmap) and way.compiled)
        },
    }


def report(result: dict[str, Any]) -> str:
    """The table for the terminal."""
    median, peak = result["median"], result["operations per second"]
    lines = [f"{'':14}{'median':>9}{'fastest':>9}{'speed':>9}{'of peak':>9}{'of batched':>12}"]
    for name, seconds in median.items():
        rate = result["operations"] / seconds
        lines.append(
            f"{name:14}{seconds:7.2f} s{min(result['seconds'][name]):7.2f} s{median['loop'] / seconds:8.2f}x"
            f"{rate / peak['large product']:9.0%}{rate / peak['batched product']:12.0%}"
        )
    compiled = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in result["compile seconds"].items())
    lines.append(f"compiled beforehand: {compiled}")
    lines.append("; ".join(f"{name}: {rate / 1e9:.0f} GFLOP/s" for name, rate in peak.items()))
    lines.append(f"load of the machine before and after: {result['load'][0]:.1f}, {result['load'][1]:.1f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Training many networks at once, against a loop, torch.func and JAX.")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--compile", action="store_true", help="time torch.compile too")
    parser.add_argument("--out", type=Path, default=Path("_build/benchmarks/training_stack.json"))
    arguments = parser.parse_args()

    threads = torch.get_num_threads()
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={threads}"
    problem = Problem()
    before = os.getloadavg()[0]
    result: dict[str, Any] = {"operations": problem.operations, "operations per second": rates(problem)}
    result |= compare(problem, repetitions=arguments.repetitions, devices=threads, compiled=arguments.compile)
    result |= {"load": [before, os.getloadavg()[0]], "threads": threads, "torch": torch.__version__}
    print(report(result))

    with atomic_write(arguments.out) as partial:
        partial.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
