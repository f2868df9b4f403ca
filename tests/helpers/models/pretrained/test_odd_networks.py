"""Networks that are given as objects or by code, and checkpoints with more in them than one network."""

import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from helpers.errors import BadInput
from helpers.models.preprocessing import Preprocessing, PreprocessingError, _numbers
from helpers.models.pretrained import load
from helpers.models.pretrained.state_dicts import unwrapped, without_prefixes
from helpers.models.pretrained.weights import WeightsError

PREPROCESSING = Preprocessing(size=8, mean=(0.5,) * 3, std=(0.25,) * 3)
IMAGE = torch.full((1, 3, 8, 8), 0.5)
WORDS = "preprocessing: {size: 8, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}\n"


def small() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(inplace=True))


def spoilt() -> nn.Module:
    network = small()
    network[0].weight.data[0] = float("nan")
    return network


@pytest.mark.parametrize(
    "around", [lambda n: n, lambda n: n.half(), lambda n: n.bfloat16(), nn.DataParallel, torch.compile]
)
def test_an_object_runs_on_images_in_single_precision(around) -> None:
    network = small()
    expected = network(IMAGE)
    found = load(around(network), preprocessing=PREPROCESSING)
    assert found.name == "Sequential"
    torch.testing.assert_close(found.network(IMAGE), expected.detach(), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (lambda: nn.Sequential(nn.LazyConv2d(2, 3)), "no sizes yet"),
        (lambda: small().to("meta"), "no values"),
        (spoilt, "not finite"),
        (lambda: torch.jit.trace(small(), IMAGE), "TorchScript"),
    ],
)
def test_objects_that_cannot_be_looked_into(network, words) -> None:
    with pytest.raises(WeightsError, match=words):
        load(network(), preprocessing=PREPROCESSING)


@pytest.mark.parametrize(
    "given",
    [
        {"weights": "random"},
        {"architecture": "vgg16"},
        {"options": {"a": 1}},
        {"device": "meta"},
        {"classes": 10**12},
    ],
)
def test_what_does_not_go_with_an_object(given) -> None:
    with pytest.raises(BadInput):
        load(small(), **{"preprocessing": PREPROCESSING, **given})


@pytest.fixture
def described(tmp_path, monkeypatch):
    """Load a description of the reader's own code, in a folder of its own."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def described(model: str, *, extra: str = "", folder: Path = tmp_path, **files: str):
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)
        (folder / "d.yml").write_text(f"model: {model}\n{WORDS}{extra}")
        return load(folder / "d.yml")

    return described


NETS = """from __future__ import annotations
from dataclasses import dataclass
from a_sibling_of_a_test import convolution

@dataclass
class Settings:
    units: int = 2

made = convolution(2)

def late():
    import a_later_one_of_a_test
    return a_later_one_of_a_test.convolution(Settings().units)

def leave():
    raise SystemExit(3)
