import pytest
import torch

from helpers.ascent.transforms import jitter


def test_jitter_moves_all_images_by_one_shift_round_the_borders():
    x = torch.arange(2 * 3 * 5 * 7.0).reshape(2, 3, 5, 7)
    shifts = set()
    for step in range(40):
        moved = jitter(1, seed=0)(x, step)
        found = [
            (down, right)
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
            if all(
                moved[..., (row + down) % 5, (column + right) % 7].equal(x[..., row, column])
                for row in range(5)
                for column in range(7)
            )
        ]
        assert len(found) == 1
        shifts |= set(found)
    assert len(shifts) == 9


def test_jitter_depends_on_seed_and_step_alone():
    x = torch.randn(1, 3, 30, 30)
    one, other = jitter(4, seed=0), jitter(4, seed=0)
    forwards = [one(x, step) for step in range(6)]
    backwards = [other(x, step) for step in reversed(range(6))][::-1]
    assert all(torch.equal(a, b) for a, b in zip(forwards, backwards, strict=True))
    assert torch.equal(one(x, 3), forwards[3])
    assert not all(torch.equal(jitter(4, seed=1)(x, step), forwards[step]) for step in range(6))


def test_no_jitter_moves_nothing_and_a_negative_one_is_refused():
    x = torch.randn(1, 3, 4, 4)
    assert torch.equal(jitter(0, seed=0)(x, 5), x)
    with pytest.raises(ValueError, match="jitter = -1 must not be negative"):
        jitter(-1, seed=0)
