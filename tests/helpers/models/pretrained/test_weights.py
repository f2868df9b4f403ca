import hashlib

import pytest
import torch
from torch import nn

from helpers.models.pretrained.weights import WeightsError, checked, tensors_digest

CONTENT = b"hello world\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
GIT_BLOB = "3b18e512dba79e4c8300dd08aeb37f8e728b8dad"  # git hash-object of a file with this content


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize(
    "known",
    [{}, {"sha256": SHA256}, {"sha256": SHA256[:8]}, {"git_blob": GIT_BLOB}, {"sha256": SHA256, "git_blob": GIT_BLOB}],
)
def test_the_right_file(file, known):
    assert checked(file, **known) == SHA256


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (
            {"sha256": "abcdef01"},
            f"weights.pth is damaged or another file: its sha256 is {SHA256}, expected is abcdef01",
        ),
        ({"git_blob": "0" * 40}, f"its git id is {GIT_BLOB}, expected is {'0' * 40}"),
    ],
)
def test_another_file(file, known, sentence):
    with pytest.raises(WeightsError, match=sentence):
        checked(file, **known)


def test_no_file(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.pth cannot be read \(No such file"):
        checked(tmp_path / "none.pth")


def test_the_digest_of_tensors_sees_every_value():
    network = nn.Linear(3, 2)
    with torch.no_grad():
        network.weight.copy_(torch.arange(6.0).reshape(2, 3))
        network.bias.zero_()
        values = network.weight.numpy().tobytes(), network.bias.numpy().tobytes()
        expected = hashlib.sha256(b"weight" + values[0] + b"bias" + values[1]).hexdigest()
        assert tensors_digest(network) == expected
        network.bias[1] = 1e-6
        assert tensors_digest(network) != expected