"""
SIBLING = "from torch import nn\ndef convolution(units): return nn.Conv2d(3, units, 3)\n"


@pytest.mark.parametrize("factory", ["made", "late"])
def test_a_file_with_data_classes_that_imports_its_neighbours(described, factory) -> None:
    files = {"nets": NETS, "a_sibling_of_a_test": SIBLING, "a_later_one_of_a_test": SIBLING}
    assert described(f"nets.py:{factory}", **files).network(IMAGE).shape == (1, 2, 6, 6)


def test_what_a_module_has_made_stays_its_own(described) -> None:
    code = {"nets": NETS, "a_sibling_of_a_test": SIBLING}
    assert described("nets.py:made", **code).network is not described("nets.py:made", **code).network
    with pytest.raises(WeightsError, match="made already; it takes no options"):
        described("nets.py:made", extra="options: {units: 3}\n", **code)


def test_a_module_of_another_folder_is_not_taken_for_the_one_here(described, tmp_path) -> None:
    one = {"twice_in_a_test": SIBLING + "def net(): return convolution(2)\n"}
    two = {"twice_in_a_test": SIBLING + "def net(): return convolution(5)\n"}
    assert described("twice_in_a_test:net", folder=tmp_path / "one", **one).network.out_channels == 2
    with pytest.raises(WeightsError, match=r"comes from .*one.*, not from .*two; name the file"):
        described("twice_in_a_test:net", folder=tmp_path / "two", **two)
    assert described("twice_in_a_test.py:net", folder=tmp_path / "two", **two).network.out_channels == 5


@pytest.mark.parametrize(
    "code",
    [
        "def net(): raise SystemExit(3)",
        "raise SystemExit",
        "def net(): raise ValueError('x\\n' * 100_000)",
        "class E(Exception):\n    def __str__(self): raise ValueError\ndef net(): raise E",
        "def net(): return 3",
        "net = 3",
        "def (:",
        "from torch import nn\ndef net(): return nn.LazyConv2d(3, 3)",
    ],
)
def test_code_that_fails_is_one_short_sentence(described, code) -> None:
    with pytest.raises(WeightsError) as refused:
        described("nets.py:net", nets=code)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 500


@pytest.mark.parametrize("entry", ["''", "' '"])
def test_empty_texts_are_named(described, entry) -> None:
    with pytest.raises(WeightsError, match="model is an empty text"):
        described(entry)


def test_of_two_networks_in_a_file_the_average_is_left_and_equals_are_refused() -> None:
    zero, one = torch.zeros(1), torch.ones(1)
    names = {"a.weight"}
    found, _ = without_prefixes(OrderedDict({"ema_model.a.weight": zero, "model.a.weight": one}), names, file="w")
    assert found["a.weight"] is one
    with pytest.raises(WeightsError, match=r"more than once, under student\. and teacher\."):
        without_prefixes(OrderedDict({"teacher.a.weight": zero, "student.a.weight": one}), names, file="w")


def test_tensors_with_notes_between_them() -> None:
    content = {"a.weight": torch.zeros(1), "epoch": 3, "optimizer": {"state": {0: {"m": torch.zeros(1)}}}}
    assert list(unwrapped(content, file="w")) == ["a.weight"]


@pytest.mark.parametrize("wrapper", ["_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"])
def test_wrappers_of_large_trainings(wrapper) -> None:
    tensors = OrderedDict({f"{wrapper}.a.{wrapper}.weight": torch.zeros(1)})
    assert list(without_prefixes(tensors, {"a.weight"}, file="w")[0]) == ["a.weight"]


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor, lambda m: tuple(np.float32(m))])
def test_statistics_of_any_sequence(kind) -> None:
    found = _numbers("mean", kind([0.5, 0.25, 0.125]))
    assert found == (0.5, 0.25, 0.125) and all(type(one) is float for one in found)


@pytest.mark.parametrize("values", [0.5, None, "abc", np.float32(0.5)])
def test_statistics_that_are_no_sequence(values) -> None:
    with pytest.raises(PreprocessingError, match=r"mean is .*; it must be a list of numbers"):
        _numbers("mean", values)


def test_means_of_another_scale() -> None:
    with pytest.raises(PreprocessingError, match="means of at most 1 belong to the scale"):
        Preprocessing(size=8, mean=(0.485, 0.456, 0.406), scale=255.0)


def test_convolutions_alone_ask_for_their_preprocessing(tmp_path) -> None:
    options = {"width": 0.02, "last": "pool5"}
    random = load("vgg16", weights="random", options=options)
    assert random.class_names == ()
    torch.save(random.network.state_dict(), tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"w\.pth holds convolutions alone.*BGR"):
        load(tmp_path / "w.pth", architecture="vgg16", options=options)
    assert (
        load(tmp_path / "w.pth", architecture="vgg16", options=options, preprocessing=PREPROCESSING).class_names == ()
    )


@pytest.mark.parametrize("stem", ["cifar", [3], {"stride": 0}, {"kernel_size": "x"}, {"pool": 3}, {"padding": -1}])
def test_beginnings_that_are_none(stem) -> None:
    with pytest.raises(WeightsError, match="stem"):
        load("resnet18", weights="random", options={"stem": stem})
