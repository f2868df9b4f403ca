"""What users save and bring loads with the right values, or ends in one sentence."""

import copy
import json
import sys
from collections import OrderedDict
from types import ModuleType

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrizations, prune, spectral_norm, weight_norm
from torchvision import models

from helpers.errors import BadInput
from helpers.models.initialisation import copied, randomised
from helpers.models.preprocessing import Preprocessing, PreprocessingError
from helpers.models.pretrained import formats, load, torchvision_networks
from helpers.models.pretrained.architectures import UnknownNetwork
from helpers.models.pretrained.state_dicts import unwrapped, without_prefixes
from helpers.models.pretrained.weights import WeightsError, checked

HERS = "{size: 64, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}"


@pytest.fixture(scope="module")
def tensors():
    torch.manual_seed(0)
    return models.squeezenet1_1(num_classes=7).state_dict()


def same(found, tensors):
    return all(torch.equal(a, b) for a, b in zip(found.network.state_dict().values(), tensors.values(), strict=True))


PREFIXES = ["module.", "_orig_mod.", "module.module.", "_orig_mod.module.", "model.", "net.", "backbone.", "0.", "a.b."]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_prefixes_of_wrappers(tmp_path, tensors, prefix):
    torch.save({prefix + name: tensor for name, tensor in tensors.items()}, tmp_path / "w.pth")
    found = load(tmp_path / "w.pth", architecture="squeezenet1_1", classes=7)
    assert same(found, tensors)
    assert "names without the prefix" in found.weights.description


def test_wrappers_inside_and_counters_beside(tmp_path, tensors):
    inner = {name.replace("features.", "features.module."): tensor for name, tensor in tensors.items()}
    torch.save({**inner, "n_averaged": torch.tensor(3)}, tmp_path / "w.pth")
    assert same(load(tmp_path / "w.pth", architecture="squeezenet1_1", classes=7), tensors)


def test_two_networks_in_one_file_are_not_mixed():
    twice = OrderedDict({"a.conv.weight": torch.zeros(1), "module.a.conv.weight": torch.ones(1)})
    with pytest.raises(WeightsError, match=r"holds conv\.weight twice"):
        without_prefixes(twice, {"conv.weight"}, file="w.pth")


def test_tensors_of_something_else_are_left_out():
    found, prefix = without_prefixes(
        OrderedDict({"model.conv.weight": torch.zeros(1), "loss.weight": torch.ones(1)}), {"conv.weight"}, file="w.pth"
    )
    assert (list(found), prefix) == (["conv.weight"], "model.")


