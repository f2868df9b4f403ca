"""Fields of which procedural images are made: for every point a number from 0 (first colour) to 1 (second colour).

A field is a function of a :class:`Canvas`. It draws all images of the canvas at once, with the shape (image, 1, row,
column), or with three channels if the colours are the pattern. Points lie between -1 and 1 on both axes, x to the right
and y downwards; a frequency is in cycles per image.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import cos, pi, sin

import torch
from jaxtyping import Float
from torch import Tensor

NUMBERS = 208  # how many random numbers a field may use
_CELLS = 8  # the random offsets of a lattice repeat after so many cells
_WAVES = 24  # number of plane waves in a smooth random field

Values = Float[Tensor, "#image #channel #row #column"]


class Numbers:
    """The random numbers of some images: between 0 and 1, handed out in order."""

    def __init__(self, numbers: Float[Tensor, "image number"]) -> None:
        self._numbers, self._used = numbers, 0

    def several(self, count: int) -> Float[Tensor, "image count"]:
        """The next numbers of each image; raises ValueError if there are not enough left."""
        first, self._used = self._used, self._used + count
        if self._used > self._numbers.shape[1]:
            raise ValueError(f"more than the {self._numbers.shape[1]} random numbers of an image are needed")
        return self._numbers[:, first : self._used]

    def uniform(self, low: float = 0.0, high: float = 1.0) -> Values:
        """The next number of each image, between two limits."""
        return (low + (high - low) * self.several(1)).view(-1, 1, 1, 1)


class Canvas(Numbers):
    """Images of one class before they are drawn; ``normal`` holds standard normal numbers for every point."""

    def __init__(self, numbers: Float[Tensor, "image number"], normal: Float[Tensor, "image 3 row column"]) -> None:
        super().__init__(numbers)
        self.normal = normal
        self.pixel = 2 / normal.shape[-1]
        self.x, self.y = _coordinates(normal.shape[-1])

    def turned(self, low: float, high: float) -> tuple[Values, Values]:
        """Coordinates turned by an angle between two limits in degrees, then shifted by up to half an image."""
        angle = self.uniform(low, high) * (pi / 180)
        x = self.x * angle.cos() + self.y * angle.sin() + self.uniform(-1, 1)
        y = self.y * angle.cos() - self.x * angle.sin() + self.uniform(-1, 1)
        return x, y

    def soft(self, wave: Values, sharpest: float = 2.5) -> Values:
        """A field made from a wave around 0, between smooth and nearly two-valued."""
        return (0.5 + self.uniform(0.5, sharpest) * wave).clamp(0, 1)

    def inside(self, distance: Values) -> Values:
        """1 where a distance to an outline is positive (inside), 0 outside, in between on the outline's own pixels."""
        return (0.5 + distance / self.pixel).clamp(0, 1)


Field = Callable[[Canvas], Values]


@cache
def _coordinates(size: int) -> tuple[Float[Tensor, "1 1 1 column"], Float[Tensor, "1 1 row 1"]]:
    points = (torch.arange(size) + 0.5) * (2 / size) - 1
    return points.view(1, 1, 1, -1), points.view(1, 1, -1, 1)


# Textures: they fill the image.


def stripes(c: Canvas, *, degrees: float, cycles: tuple[float, float], spread: float = 10) -> Values:
    """Straight stripes, turned by ``degrees`` ± ``spread``: horizontal at 0°, falling to the right at 45°."""
    _, y = c.turned(degrees - spread, degrees + spread)
    return c.soft((pi * c.uniform(*cycles) * y).cos())


def waves(c: Canvas) -> Values:
    """Stripes that follow a sine."""
    x, y = c.turned(-180, 180)
    bent = y + c.uniform(0.12, 0.2) * (pi * c.uniform(1.5, 2.5) * x).sin()
    return c.soft((pi * c.uniform(4, 6) * bent).cos())


def zigzag(c: Canvas) -> Values:
    """Stripes that follow a line with corners."""
    x, y = c.turned(-180, 180)
    corners = (x * c.uniform(1.5, 2.5)).remainder(1).sub(0.5).abs()
    return c.inside((pi * c.uniform(3.5, 5.5) * (y + c.uniform(0.7, 1) * corners)).cos() * 0.1)


