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
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from helpers.atomic_files import atomic_write
from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.perceptron import Perceptrons
from helpers.randomness import generator
from helpers.studies.jump_detection.signals import JumpTask, sample
from helpers.training.stacks import fit

Weights = list[Tensor]  # (seed, in, out) and (seed, out) of the first layer, then of the second, ...


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What every way trains: networks of these sizes, for whole epochs of the training signals."""

    sizes: tuple[int, ...] = (100, 100, 100, 100, 60)
    seeds: tuple[int, ...] = tuple(range(10))
    epochs: int = 5
    signals: int = 12_000
    batch_size: int = 100
    learning_rate: float = 0.01

    def data(self, purpose: str, count: int) -> LabelledStack:
        return sample(JumpTask(), count, seeds=self.seeds, purpose=purpose)

    def batches(self) -> Tensor:
        """The indices (seed, step, signal) of the batches that fit takes."""
        orders = [
            torch.cat([torch.randperm(self.signals, generator=shuffle) for _ in range(self.epochs)])
            for shuffle in (generator(seed, "shuffle") for seed in self.seeds)
        ]
        return torch.stack(orders).view(len(self.seeds), -1, self.batch_size)

    def initial(self) -> Perceptrons:
        return Perceptrons(self.sizes, seeds=self.seeds)

    @property
    def operations(self) -> int:
        """Multiplications and additions in the matrix products of a whole training: forward, back, weights."""
        products = [2 * self.batch_size * a * b for a, b in pairwise(self.sizes)]
        steps = self.epochs * self.signals // self.batch_size
        return (3 * sum(products) - products[0]) * steps * len(self.seeds)


def flat(networks: Perceptrons) -> Weights:
    return list(networks.state_dict().values())


class Loop:
    """Seed after seed, step after step."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.train_set = problem.data("train", problem.signals)
        self.batches = problem.batches()

    def prepare(self) -> None:
        initial = flat(self.problem.initial())
        self.networks = []
        for row in range(len(self.problem.seeds)):
            modules: list[nn.Module] = []
            for weight, bias in zip(initial[::2], initial[1::2], strict=True):
                linear = nn.Linear(*weight.shape[1:])
                linear.load_state_dict({"weight": weight[row].T, "bias": bias[row]})
                modules += [linear, nn.ReLU()]
            self.networks.append(nn.Sequential(*modules[:-1]))

    def train(self) -> None:
        loss_of = nn.CrossEntropyLoss()
        for network, x, label, batches in zip(self.networks, *self.train_set, self.batches, strict=True):
            optimiser = torch.optim.SGD(network.parameters(), lr=self.problem.learning_rate)
            for batch in batches:
                optimiser.zero_grad()
                loss_of(network(x[batch]), label[batch]).backward()
                optimiser.step()

    def weights(self) -> Weights:
        columns = zip(*(network.parameters() for network in self.networks), strict=True)
        # nn.Linear keeps its weights as (unit, input)
        return [torch.stack([p.detach().mT if p.ndim == 2 else p.detach() for p in column]) for column in columns]


