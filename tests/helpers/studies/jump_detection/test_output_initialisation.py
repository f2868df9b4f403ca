import numpy as np
import pytest
import torch

from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.output_initialisation import (
    epochs_until,
    output_initialisations,
    up_to,
    with_outputs,
)
from helpers.studies.jump_detection.signals import JumpTask

TASK = JumpTask(length=12, first=4, last=9)


def made(seeds=(0, 1)):
    networks = Perceptrons((12, 4, 6), seeds=seeds)
    steps = 3.0 * (torch.arange(1, 13) >= TASK.positions[:, None]).float()
    return (
        networks,
        steps,
        output_initialisations(networks, steps, noise_std=0.5, random=torch.Generator().manual_seed(1)),
    )


def test_beginnings_are_what_their_names_say():
    networks, steps, layers = made()
    for index in range(2):
        hidden = networks.activations(steps.expand(2, -1, -1))[0][index].numpy()
        extended = np.hstack([hidden, np.ones((6, 1))])
        expected = np.linalg.lstsq(extended, np.eye(6), rcond=None)[0]
        assert np.allclose(layers["pseudo-inverse"].weight[index].numpy(), expected[:-1], atol=1e-4)
        assert np.allclose(layers["pseudo-inverse"].bias[index].numpy(), expected[-1], atol=1e-4)
        first = networks.layers[0].weight[index].numpy()
        scaled = np.linalg.inv(0.25 * first.T @ first) @ hidden.T
        assert np.allclose(layers["nearest point"].weight[index].numpy(), scaled, rtol=1e-3)
    norms = {name: layer.weight.norm(dim=(1, 2)) for name, layer in layers.items()}
    assert torch.allclose(norms["same-norm"], norms["pseudo-inverse"])
    usual = networks.layers[1].weight.norm(dim=(1, 2))
    assert torch.allclose(norms["pseudo-inverse, usual norm"], usual)
    ratio = layers["pseudo-inverse, usual norm"].bias / layers["pseudo-inverse"].bias
    assert torch.allclose(ratio, (usual / norms["pseudo-inverse"])[:, None].expand(2, 6), rtol=1e-4)


def test_a_hidden_layer_that_nothing_activates_leaves_no_infinite_weights():
    networks, _, layers = made(seeds=(3,))
    silent = networks.activations(made()[1].expand(1, -1, -1))[0]
    assert silent.count_nonzero(dim=(0, 1)).min() == 0
    assert all(part.isfinite().all() for layer in layers.values() for part in layer)


def test_with_outputs_stacks_copies_that_differ_in_their_output_layer_alone():
    networks, steps, layers = made()
    stack = with_outputs(networks, layers)
    assert stack.seeds == (0, 1) * 4
    x = steps.expand(8, -1, -1)
    hidden = stack.activations(x)[0].unflatten(0, (4, 2))
    for place, layer in enumerate(layers.values()):
        assert torch.equal(hidden[place], hidden[0])
        assert torch.allclose(stack(x).unflatten(0, (4, 2))[place], layer(hidden[0]), rtol=1e-4, atol=1e-4)
    stack.layers[0].weight.zero_()
    assert networks.layers[0].weight.abs().sum() > 0


def test_epochs_until_equals_a_loop():
    loss = torch.tensor([[3.0, 2.0, 1.0, 2.0], [3.0, 2.5, 2.4, 2.3], [1.0, 4.0, 1.0, 1.0]])
    target = torch.tensor([2.0, 2.0, 2.0])
    expected = [next((k for k, v in enumerate(row, 1) if v <= 2), 4) for row in loss.tolist()]
    assert epochs_until(loss, target).tolist() == pytest.approx(expected)


def test_curves_end_where_they_reach_the_target():
    nan = torch.nan
    curves = {"long": torch.tensor([[3.0, 2.0, 1.0], [4.0, 3.0, 2.5]]), "short": torch.tensor([[2.0, 1.0], [4.0, 1.0]])}
    cut = up_to(curves, torch.tensor([2.0, 2.0]))
    assert torch.equal(cut["long"].nan_to_num(-1), torch.tensor([[3.0, 2.0, nan], [4.0, 3.0, 2.5]]).nan_to_num(-1))
    assert torch.equal(cut["short"].nan_to_num(-1), torch.tensor([[2.0, nan, nan], [4.0, 1.0, nan]]).nan_to_num(-1))
    assert [epochs_until(curve, torch.tensor([2.0, 2.0])).tolist() for curve in cut.values()] == [[2, 3], [1, 2]]
