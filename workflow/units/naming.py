"""Which claims of the book name a unit: "unit 138 of the layer conv2d0", "conv4_1 7 and 291", "unit 11 of mixed4a"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from helpers.studies.googlenet_neurons.subject import Block
from workflow.units.layers import UnitLayer

_NUMBERS = r"(\d+(?:(?:, | and |, and )\d+)*)(?![\d.]*\s?[×x%]|\.\d)"


def naming(
    claims: Iterable[Mapping[str, Any]], layers: Sequence[UnitLayer], blocks: Sequence[Block] = ()
) -> dict[str, list[dict[str, str]]]:
    """The claims that name a unit of these layers, by "layer/number", in the order of the claims.

    claims: each with its ``id``, ``statement``, ``measured``, ``verdict`` and ``address``.
    blocks: of the network, whose units go by their numbers in the concatenation, too: "unit 11 of mixed4a".
    """
    found: dict[str, list[dict[str, str]]] = {}
    sizes = {layer.name: layer.units for layer in layers}
    for claim in claims:
        texts = (claim["statement"], claim["measured"])
        named = dict.fromkeys(each for text in texts for each in units(text, layers, blocks))
        for layer, number in named:
            if number < sizes[layer]:
                one = {name: str(claim[name]) for name in ("id", "statement", "verdict", "address")}
                found.setdefault(f"{layer}/{number}", []).append(one)
    return found


def units(text: str, layers: Sequence[UnitLayer], blocks: Sequence[Block] = ()) -> list[tuple[str, int]]:
    """The (layer, number) that a sentence names. A number alone counts if the sentence names one layer or block."""
    called = {spoken: layer.name for layer in layers for spoken in (layer.name, layer.identity)}
    called |= {block.name: block.name for block in blocks}
    anything = "|".join(sorted(map(re.escape, called), key=len, reverse=True))
    place = rf"(?<![\w/])({anything})(?![\w])"
    found = [
        (called[name], int(number))
        for name, numbers in re.findall(rf"{place}[ /]{_NUMBERS}", text)
        for number in re.findall(r"\d+", numbers)
    ]
    named = {called[name] for name in re.findall(place, text)}
    if len(named) == 1:
        (only,) = named
        for numbers in re.findall(rf"\b[Uu]nits? {_NUMBERS}", text):
            found += [(only, int(number)) for number in re.findall(r"\d+", numbers)]
    by_name = {block.name: block for block in blocks}
    return list(dict.fromkeys(_in_layer(by_name, name, number) for name, number in found))


def _in_layer(blocks: Mapping[str, Block], name: str, number: int) -> tuple[str, int]:
    """The layer of a unit, and its number there; name: of its layer, or of the block that counts it."""
    if name not in blocks:
        return name, number
    branch = [each for each in blocks[name].branches if each.first <= number][-1]
    return branch.layer, number - branch.first
