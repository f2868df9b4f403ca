"""What an ascent refuses, in one sentence."""

from __future__ import annotations

from helpers.errors import BadInput


class AscentError(BadInput):
    """An ascent that cannot be begun, or that cannot go on."""


def require_positive(name: str, number: float) -> None:
    """Raise AscentError for a number that is not above 0, or not finite."""
    if not 0 < number < float("inf"):
        raise AscentError(f"{name} = {number} must be positive and finite")


def require_not_negative(name: str, number: float) -> None:
    """Raise AscentError for a number below 0, or one that is not finite."""
    if not 0 <= number < float("inf"):
        raise AscentError(f"{name} = {number} must not be negative, and must be finite")
