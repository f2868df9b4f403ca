"""Which images a folder or a tar file holds: their names, where their bytes lie, and what cannot be reached.

Hidden folders and files, and those that programs and systems make for themselves, hold copies and small previews of
images; they are passed over.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from helpers.data.image_files import Span
from helpers.errors import BadInput
from helpers.user_paths import shown

SUFFIXES = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".avif", ".jp2"}
SUFFIXES |= {".ppm", ".pgm", ".pbm"}
# Images as well, which have to be converted first
_OTHERS = {".heic", ".heif", ".jxl", ".svg", ".psd", ".xcf", ".ico", ".tga", ".exr", ".hdr", ".dcm"}
_OTHERS |= {".dng", ".raw", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2"}

# Folders of macOS, Windows, Linux and storage servers, beside those whose name begins with a dot
_SYSTEM = {"__macosx", "$recycle.bin", "recycler", "system volume information", "lost+found"}
_SYSTEM |= {"@eadir", "@tmp", "@recycle", "@recently-snapshot", "#recycle", "#snapshot", "~snapshot"}
_OTHER = "a format that has to be converted first"
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip"}
_PACKED |= {b"Rar!": "rar", b"7z\xbc\xaf": "7-zip"}
_CHUNK = 2**20  # bytes
_MOST_LINKS = 40  # that lead from one to the next, as many as Linux follows


class ImagesError(BadInput):
    """Images that were asked for and are not there, or none of which can be read."""


@dataclass
class Listing:
    """Images by name, and what else is there by name, each with the reason why it is left out.

    whole: what the folder or tar file itself is called, for images that lie in no folder of their own.
    """

    whole: str

    spans: dict[str, Span] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def in_folder(folder: Path) -> Listing:
    """The images below a folder, also in folders that links lead to.

    A link is not followed to a folder that holds this one, or that is found in it anyway: it would give the same images
    again, and may never end. For the same reason, each folder that lies behind a link is entered once for this link.
    """
    found = Listing(folder.name)
    root = Path(os.path.realpath(folder))
    # a folder, the beginning of the names in it, and what was entered behind the link that leads here
    waiting: list[tuple[str, str, set[Path] | None]] = [(str(folder), "", None)]
    while waiting:
        path, name, entered = waiting.pop()
        try:
            with os.scandir(path) as inside:
                entries = sorted(inside, key=lambda entry: entry.name)
        except OSError as error:
            found.left_out[name or "./"] = error.strerror or "it cannot be read"
            continue
        for entry in entries:
            if _is_hidden(entry.name):
                continue
            if _is_folder(entry):
                behind = entered
                if entry.is_symlink() or entered is not None:
                    real = Path(os.path.realpath(entry.path))
                    behind = set() if entered is None else entered
                    if real in behind or real == root or real in root.parents or _is_found(real, root):
                        continue
                    behind.add(real)
                waiting.append((entry.path, f"{name}{entry.name}/", behind))
            elif _is_image(entry.name) and _may_be_read(entry):
                found.spans[name + entry.name] = Span(Path(entry.path))
            elif _suffix(entry.name) in _OTHERS:
                found.left_out[name + entry.name] = _OTHER
    return found


def _is_found(folder: Path, root: Path) -> bool:
    """Whether images in a folder are found without following a link to it."""
    return root in folder.parents and not _any_hidden(folder.relative_to(root).as_posix())


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _may_be_read(entry: os.DirEntry[str]) -> bool:
    """Whether this is a file, or a link that leads nowhere, which reading reports; a pipe or a device may never end."""
    try:
        return entry.is_file() or not Path(entry.path).exists()
    except OSError:
        return True


def in_file(path: Path) -> Listing:
    """The one image that a file is, or else the images in a tar file. Raises ImagesError as :func:`in_tar` does."""
    if _is_image(path.name):
        return Listing(path.parent.name, {path.name: Span(path)})
    if _suffix(path.name) in _OTHERS:
        return Listing(path.parent.name, left_out={path.name: _OTHER})
    return in_tar(path)


def in_tar(path: Path) -> Listing:
    """The images in an uncompressed tar file, also the names that are links to other files in it.

    Nothing is extracted: whatever paths and links it holds, no other file is read.

    Raises ImagesError for a file that is not a whole tar file, which would give only a part of its images.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            files, links, left_out = _members(tar, path)
            _check_end(tar)
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise ImagesError(
            f"{shown(path.name)} is not a whole, uncompressed tar file ({_reason(path, error)})."
        ) from None
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    spans = dict(files)
    for name in links:
        target = _real(name, links) or ".."
        if target in files:
            spans[name] = files[target]
        elif target not in folders:
            left_out[name] = "it leads to nothing in the tar file"
        elif _any_hidden(target):  # else its images are found without the link
            inside = (other for other in files if other.startswith(f"{target}/"))
            spans |= {name + other.removeprefix(target): files[other] for other in inside}
    return Listing(
        path.stem,
        spans={name: span for name, span in spans.items() if _is_image(name) and not _any_hidden(name)},
        left_out={name: why for name, why in left_out.items() if _may_be_meant(name)},
    )


