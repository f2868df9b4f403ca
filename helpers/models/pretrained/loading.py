"""A trained network by its name, ready to be looked into, with everything that a page has to know about it.

Weights are looked for in this order: a path that the user gives; the folder ``weights`` in ``HELPERS_ASSETS``; the
download; the narrow network that comes with this package. For ``vgg16`` the network of the studies comes first, the
thirteen convolutions of the original training on ImageNet. Nothing but tensors is ever unpickled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from helpers.models.initialisation import copied
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import (
    architectures,
    checkpoints,
    containers,
    descriptions,
    formats,
    keras_files,
    published,
    timm_networks,
    torchvision_networks,
    user_networks,
)
from helpers.models.pretrained.architectures import UnknownNetwork
from helpers.models.pretrained.descriptions import Description
from helpers.models.pretrained.downloads import Unreachable
from helpers.models.pretrained.networks import Pretrained
from helpers.models.pretrained.networks import class_names as _names
from helpers.models.pretrained.published import NotHere, Published
from helpers.models.pretrained.weights import Source, Weights, WeightsError, tensors_digest
from helpers.user_paths import exists, is_file, looks_like_path, resolved, shown

# The networks that come with this package: NAME.json describes NAME.safetensors.
EMBEDDED = Path(__file__).parent / "embedded"
_MOST_CLASSES = 10**6
_CHOICES = ("assets", "download", "embedded", "random", "lucid")


def load(
    name: str | Path | nn.Module,
    *,
    weights: str | Path | None = None,
    device: torch.device | str = "cpu",
    architecture: str | None = None,
    preprocessing: Preprocessing | None = None,
    class_names: Sequence[str] = (),
    classes: int | None = None,
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Pretrained:
    """A network by name, a checkpoint by path, or a network of your own.

    name: ``vgg16`` or ``googlenet``, the studies' networks, with the layer names of :mod:`helpers.models.vgg` and
        :mod:`helpers.models.googlenet`; any classification network of torchvision (``torchvision/googlenet`` for
        torchvision's own of that name); ``timm/NAME``, where timm is installed; the path of a description
        (:mod:`helpers.models.pretrained.descriptions`); the path of a checkpoint, which needs ``architecture``; or a
        ``torch.nn.Module``, which needs ``preprocessing`` (a copy of it is used, so that yours stays in its mode).
    weights: the one source to use. A path, "assets", "download", "embedded", "lucid" (GoogLeNet as published with
        Lucid, downloaded) or "random". None takes the first source that has weights, and does not complain where
        there is no network. ``Pretrained.weights`` says which source that is, and why not those before it. The
        original ``vgg16`` has no dense layers here: it ends after ``pool5``, and gives no classes.
    architecture: the network's name, where ``name`` is the path of a checkpoint.
    preprocessing, class_names, classes: of a checkpoint of your own, where they are not those of the architecture's
        ImageNet weights.
    options: of the architecture, as in a description.
    seed: decides random weights.

    Raises UnknownNetwork for a name that no network has. Raises WeightsError for weights that cannot be had, are
    damaged or do not fit, and for a device that is not there; its one sentence says which, and what was expected.
    """
    own: dict[str, Any] = dict(
        preprocessing=preprocessing,
        class_names=_texts(class_names),
        classes=_whole(classes),
        options=dict(options or {}),
    )
    if own["classes"] and own["class_names"] and own["classes"] != len(own["class_names"]):
        raise WeightsError(f"{own['classes']} classes were given, and {len(own['class_names'])} class_names.")
    place = _device(device)
    if isinstance(name, nn.Module):
        if weights is not None or architecture is not None:
            raise WeightsError("A network of your own is made already; it takes neither weights nor architecture.")
        found = _module(name, own)
    elif (path := _path(name)) is not None:
        found = _by_path(path, architecture, own)
    else:
        found = _by_name(architectures.canonical_name(str(name)), weights, own, seed)
    found.network.eval().requires_grad_(False).to(place)
    return found


def _path(name: str | Path) -> Path | None:
    """The file that is meant, or None where it is a network's name. Raises WeightsError for one that is not there."""
    if not isinstance(name, str | Path):
        raise WeightsError(f"A network is a name, a path or a torch.nn.Module; got {type(name).__name__}.")
    try:
        architectures.canonical_name(str(name))
    except UnknownNetwork:
        path = resolved(name)
        if str(name).strip() and exists(path):
            return path
        if looks_like_path(name) and not str(name).startswith(architectures.TORCHVISION_PREFIX):
            raise WeightsError(f"There is no file {shown(path)}.") from None
    return None


def _by_path(path: Path, architecture: str | None, own: dict[str, Any]) -> Pretrained:
    """A description or a checkpoint; its content says which."""
    if not is_file(path):
        raise WeightsError(f"{shown(path)} is {'a folder' if path.is_dir() else 'no regular file'}; a file is needed.")
    try:
        kind, words = containers.recognised(path)
    except OSError as error:
        raise WeightsError(f"{shown(path)} cannot be read ({error.strerror or error}).") from None
    if kind == "text":
        if any(own.values()):
            raise WeightsError(f"{shown(path.name)} describes its weights; nothing can be given beside it.")
        return _described(descriptions.read(path))
    if kind == "other":
        raise WeightsError(f"{shown(path.name)} is {words}; a checkpoint or a description of one is needed.")
    if architecture is None:
        raise WeightsError(
            f"{shown(path.name)} does not say which network it holds; write a file beside it, for instance mine.yml, "
            f"with the lines 'architecture: resnet18' and 'weights: {shown(path.name)}', and give that one (from "
            "Python: name its architecture)."
        )
    return _file(path, architecture, own)


def _by_name(name: str, weights: str | Path | None, own: dict[str, Any], seed: int) -> Pretrained:
    """A network by its canonical name, with published weights, a user's file, or random ones.

    own: the ``preprocessing``, ``class_names``, ``classes`` and ``options`` that the user gave.
    """
    if weights == "random":
        return _random(name, own, seed)
    if weights is not None and weights not in _CHOICES:
        path = resolved(weights)
        if not exists(path):
            raise WeightsError(
                f"weights is {shown(weights)!r}, and there is no such file; allowed are {', '.join(_CHOICES)} and "
                "the path of a file."
            )
        return _file(path, name, own)
    if any(own.values()):
        raise WeightsError(
            "preprocessing, class_names, classes and options describe weights of your own; published ones bring theirs."
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

    choice: the one that the user insists on; None tries all sources.
    """
    if choice == "embedded":
        return [partial(_embedded, name)]
    if name.startswith(timm_networks.PREFIX):
        if choice not in (None, "download"):
            raise WeightsError(f"weights={choice!r} has none for {name}; allowed are download, random and a path.")
        return [partial(_of_timm, name)]
    if choice == "lucid" and name != "googlenet":
        raise WeightsError(f"weights='lucid' are those of googlenet; there are none for {name}.")
    candidates = (published.LUCID,) if choice == "lucid" else published.of(name)
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
    read = keras_files.read if path.suffix == keras_files.SUFFIX else checkpoints.read
    tensors = formats.convert_keys(name, read(path), weight_format)
    network = architectures.build(name, classes=weight_format.classes, options=weight_format.options)
    checkpoints.fill(network, tensors, file=path.name)
    return Pretrained(
        network=network,
        name=name,
        preprocessing=weight_format.preprocessing,
        class_names=() if "last" in weight_format.options else _names(weight_format.classes),
        weights=Weights(source=source, description=candidate.description, sha256=digest),
    )


def _of_timm(name: str) -> Pretrained:
    network, preprocessing = timm_networks.published(name.removeprefix(timm_networks.PREFIX))
    torchvision_networks.keep_outputs(network)
    return Pretrained(
        network=network,
        name=name,
        preprocessing=preprocessing,
        class_names=_names(getattr(network, "num_classes", 0)),
        weights=Weights(source="download", description=f"timm's weights for {name}", sha256=tensors_digest(network)),
    )


def _module(network: nn.Module, own: dict[str, Any]) -> Pretrained:
    """A network that a Python program hands over."""
    if not isinstance(own["preprocessing"], Preprocessing):
        raise WeightsError(
            "A network of your own needs its preprocessing, such as Preprocessing(size=64, mean=(0.5, 0.5, 0.5), "
            "std=(0.25, 0.25, 0.25))."
        )
    if own["options"]:
        raise WeightsError("A network of your own is made already; it takes no options.")
    return user_networks.ready(
        copied(user_networks.plain(network)),
        preprocessing=own["preprocessing"],
        class_names=own["class_names"] or _names(own["classes"] or 0),
        weights=Weights(source="object", description="a network that the program made", sha256=""),
    )


def _file(path: Path, architecture: str, own: dict[str, Any]) -> Pretrained:
    """A user's checkpoint of a known architecture."""
    return _described(Description(architecture=architecture, weights=path, **own))


def _described(description: Description) -> Pretrained:
    if description.model:
        return user_networks.of_reader(description)
    assert description.weights is not None  # an architecture comes with weights
    name = architectures.canonical_name(description.architecture)
    filled = user_networks.filled(name, description)
    names = description.class_names or _names(filled.classes)
    return Pretrained(
        network=filled.network,
        name=name,
        preprocessing=filled.preprocessing,
        class_names=() if "last" in filled.options else names,
        weights=filled.weights,
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
    network = user_networks.built(name, classes=len(names), options=own["options"], seed=seed)
    preprocessing = own["preprocessing"] or user_networks.usual_preprocessing(name, network, weight_format)
    user_networks.require_channels(preprocessing, network, name)
    return Pretrained(
        network=network,
        name=name,
        preprocessing=preprocessing,
        class_names=() if "last" in own["options"] else names,
        weights=Weights(source="random", description=f"random weights (seed {seed})", sha256=tensors_digest(network)),
    )


def _texts(names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(names, str) or not isinstance(names, Iterable) or not all(isinstance(name, str) for name in names):
        raise WeightsError(f"class_names is {names!r}; it must be a list of texts.")
    return tuple(map(str, names))


def _whole(classes: int | None) -> int | None:
    if classes is None:
        return None
    if not isinstance(classes, int) or isinstance(classes, bool) or not 1 <= classes <= _MOST_CLASSES:
        raise WeightsError(f"classes is {classes!r}; it must be a whole number from 1 to {_MOST_CLASSES}.")
    return classes


def _device(device: torch.device | str) -> torch.device:
    """The device, if it is there."""
    try:
        place = torch.device(device)
        torch.empty(0, device=place)
        if place.type == "meta":
            raise RuntimeError("a device without values")
    except (RuntimeError, AssertionError, TypeError, NotImplementedError):
        here = ["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
        raise WeightsError(f"device is {str(device)!r}; on this machine allowed are {', '.join(here)}.") from None
    return place
