"""Superclasses: known ones, and the table against WordNet's own file where that is installed."""

from pathlib import Path

import pytest
import torch

from helpers.studies.conceptual_content.superclasses import SuperclassError, name, superclasses, way_up
from helpers.studies.conceptual_content.wordnet.extract import TABLE, table

WORDNET = Path("/usr/share/wordnet/data.noun")  # of Debian's package wordnet-base
CLASSES = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines()]
LEAVES = sorted({line[0] for line in CLASSES} - {above for line in CLASSES for above in line[2].split()})


def test_the_way_up():
    assert [name(step) for step in way_up("n02099601")[1:4]] == ["retriever", "sporting dog", "hunting dog"]
    assert name(way_up("n02099601")[-1]) == "entity"
    with pytest.raises(SuperclassError, match="'n02099602' is no synset of ImageNet; the nearest names are"):
        way_up("n02099602")


def test_the_breeds_of_dogs_are_one_superclass():
    found = superclasses(LEAVES, at_most=0.12)
    breeds = [
        synset for synset, group in zip(LEAVES, found.groups.tolist(), strict=True) if found.names[group] == "dog"
    ]
    assert {"n02085620", "n02113978"} <= set(breeds) and all(
        b.startswith(("n0208", "n0209", "n0210", "n0211")) for b in breeds
    )
    assert len(LEAVES) > 990  # a few of the 1,000 classes lie above others


def test_no_superclass_is_larger_than_asked_for_and_no_higher_one_would_do():
    found = superclasses(LEAVES, at_most=0.05)
    most = 0.05 * len(LEAVES)
    assert int(torch.bincount(found.groups).max()) <= most
    ways = {synset: way_up(synset) for synset in LEAVES}
    for synset, group in zip(LEAVES[::50], found.groups[::50].tolist(), strict=True):
        above = ways[synset][ways[synset].index(found.synsets[group]) + 1]
        assert sum(above in way for way in ways.values()) > most


@pytest.mark.skipif(not WORDNET.exists(), reason="WordNet is not installed")
def test_the_table_is_wordnets():
    assert table(WORDNET.read_text("utf-8"), [line[0] for line in CLASSES]) == TABLE.read_text("utf-8")
