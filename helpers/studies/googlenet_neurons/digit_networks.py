"""Many small networks that read digits, trained side by side: the simple model of the study's section 2.

Each has one convolution of 3×3, a ReLU, pooling over 2×2 and a dense layer. All networks see the same images.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from helpers.randomness import generator

SIDE, CLASSES = 3, 10


@dataclass(frozen=True, kw_only=True)
class Followed:
    """Kernels at some steps of the training, and the loss of each step, in nats, from before the step."""

    kernels: Float[Tensor, "record network unit value"]
    loss: Float[Tensor, "network step"]


def he_kernels(networks: int, units: int, *, seed: int) -> Float[Tensor, "network unit value"]:
    """He's random kernels, for one channel of input."""
    drawn = torch.randn(networks, units, SIDE * SIDE, generator=generator(seed, "He kernels"))
    return drawn * (2 / (SIDE * SIDE)) ** 0.5


def like_he(
    kernels: Float[Tensor, "kernel value"], networks: int, units: int, *, seed: int
) -> Float[Tensor, "network unit value"]:
    """Kernels drawn from those given, each with the norm of one of He's kernels."""
    start = he_kernels(networks, units, seed=seed)
    which = torch.randint(len(kernels), (networks, units), generator=generator(seed, "drawn kernels"))
    drawn = kernels[which]
    return drawn / drawn.norm(dim=-1, keepdim=True) * start.norm(dim=-1, keepdim=True)


def followed(
    start: Float[Tensor, "network unit value"],
    x: Float[Tensor, "image row column"],
    label: Int[Tensor, " image"],
    *,
    steps: int,
    batch: int,
    records: list[int],
    learning_rate: float,
    seed: int,
) -> Followed:
    """Train networks from these kernels by stochastic gradient descent with momentum 0.9.

    records: steps before which the kernels are kept; the last may be ``steps``, after the training.
    """
    networks, units, _ = start.shape
    inner = (x.shape[1] - SIDE + 1) // 2 * ((x.shape[2] - SIDE + 1) // 2)
    kernels = nn.Parameter(start.reshape(networks * units, 1, SIDE, SIDE).clone())
    dense = torch.randn(networks, units * inner, CLASSES, generator=generator(seed, "dense")) / (units * inner) ** 0.5
    bias, weight = nn.Parameter(torch.zeros(networks * units)), nn.Parameter(dense)
    offset = nn.Parameter(torch.zeros(networks, 1, CLASSES))
    optimiser = torch.optim.SGD([kernels, bias, weight, offset], lr=learning_rate, momentum=0.9)
    random, kept, losses = generator(seed, "batches"), [], []
    for step in range(steps + 1):
        if step in records:
            kept.append(kernels.detach().reshape(networks, units, -1).clone())
        if step == steps:
            break
        chosen = torch.randint(len(x), (batch,), generator=random)
        maps = functional.max_pool2d(functional.conv2d(x[chosen, None], kernels, bias).relu(), 2)
        hidden = maps.reshape(batch, networks, -1).transpose(0, 1)  # (network, image, unit and position)
        logits = torch.baddbmm(offset, hidden, weight)
        each = functional.cross_entropy(logits.flatten(0, 1), label[chosen].repeat(networks), reduction="none").reshape(
            networks, batch
        )
        loss = each.mean(dim=1)
        optimiser.zero_grad()
        loss.sum().backward()  # networks share no weights, so that each gets the gradient of its own loss
        optimiser.step()
        losses.append(loss.detach())
    return Followed(kernels=torch.stack(kept), loss=torch.stack(losses, dim=1))
