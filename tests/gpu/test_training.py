"""Training on a GPU takes the steps that it takes on the CPU."""

import pytest
import torch

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.signals import JumpTask, sample
from helpers.studies.jump_detection.stages.convnets import JumpConvnets
from helpers.studies.jump_detection.stages.perceptrons import JumpPerceptrons
from helpers.studies.net_fragments.stages.encoders import FragmentEncoders
from helpers.training.embedded import Training, accuracy, train
from helpers.training.evaluation import evaluate
from helpers.training.stacks import fit, fit_to_zero_error

TASK = JumpTask(length=12, first=4, last=9, noise_before=0.5, noise_after=0.5)
SEEDS = [0, 3, 8]
CPU = torch.device("cpu")


def assert_same_weights(networks, expected, device, **tolerance):
    ours, theirs = networks.state_dict(), expected.state_dict()
    assert list(ours) == list(theirs)
    for name, tensor in ours.items():
        assert tensor.device.type == device.type
        torch.testing.assert_close(
            tensor.cpu(), theirs[name], **tolerance, msg=lambda text, name=name: f"{name}: {text}"
        )


def fitted(device):
    signals = [sample(TASK, count, seeds=SEEDS, purpose=p, device=device) for count, p in ((90, "train"), (70, "test"))]
    networks = Perceptrons((12, 10, 6), seeds=SEEDS, device=device)
    settings = {"learning_rate": 0.2, "batch_size": 30, "max_epochs": 6, "patience": 2}
    return networks, fit(networks, *signals, shuffle_seeds=SEEDS, **settings)


def test_fit_ends_with_the_weights_and_losses_of_the_cpu(device):
    (networks, history), (expected, expected_history) = fitted(device), fitted(CPU)
    assert_same_weights(networks, expected, device, rtol=1e-3, atol=1e-4)
    for name, tensor in vars(expected_history).items():
        torch.testing.assert_close(vars(history)[name].cpu(), tensor, rtol=1e-3, atol=1e-4, equal_nan=True)


def memorised(device, max_epochs):
    train = sample(TASK, 60, seeds=SEEDS, purpose="train")
    order = torch.randperm(60, generator=torch.Generator().manual_seed(5))
    shuffled = LabelledStack(train.x.to(device), train.label[:, order].to(device))
    networks = Perceptrons((12, 40, 6), seeds=SEEDS, device=device)
    settings = {"learning_rate": 0.1, "batch_size": 10, "shuffle_seeds": SEEDS}
    return networks, shuffled, fit_to_zero_error(networks, shuffled, max_epochs=max_epochs, **settings)


def test_fit_to_zero_error_takes_the_steps_of_the_cpu(device):
    (networks, _, result), (expected, _, expected_result) = memorised(device, 5), memorised(CPU, 5)
    assert_same_weights(networks, expected, device, rtol=1e-3, atol=1e-4)
    assert result.epochs.tolist() == expected_result.epochs.tolist() == [5, 5, 5]
    assert result.error.tolist() == pytest.approx(expected_result.error.tolist(), abs=1 / 60)


def test_fit_to_zero_error_ends_without_a_wrong_answer(device):
    networks, shuffled, result = memorised(device, 400)
    assert result.error.tolist() == evaluate(networks, shuffled).error.tolist() == [0, 0, 0]
    assert (networks.predict(shuffled.x) == shuffled.label).all()
    assert (result.epochs < 400).all()


@pytest.mark.parametrize(
    "recipe",
    [
        JumpPerceptrons(layers=2, training_signals=40, validation_signals=20, batch_size=20, max_epochs=2),
        JumpConvnets(kernels=(3, 5), training_signals=40, validation_signals=20, batch_size=20, max_epochs=2),
        FragmentEncoders(samples_per_epoch=64, epochs=2),
    ],
    ids=lambda recipe: type(recipe).__name__,
)
def test_a_recipe_trains_the_networks_of_the_cpu(device, recipe):
    (networks, _), (expected, _) = (recipe.train(seeds=SEEDS, device=where) for where in (device, CPU))
    assert_same_weights(networks, expected, device, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("architecture", ["vgg16", "googlenet"])
def test_the_first_steps_of_an_embedded_network_are_those_of_the_cpu(device, architecture):
    training = Training(architecture=architecture, width=0.05, steps=2, batch_size=12)
    (network, history), (expected, expected_history) = (
        train(training, seed=3, device=where) for where in (device, CPU)
    )
    torch.testing.assert_close(history.loss, expected_history.loss, rtol=1e-3, atol=1e-4)
    # AdamW's first steps have the length of the learning rate, whatever the gradient: where that is near zero, its sign
    # is a matter of rounding, so that a few weights may go the other way
    ours, theirs = (torch.cat([p.detach().cpu().flatten() for p in one.parameters()]) for one in (network, expected))
    assert ((ours - theirs).abs() < 1e-4).float().mean() > 0.99
    assert accuracy(network, count=58).shape == accuracy(expected, count=58).shape == (58,)
