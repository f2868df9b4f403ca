"""The folder of one network, as the page of the unit explorer reads it: scripts of numbers, and sheets of pictures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from tqdm import tqdm

from helpers.data.images import in_words
from helpers.data.images_shown import DRAWN, are_shown
from helpers.models.pretrained import Pretrained
from helpers.pages import repository, unit_table
from workflow.passing_on import citation
from workflow.units import blocks, columns, distributions, kernels, likeness, measured, scripts, sheets, wiring
from workflow.units.bound import NETWORK
from workflow.units.classes import called
from workflow.units.climbing import Climbed
from workflow.units.columns import Columns
from workflow.units.layers import UnitLayer, traced, unit_layers
from workflow.units.looking import Look
from workflow.units.patches import Patches

if TYPE_CHECKING:
    import pyarrow as pa

_MOST = {"smoke": 12}  # units of a layer that have pictures; elsewhere all


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the folder is made of.

    name: of the folder, letters and digits. table: what pages measured of units, the joined table; None without pages.
    claims: those of the book that are on this network, as :func:`workflow.units.naming.naming` gives them.
    """

    name: str
    title: str
    loaded: Pretrained
    looked: Look
    climbed: Climbed | None
    table: pa.Table | None
    claims: Mapping[str, Any]
    thumbnails: str
    scale: str


