"""A sheet of pictures on a unit: its strongest images and patches, gradients, guided backpropagation, the optimised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from torch import Tensor

from helpers.atomic_files import atomic_write
from helpers.attribution.forward_pass import CannotReverse
from helpers.plots.images import grid
from helpers.plots.style import png
from helpers.units.pictures import PictureError
from helpers.units.unit import Hit, Optimised, Unit
from helpers.user_paths import resolved, shown


@dataclass(frozen=True)
class Sheet:
    """A figure that a notebook shows and :meth:`save` writes."""

    figure: Figure

    def save(self, path: str | Path) -> None:
        """Write the figure as a PNG file, whatever the path ends in. Raises PictureError where it cannot be written."""
        place = resolved(path)
        try:
            with atomic_write(place) as partial:
                partial.write_bytes(self._repr_png_())
        except (OSError, ValueError) as error:  # the latter for a path without a name
            raise PictureError(f"{shown(place)} cannot be written ({getattr(error, 'strerror', error)})") from None

    def _repr_png_(self) -> bytes:
        self.figure.set_dpi(_DOTS)
        return png(self.figure)


_DOTS = 150  # per inch


def sheet(unit: Unit, hits: Sequence[Hit], optimised: Optimised | None = None, *, columns: int = 5) -> Sheet:
    """The first ``columns`` of the strongest images of a unit with what it sees of them framed, and, below each, the
    patch that it sees, the gradient, and guided backpropagation where the network has that way back (means over the
    colours, red raises the activation); at the end the optimised image.

    Raises PictureError where there is nothing to show.
    """
    few = dict(enumerate(hits[:columns], start=1))
    rows: dict[str, dict[str, Tensor]] = {}
    if few:
        rows["strongest"] = {f"{k}: {hit.value:.3g}": _colours(hit.image) for k, hit in few.items()}
        rows["what it sees"] = {f"patch {k}": _colours(hit.patch) for k, hit in few.items()}
        rows["gradient"] = {f"gradient {k}": _cut(hit, unit.gradient) for k, hit in few.items()}
        with suppress(CannotReverse):
            rows["guided"] = {f"guided {k}": _cut(hit, unit.guided) for k, hit in few.items()}
    if optimised is not None:
        rows["optimised"] = {f"{optimised.value:.3g}": _colours(optimised.image)}
    if not rows:
        raise PictureError("a sheet needs strongest images, an optimised image, or both")
    signed = [*rows.get("gradient", ()), *rows.get("guided", ())]
    boxes = {("strongest", f"{k}: {hit.value:.3g}"): hit.window for k, hit in few.items()}
    return Sheet(grid(rows, signed=signed, boxes=boxes))


def _cut(hit: Hit, backward: Callable[..., Tensor]) -> Tensor:
    return backward(hit.image, position=hit.position)[:, *hit.window.slices]


def _colours(image: Tensor) -> Tensor:
    """As red, green and blue: grey for one or two channels, the first three of more."""
    return image[:3] if len(image) >= 3 else image.mean(0, keepdim=True).expand(3, -1, -1)
