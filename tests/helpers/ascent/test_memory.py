import pytest
import torch

from helpers.ascent.errors import AscentError
from helpers.ascent.memory import batch_that_fits, free_bytes, is_out_of_memory, kept_bytes


def test_what_the_way_back_needs_is_counted_once_and_without_weights():
    x = torch.ones(1, 100, requires_grad=True)
    weight = torch.ones(100, 50)
    found = kept_bytes(lambda: (x @ weight).square().exp())  # keeps x @ weight and its exponential
    assert 2 * 4 * 50 <= found <= 2 * 4 * 50 + 4 * 100


def test_a_batch_takes_half_of_what_is_free_at_most():
    assert batch_that_fits(100, free=30_000, at_most=1_000) == 50
    assert batch_that_fits(100, free=30_000, at_most=7) == 7
    assert batch_that_fits(100, free=301, at_most=7) == 1
    with pytest.raises(AscentError, match="smaller images"):
        batch_that_fits(10**9, free=10**9, at_most=7)


def test_memory_is_told_and_its_end_is_known():
    assert free_bytes(torch.device("cpu")) > 1e7
    assert is_out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("sizes do not match"))
