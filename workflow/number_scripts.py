"""Scripts that bring numbers into a page: a page that is opened from disk may load scripts, but not fetch files."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """A new folder to write in, which takes the place of ``folder`` at the end; nothing changes if an error is raised.

    Raises OSError if it cannot be written.
    """
    partial = folder.with_name(f".{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)


def assignment(name: str, value: Any) -> str:
    """A script that gives ``window.name`` a value of plain JSON."""
    return f"window.{name} = {_compact(value)};\n"


def call(function: str, description: dict[str, Any], numbers: np.ndarray) -> str:
    """A script that calls ``window.function`` with a description and single-precision numbers in base64.

    numbers: of any shape; they are handed over in C order, little-endian.
    """
    text = base64.b64encode(numbers.astype("<f4").tobytes()).decode()
    return f'window.{function}({_compact(description)}, "{text}");\n'


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
