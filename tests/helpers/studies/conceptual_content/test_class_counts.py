"""Counts of classes among top images, against a loop; and what cannot be counted."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.studies.conceptual_content.class_counts import CountsError, class_counts, class_sizes, merged


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 6), st.integers(6, 30), st.integers(1, 6), st.integers(0, 9))
def test_counts_are_those_of_a_loop(classes, images, top, seed):
    random = torch.Generator().manual_seed(seed)
    labels = torch.arange(images) % classes
    lists = torch.stack([torch.randperm(images, generator=random)[:6] for _ in range(8)]).reshape(2, 4, 6)
    lists[0, 0, 2:] = -1  # a unit that answers two images
    counts = class_counts(lists, labels, classes=classes, top=top)
    for layer in range(2):
        for unit in range(4):
            chosen = [labels[k] for k in lists[layer, unit, :top].tolist() if k >= 0]
            assert counts[layer, unit].tolist() == [sum(int(c == k) for c in chosen) for k in range(classes)]
    groups = torch.arange(classes) // 2
    for group, column in enumerate(merged(counts, groups).unbind(-1)):
        assert column.tolist() == counts[..., groups == group].sum(-1).tolist()


@pytest.mark.parametrize(
    ("labels", "classes", "top", "says"),
    [
        ([0, 1, 0], 2, 4, "fewer than the 4"),
        ([0, 0, 2, 2], 3, 2, "1 of 3 classes have no image; the first is class 1"),
        ([0, 0, 0, 0], 1, 2, "There is one class"),
        ([0, 1, 2, 3], 3, 2, "from 0 to 3"),
        ([0, 1, 0, 1], 2, 3, "the lists have 2 places"),
    ],
)
def test_what_cannot_be_counted(labels, classes, top, says):
    with pytest.raises(CountsError, match=says):
        class_counts(torch.tensor([[0, 1]]), torch.tensor(labels), classes=classes, top=top)


def test_sizes():
    assert class_sizes(torch.tensor([2, 0, 1, 2]), classes=3, top=4).tolist() == [1, 1, 2]
