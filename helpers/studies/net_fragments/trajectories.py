"""What the networks of the net fragments study were before training and after every epoch (section 4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.errors import BadInput
from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.networks import CLASSES, HEAD_UNITS, FragmentNetworks, ModelError


class EpochError(BadInput):
    """An epoch of which nothing was stored."""


class TrainingCheckpoints(nn.Module):
    """One model's networks before training (epoch 0) and after every epoch: weights, activations, loss.

    Weights and loss in single precision; activations of every layer for the ten digits in half precision, since
    the weights give them exactly.

    layout: of the lines in the ten images. head_units: size of the head.
    """

    loss: Float[Tensor, "epoch seed"]  # cross-entropy over the ten digits in nats

    def __init__(
        self,
        number: int,
        *,
        epochs: int,
        seeds: Sequence[int],
        device: torch.device | str,
        layout: str = "closed",
        head_units: int = HEAD_UNITS,
    ) -> None:
        super().__init__()
        self.number, self.epochs, self.seeds = number, epochs, tuple(seeds)
        self.layout, self.head_units = layout, head_units
        networks = FragmentNetworks(number, seeds=seeds, device=device, head_units=head_units)
        self.layers = list(networks.layers)
        for name, tensor in networks.state_dict().items():
            self.register_buffer(_buffer("weights", name), tensor.new_zeros(epochs + 1, *tensor.shape))
        for name, tensor in networks.activations(digits(layout).to(device)).items():
            self.register_buffer(_buffer("activations", name), tensor.new_zeros(epochs + 1, *tensor.shape).half())
        self.register_buffer("loss", torch.zeros(epochs + 1, len(seeds), device=device))

    @torch.no_grad()
    def store(self, epoch: int, networks: FragmentNetworks) -> None:
        """Store the networks as they are now."""
        images = digits(self.layout).to(self.loss.device)
        for name, tensor in networks.state_dict().items():
            self.get_buffer(_buffer("weights", name))[epoch] = tensor
        for name, tensor in networks.activations(images).items():
            self.get_buffer(_buffer("activations", name))[epoch] = tensor.half()
        log_probability = networks(images).log_softmax(-1)
        self.loss[epoch] = -log_probability.diagonal(dim1=1, dim2=2).mean(1)

    def networks(self, epoch: int) -> FragmentNetworks:
        """The networks as they were after an epoch; raises EpochError for one that was not stored."""
        networks = FragmentNetworks(self.number, seeds=self.seeds, device=self.loss.device, head_units=self.head_units)
        state = {name: self.get_buffer(_buffer("weights", name))[self._stored(epoch)] for name in networks.state_dict()}
        networks.load_state_dict(state)
        return networks

    def activations(self, epoch: int, layer: str) -> Float[Tensor, "seed digit *unit"]:
        """A layer's stored activations for the ten digits; raises EpochError, or ValueError for an unknown layer."""
        if layer not in self.layers:
            raise ValueError(f"Model {self.number} has no layer {layer!r}; it has {', '.join(self.layers)}.")
        return self.get_buffer(_buffer("activations", layer))[self._stored(epoch)].float()

    def accuracy(self) -> Float[Tensor, "epoch seed"]:
        """Share of the ten digits that are classified rightly."""
        stored = self.get_buffer(_buffer("activations", "classes"))
        right = stored.argmax(-1) == torch.arange(CLASSES, device=stored.device)  # (epoch, seed, digit)
        return right.float().mean(-1)

    def _stored(self, epoch: int) -> int:
        if not 0 <= epoch <= self.epochs:
            raise EpochError(f"Epoch {epoch} was not stored; stored are 0 (before training) to {self.epochs}.")
        return epoch


def _buffer(kind: str, name: str) -> str:
    return f"{kind} {name}".replace(".", " ")  # PyTorch allows no dot in a buffer's name


class Trajectories(nn.Module):
    """The trajectories of several models, by their numbers in table 4.1; ModelError for one that is not here."""

    def __init__(
        self,
        numbers: Sequence[int],
        *,
        epochs: int,
        seeds: Sequence[int],
        device: torch.device | str,
        layout: str = "closed",
        head_units: int = HEAD_UNITS,
    ) -> None:
        super().__init__()
        settings: dict[str, Any] = {"epochs": epochs, "seeds": seeds, "device": device}
        settings |= {"layout": layout, "head_units": head_units}
        self.models = nn.ModuleDict({str(number): TrainingCheckpoints(number, **settings) for number in numbers})

    def __getitem__(self, number: int) -> TrainingCheckpoints:
        if str(number) not in self.models:
            raise ModelError(f"Model {number} was not trained here; trained are {', '.join(self.models)}.")
        trajectory = self.models[str(number)]
        assert isinstance(trajectory, TrainingCheckpoints)
        return trajectory

    @property
    def numbers(self) -> list[int]:
        """The models, in ascending order."""
        return [int(name) for name in self.models]
