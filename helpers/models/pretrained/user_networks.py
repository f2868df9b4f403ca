"""Networks of users: a checkpoint of a known architecture, or a network that the reader's own code makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from helpers.errors import BadInput
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import (
    architectures,
    checkpoints,
    formats,
    reader_code,
    stems,
    timm_networks,
    torchvision_networks,
)
from helpers.models.pretrained.descriptions import Description
from helpers.models.pretrained.formats import WeightFormat
from helpers.models.pretrained.networks import Pretrained
from helpers.models.pretrained.networks import class_names as numbered
from helpers.models.pretrained.state_dicts import without_prefixes
from helpers.models.pretrained.weights import Weights, WeightsError, checked, tensors_digest
from helpers.user_paths import shown

_UNTOLD = (
    "{file} holds convolutions alone, whose images may be RGB from 0 to 1 or BGR from 0 to 255 (Caffe, Keras); write "
    "its preprocessing, such as preprocessing: {{size: 224, mean: [103.939, 116.779, 123.68], order: BGR, scale: 255}}."
)
_PARALLEL = (nn.DataParallel, nn.parallel.DistributedDataParallel)


class Filled(NamedTuple):
    """A network with the weights of a user's file."""

    network: nn.Module
    preprocessing: Preprocessing
    classes: int
    options: Mapping[str, Any]
    weights: Weights


def filled(name: str, description: Description) -> Filled:
    """The network of a canonical name with the user's weights.

    What the description leaves open is told by the file: its spelling, how many channels the first convolution takes,
    and, where it is a published one, by its digest. Raises WeightsError for what does not fit.
    """
    path = description.weights
    assert path is not None
    file = shown(path.name)
    digest = checked(path, sha256=description.sha256)
    tensors = checkpoints.read(path)
    like = _outline(name, _without_values(description.options))
    tensors, prefix = without_prefixes(tensors, formats.spellings(name, like), file=file)
    weight_format = formats.recognise(name, tensors, digest=digest)
    tensors = formats.convert_keys(name, tensors, weight_format)
    preprocessing = description.preprocessing or usual_preprocessing(name, like, weight_format)
    classes = len(description.class_names) or description.classes or weight_format.classes
    options = {**_told(name, tensors, like, preprocessing), **weight_format.options, **description.options}
    network = built(name, classes=classes, options=options)
    _require_stem(network, tensors, file)
    require_channels(preprocessing, network, file)
    if (
        description.preprocessing is None
        and "last" in options
        and weight_format.layers == {}
        and not weight_format.options
    ):
        raise WeightsError(_UNTOLD.format(file=file))
    checkpoints.fill(network, tensors, file=file)
    torchvision_networks.keep_outputs(network)
    said = (description.description or file) + (f" (names without the prefix {prefix})" if prefix else "")
    return Filled(network, preprocessing, classes, options, Weights(source="file", description=said, sha256=digest))


def built(
    name: str, *, classes: int, options: Mapping[str, Any], seed: int | None = None, meta: bool = False
) -> nn.Module:
    """A network by its canonical name; on "meta" it has names and shapes, but no values.

    Raises WeightsError, naming network and options, where it cannot be built with them.
    """
    try:
        with torch.device("meta" if meta else "cpu"):
            return architectures.build(name, classes=classes, options=options, seed=seed)
    except BadInput:
        raise
    except (Exception, MemoryError) as error:  # a builder's own check, or a size that no memory holds
        said = " ".join(str(error).split())
        raise WeightsError(f"{name} cannot be built with options {dict(options)} ({said}).") from None


def of_reader(description: Description) -> Pretrained:
    """The network that the reader's own code makes, with the weights of a file where the description names one."""
    network = reader_code.build(description.model, folder=description.folder, options=description.options)
    network.float()  # images come in single precision
    assert description.preprocessing is not None  # a description of a model has it
    weights = Weights(source="file", description=description.description or description.model, sha256="")
    if description.weights is not None:
        file = shown(description.weights.name)
        digest = checked(description.weights, sha256=description.sha256)
        tensors = checkpoints.read(description.weights)
        tensors, _ = without_prefixes(tensors, network.state_dict().keys(), file=file)
        checkpoints.fill(network, tensors, file=file)
        weights = replace(weights, sha256=digest)
    return ready(
        network,
        preprocessing=description.preprocessing,
        class_names=description.class_names or numbered(description.classes or 0),
        weights=weights,
    )


