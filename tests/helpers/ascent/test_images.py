import pytest
import torch
from torch import nn

from helpers.ascent.images import maximise, random_starts
from helpers.hooks.recording import UnknownLayer


def network():
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3), nn.Tanh(), nn.Flatten()]
    return nn.Sequential(*layers).eval()


def hook_count(module):
    return sum(len(each._forward_hooks) for each in module.modules())


@pytest.mark.parametrize("rule", ["plain", "adam"])
def test_every_start_climbs_as_it_does_alone(rule):
    """In the obvious loop: one start, one step at a time, all of the network."""
    net, starts = network(), random_starts(3, (3, 10, 10), seed=0)
    found = maximise(net, "3", 2, starts, position=(1, 0), steps=4, rate=0.1, rule=rule)
    for i, start in enumerate(starts):
        x = start.clone().requires_grad_()
        kind = torch.optim.Adam if rule == "adam" else torch.optim.SGD
        optimiser = kind([x], lr=0.1)
        for step in range(4):
            value = net[:4](x[None])[0, 2, 1, 0]
            assert found.history[i, step].item() == pytest.approx(value.item(), rel=1e-4)
            optimiser.zero_grad()
            (-value).backward()
            optimiser.step()
        torch.testing.assert_close(found.image[i], x.detach(), rtol=1e-4, atol=1e-5)
        assert found.activation[i].item() == pytest.approx(net[:4](x[None])[0, 2, 1, 0].item(), rel=1e-4)
    assert (found.activation > found.history[:, 0]).all()


def test_the_penalties_are_taken_off_the_activation():
    net, start = network(), random_starts(1, (3, 10, 10), seed=1)
    found = maximise(net, "3", 0, start, position=(0, 0), steps=1, rate=0.1, rule="plain", variation=0.3, decay=0.7)
    x = start.clone().requires_grad_()
    rough = sum((x[..., 1:, :] - x[..., :-1, :]).abs().flatten()) + sum((x[..., 1:] - x[..., :-1]).abs().flatten())
    (net[:4](x)[0, 0, 0, 0] - 0.3 * rough - 0.35 * (x**2).sum()).backward()
    torch.testing.assert_close(found.image, start + 0.1 * x.grad, rtol=1e-4, atol=1e-6)


def test_jitter_moves_the_image_and_is_the_same_for_a_seed():
    net, starts = network(), random_starts(2, (3, 10, 10), seed=0)
    runs = [maximise(net, "3", 0, starts, position=(1, 1), steps=5, jitter=2, seed=seed) for seed in (0, 0, 1)]
    assert torch.equal(runs[0].image, runs[1].image)
    assert not torch.equal(runs[0].image, runs[2].image)


def test_nothing_behind_the_layer_is_run_and_nothing_is_left_behind():
    net, seen = network(), []
    net[4].register_forward_hook(lambda *_: seen.append(True))
    starts = random_starts(2, (3, 10, 10), seed=0)
    before = starts.clone()
    maximise(net, "3", 0, starts, position=(0, 0), steps=1)
    assert not seen
    assert hook_count(net) == 1
    assert torch.equal(starts, before)
    assert all(parameter.grad is None for parameter in net.parameters())
    with pytest.raises(RuntimeError):
        maximise(net, "3", 0, torch.zeros(1, 2, 10, 10), position=(0, 0), steps=1)
    assert hook_count(net) == 1


def test_the_first_starts_stay_when_more_are_asked_for():
    assert torch.equal(random_starts(2, (3, 4, 4), seed=0), random_starts(5, (3, 4, 4), seed=0)[:2])
    assert not torch.equal(random_starts(1, (3, 4, 4), seed=0), random_starts(1, (3, 4, 4), seed=1))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"steps": 0}, "steps = 0 must be at least 1"),
        ({"rate": 0.0}, r"rate = 0\.0 must be positive"),
        ({"rule": "newton"}, "rule = 'newton' is none of adam, plain"),
        ({"jitter": -1}, "jitter = -1 must not be negative"),
        ({"at": (2, 0)}, r"unit 0 at \(2, 0\) is none of the layer 3, whose shape is \(5, 2, 2\)"),
        ({"at": None}, "unit 0 at None is none of the layer 3"),
        ({"unit": 5}, "unit 5 at"),
    ],
)
def test_what_is_out_of_range_is_named(options, sentence):
    settings = {"unit": 0, "at": (0, 0), "steps": 1} | options
    with pytest.raises(ValueError, match=sentence):
        maximise(network(), "3", settings.pop("unit"), random_starts(1, (3, 10, 10), seed=0), **settings)


def test_an_unknown_layer_is_named():
    with pytest.raises(UnknownLayer, match="no layer 'conv'"):
        maximise(network(), "conv", 0, random_starts(1, (3, 10, 10), seed=0), position=(0, 0), steps=1)
