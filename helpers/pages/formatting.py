"""Numbers as text for readers."""

from __future__ import annotations

from collections.abc import Sequence


def number(value: object) -> str:
    """A number (or a list of numbers) with four significant digits; a whole number with all of its digits."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(number(v) for v in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value + 0.0:.4g}"  # -0.0 is 0


def span(mean: float | None, low: float | None, high: float | None) -> str:
    """A mean with its interval, "2.05 [1.93, 2.17]"; only the mean if there is no interval."""
    if mean is None:
        return "not a number"
    return number(mean) if low is None or high is None else f"{number(mean)} [{number(low)}, {number(high)}]"
