"""Pictures of Inception V1: the whole network as boxes along the depth, and one block with its branches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from helpers.plots.style import PALETTE, panels

_KINDS = {"1": PALETTE[5], "3": PALETTE[4], "5": PALETTE[3], "7": PALETTE[2], "other": "#dddddd"}
_PER_ROW = 8
_WIDE, _HIGH = 0.86, 0.8  # of a box
_LINE = "#444444"


def network(rows: Mapping[str, Sequence[int]]) -> Figure:
    """All layers in the order of the rows of figure 38; a block's branches stand one below the other.

    rows: as :func:`helpers.studies.googlenet_neurons.architecture.specification` gives them.
    """
    columns = [(name, _boxes(name, row), _below(name, row)) for name, row in rows.items()]
    columns.append(("classifier", [("average pool", "other"), ("dense\n1000", "other"), ("softmax", "other")], "1000"))
    lines = -(-len(columns) // _PER_ROW)
    figure, axes = panels(lines, columns=1, size=(7.4, 2.3))
    for line, axis in enumerate(axes):
        part = columns[line * _PER_ROW : (line + 1) * _PER_ROW]
        for x, (name, boxes, below) in enumerate(part):
            for y, (text, kind) in enumerate(boxes):
                _box(axis, x, -y - (4 - len(boxes)) / 2, text, kind)
            axis.text(x, 0.75, name, ha="center", va="bottom", fontsize=7, fontweight="bold")
            axis.text(x, -3.75, below, ha="center", va="top", fontsize=7)
            if x or line:
                axis.annotate(
                    "", (x - _WIDE / 2, -1.5), (x - _WIDE / 2 - 0.14, -1.5), arrowprops={"arrowstyle": "->", "lw": 0.8}
                )
        axis.set(xlim=(-0.65, _PER_ROW - 0.4), ylim=(-4.5, 1.2))
        axis.set_axis_off()
    return figure


def block(name: str, inputs: int, row: Sequence[int]) -> Figure:
    """One block: four branches from its input to the concatenation, with numbers of channels.

    inputs: channels of the block's input; row: of figure 38.
    """
    side, channels, _, one, three_reduce, three, five_reduce, five, pool = row
    figure, (axis,) = panels(1, columns=1, size=(6.8, 3.2))
    paths = [
        [(f"1×1\n{one} units", "1")],
        [(f"1×1\n{three_reduce} units", "1"), (f"3×3\n{three} units", "3")],
        [(f"1×1\n{five_reduce} units", "1"), (f"5×5\n{five} units", "5")],
        [("max pool\n3×3", "other"), (f"1×1\n{pool} units", "1")],
    ]
    columns = [1.5, 2.75]
    end = columns[-1] + _WIDE / 2  # of the last boxes of the longer branches
    _box(axis, 0, -1.5, f"input\n{side}×{side}\n{inputs}", "other")
    _box(axis, 4.2, -1.5, f"concatenation\n{side}×{side}\n{channels}", "other", wide=1.15)
    for y, path in enumerate(paths):
        places = columns[: len(path)]
        for x, (text, kind) in zip(places, path, strict=True):
            _box(axis, x, -y, text, kind)
        # a branch of one box goes on to there, so that its arrow crosses none
        axis.plot((places[-1] + _WIDE / 2, end), (-y, -y), linewidth=0.9, color=_LINE)
        leave = [(0.43, -1.5), *((x + _WIDE / 2, -y) for x in places[:-1]), (end, -y)]
        reach = [*((x - _WIDE / 2, -y) for x in places), (3.62, -1.5)]
        for start, stop in zip(leave, reach, strict=True):
            axis.annotate("", stop, start, arrowprops={"arrowstyle": "->", "lw": 0.9, "color": _LINE})
    axis.set(xlim=(-0.6, 4.9), ylim=(-3.6, 0.6), title=f"{name}: {one} + {three} + {five} + {pool} = {channels} units")
    axis.set_axis_off()
    return figure


def _boxes(name: str, row: Sequence[int]) -> list[tuple[str, str]]:
    """The boxes of a row, from above, with the size of kernel that colours them."""
    if name.startswith("pool"):
        return [(f"max pool\n{row[0]}×{row[0]}/{row[1]}", "other")]
    if name == "convolution-1":
        return [(f"{row[0]}×{row[0]}/{row[1]}\n{row[3]}", "7")]
    if name == "convolution-2":
        return [(f"1×1\n{row[5]}", "1"), (f"3×3\n{row[6]}", "3")]
    _, _, _, one, three_reduce, three, five_reduce, five, pool = row
    return [
        (f"1×1: {one}", "1"),
        (f"1×1: {three_reduce}\n3×3: {three}", "3"),
        (f"1×1: {five_reduce}\n5×5: {five}", "5"),
        (f"pool\n1×1: {pool}", "1"),
    ]


def _below(name: str, row: Sequence[int]) -> str:
    side, channels = row[:2] if name.startswith("mixed") else row[2:4]
    normalised = "\nthen LRN" if name in ("pool-1", "convolution-2") else ""
    return f"{side}×{side}×{channels}{normalised}"


def _box(axis: Axes, x: float, y: float, text: str, kind: str, *, wide: float = _WIDE) -> None:
    corner = (x - wide / 2, y - _HIGH / 2)
    axis.add_patch(
        FancyBboxPatch(
            corner,
            wide,
            _HIGH,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=_KINDS[kind],
            alpha=0.75,
            edgecolor=_LINE,
        )
    )
    axis.text(x, y, text, ha="center", va="center", fontsize=7)
