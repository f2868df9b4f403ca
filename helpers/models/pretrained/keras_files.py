"""VGG's convolutions from a file that Keras publishes (HDF5), read as arrays."""

from __future__ import annotations

import re
from collections import OrderedDict
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import Tensor

from helpers.models.pretrained.weights import WeightsError
from helpers.user_paths import shown

SUFFIX = ".h5"  # of HDF5 files
_BLOCK = re.compile(r"block(\d)_conv(\d)")


def read(path: Path) -> OrderedDict[str, Tensor]:
    """The kernels and biases by the names of :class:`helpers.models.vgg.VGG16`: ``conv1_1.weight``, ``conv1_1.bias``.

    The file has a group for each convolution, ``block1_conv1``, with two arrays: the kernel as (row, column, input,
    output), and the bias. Raises WeightsError for a file that is not so.
    """
    tensors: OrderedDict[str, Tensor] = OrderedDict()
    try:
        with h5py.File(path, "r") as file:
            for group in sorted(name for name in file if _BLOCK.fullmatch(name)):
                kernel, bias = sorted((np.array(item) for item in file[group].values()), key=lambda array: -array.ndim)
                layer = _BLOCK.sub(r"conv\1_\2", group)
                tensors[f"{layer}.weight"] = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
                tensors[f"{layer}.bias"] = torch.from_numpy(bias)
    except (OSError, ValueError) as error:
        raise WeightsError(f"{shown(path.name)} is not a file of Keras' VGG16 ({error}).") from None
    return tensors
