"""Training and eval mode of a network that is only looked at."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """The network in eval mode within the block; afterwards every module has its own mode again.

    In training mode what a unit gives for an image depends on chance (dropout) and on the images beside it (batch
    normalisation), whose statistics it would change.
    """
    modes = {module: module.training for module in network.modules()}
    if any(modes.values()):
        network.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training
