"""The range of a class against a loop."""

import numpy as np
import pytest
import torch

from helpers.studies.jump_detection.class_range import in_range, nearest_mean

RANDOM = torch.Generator().manual_seed(0)


def test_in_range_is_closer_than_the_quantile_of_the_members():
    members, asked = torch.randn(2, 50, 3, generator=RANDOM), 2 * torch.randn(2, 30, 3, generator=RANDOM)
    for s in range(2):
        centre = members[s].numpy().mean(axis=0)
        radius = np.quantile([np.linalg.norm(m - centre) for m in members[s].numpy()], 0.8)
        expected = [np.linalg.norm(a - centre) <= radius for a in asked[s].numpy()]
        assert in_range(members, asked, share=0.8)[s].tolist() == expected
        assert 0 < sum(expected) < 30


def test_the_given_share_of_the_members_is_in_range():
    members = torch.randn(1, 1_000, 5, generator=RANDOM)
    assert float(in_range(members, members).double().mean()) == pytest.approx(0.95, abs=0.002)


def test_nearest_mean():
    means, asked = torch.randn(2, 6, 3, generator=RANDOM), torch.randn(2, 10, 3, generator=RANDOM)
    pairs = zip(asked, means, strict=True)
    expected = [[min(range(6), key=lambda c: float((a - m[c]).norm())) for a in points] for points, m in pairs]
    assert nearest_mean(means, asked).tolist() == expected


def test_a_share_is_a_share():
    with pytest.raises(ValueError, match=r"^share = 1.5 is not a share of the members"):
        in_range(torch.zeros(1, 2, 1), torch.zeros(1, 1, 1), share=1.5)
