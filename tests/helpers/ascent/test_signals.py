import math

import pytest
import torch

from helpers.ascent.signals import ascend, log_probability, normalised_step, probability, sgd_step, uniform_starts
from helpers.models.stacks.perceptron import Perceptrons


def test_every_input_climbs_as_a_plain_loop_would_alone():
    networks = Perceptrons((7, 9, 4), seeds=[0, 1])
    target = torch.tensor([0, 2, 3])
    start = uniform_starts(3, 7, reach=0.05, seeds=[0, 1])
    found = ascend(probability(networks, target), start, step=sgd_step(10), until=0.9, max_steps=60)
    assert found.reached.any() and not found.reached.all()
    for seed in range(2):
        for row in range(3):
            x, steps = start[seed, row].clone(), 0
            while True:
                x.requires_grad_()
                output = networks.select([seed])(x[None, None]).softmax(-1)[0, 0, target[row]]
                if output > 0.9 or steps == 60:
                    break
                (gradient,) = torch.autograd.grad(output, x)
                x, steps = (x + 10 * gradient).detach(), steps + 1
            assert found.steps[seed, row] == steps
            assert torch.allclose(found.x[seed, row], x, atol=1e-4)
            assert found.value[seed, row].item() == pytest.approx(output.item(), abs=1e-5)


def test_a_parabola_is_climbed_by_its_known_course():
    start = torch.tensor([[3.0, 0.0], [0.0, 0.1]])
    found = ascend(lambda x: -x.square().sum(-1), start, step=sgd_step(0.25), until=-0.02, max_steps=100)
    # each step halves the distance to 0: 3 / 2^5 is the first below sqrt(0.02)
    assert found.steps.tolist() == [5, 0]
    assert torch.allclose(found.x, torch.tensor([[3 / 32, 0.0], [0.0, 0.1]]))
    assert torch.equal(start, torch.tensor([[3.0, 0.0], [0.0, 0.1]]))


def test_the_largest_number_of_steps_ends_it():
    found = ascend(lambda x: x.sum(-1), torch.zeros(2, 3), step=sgd_step(1), until=100, max_steps=4)
    assert found.x.tolist() == [[4.0] * 3] * 2
    assert found.value.tolist() == [12.0, 12.0]
    assert not found.reached.any()


def test_steps_of_unit_length_ignore_the_size_of_the_gradient():
    gradient = torch.tensor([[3.0, 4.0], [3e-9, 4e-9]])
    assert torch.allclose(normalised_step(0.5)(gradient), torch.tensor([[0.3, 0.4], [0.3, 0.4]]))
    assert torch.equal(sgd_step(2)(gradient), 2 * gradient)


def test_probabilities_are_those_of_softmax():
    logits = torch.tensor([[[0.0, 1.0, 2.0], [5.0, 0.0, 0.0]]])
    target = torch.tensor([2, 1])
    parts = torch.tensor([[math.e**2 / (1 + math.e + math.e**2), 1 / (2 + math.e**5)]])
    assert torch.allclose(probability(lambda x: x, target)(logits), parts)
    assert torch.allclose(log_probability(lambda x: x, target)(logits), parts.log())


def test_starts_belong_to_their_seed_and_fill_the_range():
    starts = uniform_starts(50, 100, reach=0.05, seeds=[3, 8])
    assert 0.049 < starts.abs().max() <= 0.05
    assert starts.std().item() == pytest.approx(0.05 / 3**0.5, rel=0.03)
    assert torch.equal(starts[1:], uniform_starts(50, 100, reach=0.05, seeds=[8]))


def test_a_value_that_is_not_finite_ends_it_with_the_step():
    with pytest.raises(ValueError, match="a value is inf at step 1"):
        ascend(lambda x: x.sum(-1).exp(), torch.zeros(1, 2), step=sgd_step(1e3), until=1e30, max_steps=9)
    with pytest.raises(ValueError, match="max_steps = 0"):
        ascend(lambda x: x.sum(-1), torch.zeros(1, 2), step=sgd_step(1), until=1, max_steps=0)