@pytest.mark.parametrize(
    "around",
    [
        lambda t: {"state_dict": t, "epoch": 3, "arch": "x", "best_acc1": torch.tensor(0.5)},
        lambda t: {"state_dict": {"model." + k: v for k, v in t.items()}, "hyper_parameters": {"lr": 1e-3}},
        lambda t: {"model": t, "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 1}]}},
        lambda t: {"model_state_dict": t, "ema_state_dict": {k: v * 0 for k, v in t.items()}},
        lambda t: {"state_dict_ema": {k: v * 0 for k, v in t.items()}, "generator": t},
        lambda t: {"model": {"state_dict": t, "config": {"a": 1}}},
        lambda t: {"model_ema": t},
    ],
)
def test_what_trainers_put_around(tmp_path, tensors, around):
    torch.save(around(dict(tensors)), tmp_path / "last.ckpt")
    assert same(load(tmp_path / "last.ckpt", architecture="squeezenet1_1", classes=7), tensors)


def test_two_unknown_networks_are_not_chosen_between():
    with pytest.raises(WeightsError, match="holds tensors in teacher, student; save"):
        unwrapped({"teacher": {"a": torch.zeros(1)}, "student": {"a": torch.zeros(1)}}, file="w.pth")


@pytest.mark.parametrize(
    "name", ["w.bin", "w.PTH", "w.pkl", "model_best.pth.tar", "w.SafeTensors", "w.safetensors", "w"]
)
def test_any_ending_is_opened(tmp_path, tensors, name):
    (save_file if "Safe" in name else torch.save)(dict(tensors), tmp_path / name)
    assert same(load(tmp_path / name, architecture="squeezenet1_1", classes=7), tensors)
    with pytest.raises(WeightsError, match=f"{name} does not say which network it holds; write a file beside it"):
        load(tmp_path / name)


@pytest.mark.parametrize("name", ["mine.YML", "mine.txt", "mine.json"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_description_is_one_by_its_content(tmp_path, tensors, monkeypatch, name, encoding):
    torch.save(tensors, tmp_path / "w.pth")
    entries = {"architecture": "squeezenet1_1", "weights": "~/w.pth", "classes": 7}
    (tmp_path / name).write_text(json.dumps(entries), encoding)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert same(load(f"~/{name}"), tensors)


CONTENTS = {
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\n",
    "a web page": b"\n <!DOCTYPE HTML><html>",
    "empty": b"",
    "a gzip archive": b"\x1f\x8b\x08" + bytes(50),
    "an HDF5 file": b"\x89HDF\r\n\x1a\n" + bytes(60),
    "a NumPy array": b"\x93NUMPY" + bytes(40),
    "not a whole file of tensors": b"PK\x03\x04" + bytes(60),
    "no file of tensors and no description": bytes(range(256)),
    "is not in UTF-8": "architecture: vgg16".encode("utf-16"),
}


@pytest.mark.parametrize("words", CONTENTS)
def test_what_is_no_checkpoint_is_named(tmp_path, words):
    (tmp_path / "w.pth").write_bytes(CONTENTS[words])
    with pytest.raises(WeightsError, match=words) as error:
        load(tmp_path / "w.pth")
    assert "\n" not in str(error.value)


def test_archives_that_torch_save_did_not_write(tmp_path):
    torch.jit.script(nn.Conv2d(3, 4, 3)).save(str(tmp_path / "t.pt"))
    with pytest.raises(WeightsError, match="a TorchScript archive"):
        load(tmp_path / "t.pt")
    for odd, words in {tmp_path: "a folder", "/dev/zero": "no regular file"}.items():
        with pytest.raises(WeightsError, match=words):
            load(odd)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.fill_(float("nan")), "values that are not finite"),
        (lambda t: t.double() * 1e300, "not finite in single precision"),
        (lambda t: t.to(torch.int8), "is int8 instead of float32"),
        (lambda t: t.to(torch.complex64), "is complex"),
        (lambda t: torch.quantize_per_tensor(t, 0.1, 0, torch.qint8), "is quantised"),
    ],
)
def test_values_that_are_no_weights(tmp_path, tensors, change, words):
    changed = copy.deepcopy(dict(tensors))
    changed["features.0.weight"] = change(changed["features.0.weight"])
    torch.save(changed, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=f"features.0.weight .*{words}|features.0.weight {words}"):
        load(tmp_path / "w.pth", architecture="squeezenet1_1", classes=7)


def test_the_own_googlenet_gives_its_own_outputs(tmp_path):
    torch.manual_seed(0)
    own = models.googlenet(weights=None, num_classes=3, init_weights=False).eval()
    torch.save(own.state_dict(), tmp_path / "g.pth")
    x = torch.rand(2, 3, 64, 64)
    found = load(tmp_path / "g.pth", architecture="torchvision/googlenet", classes=3)
    options = {"transform_input": True}
    other = load(tmp_path / "g.pth", architecture="torchvision/googlenet", classes=3, options=options)
    assert torch.allclose(found.network(x), own(x), atol=1e-6)
    assert not found.network.transform_input and other.network.transform_input
    assert formats.published_by_torchvision("googlenet").options == options


def test_tensors_at_the_top_of_a_network():
    with torch.device("meta"):
        names = models.vit_b_16().state_dict()
    kept = formats.convert_keys("vit_b_16", names, formats.recognise("vit_b_16", names))
    assert kept.keys() == names.keys()


def test_other_channels_and_another_beginning(tmp_path):
    torch.manual_seed(0)
    grey = models.squeezenet1_1(num_classes=3)
    grey.features[0] = nn.Conv2d(1, 64, 3, stride=1, padding=1)
    grey.features[2] = nn.Identity()
    torch.save(grey.state_dict(), tmp_path / "w.pth")
    stem = "options: {stem: {stride: 1, padding: 1, pool: false}}"
    text = f"architecture: squeezenet1_1\nweights: w.pth\nclasses: 3\n{stem}\n"
    (tmp_path / "d.yml").write_text(text + "preprocessing: {size: 28, mean: [0.13], std: [0.31]}\n")
    found = load(tmp_path / "d.yml")
    assert found.preprocessing.channels == 1
    x = torch.rand(2, 3, 28, 28)
    assert torch.equal(found.network(found.preprocessing(x)), grey.eval()(found.preprocessing(x)))
    (tmp_path / "d.yml").write_text(text + f"preprocessing: {HERS}\n")
    with pytest.raises(WeightsError, match="takes images of 1 channels, and its preprocessing names 3 means"):
        load(tmp_path / "d.yml")


