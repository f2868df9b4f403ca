"""Every way to take the transpose of a convolution, against autograd on the whole plane."""

import pytest
import torch
from torch import nn

from helpers.attribution.sparse_transpose import FEW, Signal, by_library, everywhere, transposed
from helpers.hooks.windows import Window

CONVOLUTIONS = [
    nn.Conv2d(4, 5, 3, padding=1),
    nn.Conv2d(4, 5, (3, 2), padding=(0, 1)),
    nn.Conv2d(2, 40, 3, padding=1),
    nn.Conv2d(2, 40, (3, 4), stride=(2, 3), padding=2, dilation=(2, 1)),
    nn.Conv2d(4, 5, 3, stride=2, padding=1),
    nn.Conv2d(4, 5, 5, stride=4, padding=2, dilation=2),
    nn.Conv2d(4, 5, 2, stride=3),
    nn.Conv2d(4, 6, 3, groups=2, padding=1),
    nn.Conv2d(4, 5, (2, 4), padding="same"),
]


@pytest.mark.parametrize("units", [3, FEW + 1])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 1.0])
@pytest.mark.parametrize("conv", CONVOLUTIONS, ids=str)
def test_it_is_the_gradient_of_the_convolution(conv, share, units):
    random = torch.Generator().manual_seed(0)
    conv = conv.double()
    height, width = 13, 11
    above = conv(torch.zeros(1, conv.in_channels, height, width, dtype=torch.float64)).shape[1:]
    whole = everywhere(
        torch.randn(above.numel(), units, generator=random, dtype=torch.float64), window(above), above[0]
    )
    signal = whole.select(torch.rand(above.numel(), generator=random) < share)
    order = torch.randperm(len(signal.index), generator=random)  # entries stand in any order
    signal = Signal(signal.values, signal.slot[order], signal.index[order], signal.window, signal.channels)
    below = window((conv.in_channels, height, width))
    x = torch.zeros(units, conv.in_channels, height, width, dtype=torch.float64, requires_grad=True)
    y = nn.functional.conv2d(x, conv.weight, None, conv.stride, conv.padding, conv.dilation, conv.groups)
    (expected,) = torch.autograd.grad(y, x, signal.dense())
    back = transposed(signal, conv, conv.weight.detach(), below)
    torch.testing.assert_close(back.dense(), expected, rtol=1e-12, atol=1e-12)
    part = Window(2, 9, 3, 8)  # a smaller window cuts the result, and changes nothing in it
    back = transposed(signal, conv, conv.weight.detach(), part)
    torch.testing.assert_close(back.dense(), expected[:, :, 2:9, 3:8], rtol=1e-12, atol=1e-12)


def window(shape):
    return Window(0, shape[1], 0, shape[2])


def test_a_signal_keeps_the_entries_that_are_not_zero():
    values = torch.arange(12.0).view(6, 2)
    signal = Signal(values, torch.tensor([4, 1]), torch.tensor([0, 5]), Window(3, 5, 1, 4), 1)
    expected = torch.zeros(2, 1, 2, 3)
    expected[:, 0, 0, 0], expected[:, 0, 1, 2] = values[4], values[1]
    assert torch.equal(signal.dense(), expected)
    one = signal.select(torch.tensor([False, True])).dense()
    expected[:, 0, 0, 0] = 0
    assert torch.equal(one, expected)


def test_the_library_serves_few_units_groups_and_dense_strides():
    dense = everywhere(torch.ones(25, FEW + 1), Window(0, 5, 0, 5), 1)
    assert by_library(everywhere(torch.ones(25, FEW), Window(0, 5, 0, 5), 1), nn.Conv2d(4, 1, 3))
    assert by_library(dense, nn.Conv2d(4, 1, 3, stride=2))
    assert not by_library(dense.select(torch.arange(25) < 5), nn.Conv2d(4, 1, 3, stride=2))
    assert not by_library(dense, nn.Conv2d(4, 1, 3))
    assert by_library(dense, nn.Conv2d(4, 4, 3, groups=2))


def test_the_worked_example_of_the_gathered_product():
    """One row of eight columns, a in column 0 and d in column 3, a kernel of three taps: see ``_gather``."""
    conv = nn.Conv2d(1, 1, (1, 3), padding=(0, 1), bias=False)
    w0, w1, w2 = conv.weight.detach().flatten()
    a, d = torch.randn(2, FEW + 1)
    row = Window(0, 1, 0, 8)
    signal = Signal(torch.stack([a, d]), torch.tensor([0, 1]), torch.tensor([0, 3]), row, 1)
    back = transposed(signal, conv, conv.weight.detach(), row)
    zero = torch.zeros(FEW + 1)
    expected = torch.stack([w1 * a, w2 * a, w0 * d, w1 * d, w2 * d, zero, zero, zero])
    torch.testing.assert_close(back.full()[0, :, 0], expected)
