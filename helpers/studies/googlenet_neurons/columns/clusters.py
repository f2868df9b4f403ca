"""What the page on clusters writes to the table of units: a unit's cluster, and how well it lies in it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.pages.unit_table import Column
from helpers.studies.googlenet_neurons.cluster_inputs import CONTROLS
from helpers.studies.googlenet_neurons.cluster_statements import Clustered

_KERNEL = "the averaged kernels of the units with kernels of the same size in the layer"
_PERCENTILE = "share of the silhouettes of all units in all draws of {control} that are smaller than the unit's"
_NAMES = {
    "random": "random weights with the mean and variance of the trained ones",
    "shuffled": "kernels whose positions are shuffled",
    "one cloud": "one Gaussian cloud of the same mean and covariance",
}

COLUMNS = {
    "kernel_cluster": Column(
        meaning=f"cluster, from 0, of {_KERNEL}: spectral clustering of their UMAP embedding, first start"
    ),
    "kernel_cluster_silhouette": Column(meaning=f"silhouette of the unit in its cluster, among {_KERNEL}"),
} | {
    f"kernel_cluster_beyond_{name.replace(' ', '_')}": Column(meaning=_PERCENTILE.format(control=said))
    for name, said in _NAMES.items()
}


def of_clusters(looked: Sequence[Clustered]) -> dict[str, Tensor]:
    """The columns for all units of the sets, in their order."""
    own = [one.silhouettes() for one in looked]
    found = {
        "kernel_cluster": torch.cat([one.label() for one in looked]),
        "kernel_cluster_silhouette": torch.cat(own),
    }
    for control in CONTROLS:
        name = f"kernel_cluster_beyond_{control.replace(' ', '_')}"
        drawn = [one.control_silhouettes(control).flatten() for one in looked]
        found[name] = torch.cat([share_below(a, b) for a, b in zip(own, drawn, strict=True)])
    return found


def share_below(values: Float[Tensor, " value"], drawn: Float[Tensor, " draw"]) -> Float[Tensor, " value"]:
    """For each value the share of the draws that are smaller."""
    return torch.searchsorted(drawn.sort().values, values.contiguous()).double() / len(drawn)
