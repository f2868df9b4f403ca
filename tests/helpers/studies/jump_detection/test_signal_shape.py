import numpy as np
import pytest
import torch

from helpers.studies.jump_detection.signal_shape import (
    crest,
    largest_rise,
    levels,
    noisiness,
    share_near,
    step_height,
    turns_before_peak,
    undershoot,
)


def step(position: int, *, height: float = 3.0, length: int = 100) -> torch.Tensor:
    return height * (torch.arange(1, length + 1) >= position).float()


@pytest.mark.parametrize("position", [21, 50, 80])
def test_an_ideal_step_is_read_as_such(position):
    x = step(position)
    assert largest_rise(x).item() == position
    assert step_height(x, position).item() == 3
    assert noisiness(x, position).item() == 0
    assert levels(x, position, near=5, gap=15) == (0, 0, 3, 3)


def test_levels_and_noisiness_equal_loops():
    x = torch.randn(4, 60, generator=torch.Generator().manual_seed(0))
    rows = x.numpy()
    found = levels(x, 25, near=5, gap=15)
    away, high = noisiness(x, 25), step_height(x, 25)
    for k, row in enumerate(rows):
        at = {i + 1: value for i, value in enumerate(row)}  # by position
        expected = [
            np.mean([v for i, v in at.items() if i <= 10]),
            np.mean([v for i, v in at.items() if 20 <= i < 25]),
            np.mean([v for i, v in at.items() if 25 <= i < 30]),
            np.mean([v for i, v in at.items() if i >= 40]),
        ]
        assert [part[k].item() for part in found] == pytest.approx(expected, abs=1e-6)
        height = np.mean([at[25], at[26], at[27]]) - np.mean([at[22], at[23], at[24]])
        assert high[k].item() == pytest.approx(height, abs=1e-6)
        differences = [at[i] - at[i - 1] for i in range(2, 61) if not 15 <= i <= 35]
        assert away[k].item() == pytest.approx(np.sqrt(np.mean(np.square(differences))) / abs(height), rel=1e-4)


def test_share_near_counts_squares():
    x = torch.zeros(2, 100)
    x[0, 49], x[0, 70] = 3, 4
    x[1, 39], x[1, 59] = 1, 1
    assert share_near(x, 50, reach=10).tolist() == pytest.approx([9 / 25, 1])


def test_crest_is_larger_for_a_narrower_peak():
    time = torch.arange(100.0)
    narrow, wide = (torch.exp(-((time - 50) / width).square()) for width in (1.0, 4.0))
    assert crest(narrow) > crest(wide)
    spike = torch.zeros(100)
    spike[3] = 2
    assert crest(spike + 7).item() == pytest.approx(10)
    assert crest(torch.ones(2, 9)).tolist() == [0, 0]


def test_undershoot_in_units_of_the_peak():
    x = torch.full((2, 60), 2.0)
    x[0, 30], x[0, 33], x[0, 50:] = 6, 1, 2.4
    x[1, 10], x[1, 15] = 3, 3 - 1e-3
    drop, rest = undershoot(x, points=7)
    assert drop.tolist() == pytest.approx([0.25, 0])
    assert rest.tolist() == pytest.approx([0.4 * 10 / 22 / 4, 0], abs=1e-6)


@pytest.mark.parametrize(
    ("before", "turns"),
    [
        ([0, 0, 0, 0], 0),
        ([0, 1, 2, 3], 0),
        ([0, -1, -2, -1], 1),
        ([0, 1, 0, 1, 0], 4),
        ([0, 0.2, 0, 0.2, 0], 0),  # too small to count
        ([3, 2, 1, 0], 1),
    ],
)
def test_teeth_before_a_peak_are_counted(before, turns):
    x = torch.tensor([[*before, 10.0, *[0.0] * 20]]).float()
    assert turns_before_peak(x, points=len(before), least=0.05).tolist() == [turns]


def test_positions_too_near_an_end_are_refused():
    with pytest.raises(ValueError, match="Around position 90 of a signal of 100 points"):
        levels(step(50), 90, near=5, gap=15)
