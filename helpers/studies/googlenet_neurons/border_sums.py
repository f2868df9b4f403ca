"""What one pass keeps of a branch: exact sums over all positions, and drawn responses for distances and levels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.metrics.distributions import ks_distances
from helpers.studies.googlenet_neurons.border_lines import SIDES
from helpers.studies.googlenet_neurons.border_paddings import along_sides, lines_of_map, padded, untouched, width_of

_LEVEL = 0.95  # of the responses inside

Map = Float[Tensor, "image unit _ _"]


class OfBranch:
    """The sums of one branch; ``add`` takes the maps of some images, ``found`` gives the numbers of its units."""

    def __init__(self, convolution: nn.Conv2d, *, rectified: bool) -> None:
        self.convolution, self.rectified = convolution, rectified
        self.width = width_of(convolution)
        units = convolution.out_channels
        self.images = 0
        self.mean = torch.zeros(units, dtype=torch.float64)
        self.first, self.second = torch.zeros(2, units, dtype=torch.float64)  # powers of the responses inside
        self.sides: dict[str, Tensor] = {}
        self.inside: list[Tensor] = []
        self.drawn: dict[str, list[Tensor]] = {}
        self.pairs: list[Tensor] = []
        self.kinds: Sequence[str] = ()

    def add(
        self,
        given: Float[Tensor, "image channel _ _"],
        response: Map,
        *,
        kinds: Sequence[str],
        samples: int,
        randoms: Sequence[torch.Generator],
    ) -> None:
        """The map that the convolution gets, and what it gives, for some images; a generator for each image."""
        self.images += len(response)
        self.kinds = kinds
        self.mean += (response.relu() if self.rectified else response).double().mean(dim=(2, 3)).sum(dim=0).cpu()
        where = self._inside(given)
        if where is None:
            return
        inside = response.flatten(2)[:, :, where.to(response.device)]  # (image, unit, position)
        self.first += inside.double().mean(dim=2).sum(dim=0).cpu()
        self.second += inside.double().square().mean(dim=2).sum(dim=0).cpu()
        self.inside.append(_drawn(inside, _places(inside.shape[2], samples, randoms)))
        lengths = {side: line.shape[2] for side, line in lines_of_map(response).items()}
        places = {side: _places(length, samples, randoms) for side, length in lengths.items()}
        for kind in kinds:
            lines = lines_of_map(response) if kind == "zero" else self._along(given, kind, randoms)
            sums = torch.stack([lines[side].double().mean(dim=2).sum(dim=0).cpu() for side in SIDES], dim=1)
            self.sides[kind] = self.sides.get(kind, 0) + sums
            some = torch.stack([_drawn(lines[side], places[side]) for side in SIDES], dim=1)
            self.drawn.setdefault(kind, []).append(some)  # (unit, side, value)

    def add_shifted(
        self, pieces: Sequence[Map], size: int, shift: int, samples: int, randoms: Sequence[torch.Generator]
    ) -> None:
        """The responses to three pieces of each image: at its upper left, ``shift`` pixels to the right, and down."""
        base, right, down = pieces
        steps = [_steps(count, size, shift) for count in base.shape[2:]]
        if None in steps or not any(self.width):
            return
        rows, columns = (int(step or 0) for step in steps)
        if not _is_away(rows, self.width[0], base.shape[2]) or not _is_away(columns, self.width[1], base.shape[3]):
            return
        both = {
            "top": (down[:, :, 0], base[:, :, rows]),
            "bottom": (base[:, :, -1], down[:, :, -1 - rows]),
            "left": (right[:, :, :, 0], base[:, :, :, columns]),
            "right": (base[:, :, :, -1], right[:, :, :, -1 - columns]),
        }
        found = []
        for side in SIDES:
            at, away = both[side]
            places = _places(at.shape[2], samples, randoms)
            found.append(torch.stack([_drawn(at, places), _drawn(away, places)], dim=1))
        self.pairs.append(torch.stack(found, dim=1))  # (unit, side, 2, value)

    def found(self, grey: Map) -> dict[str, Tensor]:
        """The numbers of each unit, as in ``BorderResponses``; ``grey``: the responses to flat images."""
        units, sides = len(self.mean), len(SIDES)
        mean = self.mean / self.images
        empty = {
            name: torch.full((units, len(self.kinds), sides), torch.nan) for name in ("moved", "fires", "distance")
        }
        empty |= {
            name: torch.full((units, sides), torch.nan) for name in ("shifted", "shifted_distance", "followed", "grey")
        }
        if not self.inside:
            return {"mean": mean, **empty}
        middle = self.first / self.images
        spread = (self.second / self.images - middle.square()).clamp(min=0).sqrt()
        unit = torch.where(spread > 0, spread, torch.inf)  # a constant unit does not move
        inside = torch.cat(self.inside, dim=1)  # (unit, value)
        level = inside.quantile(_LEVEL, dim=1)
        for k, kind in enumerate(self.kinds):
            some = torch.cat(self.drawn[kind], dim=2)
            empty["moved"][:, k] = ((self.sides[kind] / self.images - middle[:, None]) / unit[:, None]).float()
            empty["fires"][:, k] = (some > level[:, None, None]).float().mean(dim=2)
            together = torch.cat([inside[:, None], some], dim=1)
            pairs = [(0, 1 + side) for side in range(sides)]
            empty["distance"][:, k] = ks_distances(together, pairs=pairs).float()
        where = untouched(self.convolution, _sizes_before(self.convolution, grey)).flatten()
        lines = torch.stack([line.double().mean(dim=(0, 2)) for line in lines_of_map(grey).values()], dim=1).cpu()
        middle = grey.flatten(2)[:, :, where.to(grey.device)].double().mean(dim=(0, 2)).cpu()
        empty["grey"] = ((lines - middle[:, None]) / unit[:, None]).float()
        return {"mean": mean, **empty, **self._of_pairs(unit)}

    def _of_pairs(self, unit: Tensor) -> dict[str, Tensor]:
        """What shifted content says; nothing where no piece could be compared."""
        if not self.pairs:
            return {}
        pairs = torch.cat(self.pairs, dim=3)
        at, away = pairs[:, :, 0].double(), pairs[:, :, 1].double()
        centred = [each - each.mean(dim=2, keepdim=True) for each in (at, away)]
        norms = centred[0].norm(dim=2) * centred[1].norm(dim=2)
        return {
            "shifted": ((at - away).mean(dim=2) / unit[:, None]).float(),
            "shifted_distance": ks_distances(pairs)[..., 0].float(),
            "followed": ((centred[0] * centred[1]).sum(dim=2) / norms.clamp(min=1e-30)).float(),
        }

    def _inside(self, given: Tensor) -> Int[Tensor, " position"] | None:
        """The positions inside; None where there is no padding, no such position, or too little to reflect."""
        rows, columns = self.width
        if not (rows or columns) or rows >= given.shape[2] or columns >= given.shape[3]:
            return None
        places = untouched(self.convolution, (given.shape[2], given.shape[3])).flatten().nonzero().flatten()
        return places if len(places) else None

    def _along(self, given: Tensor, kind: str, randoms: Sequence[torch.Generator]) -> dict[str, Tensor]:
        """The lines at the sides of some images under another padding, drawn for each image by itself."""
        each = [padded(one[None], self.width, kind, random) for one, random in zip(given, randoms, strict=True)]
        return dict(along_sides(self.convolution, torch.cat(each)))


def _steps(count: int, size: int, shift: int) -> int | None:
    """By how many positions of a map a shift in pixels moves the content; None if that is no whole number."""
    steps, rest = divmod(shift * count, size)
    return None if rest or not steps else steps


def _is_away(step: int, width: int, count: int) -> bool:
    """Whether a position so many steps from the border is one that this convolution's padding does not reach."""
    return width <= step < count - width


def _places(length: int, samples: int, randoms: Sequence[torch.Generator]) -> Int[Tensor, "image sample"]:
    """Positions drawn for each image, with replacement."""
    return torch.stack([torch.randint(length, (samples,), generator=random) for random in randoms])


def _drawn(
    values: Float[Tensor, "image unit position"], places: Int[Tensor, "image sample"]
) -> Float[Tensor, "unit value"]:
    """The values at these positions, of all images one after the other."""
    index = places.to(values.device)[:, None].expand(-1, values.shape[1], -1)
    return values.gather(2, index).transpose(0, 1).flatten(1).float().cpu()


def _sizes_before(convolution: nn.Conv2d, response: Map) -> tuple[int, int]:
    """A size of the map before the convolution that gives a response of this size."""
    rows, columns = width_of(convolution)
    return tuple(  # type: ignore[return-value]  # two numbers
        (count - 1) * stride + d * (k - 1) + 1 - 2 * width
        for count, stride, d, k, width in zip(
            response.shape[2:],
            convolution.stride,
            convolution.dilation,
            convolution.kernel_size,
            (rows, columns),
            strict=True,
        )
    )
