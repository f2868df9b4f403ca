"""Columns of the unit table that page 6 writes: the averaged kernel, and how it fits what excites the unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.pages.unit_table import Column
from helpers.studies.googlenet_neurons.directions import angle, coherence, of_kernels
from helpers.studies.googlenet_neurons.kernel_match import CONTRAST, INPUT, Match
from helpers.studies.googlenet_neurons.kernel_rings import percentile
from helpers.studies.googlenet_neurons.kernels import averaged, rank_one
from helpers.studies.googlenet_neurons.own_and_other import ranks
from helpers.studies.googlenet_neurons.subject import Subject

_NO_KERNEL = "kernels of 1×1, or windows that are not known"
_OTHERS = "share of the branch's other kernels that fit this pattern less than its own does"
_RANDOM = "share of the branch's units in networks with random weights of equal mean and variance whose {what}"

COLUMNS = {
    "average_share": Column(meaning="share of the unit's energy that its averaged kernel holds", missing=_NO_KERNEL),
    "average_share_percentile": Column(
        meaning="share of the branch's units, with random signs of their channels, whose averages hold less",
        missing=_NO_KERNEL,
    ),
    "rank_one_share": Column(meaning="share of it that the best rank-one kernel holds", missing=_NO_KERNEL),
    "rank_one_share_percentile": Column(meaning=_RANDOM.format(what="share is smaller"), missing=_NO_KERNEL),
    "kernel_direction": Column(
        meaning="direction of the averaged kernel's edges, by the structure tensor", unit="degrees", missing=_NO_KERNEL
    ),
    "kernel_coherence": Column(meaning="how clear this direction is, from 0 to 1", missing=_NO_KERNEL),
    "kernel_coherence_percentile": Column(meaning=_RANDOM.format(what="direction is less clear"), missing=_NO_KERNEL),
    "kernel_contrast_fit": Column(
        meaning="correlation of the averaged kernel with the contrast of the nine strongest patches", missing=_NO_KERNEL
    ),
    "kernel_contrast_percentile": Column(meaning=_OTHERS, missing=_NO_KERNEL),
    "kernel_input_fit": Column(
        meaning="correlation of the averaged kernel with the mean maps that it reads in the nine strongest images",
        missing=_NO_KERNEL,
    ),
    "kernel_input_percentile": Column(meaning=_OTHERS, missing=_NO_KERNEL),
}


def values(
    seen: Subject,
    found: Sequence[Match],
    random: Sequence[Subject],
    shares: Mapping[str, Mapping[str, Float[Tensor, " unit"]]],
) -> dict[str, Float[Tensor, " all_units"]]:
    """The columns of all units, in the order of the branches; NaN where there is no value.

    found: all units with natural patterns. random: the network with random weights, once for each draw.
    shares: by convolution what averages hold of the units, "true" and with "random signs".
    """
    columns = {name: torch.full((seen.units,), float("nan")) for name in COLUMNS}
    for match in found:
        where, held = seen.places(match.branch), shares[match.branch.convolution]
        drawn = torch.cat([other.weights(match.branch) for other in random])
        own_rank_one = rank_one(seen.weights(match.branch))[2]
        contrast, read = match.pairs(CONTRAST), match.pairs(INPUT)
        columns["average_share"][where] = held["true"]
        columns["average_share_percentile"][where] = percentile(held["true"], held["random signs"])
        columns["rank_one_share"][where] = own_rank_one
        columns["rank_one_share_percentile"][where] = percentile(own_rank_one, rank_one(drawn)[2])
        columns["kernel_direction"][where] = angle(match.directions)
        columns["kernel_coherence"][where] = match.coherences
        clear = coherence(of_kernels(averaged(drawn)))
        columns["kernel_coherence_percentile"][where] = percentile(match.coherences, clear)
        columns["kernel_contrast_fit"][where] = contrast.diagonal()
        columns["kernel_contrast_percentile"][where] = ranks(contrast).float()
        columns["kernel_input_fit"][where] = read.diagonal()
        columns["kernel_input_percentile"][where] = ranks(read).float()
    return columns
