"""Random weights: He's, which keep the signal's size through many layers of ReLU, and those of a randomised copy."""

import copy

import torch
from torch import nn

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


def randomised(network: nn.Module, *, seed: int) -> nn.Module:
    """A copy in which every convolution has Gaussian weights with the mean and the variance of the true ones.

    The biases stay: this is the network that random weights alone would have made.
    """
    other = copy.deepcopy(network)
    with torch.no_grad():
        for name, module in other.named_modules():
            if isinstance(module, nn.Conv2d):
                weight = module.weight
                noise = torch.randn(weight.shape, generator=generator(seed, f"weights of {name}"))
                weight.copy_(weight.mean() + weight.std(correction=0) * noise.to(weight))
    return other