def test_another_kernel_asks_for_its_stride(tmp_path, tensors):
    changed = {**tensors, "features.0.weight": torch.zeros(64, 3, 5, 5)}
    torch.save(changed, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"kernels of 5 × 5 instead of 3 × 3; say its settings, .*kernel_size"):
        load(tmp_path / "w.pth", architecture="squeezenet1_1", classes=7)


@pytest.mark.parametrize("options", [{"widht": 3}, {"stem": {"kernel": 3}}, {"channels": 0}, {"channels": True}])
def test_options_that_nothing_takes(tmp_path, tensors, options):
    torch.save(dict(tensors), tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"squeezenet1_1 cannot be built with options"):
        load(tmp_path / "w.pth", architecture="squeezenet1_1", classes=7, options=options)


CODE = """
from torch import nn
def small(width=4): return nn.Sequential(nn.Conv2d(3, width, 3), nn.ReLU(inplace=True))
def broken(): raise KeyError("no such thing")
number = 3
made = small(2)
def other(): return 5
"""


@pytest.fixture
def own_code(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    (tmp_path / "mynets_of_a_test").mkdir()
    (tmp_path / "mynets_of_a_test/__init__.py").touch()
    (tmp_path / "mynets_of_a_test/nets.py").write_text(CODE)
    (tmp_path / "nets.py").write_text(CODE)

    def describe(model, more=""):
        (tmp_path / "d.yml").write_text(f"model: {model}\npreprocessing: {HERS}\nclass_names: [a, b]\n{more}")
        return tmp_path / "d.yml"

    return describe


@pytest.mark.parametrize("model", ["mynets_of_a_test.nets:small", "nets.py:small", "nets.py:made"])
def test_a_network_of_the_readers_own(own_code, model):
    found = load(own_code(model, "" if "made" in model else "options: {width: 2}\n"))
    assert found.name == "Sequential" and found.class_names == ("a", "b")
    assert found.network[0].out_channels == 2 and not found.network[1].inplace
    assert not found.network.training and not any(one.requires_grad for one in found.network.parameters())


def test_random_weights_of_the_readers_own_are_the_same_each_time(own_code):
    digests = set()
    for seed in range(2):
        torch.manual_seed(seed)
        digests.add(load(own_code("nets.py:small")).weights.sha256)
    assert len(digests) == 1


def test_the_readers_own_with_a_checkpoint(own_code, tmp_path):
    source = nn.Sequential(nn.Conv2d(3, 4, 3))
    torch.save({"model." + k: v for k, v in source.state_dict().items()}, tmp_path / "w.pth")
    assert torch.equal(load(own_code("nets.py:small", "weights: w.pth\n")).network[0].weight, source[0].weight)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("nets", "must be package.module:factory or file.py:factory"),
        ("none.py:small", "There is no file"),
        ("no_such_package_here:small", "cannot be imported .*ModuleNotFoundError"),
        ("nets.py:none", "has no none"),
        ("nets.py:broken", "fails with options .*KeyError"),
        ("nets.py:number", "a int; a class or function is needed"),
        ("nets.py:other", "gives a int; a torch.nn.Module is needed"),
    ],
)
def test_code_that_makes_no_network(own_code, model, words):
    with pytest.raises(WeightsError, match=words) as error:
        load(own_code(model))
    assert "\n" not in str(error.value)


def test_no_code_is_run_for_a_path_or_a_name(own_code, tmp_path):
    own_code("nets.py:small")
    (tmp_path / "nets.py").write_text("raise SystemExit('run')")
    for name in (f"{tmp_path}/nets.py:small", "nets.py:small", str(tmp_path / "nets.py")):
        with pytest.raises(BadInput):
            load(name)


def test_an_object_of_a_program():
    own = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(inplace=True)).train()
    found = load(own, preprocessing=Preprocessing(size=28, mean=(0.1,), std=(0.3,)), class_names=["a"])
    assert own.training and own[1].inplace and all(one.requires_grad for one in own.parameters())
    assert not found.network.training and found.weights.source == "object"
    with pytest.raises(WeightsError, match="needs its preprocessing"):
        load(own)
    with pytest.raises(WeightsError, match="takes images of 1 channels"):
        load(own, preprocessing=Preprocessing(size=28))


