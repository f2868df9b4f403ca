"""What a linear read-out of a layer loses without its most single- or its most multi-faceted units."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.randomness import generator
from helpers.statistics.rank_correlation import rank_correlation

SHARE = 0.1  # of the units at either end of the degree
_RIDGE = 100.0  # penalty on standardised responses


class Losses(NamedTuple):
    """The accuracy that a read-out loses in each split, by the end of the degree whose units are left out.

    lost: without the units of an end ("lowest", "highest"). like: without as many others of like mean response.
    by_class, like_by_class: the same among the images of each class.
    without: the units of each end.
    """

    lost: dict[str, Float[np.ndarray, " split"]]
    like: dict[str, Float[np.ndarray, " split"]]
    by_class: dict[str, Float[np.ndarray, "split class"]]
    like_by_class: dict[str, Float[np.ndarray, "split class"]]
    without: dict[str, Int[Tensor, " some"]]


def losses(
    responses: Float[Tensor, "image unit"],
    labels: Int[Tensor, " image"],
    degree: Float[Tensor, " unit"],
    *,
    splits: int,
    seed: int,
) -> Losses:
    """The accuracy that a read-out loses without the units of either end of the degree, and without units like them.

    Half of the images of each class train a ridge classifier, the other half are classified, with the responses of some
    units at their mean. Units like them have neighbouring mean responses. Every class needs two images.
    """
    from sklearn.linear_model import RidgeClassifier  # imported here because it takes a second

    count = max(1, round(SHARE * responses.shape[1]))
    order = degree.nan_to_num(float(degree.nanmean())).argsort()
    ends = {"highest": order[-count:], "lowest": order[:count]}
    random, level = generator(seed, "splits for a read-out"), responses.double().mean(dim=0)
    gone: dict[str, list[np.ndarray]] = {name: [] for name in ends}
    alike_gone: dict[str, list[np.ndarray]] = {name: [] for name in ends}
    for _ in range(splits):
        train = halves(labels, random)
        mean, spread = responses[train].double().mean(dim=0), responses[train].double().std(dim=0).clamp(min=1e-9)
        x = ((responses.double() - mean) / spread).numpy()
        reader = RidgeClassifier(alpha=_RIDGE).fit(x[train], labels[train])
        test, answers = x[~train], labels[~train].numpy()
        right = reader.predict(test) == answers
        for name, own in ends.items():
            for found, without in ((gone, own), (alike_gone, alike(level, own, random))):
                cut = test.copy()
                cut[:, without.numpy()] = 0
                wrong = right.astype(float) - (reader.predict(cut) == answers)  # of each image
                found[name].append(np.append(_of_classes(wrong, answers), wrong.mean()))
    lost, like = ({name: np.array(rows) for name, rows in each.items()} for each in (gone, alike_gone))
    return Losses(
        lost={name: table[:, -1] for name, table in lost.items()},
        like={name: table[:, -1] for name, table in like.items()},
        by_class={name: table[:, :-1] for name, table in lost.items()},
        like_by_class={name: table[:, :-1] for name, table in like.items()},
        without=ends,
    )


def of_their_classes(
    by_class: Float[np.ndarray, "split class"], counts: Int[Tensor, "unit class"], without: Int[Tensor, " some"]
) -> Float[np.ndarray, " split"]:
    """Spearman's correlation, over classes, of the loss and the number of removed units whose commonest class it is.

    counts: of the classes of the strongest images of each unit. 0 in a split in which all classes lose alike.
    """
    own = torch.bincount(counts[without].argmax(dim=1), minlength=counts.shape[1])
    return np.array([rank_correlation(row, own) for row in by_class])


def _of_classes(values: Float[np.ndarray, " image"], labels: Int[np.ndarray, " image"]) -> Float[np.ndarray, " class"]:
    """The mean over the images of each class."""
    return np.bincount(labels, weights=values) / np.bincount(labels)


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
