"""Stage: what the answers of a network lose without groups of its units.

Artefacts by key:

| key | what is set | images |
| --- | --- | --- |
| ``answers`` | groups by scores, to zero, and on the first images to their mean, too | the natural images |
| ``clusters`` | clusters of kernels, one at a time, to zero | fewer |
| ``moved`` | the units of the largest border scores, to zero | fewer, as they are and moved |

The first two are :class:`helpers.studies.googlenet_neurons.ablation.passes.Ablated`, the third is
:class:`helpers.studies.googlenet_neurons.ablation.moves.Moved`. Beside each group stand groups of units like its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from helpers import assets
from helpers.data.images import Images
from helpers.studies.googlenet_neurons.ablation.groups import BORDER, CLUSTER, KINDS, Group, groups_of, like
from helpers.studies.googlenet_neurons.ablation.moves import Moves
from helpers.studies.googlenet_neurons.ablation.passes import MEAN, ZERO, Ablations, Condition, labels_of
from helpers.studies.googlenet_neurons.colour.index import index
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.stages import border_responses, colour_responses
from helpers.studies.googlenet_neurons.subject import Subject, subject

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {colour_responses: ["trained"], border_responses: ["natural"]}
_IMAGES = {"smoke": 8, "laptop": 1300, "paper": 1300}
_FEW = {"smoke": 8, "laptop": 100, "paper": 1300}  # of them, on which groups are set to their mean, too
_OF_CLUSTERS = {"smoke": 8, "laptop": 100, "paper": 1300}
_MOVED = {"smoke": 8, "laptop": 200, "paper": 1300}
_DRAWS = {"smoke": 1, "laptop": 3, "paper": 10}  # groups of units like those of a group by a score
_CLUSTERS = {"smoke": 2, "laptop": 10**6, "paper": 10**6}


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Ablations | Moves]:
    """The recipes for a page's ``model``, ``layer``, ``images``, ``scale`` and ``seed``."""
    seen, scale, seed = subject(values, values["device"]), values["scale"], values["seed"]
    natural = natural_images(dict(values), seen.loaded)
    answered, mean = read["trained"].history, _means(seen, read["natural"].history.mean)
    every = groups_of(seen, index(answered.at_place[0], answered.at_place[1]), seed=seed)
    by_score = [each for each in every if KINDS[each.kind] != CLUSTER]
    clusters = [each for each in every if KINDS[each.kind] == CLUSTER][: _CLUSTERS[scale]]
    beside = {each.kind: like(each, mean, seen, draws=_DRAWS[scale], seed=seed) for each in by_score}
    border = [each for each in by_score if KINDS[each.kind] == BORDER]
    zeroed = [Condition(one, ZERO) for each in by_score for one in (each, *beside[each.kind])]
    at_mean = [Condition(one, MEAN, few=True) for each in by_score for one in (each, *beside[each.kind][:1])]
    ones = [Condition(one, ZERO) for each in clusters for one in (each, *like(each, mean, seen, draws=1, seed=seed))]
    names = _synsets(seen.is_studys)

    def some(count: int) -> dict[str, Any]:
        images = natural._replace(most=count).open(seed)
        return {"seen": seen, "images": images, "labels": labels_of(images, seen.loaded.class_names, names)}

    def ablations(key: str, conditions: list[Condition], count: int) -> Ablations:
        chosen = [each for each in conditions if len(each.group.units)]
        given = some(count)
        described = _described(seen, given["images"]) | {"groups": [[_about(one.group), one.how] for one in chosen]}
        return Ablations(key=key, few=_FEW[scale], described=described, conditions=chosen, **given)

    groups = [one for each in border for one in (each, *beside[each.kind]) if len(one.units)]
    given = some(_MOVED[scale])
    described = _described(seen, given["images"]) | {"groups": [_about(each) for each in groups]}
    return {
        "answers": ablations("answers", zeroed + at_mean, _IMAGES[scale]),
        "clusters": ablations("clusters", ones, _OF_CLUSTERS[scale]),
        "moved": Moves(key="moved", described=described, groups=groups, **given),
    }


def _means(seen: Subject, mean: Float[Tensor, " some"]) -> Float[Tensor, " unit"]:
    """The mean activation of all units; given: of the branches with kernels of 3×3 or more, one after the other."""
    found, first = torch.zeros(seen.units), 0
    for branch in seen.kernel_sets():
        found[seen.places(branch)] = mean[first : first + branch.units]
        first += branch.units
    return found


def _described(seen: Subject, images: Images) -> dict[str, Any]:
    return {
        "network": seen.loaded.name,
        "weights": seen.loaded.weights.sha256,
        "layers": [branch.layer for branch in seen.branches],
        "images": bytes(images.identity().tolist()).hex(),
        "size": images.size,
    }


def _about(group: Group) -> list[int]:
    return [group.kind, group.member, group.draw, *group.units.tolist()]


def _synsets(is_studys: bool) -> list[str]:
    """WordNet's numbers of ImageNet's classes, in the order of the network's outputs; none where they are not known."""
    folder = assets.folder("weights") if is_studys else None
    path = folder / "synset_words.txt" if folder else None
    return [line.split()[0] for line in path.read_text("utf-8").splitlines()] if path and path.exists() else []