@pytest.mark.parametrize("digest", ["{}", " {} ", "sha256:{}", "SHA256:{}\n", "short"])
def test_digests_as_other_programs_write_them(tmp_path, digest):
    (tmp_path / "w.pth").write_bytes(b"tensors")
    known = checked(tmp_path / "w.pth")
    written = known[:9].upper() if digest == "short" else digest.format(known.upper())
    assert checked(tmp_path / "w.pth", sha256=written) == known
    for odd in ("md5:abc", known + "0", "latest"):
        with pytest.raises(WeightsError, match=r"is given as .*digits 0 to f"):
            checked(tmp_path / "w.pth", sha256=odd)


@pytest.mark.parametrize(
    "values",
    [
        {"mean": (0.485, 0.456, 406.0)},
        {"mean": (float("nan"), 0.0, 0.0)},
        {"mean": (-1.0, 0.0, 0.0)},
        {"std": (58.0, 57.0, 57.0)},
        {"std": (1e-9, 1.0, 1.0)},
        {"scale": float("inf")},
        {"mean": (0.5, 0.4, 0.4), "std": (0.2, 0.2, 0.2), "scale": 255.0},
    ],
)
def test_statistics_that_cannot_be_meant(values):
    with pytest.raises(PreprocessingError, match=r"^preprocessing: "):
        Preprocessing(size=64, **values)


NORMS = [
    lambda layer: prune.random_unstructured(layer, "weight", 0.3),
    weight_norm,
    spectral_norm,
    parametrizations.weight_norm,
    parametrizations.spectral_norm,
]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_networks_whose_weights_are_computed(norm):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    norm(network[0])
    x = torch.rand(1, 3, 8, 8)
    before = network.eval()(x)
    assert torch.allclose(copied(network)(x), before)
    other = randomised(network, seed=0)
    weight = other[0].weight
    assert torch.allclose(weight.std(correction=0), network[0].weight.std(correction=0), rtol=0.3)
    assert not torch.allclose(other(x), before) and torch.allclose(network(x), before)


def test_names_of_timm_where_it_is_and_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(WeightsError, match="need timm, which is not installed here"):
        load("timm/resnet18")

    def create_model(name, *, pretrained, num_classes=1000, in_chans=3):
        if pretrained:
            raise OSError("no network")
        network = nn.Sequential(nn.Conv2d(in_chans, num_classes, 3))
        network.pretrained_cfg = {"input_size": (3, 96, 96), "mean": (0.5,) * 3, "std": (0.5,) * 3}
        return network

    fake = ModuleType("timm")
    vars(fake).update(list_models=lambda pretrained: ["tiny_net"], create_model=create_model)
    monkeypatch.setitem(sys.modules, "timm", fake)
    found = load("timm/tiny_net", weights="random", classes=5)
    assert found.network[0].out_channels == 5
    assert found.preprocessing.size == 96  # as timm notes it, not torchvision's
    with pytest.raises(WeightsError, match="weights='assets' has none for timm/tiny_net"):
        load("timm/tiny_net", weights="assets")
    with pytest.raises(WeightsError, match="timm's weights for tiny_net could not be had"):
        load("timm/tiny_net")
    with pytest.raises(WeightsError, match="timm has no network 'tinynet'; the nearest names are tiny_net"):
        load("timm/tinynet")


def test_names_that_are_nearly_right():
    for name, known in {"VGG16": "vgg16", "vgg-16": "vgg16", "ResNet-18": "resnet18"}.items():
        with pytest.raises(UnknownNetwork, match=f"the nearest name is {known}"):
            load(name)
    with pytest.raises(WeightsError, match="on this machine allowed are cpu"):
        load("vgg16", device="gpu")
    assert "transform_input" not in torchvision_networks.published_options("resnet18")


@pytest.mark.parametrize("name", ["regnet_x_400mf", "mnasnet0_5", "shufflenet_v2_x0_5"])
def test_builders_that_compute_while_they_build(tmp_path, name):
    torch.manual_seed(0)
    own = models.get_model(name, weights=None, num_classes=4)
    torch.save(own.state_dict(), tmp_path / "w.pth")
    assert same(load(tmp_path / "w.pth", architecture=name, classes=4), own.state_dict())
