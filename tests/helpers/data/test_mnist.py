"""Digits from idx files written here, from scikit-learn, and what is refused."""

import gzip
import struct

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from helpers.data import mnist
from helpers.data.mnist import DigitsError, digits, read_idx

RANDOM = np.random.default_rng(0)
ARRAYS = {
    "train-images-idx3-ubyte.gz": RANDOM.integers(0, 256, (6, 28, 28), dtype=np.uint8),
    "train-labels-idx1-ubyte.gz": np.array([5, 0, 4, 1, 9, 2], dtype=np.uint8),
    "t10k-images-idx3-ubyte.gz": RANDOM.integers(0, 256, (2, 28, 28), dtype=np.uint8),
    "t10k-labels-idx1-ubyte.gz": np.array([7, 2], dtype=np.uint8),
}


def idx(array):
    return b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def assets(tmp_path, monkeypatch):
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name, array in ARRAYS.items():
        (folder / name).write_bytes(gzip.compress(idx(array)))
    monkeypatch.setenv("HELPERS_ASSETS", str(tmp_path))
    return folder


@pytest.fixture
def offline(monkeypatch):
    def refuse(*arguments, **settings):
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz")

    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setattr(mnist, "MNIST", refuse)


def test_the_files_of_the_assets(assets):
    found = digits()
    images, labels = ARRAYS["train-images-idx3-ubyte.gz"], ARRAYS["train-labels-idx1-ubyte.gz"]
    assert found.train_x.shape == (6, 784)
    assert found.side == 28
    assert found.is_mnist
    assert found.train_label.tolist() == labels.tolist()
    for i, row, column in ((0, 0, 0), (3, 5, 17), (5, 27, 27)):
        assert float(found.train_x[i, row * 28 + column]) == pytest.approx(images[i, row, column] / 255)
    assert found.test_label.tolist() == [7, 2]


def test_without_mnist_the_small_digits(offline):
    found, whole = digits(), load_digits()
    assert not found.is_mnist
    assert found.side == 8
    assert len(found.train_x) + len(found.test_x) == len(whole.data)
    assert torch.equal(found.test_x[1], torch.from_numpy(whole.data[6] / 16).float())
    assert found.train_label[:6].tolist() == whole.target[[1, 2, 3, 4, 5, 7]].tolist()
    assert 0 <= float(found.train_x.min()) < float(found.train_x.max()) == 1


def test_mnist_insisted_on(offline):
    with pytest.raises(DigitsError, match="MNIST is not in HELPERS_ASSETS and could not be downloaded"):
        digits("mnist")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda whole: gzip.compress(whole)[:-20], r"train-images-idx3-ubyte.gz cannot be read \("),
        (lambda whole: gzip.compress(whole[:-5]), "holds 4699 values; its header says 6 x 28 x 28"),
        (lambda whole: gzip.compress(b"PNG" + whole), "is not an idx file of unsigned bytes"),
    ],
)
def test_a_damaged_file_is_named(assets, content, sentence):
    path = assets / "train-images-idx3-ubyte.gz"
    path.write_bytes(content(idx(ARRAYS[path.name])))
    with pytest.raises(DigitsError, match=sentence):
        digits()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DigitsError, match="cannot be read"):
        read_idx(tmp_path / "labels.gz")
