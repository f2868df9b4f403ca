"""A small unit explorer to test: made-up networks, one of them with markup in every name, one layer with 10,000 units.

The files are those that ``workflow/units`` writes for a book or for a reader's own network.
"""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

VIEW = Path(__file__).parents[2] / "book" / "_extra" / "units"
MARKUP = '<img src=x onerror="document.body.dataset.hacked=1">\'</script><b>&amp;'
NONE = 0xFFFFFFFF
QUANTILES = [0.0, 0.25, 0.5, 0.75, 1.0]
DEAD = 3  # the unit of every layer that is dead, and has no number in the measures of responses
NEGATIVE = 4  # the unit of every layer that answers below 0 throughout, as it may where no ReLU follows
SHEETS = {"maximum": 1, "minimum": 1, "strongest": 9, "range": len(QUANTILES), "kernels": 6, "mean_kernel": 1}
PER_FILE, TILE = 50, 32
FIRST_IN_BLOCK = {"mixed4b_1x1": 0, "mixed4b_5x5": 384}

Random = np.random.Generator


def write(folder: Path, *, many: int = 10_000) -> Path:
    """Write the page of a reader's own build with made-up data; returns the page. many: units of the largest layer."""
    shutil.copytree(VIEW, folder / "units")
    page = folder / "index.html"
    (folder / "units" / "own.template").rename(page)
    random = np.random.default_rng(0)
    networks = [
        network("plain", "Plain network", {"conv1": 16, "mixed4b_5x5": 64, "mixed4b_1x1": 24, "wide": many}),
        network("strange", f"Net {MARKUP}", {f"first {MARKUP}": 12, 'a/b "quoted"?&=#%;:': 10}),
    ]
    put(folder, "networks", networks)
    for one in networks:
        texts: list[str] = [f"class {k} {MARKUP if one['id'] == 'strange' else ''}" for k in range(5)] + ["beagle"]
        names = [f"{k}/photo {MARKUP if one['id'] == 'strange' else ''}.jpg" for k in range(40)]
        put(folder, f"{one['id']}/images", {"names": names, "classes": [texts[k % 6] for k in range(40)]})
        total = sum(layer["units"] for layer in one["layers"])
        codes = np.arange(total) % 6
        put(folder, f"{one['id']}/texts", {"strongest_class": {"texts": texts, "codes": packed(codes, "<u2")}})
        start = 0
        for layer in one["layers"]:
            place, units = f"{one['id']}/{layer['key']}", layer["units"]
            content = numbers(random, place, units, total, codes[start : start + units], texts)
            if layer["kernel"] == [1, 1]:  # nothing to draw
                del content["sheets"]["kernels"], content["sheets"]["mean_kernel"]
            put(folder, place, content)
            start += units
        sheets(folder, one)
    claim = {"id": "sec-1.one", "statement": f"Unit 5 answers to {MARKUP}", "verdict": "fails", "address": "a.html#one"}
    evil = claim | {"verdict": f"holds {MARKUP}", "address": "javascript:document.body.dataset.hacked=1"}
    put(folder, "plain/claims", {"mixed4b_5x5/5": [claim, evil]})
    return page


def network(name: str, title: str, layers: dict[str, int]) -> dict[str, Any]:
    described = [
        {"name": layer, "key": k, "units": units, "channels": 6, "depth": k / len(layers)}
        | {"kernel": [1, 1] if layer.endswith("1x1") else [3, 3]}
        | {"identity": layer.replace("mixed4b_", "mixed4b/")}
        | {"block": "mixed4b" if "mixed4b" in layer else None, "firstInBlock": FIRST_IN_BLOCK.get(layer)}
        for k, (layer, units) in enumerate(layers.items())
    ]
    colours, classes = "googlenet_neurons/04_colour_blind_units", "conceptual_content/01_neurons_and_classes"
    columns = [
        column("colour_index", "how much of the response is due to colours", page=colours)
        | {"percentile": "colour_percentile", "percentileOf": f"share of units with random weights below {title}"},
        column("colour_percentile", "share below", page=colours),
        column("colour_blind", "whether the index is at most 0.1", "truth", page=colours),
        column("gini", f"Gini index {title}") | {"unit": "images"},
        column("strongest_class", "class of the strongest image", "text", page=classes),
    ]
    return {
        "id": name, "identity": name, "title": title, "repository": "https://github.com/owner/name",
        "cite": f"A book, version 1 (commit 0123456789ab), unit {{unit}} of {title}. {{address}}",
        "weights": "made up", "images": f"drawn {title}", "published": False,
        "layers": described, "columns": columns, "claims": "plain/claims" if name == "plain" else None,
        "texts": f"{name}/texts", "table": "units.parquet", "notes": [],
    }  # fmt: skip


