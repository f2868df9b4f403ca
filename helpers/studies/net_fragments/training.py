"""Train the networks of the net fragments study (section 4.1), and keep what they were after every epoch.

The data set holds ten images, so a batch of 32 samples shows some of them several times. What a batch decides is
only how often each digit is in it: its mean loss is that of the ten digits, weighted with their counts. Training
therefore runs the ten images once per step, whatever the batch; only where every sample is disturbed in its own
way (noise, dropout) are the samples themselves run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.adamw import adamw
from tqdm import tqdm

from helpers.errors import BadInput
from helpers.randomness import generator
from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.networks import CLASSES, HEAD_UNITS, FragmentNetworks, ModelError
from helpers.training.divergence import TrainingDiverged


class EpochError(BadInput):
    """An epoch of which nothing was stored."""


@dataclass(frozen=True, kw_only=True)
class Regularisation:
    """What is done to a training, besides the study's own.

    l1: weight, in the loss, of the mean activation of every ReLU layer, summed over the layers.
    weight_decay: decoupled from the gradient (AdamW); per step, weights lose learning rate times this share.
    noise: probability with which each pixel of each training sample is flipped.
    dropout: probability with which each neuron of the head is left out, sample by sample.
    Raises ValueError for a number that is negative, or a probability not below 1.
    """

    l1: float = 0.0
    weight_decay: float = 0.0
    noise: float = 0.0
    dropout: float = 0.0

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
    after_epoch: Callable[[int], None] = lambda epoch: None,
    progress_name: str = "",
) -> None:
    """Train every network of a stack with Adam on the cross-entropy (section 4.1).

    An epoch shows ``samples_per_epoch`` digits, each drawn at random; a last, smaller batch takes what is left.
    What a seed sees depends on that seed alone. ``after_epoch`` is called with the number of each finished epoch,
    from 1 on. Raises TrainingDiverged, naming seed, step and learning rate, if a loss is not finite, and
    ValueError for a size below 1.
    """
    for name, size in (("samples_per_epoch", samples_per_epoch), ("epochs", epochs), ("batch_size", batch_size)):
        if size < 1:
            raise ValueError(f"{name} = {size} must be at least 1")
    treatment = treatment or Regularisation()
    parameters = networks.trainable()
    device = parameters[0].device
    adam = _Adam(parameters, learning_rate, treatment.weight_decay)
    draws = [generator(seed, "digits") for seed in networks.seeds]
    disturbances = [generator(seed, "disturbances") for seed in networks.seeds]
    steps = 0
    with _one_thread(), tqdm(total=epochs, desc=progress_name, unit="epoch", disable=None) as bar:
        for epoch in range(1, epochs + 1):
            shown = torch.stack([torch.randint(CLASSES, (samples_per_epoch,), generator=draw) for draw in draws])
            losses = []
            for labels in shown.split(batch_size, dim=1):
                batch = _samples if treatment.by_sample else _counts
                loss = _loss(networks, *batch(labels, disturbances, treatment, device), treatment)
                adam.step(torch.autograd.grad(loss.sum(), parameters))
                losses.append(loss.detach())
            _check(torch.stack(losses, dim=1), networks.seeds, steps, learning_rate)
            steps += len(losses)
            after_epoch(epoch)
            bar.update()
    for parameter in parameters:
        parameter.requires_grad_(False)


class _Adam:
    """``torch.optim.AdamW(..., fused=True)``, of which this is the functional form.

    The class imports torch's compiler when it is first made, which takes longer than a small training.
    """

    def __init__(self, parameters: Sequence[Tensor], learning_rate: float, weight_decay: float) -> None:
        self.parameters = list(parameters)
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.means = [torch.zeros_like(p) for p in parameters]
        self.squares = [torch.zeros_like(p) for p in parameters]
        self.steps = [torch.zeros((), device=p.device) for p in parameters]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor]) -> None:
        adamw(
            self.parameters,
            [gradient.contiguous() for gradient in gradients],  # fused=True takes for granted that they are
            self.means,
            self.squares,
            [],
            self.steps,
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=self.learning_rate,
            weight_decay=self.weight_decay,
            eps=1e-8,
            maximize=False,
        )


@contextmanager
def _one_thread() -> Iterator[None]:
    # operations this small are slower with several threads, which wait for each other
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


# What a batch hands to the loss: images, their labels, their weights in the mean, factors on the head.
Batch = tuple[Float[Tensor, "*seed image 9 9"], Int[Tensor, "seed image"], Float[Tensor, "seed image"], Tensor | None]


def _counts(
    labels: Int[Tensor, "seed sample"], _: Sequence[torch.Generator], treatment: Regularisation, device: torch.device
) -> Batch:
    """The ten digits, weighted by how often the batch shows them."""
    counts = functional.one_hot(labels, CLASSES).sum(1)
    every = torch.arange(CLASSES).expand(len(labels), CLASSES)
    return digits().to(device), every.to(device), (counts / labels.shape[1]).to(device), None


def _samples(
    labels: Int[Tensor, "seed sample"],
    draws: Sequence[torch.Generator],
    treatment: Regularisation,
    device: torch.device,
) -> Batch:
    """The samples one by one, each with its own flipped pixels and neurons left out."""
    count = labels.shape[1]
    images = digits()[labels]  # (seed, sample, row, column)
    keep = None
    if treatment.noise:
        flipped = _chosen(images.shape[1:], treatment.noise, draws)
        images = torch.where(flipped, 1 - images, images)
    if treatment.dropout:
        left_out = _chosen(torch.Size((count, HEAD_UNITS)), treatment.dropout, draws)
        keep = ((~left_out) / (1 - treatment.dropout)).to(device)
    weight = torch.full(labels.shape, 1 / count)
    return images.to(device), labels.to(device), weight.to(device), keep


def _chosen(shape: torch.Size, probability: float, draws: Sequence[torch.Generator]) -> Bool[Tensor, "seed ..."]:
    return torch.stack([torch.rand(shape, generator=draw) < probability for draw in draws])


def _loss(
    networks: FragmentNetworks,
    images: Float[Tensor, "*seed image 9 9"],
    labels: Int[Tensor, "seed image"],
    weight: Float[Tensor, "seed image"],
    keep: Float[Tensor, "seed image 12"] | None,
    treatment: Regularisation,
) -> Float[Tensor, " seed"]:
    outputs = networks.outputs(images, keep=keep)
    per_image = -outputs["classes"].log_softmax(-1).gather(-1, labels.unsqueeze(-1)).squeeze(-1)
    if treatment.l1:
        rectified = [values for name, values in outputs.items() if name != "classes" and not name.startswith("pool")]
        per_image = per_image + treatment.l1 * sum(values.flatten(2).mean(-1) for values in rectified)
    return (weight * per_image).sum(-1)


def _check(losses: Float[Tensor, "seed step"], seeds: Sequence[int], before: int, learning_rate: float) -> None:
    wrong = ~losses.isfinite()
    if wrong.any():
        step = int(wrong.any(0).nonzero()[0])
        row = int(wrong[:, step].nonzero()[0])
        raise TrainingDiverged(
            f"training diverged: the loss of seed {seeds[row]} is {losses[row, step].item()} at step "
            f"{before + step + 1} with learning_rate = {learning_rate}; a smaller one is needed"
        )


class TrainingCheckpoints(nn.Module):
    """One model's networks before training (epoch 0) and after every epoch: weights, activations, loss.

    Weights and loss in single precision; activations of every layer for the ten digits in half precision, since
    the weights give them exactly.
    """

    loss: Float[Tensor, "epoch seed"]  # cross-entropy over the ten digits in nats

    def __init__(self, number: int, *, epochs: int, seeds: Sequence[int], device: torch.device | str) -> None:
        super().__init__()
        self.number, self.epochs, self.seeds = number, epochs, tuple(seeds)
        networks = FragmentNetworks(number, seeds=seeds, device=device)
        self.layers = list(networks.layers)
        for name, tensor in networks.state_dict().items():
            self.register_buffer(_buffer("weights", name), tensor.new_zeros(epochs + 1, *tensor.shape))
        for name, tensor in networks.activations(digits().to(device)).items():
            self.register_buffer(_buffer("activations", name), tensor.new_zeros(epochs + 1, *tensor.shape).half())
        self.register_buffer("loss", torch.zeros(epochs + 1, len(seeds), device=device))

    @torch.no_grad()
    def keep(self, epoch: int, networks: FragmentNetworks) -> None:
        """Store the networks as they are now."""
        images = digits().to(self.loss.device)
        for name, tensor in networks.state_dict().items():
            self.get_buffer(_buffer("weights", name))[epoch] = tensor
        for name, tensor in networks.activations(images).items():
            self.get_buffer(_buffer("activations", name))[epoch] = tensor.half()
        log_probability = networks(images).log_softmax(-1)
        self.loss[epoch] = -log_probability.diagonal(dim1=1, dim2=2).mean(1)

    def networks(self, epoch: int) -> FragmentNetworks:
        """The networks as they were after an epoch; raises EpochError for one that was not stored."""
        networks = FragmentNetworks(self.number, seeds=self.seeds, device=self.loss.device)
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
        self, numbers: Sequence[int], *, epochs: int, seeds: Sequence[int], device: torch.device | str
    ) -> None:
        super().__init__()
        self.models = nn.ModuleDict(
            {str(number): TrainingCheckpoints(number, epochs=epochs, seeds=seeds, device=device) for number in numbers}
        )

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
