"""Where a result comes from: digests that tell tensors apart, and the memory that a process has held."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.pages import provenance

STATUS = Path("/proc/self/status")  # what Linux says of this process


def test_a_digest_is_the_hash_of_shapes_types_and_values():
    tensors = [torch.tensor([[1.0, 2.0]]), torch.tensor([3, 4, 5])]
    expected = hashlib.sha256()
    for head, values in ((b"(1, 2)torch.float32", np.float32([1, 2])), (b"(3,)torch.int64", np.int64([3, 4, 5]))):
        expected.update(head + values.tobytes())
    assert provenance.digest(tensors) == expected.hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        [torch.tensor([1.0, 2.0, 3.0, 5.0])],
        [torch.tensor([[1.0, 2.0], [3.0, 4.0]])],
        [torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)],
        [torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])],
    ],
)
def test_another_value_shape_type_or_division_is_another_digest(other):
    assert provenance.digest(other) != provenance.digest([torch.tensor([1.0, 2.0, 3.0, 4.0])])


def test_a_digest_does_not_depend_on_how_a_tensor_lies_in_memory():
    x = torch.arange(6.0).view(2, 3).requires_grad_()
    assert provenance.digest([x.T]) == provenance.digest([x.T.contiguous()])


def in_status(name: str) -> float:
    """A size of this process in MB."""
    (kilobytes,) = re.findall(rf"^{name}:\s+(\d+) kB", STATUS.read_text(), flags=re.MULTILINE)
    return int(kilobytes) * 1024 / 1e6


@pytest.mark.skipif(not STATUS.is_file(), reason="the system does not say what this process held")
def test_peak_memory_is_the_most_that_was_held_also_when_it_is_held_no_more(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert provenance.peak_memory_mb() == pytest.approx(in_status("VmHWM"), abs=2)
    before = provenance.peak_memory_mb()
    more = np.ones(int((before - in_status("VmRSS") + 60) * 1e6 / 8))  # 60 MB above what was ever held
    held = provenance.peak_memory_mb()
    assert held == pytest.approx(before + 60, abs=15)
    del more
    assert provenance.peak_memory_mb() >= held


def test_on_a_gpu_peak_memory_is_the_larger_of_host_and_device(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 123_456_789_000)
    assert provenance.peak_memory_mb() == 123_456.8
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 1)
    assert 1 < provenance.peak_memory_mb() < 123_456.8
