import pytest
import torch
from torch import nn

from helpers.ascent.activation import activation
from helpers.ascent.errors import AscentError
from helpers.ascent.loop import ascend
from helpers.ascent.objectives import decay, probability, sum_of, total_variation
from helpers.ascent.parametrisations import gaussian_starts, uniform_starts
from helpers.ascent.steps import adam, normalised_step, sgd_step
from helpers.ascent.transforms import jitter
from helpers.models.stacks.perceptron import Perceptrons

RULES = {
    "sgd": (lambda rate: sgd_step(rate, fused=True), torch.optim.SGD),
    "sgd, rounded": (sgd_step, torch.optim.SGD),
    "adam": (adam, torch.optim.Adam),
}


def network():
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3), nn.Tanh(), nn.Flatten()]
    return nn.Sequential(*layers).eval()


def images(count):
    return torch.randn(count, 3, 10, 10, generator=torch.Generator().manual_seed(0))


def test_every_signal_climbs_as_a_plain_loop_would_alone():
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


@pytest.mark.parametrize("rule", RULES)
def test_every_image_climbs_as_it_does_alone(rule):
    """In the obvious loop: one start, one step of torch.optim at a time, all of the network."""
    net, starts = network(), gaussian_starts(3, (3, 10, 10), seed=0)
    step, optimiser_of = RULES[rule]
    found = ascend(activation(net, "3", 2, position=(1, 0)), starts, step=step(0.1), max_steps=4)
    for i, start in enumerate(starts):
        x = start.clone().requires_grad_()
        optimiser = optimiser_of([x], lr=0.1)
        for number in range(4):
            value = net[:4](x[None])[0, 2, 1, 0]
            assert found.history[i, number].item() == pytest.approx(value.item(), rel=1e-4)
            optimiser.zero_grad()
            (-value).backward()
            optimiser.step()
        torch.testing.assert_close(found.x[i], x.detach(), rtol=1e-4, atol=1e-5)
        assert found.value[i].item() == pytest.approx(net[:4](x[None])[0, 2, 1, 0].item(), rel=1e-4)
    assert (found.value > found.history[:, 0]).all()
    assert found.history.shape == (3, 4)
    assert found.steps.tolist() == [4, 4, 4]
    assert not found.reached.any()


@pytest.mark.parametrize("rule", RULES)
def test_many_units_climb_in_one_batch_as_in_a_call_for_each(rule):
    net, step = network(), RULES[rule][0]
    starts = gaussian_starts(2, (3, 10, 10), seed=0)
    units = torch.tensor([4, 0, 3])
    settings = dict(step=step(0.1), max_steps=6, transform=jitter(1, seed=0), penalty=decay(0.2))
    together = ascend(
        activation(net, "3", units.repeat_interleave(2), position=(1, 1)), starts.repeat(3, 1, 1, 1), **settings
    )
    for row, unit in enumerate(units.tolist()):
        alone = ascend(activation(net, "3", unit, position=(1, 1)), starts, **settings)
        rows = slice(2 * row, 2 * row + 2)
        for both, one in zip(together, alone, strict=True):
            torch.testing.assert_close(both[rows], one, rtol=1e-4, atol=1e-5)


def test_a_parabola_is_climbed_by_its_known_course():
    start = torch.tensor([[3.0, 0.0], [0.0, 0.1]])
    found = ascend(lambda x: -x.square().sum(-1), start, step=sgd_step(0.25), until=-0.02, max_steps=100)
    # each step halves the distance to 0: 3 / 2^5 is the first below sqrt(0.02)
    assert found.steps.tolist() == [5, 0]
    assert found.reached.all()
    assert torch.allclose(found.x, torch.tensor([[3 / 32, 0.0], [0.0, 0.1]]))
    assert torch.allclose(found.history, torch.tensor([[-9 / 4**k for k in range(6)], [-0.01] * 6]))
    assert torch.equal(start, torch.tensor([[3.0, 0.0], [0.0, 0.1]]))


