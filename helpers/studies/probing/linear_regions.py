"""How many linear pieces a unit has along a line from one image to another (probing, sections 1 and 3.1).

A network of ReLUs is linear between two points at which none of its units switches on or off. So a unit has one piece
more along a line than there are switches of units that it sees, at least.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.hooks.layer_table import Layer
from helpers.hooks.recording import record
from helpers.studies.probing.one_pass import LAYERS


def pieces_along_a_line(
    network: nn.Module,
    listed: Sequence[Layer],
    start: Float[Tensor, "channel row column"],
    end: Float[Tensor, "channel row column"],
    *,
    points: int,
) -> Int[np.ndarray, " layer"]:
    """Linear pieces of the units at the middle position of each of VGG16's layers, along a line of inputs; at least.

    listed: the thirteen convolutions. points: at which the line is looked at; between two points a unit is seen to
    switch once at most.
    """
    switches: dict[str, Tensor] = {}
    before: dict[str, Tensor] = {}
    for share in np.linspace(0, 1, points):
        with record(network, LAYERS, stop=True) as outputs:
            network(torch.lerp(start, end, float(share))[None])
        for name in LAYERS:
            on = outputs[name][0] > 0
            if name in before:
                flips = (on != before[name]).sum(dim=0)  # (row, column)
                switches[name] = switches.get(name, torch.zeros_like(flips)) + flips
            before[name] = on
    return np.array([1 + _seen(listed, switches, top) for top in range(len(listed))])


def _seen(listed: Sequence[Layer], switches: dict[str, Tensor], top: int) -> int:
    """Switches of the layers below ``top`` that lie in the receptive field of its middle position."""
    field = listed[top].receptive_field
    assert field is not None
    row, column = (points // 2 for points in listed[top].shape[1:])
    rows, columns = field.window(row, column).slices
    total = 0
    for below in range(top):
        step = listed[below].receptive_field.jump  # type: ignore[union-attr]
        cut = tuple(slice(s.start // j, -(-s.stop // j)) for s, j in zip((rows, columns), step, strict=True))
        total += int(switches[LAYERS[below]][cut].sum())
    return total


def grows_exponentially(pieces: Int[np.ndarray, " layer"]) -> bool:
    """Whether an exponential of the layer's number fits the pieces of layers 2 on better than a power of it does."""
    number = np.arange(2, len(pieces) + 1)
    log = np.log(pieces[1:])

    def residual(x: Float[np.ndarray, " layer"]) -> float:
        return float(np.polyfit(x, log, 1, full=True)[1].sum())

    return residual(number.astype(float)) < residual(np.log(number))
