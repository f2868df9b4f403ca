"""Random generators that depend on a seed and a purpose, and on nothing else."""

import hashlib

import torch


def generator(seed: int, purpose: str) -> torch.Generator:
    """A CPU generator for one ``seed`` and one ``purpose`` ("train", "test", "shuffle", ...).

    The state comes from a hash of both, so two purposes of a seed are unrelated, as are neighbouring seeds,
    and the numbers are the same in every Python process. Draw on the CPU and move: CPU and GPU then see one
    data set.
    """
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big"))
