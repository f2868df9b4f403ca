"""Addresses of pages on the disk."""

from pathlib import Path
from urllib.parse import unquote, urlsplit


def on_disk(address: str) -> Path:
    """The file of an address such as "file:///a%20book/units.html?q=1#view"."""
    return Path(unquote(urlsplit(address).path))
