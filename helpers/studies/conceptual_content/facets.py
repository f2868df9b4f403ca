"""Sparsity, flatness and multi-faceted degree of rows of the CoF matrix (section 2.3, equations 1 and 2), and what a
reader of a row would ask for as well: the effective number of classes, and the share of the commonest.

All take counts whose last axis is the class, and any axes before it: layers, units, draws. A row without any image has
no Gini index, no entropy and no multi-faceted degree: NaN.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

SMALL = 1e-7  # what the study adds to every count
SILENT = -1.0  # the study's flatness of a row of zeros


def gini(counts: Shaped[Tensor, "*rest class"]) -> Float[Tensor, "*rest"]:
    """The Gini index, the study's "sparsity": 0 for equal counts, 1 - 1 / classes if one class has all images."""
    ascending = counts.double().sort(dim=-1).values
    classes = counts.shape[-1]
    weights = 2 * torch.arange(1, classes + 1, dtype=torch.double, device=counts.device) - classes - 1
    return (ascending @ weights) / (classes * ascending.sum(dim=-1))


def entropy(counts: Shaped[Tensor, "*rest class"]) -> Float[Tensor, "*rest"]:
    """Entropy of the shares of the classes, in bits."""
    values = counts.double()
    shares = values / values.sum(dim=-1, keepdim=True)
    return -torch.special.xlogy(shares, shares).sum(dim=-1) / torch.log(torch.tensor(2.0, dtype=torch.double))


def flatness(
    counts: Shaped[Tensor, "*rest class"], *, n: int | None = None, silent_first: bool = True
) -> Float[Tensor, "*rest"]:
    """Equation 1: log2(flatness + 1) = entropy / log2(n).

    n: what the entropy is normalised by. None: the number of classes, as it has to be for a flatness of at most 1. The
    study prints the number of units of the layer.
    silent_first: a row of zeros gets the flatness -1 before the small constant is added. Else the constant comes first,
    no row is one of zeros any more, and a silent row is as flat as can be.
    """
    bits = entropy(counts.double() + SMALL)
    flat = torch.exp2(bits / torch.log2(torch.tensor(float(n or counts.shape[-1]), dtype=torch.double))) - 1
    if silent_first:
        flat = flat.masked_fill(counts.sum(dim=-1) == 0, SILENT)
    return flat


def multi_faceted_degree(counts: Shaped[Tensor, "*rest class"], *, n: int | None = None) -> Float[Tensor, "*rest"]:
    """Equation 2: flatness over Gini index; infinite if all classes have equal counts, NaN for a row of zeros.

    n: as for :func:`flatness`.
    """
    return flatness(counts, n=n) / gini(counts)


def effective_classes(counts: Shaped[Tensor, "*rest class"]) -> Float[Tensor, "*rest"]:
    """2 to the power of the entropy: as many classes with equal counts have the same entropy."""
    return torch.exp2(entropy(counts))


def purity(counts: Shaped[Tensor, "*rest class"]) -> Float[Tensor, "*rest"]:
    """Share of the images that belong to the commonest class."""
    values = counts.double()
    return values.amax(dim=-1) / values.sum(dim=-1)


MEASURES = {
    "Gini": gini,
    "flatness": flatness,
    "MF": multi_faceted_degree,
    "effective classes": effective_classes,
    "purity": purity,
}
