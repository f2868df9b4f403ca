"""The strip of a claim: one dot per seed, mean and interval, the rule's bounds, the study's value, the floor; as SVG.

It takes numbers as ``results.json`` holds them, so that a page and the scorecard draw the same strip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

from helpers.pages.formatting import number, span

_WIDTH, _ROW, _LABEL, _FOOT = 420, 20, 120, 16  # pixels; labels only where values are named
_MOST_ROWS, _MOST_DOTS, _LONGEST_LABEL = 14, 150, 18


class _Row(NamedTuple):
    """The values under one name ("" if they have none), with their mean and interval, and the floor's values."""

    name: str
    values: list[float]
    summary: tuple[float | None, float | None, float | None]
    floor: list[float]


@dataclass(frozen=True)
class _Axis:
    """Where numbers between ``low`` and ``high`` lie, in pixels from ``left``."""

    low: float
    high: float
    left: int

    def __call__(self, value: float) -> float:
        return round(self.left + (value - self.low) / (self.high - self.low) * (_WIDTH - self.left), 1)


def strip(claim: Mapping[str, Any]) -> str:
    """The strip of a claim of ``results.json``; "" if it has no finite values.

    Its text alternative says in words what it shows.
    """
    rows = _rows(claim)
    study = [float(claim["study"])] if isinstance(claim["study"], int | float) else []
    measured = [v for row in rows for v in (*row.values, *row.floor, *row.summary) if v is not None]
    if not any(row.values for row in rows):
        return ""
    low, high = min(measured + claim["limits"] + study), max(measured + claim["limits"] + study)
    margin = (high - low or abs(high) or 1) * 0.06
    axis = _Axis(low - margin, high + margin, _LABEL if rows[0].name else 0)
    bottom = _ROW * len(rows)
    parts = [_line(f"M{axis(limit)} 0V{bottom}", 'stroke-dasharray="4 3"') for limit in claim["limits"]]
    for i, row in enumerate(rows):
        parts.append(_shapes(row, axis, _ROW * (i + 0.5)))
    parts += [_line(f"M{axis(value)} {bottom / 2 - 8}l5.5 8l-5.5 8l-5.5 -8z") for value in study]
    parts += [_line(f"M{axis(end)} {bottom}v3") for end in (low, high)]
    parts += _end_labels(low, high, axis, bottom + 14)
    return (
        f'<svg class="strip" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(_words(claim, rows))}" '
        f'viewBox="0 0 {_WIDTH} {bottom + _FOOT}" width="{_WIDTH}" fill="currentColor" '
        f'style="max-width:100%;height:auto;font:11px sans-serif">{"".join(parts)}</svg>'
    )


def _rows(claim: Mapping[str, Any]) -> list[_Row]:
    values, floor = claim["values"], (claim["floor"] or {}).get("values")
    if not isinstance(values, dict):
        return [_Row("", _floats(values), (claim["mean"], claim["low"], claim["high"]), _floats(floor))]
    rows = []
    for name, part in values.items():
        ends = (claim["mean"][name], claim["low"][name], claim["high"][name])
        rows.append(_Row(name, _floats(part), ends, _floats(floor.get(name) if isinstance(floor, dict) else floor)))
    left_out = _Row("…", [], (None, None, None), [])
    return rows if len(rows) <= _MOST_ROWS else [*rows[: _MOST_ROWS - 2], left_out, rows[-1]]


def _end_labels(low: float, high: float, axis: _Axis, y: int) -> list[str]:
    """The ends of the axis in as many digits as tell them apart; one label where they are one."""
    if low == high:
        return [f'<text x="{axis(low)}" y="{y}" text-anchor="middle">{escape(number(low))}</text>']
    left, right = number(low), number(high)
    if left == right:
        left, right = f"{low:.7g}", f"{high:.7g}"
    return [
        f'<text x="{axis.left}" y="{y}">{escape(left)}</text>',
        f'<text x="{_WIDTH}" y="{y}" text-anchor="end">{escape(right)}</text>',
    ]


def _shapes(row: _Row, axis: _Axis, y: float) -> str:
    """A row: its name, a square per value of the floor, a dot per value, the mean and its interval."""
    name = row.name if len(row.name) <= _LONGEST_LABEL else f"{row.name[: _LONGEST_LABEL - 1]}…"
    parts = [f'<text x="0" y="{y + 4}">{escape(name)}</text>'] if name else []
    mean, low, high = row.summary
    if low is not None and high is not None:
        parts.append(_line(f"M{axis(low)} {y}H{axis(high)}"))
    if mean is not None:
        parts.append(_line(f"M{axis(mean)} {y - 7}v14"))
    parts += [_line(f"M{axis(v) - 3.5:.1f} {y - 3.5}h7v7h-7z", 'stroke-opacity="0.6"') for v in _thinned(row.floor)]
    opacity = 0.6 if len(row.values) <= 12 else 0.3
    parts += [f'<circle cx="{axis(v)}" cy="{y}" r="3" fill-opacity="{opacity}"/>' for v in _thinned(row.values)]
    return "".join(parts)


def _thinned(values: Sequence[float]) -> Sequence[float]:
    return values[:: -(-len(values) // _MOST_DOTS) or 1]


def _line(path: str, attributes: str = "") -> str:
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="1.5" {attributes}/>'


def _words(claim: Mapping[str, Any], rows: Sequence[_Row]) -> str:
    said = []
    for row in rows:
        if row.values:
            ends = f"from {number(min(row.values))} to {number(max(row.values))}"
            one = f"{len(row.values)} values {ends}, mean {span(*row.summary)}"
            said.append(f"{row.name}: {one}" if row.name else one)
    if claim["limits"]:
        said.append(f"dashed line: the bound {' and '.join(map(number, claim['limits']))}")
    if isinstance(claim["study"], int | float):
        said.append(f"diamond: the study's {number(claim['study'])}")
    if claim["floor"]:
        said.append(f"squares: {claim['floor']['text']}")
    return "; ".join(said)


def _floats(values: Sequence[float | None] | None) -> list[float]:
    return [float(v) for v in values or () if v is not None]
