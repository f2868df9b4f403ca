"""Where a network's weights came from, and whether a file is the one that it should be."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from helpers.errors import BadInput
from helpers.user_paths import exists, is_file, shown

Source = Literal["file", "object", "assets", "download", "embedded", "random"]


class WeightsError(BadInput):
    """Weights that cannot be had, or that are not the ones asked for. The message is one sentence."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What a page says about the weights that it uses.

    source: where they were found.
    description: what they are, in a few words.
    sha256: the digest of the file; of the tensors (:func:`tensors_digest`) where the weights are random.
    passed: the sources that were tried before this one, each with the reason why it did not have the weights.
    """

    source: Source
    description: str
    sha256: str
    passed: tuple[str, ...] = ()


def checked(path: Path, *, sha256: str = "", md5: str = "", git_blob: str = "") -> str:
    """The sha256 digest of a file, after a check against what is known of it.

    sha256: the expected digest, or its first digits (torchvision publishes eight).
    md5, git_blob: another digest of it, and the id under which git keeps the file's content.
    An empty text checks nothing. Digests may be written as other programs write them: in capitals, with blanks around,
    with "sha256:" in front.

    Raises WeightsError, naming the file and both digests, where they differ, for a text that is no digest, and where
    the file cannot be read or is no regular file.
    """
    name = shown(path.name)
    sha256, git_blob = _digits(sha256, 64, file=path), _digits(git_blob, 40, file=path)
    md5 = _digits(md5, 32, file=path)
    try:
        if exists(path) and not is_file(path):  # a device or a pipe may never end
            raise WeightsError(f"{shown(path)} is not a regular file.")
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if not found.startswith(sha256):
            raise WeightsError(f"{name} is damaged or another file: its sha256 is {found}, expected is {sha256}.")
        if md5 and (other := _md5(path)) != md5:
            raise WeightsError(f"{name} is damaged or another file: its md5 is {other}, expected is {md5}.")
        if git_blob and (blob := _git_blob(path)) != git_blob:
            raise WeightsError(f"{name} is damaged or another file: its git id is {blob}, expected is {git_blob}.")
    except WeightsError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        raise WeightsError(f"{shown(path)} cannot be read ({getattr(error, 'strerror', None) or error}).") from None
    return found


def _digits(digest: str, length: int, *, file: Path) -> str:
    """A digest in small digits 0 to f."""
    digits = digest.strip().lower().removeprefix("sha256:").strip()
    if not re.fullmatch(f"[0-9a-f]{{0,{length}}}", digits):
        raise WeightsError(
            f"The digest of {shown(file.name)} is given as {digest!r}; it must have at most {length} digits 0 to f."
        )
    return digits


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _git_blob(path: Path) -> str:
    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def tensors_digest(network: nn.Module) -> str:
    """The sha256 digest of a network's tensors, names and values, for networks that come from no file."""
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        digest.update(name.encode())
        if isinstance(tensor, torch.Tensor) and not tensor.is_quantized:
            # as bytes: NumPy has not all types of torch
            digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        else:  # what a quantised layer keeps
            digest.update(repr(tensor).encode())
    return digest.hexdigest()
