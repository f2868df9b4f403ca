"""Which pixels, and which units, the score of a class depends on, for one image: by the gradient, and by removal."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.hooks.modes import evaluating
from helpers.hooks.recording import record
from helpers.models.pretrained import Pretrained
from helpers.randomness import generator
from helpers.studies.googlenet_neurons.subject import Subject

REMOVED = 10  # units
_DRAWS = 5


def has_classes(loaded: Pretrained, size: int) -> bool:
    """Whether the network gives one score for each of several classes."""
    with torch.no_grad(), evaluating(loaded.network):
        scores = loaded.network(_input(loaded, torch.full((1, 3, size, size), 0.5)))
    return isinstance(scores, Tensor) and scores.dim() == 2 and scores.shape[1] > 1


def saliency(loaded: Pretrained, image: Float[Tensor, "3 row column"]) -> Float[Tensor, "row column"]:
    """Largest absolute derivative over the colours of the score of the class that the network ranks first."""
    with torch.enable_grad(), evaluating(loaded.network):
        x = image[None].clone().requires_grad_()
        scores = loaded.network(_input(loaded, x))[0]
        (gradient,) = torch.autograd.grad(scores.max(), x)
    return gradient[0].abs().amax(0).cpu()


def fall_without(seen: Subject, layer: str, image: Float[Tensor, "3 row column"], *, seed: int) -> dict[str, float]:
    """How far the first class's score falls without ten units of a layer, in standard deviations of all scores.

    "attributed units": the ten of the largest gradient times response, summed over positions. "random units": ten
    others that respond, the mean of five draws by the seed.
    """
    network, x = seen.loaded.network, _input(seen.loaded, image[None])
    with torch.enable_grad(), evaluating(network):
        x = x.requires_grad_()
        with record(network, [layer], detach=False, clone=False) as outputs:
            scores = network(x)[0]
        response = outputs[layer]
        (gradient,) = torch.autograd.grad(scores.max(), response)
    first, spread = int(scores.argmax()), float(scores.detach().std())
    worth = (gradient * response)[0].sum((1, 2)).detach()
    order = worth.argsort(descending=True)
    count = min(REMOVED, len(order) // 2)
    others = [unit for unit in order[count:].tolist() if bool((response[0, unit] > 0).any())]

    def fall(units: Int[Tensor, " unit"]) -> float:
        without = _without(network, layer, units, x)
        return float(scores[first].detach() - without[0, first]) / spread

    drawn = []
    for draw in range(_DRAWS):
        picked = torch.randperm(len(others), generator=generator(seed, f"others {draw}"))[:count]
        drawn.append(fall(torch.tensor(others)[picked]))
    return {"random units": sum(drawn) / len(drawn), "attributed units": fall(order[:count].cpu())}


def _without(network: nn.Module, layer: str, units: Tensor, x: Tensor) -> Float[Tensor, "image class"]:
    """The scores when some units of a layer are set to 0."""

    def silenced(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        output = output.clone()
        output[:, units] = 0
        return output

    handle = network.get_submodule(layer).register_forward_hook(silenced)
    try:
        with torch.no_grad(), evaluating(network):
            scores: Tensor = network(x)
    finally:
        handle.remove()
    return scores


def _input(loaded: Pretrained, images: Tensor) -> Tensor:
    return loaded.preprocessing(images.to(next(loaded.network.parameters()).device))


def gradient_error(seen: Subject, layer: str, unit: int, image: Float[Tensor, "3 row column"], *, seed: int) -> float:
    """How far a unit's derivative along a random direction is from a finite difference, as a share of it.

    The unit's mean response, in double precision, at this image with noise of a hundredth: equal points of a photograph
    tie in a max pooling, which has no derivative there.
    """
    network = seen.loaded.network
    parameters = [each.dtype for each in network.parameters()]
    direction = torch.randn(image.shape, generator=generator(seed, "direction"), dtype=torch.double)
    direction = direction / direction.norm()
    try:
        network.double()
        noise = torch.randn(image.shape, generator=generator(seed, "noise"), dtype=torch.double).to(image.device)
        x = (image.double() + 0.01 * noise)[None].requires_grad_()

        def response(at: Tensor) -> Tensor:
            with record(network, [layer], stop=True, detach=False, clone=False) as outputs:
                network(_input(seen.loaded, at))
            found: Tensor = outputs[layer][0, unit].mean()
            return found

        with torch.enable_grad(), evaluating(network):
            (gradient,) = torch.autograd.grad(response(x), x)
            with torch.no_grad():
                step = 1e-6 * direction
                finite = float(response(x + step) - response(x - step)) / 2e-6
        exact = float((gradient[0].cpu() * direction).sum())
        return abs(exact - finite) / max(abs(exact), 1e-12)
    finally:
        network.to(parameters[0])
