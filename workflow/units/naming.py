"""Which claims of the book name a unit: "unit 138 of the layer conv2d0", "conv4_1 7 and 291", "conv4_3/13"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workflow.units.layers import UnitLayer

_NUMBERS = r"(\d+(?:(?:, | and |, and )\d+)*)(?![\d.]*\s?[×x%]|\.\d)"


def naming(claims: Iterable[Mapping[str, Any]], layers: Sequence[UnitLayer]) -> dict[str, list[dict[str, str]]]:
    """The claims that name a unit of these layers, by "layer/number", in the order of the claims.

    claims: each with its ``id``, ``statement``, ``measured``, ``verdict`` and ``address``.
    """
    found: dict[str, list[dict[str, str]]] = {}
    sizes = {layer.name: layer.units for layer in layers}
    for claim in claims:
        named = dict.fromkeys(each for text in (claim["statement"], claim["measured"]) for each in units(text, layers))
        for layer, number in named:
            if number < sizes[layer]:
                one = {name: str(claim[name]) for name in ("id", "statement", "verdict", "address")}
                found.setdefault(f"{layer}/{number}", []).append(one)
    return found


def units(text: str, layers: Sequence[UnitLayer]) -> list[tuple[str, int]]:
    """The (layer, number) that a sentence names. A number alone counts if the sentence names one layer."""
    called = {spoken: layer.name for layer in layers for spoken in (layer.name, layer.identity)}
    any_layer = "|".join(sorted(map(re.escape, called), key=len, reverse=True))
    layer_of = rf"(?<![\w/])({any_layer})(?![\w])"
    found = [
        (called[name], int(number))
        for name, numbers in re.findall(rf"{layer_of}[ /]{_NUMBERS}", text)
        for number in re.findall(r"\d+", numbers)
    ]
    named = {called[name] for name in re.findall(layer_of, text)}
    if len(named) == 1:
        (layer,) = named
        for numbers in re.findall(rf"\bunits? {_NUMBERS}", text):
            found += [(layer, int(number)) for number in re.findall(r"\d+", numbers)]
    return list(dict.fromkeys(found))
