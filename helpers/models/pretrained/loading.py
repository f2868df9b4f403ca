"""A trained network by its name, ready to be looked into, with everything that a page has to know about it.

Weights are looked for in this order: a path that the user gives; the folder ``weights`` in ``HELPERS_ASSETS``; the
download; the narrow network that comes with this package. Nothing but tensors is ever unpickled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import architectures, checkpoints, descriptions, published, torchvision_networks
from helpers.models.pretrained.architectures import WeightFormat
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
    """A network in eval mode, frozen, in which no layer overwrites its input, and what belongs to it.

    ``preprocessing`` makes the network's input of RGB images from 0 to 1, and images of inputs; ``class_names`` has
    one name per output, or is empty where the network ends before its classes.
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

    ``name`` is ``vgg16`` or ``googlenet`` (the studies' networks, with the layer names of :mod:`helpers.models.vgg`
    and :mod:`helpers.models.googlenet`), any classification network of torchvision (``torchvision/googlenet`` for
    torchvision's own of that name), the path of a description
    (:mod:`helpers.models.pretrained.descriptions`), or that of a checkpoint, which needs ``architecture``,
    and ``class_names`` or ``classes`` if these are not ImageNet's.

    ``weights`` insists on one source: a path, "assets", "download", "embedded", "lucid" (GoogLeNet as published with
    Lucid, downloaded) or "random" (``seed`` decides them). None takes the first that has complete weights, without
    complaint if there is no network; ``Pretrained.weights`` says which, and why not the ones before. For ``vgg16``,
    "assets" may be the first four convolutions only; the network then ends after ``relu2_2``.

    Raises UnknownNetwork for a name that nothing goes by, and WeightsError for weights that cannot be had, are
    damaged, or do not fit, with one sentence that says which and what was expected.
    """
    own = dict(preprocessing=preprocessing, class_names=tuple(class_names), classes=classes)
    if Path(name).suffix in descriptions.SUFFIXES:
        found = _described(descriptions.read(Path(name)))
    elif Path(name).suffix in _CHECKPOINTS:
        if architecture is None:
            raise WeightsError(f"{Path(name).name} does not say which network it holds; name its architecture.")
        found = _file(Path(name), architecture, own)
    else:
        found = _by_name(architectures.known(str(name)), weights, own, seed)
    found.network.eval().requires_grad_(False).to(device)
    return found


def _by_name(name: str, weights: str | Path | None, own: dict[str, Any], seed: int) -> Pretrained:
    if weights == "random":
        return _random(name, own, seed)
    if weights is None or weights in _CHOICES:
        if any(own.values()):
            raise WeightsError(
                "preprocessing, class_names and classes describe weights of your own; published ones bring theirs."
            )
        return _first(name) if weights is None else _chosen(name, str(weights))
    path = Path(weights)
    if path.suffix not in _CHECKPOINTS:
        raise WeightsError(
            f"weights is {str(weights)!r}; allowed are {', '.join(_CHOICES)} and a path that ends in "
            f"{', '.join(_CHECKPOINTS)}."
        )
    return _file(path, name, own)


def _chosen(name: str, weights: str) -> Pretrained:
    """The weights of one source that was insisted on."""
    reasons: list[str] = []
    if weights == "embedded":
        try:
            return _embedded(name)
        except NotHere as error:
            raise WeightsError(f"There are no weights for {name} with weights='embedded': {error}.") from None
    if weights == "lucid" and name != "googlenet":
        raise WeightsError(f"weights='lucid' are those of googlenet; there are none for {name}.")
    candidates = (published.LUCID,) if weights == "lucid" else published.of(name)
    sources: dict[str, tuple[Source, ...]] = {"assets": ("assets",), "download": ("download",)}
    for found in _published(name, candidates, sources.get(weights, ("assets", "download")), reasons):
        return found
    raise WeightsError(f"There are no weights for {name} with weights={weights!r}: {'; '.join(reasons)}.")


def _first(name: str) -> Pretrained:
    """The first complete weights in the order of the sources."""
    reasons: list[str] = []
    complete = [candidate for candidate in published.of(name) if candidate.complete]
    for found in _published(name, complete, ("assets", "download"), reasons):
        return found
    try:
        found = _embedded(name)
    except NotHere as error:
        reasons.append(str(error))
        raise WeightsError(f"There are no weights for {name}: {'; '.join(reasons)}.") from None
    return replace(found, weights=replace(found.weights, passed=tuple(reasons)))


def _published(
    name: str, candidates: Sequence[Published], sources: Sequence[Source], reasons: list[str]
) -> Iterator[Pretrained]:
    """The published weights that can be had, in order; ``reasons`` fills with why others cannot."""
    for source in sources:
        for candidate in candidates:
            try:
                path, digest = candidate.find(source)
            except (NotHere, Unreachable) as error:
                if str(error) not in reasons:
                    reasons.append(str(error))
                continue
            note = Weights(source=source, description=candidate.description, sha256=digest, passed=tuple(reasons))
            yield _filled(name, path, candidate.spelling, note)


def _filled(name: str, path: Path, spelling: WeightFormat, note: Weights) -> Pretrained:
    tensors = architectures.convert_keys(name, checkpoints.read(path), spelling)
    network = architectures.build(name, classes=spelling.classes, options=spelling.options)
    checkpoints.fill(network, tensors, file=path.name)
    names = () if "last" in spelling.options else _names(spelling.classes)
    return Pretrained(network=network, name=name, preprocessing=spelling.preprocessing, class_names=names, weights=note)


def _file(path: Path, architecture: str, own: dict[str, Any]) -> Pretrained:
    """A user's checkpoint of a known architecture."""
    return _described(Description(architecture=architecture, weights=path, **own))


def _described(description: Description) -> Pretrained:
    name = architectures.known(description.architecture)
    digest = checked(description.weights, sha256=description.sha256)
    tensors = checkpoints.read(description.weights)
    spelling = architectures.recognise(name, tensors)
    names = description.class_names or _names(description.classes or spelling.classes)
    options = {**spelling.options, **description.options}
    try:
        network = architectures.build(name, classes=len(names), options=options)
    except (TypeError, ValueError) as error:
        raise WeightsError(f"{name} cannot be built with options {options} ({error}).") from None
    checkpoints.fill(network, architectures.convert_keys(name, tensors, spelling), file=description.weights.name)
    torchvision_networks.keep_outputs(network)
    return Pretrained(
        network=network,
        name=name,
        preprocessing=description.preprocessing or spelling.preprocessing,
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
    spelling = architectures.plain(name)
    names = own["class_names"] or _names(own["classes"] or spelling.classes)
    network = architectures.build(name, classes=len(names), options={}, seed=seed)
    return Pretrained(
        network=network,
        name=name,
        preprocessing=own["preprocessing"] or spelling.preprocessing,
        class_names=names,
        weights=Weights(source="random", description=f"random weights (seed {seed})", sha256=tensors_digest(network)),
    )


def _names(classes: int) -> tuple[str, ...]:
    """ImageNet's class names for 1,000 classes; numbers where the names are not known."""
    imagenet = torchvision_networks.class_names()
    return imagenet if classes == len(imagenet) else tuple(f"class {number}" for number in range(classes))
