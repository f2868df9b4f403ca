import math

import pytest
import torch

from helpers.ascent.objectives import decay, log_probability, probability, sum_of, total_variation


def images(count, *, size=10):
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(0))


def test_probabilities_are_those_of_softmax():
    logits = torch.tensor([[[0.0, 1.0, 2.0], [5.0, 0.0, 0.0]]])
    target = torch.tensor([2, 1])
    parts = torch.tensor([[math.e**2 / (1 + math.e + math.e**2), 1 / (2 + math.e**5)]])
    assert torch.allclose(probability(lambda x: x, target)(logits), parts)
    assert torch.allclose(log_probability(lambda x: x, target)(logits), parts.log())


def test_penalties_are_those_of_a_loop_over_pixels():
    x = images(2, size=4).double()
    for i, image in enumerate(x):
        variation, squares = 0.0, 0.0
        for channel in image.tolist():
            for row in range(4):
                for column in range(4):
                    squares += channel[row][column] ** 2
                    variation += abs(channel[row][column] - channel[row - 1][column]) if row else 0
                    variation += abs(channel[row][column] - channel[row][column - 1]) if column else 0
        assert total_variation(0.3)(x)[i].item() == pytest.approx(0.3 * variation)
        assert decay(0.7)(x)[i].item() == pytest.approx(0.35 * squares)
        both = sum_of(decay(0.7), total_variation(0.3))(x)
        assert both[i].item() == pytest.approx(0.35 * squares + 0.3 * variation)


def test_penalties_take_any_leading_axes():
    x = images(6)
    for penalty in (total_variation(0.3), decay(0.7)):
        torch.testing.assert_close(penalty(x.unflatten(0, (2, 3))), penalty(x).unflatten(0, (2, 3)))


@pytest.mark.parametrize(("penalty", "name"), [(total_variation, "variation"), (decay, "decay")])
def test_a_negative_weight_is_named(penalty, name):
    with pytest.raises(ValueError, match=rf"{name} = -0\.1 must not be negative"):
        penalty(-0.1)
