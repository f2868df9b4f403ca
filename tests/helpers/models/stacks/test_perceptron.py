import math

import numpy as np
import pytest
import torch
from torch import nn

from helpers.models.stacks.perceptron import Perceptrons

SHAPES = [(7, 5), (7, 6, 5), (7, 6, 8, 4, 5)]


def as_sequential(networks: Perceptrons, index: int) -> nn.Sequential:
    """The network of one seed as a user would write it, with the same weights."""
    modules: list[nn.Module] = []
    for layer in networks.layers:
        linear = nn.Linear(*layer.weight.shape[1:])
        with torch.no_grad():
            linear.weight.copy_(layer.weight[index].T)
            linear.bias.copy_(layer.bias[index])
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def batches(count: int, *, seeds: int, signals: int, inputs: int = 7, classes: int = 5):
    random = torch.Generator().manual_seed(3)
    for _ in range(count):
        yield (
            torch.randn(seeds, signals, inputs, generator=random),
            torch.randint(classes, (seeds, signals), generator=random),
        )


@pytest.mark.parametrize("sizes", SHAPES)
def test_forward_equals_one_sequential_per_seed(sizes):
    networks = Perceptrons(sizes, seeds=[0, 5])
    x, _ = next(batches(1, seeds=2, signals=11))
    for index in range(2):
        assert torch.allclose(networks(x)[index], as_sequential(networks, index)(x[index]), atol=1e-6)


@pytest.mark.parametrize("sizes", SHAPES)
def test_sgd_steps_equal_autograd_and_torch_sgd_for_every_seed(sizes):
    networks = Perceptrons(sizes, seeds=[0, 1, 2])
    loops = [as_sequential(networks, index) for index in range(3)]
    optimisers = [torch.optim.SGD(loop.parameters(), lr=0.3) for loop in loops]
    for signals in (20, 20, 13):  # a shorter last batch needs other buffers
        step = networks.sgd_step_for(signals)
        for x, label in batches(10, seeds=3, signals=signals):
            answers = step(x, label, 0.3)
            for index, (loop, optimiser) in enumerate(zip(loops, optimisers, strict=True)):
                optimiser.zero_grad()
                logits = loop(x[index])
                expected = nn.functional.cross_entropy(logits, label[index])
                expected.backward()
                optimiser.step()
                assert answers.loss[index].mean().item() == pytest.approx(expected.item(), rel=1e-4)
                assert answers.wrong[index].sum().item() == (logits.argmax(1) != label[index]).sum().item()
    for index, loop in enumerate(loops):
        linears = [module for module in loop if isinstance(module, nn.Linear)]
        for layer, linear in zip(networks.layers, linears, strict=True):
            assert torch.allclose(layer.weight[index], linear.weight.T, atol=2e-5)
            assert torch.allclose(layer.bias[index], linear.bias, atol=2e-5)


def test_a_new_step_trains_parameters_that_were_replaced_since_the_last_one():
    """A step keeps views of the parameters; a step made earlier would train what no longer belongs to the network."""
    networks, fresh = (Perceptrons((7, 6, 5), seeds=[0, 1]) for _ in range(2))
    steps = list(batches(2, seeds=2, signals=11))
    networks.sgd_step_for(11)(*steps[0], 0.5)
    networks.double().float()  # moves the numbers of every parameter to another place
    networks.layers[0].weight = nn.Parameter(networks.layers[0].weight.clone(), requires_grad=False)
    networks.load_state_dict({name: value.clone() for name, value in networks.state_dict().items()}, assign=True)
    networks.sgd_step_for(11)(*steps[1], 0.5)
    train = fresh.sgd_step_for(11)
    for step in steps:
        train(*step, 0.5)
    assert all(torch.equal(one, other) for one, other in zip(networks.parameters(), fresh.parameters(), strict=True))


def test_a_step_for_another_size_of_batch_is_refused():
    step = Perceptrons((7, 5), seeds=[0]).sgd_step_for(4)
    x, label = next(batches(1, seeds=1, signals=3))
    with pytest.raises(ValueError, match="the batch has 3 signals per seed; this training step was made for 4"):
        step(x, label, 0.1)


