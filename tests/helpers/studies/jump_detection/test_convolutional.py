import numpy as np
import pytest
import torch
from torch import nn

from helpers.studies.jump_detection.convolutional import Convnets

KERNELS = [(7,), (5, 9), (3, 7, 5), (1,)]
LENGTH, CLASSES = 20, 6


def as_sequential(networks: Convnets, index: int) -> nn.Sequential:
    """The network of one seed as a user would write it, with the same weights."""
    modules: list[nn.Module] = []
    for convolution in networks.convolutions:
        single = nn.Conv1d(1, 1, convolution.weight.shape[1], padding="same")
        with torch.no_grad():
            single.weight.copy_(convolution.weight[index][None, None])
            single.bias.copy_(convolution.bias[index][None])
        modules += [single, nn.ReLU() if networks.rectified else nn.Identity()]
    dense = nn.Linear(LENGTH, CLASSES)
    with torch.no_grad():
        dense.weight.copy_(networks.dense.weight[index].T)
        dense.bias.copy_(networks.dense.bias[index])
    return nn.Sequential(*modules, nn.Flatten(), dense)


def stack(kernels, seeds, **settings) -> Convnets:
    networks = Convnets(kernels, length=LENGTH, classes=CLASSES, seeds=seeds, **settings)
    random = torch.Generator().manual_seed(8)
    for convolution in networks.convolutions:
        convolution.bias.uniform_(0.1, 0.5, generator=random)  # at zero, a wrong use of it would not show
    return networks


def batches(count: int, *, seeds: int, signals: int):
    random = torch.Generator().manual_seed(3)
    for _ in range(count):
        yield (
            torch.randn(seeds, signals, LENGTH, generator=random),
            torch.randint(CLASSES, (seeds, signals), generator=random),
        )


@pytest.mark.parametrize("rectified", [True, False])
@pytest.mark.parametrize("kernels", KERNELS)
def test_sgd_steps_equal_conv1d_with_autograd_and_torch_sgd(kernels, rectified):
    networks = stack(kernels, [0, 1, 2], rectified=rectified)
    loops = [as_sequential(networks, index) for index in range(3)]
    optimisers = [torch.optim.SGD(loop.parameters(), lr=0.1) for loop in loops]
    for signals in (20, 13, 20):  # a shorter last batch needs other buffers
        step = networks.sgd_step_for(signals)
        for x, label in batches(8, seeds=3, signals=signals):
            logits_of_all = networks(x)
            answers = step(x, label, 0.1)
            for index, (loop, optimiser) in enumerate(zip(loops, optimisers, strict=True)):
                optimiser.zero_grad()
                logits = loop(x[index].unsqueeze(1))
                assert torch.allclose(logits_of_all[index], logits, atol=2e-5)
                expected = nn.functional.cross_entropy(logits, label[index])
                expected.backward()
                optimiser.step()
                assert answers.loss[index].mean().item() == pytest.approx(expected.item(), rel=1e-4)
                assert answers.wrong[index].sum().item() == (logits.argmax(1) != label[index]).sum().item()
    for index, loop in enumerate(loops):
        reached, expected = as_sequential(networks, index).state_dict(), loop.state_dict()
        assert all(torch.allclose(reached[name], expected[name], atol=3e-5) for name in expected)


def test_a_step_for_another_size_of_batch_is_refused():
    step = stack((5,), [0]).sgd_step_for(4)
    x, label = next(batches(1, seeds=1, signals=3))
    with pytest.raises(ValueError, match="the batch has 3 signals per seed; this training step was made for 4"):
        step(x, label, 0.1)


@pytest.mark.parametrize("kernels", KERNELS)
def test_hidden_signals_equal_numpy_correlation(kernels):
    networks = stack(kernels, [4, 7], rectified=True)
    x, _ = next(batches(1, seeds=2, signals=3))
    for s in range(2):
        signal = x[s].numpy()
        for convolution, recorded in zip(networks.convolutions, networks.hidden(x), strict=True):
            taps, bias = convolution.weight[s].numpy(), convolution.bias[s].item()
            signal = np.maximum([np.correlate(row, taps, "same") + bias for row in signal], 0)
            assert recorded[s].numpy() == pytest.approx(signal, abs=1e-5)


