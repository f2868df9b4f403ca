"""Random weights: He's, which keep the signal's size through many layers of ReLU, and those of a randomised copy."""

import copy

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.errors import BadInput, first_line
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


def copied(network: nn.Module) -> nn.Module:
    """A copy of a network, also of one whose weights are computed: pruned, weight-normalised, spectrally normalised.

    The older of torch's own functions keep such a weight as a plain attribute with a history, which Python cannot copy;
    the copy gets it without the history, and computes it again when it runs.

    Raises BadInput for a network that cannot be copied.
    """
    memo: dict[int, object] = {}
    for module in network.modules():
        for value in vars(module).values():
            if isinstance(value, Tensor) and value.grad_fn is not None:
                memo[id(value)] = value.detach().clone()
    try:
        return copy.deepcopy(network, memo)
    except Exception as error:
        raise BadInput(
            f"{type(network).__name__} cannot be copied ({type(error).__name__}: {first_line(error)})."
        ) from None


def randomised(network: nn.Module, *, seed: int) -> nn.Module:
    """A copy in which every convolution has Gaussian weights with the mean and the variance of the true ones.

    The biases stay: this is the network that random weights alone would have made. A weight that is computed (pruned,
    normalised) is replaced by one that is not, drawn like what it was.

    Raises BadInput for a network that cannot be copied.
    """
    other = copied(network)
    with torch.no_grad():
        for name, module in other.named_modules():
            if isinstance(module, nn.Conv2d):
                weight = matched_gaussian(module.weight, layer=name, seed=seed)
                if "weight" not in module._parameters:  # it is computed
                    module = _plain(module)
                    other.set_submodule(name, module)
                module.weight.copy_(weight)
    return other


def _plain(layer: nn.Conv2d) -> nn.Conv2d:
    """A convolution like this one, whose weight is a parameter of its own."""
    plain = nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,  # type: ignore[arg-type]  # a pair, which torch's stubs call a tuple
        stride=layer.stride,  # type: ignore[arg-type]
        padding=layer.padding,  # type: ignore[arg-type]
        dilation=layer.dilation,  # type: ignore[arg-type]
        groups=layer.groups,
        bias=layer.bias is not None,
        padding_mode=layer.padding_mode,
        device=layer.weight.device,
        dtype=layer.weight.dtype,
    )
    if layer.bias is not None and plain.bias is not None:
        plain.bias.copy_(layer.bias)
    return plain.train(layer.training).requires_grad_(False)
