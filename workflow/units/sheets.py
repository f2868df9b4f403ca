"""Sheets of pictures: a row of square tiles for each unit, some units to a file, so that a unit loads fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image
from torch import Tensor

from workflow.units import scripts

PER_FILE = 32

Tiles = UInt8[Tensor, "unit across 3 row column"]


def write(
    folder: Path,
    kind: str,
    units: Sequence[int],
    count: int,
    tiles: Callable[[Sequence[int]], Tiles],
    *,
    lossless: bool = False,
    quick: bool = False,
) -> dict[str, Any] | None:
    """Write the pictures of some units of a layer, and describe them as the page wants it; None for no units.

    folder, kind: the files are ``folder/kind-0.webp`` and so on.
    units: the numbers of the units that have pictures, ascending. count: how many units the layer has.
    tiles: the pictures of some of these units, all of one size.
    lossless: for pictures whose pixels are numbers. quick: compress faster and less.
    """
    if not units:
        return None
    across = tile = 0
    for number, first in enumerate(range(0, len(units), PER_FILE)):
        drawn = tiles(units[first : first + PER_FILE])
        across, tile = drawn.shape[1], drawn.shape[-1]
        pixels = drawn.permute(0, 3, 1, 4, 2).reshape(len(drawn) * tile, across * tile, 3)
        # lossless with an effort of 0 to 100 by quality, else the quality of the picture
        quality = 40 if lossless else 60
        sheet = Image.fromarray(pixels.contiguous().numpy())
        sheet.save(folder / f"{kind}-{number}.webp", lossless=lossless, quality=quality, method=0 if quick else 4)
    row = np.full(count, -1)
    row[list(units)] = np.arange(len(units))
    return {"tile": tile, "across": across, "perFile": PER_FILE, "index": scripts.numbers(row, "i2")}
