"""Weights from the network: fetched once, checked against their digest every time, kept in the user's cache folder."""

from __future__ import annotations

import sys
from pathlib import Path

from pooch import HTTPDownloader, get_logger, retrieve

from helpers.cache import cache_folder
from helpers.errors import BadInput
from helpers.models.pretrained.weights import WeightsError, checked

# Seconds to wait for a connection, and for the next piece of a file: a page must not hang without a network.
_PATIENCE = (5, 60)

get_logger().setLevel("WARNING")  # a page shows where its weights come from in its own words


class Unreachable(BadInput, OSError):
    """A file that could not be fetched: no network, or nothing at that address."""


def fetch(url: str, *, sha256: str = "", md5: str = "", git_blob: str = "") -> Path:
    """The file behind a url, from the cache or downloaded, checked as by :func:`.weights.checked`.

    A file that was damaged in the cache is fetched again. Raises Unreachable where it cannot be fetched or kept, and
    for what arrives with the wrong digest, such as a page to log in, which is deleted.
    """
    name = url.rpartition("/")[2]
    try:
        path = cache_folder() / "weights" / name
        was_here = path.exists()
        _retrieve(url, path)
        try:
            checked(path, sha256=sha256, md5=md5, git_blob=git_blob)
        except WeightsError as error:
            path.unlink(missing_ok=True)
            if was_here:
                return fetch(url, sha256=sha256, md5=md5, git_blob=git_blob)
            raise Unreachable(f"{str(error).removesuffix('.')}; the download is deleted") from None
    except Unreachable:
        raise
    except (OSError, RuntimeError, ValueError) as error:  # no room, no right to write, no home, a file in the way
        raise Unreachable(f"{name} cannot be kept in the cache folder ({type(error).__name__}: {error})") from None
    return path


def _retrieve(url: str, path: Path) -> None:
    # pooch knows whole digests only, and would fetch a damaged file again without a word: the check is ours
    retrieve(
        url,
        known_hash=None,
        fname=path.name,
        path=path.parent,
        downloader=lambda url, file, _pooch: download(url, Path(file)),
    )


def download(url: str, path: Path) -> None:
    """Write what is behind the url to a file, with a progress bar in a terminal. Raises Unreachable."""
    try:
        HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=_PATIENCE)(url, str(path), None)
    except OSError as error:  # what requests raises is one, too
        raise Unreachable(f"{url} could not be downloaded ({type(error).__name__})") from None
