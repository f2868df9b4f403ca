import re

import pytest
import torch

from helpers.models.stacks.perceptron import Perceptrons
from helpers.studies.jump_detection.widths import pack_widths, unpack_widths

RANDOM = torch.Generator().manual_seed(0)


def stacks():
    return [Perceptrons((7, 5, width, 5, 4), seeds=seeds) for width, seeds in ((2, [3, 8]), (6, [3]), (1, [0, 1]))]


def test_a_padded_network_answers_as_the_narrow_one():
    parts = stacks()
    whole = pack_widths(parts)
    assert whole.sizes == (7, 5, 6, 5, 4)
    assert whole.seeds == (3, 8, 3, 0, 1)
    x = torch.randn(5, 20, 7, generator=RANDOM)
    expected = torch.cat([part(rows) for part, rows in zip(parts, x.split([2, 1, 2]), strict=True)])
    assert torch.allclose(whole(x), expected, atol=1e-6)


def test_training_leaves_the_padding_at_zero_and_gives_the_narrow_networks():
    parts, alone = stacks(), stacks()
    whole = pack_widths(parts)
    step, steps_alone = whole.sgd_step_for(20), [part.sgd_step_for(20) for part in alone]
    for _ in range(30):
        x = torch.randn(5, 20, 7, generator=RANDOM)
        label = torch.randint(4, (5, 20), generator=RANDOM)
        step(x, label, 0.1)
        for step_alone, rows, labels in zip(steps_alone, x.split([2, 1, 2]), label.split([2, 1, 2]), strict=True):
            step_alone(rows, labels, 0.1)
    assert whole.layers[1].weight[:2, :, 2:].abs().max() == 0
    assert whole.layers[2].weight[3:, 1:].abs().max() == 0
    unpack_widths(whole, parts)
    for part, expected in zip(parts, alone, strict=True):
        for name, tensor in part.state_dict().items():
            assert torch.allclose(tensor, expected.state_dict()[name], atol=1e-5)


def test_networks_of_another_depth_or_other_classes_are_refused():
    message = "the stacks have 2 kinds of depth, inputs and classes; all must be of one kind"
    for other in ((7, 4), (7, 5, 3), (8, 5, 4)):
        with pytest.raises(ValueError, match=re.escape(message)):
            pack_widths([Perceptrons((7, 5, 4), seeds=[0]), Perceptrons(other, seeds=[0])])
