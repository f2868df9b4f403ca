"""Weights from the network: fetched once, checked against their digest every time, kept in the user's cache folder."""

from __future__ import annotations

import sys
from pathlib import Path

from platformdirs import user_cache_path
from pooch import HTTPDownloader, get_logger, retrieve

from helpers.errors import BadInput
from helpers.models.pretrained.weights import WeightsError, checked

# Seconds to wait for a connection, and for the next piece of a file: a page must not hang without a network.
_PATIENCE = (5, 60)

get_logger().setLevel("WARNING")  # a page shows where its weights come from in its own words


class Unreachable(BadInput, OSError):
    """A file that could not be fetched: no network, or nothing at that address."""


def cache_folder() -> Path:
    """Where downloaded weights are kept."""
    return user_cache_path("what-neurons-learn") / "weights"


def fetch(url: str, *, sha256: str = "", git_blob: str = "") -> Path:
    """The file behind a url, from the cache or downloaded, checked as by :func:`.weights.checked`.

    Raises Unreachable where it cannot be fetched, and WeightsError for a file with the wrong digest, which is deleted.
    """
    # pooch knows whole digests only, and would fetch a damaged file again without a word: the check is ours
    path = Path(
        retrieve(
            url,
            known_hash=None,
            fname=url.rpartition("/")[2],
            path=cache_folder(),
            downloader=lambda url, file, _pooch: download(url, Path(file)),
        )
    )
    try:
        checked(path, sha256=sha256, git_blob=git_blob)
    except WeightsError as error:
        path.unlink(missing_ok=True)
        sentence = str(error).removesuffix(".")
        raise WeightsError(f"{sentence}; the download is deleted, and the next run fetches it again.") from None
    return path


def download(url: str, path: Path) -> None:
    """Write what is behind the url to a file, with a progress bar in a terminal. Raises Unreachable."""
    try:
        HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=_PATIENCE)(url, str(path), None)
    except OSError as error:  # what requests raises is one, too
        raise Unreachable(f"{url} could not be downloaded ({type(error).__name__})") from None
