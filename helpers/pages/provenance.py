"""Where a result comes from: versions of packages, digests of inputs, memory used."""

from __future__ import annotations

import hashlib
import platform
import resource
import sys
from collections.abc import Iterable
from importlib import metadata

import torch
from jaxtyping import Shaped
from torch import Tensor

_PACKAGES = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "openTSNE", "matplotlib")


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that compute the numbers."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def digest(tensors: Iterable[Shaped[Tensor, ...]]) -> str:
    """SHA-256 over the shapes, types and values of tensors, in order."""
    sha = hashlib.sha256()
    for tensor in tensors:
        array = tensor.detach().cpu().contiguous()
        sha.update(f"{tuple(array.shape)}{array.dtype}".encode())
        sha.update(array.numpy().tobytes())
    return sha.hexdigest()


def peak_memory_mb() -> float:
    """The most memory this process has held, in MB; with a GPU the larger of the host's and the device's."""
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in kilobytes elsewhere
    host = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    device = torch.cuda.max_memory_allocated() / 1e6 if torch.cuda.is_available() else 0.0
    return round(max(host, device), 1)
