"""The ten digits of the net fragments study: 9 x 9 binary images, each a union of a few of nine lines (figure 4.1).

The study shows its images without printing their pixels. These are built so that all it says about them holds:
5 and 6, 8 and 9, 0 and 8, 3 and 9 differ in exactly two pixels; 7 is contained in 3, 3 in 9, 9 in 8; 1 shares no
line, and no pixel, with 4. A line is four pixels long; lines that meet share a corner pixel, which leaves two
pixels of its own to each line in the middle of a digit. The 1 stands in a column of its own::

      top             row 1        upper and lower 1: column 6
    ul   ur   u1      rows 1 to 4
      middle          row 4
    ll   lr   l1      rows 4 to 7
      bottom          row 7        left: column 2, right: column 5

This is the layout ``"closed"``, which every function takes unless it is told otherwise. In the layout ``"open"`` lines
are two pixels long, and no two of them share a pixel or touch::

      top             row 1, columns 3 and 4
    ul   ur   u1      rows 2 and 3
      middle          row 4
    ll   lr   l1      rows 5 and 6
      bottom          row 7        left: column 2, right: column 5, the 1: column 7
"""

from collections.abc import Sequence
from functools import cache

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.errors import BadInput

SIDE = 9

# Rows and columns, counted from 0, both ends included.
_SPANS: dict[str, dict[str, tuple[int, int, int, int]]] = {
    "closed": {
        "top": (1, 1, 2, 5),
        "upper left": (1, 4, 2, 2),
        "upper right": (1, 4, 5, 5),
        "middle": (4, 4, 2, 5),
        "lower left": (4, 7, 2, 2),
        "lower right": (4, 7, 5, 5),
        "bottom": (7, 7, 2, 5),
        "upper one": (1, 4, 6, 6),
        "lower one": (4, 7, 6, 6),
    },
    "open": {
        "top": (1, 1, 3, 4),
        "upper left": (2, 3, 2, 2),
        "upper right": (2, 3, 5, 5),
        "middle": (4, 4, 3, 4),
        "lower left": (5, 6, 2, 2),
        "lower right": (5, 6, 5, 5),
        "bottom": (7, 7, 3, 4),
        "upper one": (2, 3, 7, 7),
        "lower one": (5, 6, 7, 7),
    },
}
LAYOUTS = tuple(_SPANS)
LINES = tuple(_SPANS["closed"])

_DIGITS: tuple[tuple[str, ...], ...] = (
    ("top", "upper left", "upper right", "lower left", "lower right", "bottom"),
    ("upper one", "lower one"),
    ("top", "upper right", "middle", "lower left", "bottom"),
    ("top", "upper right", "middle", "lower right", "bottom"),
    ("upper left", "upper right", "middle", "lower right"),
    ("top", "upper left", "middle", "lower right", "bottom"),
    ("top", "upper left", "middle", "lower left", "lower right", "bottom"),
    ("top", "upper right", "lower right"),
    ("top", "upper left", "upper right", "middle", "lower left", "lower right", "bottom"),
    ("top", "upper left", "upper right", "middle", "lower right", "bottom"),
)

CONTAINED = ((7, 3), (3, 9), (9, 8))  # the first is a part of the second (section 4)
TWO_PIXELS_APART = ((5, 6), (8, 9), (0, 8), (3, 9))  # the pairs that the study names (section 4.2)


class ImageError(BadInput):
    """An image that is not 9 x 9, or not binary, or an unknown layout."""


@cache
def lines(layout: str = "closed") -> Float[Tensor, "line 9 9"]:
    """The nine basic lines, each an image of its own, in the order of ``LINES`` (figure 4.2, left).

    Raises ImageError for a layout that is not one of ``LAYOUTS``.
    """
    if layout not in _SPANS:
        raise ImageError(f"There is no layout {layout!r} of the lines; there are {' and '.join(LAYOUTS)}.")
    images = torch.zeros(len(LINES), SIDE, SIDE)
    for image, (top, bottom, left, right) in zip(images, _SPANS[layout].values(), strict=True):
        image[top : bottom + 1, left : right + 1] = 1
    return images


@cache
def presence() -> Bool[Tensor, "digit line"]:
    """Which lines each digit is composed of (figure 4.2, the coloured links)."""
    return torch.tensor([[name in digit for name in LINES] for digit in _DIGITS])


def compose(present: Bool[Tensor, "image line"], layout: str = "closed") -> Float[Tensor, "image 9 9"]:
    """Images that hold exactly the given lines: a pixel is 1 where any of them passes."""
    return (present.float() @ lines(layout).flatten(1)).clamp(max=1).unflatten(1, (SIDE, SIDE))


@cache
def digits(layout: str = "closed") -> Float[Tensor, "digit 9 9"]:
    """The ten images, digit k at index k (figure 4.1)."""
    return compose(presence(), layout)


@cache
def compositions() -> Bool[Tensor, "composition line"]:
    """All 2^9 = 512 sets of the nine lines, the empty one first; the digits are ten of them."""
    numbers = torch.arange(2 ** len(LINES))
    return (numbers[:, None] >> torch.arange(len(LINES))) % 2 == 1


def line_pairs(present: Bool[Tensor, "image line"]) -> Bool[Tensor, "image pair"]:
    """Whether both lines of a pair are there, for the 36 pairs in the order of ``torch.combinations``."""
    first, second = torch.combinations(torch.arange(present.shape[1])).T
    return present[:, first] & present[:, second]


def levels_of_nine() -> list[Bool[Tensor, "fragment line"]]:
    """The lines of each fragment that the 9 could be composed of, over four levels (as figure 4.3, ours).

    Six lines; the 7 and its complement in the 3, with the last line passed on; the 3 and that line; the 9.
    """
    seven, three, nine = presence()[7], presence()[3], presence()[9]
    single = torch.eye(len(LINES), dtype=torch.bool)[nine]
    rest = nine & ~three
    return [single, torch.stack([seven, three & ~seven, rest]), torch.stack([three, rest]), nine[None]]


def contained(part: Float[Tensor, "9 9"], whole: Float[Tensor, "9 9"]) -> bool:
    """Whether every pixel that is 1 in ``part`` is 1 in ``whole``."""
    return bool((part <= whole).all())


def distances(images: Float[Tensor, "image 9 9"]) -> Float[Tensor, "image digit"]:
    """The number of pixels in which each image differs from each digit; for values between 0 and 1, their sum."""
    return torch.cdist(images.flatten(1), digits().to(images).flatten(1), p=1)


def checked(image: Tensor | Sequence[Sequence[float]]) -> Float[Tensor, "9 9"]:
    """The image as a tensor; raises ImageError unless it is 9 x 9 and every pixel is 0 or 1."""
    try:
        tensor = torch.as_tensor(image, dtype=torch.float32)
    except (ValueError, TypeError):
        raise ImageError("An image has 9 rows of 9 numbers; these rows differ in length or hold no numbers.") from None
    if tensor.shape != (SIDE, SIDE):
        shape = " x ".join(str(size) for size in tensor.shape) or "a single number"
        raise ImageError(f"An image is 9 x 9 pixels; this one is {shape}.")
    other = tensor[(tensor != 0) & (tensor != 1)]
    if len(other):
        raise ImageError(f"A pixel is 0 or 1; this image holds {other[0].item():g}.")
    return tensor