def test_the_loss_stays_finite_where_a_probability_underflows():
    networks = Perceptrons((2, 3), seeds=[0])
    networks.layers[0].weight.copy_(torch.tensor([[[1000.0, 0.0, -1000.0], [0.0, 0.0, 0.0]]]))
    answers = networks.sgd_step_for(1)(torch.tensor([[[1.0, 0.0]]]), torch.tensor([[2]]), 0.01)
    assert answers.loss.item() == pytest.approx(2000)
    assert answers.wrong.item()


def test_initial_weights_are_glorot_uniform():
    weight = Perceptrons((300, 200), seeds=[4]).layers[0].weight
    limit = math.sqrt(6 / 500)
    assert weight.abs().max().item() <= limit
    assert weight.abs().max().item() > 0.99 * limit
    assert weight.mean().item() == pytest.approx(0, abs=limit / 100)
    assert weight.var().item() == pytest.approx(limit**2 / 3, rel=0.02)
    assert Perceptrons((300, 200), seeds=[4]).layers[0].bias.count_nonzero() == 0


def test_a_seed_is_independent_of_the_seeds_beside_it():
    together = Perceptrons((7, 6, 5), seeds=[3, 0, 9]).state_dict()
    for row, seed in enumerate([3, 0, 9]):
        alone = Perceptrons((7, 6, 5), seeds=[seed]).state_dict()
        assert all(torch.equal(together[name][row], alone[name][0]) for name in alone)


def test_select_by_slice_shares_memory():
    networks = Perceptrons((7, 6, 5), seeds=[3, 0, 9])
    last_two = networks.select(slice(1, None))
    assert last_two.seeds == (0, 9)
    x, label = next(batches(1, seeds=3, signals=4))
    before = networks(x)
    last_two.sgd_step_for(4)(x[1:], label[1:], 0.1)
    after = networks(x)
    assert torch.equal(after[0], before[0])
    assert torch.allclose(after[1:], last_two(x[1:]), atol=1e-6)
    assert not torch.equal(after[1:], before[1:])


def test_select_by_list_copies_the_chosen_networks():
    networks = Perceptrons((7, 6, 5), seeds=[3, 0, 9])
    step = networks.sgd_step_for(4)
    for x, label in batches(5, seeds=3, signals=4):
        step(x, label, 0.1)
    chosen = networks.select([2, 0])
    assert chosen.seeds == (9, 3)
    x, label = next(batches(1, seeds=3, signals=4))
    assert torch.allclose(chosen(x[[2, 0]]), networks(x)[[2, 0]], atol=1e-6)
    before = networks(x)
    chosen.sgd_step_for(4)(x[[2, 0]], label[[2, 0]], 0.1)
    assert torch.equal(networks(x), before)


def test_activations_end_in_probabilities():
    networks = Perceptrons((7, 6, 4, 5), seeds=[0, 1])
    x, _ = next(batches(1, seeds=2, signals=9))
    first, second, output = networks.activations(x)
    for s in range(2):
        h = x[s].numpy()
        for layer, recorded in zip(networks.layers[:2], (first, second), strict=True):
            h = np.maximum(h @ layer.weight[s].numpy() + layer.bias[s].numpy(), 0)
            assert recorded[s].numpy() == pytest.approx(h, abs=1e-6)
        z = np.exp(h @ networks.layers[2].weight[s].numpy())
        assert output[s].numpy() == pytest.approx(z / z.sum(axis=1, keepdims=True), abs=1e-6)
    assert torch.equal(networks.predict(x), output.argmax(-1))


def test_state_has_the_seed_axis_first():
    state = Perceptrons((7, 6, 5), seeds=[0, 1]).state_dict()
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == {
        "layers.0.weight": (2, 7, 6),
        "layers.0.bias": (2, 6),
        "layers.1.weight": (2, 6, 5),
        "layers.1.bias": (2, 5),
    }


@pytest.mark.parametrize("sizes", [(), (100,), (100, 0, 60)])
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match="sizes"):
        Perceptrons(sizes, seeds=[0])


def test_no_seed_is_refused():
    with pytest.raises(ValueError, match="at least one network"):
        Perceptrons((7, 5), seeds=[])
