"""Superclasses of ImageNet's classes, from WordNet: dogs, birds, vehicles and what else holds many classes.

A synset can have several hypernyms. The first that WordNet lists makes a tree of them, in which every class has one
way up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from helpers.errors import BadInput, nearest
from helpers.studies.conceptual_content.wordnet.extract import TABLE

AT_MOST = 0.12  # share of the classes in one superclass, on the pages


class SuperclassError(BadInput):
    """Classes that are no synsets of ImageNet."""


class Superclasses(NamedTuple):
    """The superclass of each class.

    groups: its number, for each class; from 0 on, in the order in which classes meet them.
    synsets, names: WordNet's number and first word of each superclass.
    """

    groups: Int[Tensor, " class"]
    synsets: list[str]
    names: list[str]


@cache
def _table() -> dict[str, tuple[str, str]]:
    """Word and first hypernym of every synset; the hypernym of the highest is ""."""
    lines = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines())
    return {synset: (word, above.partition(" ")[0]) for synset, word, above in lines}


def way_up(synset: str) -> list[str]:
    """The synset, its first hypernym, and so on up to "entity".

    Raises SuperclassError for what is none of ImageNet's 1,000 classes and nothing above them.
    """
    if synset not in _table():
        hint = nearest(synset, _table())
        raise SuperclassError(f"{synset!r} is no synset of ImageNet{f'; {hint}' if hint else ''}.")
    way = [synset]
    while above := _table()[way[-1]][1]:
        way.append(above)
    return way


def name(synset: str) -> str:
    """The first word of a synset."""
    return _table()[way_up(synset)[0]][0]


def superclasses(synsets: Sequence[str], *, at_most: float) -> Superclasses:
    """The superclasses of these classes: the highest synsets that hold no more than a share of them.

    synsets: numbers of the classes ("n02085620").
    at_most: the largest share of the classes in one superclass, 0 to 1. With 0.12 all 118 breeds of dogs of ImageNet
    are one superclass. A class stands for itself where even the synset above it holds more.

    Raises SuperclassError for a class that is no synset of ImageNet.
    """
    ways = [way_up(synset) for synset in synsets]
    held = Counter(step for way in ways for step in way)
    most = at_most * len(synsets)
    chosen = [next((step for step in reversed(way) if held[step] <= most), way[0]) for way in ways]
    numbers = {synset: number for number, synset in enumerate(dict.fromkeys(chosen))}
    groups = torch.tensor([numbers[synset] for synset in chosen])
    return Superclasses(groups, list(numbers), [name(synset) for synset in numbers])


def of_classes(names: Sequence[str]) -> Superclasses | None:
    """The superclasses of classes that are named by their synsets, by ``AT_MOST``; None where one has another name."""
    synsets = all(re.fullmatch(r"n\d{8}", each) for each in names)
    return superclasses(names, at_most=AT_MOST) if synsets else None