def write(given: Given, folder: Path) -> None:
    """Write the folder of a network; it is replaced as a whole at the end."""
    partial = folder.with_name(f".{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        _Writer(given, partial).write()
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class _Writer:
    """Writes what belongs to one network."""

    def __init__(self, given: Given, folder: Path) -> None:
        self.given, self.folder, self.name = given, folder, given.name
        graph = traced(given.loaded.network)
        self.images = given.looked.opened()
        self.layers = unit_layers(given.loaded, graph, self.images.size)
        self.read = wiring.sources(graph, self.layers)
        self.coloured = wiring.see_colours(graph, self.layers)
        self.first_in_block = blocks.first_numbers(blocks.of(given.loaded))
        self.below, self.above = wiring.neighbours(given.loaded.network, self.layers, self.read)
        self.response = given.looked.value.clone()
        for layer in self.layers:
            if layer.rectified:
                self.response[layer.numbers].clamp_(min=0)
        self.found = [
            distributions.distribution(self.response[layer.numbers], given.looked.value[layer.numbers])
            for layer in self.layers
        ]
        self.alike = likeness.by_response(self.response)
        self.measured = self._measured()
        self.rows = columns.of_network(self.measured, given.table)
        self.columns = Columns(self.rows)
        self.shown = are_shown(self.images, given.thumbnails)
        self.patches = Patches(self.images, 24 if given.scale == "smoke" else 48) if self.shown else None

    def write(self) -> None:
        for key, layer in enumerate(tqdm(self.layers, desc=f"{self.name}: layers", unit="layer", disable=None)):
            scripts.write(self.folder / f"{key}.js", f"{self.name}/{key}", self._layer(key, layer))
        names = [called(name) for name in self.images.class_names]
        classes = [names[label] for label in self.images.labels.tolist()]
        content = {"names": list(self.images.names), "classes": classes}
        scripts.write(self.folder / "images.js", f"{self.name}/images", content)
        if self.given.claims:
            scripts.write(self.folder / "claims.js", f"{self.name}/claims", self.given.claims)
        if texts := self.columns.texts(self.layers):
            scripts.write(self.folder / "texts.js", f"{self.name}/texts", texts)
        unit_table.write(self.folder / unit_table.FILE, self.measured)
        text = json.dumps(self._network(bool(texts)), ensure_ascii=False, allow_nan=False)
        (self.folder / NETWORK).write_text(text, "utf-8")

    def _kernel(self, layer: UnitLayer) -> torch.Tensor:
        convolution = self.given.loaded.network.get_submodule(layer.convolution)
        return convolution.get_parameter("weight").detach().float().cpu()

    def _measured(self) -> pa.Table:
        """The columns that the explorer itself gives every unit."""
        has_image = torch.zeros(len(self.response), dtype=torch.bool)
        if self.given.climbed is not None:
            has_image[self.given.climbed.unit] = True
        values = []
        for layer, found in zip(self.layers, self.found, strict=True):
            where = layer.numbers
            values.append(measured.of_layer(found, self.alike.likeness[where], self._kernel(layer), has_image[where]))
        about = {
            "scale": self.given.scale,
            "commit": repository.commit(),
            "weights": self.given.loaded.weights.description,
            "images": self._about_images(),
        }
        return measured.table(self.given.loaded.name, self.layers, values, about)

    def _network(self, has_texts: bool) -> dict[str, Any]:
        return {
            "id": self.name,
            "identity": self.given.loaded.name,
            "title": self.given.title,
            "cite": citation.of_unit("{unit}", self.given.title, repository.commit(), "{address}"),
            "weights": _sentence(self.given.loaded.weights.description),
            "images": self._about_images(),
            "published": are_shown(self.images, "no") or not self.shown,
            "layers": [self._about(key, layer) for key, layer in enumerate(self.layers)],
            "columns": columns.described(self.rows),
            "claims": f"{self.name}/claims" if self.given.claims else None,
            "notes": self._notes(),
            "texts": f"{self.name}/texts" if has_texts else None,
            "table": unit_table.FILE,
        }

    def _about(self, key: int, layer: UnitLayer) -> dict[str, Any]:
        depth = key / max(1, len(self.layers) - 1)
        return {
            "name": layer.name,
            "identity": layer.identity,
            "key": key,
            "units": layer.units,
            "kernel": list(layer.kernel),
            "channels": layer.channels,
            "depth": round(depth, 4),
            "block": layer.block,
            "firstInBlock": self.first_in_block.get(layer.name),
        }

    def _about_images(self) -> str:
        images, unreadable = self.images, self.given.looked.unreadable
        kind = "procedural patterns" if images.source.startswith(DRAWN) else images.name
        found = f"{len(images):,} images of {kind}, {images.size} pixels a side"
        found += f"; {len(unreadable)} more could not be read: {in_words(unreadable)}" if unreadable else ""
        return f"{found}."

    def _notes(self) -> list[str]:
        notes = []
        if all(of is None for of in self.read.values()):
            notes.append("What feeds a unit is not shown: the way between layers of this network is not certain.")
        elif uncertain := [name for name, of in list(self.read.items())[1:] if of is None]:
            notes.append(f"What feeds units is not certain, and not shown, of {', '.join(uncertain)}.")
        if not self.shown:
            notes.append("Patches of photographs that must not be published are left out.")
        if without := [layer.name for layer in self.layers if not layer.rectified]:
            many = len(without) == len(self.layers)
            which = "All layers" if many else ", ".join(without)
            notes.append(f"{which}: responses are those of the convolution itself, since no ReLU follows it directly.")
        if self.given.climbed is not None and len(self.given.climbed.unit):
            how, count = self.given.climbed.how, len(self.given.climbed.unit)
            notes.append(f"Optimised images ({how}) are those of {count:,} units.")
        return notes

    def _layer(self, key: int, layer: UnitLayer) -> dict[str, Any]:
        where = layer.numbers
        found, kernel = self.found[key], self._kernel(layer)
        near = likeness.by_weights(kernel)
        near_unit = torch.where(near.unit < 0, -1, near.unit + layer.first)
        return {
            "columns": self.columns.of(layer),
            "active": scripts.numbers(found.active, "f4"),
            "activeOf": "images",
            "histogram": _histogram(found),
            "range": {
                "quantiles": list(distributions.QUANTILES),
                "values": scripts.numbers(found.spread_value, "f4"),
                "names": scripts.numbers(found.spread, "u4"),
            },
            "top": {"values": scripts.numbers(found.top_value, "f4"), "names": scripts.numbers(found.top, "u4")},
            "nearest": {
                "response": _near(self.alike.unit[where], self.alike.likeness[where]),
                "weights": _near(near_unit, near.likeness),
            },
            "feeds": _ties(self.above, where),
            "fed": _ties(self.below, where),
            "sheets": self._sheets(key, layer, found, kernel),
        }

    def _sheets(
        self, key: int, layer: UnitLayer, found: distributions.Distribution, kernel: torch.Tensor
    ) -> dict[str, Any]:
        quick = self.given.scale == "smoke"
        units = range(min(layer.units, _MOST.get(self.given.scale, layer.units)))
        place = self.given.looked.place[layer.numbers].long()
        made: dict[str, Any] = {}

        def sheet(kind: str, numbers: Sequence[int], tiles: Any, *, lossless: bool = False) -> None:
            own = f"{key}-{kind}"
            one = sheets.write(self.folder, own, numbers, layer.units, tiles, lossless=lossless, quick=quick)
            if one is not None:
                made[kind] = {"files": f"data/{self.name}/{own}-{{n}}.webp", **one}

        def patches(images: torch.Tensor) -> Any:
            at = place.gather(1, images.clamp(min=0)[:, :, None].expand(-1, -1, 2))
            assert self.patches is not None
            shown = self.patches
            return lambda some: shown.tiles(layer, images[list(some)], at[list(some)])

        if self.patches is not None:
            sheet("strongest", units, patches(found.top))
            sheet("range", units, patches(found.spread))
        if layer.kernel != (1, 1):
            draw = kernels.in_colour if layer.name in self.coloured else kernels.strongest
            sheet("kernels", units, lambda some: draw(kernel[list(some)]), lossless=True)
            made["kernels"] |= {} if layer.name in self.coloured else self._channels(layer, kernel)
            sheet("mean_kernel", units, lambda some: kernels.mean(kernel[list(some)]), lossless=True)
        if self.given.climbed is not None:
            row = {number: k for k, number in enumerate(self.given.climbed.unit.tolist())}
            own = [unit for unit in range(layer.units) if layer.first + unit in row]
            images = self.given.climbed.image
            for direction, kind in enumerate(("maximum", "minimum")):
                sheet(kind, own, lambda some, d=direction: images[[row[layer.first + u] for u in some], d][:, None])
        return made

    def _channels(self, layer: UnitLayer, kernel: torch.Tensor) -> dict[str, str]:
        """Which channels the kernels that are shown belong to, and which units these are."""
        channels = kernels.strongest_channels(kernel)
        groups = layer.channels // kernel.shape[1]
        group = torch.arange(layer.units)[:, None] // (layer.units // groups)
        channels = channels + group * kernel.shape[1]
        read = self.read[layer.name]
        units = torch.full_like(channels, -1) if read is None else torch.tensor(read)[channels]
        return {"channels": scripts.numbers(channels, "u4"), "units": scripts.numbers(units, "u4")}


def _histogram(found: distributions.Distribution) -> dict[str, Any]:
    """Bins of each unit from its smallest to its largest response."""
    low, high = found.spread_value[:, :1], found.spread_value[:, -1:]
    edges = low + (high - low) * torch.linspace(0, 1, distributions.BINS + 1)
    return {
        "edges": scripts.numbers(edges, "f4"),
        "counts": scripts.numbers((found.counts * 65535).round(), "u2"),
    }


def _near(unit: torch.Tensor, value: torch.Tensor) -> dict[str, str]:
    return {"ids": scripts.numbers(unit, "u4"), "likeness": scripts.numbers(value, "f4")}


def _ties(ties: wiring.Neighbours, where: slice) -> dict[str, str] | None:
    unit = ties.unit[where]
    if not (unit >= 0).any():
        return None
    return {
        "ids": scripts.numbers(unit, "u4"),
        "weight": scripts.numbers(ties.weight[where], "f4"),
        "strength": scripts.numbers(ties.strength[where], "f4"),
    }


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