def test_activations_end_in_probabilities_and_predict_names_the_largest():
    networks = stack((5, 3), [0, 1])
    x, _ = next(batches(1, seeds=2, signals=9))
    *hidden, output = networks.activations(x)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(hidden, networks.hidden(x), strict=True))
    assert torch.allclose(output, networks(x).exp() / networks(x).exp().sum(-1, keepdim=True), atol=1e-6)
    assert torch.equal(networks.predict(x), output.argmax(-1))


def test_select_copies_a_list_and_shares_a_slice():
    networks = stack((5, 3), [3, 0, 9])
    x, label = next(batches(1, seeds=3, signals=4))
    before = networks(x)
    copied = networks.select([2, 0])
    assert copied.seeds == (9, 3)
    copied.sgd_step_for(4)(x[[2, 0]], label[[2, 0]], 0.1)
    assert torch.equal(networks(x), before)
    shared = networks.select(slice(1, 3))
    assert shared.seeds == (0, 9)
    shared.sgd_step_for(4)(x[1:], label[1:], 0.1)
    assert torch.allclose(networks(x)[1:], shared(x[1:]), atol=1e-6)
    assert not torch.allclose(networks(x)[1:], before[1:])
    assert torch.equal(networks(x)[0], before[0])


def test_with_filter_changes_one_convolution_of_a_copy():
    networks = stack((5, 3), [3, 0], rectified=True)
    x, _ = next(batches(1, seeds=2, signals=4))
    before = networks(x)
    shifted = torch.tensor([[0.0, 0, 2], [1, 0, 0]])
    first, second = networks.with_filter(1, weight=shifted, bias=torch.tensor([-1.0, 0])).hidden(x)
    assert torch.equal(first, networks.hidden(x)[0])
    assert torch.allclose(second[0, :, :-1], (2 * first[0, :, 1:] - 1).clamp(min=0))
    assert torch.allclose(second[1, :, 1:], first[1, :, :-1])
    assert torch.equal(networks(x), before)
    same = networks.with_filter(1, weight=networks.convolutions[1].weight)
    assert torch.equal(same(x), before)


def test_oriented_networks_compute_the_same_with_filters_of_positive_sum():
    networks = stack((5, 3, 7), range(8))
    x, _ = next(batches(1, seeds=8, signals=6))
    turned = networks.oriented()
    assert torch.allclose(turned(x), networks(x), atol=1e-5)
    assert all((convolution.weight.sum(1) > 0).all() for convolution in turned.convolutions)
    assert any((convolution.weight.sum(1) < 0).any() for convolution in networks.convolutions)
    with pytest.raises(ValueError, match="networks with ReLU cannot be oriented"):
        stack((5,), [0], rectified=True).oriented()


def test_initial_filters_are_glorot_uniform_and_independent_of_the_seeds_beside():
    weight = Convnets((7,), seeds=range(300)).convolutions[0].weight
    limit = (3 / 7) ** 0.5
    assert 0.99 * limit < weight.abs().max().item() <= limit
    assert weight.var().item() == pytest.approx(limit**2 / 3, rel=0.1)
    alone = Convnets((7,), seeds=[5]).state_dict()
    assert all(
        torch.equal(tensor[5], alone[name][0]) for name, tensor in Convnets((7,), seeds=range(8)).state_dict().items()
    )


def test_state_has_the_seed_axis_first():
    assert {name: tuple(tensor.shape) for name, tensor in Convnets((5, 9), seeds=[0, 1]).state_dict().items()} == {
        "convolutions.0.weight": (2, 5),
        "convolutions.0.bias": (2,),
        "convolutions.1.weight": (2, 9),
        "convolutions.1.bias": (2,),
        "dense.weight": (2, 100, 60),
        "dense.bias": (2, 60),
    }


@pytest.mark.parametrize(
    ("kernels", "sentence"),
    [
        ((5, 4), "a kernel length of 4 is even: same padding needs"),
        ((101,), "a kernel length of 101 does not fit a signal of 100 points"),
        ((-3,), "a kernel length of -3 does not fit"),
        ((), "at least one convolution is needed"),
    ],
)
def test_impossible_kernels_are_refused_with_one_sentence(kernels, sentence):
    with pytest.raises(ValueError, match=sentence):
        Convnets(kernels, seeds=[0])


def test_no_seed_is_refused():
    with pytest.raises(ValueError, match="at least one network"):
        Convnets((7,), seeds=[])