def column(name: str, meaning: str, kind: str = "number", page: str | None = None) -> dict[str, Any]:
    of_control = {"percentile": None, "percentileOf": None}
    return {"name": name, "meaning": meaning, "unit": "", "type": kind, "page": page, **of_control}


def numbers(
    random: Random, place: str, units: int, total: int, codes: np.ndarray[Any, Any], texts: list[str]
) -> dict[str, Any]:
    colour = np.arange(units) / max(units - 1, 1)
    colour[DEAD] = np.nan
    gini = np.round(random.normal(3, 1, units), 3)
    gini[: min(units, 3)] = [np.inf, -4, 0]
    values = np.sort(random.exponential(2, (units, len(QUANTILES))), axis=1)
    values[DEAD], values[NEGATIVE] = 0, np.linspace(-5, -1, len(QUANTILES))
    counts = random.random((units, 30)) ** 4
    counts = counts / counts.sum(1, keepdims=True) * 65535
    top = -np.sort(-random.exponential(3, (units, 9)), axis=1)
    top[DEAD] = np.nan
    active = np.clip(random.random(units), 0.01, 1)
    active[[DEAD, NEGATIVE]] = 0
    counts[DEAD] = 0
    near = random.integers(0, total, (units, 5))
    linked = random.integers(0, total, (units, 6))
    linked[:, 5] = NONE
    likeness = packed(random.random((units, 5)), "<f4")
    joined = {"ids": packed(linked, "<u4"), "weight": packed(random.normal(size=(units, 6)), "<f4")}
    index = np.arange(units)
    index[min(7, units - 1)] = -1  # a unit without pictures
    found: dict[str, Any] = {
        "columns": {
            "colour_index": packed(colour, "<f4"),
            "colour_percentile": packed(colour, "<f4"),
            "colour_blind": packed(colour <= 0.1, "<f4"),
            "gini": packed(gini, "<f4"),
            "strongest_class": {"texts": texts, "codes": packed(np.where(index % 11 == 10, 65535, codes), "<u2")},
        },
        "active": packed(active, "<f4"),
        "activeOf": "images",
        "histogram": {"edges": np.linspace(0, 9, 31).tolist(), "counts": packed(counts, "<u2")},
        "range": {"quantiles": QUANTILES, "values": packed(values, "<f4"), "names": packed(near % 40, "<u4")},
        "top": {"values": packed(top, "<f4"), "names": packed(random.integers(0, 40, (units, 9)), "<u4")},
        "nearest": {kind: {"ids": packed(near, "<u4"), "likeness": likeness} for kind in ("response", "weights")},
        "fed": joined,
        "feeds": joined,
        "sheets": {
            kind: {"files": f"data/{place}-{kind}-{{n}}.webp", "tile": TILE, "across": across, "perFile": PER_FILE}
            | {"index": packed(index, "<i2")}
            for kind, across in SHEETS.items()
        },
    }
    channels = {"channels": packed(linked, "<u4"), "units": packed(linked, "<u4")}
    found["sheets"]["kernels"] |= channels
    return found


def sheets(folder: Path, one: dict[str, Any]) -> None:
    """The pictures: slanting stripes in a colour of each unit; the same file under many names in large layers."""
    rows, columns, colours = np.mgrid[0:TILE, 0:TILE, 0:3]
    for layer in one["layers"]:
        for k, (kind, across) in enumerate(SHEETS.items()):
            tiles = [
                [127 + 127 * np.sin(rows * (0.1 + 0.02 * u) + columns * 0.3 + colours + i + k) for i in range(across)]
                for u in range(PER_FILE)
            ]
            picture = Image.fromarray(np.concatenate([np.concatenate(row, 1) for row in tiles]).astype("uint8"))
            base = folder / "units" / "data" / one["id"] / f"{layer['key']}-{kind}-0.webp"
            picture.save(base, quality=40)
            for n in range(1, -(-layer["units"] // PER_FILE)):
                base.with_name(f"{layer['key']}-{kind}-{n}.webp").hardlink_to(base)


def packed(values: Any, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values).astype(kind).tobytes()).decode()


def put(folder: Path, key: str, value: Any) -> None:
    path = folder / "units" / "data" / f"{key}.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"unitsData({json.dumps(key)}, {json.dumps(value)});\n", "utf-8")
