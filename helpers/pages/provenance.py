"""Where a result comes from: versions, digests, memory."""

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
    """Versions of Python and of the packages that numbers come from."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def digest(tensors: Iterable[Shaped[Tensor, ...]]) -> str:
    """SHA-256 over shapes, types and values, in order."""
    sha = hashlib.sha256()
    for tensor in tensors:
        array = tensor.detach().cpu().contiguous()
        sha.update(f"{tuple(array.shape)}{array.dtype}".encode())
        sha.update(array.numpy().tobytes())
    return sha.hexdigest()


def peak_memory_mb() -> float:
    """The most memory this process has held, in MB; on a GPU the larger of host and device."""
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in kilobytes elsewhere
    host = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    device = torch.cuda.max_memory_allocated() / 1e6 if torch.cuda.is_available() else 0.0
    return round(max(host, device), 1)
