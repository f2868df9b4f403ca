"""What a linear classifier reads out of a layer (study: jump_detection, section 7.3, behaviour of the output layer)."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional


def read_out(
    activation: Float[Tensor, "seed signal unit"], label: Int[Tensor, "seed signal"], *, classes: int
) -> Float[Tensor, " seed"]:
    """Share of the signals whose label the best linear map from the activations to one-hot labels names.

    activation: of the signals to which the map is fitted, by least squares and with a constant.
    label: the class of each signal.
    classes: the number of classes.

    The map is judged on the signals that it was fitted to, so that labels without meaning give more than one over the
    number of classes: what the same labels in another order give is the comparison. Units that are always 0 do no harm.
    """
    values = activation.double()
    known = torch.cat([values, torch.ones_like(values[..., :1])], dim=-1)
    wanted = functional.one_hot(label, classes).double()
    # the pseudo-inverse leaves out directions without variance, which silent units make
    fitted = torch.linalg.pinv(known.mT @ known, hermitian=True) @ (known.mT @ wanted)
    return ((known @ fitted).argmax(dim=-1) == label).double().mean(dim=1)
