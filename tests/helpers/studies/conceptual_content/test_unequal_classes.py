"""Unequal classes: what is kept, and what class-blind units and units of one class make of it."""

import pytest
import torch

from helpers.randomness import generator
from helpers.studies.conceptual_content.top_lists import TopLists
from helpers.studies.conceptual_content.unequal_classes import SizesError, kept, of_unequal_classes

CLASSES, EACH = 20, 50
LABELS = torch.arange(CLASSES).repeat_interleave(EACH)


def lists(units, classes=CLASSES, each=EACH):
    """Class-blind units: every one ranks all images at random."""
    labels = torch.arange(classes).repeat_interleave(each)
    random = generator(0, "ranks")
    number = torch.stack([torch.randperm(len(labels), generator=random) for _ in range(units)])[None]
    return TopLists(
        layers={"a": slice(0, units // 2), "b": slice(units // 2, units)},
        number=number,
        position=torch.zeros(*number.shape, 2, dtype=torch.long),
        labels=labels,
        part_of=torch.zeros_like(labels),
        classes=classes,
    )


def test_each_class_keeps_its_share():
    shares = torch.linspace(0.5, 1, CLASSES)
    mask = kept(LABELS, shares, generator=generator(0, "kept"))
    sizes = [int(mask[label == LABELS].sum()) for label in range(CLASSES)]
    assert sizes == [round(float(share) * EACH) for share in shares]
    again = kept(LABELS, shares, generator=generator(1, "kept"))
    assert not torch.equal(mask, again)


def test_class_blind_units_take_classes_in_proportion():
    found = of_unequal_classes(lists(400), top=100, draws=4, seed=0)
    assert found.slope.shape == (2,) and found.difference.shape == (4,)
    assert found.slope.tolist() == pytest.approx([1, 1], abs=0.15)
    assert float(found.difference.max()) < 0.03


def test_classes_of_one_image_cannot_be_unequal():
    with pytest.raises(SizesError, match="too small to be made unequal"):
        of_unequal_classes(lists(4, each=1), top=5, draws=1, seed=0)
