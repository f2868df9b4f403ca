import pytest
import torch
from torch import nn

from helpers.studies.probing.equations_of_layers import is_sub_permutation, matrix_difference


def test_a_convolution_is_its_matrix_and_a_network_with_a_bend_is_not():
    convolution = nn.Conv2d(2, 3, 3, padding=1)
    assert matrix_difference(convolution, side=4, seed=0) < 1e-6
    convolution.register_forward_hook(lambda _module, _given, output: output.abs())
    assert matrix_difference(convolution, side=4, seed=0) > 0.1


@pytest.mark.parametrize(("stride", "expected"), [(2, True), (1, False)])
def test_windows_that_overlap_take_an_input_twice(stride, expected):
    plane = torch.zeros(6, 6)
    plane[2, 2] = 1  # the largest of four windows where they overlap
    assert is_sub_permutation(nn.MaxPool2d(2, stride=stride), plane + torch.rand(6, 6) / 10) is expected
