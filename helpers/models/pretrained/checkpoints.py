"""Tensors from a file into a network: nothing but tensors is read, and all of them must fit."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from helpers.models.pretrained.weights import WeightsError

# Counters of batch normalisation that older files do not have and a trained network does not need.
_OPTIONAL = ".num_batches_tracked"
_SHOWN = 3


def read(path: Path) -> OrderedDict[str, Tensor]:
    """The named tensors of a ``.safetensors`` file, or of one that ``torch.save`` wrote from a ``state_dict()``.

    Raises WeightsError, naming the file, for one that is missing, truncated or of another kind, and for one that
    holds anything but tensors: nothing else is unpickled.
    """
    if not path.is_file():
        raise WeightsError(f"There is no file {path}.")
    if path.suffix == ".safetensors":
        try:
            return OrderedDict(load_file(path))
        except (SafetensorError, OSError) as error:
            raise WeightsError(f"{path.name} is not a whole safetensors file ({error}).") from None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "GLOBAL " in str(error) or "Unsupported class" in str(error):  # a class or function that is no tensor's
            raise WeightsError(
                f"{path.name} holds more than tensors and is not opened; save the network's state_dict() alone."
            ) from None
        raise WeightsError(f"{path.name} is not a whole file of tensors.") from None
    except Exception:  # bytes that are no pickle can make the reader stumble in any way
        raise WeightsError(f"{path.name} is not a whole file of tensors.") from None
    if not isinstance(content, dict):
        raise WeightsError(
            f"{path.name} holds a {type(content).__name__}; a state_dict() of named tensors was expected."
        )
    others = [f"{key} ({type(value).__name__})" for key, value in content.items() if not isinstance(value, Tensor)]
    if others:
        raise WeightsError(
            f"{path.name} holds more than tensors: {_first(others)}; save the network's state_dict() alone."
        )
    return content if isinstance(content, OrderedDict) else OrderedDict(content)


def rename(tensors: OrderedDict[str, Tensor], layers: Mapping[str, str]) -> OrderedDict[str, Tensor]:
    """The same tensors with the layer in front of the last dot renamed where ``layers`` says so."""
    renamed = OrderedDict()
    for name, tensor in tensors.items():
        layer, _, kind = name.rpartition(".")
        renamed[f"{layers.get(layer, layer)}.{kind}"] = tensor
    if hasattr(tensors, "_metadata"):  # versions of layers, which some of torchvision's networks ask for
        renamed._metadata = tensors._metadata  # type: ignore[attr-defined]
    return renamed


def fill(network: nn.Module, tensors: OrderedDict[str, Tensor], *, file: str) -> None:
    """Give the network these tensors, as float32; it changes only if all of them fit. It may stand on "meta".

    Raises WeightsError, naming the file, the first few tensors that are missing, unexpected or of another shape, and
    what was expected.
    """
    wanted = network.state_dict()
    missing = [name for name in wanted if name not in tensors and not name.endswith(_OPTIONAL)]
    unexpected = [name for name in tensors if name not in wanted]
    misshapen = [
        f"{name} is {_shape(tensor)} instead of {_shape(wanted[name])}"
        for name, tensor in tensors.items()
        if name in wanted and tensor.shape != wanted[name].shape
    ]
    complaints = []
    if missing:
        complaints.append(f"it lacks {_first([f'{name} {_shape(wanted[name])}' for name in missing])}")
    if unexpected:
        complaints.append(f"it holds {_first(unexpected)}, which the network does not have")
    if misshapen:
        complaints.append(_first(misshapen))
    if complaints:
        raise WeightsError(f"{file} does not fit {type(network).__name__}: {'; '.join(complaints)}.")
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and tensor.dtype != torch.float32:
            tensors[name] = tensor.float()
    network.load_state_dict(tensors, assign=True)


def _shape(tensor: Tensor) -> str:
    return "(" + " × ".join(map(str, tensor.shape)) + ")"


def _first(entries: list[str]) -> str:
    more = len(entries) - _SHOWN
    return ", ".join(entries[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