def test_a_start_above_the_level_takes_no_step():
    found = ascend(lambda x: x.sum(-1), torch.ones(2, 3), step=sgd_step(1), until=2, max_steps=9)
    assert torch.equal(found.x, torch.ones(2, 3))
    assert found.steps.tolist() == [0, 0]
    assert found.reached.all()
    assert found.history.tolist() == [[3.0], [3.0]]


def test_the_largest_number_of_steps_ends_it():
    found = ascend(lambda x: x.sum(-1), torch.zeros(2, 3), step=sgd_step(1), until=100, max_steps=4)
    assert found.x.tolist() == [[4.0] * 3] * 2
    assert found.value.tolist() == [12.0, 12.0]
    assert found.history.tolist() == [[0.0, 3.0, 6.0, 9.0]] * 2
    assert not found.reached.any()


def test_the_penalty_is_taken_off_where_it_climbs_but_not_from_the_values():
    net, start = network(), gaussian_starts(1, (3, 10, 10), seed=1)
    penalty = sum_of(decay(0.7), total_variation(0.3))
    found = ascend(activation(net, "3", 0, position=(0, 0)), start, step=sgd_step(0.1), max_steps=1, penalty=penalty)
    x = start.clone().requires_grad_()
    rough = sum((x[..., 1:, :] - x[..., :-1, :]).abs().flatten()) + sum((x[..., 1:] - x[..., :-1]).abs().flatten())
    value = net[:4](x)[0, 0, 0, 0]
    (value - 0.3 * rough - 0.35 * (x**2).sum()).backward()
    torch.testing.assert_close(found.x, start + 0.1 * x.grad, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(found.history, value.detach().reshape(1, 1))
    torch.testing.assert_close(found.value, net[:4](found.x)[:, 0, 0, 0].detach())


def test_the_objective_sees_the_transformed_input_and_the_penalty_the_input_itself():
    """The transform doubles at step 0 and triples at step 1; the objective is x, the penalty half of x squared."""
    found = ascend(
        lambda x: x.sum(-1),
        torch.tensor([[1.0]]),
        step=sgd_step(0.5),
        max_steps=2,
        transform=lambda x, step: (2 + step) * x,
        penalty=lambda x: x.square().sum(-1) / 2,
    )
    # 1 + (2 - 1) / 2 = 1.5, and 1.5 + (3 - 1.5) / 2 = 2.25
    assert found.history.tolist() == [[2.0, 4.5]]
    assert found.x.tolist() == [[2.25]]
    assert found.value.tolist() == [2.25]


def test_one_rule_serves_many_ascents():
    """What Adam remembers belongs to an ascent, not to the rule."""
    rule = adam(0.1)
    first, again = (ascend(lambda x: -x.square().sum(-1), torch.ones(1, 2), step=rule, max_steps=5).x for _ in range(2))
    assert torch.equal(first, again)


def test_the_starts_and_the_parameters_are_left_as_they_were():
    net, starts = network(), gaussian_starts(2, (3, 10, 10), seed=0)
    before = starts.clone()
    with torch.no_grad():  # an ascent makes its own gradients
        found = ascend(activation(net, "3", 0, position=(0, 0)), starts, step=sgd_step(0.1), max_steps=1)
    assert not torch.equal(found.x, before)
    assert torch.equal(starts, before)
    assert all(parameter.grad is None for parameter in net.parameters())
    assert not any(part.requires_grad for part in found)


def test_a_value_that_is_not_finite_ends_it_with_the_step():
    with pytest.raises(ValueError, match="a value is inf at step 1"):
        ascend(lambda x: x.sum(-1).exp(), torch.zeros(1, 2), step=sgd_step(1e3), until=1e30, max_steps=9)
    with pytest.raises(ValueError, match="a value is inf at step 1"):  # the last value, after the only step
        ascend(lambda x: x.sum(-1).exp(), torch.zeros(1, 2), step=sgd_step(1e3), max_steps=1)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("step", [adam(0.05), normalised_step(0.5), sgd_step(0.5)])
@pytest.mark.parametrize("layer", ["3", "silent"])
def test_images_in_half_precision_stay_finite(dtype, step, layer):
    """Also where nothing climbs: in half precision, what is divided by would be 0."""
    net = network()
    net.add_module("silent", nn.ReLU())
    net[0].bias.data -= 0 if layer == "3" else 100
    start = gaussian_starts(2, (3, 10, 10), seed=0).to(dtype)
    objective = activation(net.to(dtype), "3" if layer == "3" else "1", 1, position=(1, 1))
    found = ascend(objective, start, step=step, max_steps=5, penalty=total_variation(0.1))
    assert found.x.isfinite().all() and found.x.dtype == dtype
    assert not torch.equal(found.x, start)


def test_a_silent_unit_moves_nothing():
    net, start = network(), gaussian_starts(2, (3, 10, 10), seed=0)
    net[0].bias.data -= 100
    for step in (adam(0.05), normalised_step(0.5), sgd_step(0.5)):
        found = ascend(activation(net, "1", 1, position=(1, 1)), start, step=step, max_steps=3)
        assert torch.equal(found.x, start) and not found.value.any()


def test_an_input_that_is_not_finite_ends_it_with_the_step_and_what_to_change():
    """The value does not show it: the penalty alone leaves the finite numbers."""
    net, start = network(), gaussian_starts(1, (3, 10, 10), seed=0)
    objective = activation(net, "3", 0, position=(0, 0))
    with pytest.raises(AscentError, match=r"a number of an input is -?inf at step 2; take a smaller rate$"):
        ascend(objective, start, step=sgd_step(1e20), max_steps=9, penalty=decay(1e10))
    with pytest.raises(
        AscentError, match=r"at step 1; take a smaller rate, or a network and starts in single precision"
    ):
        ascend(lambda x: x.sum(-1), torch.ones(1, 2).half(), step=sgd_step(7e4), max_steps=9)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_climbs_where_gradients_are_switched_off(mode):
    net = network()
    with mode():
        start, units = gaussian_starts(2, (3, 10, 10), seed=0), torch.tensor([2, 3])
        inside = ascend(activation(net, "3", units, position=(1, 0)), start, step=adam(0.1), max_steps=3)
    outside = ascend(activation(net, "3", units, position=(1, 0)), start.clone(), step=adam(0.1), max_steps=3)
    assert all(torch.equal(a, b) for a, b in zip(inside, outside, strict=True))
    assert not any(part.is_inference() for part in inside)


@pytest.mark.parametrize("frozen", [True, False])
def test_parameters_keep_what_they_had(frozen):
    net = network().requires_grad_(not frozen)
    kept = None if frozen else torch.ones_like(net[0].weight)
    net[0].weight.grad = kept
    ascend(activation(net, "3", 0, position=(0, 0)), images(1), step=sgd_step(0.1), max_steps=2)
    assert net[0].weight.grad is kept and (kept is None or kept.eq(1).all())
    assert all(parameter.requires_grad is not frozen for parameter in net.parameters())


@pytest.mark.parametrize(
    ("objective", "start", "sentence"),
    [
        (
            lambda x: x.sum(-1),
            torch.ones(1, 2, dtype=torch.long),
            "the start is of torch.int64; an ascent needs floating",
        ),
        (lambda x: x.sum(-1), torch.ones(0, 2), r"the start, of shape \(0, 2\), is empty"),
        (lambda x: x.sum(-1), torch.tensor([[1, float("nan")]]), "the start holds a number that is not finite"),
        (lambda x: x.detach().sum(-1), torch.ones(1, 2), "the objective has no gradient with respect to the input"),
        (lambda x: torch.ones(1, requires_grad=True) * 2, torch.ones(1, 2), "the objective has no gradient"),
    ],
)
def test_what_cannot_climb_is_refused(objective, start, sentence):
    with pytest.raises(AscentError, match=sentence):
        ascend(objective, start, step=sgd_step(1), max_steps=2)


def test_less_than_one_step_is_refused():
    with pytest.raises(ValueError, match="max_steps = 0 must be at least 1"):
        ascend(lambda x: x.sum(-1), torch.zeros(1, 2), step=sgd_step(1), until=1, max_steps=0)
