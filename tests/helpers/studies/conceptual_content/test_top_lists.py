"""Lists of all images and of parts, against sorting; how images are dealt; what cannot be looked at."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.hooks.reducers.about import About
from helpers.hooks.reducers.extremes import Extremes
from helpers.hooks.reducers.responses import Responses
from helpers.hooks.reducers.unit_statistics import UnitStatistics
from helpers.randomness import generator
from helpers.studies.conceptual_content.subject import SubjectError, deal, subject
from helpers.studies.conceptual_content.top_lists import in_parts, of_statistics

LABELS = torch.tensor([0] * 6 + [1] * 8 + [2] * 6)
FIELDS = {"network": "", "preprocessing": {}, "images": "", "size": 8, "shorter_side": 8, "over": "maximum"}
FIELDS |= {"batch_size": 4, "statistics": {}, "device": "cpu", "torch": "", "version": 1}


def lists(seed, kept=12):
    """What a pass keeps of seven units with random responses, some of them equal or 0; and the responses."""
    responses = torch.randint(0, 7, (7, len(LABELS)), generator=generator(seed, "responses")).float()
    strongest = Extremes(kept)
    places = torch.arange(len(LABELS))
    where = torch.stack([places, -places], dim=-1).int().expand(7, -1, -1).transpose(0, 1)  # tells the image
    strongest.add(Responses(responses.T.contiguous(), where, places, LABELS))
    about = About(image_count=len(LABELS), layers=[["a", 3, [1, 1]], ["b", 4, [1, 1]]], **FIELDS)
    found = UnitStatistics(about=about, reducers={"strongest": strongest})
    return of_statistics(found, LABELS, classes=3), responses


def in_order(row, places, top):
    """The strongest of some places, by Python's sorting; -1 for responses of 0."""
    order = sorted(places, key=lambda k: (-float(row[k]), k))[:top]
    return [k if row[k] > 0 else -1 for k in order]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_lists_of_all_and_of_parts_are_those_of_sorting(seed):
    found, responses = lists(seed)
    assert found.layers == {"a": slice(0, 3), "b": slice(3, 7)}
    of_parts = in_parts(found, deal(LABELS, parts=2), top=3)
    for unit, row in enumerate(responses):
        assert found.number[0, unit].tolist() == in_order(row, range(20), 12)
        for part in range(2):
            own = [k for k in range(20) if of_parts.part_of[k] == part]
            there = [k for k in in_order(row, range(20), 12) if k in own][:3]
            assert of_parts.number[part, unit].tolist() == there + [-1] * (3 - len(there))
            if len(there) == 3:
                assert there == in_order(row, own, 3)
    known = of_parts.number >= 0
    assert (of_parts.position[..., 0] == of_parts.number)[known].all()


def test_parts_are_alike_in_classes():
    part_of = deal(LABELS, parts=2)
    assert [torch.bincount(LABELS[part_of == part]).tolist() for part in range(2)] == [[3, 4, 3]] * 2


def test_counts_and_permuted_labels():
    found, _ = lists(1)
    found = in_parts(found, deal(LABELS, parts=2), top=3)
    counts = found.counts()
    for part in range(2):
        for unit in range(7):
            chosen = [int(LABELS[k]) for k in found.number[part, unit].tolist() if k >= 0]
            assert counts[part, unit].tolist() == [chosen.count(k) for k in range(3)]
    permuted = found.permuted(generator(0, "labels"))
    assert (permuted.number == found.number).all() and (permuted.labels != found.labels).any()
    assert [permuted.sizes(part).tolist() for part in range(2)] == [[3, 4, 3]] * 2
    assert (permuted.counts().sum(dim=-1) == counts.sum(dim=-1)).all()


def test_images_of_one_class(tmp_path):
    from PIL import Image

    (tmp_path / "a").mkdir()
    for k in range(12):
        Image.new("RGB", (70, 70)).save(tmp_path / "a" / f"{k}.png")
    values = {"model": "vgg16", "layers": "auto", "images": str(tmp_path), "scale": "smoke", "seed": 0}
    with pytest.raises(SubjectError, match="has one class; two classes at least"):
        subject(values, torch.device("cpu"))
