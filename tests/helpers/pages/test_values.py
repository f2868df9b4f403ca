"""Measured values keep their numbers, whatever they come in; what are no real numbers is refused."""

import numpy as np
import pytest
import torch

from helpers.pages.values import ValuesError, numbers

NAN = float("nan")
KINDS = {
    "a number": (1.5, [1.5]),
    "a truth value": (True, [1.0]),
    "a list": ([1, 2.5], [1.0, 2.5]),
    "an array": (np.array([1, 2], dtype=np.int8), [1.0, 2.0]),
    "single precision": (torch.tensor([0.1]), [float(np.float32(0.1))]),
    "a tensor in a graph": (torch.ones(2, requires_grad=True) * 3, [3.0, 3.0]),
    "bfloat16": (torch.tensor([1.5, 2], dtype=torch.bfloat16), [1.5, 2.0]),
    "half": (torch.tensor([1.5, 2], dtype=torch.half), [1.5, 2.0]),
    "truth values": (torch.tensor([True, False]), [1.0, 0.0]),
    "a list of tensors": ([torch.tensor(1.0, requires_grad=True), torch.tensor(2.0)], [1.0, 2.0]),
    "no dimension": (torch.tensor(4), [4.0]),
    "masked": (np.ma.masked_array([1.0, 2.0, 3.0], [False, True, False]), [1.0, NAN, 3.0]),
    "masked integers": (np.ma.masked_array([1, 2], [True, False]), [NAN, 2.0]),
    "a large integer": (np.array([2**53 + 1]), [float(2**53)]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_values(kind):
    values, expected = KINDS[kind]
    np.testing.assert_array_equal(numbers(values), expected)


NO_NUMBERS = [1j, [1, 2j], torch.ones(2, dtype=torch.complex64), np.array([1j]), "a", ["a"], None, {}, [[1], [1, 2]]]


@pytest.mark.parametrize("values", NO_NUMBERS, ids=repr)
def test_what_are_no_real_numbers(values):
    if values is None:
        values = [None, "x"]
    with pytest.raises(ValuesError, match="real numbers are needed; got "):
        numbers(values)