def checks(c: Canvas, *, degrees: float, cycles: tuple[float, float]) -> Values:
    """Squares of two alternating colours."""
    x, y = c.turned(degrees - 10, degrees + 10)
    frequency = pi * c.uniform(*cycles)
    return c.soft(4 * (frequency * x).cos() * (frequency * y).cos())


def plaid(c: Canvas) -> Values:
    """Two crossing sets of stripes of uneven width, each half transparent."""
    x, y = c.turned(-45, 45)
    frequency, second = pi * c.uniform(2, 3), c.uniform(0.5, 0.9)
    across, down = (
        c.inside(((frequency * t).cos() + second * (2 * frequency * t + 1).cos() - 0.2) * 0.1) for t in (x, y)
    )
    return (across + down) / 2


def mesh(c: Canvas, *, between: tuple[float, float] = (90, 90), cycles: tuple[float, float] = (4, 6)) -> Values:
    """Two crossing sets of thin lines; the angle between them lies between two limits in degrees."""
    x, y = c.turned(-180, 180)
    angle = c.uniform(*between) * (pi / 180)
    other = y * angle.cos() + x * angle.sin()
    frequency = pi * c.uniform(*cycles)
    line = torch.maximum((frequency * y).cos(), (frequency * other).cos())
    return c.inside((line - 0.8) * 0.15)


def bricks(c: Canvas) -> Values:
    """Rows of bricks, each shifted by half a brick against the row above, with thin joints."""
    x, y = c.turned(-10, 10)
    rows = c.uniform(2.4, 3.6)
    row = y * rows
    column = x * rows / 2 + 0.5 * row.floor().remainder(2)
    joint = torch.minimum(_to_whole(row), 2 * _to_whole(column)) / rows
    return c.inside(joint - 0.05)


def dots(c: Canvas, *, cycles: tuple[float, float]) -> Values:
    """Dots on a square lattice."""
    x, y = c.turned(-180, 180)
    frequency = pi * c.uniform(*cycles)
    height = (frequency * x).cos() + (frequency * y).cos() - c.uniform(0.7, 1)
    return (0.5 + 3 * height).clamp(0, 1)


def scattered(c: Canvas) -> Values:
    """Dots of various sizes at irregular positions."""
    x, y = c.turned(-180, 180)
    cells = c.uniform(2.2, 3.2)
    x, y = x * cells, y * cells
    right, down, radius = _lattice(c, x.floor(), y.floor(), 3)
    distance = torch.hypot(x.remainder(1) - 0.3 - 0.4 * right, y.remainder(1) - 0.3 - 0.4 * down)
    return c.inside((0.12 + 0.16 * radius - distance) / cells)


def mosaic(c: Canvas) -> Values:
    """Cells of irregular outline with thin walls between them (the borders of a Voronoi diagram)."""
    x, y = c.turned(-180, 180)
    cells = c.uniform(1.8, 2.8)
    x, y = x * cells, y * cells
    column, row = x.floor(), y.floor()
    offsets = torch.tensor([-1.0, 0.0, 1.0])
    column = column + offsets.repeat(3).view(1, -1, 1, 1)  # the channel axis has the nine cells around each point
    row = row + offsets.repeat_interleave(3).view(1, -1, 1, 1)
    right, down = _lattice(c, column, row, 2)
    distance = torch.hypot(column + 0.1 + 0.8 * right - x, row + 0.1 + 0.8 * down - y)
    nearest = distance.topk(2, dim=1, largest=False).values
    return c.inside((nearest[:, 1:] - nearest[:, :1] - 0.16) / cells)


def clouds(c: Canvas) -> Values:
    """A smooth random landscape."""
    return (0.5 + 0.3 * _smooth(c, 0.5, 2)).clamp(0, 1)


def blotches(c: Canvas) -> Values:
    """Random spots with sharp edges, about a tenth of the image wide."""
    return (0.5 + 2 * _smooth(c, 3.5, 6)).clamp(0, 1)


