import pytest
import torch
from torch import nn

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.signals import JumpTask, sample
from helpers.training.evaluation import evaluate, makes_no_mistake

TASK = JumpTask(length=12, first=4, last=9, noise_before=0.5, noise_after=0.5)


def test_evaluate_equals_whole_set_cross_entropy_across_chunks():
    networks = Perceptrons((12, 10, 6), seeds=[0, 1])
    signals = sample(TASK, 1234, seeds=[0, 1], purpose="test")
    result = evaluate(networks, signals)
    for row in range(2):
        logits = networks(signals.x)[row]
        loss = nn.functional.cross_entropy(logits, signals.label[row])
        assert result.loss[row].item() == pytest.approx(loss.item(), rel=1e-5)
        assert result.error[row].item() == (logits.argmax(1) != signals.label[row]).double().mean().item()


def test_one_mistake_anywhere_is_found():
    networks = Perceptrons((12, 10, 6), seeds=[0, 1, 2])
    x = sample(TASK, 600, seeds=[0, 1, 2], purpose="test").x
    label = networks.predict(x)
    assert makes_no_mistake(networks, LabelledStack(x, label)).tolist() == [True] * 3
    label[1, 555] = (label[1, 555] + 1) % 6
    assert makes_no_mistake(networks, LabelledStack(x, label)).tolist() == [True, False, True]
    assert torch.equal(evaluate(networks, LabelledStack(x, label)).error > 0, torch.tensor([False, True, False]))
