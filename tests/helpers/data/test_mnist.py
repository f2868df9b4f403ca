"""Digits from idx files written here, from scikit-learn, and what is refused."""

import gzip
import socket
import struct
from http.client import HTTPException
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from helpers.assets import AssetsError
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
        (lambda whole: gzip.compress(whole[:2]), "is not an idx file of unsigned bytes"),
        (lambda whole: gzip.compress(whole[:9]), "is not an idx file of unsigned bytes"),
        (lambda whole: b"", "is not an idx file of unsigned bytes"),
        (lambda whole: b"<!DOCTYPE html>", "is not an idx file of unsigned bytes"),
        (lambda whole: gzip.compress(whole)[:30] + b"\xff" * 400, r"train-images-idx3-ubyte.gz cannot be read \("),
        (lambda whole: idx(ARRAYS["t10k-images-idx3-ubyte.gz"]), r"not square images with a label each.*\(2, 28, 28\)"),
        (lambda whole: idx(ARRAYS["train-images-idx3-ubyte.gz"][:, 1:]), "not square images with a label each"),
    ],
)
def test_a_damaged_file_is_named(assets, content, sentence):
    path = assets / "train-images-idx3-ubyte.gz"
    path.write_bytes(content(idx(ARRAYS[path.name])))
    with pytest.raises(DigitsError, match=sentence):
        digits()


def test_files_that_are_not_compressed(assets):
    expected = digits()
    for name, array in ARRAYS.items():
        (assets / name).unlink()
        (assets / name.removesuffix(".gz")).write_bytes(idx(array))
    assert torch.equal(digits().train_x, expected.train_x)


@pytest.mark.parametrize("missing", ARRAYS)
def test_a_half_filled_folder(assets, missing):
    (assets / missing).unlink()
    with pytest.raises(DigitsError, match=f"mnist in HELPERS_ASSETS lacks {missing}; all of train-images"):
        digits()


def test_other_assets_do_not_keep_from_the_small_digits(assets, offline, tmp_path, monkeypatch):
    (tmp_path / "other" / "images").mkdir(parents=True)
    monkeypatch.setenv("HELPERS_ASSETS", str(tmp_path / "other"))
    assert not digits().is_mnist
    monkeypatch.setenv("HELPERS_ASSETS", str(tmp_path / "no such folder"))
    with pytest.raises(AssetsError, match="no such folder"):
        digits()


@pytest.mark.parametrize("cache", ["/proc/none", "a file", "read only"])
def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch, cache):
    (tmp_path / "a file").write_text("")
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / cache))
    monkeypatch.setattr(Path, "mkdir", refused) if cache == "read only" else None
    assert not digits().is_mnist
    with pytest.raises(DigitsError, match="could not be downloaded"):
        digits("mnist")


def refused(*arguments, **settings):
    raise PermissionError(13, "Permission denied")


def test_without_a_home_no_folder_is_made_in_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setattr("helpers.cache.user_cache_path", lambda name: Path("~/.cache", name))
    assert not digits().is_mnist
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "failure",
    [HTTPException("bad"), TimeoutError(), OSError("no"), RuntimeError("md5"), AssertionError(), IndexError()],
)
def test_a_download_that_fails_in_any_way(monkeypatch, failure):
    def fail(*arguments, **settings):
        assert socket.getdefaulttimeout() == 60
        raise failure

    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setattr(mnist, "MNIST", fail)
    assert not digits().is_mnist
    assert socket.getdefaulttimeout() is None


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DigitsError, match="cannot be read"):
        read_idx(tmp_path / "labels.gz")
