"""Random weights: He's, which keep the signal's size through many layers of ReLU, and those of a randomised copy."""

import copy

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.randomness import generator


def he_normal_(network: nn.Module, *, seed: int) -> None:
    """Give every convolution and linear layer normal weights of variance 2 / (inputs of a unit), and zero biases.

    The network must be on the CPU. The values depend on the seed and on the shapes alone, layer after layer.
    """
    random = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=random)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


@torch.no_grad()
def matched_gaussian(weight: Float[Tensor, "*shape"], *, layer: str, seed: int) -> Float[Tensor, "*shape"]:
    """Gaussian weights with the mean and the variance of the given ones.

    They depend on the seed, the layer's name and the shape alone: they are drawn on the CPU.
    """
    noise = torch.randn(weight.shape, generator=generator(seed, f"weights of {layer}"))
    return weight.mean() + weight.std(correction=0) * noise.to(weight)


def randomised(network: nn.Module, *, seed: int) -> nn.Module:
    """A copy in which every convolution has Gaussian weights with the mean and the variance of the true ones.

    The biases stay: this is the network that random weights alone would have made.
    """
    other = copy.deepcopy(network)
    with torch.no_grad():
        for name, module in other.named_modules():
            if isinstance(module, nn.Conv2d):
                module.weight.copy_(matched_gaussian(module.weight, layer=name, seed=seed))
    return other
