"""What a linear read-out of a layer loses without its most single- or its most multi-faceted units."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.randomness import generator

SHARE = 0.1  # of the units at either end of the degree
_RIDGE = 100.0  # penalty on standardised responses


def losses(
    responses: Float[Tensor, "image unit"],
    labels: Int[Tensor, " image"],
    degree: Float[Tensor, " unit"],
    *,
    splits: int,
    seed: int,
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """The accuracy that a read-out loses in each split: without the units of either end, and without units like them.

    Half of the images of each class train a ridge classifier, the other half are classified, with the responses of some
    units at their mean. Units like them have neighbouring mean responses.
    """
    from sklearn.linear_model import RidgeClassifier  # imported here because it takes a second

    units = responses.shape[1]
    count = max(1, round(SHARE * units))
    order = degree.nan_to_num(float(degree.nanmean())).argsort()
    ends = {"highest": order[-count:], "lowest": order[:count]}
    random = generator(seed, "splits for a read-out")
    lost: dict[str, list[float]] = {name: [] for name in ends}
    like: dict[str, list[float]] = {name: [] for name in ends}
    for _ in range(splits):
        train = halves(labels, random)
        mean, spread = responses[train].double().mean(dim=0), responses[train].double().std(dim=0).clamp(min=1e-9)
        x = ((responses.double() - mean) / spread).numpy()
        reader = RidgeClassifier(alpha=_RIDGE).fit(x[train], labels[train])
        test, answers = x[~train], labels[~train].numpy()
        whole = float(np.mean(reader.predict(test) == answers))
        for name, own in ends.items():
            for found, without in ((lost, own), (like, alike(responses.double().mean(dim=0), own, random))):
                cut = test.copy()
                cut[:, without.numpy()] = 0
                found[name].append(whole - float(np.mean(reader.predict(cut) == answers)))
    return lost, like


def halves(labels: Int[Tensor, " image"], random: torch.Generator) -> Bool[Tensor, " image"]:
    """Half of the images of each class, at random."""
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique():
        places = (labels == label).nonzero()[:, 0]
        chosen[places[torch.randperm(len(places), generator=random)[: (len(places) + 1) // 2]]] = True
    return chosen


def alike(mean: Float[Tensor, " unit"], own: Int[Tensor, " some"], random: torch.Generator) -> Int[Tensor, " some"]:
    """For each of some units another one with a mean response next to its own; no unit twice, and none of these."""
    free = torch.ones(len(mean), dtype=torch.bool)
    free[own] = False
    found = []
    for unit in own[torch.randperm(len(own), generator=random)].tolist():
        gap = (mean - mean[unit]).abs().masked_fill(~free, torch.inf)
        found.append(int(gap.argmin()))
        free[found[-1]] = False
    return torch.tensor(found)