class Stack:
    """All seeds at once, through the training that the pages use, with its shuffling and validation."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.train_set = problem.data("train", problem.signals)
        self.validation = problem.data("validation", 500)

    def prepare(self) -> None:
        self.networks = self.problem.initial()

    def train(self) -> None:
        history = fit(
            self.networks,
            self.train_set,
            self.validation,
            learning_rate=self.problem.learning_rate,
            batch_size=self.problem.batch_size,
            max_epochs=self.problem.epochs,
            patience=None,
            shuffle_seeds=self.problem.seeds,
        )
        # so early in training the last epoch is the best, and fit leaves the networks there
        assert (history.best_epoch == self.problem.epochs).all()

    def weights(self) -> Weights:
        return flat(self.networks)


class Vmap:
    """All seeds at once by ``torch.func``, step after step."""

    def __init__(self, problem: Problem, *, compiled: bool) -> None:
        self.problem, self.compiled = problem, compiled
        self.train_set = problem.data("train", problem.signals)
        self.batches = problem.batches()
        gradients = torch.func.vmap(torch.func.grad(self._loss))

        def step(weights: Weights, x: Tensor, label: Tensor) -> None:
            for weight, gradient in zip(weights, gradients(weights, x, label), strict=True):
                weight.sub_(gradient, alpha=problem.learning_rate)

        self.step = torch.compile(step) if compiled else step
        self.prepare()
        start = time.perf_counter()
        self.step(self.current, *self._batch(0))  # compiles it
        self.compile_seconds = time.perf_counter() - start

    @staticmethod
    def _loss(weights: Weights, x: Tensor, label: Tensor) -> Tensor:
        layers = list(zip(weights[::2], weights[1::2], strict=True))
        for weight, bias in layers[:-1]:
            x = (x @ weight + bias).relu()
        weight, bias = layers[-1]
        return nn.functional.cross_entropy(x @ weight + bias, label)

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        index, seed = self.batches[:, step], torch.arange(len(self.batches)).unsqueeze(1)
        return self.train_set.x[seed, index], self.train_set.label[seed, index]

    def prepare(self) -> None:
        self.current = [tensor.clone() for tensor in flat(self.problem.initial())]

    @torch.no_grad()
    def train(self) -> None:
        for step in range(self.batches.shape[1]):
            self.step(self.current, *self._batch(step))

    def weights(self) -> Weights:
        return self.current


class Jax:
    """All seeds and steps in one compiled function; with several devices the seeds are split between them."""

    def __init__(self, problem: Problem, *, devices: int) -> None:
        import jax
        import jax.numpy as jnp
        import numpy as np
        from jax.sharding import NamedSharding, PartitionSpec

        def loss(weights: list[Any], x: Any, label: Any) -> Any:
            layers = list(zip(weights[::2], weights[1::2], strict=True))
            for weight, bias in layers[:-1]:
                x = jax.nn.relu(x @ weight + bias)
            weight, bias = layers[-1]
            log_probability = jax.nn.log_softmax(x @ weight + bias)
            return -jnp.take_along_axis(log_probability, label[:, None], axis=1).mean()

        def train_one(weights: list[Any], x: Any, label: Any, batches: Any) -> Any:
            def step(weights: list[Any], batch: Any) -> tuple[list[Any], Any]:
                value, gradient = jax.value_and_grad(loss)(weights, x[batch], label[batch])
                return [w - problem.learning_rate * g for w, g in zip(weights, gradient, strict=True)], value

            return jax.lax.scan(step, weights, batches)

        mesh = jax.make_mesh((devices,), ("seed",), devices=jax.devices("cpu")[:devices])
        by_seed = NamedSharding(mesh, PartitionSpec("seed"))
        self.block = jax.block_until_ready

        def put(tensor: Tensor) -> Any:
            return jax.device_put(
                tensor.numpy().astype(np.int32 if tensor.dtype == torch.int64 else np.float32), by_seed
            )

        self.put = put
        self.problem = problem
        self.data = [put(t) for t in (*problem.data("train", problem.signals), problem.batches())]
        train = jax.vmap(train_one)
        if devices > 1:
            one = PartitionSpec("seed")
            train = jax.shard_map(train, mesh=mesh, in_specs=(one,) * 4, out_specs=(one, one))
        self.prepare()
        start = time.perf_counter()
        self.compiled = jax.jit(train).lower(self.initial, *self.data).compile()
        self.compile_seconds = time.perf_counter() - start

    def prepare(self) -> None:
        self.initial = [self.put(tensor) for tensor in flat(self.problem.initial())]

    def train(self) -> None:
        self.final, _ = self.block(self.compiled(self.initial, *self.data))

    def weights(self) -> Weights:
        import numpy as np

        return [torch.from_numpy(np.array(w)) for w in self.final]


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


Way = Loop | Stack | Vmap | Jax


def ways_to_train(problem: Problem, *, devices: int, compiled: bool) -> dict[str, Way]:
    """All ways by their names, ready to train the same networks on the same batches."""
    ways: dict[str, Way] = {"loop": Loop(problem), "stack": Stack(problem), "vmap": Vmap(problem, compiled=False)}
    if compiled:
        ways["vmap, compiled"] = Vmap(problem, compiled=True)
    ways["jax"] = Jax(problem, devices=1)
    if devices > 1:
        ways["jax, sharded"] = Jax(problem, devices=devices)
    return ways


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