def _members(tar: tarfile.TarFile, path: Path) -> tuple[dict[str, Span], dict[str, str], dict[str, str]]:
    """The files of a tar file, its links, each to a path from the root of the tar file, and what cannot be taken."""
    files: dict[str, Span] = {}
    links: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for member in tar:
        name = "/".join(part for part in member.name.split("/") if part not in ("", "."))
        if ".." in name.split("/"):
            left_out[name] = "it leads out of the tar file"
        elif member.issym():
            absolute = member.linkname.startswith("/")
            links[name] = ".." if absolute else f"{PurePosixPath(name).parent}/{member.linkname}"
        elif member.islnk():
            links[name] = member.linkname
        elif member.isfile() and member.sparse is None:
            files[name] = Span(path, member.offset_data, member.size)
        elif member.isfile():
            left_out[name] = "a file with holes, which are not in the tar file"
    left_out |= {name: _OTHER for name in files if _suffix(name) in _OTHERS}
    return files, links, left_out


def _check_end(tar: tarfile.TarFile) -> None:
    """Raise ReadError where the tar file ends otherwise than with zeros: tarfile passes over the rest."""
    assert tar.fileobj is not None
    tar.fileobj.seek(tar.offset)
    block = tar.fileobj.read(tarfile.BLOCKSIZE)
    if len(block) < tarfile.BLOCKSIZE:
        raise tarfile.ReadError("unexpected end of data")
    if block.strip(b"\0"):
        raise tarfile.ReadError(f"damaged from byte {tar.offset} on")
    while block := tar.fileobj.read(_CHUNK):
        if block.strip(b"\0"):
            raise tarfile.ReadError(
                f"something follows after its end at byte {tar.offset}, as if files had been joined"
            )


def _reason(path: Path, error: Exception) -> str:
    """Why this is no tar file, in a user's words where it is known."""
    try:
        with path.open("rb") as file:
            begin = file.read(8)
    except OSError:
        return shown(error)
    packed = next((name for magic, name in _PACKED.items() if begin.startswith(magic)), "")
    return f"it is packed with {packed}: unpack it and name the folder" if packed else shown(error)


def _real(name: str, links: Mapping[str, str]) -> str | None:
    """The path that a link leads to within the tar file; None where it leads out of it or in circles."""
    at: list[str] = []
    waiting = name.split("/")[::-1]
    followed = 0
    while waiting:
        part = waiting.pop()
        if part == ".." and not at:
            return None
        if part == "..":
            at.pop()
        elif part not in ("", "."):
            at.append(part)
            target = links.get("/".join(at))
            if target is not None:
                followed += 1
                if followed > _MOST_LINKS:
                    return None
                at = []
                waiting += target.split("/")[::-1]
    return "/".join(at)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _is_image(name: str) -> bool:
    return _suffix(name) in SUFFIXES


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _SYSTEM


def _any_hidden(name: str) -> bool:
    return any(map(_is_hidden, name.split("/")))


def _may_be_meant(name: str) -> bool:
    """Whether what is left out may have been meant: an image, or a link to a folder of images."""
    parts: Iterable[str] = (part for part in name.split("/") if part != "..")
    return not any(map(_is_hidden, parts)) and _suffix(name) in SUFFIXES | _OTHERS | {""}