def ready(
    network: nn.Module, *, preprocessing: Preprocessing, class_names: tuple[str, ...], weights: Weights
) -> Pretrained:
    """A network of the reader's own, ready to be looked into. It goes by the name of its class."""
    _require_values(network)
    if any(tensor.dtype in (torch.float16, torch.bfloat16) for tensor in network.state_dict().values()):
        network.float()  # as a checkpoint in half precision is read
    require_channels(preprocessing, network, type(network).__name__)
    torchvision_networks.keep_outputs(network)
    return Pretrained(
        network=network,
        name=type(network).__name__,
        preprocessing=preprocessing,
        class_names=class_names,
        weights=replace(weights, sha256=weights.sha256 or tensors_digest(network)),
    )


def plain(network: nn.Module) -> nn.Module:
    """The network inside of what DataParallel or torch.compile put around it. Raises WeightsError for TorchScript."""
    while True:
        inner = network.module if isinstance(network, _PARALLEL) else getattr(network, "_orig_mod", None)
        if not isinstance(inner, nn.Module):
            break
        network = inner
    if isinstance(network, torch.jit.ScriptModule):
        raise WeightsError(
            "A network of TorchScript cannot be looked into; give the torch.nn.Module that it came from."
        )
    return network


def usual_preprocessing(name: str, network: nn.Module, weight_format: WeightFormat) -> Preprocessing:
    """What an architecture's weights usually expect: as timm notes it beside its networks, or as published."""
    return (
        timm_networks.preprocessing(network) if name.startswith(timm_networks.PREFIX) else weight_format.preprocessing
    )


def _require_values(network: nn.Module) -> None:
    """Refuse a network without weights, or with weights that are not finite."""
    name = type(network).__name__
    for key, tensor in network.state_dict(keep_vars=True).items():
        if isinstance(tensor, UninitializedParameter | UninitializedBuffer):
            raise WeightsError(f"{name} has no sizes yet ({key} is lazy); run it once on an image before.")
        if tensor.is_meta:
            raise WeightsError(f"{name} has no values ({key} is on the device meta).")
        if tensor.is_floating_point() and not tensor.float().isfinite().all():
            raise WeightsError(f"{name} cannot be used: {key} holds values that are not finite.")


def _outline(name: str, options: Mapping[str, Any]) -> nn.Module:
    """A network of one class for its names and shapes, without values where that is possible."""
    try:
        return built(name, classes=1, options=options, meta=True)
    except WeightsError:  # a builder that computes with tensors, such as that of RegNet; or options that none takes
        return built(name, classes=1, options=options)


def _without_values(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that decide names of tensors; a network that ends early has a part of them."""
    return {key: value for key, value in options.items() if key != "last"}


def _told(name: str, tensors: Mapping[str, Tensor], like: nn.Module, preprocessing: Preprocessing) -> dict[str, Any]:
    """Options that follow from the file: the image's channels, its size where positions are learnt, where it ends."""
    told: dict[str, Any] = {}
    first = stems.first_convolution(like)
    if first and (channels := stems.channels_of(tensors, *first)):
        told["channels"] = channels
    if "image_size" in getattr(like, "__dict__", {}) and not name.startswith(timm_networks.PREFIX):
        told["image_size"] = preprocessing.size
    if name == "vgg16" and "conv5_3.weight" in tensors and not any(one.startswith("fc") for one in tensors):
        told["last"] = "pool5"
    return told


def _require_stem(network: nn.Module, tensors: Mapping[str, Tensor], file: str) -> None:
    """Refuse another kernel of the first convolution than the architecture's: its stride cannot be told from a file."""
    name, layer = stems.first_convolution(network) or ("", None)
    weight = tensors.get(f"{name}.weight")
    if layer is None or weight is None or weight.dim() != 4 or tuple(weight.shape[2:]) == layer.kernel_size:
        return
    sizes = [" × ".join(map(str, size)) for size in (weight.shape[2:], layer.kernel_size)]
    raise WeightsError(
        f"{file}: the first convolution, {name}, has kernels of {sizes[0]} instead of {sizes[1]}; say its settings, "
        f"for instance options: {{stem: {{kernel_size: {weight.shape[2]}, stride: 1, padding: 1, pool: false}}}}."
    )


def require_channels(preprocessing: Preprocessing, network: nn.Module, subject: str) -> None:
    """Refuse preprocessing for another number of channels than the first convolution takes."""
    _, layer = stems.first_convolution(network) or ("", None)
    if layer is not None and layer.in_channels != preprocessing.channels:
        raise WeightsError(
            f"{subject} takes images of {layer.in_channels} channels, and its preprocessing names "
            f"{preprocessing.channels} means; it needs one mean and one std for each channel."
        )
