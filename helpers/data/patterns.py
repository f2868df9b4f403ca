"""Procedural images: shapes, textures, colours and borders. Each image is drawn on demand, from its number alone.

The classes give units of many kinds a purpose. Textures and shapes have any two colours, including grey, so that a unit
which distinguishes them should ignore colour. Hues occur on any texture. Some textures exist only in grey, and the same
form exists in colour. Opponent colours of equal lightness meet at an edge. Classes differ in size, frequency,
orientation or direction of turning. Bands, frames and corners touch the border.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import pi
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.data import fields
from helpers.data.fields import Canvas, Field, Numbers
from helpers.randomness import generator

SMALLEST = 32  # in smaller images the finest stripes are not visible

_COLOURING = 12  # how many random numbers a palette may use
_SHADES = 8  # number of slow cosines that the uneven light is made of
_FINISHING = _SHADES + 2
_FINE, _COARSE = (9.5, 12.5), (3.0, 4.5)  # cycles per image
_HUES = {"red": 0, "yellow": 1, "green": 2, "cyan": 3, "blue": 4, "magenta": 5}  # in sixths of the circle

Colour = Float[Tensor, "image 3 1 1"]
Palette = Callable[[Numbers], tuple[Colour, Colour]]


class Labelled(NamedTuple):
    """Images with their classes."""

    x: Float[Tensor, "image 3 row column"]  # red, green and blue, from 0 to 1
    label: Int[Tensor, " image"]


class Patterns:
    """Square images of ``size`` × ``size`` points, of the classes in ``class_names``.

    An image depends only on its number, the seed and the purpose ("train", "test", ...), not on the other images drawn
    with it or on the device. The images are divided into blocks of as many images as there are classes; each block has
    one image of each class.

    Raises ValueError for images that are too small to show the patterns.
    """

    def __init__(self, *, size: int = 64) -> None:
        if size < SMALLEST:
            raise ValueError(f"size = {size} is too small for the patterns: at least {SMALLEST} points are needed")
        self.size = size
        self.class_names = list(CLASSES)

    def sample(self, count: int, *, seed: int, purpose: str, device: torch.device | str = "cpu") -> Labelled:
        """The first ``count`` images.

        count: at least one.
        seed, purpose: decide the images.
        device: where the images go.

        Raises ValueError for a count below 1.
        """
        return self.draw(range(count), seed=seed, purpose=purpose, device=device)

    def draw(self, numbers: Sequence[int], *, seed: int, purpose: str, device: torch.device | str = "cpu") -> Labelled:
        """The images with these numbers.

        numbers: counted from 0; at least one.
        seed, purpose: decide the images.
        device: where the images go.

        Raises ValueError if there are no numbers.
        """
        if len(numbers) == 0:
            raise ValueError("at least one image is needed")
        label = self.labels(numbers, seed=seed, purpose=purpose)
        uniform = torch.empty(len(numbers), fields.NUMBERS + _COLOURING + _FINISHING)
        normal = torch.empty(len(numbers), 3, self.size, self.size)
        order = label.argsort(stable=True)  # the images of a class are drawn together
        for row, place in enumerate(order.tolist()):
            random = generator(seed, f"{purpose}/{numbers[place]}")
            torch.rand(uniform.shape[1], generator=random, out=uniform[row])
            torch.randn(normal.shape[1:], generator=random, out=normal[row])
        drawing, colouring, finishing = uniform.split([fields.NUMBERS, _COLOURING, _FINISHING], dim=1)
        first, second = _palettes(label[order], colouring)
        x = torch.empty_like(normal)
        counts = label.bincount(minlength=len(_CLASSES)).tolist()
        parts = (tensor.split(counts) for tensor in (drawing, normal, first, second, x))
        for (field, _), numbers_of, normal_of, first_of, second_of, x_of in zip(_CLASSES, *parts, strict=True):
            if len(x_of):
                torch.lerp(first_of, second_of, field(Canvas(numbers_of, normal_of)), out=x_of)
        x = _finish(x, finishing, normal)[order.argsort()]
        return Labelled(x.to(device), label.to(device))

    def labels(self, numbers: Sequence[int], *, seed: int, purpose: str) -> Int[Tensor, " image"]:
        """The classes of these images; nothing is drawn."""
        count = len(self.class_names)
        orders = {
            block: torch.randperm(count, generator=generator(seed, f"{purpose}/order/{block}"))
            for block in sorted({number // count for number in numbers})
        }
        return torch.stack([orders[number // count][number % count] for number in numbers])


def _palettes(label: Int[Tensor, " image"], numbers: Float[Tensor, "image number"]) -> tuple[Colour, Colour]:
    """The two colours of each image."""
    palettes = list(dict.fromkeys(palette for _, palette in _CLASSES))
    of_class = torch.tensor([palettes.index(palette) for _, palette in _CLASSES])
    colours = torch.empty(2, len(label), 3, 1, 1)
    for k, palette in enumerate(palettes):
        rows = of_class[label] == k
        colours[:, rows] = torch.stack(palette(Numbers(numbers[rows])))
    return colours[0], colours[1]


def _colour(lightness: Tensor, strength: Tensor, hue: Tensor) -> Colour:
    """A colour whose three components have the mean ``lightness``; the hue is in turns: 0 red, 1/3 green, 2/3 blue."""
    thirds = torch.arange(3).view(1, 3, 1, 1) / 3
    return (lightness + strength * (2 * pi * (hue - thirds)).cos()).clamp(0, 1)


def _light_and_dark(c: Numbers) -> tuple[Tensor, Tensor]:
    """Two levels of lightness with a clear contrast; in half of the images the lighter one is first."""
    dark = c.uniform(0.1, 0.35)
    light = dark + c.uniform(0.3, 0.55)
    swap = c.uniform() < 0.5
    return torch.where(swap, dark, light), torch.where(swap, light, dark)


def _any_colours(c: Numbers) -> tuple[Colour, Colour]:
    """Two different hues of random strength; a quarter of the images is grey."""
    first, second = _light_and_dark(c)
    strength = c.uniform(0.15, 0.4) * (c.uniform() < 0.75)
    hue = c.uniform()
    return _colour(first, strength, hue), _colour(second, strength, hue + c.uniform(0.25, 0.75))


def _greys(c: Numbers) -> tuple[Colour, Colour]:
    """Two greys with a clear contrast."""
    first, second = _light_and_dark(c)
    return first.expand(-1, 3, -1, -1), second.expand(-1, 3, -1, -1)


def _one_hue(c: Numbers, *, sixth: int) -> tuple[Colour, Colour]:
    """One hue in two levels of lightness that differ little."""
    hue, strength = sixth / 6 + c.uniform(-0.03, 0.03), c.uniform(0.25, 0.42)
    middle, difference = c.uniform(0.35, 0.6), c.uniform(-0.1, 0.1)
    return _colour(middle - difference, strength, hue), _colour(middle + difference, strength, hue)


def _one_grey(c: Numbers) -> tuple[Colour, Colour]:
    """Two greys that differ little."""
    middle, difference = c.uniform(0.2, 0.8).expand(-1, 3, -1, -1), c.uniform(-0.1, 0.1)
    return middle - difference, middle + difference


def _opponents(c: Numbers, *, sixth: int) -> tuple[Colour, Colour]:
    """A hue and the opposite hue, of nearly the same lightness."""
    hue, strength = sixth / 6 + c.uniform(-0.03, 0.03), c.uniform(0.25, 0.42)
    middle, difference = c.uniform(0.4, 0.55), c.uniform(-0.04, 0.04)
    return _colour(middle - difference, strength, hue), _colour(middle + difference, strength, hue + 0.5)


_TEXTURES: dict[str, Field] = {
    **{
        f"{width} {name} stripes": partial(fields.stripes, degrees=degrees, cycles=cycles)
        for width, cycles in (("fine", _FINE), ("coarse", _COARSE))
        for name, degrees in (("horizontal", 0), ("vertical", 90), ("rising", -45), ("falling", 45))
    },
    "waves": fields.waves,
    "zigzag": fields.zigzag,
    "fine checks": partial(fields.checks, degrees=0, cycles=(5, 7)),
    "coarse checks": partial(fields.checks, degrees=0, cycles=(2, 3)),
    "diamonds": partial(fields.checks, degrees=45, cycles=(2, 5)),
    "plaid": fields.plaid,
    "mesh": fields.mesh,
    "bricks": fields.bricks,
    "small dots": partial(fields.dots, cycles=(8, 10)),
    "large dots": partial(fields.dots, cycles=(3, 4.5)),
    "scattered dots": fields.scattered,
    "mosaic": fields.mosaic,
    "clouds": fields.clouds,
    "blotches": fields.blotches,
    "rings": fields.rings,
    "rays": fields.rays,
    "clockwise spiral": partial(fields.spiral, turn=1),
    "anticlockwise spiral": partial(fields.spiral, turn=-1),
}
_SHAPES: dict[str, Field] = {
    "small disc": partial(fields.shape, outline=fields.disc, radius=(0.12, 0.2)),
    "large disc": partial(fields.shape, outline=fields.disc, radius=(0.45, 0.75)),
    "two discs": partial(fields.shape, outline=fields.two_discs, radius=(0.5, 0.75)),
    "ring": partial(fields.shape, outline=fields.ring, radius=(0.35, 0.7)),
    "square": partial(fields.shape, outline=fields.square, radius=(0.4, 0.75)),
    "hollow square": partial(fields.shape, outline=fields.hollow_square, radius=(0.45, 0.8)),
    "triangle": partial(fields.shape, outline=fields.triangle, radius=(0.4, 0.75)),
    "cross": partial(fields.shape, outline=fields.cross, radius=(0.4, 0.75)),
    "star": partial(fields.shape, outline=fields.star, radius=(0.45, 0.8)),
    "bar": partial(fields.shape, outline=fields.bar, radius=(0.45, 0.8)),
    "crescent": partial(fields.shape, outline=fields.crescent, radius=(0.4, 0.75)),
}
_AT_THE_BORDER: dict[str, Field] = {
    "frame": fields.frame,
    **{f"band at the {side}": partial(fields.band, side=side) for side in ("top", "bottom", "left", "right")},
    "corner": fields.corner,
    "vignette": fields.vignette,
}
# The field and the palette of every class.
CLASSES: dict[str, tuple[Field, Palette]] = {
    **{name: (field, _any_colours) for name, field in (_TEXTURES | _SHAPES | _AT_THE_BORDER).items()},
    **{name: (fields.anything, partial(_one_hue, sixth=sixth)) for name, sixth in _HUES.items()},
    "grey": (fields.anything, _one_grey),
    "red beside cyan": (fields.halves, partial(_opponents, sixth=0)),
    "yellow beside blue": (fields.halves, partial(_opponents, sixth=1)),
    "light beside dark": (fields.halves, _greys),
    "grey grain": (partial(fields.grain, channels=1), _greys),
    "confetti": (partial(fields.grain, channels=3), _greys),
    "grey contours": (fields.contours, _greys),
    "grey hatching": (partial(fields.mesh, between=(25, 50), cycles=(5, 8)), _greys),
}
_CLASSES = tuple(CLASSES.values())


def _finish(
    x: Float[Tensor, "image 3 row column"],
    numbers: Float[Tensor, "image number"],
    normal: Float[Tensor, "image 3 row column"],
) -> Float[Tensor, "image 3 row column"]:
    """Add uneven light over the whole image, and noise to every point; changes ``x``."""
    size = x.shape[-1]
    points = (torch.arange(size) + 0.5) / size
    slow = torch.stack([(pi * k * points).cos() for k in range(3)])
    basis = torch.einsum("ir,jc->ijrc", slow, slow).flatten(0, 1)[1:]  # without the constant
    strength, noise = numbers[:, -2:-1], numbers[:, -1]
    shade = (0.12 * strength * (numbers[:, :_SHADES] - 0.5)) @ basis.flatten(1)
    x += shade.view(-1, 1, size, size)
    x.addcmul_(normal, 0.06 * noise.view(-1, 1, 1, 1))
    return x.clamp_(0, 1)
