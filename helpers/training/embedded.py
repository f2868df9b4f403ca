"""Train the narrow networks that come with this package, on procedural images that are drawn as they are needed.

No image is shown twice: training goes through the images of one stream in order, and accuracy is measured on another.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from helpers.data.patterns import Labelled, Patterns
from helpers.models.googlenet import GoogLeNet
from helpers.models.initialisation import he_normal_
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import descriptions
from helpers.models.vgg import VGG16
from helpers.threads import worker_threads
from helpers.training.divergence import check_losses

PREPROCESSING = Preprocessing(size=64, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
_TRAIN, _TEST = "train", "test"  # streams of images
_STRONGEST = 1.0  # norm to which a step's gradient is cut
_LOOK = 25  # steps between two looks at the loss: on a GPU, every look waits for it


@dataclass(frozen=True, kw_only=True)
class Course:
    """What a training went through."""

    loss: Float[Tensor, " step"]  # cross-entropy of each batch in nats, before its update
    accuracy: Float[Tensor, " step"]  # share of each batch that was classified rightly, before its update


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network of the package is built and trained: AdamW, one cycle of the learning rate, He initialisation.

    warm_up: share of the steps in which the learning rate rises to ``learning_rate``, and the momentum falls from
    0.95 to 0.85; in the others both go back.
    Raises ValueError for a size below 1, a learning rate that is not above 0 and a warm-up not between 0 and 1.
    """

    architecture: Literal["vgg16", "googlenet"]
    width: float
    steps: int
    batch_size: int = 128
    learning_rate: float = 1.5e-3
    warm_up: float = 0.3

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)} must be at least 1")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate = {self.learning_rate} must be above 0")
        if not 0 < self.warm_up < 1:
            raise ValueError(f"warm_up = {self.warm_up} must lie between 0 and 1")

    @property
    def options(self) -> dict[str, Any]:
        """What the architecture is built with, besides its number of classes."""
        return {"width": self.width} | ({"head": "average"} if self.architecture == "vgg16" else {})

    def build(self, *, seed: int) -> nn.Module:
        """The network before training."""
        kind = VGG16 if self.architecture == "vgg16" else GoogLeNet
        network = kind(classes=len(Patterns().class_names), **self.options)
        he_normal_(network, seed=seed)
        return network


# The trainings of the networks that come with this package.
EMBEDDED = {
    "vgg16": Training(architecture="vgg16", width=0.25, steps=800),
    "googlenet": Training(architecture="googlenet", width=0.4, steps=800),
}


