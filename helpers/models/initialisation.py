"""Random weights that keep the signal's size through many layers of ReLU (He et al., 2015)."""

import torch
from torch import nn


@torch.no_grad()
def he_normal_(network: nn.Module, *, seed: int) -> None:
    """Give every convolution and linear layer normal weights of variance 2 / (inputs of a unit), and zero biases.

    The values depend on the seed and on the shapes alone: they are drawn on the CPU, layer after layer.
    """
    random = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            inputs = layer.weight[0].numel()
            layer.weight.copy_(torch.randn(layer.weight.shape, generator=random) * (2 / inputs) ** 0.5)
            if layer.bias is not None:
                layer.bias.zero_()
