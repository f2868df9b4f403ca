"""The ways to train many networks at once that ``benchmarks.training_stack`` compares; its docstring names them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

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
