"""Mutual information against its definition; superclasses of units whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from helpers.randomness import generator
from helpers.studies.conceptual_content.class_information import (
    above_permuted,
    mutual_information,
    share_of_one_superclass,
    within_limits,
)
from tests.helpers.studies.conceptual_content.test_statements import BLIND, FALLING, LAYERS


def test_mutual_information_is_that_of_the_joint_distribution():
    counts = torch.randint(0, 5, (6, 4), generator=generator(0, "counts")) + torch.eye(6, 4).long()
    counts = torch.cat([counts, torch.zeros(1, 4).long()])  # a silent unit
    rows = counts[:6].double()
    joint = (rows / rows.sum(dim=1, keepdim=True) / 6).numpy()
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    expected = (joint[joint > 0] * np.log2(joint[joint > 0] / product[joint > 0])).sum()
    assert float(mutual_information(counts)) == pytest.approx(expected)


def test_information_is_zero_for_units_that_are_blind():
    gain, control = above_permuted(BLIND, seed=0)
    assert gain.shape == control.shape == (2,)
    assert abs(float(gain.mean())) < 0.05 and abs(float(control.mean())) < 0.05


def test_units_that_take_different_classes_say_which():
    part_of = BLIND.part_of
    own = torch.stack(  # each unit takes the images of one class
        [
            torch.stack(
                [((part_of == part) & (BLIND.labels == unit % 20)).nonzero().flatten()[:20] for unit in range(160)]
            )
            for part in range(2)
        ]
    )
    lists = replace(BLIND, number=own)
    assert mutual_information(lists.counts()).tolist() == pytest.approx([np.log2(20)] * 2)
    assert float(above_permuted(lists, seed=0)[0].min()) > 2.5


def test_units_with_many_classes_of_one_superclass():
    groups = torch.tensor([0] * 10 + [1] * 10)
    counts = torch.zeros(1, 160, 20).long()
    counts[:, :, :2] = 10
    counts[:, 120:, 2:6] = 5  # more classes, and still one superclass
    assert share_of_one_superclass(counts, groups, LAYERS).tolist() == [1]
    counts[:, 120:, 10:20] = 4
    assert share_of_one_superclass(counts, groups, LAYERS).tolist() == [1]  # 40 of 80 images
    counts[:, 120:, 10:20] = 1
    assert share_of_one_superclass(counts, groups % 1 + torch.arange(20), LAYERS).tolist() == [0]


def test_no_list_of_images_passes_the_limits():
    assert within_limits(BLIND).all() and within_limits(FALLING).all()
