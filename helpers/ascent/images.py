"""The image that excites one unit of a convolutional network most (probing, section 4, eq. 10), from many starts.

    starts = random_starts(8, (3, 64, 64), seed=0)
    found = maximise(network, "relu4_3", 17, starts, at=(4, 4), steps=200)

All starts climb in one batch, the forward pass ends at the layer, and every start keeps the course of its activation.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from tqdm import tqdm

from helpers.hooks.recording import StopForward, named_layer
from helpers.randomness import generator


class BestImages(NamedTuple):
    """Where the ascents ended."""

    image: Float[Tensor, "start channel height width"]
    activation: Float[Tensor, " start"]  # of these images, without penalty or jitter
    history: Float[Tensor, "start step"]  # the activation before each step, of the jittered image if there is jitter


def maximise(
    network: nn.Module,
    layer: str,
    unit: int,
    starts: Float[Tensor, "start channel height width"],
    *,
    position: tuple[int, int] | None,
    steps: int,
    rate: float = 0.05,
    rule: str = "adam",
    jitter: int = 0,
    variation: float = 0.0,
    decay: float = 0.0,
    seed: int = 0,
    progress_name: str = "",
) -> BestImages:
    """Gradient ascent on the activation of one unit at place ``at`` (row, column; None for a layer without places).

    ``rule`` is "plain", the study's (the gradient times ``rate``), or "adam". ``jitter`` moves the images by up to so
    many pixels either way before each step, round the borders. ``variation`` weighs their total variation (sum of
    absolute differences of neighbours), ``decay`` half their squared length; both are taken off the activation.
    A start at which the unit is silent behind its ReLU has no gradient and stays where it is: give the layer before
    the ReLU. The network is as before when this ends, also by an exception; its parameters get no gradients.

    Raises UnknownLayer for a layer the network does not have, ValueError for a unit, place, rule or number out of
    range, and for a layer that is not reached.
    """
    numbers = {"jitter": jitter, "variation": variation, "decay": decay}
    for name, number in numbers.items():
        if number < 0:
            raise ValueError(f"{name} = {number} must not be negative")
    if steps < 1:
        raise ValueError(f"steps = {steps} must be at least 1")
    if not rate > 0:
        raise ValueError(f"rate = {rate} must be positive")
    if rule not in ("adam", "plain"):
        raise ValueError(f"rule = {rule!r} is none of adam, plain")
    image = starts.detach().clone().requires_grad_()
    optimiser = (torch.optim.Adam if rule == "adam" else torch.optim.SGD)([image], lr=rate, maximize=True)
    shifts = torch.randint(-jitter, jitter + 1, (steps, 2), generator=generator(seed, "jitter")).tolist()
    history = []
    for shift in tqdm(shifts, desc=progress_name, unit="step", disable=None):
        with torch.enable_grad():
            value = _activation(network, layer, unit, torch.roll(image, shift, (-2, -1)), position)
            objective = value.sum() - decay / 2 * image.square().sum()
            if variation:
                objective = objective - variation * (image.diff(dim=-1).abs().sum() + image.diff(dim=-2).abs().sum())
            (image.grad,) = torch.autograd.grad(objective, image)
        optimiser.step()
        history.append(value.detach())
    with torch.no_grad():
        best = _activation(network, layer, unit, image, position)
    return BestImages(image.detach(), best, torch.stack(history, 1))


def random_starts(
    count: int, shape: tuple[int, int, int], *, seed: int, spread: float = 0.1
) -> Float[Tensor, "start channel height width"]:
    """``count`` images of Gaussian noise around 0, in the units of the network's input. The first ones stay the same
    when more are asked for."""
    return spread * torch.stack([torch.randn(shape, generator=generator(seed, f"start {i}")) for i in range(count)])


def _activation(network: nn.Module, layer: str, unit: int, image: Tensor, position: tuple[int, int] | None) -> Tensor:
    """The unit's activation for every image, with its gradient; nothing behind the layer is run."""
    given: list[Tensor] = []

    def stop(_module: nn.Module, _given: object, output: Tensor) -> None:
        given.append(output)
        raise StopForward

    handle = named_layer(network, layer).register_forward_hook(stop)
    try:
        network(image)
    except StopForward:
        pass
    finally:
        handle.remove()
    if not given:
        raise ValueError(f"the layer {layer} is not run when the network sees an image")
    index = (unit,) if position is None else (unit, *position)
    shape = given[0].shape[1:]
    if len(index) != len(shape) or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
        raise ValueError(f"unit {unit} at {position} is none of the layer {layer}, whose shape is {tuple(shape)}")
    return given[0][(slice(None), *index)]
