"""Against torch's own layers, one network at a time."""

import pytest
import torch
from torch import nn

from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.regularised import RegularisedPerceptrons

SIZES, SEEDS = (6, 9, 7, 4), [3, 5]
X = torch.randn(2, 20, 6, generator=torch.Generator().manual_seed(0))
LABEL = torch.randint(4, (2, 20), generator=torch.Generator().manual_seed(1))


def torch_network(start, row):
    """The same network of torch's layers, with batch normalisation."""
    layers = []
    for k, layer in enumerate(start.layers):
        linear = nn.Linear(*layer.weight.shape[1:])
        with torch.no_grad():
            linear.weight.copy_(layer.weight[row].T)
            linear.bias.copy_(layer.bias[row])
        layers += [linear] if k == 2 else [linear, nn.BatchNorm1d(layer.weight.shape[2]), nn.ReLU()]
    return nn.Sequential(*layers)


def test_batch_norm_equals_torchs_over_several_steps():
    ours = RegularisedPerceptrons(SIZES, seeds=SEEDS, batch_norm=True)
    theirs = [torch_network(ours, row) for row in range(2)]
    optimisers = [torch.optim.SGD(network.parameters(), lr=0.3) for network in theirs]
    step = ours.sgd_step_for(20)
    for _ in range(5):
        answers = step(X, LABEL, 0.3)
        for row, (network, optimiser) in enumerate(zip(theirs, optimisers, strict=True)):
            optimiser.zero_grad()
            logits = network(X[row])
            loss = nn.functional.cross_entropy(logits, LABEL[row])
            loss.backward()
            optimiser.step()
            assert float(answers.loss[row].mean()) == pytest.approx(loss.item(), rel=1e-4)
            assert int(answers.wrong[row].sum()) == int((logits.argmax(1) != LABEL[row]).sum())
    for row, network in enumerate(theirs):
        network.eval()
        assert torch.allclose(ours(X)[row], network(X[row]), atol=1e-4)
        hidden = network[:6](X[row])
        assert torch.allclose(ours.activations(X)[1][row], hidden, atol=1e-4)


def test_with_neither_it_is_a_plain_perceptron():
    ours, plain = RegularisedPerceptrons(SIZES, seeds=SEEDS), Perceptrons(SIZES, seeds=SEEDS)
    steps = [networks.sgd_step_for(20) for networks in (ours, plain)]
    for _ in range(3):
        for step in steps:
            step(X, LABEL, 0.2)
    assert torch.allclose(ours(X), plain(X), atol=1e-5)


def test_dropped_activations_are_silent_and_the_others_make_up_for_them():
    networks = RegularisedPerceptrons((6, 5_000, 4), seeds=SEEDS, dropout=0.3)
    kept = networks.dropout_factors(torch.zeros(2, 20, 5_000))
    assert kept.unique().tolist() == pytest.approx([0, 1 / 0.7])
    assert float((kept == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    assert not torch.equal(kept[0], kept[1])
    whole = networks(X)
    assert torch.equal(whole, networks(X)), "an answer drops nothing"


def test_a_seed_trains_the_same_alone_and_beside_others():
    together = RegularisedPerceptrons(SIZES, seeds=SEEDS, dropout=0.5, batch_norm=True)
    alone = RegularisedPerceptrons(SIZES, seeds=[5], dropout=0.5, batch_norm=True)
    step, step_alone = together.sgd_step_for(20), alone.sgd_step_for(20)
    for _ in range(4):
        step(X, LABEL, 0.2)
        step_alone(X[[1]], LABEL[[1]], 0.2)
    assert torch.allclose(together(X)[1], alone(X[[1]])[0], atol=1e-5)


def test_a_selected_slice_shares_its_memory():
    networks = RegularisedPerceptrons(SIZES, seeds=SEEDS, dropout=0.5, batch_norm=True)
    part = networks.select(slice(1, 2))
    before = networks.norms[0].running_mean[1].clone()
    part.sgd_step_for(20)(X[[1]], LABEL[[1]], 0.2)
    assert torch.equal(networks.norms[0].running_mean[1], part.norms[0].running_mean[0])
    assert not torch.equal(networks.norms[0].running_mean[1], before)
    assert torch.equal(networks.layers[0].weight[1], part.layers[0].weight[0])


@pytest.mark.parametrize("dropout", [1.0, -0.1])
def test_dropout_is_a_share(dropout):
    with pytest.raises(ValueError, match=r"0 <= dropout < 1 is needed"):
        RegularisedPerceptrons(SIZES, seeds=SEEDS, dropout=dropout)
