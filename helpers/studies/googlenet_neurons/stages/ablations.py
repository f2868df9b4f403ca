"""Stage: what the answers of a network lose without groups of its units.

One artefact, ``answers``: :class:`helpers.studies.googlenet_neurons.ablation.passes.Ablated`. Groups by scores are set
to zero and to their mean, clusters to zero, on fewer images. Beside each stand groups of units like its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers import assets
from helpers.studies.googlenet_neurons.ablation.groups import CLUSTER, KINDS, Group, groups_of, like
from helpers.studies.googlenet_neurons.ablation.passes import MEAN, ZERO, Ablations, Condition, labels_of
from helpers.studies.googlenet_neurons.colour.index import index
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.stages import colour_responses
from helpers.studies.googlenet_neurons.subject import subject

HAS_NETWORKS = False
READS: dict[Any, list[str]] = {colour_responses: ["trained"]}
_IMAGES = {"smoke": 8, "laptop": 200, "paper": 1300}
_FEW = {"smoke": 8, "laptop": 60, "paper": 1300}  # images on which clusters are taken out
_DRAWS = {"smoke": 1, "laptop": 3, "paper": 10}  # groups of units like those of a group by a score
_CLUSTERS = {"smoke": 2, "laptop": 10**6, "paper": 10**6}


def recipes(values: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Ablations]:
    """The recipe for a page's ``model``, ``layer``, ``images``, ``scale`` and ``seed``."""
    seen, scale, seed = subject(values, values["device"]), values["scale"], values["seed"]
    images = natural_images(dict(values), seen.loaded)._replace(most=_IMAGES[scale]).open(seed)
    answered = read["trained"].history
    mean = (answered.anywhere[0].float() * answered.scale).mean(dim=0)
    conditions: list[Condition] = []
    for group in _some(groups_of(seen, index(answered.at_place[0], answered.at_place[1]), seed=seed), scale):
        cluster = KINDS[group.kind] == CLUSTER
        others = like(group, mean, seen, draws=1 if cluster else _DRAWS[scale], seed=seed)
        conditions += [Condition(each, ZERO, few=cluster) for each in (group, *others) if len(each.units)]
        if not cluster:  # at the mean, beside one group like it
            conditions += [Condition(each, MEAN) for each in (group, *others[:1]) if len(each.units)]
    described = {
        "network": seen.loaded.name,
        "weights": seen.loaded.weights.sha256,
        "layers": [branch.layer for branch in seen.branches],
        "images": bytes(images.identity().tolist()).hex(),
        "size": images.size,
        "groups": [
            [each.group.kind, each.group.member, each.group.draw, each.how, int(each.group.units.sum())]
            for each in conditions
        ],
    }
    recipe = Ablations(
        key="answers",
        few=_FEW[scale],
        described=described,
        seen=seen,
        images=images,
        labels=labels_of(images, seen.loaded.class_names, _synsets(seen.is_studys)),
        conditions=conditions,
    )
    return {recipe.key: recipe}


def _some(groups: list[Group], scale: str) -> list[Group]:
    return [each for each in groups if KINDS[each.kind] != CLUSTER or each.member < _CLUSTERS[scale]]


def _synsets(is_studys: bool) -> list[str]:
    """WordNet's numbers of ImageNet's classes, in the order of the network's outputs; none where they are not known."""
    folder = assets.folder("weights") if is_studys else None
    path = folder / "synset_words.txt" if folder else None
    return [line.split()[0] for line in path.read_text("utf-8").splitlines()] if path and path.exists() else []
