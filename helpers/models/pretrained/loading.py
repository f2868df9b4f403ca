"""A trained network by its name, ready to be looked into, with everything that a page has to know about it.

Weights are looked for in this order: a path that the user gives; the folder ``weights`` in ``HELPERS_ASSETS``; the
download; the narrow network that comes with this package. Nothing but tensors is ever unpickled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import (
    architectures,
    checkpoints,
    descriptions,
    formats,
    published,
    torchvision_networks,
)
from helpers.models.pretrained.descriptions import Description
from helpers.models.pretrained.downloads import Unreachable
from helpers.models.pretrained.published import NotHere, Published
from helpers.models.pretrained.weights import Source, Weights, WeightsError, checked, tensors_digest

# The networks that come with this package: NAME.json describes NAME.safetensors.
EMBEDDED = Path(__file__).parent / "embedded"
_CHOICES = ("assets", "download", "embedded", "random", "lucid")
_CHECKPOINTS = (".safetensors", ".pth", ".pt")


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """A network that is ready to be looked into, and what belongs to it.

    network: in eval mode, with frozen parameters; no layer overwrites its input.
    name: the canonical name of its architecture.
    preprocessing: makes the network's input of RGB images from 0 to 1, and images of inputs.
    class_names: one name per output; empty where the network ends before its classes.
    weights: where the weights were found.
    """

    network: nn.Module
    name: str
    preprocessing: Preprocessing
    class_names: tuple[str, ...]
    weights: Weights


def load(
    name: str | Path,
    *,
    weights: str | Path | None = None,
    device: torch.device | str = "cpu",
    architecture: str | None = None,
    preprocessing: Preprocessing | None = None,
    class_names: Sequence[str] = (),
    classes: int | None = None,
    seed: int = 0,
) -> Pretrained:
    """A network by name, or a checkpoint by path.

    name: ``vgg16`` or ``googlenet``, the studies' networks, with the layer names of :mod:`helpers.models.vgg` and
        :mod:`helpers.models.googlenet`; any classification network of torchvision (``torchvision/googlenet`` for
        torchvision's own of that name); the path of a description (:mod:`helpers.models.pretrained.descriptions`); or
        the path of a checkpoint, which needs ``architecture``.
    weights: the one source to use. A path, "assets", "download", "embedded", "lucid" (GoogLeNet as published with
        Lucid, downloaded) or "random". None takes the first source that has complete weights, and does not complain
        where there is no network. ``Pretrained.weights`` says which source that is, and why not those before it.
        For ``vgg16``, "assets" may be the first four convolutions only; the network then ends after ``relu2_2``.
    architecture: the network's name, where ``name`` is the path of a checkpoint.
    preprocessing, class_names, classes: of a checkpoint of your own, where they are not those of the architecture's
        ImageNet weights.
    seed: decides random weights.

    Raises UnknownNetwork for a name that no network has. Raises WeightsError for weights that cannot be had, are
    damaged or do not fit; its one sentence says which weights, and what was expected.
    """
    own = dict(preprocessing=preprocessing, class_names=tuple(class_names), classes=classes)
    if Path(name).suffix in descriptions.SUFFIXES:
        found = _described(descriptions.read(Path(name)))
    elif Path(name).suffix in _CHECKPOINTS:
        if architecture is None:
            raise WeightsError(f"{Path(name).name} does not say which network it holds; name its architecture.")
        found = _file(Path(name), architecture, own)
    else:
        found = _by_name(architectures.canonical_name(str(name)), weights, own, seed)
    found.network.eval().requires_grad_(False).to(device)
    return found


def _by_name(name: str, weights: str | Path | None, own: dict[str, Any], seed: int) -> Pretrained:
    """A network by its canonical name, with published weights, a user's file, or random ones.

    own: the ``preprocessing``, ``class_names`` and ``classes`` that the user gave.
    """
    if weights == "random":
        return _random(name, own, seed)
    if weights is not None and weights not in _CHOICES:
        path = Path(weights)
        if path.suffix not in _CHECKPOINTS:
            raise WeightsError(
                f"weights is {str(weights)!r}; allowed are {', '.join(_CHOICES)} and a path that ends in "
                f"{', '.join(_CHECKPOINTS)}."
            )
        return _file(path, name, own)
    if any(own.values()):
        raise WeightsError(
            "preprocessing, class_names and classes describe weights of your own; published ones bring theirs."
        )
    return _first_that_has(name, None if weights is None else str(weights))


def _first_that_has(name: str, choice: str | None) -> Pretrained:
    """The network with the weights of the first source that has them, and why the sources before it do not."""
    reasons: list[str] = []
    for source in _sources(name, choice):
        try:
            found = source()
        except (NotHere, Unreachable) as error:
            if str(error) not in reasons:
                reasons.append(str(error))
        else:
            return replace(found, weights=replace(found.weights, passed=tuple(reasons)))
    insisted = f" with weights={choice!r}" if choice else ""
    raise WeightsError(f"There are no weights for {name}{insisted}: {'; '.join(reasons)}.")


def _sources(name: str, choice: str | None) -> list[Callable[[], Pretrained]]:
    """The sources to try, in order. Each gives the network, or raises NotHere or Unreachable.

    choice: the one that the user insists on; None tries all sources of complete weights.
    """
    if choice == "embedded":
        return [partial(_embedded, name)]
    if choice == "lucid" and name != "googlenet":
        raise WeightsError(f"weights='lucid' are those of googlenet; there are none for {name}.")
    candidates = (published.LUCID,) if choice == "lucid" else published.of(name)
    if choice is None:
        candidates = tuple(candidate for candidate in candidates if candidate.complete)
    only: dict[str | None, tuple[Source, ...]] = {"assets": ("assets",), "download": ("download",)}
    sources: list[Callable[[], Pretrained]] = [
        partial(_published, name, candidate, place)
        for place in only.get(choice, ("assets", "download"))
        for candidate in candidates
    ]
    return sources if choice else [*sources, partial(_embedded, name)]


def _published(name: str, candidate: Published, source: Source) -> Pretrained:
    """The network filled from a published file. Raises NotHere or Unreachable where the source does not have it."""
    path, digest = candidate.find(source)
    weight_format = candidate.weight_format
    tensors = formats.convert_keys(name, checkpoints.read(path), weight_format)
    network = architectures.build(name, classes=weight_format.classes, options=weight_format.options)
    checkpoints.fill(network, tensors, file=path.name)
    return Pretrained(
        network=network,
        name=name,
        preprocessing=weight_format.preprocessing,
        class_names=() if "last" in weight_format.options else _names(weight_format.classes),
        weights=Weights(source=source, description=candidate.description, sha256=digest),
    )


def _file(path: Path, architecture: str, own: dict[str, Any]) -> Pretrained:
    """A user's checkpoint of a known architecture."""
    return _described(Description(architecture=architecture, weights=path, **own))


def _described(description: Description) -> Pretrained:
    name = architectures.canonical_name(description.architecture)
    digest = checked(description.weights, sha256=description.sha256)
    tensors = checkpoints.read(description.weights)
    weight_format = formats.recognise(name, tensors)
    names = description.class_names or _names(description.classes or weight_format.classes)
    options = {**weight_format.options, **description.options}
    try:
        network = architectures.build(name, classes=len(names), options=options)
    except (TypeError, ValueError) as error:
        raise WeightsError(f"{name} cannot be built with options {options} ({error}).") from None
    checkpoints.fill(network, formats.convert_keys(name, tensors, weight_format), file=description.weights.name)
    torchvision_networks.keep_outputs(network)
    return Pretrained(
        network=network,
        name=name,
        preprocessing=description.preprocessing or weight_format.preprocessing,
        class_names=names,
        weights=Weights(source="file", description=description.description or description.weights.name, sha256=digest),
    )


def _embedded(name: str) -> Pretrained:
    path = EMBEDDED / f"{name}.json"
    if not path.is_file():
        raise NotHere(f"no weights for {name} come with this package")
    found = _described(descriptions.read(path))
    return replace(found, weights=replace(found.weights, source="embedded"))


def _random(name: str, own: dict[str, Any], seed: int) -> Pretrained:
    weight_format = formats.native(name)
    names = own["class_names"] or _names(own["classes"] or weight_format.classes)
    network = architectures.build(name, classes=len(names), options={}, seed=seed)
    return Pretrained(
        network=network,
        name=name,
        preprocessing=own["preprocessing"] or weight_format.preprocessing,
        class_names=names,
        weights=Weights(source="random", description=f"random weights (seed {seed})", sha256=tensors_digest(network)),
    )


def _names(classes: int) -> tuple[str, ...]:
    """ImageNet's class names for 1,000 classes; numbers where the names are not known."""
    imagenet = torchvision_networks.class_names()
    return imagenet if classes == len(imagenet) else tuple(f"class {number}" for number in range(classes))