def grain(c: Canvas, *, channels: int) -> Values:
    """A random value for every small block of points: one for all three colours, or one for each of them."""
    size = c.normal.shape[-1]
    block = c.uniform(1, 3).floor().long().view(-1, 1)
    place = torch.arange(size) // block  # (image, row or column)
    image = torch.arange(len(block)).view(-1, 1, 1)
    values = c.normal[:, :channels].movedim(1, -1)[image, place.unsqueeze(2), place.unsqueeze(1)]
    return (0.5 + 0.35 * values).clamp(0, 1).movedim(-1, 1)


def contours(c: Canvas) -> Values:
    """Lines of equal height in a smooth random landscape."""
    return c.inside(((c.uniform(5, 7) * _smooth(c, 0.7, 1.8)).cos() - 0.4) * 0.1)


# Patterns around a centre.


def rings(c: Canvas) -> Values:
    """Circles around one centre."""
    radius, _ = _polar(c)
    return c.soft((2 * pi * c.uniform(2, 4) * radius + c.uniform(0, 2 * pi)).cos())


def rays(c: Canvas) -> Values:
    """Wedges that meet in one centre."""
    _, angle = _polar(c)
    return c.soft((c.uniform(5, 10).floor() * angle + c.uniform(0, 2 * pi)).cos())


def spiral(c: Canvas, *, turn: int) -> Values:
    """One to three arms that wind outwards: clockwise for ``turn`` = 1, anticlockwise for -1."""
    radius, angle = _polar(c)
    return c.soft((c.uniform(1, 4).floor() * turn * angle - 2 * pi * c.uniform(1.5, 2.5) * radius).cos())


# Shapes: one per image, at a random position that leaves a margin, turned by a random angle.


def shape(c: Canvas, outline: Callable[[Tensor, Tensor], Tensor], *, radius: tuple[float, float]) -> Values:
    """A shape that is given by the distance to its outline, positive inside; it fits into a circle of radius 1."""
    r, angle = c.uniform(*radius), c.uniform(-pi, pi)
    x, y = c.x - c.uniform(-1, 1) * (0.92 - r), c.y - c.uniform(-1, 1) * (0.92 - r)
    x, y = (x * angle.cos() + y * angle.sin()) / r, (y * angle.cos() - x * angle.sin()) / r
    return c.inside(outline(x, y) * r)


def disc(x: Tensor, y: Tensor) -> Tensor:
    """Distance to a circle, positive inside. The functions below give the distance to their outline in the same way."""
    return 1 - torch.hypot(x, y)


def two_discs(x: Tensor, y: Tensor) -> Tensor:
    return 0.4 - torch.hypot(x.abs() - 0.58, y)


def ring(x: Tensor, y: Tensor) -> Tensor:
    return 0.17 - (0.82 - torch.hypot(x, y)).abs()


def square(x: Tensor, y: Tensor) -> Tensor:
    return 0.72 - torch.maximum(x.abs(), y.abs())


def hollow_square(x: Tensor, y: Tensor) -> Tensor:
    return 0.13 - (0.62 - torch.maximum(x.abs(), y.abs())).abs()


def triangle(x: Tensor, y: Tensor) -> Tensor:
    sides = [0.5 - x * sin(k * 2 * pi / 3) - y * cos(k * 2 * pi / 3) for k in range(3)]
    return torch.stack(sides).amin(0)


def cross(x: Tensor, y: Tensor) -> Tensor:
    along, across = torch.maximum(x.abs(), y.abs()), torch.minimum(x.abs(), y.abs())
    return torch.minimum(1 - along, 0.26 - across)


def star(x: Tensor, y: Tensor) -> Tensor:
    # the outline of half a point: from its tip at (1, 0) to its notch at radius 0.4 and 36°
    angle = (torch.atan2(y, x).remainder(2 * pi / 5) - pi / 5).abs()
    radius = torch.hypot(x, y)
    fold = pi / 5 - angle
    notch_x, notch_y = 0.4 * cos(pi / 5), 0.4 * sin(pi / 5)
    edge_x, edge_y = notch_x - 1, notch_y
    from_tip = (radius * fold.cos() - 1) * edge_y - radius * fold.sin() * edge_x
    return -from_tip / (edge_x**2 + edge_y**2) ** 0.5