def train(training: Training, *, seed: int = 0, device: torch.device | str = "cpu") -> tuple[nn.Module, Course]:
    """A network trained on images of ``seed``, in eval mode, and its course.

    Raises TrainingDiverged, naming the step and the learning rate, once a loss is not a finite number.
    """
    network = training.build(seed=seed).to(device).to(memory_format=torch.channels_last)  # a fifth faster on a CPU
    parameters = list(network.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=training.learning_rate)
    # one step more than are taken: it would be one of learning rate 0
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, training.learning_rate, total_steps=training.steps + 1, pct_start=training.warm_up
    )
    workers = torch.get_num_threads() if torch.device(device).type == "cpu" else 1
    size = -(-training.batch_size // workers)
    losses: list[Tensor] = []
    right: list[Tensor] = []
    with (
        tqdm(total=training.steps, desc=training.architecture, unit="step", disable=None) as bar,
        worker_threads(workers) as pool,
    ):
        for x, label in _ahead(training, seed):
            x, label = x.to(device, memory_format=torch.channels_last), label.to(device)
            parts = list(pool.map(partial(_gradients, network), x.split(size), label.split(size)))
            for parameter, *gradients in zip(parameters, *(part.gradients for part in parts), strict=True):
                parameter.grad = torch.stack(gradients).sum(dim=0) / len(x)
            nn.utils.clip_grad_norm_(parameters, _STRONGEST)
            optimiser.step()
            cycle.step()
            losses.append(torch.stack([part.loss for part in parts]).sum() / len(x))
            right.append(torch.stack([part.right for part in parts]).sum() / len(x))
            bar.update()
            if len(losses) % _LOOK == 0 or len(losses) == training.steps:
                latest = torch.stack(losses[-_LOOK:]).cpu()
                check_losses(latest[None], steps_before=len(losses) - len(latest), learning_rate=training.learning_rate)
                bar.set_postfix(loss=f"{losses[-1]:.3f}", accuracy=f"{right[-1]:.3f}")
    return network.to(memory_format=torch.contiguous_format).eval(), Course(
        loss=torch.stack(losses).cpu(), accuracy=torch.stack(right).cpu()
    )


class _Part(NamedTuple):
    """What one thread makes of its images of a batch: sums over them."""

    gradients: tuple[Tensor, ...]
    loss: Tensor
    right: Tensor


def _gradients(network: nn.Module, x: Float[Tensor, "image 3 row column"], label: Int[Tensor, " image"]) -> _Part:
    """Each thread has its own images: threads that share every layer of all images wait for each other there."""
    with torch.enable_grad():
        logits = network(PREPROCESSING(x))
        loss = functional.cross_entropy(logits, label, reduction="sum")
        gradients = torch.autograd.grad(loss, list(network.parameters()))
    return _Part(gradients, loss.detach(), (logits.detach().argmax(1) == label).sum())


def _ahead(training: Training, seed: int) -> Iterator[Labelled]:
    """The batches of a training; each is drawn while the network is busy with the one before."""
    patterns, size = Patterns(size=PREPROCESSING.size), training.batch_size

    def draw(step: int) -> Labelled:
        return patterns.draw(range(step * size, (step + 1) * size), seed=seed, purpose=_TRAIN)

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(draw, 0)
        for step in range(1, training.steps + 1):
            batch = coming.result()
            if step < training.steps:
                coming = pool.submit(draw, step)
            yield batch


@torch.no_grad()
def accuracy(network: nn.Module, *, count: int, seed: int = 0, batch_size: int = 256) -> Float[Tensor, " class"]:
    """Share of each class that the network classifies rightly, among the first ``count`` images held back.

    NaN for a class of which there is no image. Raises ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError(f"count = {count}: at least one image is needed")
    patterns = Patterns(size=PREPROCESSING.size)
    device = next(network.parameters()).device
    shown = torch.zeros(len(patterns.class_names), dtype=torch.float64)
    right = torch.zeros_like(shown)
    for first in tqdm(range(0, count, batch_size), desc="held back", unit="batch", disable=None):
        x, label = patterns.draw(range(first, min(first + batch_size, count)), seed=seed, purpose=_TEST)
        answer = network(PREPROCESSING(x.to(device))).argmax(1).cpu()
        shown += label.bincount(minlength=len(shown))
        right += label[answer == label].bincount(minlength=len(shown))
    return (right / shown).float()


def save(network: nn.Module, training: Training, path: Path, *, seed: int, held_back: Float[Tensor, " class"]) -> None:
    """Write a trained network as ``path`` (.json) and the file of its tensors beside it, in half precision.

    held_back: its accuracy on every class, which the description notes with how it was trained.
    """
    names = tuple(Patterns().class_names)
    descriptions.save(
        network,
        path,
        architecture=training.architecture,
        preprocessing=PREPROCESSING,
        class_names=names,
        options=training.options,
        description=f"narrow {training.architecture}, trained by this project on procedural images of "
        f"{len(names)} classes",
        about={
            "training": {**asdict(training), "seed": seed},
            "accuracy": round(float(held_back.mean()), 4),
            "accuracy_by_class": {name: round(float(a), 4) for name, a in zip(names, held_back, strict=True)},
        },
    )
