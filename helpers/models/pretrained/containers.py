"""What a file is, by its first bytes: people give files names that say something else."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

Kind = Literal["safetensors", "torch", "text", "other"]

# What people hold in their hands instead of a checkpoint, by how it begins.
_FOREIGN = {
    b"version https://git-lfs": "a pointer of Git LFS, not the file itself; fetch it with git lfs pull",
    b"\x89HDF": "an HDF5 file (Keras); convert it to safetensors",
    b"\x93NUMPY": "a NumPy array",
    b"\x1f\x8b": "a gzip archive; unpack it",
    b"BZh": "a bzip2 archive; unpack it",
    b"\xfd7zXZ": "an xz archive; unpack it",
    b"(\xb5/\xfd": "a Zstandard archive; unpack it",
    b"Rar!": "a RAR archive; unpack it",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
    b"GGUF": "a GGUF file",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"%PDF": "a PDF file",
}
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<script")


def recognised(path: Path) -> tuple[Kind, str]:
    """The kind of a regular file, and for "other" what it is, in words that follow "is".

    "torch" is what torch.save writes (a zip archive, or a pickle in old files); "text" may be a description.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        return "other", "empty"
    for start, words in _FOREIGN.items():
        if head.startswith(start):
            return "other", words
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        return "other", "a web page, not the file itself (a page to log in or to confirm the download)"
    if len(head) > 8 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 27:
        return "safetensors", ""
    if head.startswith(b"PK"):
        return _archive(path)
    if head[:1] == b"\x80":
        return "torch", ""
    return ("text", "") if _is_text(head) else ("other", "no file of tensors and no description")


def _archive(path: Path) -> tuple[Kind, str]:
    """What torch.save writes is a zip archive as well."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return "other", "not a whole file of tensors"  # cut off: the directory stands at the end
    inner = {name.partition("/")[2] for name in names}
    if "constants.pkl" in inner or any(name.startswith("code/") for name in inner):
        return "other", "a TorchScript archive, which holds code; save the network's state_dict() instead"
    if "data.pkl" in inner:
        return "torch", ""
    if any(name.endswith(".npy") for name in names):
        return "other", "an archive of NumPy arrays (npz)"
    return "other", "a zip archive, but not one that torch.save wrote; unpack it"


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16, which is refused by its name when it is read
        return True
    if b"\0" in head:
        return False
    printable = sum(byte >= 32 or byte in b"\t\r\n" for byte in head)
    return printable / len(head) > 0.95
