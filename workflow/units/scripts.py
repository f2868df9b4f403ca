"""Scripts that a page on disk can load: a call with a key and a value. Numbers are little-endian, in base64.

What comes from strangers (names of classes, files and models) is JSON in which nothing can end the script.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

NO_UNIT = 0xFFFFFFFF
NO_TEXT = 0xFFFF
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def write(path: Path, key: str, value: Any) -> None:
    """Write ``window.unitsData(key, value)``; makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"window.unitsData({as_script(key)}, {as_script(value)});\n", "utf-8")


def as_script(value: Any) -> str:
    """A plain JSON value as an expression that is harmless in a script, also in one inside of a page."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character, escaped in _ESCAPED.items():
        text = text.replace(character, escaped)
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def numbers(values: Tensor | ArrayLike, kind: str) -> str:
    """Numbers in base64; kind: "f4", "u4", "u2" or "i2". What is below 0 becomes all ones in a kind without sign."""
    array = np.asarray(values.detach().cpu() if isinstance(values, Tensor) else values)
    return base64.b64encode(np.ascontiguousarray(array).astype(f"<{kind}").tobytes()).decode()
