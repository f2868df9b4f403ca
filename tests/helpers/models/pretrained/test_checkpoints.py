"""A file of tensors is read whole and fits altogether, or is refused by name with nothing changed."""

import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from helpers.models.pretrained.checkpoints import fill, read, rename
from helpers.models.pretrained.weights import WeightsError


class Harmful:
    def __reduce__(self):
        return os.mkdir, ("harm",)


def network():
    return nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 4, 3), norm=nn.BatchNorm2d(4), fc=nn.Linear(4, 2)))


@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
def test_round_trip(tmp_path, name):
    tensors = network().state_dict()
    (save_file if name.endswith("safetensors") else torch.save)(tensors, tmp_path / name)
    found = read(tmp_path / name)
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[key], tensors[key]) for key in tensors)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"a": torch.zeros(2), "b": Harmful()}, "net.pth holds more than tensors and is not opened"),
        (nn.Linear(2, 2), "net.pth holds more than tensors and is not opened"),
        ({"a": np.zeros(2)}, "net.pth holds more than tensors and is not opened"),
        (
            {"lr": 0.1, "epoch": 3},
            r"holds more than tensors: lr \(float\), epoch \(int\); save the network's state_dict",
        ),
        ([torch.zeros(2)], r"net.pth holds a list; a state_dict\(\) of named tensors was expected"),
    ],
)
def test_more_than_tensors(tmp_path, monkeypatch, content, sentence):
    monkeypatch.chdir(tmp_path)
    torch.save(content, tmp_path / "net.pth")
    with pytest.raises(WeightsError, match=sentence) as error:
        read(tmp_path / "net.pth")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "harm").exists()


def test_a_plain_pickle_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.pt").write_bytes(pickle.dumps(Harmful(), protocol=2))
    with pytest.raises(WeightsError, match=r"net\.pt holds more than tensors"):
        read(tmp_path / "net.pt")
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
@pytest.mark.parametrize("keep", [0, 7, 100, -60])
def test_a_truncated_file(tmp_path, name, keep):
    path = tmp_path / name
    (save_file if name.endswith("safetensors") else torch.save)({"a": torch.zeros(300)}, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(WeightsError, match=rf"{name} is (not a whole|empty|no file of tensors)"):
        read(path)


def test_no_pickle_at_all(tmp_path):
    (tmp_path / "page.pth").write_bytes(b"<html>Please log in</html>" * 20)
    with pytest.raises(WeightsError, match=r"page\.pth is a web page"):
        read(tmp_path / "page.pth")
    with pytest.raises(WeightsError, match=r"There is no file .*none\.pth\."):
        read(tmp_path / "none.pth")


def test_filling_gives_float32_on_any_start():
    source = network()
    halves = OrderedDict((name, t.half() if t.is_floating_point() else t) for name, t in source.state_dict().items())
    with torch.device("meta"):
        target = network()
    fill(target, OrderedDict(halves), file="net.pth")
    for name, tensor in target.state_dict().items():
        assert torch.equal(tensor, halves[name].to(tensor.dtype))
        assert tensor.dtype in (torch.float32, torch.int64)
    x = torch.rand(2, 3, 5, 5)
    assert torch.allclose(target.eval()[:2](x), source.eval()[:2](x), atol=1e-2)


def test_counters_of_old_files_may_be_missing():
    target = network()
    tensors = OrderedDict((k, v) for k, v in network().state_dict().items() if "num_batches" not in k)
    fill(target, tensors, file="net.pth")
    assert torch.equal(target.conv.weight, tensors["conv.weight"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.pop("conv.bias"), r"net.pth does not fit Sequential: it lacks conv\.bias \(4\)\."),
        (lambda t: t.update({"top.weight": t["fc.weight"]}), "it holds top.weight, which the network does not have"),
        (
            lambda t: t.update({"fc.weight": torch.zeros(10, 4)}),
            r"Sequential: fc\.weight is \(10 × 4\) instead of \(2 × 4\)\.",
        ),
        (
            lambda t: (t.clear(), t.update({"other": torch.zeros(1)})),
            r"it lacks conv\.weight \(4 × 3 × 3 × 3\), conv\.bias \(4\), norm\.weight \(4\) and 5 more; it holds other",
        ),
    ],
)
def test_what_does_not_fit_is_named_and_changes_nothing(change, sentence):
    target, tensors = network(), network().state_dict()
    before = {name: tensor.clone() for name, tensor in target.state_dict().items()}
    change(tensors)
    with pytest.raises(WeightsError, match=sentence):
        fill(target, tensors, file="net.pth")
    assert all(torch.equal(tensor, before[name]) for name, tensor in target.state_dict().items())


def test_renaming_keeps_what_is_not_named():
    tensors = nn.Sequential(nn.BatchNorm2d(2)).state_dict()
    renamed = rename(tensors, {"0": "norm"})
    assert list(renamed) == [name.replace("0.", "norm.") for name in tensors]
    assert renamed._metadata == tensors._metadata
    assert list(rename(tensors, {"1": "norm"})) == list(tensors)
