"""Measured values as plain floats, whatever array, tensor or list a page has them in."""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.errors import BadInput


class ValuesError(BadInput):
    """Measured values are no real numbers."""


def numbers(values: object) -> np.ndarray:
    """Values as an array of floats with one dimension or more.

    Tensors may have any type of real numbers, lie on any device and belong to a graph of gradients. A masked value
    becomes NaN. Raises ValuesError for what are no real numbers.
    """
    try:
        return np.atleast_1d(_floats(values))
    except (TypeError, ValueError, RuntimeError):
        shown = " ".join(repr(values).split())
        raise ValuesError(f"real numbers are needed; got {shown[:80]}") from None


def _floats(values: Any) -> np.ndarray:
    if _is_tensor(values):
        values = values.detach().cpu()
        values = (values if values.is_complex() else values.double()).numpy()
    elif isinstance(values, list | tuple) and any(map(_is_tensor, values)):
        values = [_floats(value) for value in values]
    if np.iscomplexobj(values):
        raise TypeError("complex numbers")  # NumPy would only warn, and drop the imaginary part
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.filled(values.astype(float), np.nan)
    return np.asarray(values, dtype=float)


def _is_tensor(value: object) -> bool:
    return hasattr(value, "detach")  # the scorecard reads claims, too, and must not wait for the import of torch