def bar(x: Tensor, y: Tensor) -> Tensor:
    return torch.minimum(1 - x.abs(), 0.14 - y.abs())


def crescent(x: Tensor, y: Tensor) -> Tensor:
    return torch.minimum(1 - torch.hypot(x, y), torch.hypot(x - 0.5, y) - 0.85)


# Patterns whose position depends on the image's border.


def frame(c: Canvas) -> Values:
    """A band along the whole border."""
    return c.inside(torch.maximum(c.x.abs(), c.y.abs()) - 1 + c.uniform(0.1, 0.25))


def band(c: Canvas, *, side: str) -> Values:
    """A band along one side: "top", "bottom", "left" or "right"."""
    right, down = {"top": (0, -1), "bottom": (0, 1), "left": (-1, 0), "right": (1, 0)}[side]
    return c.inside(right * c.x + down * c.y - 1 + c.uniform(0.15, 0.4))


def corner(c: Canvas) -> Values:
    """A quarter of a disc around one of the four corners."""
    right, down = (2 * (c.uniform() < 0.5) - 1 for _ in range(2))
    return c.inside(c.uniform(0.5, 1) - torch.hypot(c.x - right, c.y - down))


def vignette(c: Canvas) -> Values:
    """A smooth change from the middle to the border."""
    return ((torch.hypot(c.x, c.y) - c.uniform(0.2, 0.4)) / c.uniform(0.7, 0.9)).clamp(0, 1)


# Patterns on which colours are shown.


def halves(c: Canvas) -> Values:
    """One straight edge, near the middle, of any orientation."""
    angle = c.uniform(-pi, pi)
    return c.inside(c.x * angle.cos() + c.y * angle.sin() - c.uniform(-0.3, 0.3))


def anything(c: Canvas) -> Values:
    """One of four fields of other classes, chosen at random, so that the pattern says nothing about the class."""
    which = (4 * c.uniform()).long().flatten()
    options = [
        clouds(c),
        stripes(c, degrees=0, cycles=(3, 12), spread=180),
        checks(c, degrees=0, cycles=(2, 5)),
        shape(c, disc, radius=(0.3, 0.7)),
    ]
    return torch.cat(options, dim=1)[torch.arange(len(which)), which].unsqueeze(1)


def _to_whole(values: Tensor) -> Tensor:
    """Distance to the next whole number."""
    return (values - values.round()).abs()


def _polar(c: Canvas) -> tuple[Values, Values]:
    """Distance from and angle around a centre near the middle."""
    x, y = c.x - c.uniform(-0.35, 0.35), c.y - c.uniform(-0.35, 0.35)
    return torch.hypot(x, y), torch.atan2(y, x)


def _lattice(c: Canvas, column: Tensor, row: Tensor, count: int) -> list[Tensor]:
    """``count`` random numbers for every cell of a lattice, given for the cell of each point."""
    cell = (column.remainder(_CELLS) * _CELLS + row.remainder(_CELLS)).long()
    return [c.several(_CELLS**2).gather(1, cell.flatten(1)).view(cell.shape) for _ in range(count)]


def _smooth(c: Canvas, slowest: float, fastest: float) -> Values:
    """A random field of about unit variance: plane waves of all directions, by cos(a + b), a along x, b along y."""
    angle = 2 * pi * c.several(_WAVES)
    frequency = pi * (slowest + (fastest - slowest) * c.several(_WAVES))
    phase = 2 * pi * c.several(_WAVES)
    along_x = (angle.cos() * frequency).unsqueeze(2) * c.x.flatten() + phase.unsqueeze(2)  # (image, wave, column)
    along_y = (angle.sin() * frequency).unsqueeze(2) * c.y.flatten()  # (image, wave, row)
    waves = along_y.cos().mT @ along_x.cos() - along_y.sin().mT @ along_x.sin()  # (image, row, column)
    return waves.unsqueeze(1) * (2 / _WAVES) ** 0.5
