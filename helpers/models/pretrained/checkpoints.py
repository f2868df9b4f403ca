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

from helpers.models.pretrained.containers import recognised
from helpers.models.pretrained.state_dicts import unwrapped
from helpers.models.pretrained.weights import WeightsError
from helpers.user_paths import exists, is_file, shown

# Counters of batch normalisation that older files do not have and a trained network does not need.
_OPTIONAL = ".num_batches_tracked"
_SHOWN = 3


def read(path: Path) -> OrderedDict[str, Tensor]:
    """The named tensors of a safetensors file, or of what ``torch.save`` wrote of a ``state_dict()``.

    What counts is the content, not the ending of the name. Tensors that a trainer put into a dictionary with other
    things are found there (:func:`.state_dicts.unwrapped`).

    Raises WeightsError, naming the file, for one that is missing, truncated or of another kind, and for one that
    holds code: nothing but tensors, numbers and texts is unpickled.
    """
    name = shown(path.name)
    if not is_file(path):
        raise WeightsError(
            f"{shown(path)} is not a regular file." if exists(path) else f"There is no file {shown(path)}."
        )
    try:
        kind, words = recognised(path)
        if kind == "safetensors":
            return OrderedDict(load_file(path))
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{name} is not a whole safetensors file ({error}).") from None
    if kind != "torch":
        raise WeightsError(
            f"{name} is {words or 'a text'}; a state_dict() in safetensors or from torch.save was expected."
        )
    try:
        with path.open("rb") as file:  # of a path torch would believe the ending
            content = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "GLOBAL " in str(error) or "Unsupported class" in str(error):  # a class or function that is no tensor's
            raise WeightsError(
                f"{name} holds more than tensors and is not opened; save the network's state_dict() alone."
            ) from None
        raise WeightsError(f"{name} is not a whole file of tensors.") from None
    except Exception:  # bytes that are no pickle can make the reader stumble in any way
        raise WeightsError(f"{name} is not a whole file of tensors.") from None
    return unwrapped(content, file=name)


def rename(tensors: OrderedDict[str, Tensor], layers: Mapping[str, str]) -> OrderedDict[str, Tensor]:
    """The same tensors with the layer in front of the last dot renamed where ``layers`` says so."""
    renamed = OrderedDict()
    for name, tensor in tensors.items():
        layer, dot, kind = name.rpartition(".")  # a tensor at the top of the network stands in no layer
        renamed[f"{layers.get(layer, layer)}{dot}{kind}"] = tensor
    if hasattr(tensors, "_metadata"):  # versions of layers, which some of torchvision's networks ask for
        renamed._metadata = tensors._metadata  # type: ignore[attr-defined]
    return renamed


def fill(network: nn.Module, tensors: OrderedDict[str, Tensor], *, file: str) -> None:
    """Give the network these tensors, as float32; it changes only if all of them fit. It may stand on "meta".

    Raises WeightsError, naming the file, the first few tensors that are missing, unexpected or of another shape, and
    what was expected; and for tensors that are sparse, quantised or complex, whole numbers in place of weights, or
    hold values that are not finite, also where those become infinite in single precision.
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
    plain = {name: _single(name, tensor, wanted[name], file=file) for name, tensor in tensors.items()}
    tensors.update(plain)
    network.load_state_dict(tensors, assign=True)


def _single(name: str, tensor: Tensor, like: Tensor, *, file: str) -> Tensor:
    """The tensor in single precision, dense and finite; whole numbers stay where the network has whole numbers."""
    if tensor.is_meta:
        raise WeightsError(f"{file} cannot be used: {name} has no values (it was saved on the device meta).")
    if tensor.is_quantized or tensor.is_complex():
        kind = "quantised" if tensor.is_quantized else "complex"
        raise WeightsError(f"{file} cannot be used: {name} is {kind}; real numbers in floating point are needed.")
    tensor = tensor.to_dense() if tensor.layout != torch.strided else tensor
    if like.is_floating_point() != tensor.is_floating_point():
        kinds = [str(one.dtype).removeprefix("torch.") for one in (tensor, like)]
        raise WeightsError(f"{file} cannot be used: {name} is {kinds[0]} instead of {kinds[1]}.")
    if not tensor.is_floating_point():
        return tensor.to(like.dtype)
    single = tensor.float()
    if not single.isfinite().all():
        raise WeightsError(
            f"{file} cannot be used: {name} holds values that are not finite"
            f"{' in single precision' if tensor.isfinite().all() else ''}."
        )
    return single


def _shape(tensor: Tensor) -> str:
    return "(" + " × ".join(map(str, tensor.shape)) + ")"


def _first(entries: list[str]) -> str:
    more = len(entries) - _SHOWN
    return ", ".join(entries[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
