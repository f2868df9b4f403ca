"""Stage: five-layer perceptrons that classify handwritten digits (jump detection study, section 6.4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.data.mnist import Digits, digits
from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.perceptron import Perceptrons
from helpers.training.stacks import History, fit


@dataclass(frozen=True, kw_only=True)
class DigitPerceptrons:
    """Networks with five layers as wide as an image has pixels, and ten classes.

    images: which digits, an argument of :func:`helpers.data.mnist.digits`.
    source: the digits that this argument gives on this machine.
    networks: of how many of the run's seeds there are networks, beginning with the first.

    A fifth of the training images is used for validation.
    """

    history: ClassVar[type] = History
    images: str
    source: str
    networks: int
    learning_rate: float
    batch_size: int
    max_epochs: int
    patience: int = 20

    @property
    def key(self) -> str:
        return "digits-5"

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def data(self) -> Digits:
        """The images for training and tests."""
        return digits(self.images)  # type: ignore[arg-type]

    def build(self, *, seeds: Sequence[int], device: torch.device) -> Perceptrons:
        """Untrained networks, one for each of the first seeds."""
        pixels = self.data().train_x.shape[1]
        return Perceptrons((*[pixels] * 5, 10), seeds=seeds[: self.networks], device=device)

    def train(self, *, seeds: Sequence[int], device: torch.device) -> tuple[Perceptrons, History]:
        """Networks at the minimum of their validation loss; all seeds have the same images."""
        networks, data = self.build(seeds=seeds, device=device), self.data()
        x, label = data.train_x.to(device), data.train_label.to(device)
        held_back, chosen = len(x) // 5, seeds[: self.networks]
        return networks, fit(
            networks,
            for_all(x[held_back:], label[held_back:], len(chosen)),
            for_all(x[:held_back], label[:held_back], len(chosen)),
            learning_rate=self.learning_rate,
            batch_size=self.batch_size,
            max_epochs=self.max_epochs,
            patience=self.patience,
            shuffle_seeds=chosen,
            progress_name=self.source,
        )


def for_all(x: Float[Tensor, "image pixel"], label: Int[Tensor, " image"], seeds: int) -> LabelledStack:
    """The same images for every seed, without a copy.

    x: the images.
    label: the digit of each image.
    seeds: the number of seeds.
    """
    return LabelledStack(x.expand(seeds, -1, -1), label.expand(seeds, -1))


def recipes(values: Mapping[str, Any]) -> dict[str, DigitPerceptrons]:
    """The networks of figure 6.12: "digits-5"."""
    scale, images = values["scale"], values.get("images", "auto")
    if scale == "smoke" and images == "auto":
        images = "small"
    recipe = DigitPerceptrons(
        images=images,
        source=digits(images).source,
        networks={"smoke": 1, "laptop": min(2, values["seeds"]), "paper": values["seeds"]}[scale],
        learning_rate=0.01 if scale == "paper" else 0.1,
        batch_size=1_000 if scale == "paper" else 100,
        max_epochs={"smoke": 2, "laptop": 5, "paper": 3_000}[scale],
    )
    return {recipe.key: recipe}
