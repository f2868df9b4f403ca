"""Train the networks of the net fragments study (section 4.1).

The data set holds ten images, so a batch of 32 samples shows some of them several times. What a batch decides is
only how often each digit is in it: its mean loss is that of the ten digits, weighted with their counts. Training
therefore runs the ten images once per step, whatever the batch; only where every sample is disturbed in its own
way (noise, dropout), or where there are more images than samples in a batch, are the samples themselves run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from helpers.randomness import generator
from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.networks import HEAD_UNITS, FragmentNetworks
from helpers.training.divergence import check_losses


@dataclass(frozen=True, kw_only=True)
class Regularisation:
    """What is done to a training, besides the study's own.

    l1: weight, in the loss, of the mean activation of every ReLU layer, summed over the layers.
    weight_decay: decoupled from the gradient (AdamW); per step, weights lose learning rate times this share.
    noise: probability with which each pixel of each training sample is flipped.
    dropout: probability with which each neuron of the head is left out, sample by sample.
    nonnegative: whether weights below 0 are set to 0 after every step, in all layers but the last; biases are free.
    winners: how many units of the head stay on for an image, the most active ones; 0 for all.
    Raises ValueError for a number that is negative, or a probability not below 1.
    """

    l1: float = 0.0
    weight_decay: float = 0.0
    noise: float = 0.0
    dropout: float = 0.0
    nonnegative: bool = False
    winners: int = 0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            top = 1 if name in ("noise", "dropout") else torch.inf
            if not 0 <= value < top:
                allowed = "from 0 to below 1" if top == 1 else "a finite number of at least 0"
                raise ValueError(f"{name} = {value} is not allowed; it must be {allowed}")

    @property
    def by_sample(self) -> bool:
        """Whether samples of one digit differ from each other."""
        return self.noise > 0 or self.dropout > 0


def fit(
    networks: FragmentNetworks,
    *,
    samples_per_epoch: int = 10_000,
    epochs: int = 10,
    batch_size: int = 32,
    learning_rate: float = 5e-4,
    treatment: Regularisation | None = None,
    images: Float[Tensor, "class 9 9"] | None = None,
    after_epoch: Callable[[int], None] = lambda epoch: None,
    progress_name: str = "",
) -> None:
    """Train every network of a stack with Adam on the cross-entropy (section 4.1).

    An epoch shows ``samples_per_epoch`` images, each drawn at random; a last, smaller batch takes what is left.
    images: one per class; the ten digits if none are given. The number of winners is the networks' own.
    What a seed sees depends on that seed alone. ``after_epoch`` is called with the number of each finished epoch,
    from 1 on. Raises TrainingDiverged, naming seed, step and learning rate, if a loss is not finite, and
    ValueError for a size below 1.
    """
    for name, size in (("samples_per_epoch", samples_per_epoch), ("epochs", epochs), ("batch_size", batch_size)):
        if size < 1:
            raise ValueError(f"{name} = {size} must be at least 1")
    treatment, images = treatment or Regularisation(), digits() if images is None else images
    parameters = networks.trainable()
    optimiser = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=treatment.weight_decay, fused=True)
    draws = [generator(seed, "digits") for seed in networks.seeds]
    disturbances = [generator(seed, "disturbances") for seed in networks.seeds]
    steps = 0
    with _one_thread(), tqdm(total=epochs, desc=progress_name, unit="epoch", disable=None) as bar:
        for epoch in range(1, epochs + 1):
            shown = torch.stack([torch.randint(len(images), (samples_per_epoch,), generator=draw) for draw in draws])
            losses = []
            for batch in _batches(images, shown, batch_size, treatment, disturbances, parameters[0].device):
                loss = _loss(networks, batch, treatment)
                for parameter, gradient in zip(parameters, torch.autograd.grad(loss.sum(), parameters), strict=True):
                    parameter.grad = gradient.contiguous()  # fused=True takes for granted that it is
                optimiser.step()
                if treatment.nonnegative:
                    set_negative_weights_to_zero(networks)
                losses.append(loss.detach())
            check_losses(
                torch.stack(losses, dim=1), seeds=networks.seeds, steps_before=steps, learning_rate=learning_rate
            )
            steps += len(losses)
            after_epoch(epoch)
            bar.update()
    for parameter in parameters:
        parameter.requires_grad_(False)
        parameter.grad = None


@torch.no_grad()
def set_negative_weights_to_zero(networks: FragmentNetworks) -> None:
    """In all layers but the last; biases stay as they are."""
    for name, parameter in networks.named_parameters():
        if name.endswith("weight") and not name.startswith("layers.classes"):
            parameter.clamp_(min=0)


@contextmanager
def _one_thread() -> Iterator[None]:
    # operations this small are slower with several threads, which wait for each other
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Batch(NamedTuple):
    """What the loss of one step is computed from."""

    images: Float[Tensor, "*seed image 9 9"]
    labels: Int[Tensor, "seed image"]
    weight: Float[Tensor, "seed image"]  # of each image in the mean
    keep: Float[Tensor, "seed image 12"] | None = None  # factors on the activations of the head


def _batches(
    images: Float[Tensor, "class 9 9"],
    shown: Int[Tensor, "seed sample"],
    size: int,
    treatment: Regularisation,
    disturbances: Sequence[torch.Generator],
    device: torch.device,
) -> Iterator[_Batch]:
    """The batches of an epoch that shows these classes."""
    if treatment.by_sample or len(images) > size:
        for labels in shown.split(size, dim=1):
            yield _samples(images, labels, disturbances, treatment, device)
    else:
        count, images = len(images), images.to(device)
        every = torch.arange(count).expand(len(shown), count).to(device)
        for samples in functional.one_hot(shown, count).split(size, dim=1):  # (seed, sample, class)
            counts = samples.sum(1)
            yield _Batch(images, every, (counts / samples.shape[1]).to(device))


def _samples(
    images: Float[Tensor, "class 9 9"],
    labels: Int[Tensor, "seed sample"],
    disturbances: Sequence[torch.Generator],
    treatment: Regularisation,
    device: torch.device,
) -> _Batch:
    """The samples one by one, each with its own flipped pixels and units left out."""
    count = labels.shape[1]
    images = images[labels]  # (seed, sample, row, column)
    keep = None
    if treatment.noise:
        flipped = _chosen(images.shape[1:], treatment.noise, disturbances)
        images = torch.where(flipped, 1 - images, images)
    if treatment.dropout:
        left_out = _chosen(torch.Size((count, HEAD_UNITS)), treatment.dropout, disturbances)
        keep = ((~left_out) / (1 - treatment.dropout)).to(device)
    weight = torch.full(labels.shape, 1 / count)
    return _Batch(images.to(device), labels.to(device), weight.to(device), keep)


def _chosen(shape: torch.Size, probability: float, draws: Sequence[torch.Generator]) -> Bool[Tensor, "seed ..."]:
    return torch.stack([torch.rand(shape, generator=draw) < probability for draw in draws])


def _loss(networks: FragmentNetworks, batch: _Batch, treatment: Regularisation) -> Float[Tensor, " seed"]:
    images, labels, weight, keep = batch
    outputs = networks.outputs(images, keep=keep)
    per_image = -outputs["classes"].log_softmax(-1).gather(-1, labels.unsqueeze(-1)).squeeze(-1)
    if treatment.l1:
        rectified = [values for name, values in outputs.items() if name != "classes" and not name.startswith("pool")]
        per_image = per_image + treatment.l1 * sum(values.flatten(2).mean(-1) for values in rectified)
    return (weight * per_image).sum(-1)
