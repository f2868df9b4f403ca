"""Stage: the models of table 4.1 after trainings that might make fragments (section 5): seven remedies, and tasks with
more classes than the ten digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import torch

from helpers.studies.net_fragments.digits import compose, compositions
from helpers.studies.net_fragments.networks import CLASSES, TABLE, FragmentNetworks
from helpers.studies.net_fragments.training import Regularisation, fit


@dataclass(frozen=True, kw_only=True)
class RegularisedModel:
    """The networks of one model, every seed, after one kind of training.

    compositions: how many compositions of the lines are told apart, each a class of its own; 0 for the ten digits.
    """

    history: ClassVar[None] = None
    number: int  # of the model in table 4.1
    regularisation: Regularisation
    samples_per_epoch: int
    epochs: int
    compositions: int = 0

    @property
    def key(self) -> str:
        how = [f"{name}-{float(value):g}" for name, value in asdict(self.regularisation).items() if value]
        task = [f"compositions-{self.compositions}"] if self.compositions else []
        return f"model-{self.number}-{'-'.join(how + task) or 'plain'}"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> FragmentNetworks:
        """Untrained networks, one per seed."""
        return FragmentNetworks(
            self.number,
            seeds=seeds,
            device=device,
            classes=self.compositions or CLASSES,
            winners=self.regularisation.winners,
        )

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[FragmentNetworks, None]:
        """Networks after the last epoch."""
        networks = self.build(seeds=seeds, device=device)
        fit(
            networks,
            treatment=self.regularisation,
            images=compose(chosen(self.compositions)) if self.compositions else None,
            samples_per_epoch=self.samples_per_epoch,
            epochs=self.epochs,
            progress_name=self.key,
        )
        return networks, None


def chosen(count: int) -> torch.Tensor:
    """So many of the 511 compositions that hold a line, drawn once for all: (composition, line)."""
    order = torch.randperm(511, generator=torch.Generator().manual_seed(0))
    return compositions()[1:][order[:count]]


def numbers(values: Mapping[str, Any]) -> list[int]:
    """The models that are trained in each of the ways."""
    return [1, 9] if values["scale"] == "smoke" else list(TABLE)


def strengths(values: Mapping[str, Any]) -> dict[str, list[Regularisation]]:
    """Each remedy by name, at its strengths, weak ones first."""
    tried: dict[str, dict[str, list[Any]]] = {
        "l1": {"L1 on activity": [0.1, 1.0, 10.0]},
        "weight_decay": {"weight decay": [1.0, 10.0, 100.0]},
        "noise": {"noisy pixels": [0.05, 0.1, 0.2]},
        "dropout": {"dropout": [0.25, 0.5, 0.75]},
        "nonnegative": {"weights of one sign": [True]},
        "winners": {"k winners": [6, 3, 1]},
    }
    most = {"smoke": 1, "laptop": 3, "paper": 3}[values["scale"]]
    return {
        label: [Regularisation(**{name: value}) for value in some[:most]]
        for name, entry in tried.items()
        for label, some in entry.items()
    } | {"both": [Regularisation(nonnegative=True, winners=value) for value in (6, 3, 1)[:most]]}


def tasks(values: Mapping[str, Any]) -> list[int]:
    """How many compositions are told apart, each a class."""
    return [10, 20, 40] if values["scale"] == "smoke" else [10, 30, 100, 300]


def task_models(values: Mapping[str, Any]) -> list[int]:
    """The models that tell compositions apart: a convolution, no encoder, a dense layer."""
    return [9] if values["scale"] == "smoke" else [1, 9, 10]


def recipe(
    number: int, regularisation: Regularisation, values: Mapping[str, Any], *, compositions: int = 0
) -> RegularisedModel:
    """The recipe of one model after one training; with compositions, ten times as many samples are shown."""
    samples = values["samples_per_epoch"] * (10 if compositions else 1)
    smoke = values["scale"] == "smoke"
    return RegularisedModel(
        number=number,
        regularisation=regularisation,
        samples_per_epoch=64 if smoke else samples,
        epochs=1 if smoke else values["epochs"],
        compositions=compositions,
    )


def recipes(values: Mapping[str, Any]) -> dict[str, RegularisedModel]:
    """Every model, plain and after each remedy at each strength; some models for each number of compositions."""
    every = [Regularisation(), *(how for some in strengths(values).values() for how in some)]
    made = [recipe(number, how, values) for how in every for number in numbers(values)]
    made += [
        recipe(number, Regularisation(), values, compositions=count)
        for count in tasks(values)
        for number in task_models(values)
    ]
    return {one.key: one for one in made}
