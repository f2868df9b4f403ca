"""How many images fit into memory at once: measured with one image, and mended where the estimate was too high."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from helpers.ascent.errors import AscentError

_BESIDE = 2.0  # gradients and buffers that live beside what is kept for the way back, as a share of it


def kept_bytes(one: Callable[[], Tensor]) -> int:
    """Bytes that a computation keeps for its way back: those of all tensors that autograd saves, each counted once."""
    kept = dict[int, int]()

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if not tensor.is_leaf or tensor.requires_grad:  # weights are there anyway
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = one()
    del result
    return sum(kept.values())


def free_bytes(device: torch.device) -> int:
    """Bytes that are free on a device; half of all memory, or a gigabyte, where the system does not say."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        told = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text("utf-8"))
        return int(told[1]) * 1024 if told else os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (OSError, ValueError, AttributeError):  # another system than Linux, or macOS
        return 1 << 30


def batch_that_fits(image_bytes: int, *, free: int, at_most: int) -> int:
    """How many images of so many kept bytes go into half of what is free.

    Raises AscentError if not even one does.
    """
    whole = image_bytes * (1 + _BESIDE)
    if free < whole:
        raise AscentError(
            f"one image keeps {whole / 1e6:,.0f} MB and {free / 1e6:,.0f} MB are free; take smaller images"
        )
    return max(1, min(at_most, int(free / 2 / max(whole, 1))))


def is_out_of_memory(error: Exception) -> bool:
    """Whether an exception says that memory did not suffice."""
    says = str(error).lower()
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and ("out of memory" in says or "can't allocate memory" in says)
    )
