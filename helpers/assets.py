"""The folder of assets: what a user has of weights, images and digits, in the folder that ``HELPERS_ASSETS`` names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from helpers.errors import BadInput
from helpers.user_paths import is_folder, resolved, shown

VARIABLE = "HELPERS_ASSETS"
_ROOMS = ("images", "weights", "mnist")
_ALLOWED = f"it has to name a folder that holds at least one of {', '.join(_ROOMS)}, or not to be set"
_CHECKOUT = Path(__file__).resolve().parents[1]


class AssetsError(BadInput):
    """HELPERS_ASSETS names what is no folder of assets."""


def is_set() -> bool:
    """Whether ``HELPERS_ASSETS`` names anything; an empty text is nothing."""
    return bool(os.environ.get(VARIABLE, "").strip())


def folder(room: Literal["images", "weights", "mnist"]) -> Path | None:
    """The folder ``room`` among the assets; None where ``HELPERS_ASSETS`` is not set or empty, or has no such folder.

    A relative path begins in the folder of the command (:func:`helpers.user_paths.resolved`); what is not there is
    looked for in the checkout.

    Raises AssetsError where ``HELPERS_ASSETS`` names no folder, or one that holds none of the rooms: it has to be
    spoken of, because a page would go on with other images and weights than the user means.
    """
    if not is_set():
        return None
    named = os.environ[VARIABLE].strip()
    places = list(dict.fromkeys([resolved(named), resolved(named, start=_CHECKOUT)]))
    root = next((place for place in places if is_folder(place)), None)
    if root is None:
        looked = " or ".join(shown(place) for place in places)
        raise AssetsError(f"{VARIABLE} is {shown(named)!r}, but there is no folder {looked}; {_ALLOWED}.")
    rooms = [name for name in _ROOMS if is_folder(root / name)]
    if not rooms:
        raise AssetsError(f"{VARIABLE} is {shown(named)!r}, a folder without {', '.join(_ROOMS)} in it; {_ALLOWED}.")
    return root / room if room in rooms else None
