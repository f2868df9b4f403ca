"""Stage: the models of table 4.1 with penalties, noise and dropout, which might make fragments (section 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import torch

from helpers.studies.net_fragments.networks import TABLE, FragmentNetworks
from helpers.studies.net_fragments.training import Regularisation, fit


@dataclass(frozen=True, kw_only=True)
class RegularisedModel:
    """The networks of one model, every seed, after one kind of training."""

    history: ClassVar[None] = None
    number: int  # of the model in table 4.1
    regularisation: Regularisation
    samples_per_epoch: int
    epochs: int

    @property
    def key(self) -> str:
        how = [f"{name}-{value:g}" for name, value in asdict(self.regularisation).items() if value]
        return f"model-{self.number}-{'-'.join(how) or 'plain'}"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def build(self, *, seeds: Sequence[int], device: torch.device) -> FragmentNetworks:
        """Untrained networks, one per seed."""
        return FragmentNetworks(self.number, seeds=seeds, device=device)

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[FragmentNetworks, None]:
        """Networks after the last epoch."""
        networks = self.build(seeds=seeds, device=device)
        fit(
            networks,
            treatment=self.regularisation,
            samples_per_epoch=self.samples_per_epoch,
            epochs=self.epochs,
            progress_name=self.key,
        )
        return networks, None


def numbers(values: Mapping[str, Any]) -> list[int]:
    """The models that are trained in each of the ways."""
    return [1, 9] if values["scale"] == "smoke" else list(TABLE)


def ways(values: Mapping[str, Any]) -> dict[str, Regularisation]:
    """The trainings by name, each at the strength that the page's parameters give."""
    return {
        "plain": Regularisation(),
        "L1 on activity": Regularisation(l1=values["l1"]),
        "weight decay": Regularisation(weight_decay=values["weight_decay"]),
        "noisy pixels": Regularisation(noise=values["noise"]),
        "dropout": Regularisation(dropout=values["dropout"]),
    }


def harder(values: Mapping[str, Any]) -> dict[str, Regularisation]:
    """The trainings of model 10 over a range of each strength."""
    strengths: dict[str, dict[str, list[float]]] = {
        "l1": {"smoke": [1.0], "laptop": [1.0, 10.0], "paper": [0.01, 0.1, 1.0, 10.0]},
        "weight_decay": {"smoke": [10.0], "laptop": [10.0, 100.0], "paper": [0.1, 1.0, 10.0, 100.0]},
        "noise": {"smoke": [0.1], "laptop": [0.1, 0.2], "paper": [0.02, 0.1, 0.2]},
        "dropout": {"smoke": [0.5], "laptop": [0.5, 0.75], "paper": [0.1, 0.5, 0.75]},
    }
    tried = {
        f"{name} {value:g}": Regularisation(**{name: value})
        for name, by_scale in strengths.items()
        for value in by_scale[values["scale"]]
    }
    return {"plain": Regularisation(), **tried}


def recipe(number: int, regularisation: Regularisation, values: Mapping[str, Any]) -> RegularisedModel:
    """The recipe of one model after one training."""
    smoke = values["scale"] == "smoke"
    return RegularisedModel(
        number=number,
        regularisation=regularisation,
        samples_per_epoch=64 if smoke else values["samples_per_epoch"],
        epochs=1 if smoke else values["epochs"],
    )


def recipes(values: Mapping[str, Any]) -> dict[str, RegularisedModel]:
    """Every model after each of the ways, and model 10 after each harder one, by ``key``."""
    made = [recipe(number, how, values) for how in ways(values).values() for number in numbers(values)]
    made += [recipe(10, how, values) for how in harder(values).values()]
    return {one.key: one for one in made}
