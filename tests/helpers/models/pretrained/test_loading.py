"""Where weights come from, in which order, and what a page is told of it: with small networks and files made here."""

import dataclasses
import hashlib
import json

import h5py
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision import models

from helpers.models import preprocessing
from helpers.models.googlenet import GoogLeNet
from helpers.models.initialisation import he_normal_
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import architectures, descriptions, downloads, formats, load, loading, published
from helpers.models.pretrained.architectures import UnknownNetwork
from helpers.models.pretrained.downloads import Unreachable
from helpers.models.pretrained.formats import WeightFormat
from helpers.models.pretrained.published import Published
from helpers.models.pretrained.weights import WeightsError
from helpers.models.vgg import VGG16

SMALL = {"width": 0.05, "head": "average"}
HERS = Preprocessing(size=32, mean=(0.5, 0.4, 0.3))


def small(seed, classes=3):
    network = VGG16(**SMALL, classes=classes)
    he_normal_(network, seed=seed)
    return network


def same(network, other):
    theirs = other.state_dict()
    return all(torch.equal(tensor, theirs[name]) for name, tensor in network.state_dict().items())


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """No HELPERS_ASSETS, no network, an empty cache, and no network that comes with the package."""

    def refuse(url, path):
        raise Unreachable(f"{url} could not be downloaded (ConnectionError)")

    for name in ("assets/weights", "cache", "embedded"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setattr(downloads, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(downloads, "download", refuse)
    monkeypatch.setattr(loading, "EMBEDDED", tmp_path / "embedded")
    return tmp_path


@pytest.fixture
def assets(folders, monkeypatch):
    monkeypatch.setenv("HELPERS_ASSETS", str(folders / "assets"))
    return folders / "assets/weights"


def put(path, network):
    save_file(network.state_dict(), path)
    return path


@pytest.fixture
def sources(folders, assets, monkeypatch):
    """A small vgg16 in each of the three sources, of seeds 1, 2 and 3."""
    weight_format = WeightFormat(layers={}, preprocessing=HERS, options=SMALL, classes=3)
    asset = put(assets / "in_assets.safetensors", small(1))
    served = put(folders / "on_the_web.safetensors", small(2))
    descriptions.save(
        small(3),
        folders / "embedded/vgg16.json",
        architecture="vgg16",
        preprocessing=HERS,
        class_names=("dot", "bar", "ring"),
        options=SMALL,
        description="a narrow VGG-16",
        dtype=torch.float32,
    )
    catalogue = (
        Published(file=asset.name, description="from assets", weight_format=weight_format, sha256=digest(asset)),
        Published(
            file=served.name,
            description="from the web",
            weight_format=weight_format,
            sha256=digest(served)[:8],
            url=f"http://example.org/{served.name}",
        ),
    )
    monkeypatch.setattr(published, "of", lambda name: catalogue if name == "vgg16" else ())
    monkeypatch.setattr(downloads, "download", lambda url, path: path.write_bytes(served.read_bytes()))
    return asset, served, folders / "embedded/vgg16.safetensors"


def test_the_order(sources, monkeypatch):
    asset, served, embedded = sources
    found = load("vgg16")
    assert same(found.network, small(1))
    assert (found.weights.source, found.weights.description) == ("assets", "from assets")
    assert (found.weights.sha256, found.weights.passed) == (digest(asset), ())

    monkeypatch.delenv("HELPERS_ASSETS")
    found = load("vgg16")
    assert same(found.network, small(2))
    assert (found.weights.source, found.weights.sha256) == ("download", digest(served))
    assert found.weights.passed == ("HELPERS_ASSETS is not set", "in_assets.safetensors has no download")

    def refuse(url, path):
        raise Unreachable("no network")

    monkeypatch.setattr(downloads, "download", refuse)
    assert same(load("vgg16").network, small(2))  # it is in the cache now
    (downloads.cache_folder() / "weights" / served.name).unlink()
    found = load("vgg16")
    assert same(found.network, small(3))
    assert (found.weights.source, found.weights.description) == ("embedded", "a narrow VGG-16")
    assert found.weights.sha256 == digest(embedded)
    assert found.weights.passed[-1] == "no network"
    assert found.class_names == ("dot", "bar", "ring")


@pytest.mark.parametrize(("choice", "seed"), [("assets", 1), ("download", 2), ("embedded", 3)])
def test_one_source_insisted_on(sources, choice, seed):
    found = load("vgg16", weights=choice)
    assert found.weights.source == choice
    assert same(found.network, small(seed))


def test_ready_to_be_looked_into(sources):
    found = load("vgg16")
    assert (
        found.name == "vgg16" and found.preprocessing == HERS and found.class_names == ("class 0", "class 1", "class 2")
    )
    assert not any(layer.training for layer in found.network.modules())
    assert not any(parameter.requires_grad for parameter in found.network.parameters())
    x = torch.rand(2, 3, 32, 32)
    assert torch.equal(found.network(found.preprocessing(x)), small(1)(HERS(x)))


@pytest.mark.parametrize("which", [0, 2])
def test_a_damaged_file_is_never_passed_over(sources, which):
    sources[which].write_bytes(sources[which].read_bytes()[:-4])
    with pytest.raises(WeightsError, match=f"{sources[which].name} is damaged or another file"):
        load("vgg16", weights={0: None, 2: "embedded"}[which])


def test_a_wrong_download_is_refused_and_deleted(sources, folders, monkeypatch):
    monkeypatch.setattr(downloads, "download", lambda url, path: path.write_bytes(b"<html>"))
    with pytest.raises(WeightsError, match=r"on_the_web\.safetensors is damaged .*; the download is deleted"):
        load("vgg16", weights="download")
    assert list((folders / "cache/weights").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        (
            "vgg16",
            {},
            r"no weights for vgg16: HELPERS_ASSETS is not set; .* could not be downloaded .*; no weights for vgg",
        ),
        ("vgg16", {"weights": "assets"}, "no weights for vgg16 with weights='assets': HELPERS_ASSETS is not set"),
        ("googlenet", {"weights": "download"}, "no download; .*inception5h.pth could not be downloaded"),
        ("resnet18", {"weights": "embedded"}, "weights='embedded': no weights for resnet18 come with this package"),
        ("vgg16", {"weights": "lucid"}, "weights='lucid' are those of googlenet; there are none for vgg16"),
        (
            "vgg16",
            {"weights": "best"},
            "weights is 'best', and there is no such file; allowed are assets, download, embedded, random, lucid and",
        ),
        ("vgg16", {"weights": "none.pth"}, r"weights is 'none\.pth', and there is no such file"),
        ("vgg16", {"classes": 3}, "describe weights of your own; published ones bring theirs"),
        ("net.pth", {}, r"There is no file .*net\.pth"),
    ],
)
def test_no_such_weights(name, options, sentence):
    with pytest.raises(WeightsError, match=sentence) as error:
        load(name, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("vgg61", "There is no network 'vgg61'; the nearest names are .*vgg16"),
        ("torchvision/gogglenet", "the nearest names are torchvision/googlenet"),
        ("qqqq", "There is no network 'qqqq'; allowed are vgg16, googlenet, torchvision's names, and timm/NAME"),
    ],
)
def test_unknown_names(name, sentence):
    with pytest.raises(UnknownNetwork, match=sentence):
        load(name)


def test_random_weights_of_a_seed():
    first, again, other = (load("squeezenet1_1", weights="random", classes=4, seed=seed) for seed in (0, 0, 1))
    assert same(first.network, again.network) and not same(first.network, other.network)
    assert first.weights.sha256 == again.weights.sha256 != other.weights.sha256
    assert (first.weights.source, first.weights.description) == ("random", "random weights (seed 0)")
    network = load("googlenet", weights="random", seed=5).network
    expected = GoogLeNet()
    he_normal_(expected, seed=5)
    assert same(network, expected)


def test_ours_and_torchvisions():
    assert architectures.canonical_name("torchvision/resnet18") == "resnet18"
    found = load("torchvision/googlenet", weights="random", classes=3)
    assert type(found.network) is models.GoogLeNet
    assert found.preprocessing == preprocessing.TORCHVISION
    assert not any(getattr(layer, "inplace", False) for layer in found.network.modules())


def test_the_studies_own_vgg16_comes_first(assets, monkeypatch):
    network = VGG16(last="pool5")
    he_normal_(network, seed=0)
    known, keras, torchvisions = published.of("vgg16")
    path = put(assets / known.file, network)
    put(assets / torchvisions.file, small(1))
    monkeypatch.setattr(
        published, "of", lambda name: (dataclasses.replace(known, sha256=digest(path)), keras, torchvisions)
    )
    found = load("vgg16")
    assert same(found.network, network)
    assert list(found.network._modules)[-1] == "pool5"
    assert (found.weights.source, found.class_names, found.preprocessing.order) == ("assets", (), "BGR")


def test_keras_file_of_vgg16(assets, monkeypatch):
    network = VGG16(last="pool5")
    he_normal_(network, seed=0)
    _, keras, _ = published.of("vgg16")
    path = assets / keras.file
    with h5py.File(path, "w") as file:
        for name, layer in network.named_children():
            if name.startswith("conv"):
                group = f"block{name[4]}_conv{name[6]}"
                kernel = layer.weight.detach().movedim((2, 3, 1, 0), (0, 1, 2, 3))  # row, column, input, output
                file.create_dataset(f"{group}/{group}_W_1:0", data=kernel.numpy())
                file.create_dataset(f"{group}/{group}_b_1:0", data=layer.bias.detach().numpy())
        file.create_group("block1_pool")
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    monkeypatch.setattr(published, "of", lambda name: (dataclasses.replace(keras, md5=md5),))
    assert same(load("vgg16", weights="assets").network, network)
    monkeypatch.setattr(published, "of", lambda name: (dataclasses.replace(keras, md5=md5[::-1]),))
    with pytest.raises(WeightsError, match="its md5 is"):
        load("vgg16", weights="assets")


def test_vgg16_in_torchvisions_names(folders):
    with torch.device("meta"):
        theirs, ours = models.vgg16().state_dict(), VGG16().state_dict()
    renamed = formats.convert_keys("vgg16", theirs, formats.recognise("vgg16", theirs))
    assert {k: t.shape for k, t in renamed.items()} == {k: t.shape for k, t in ours.items()}
    assert list(renamed) == list(ours)  # and in the same order
    network = small(4)
    names = {ours: theirs for theirs, ours in formats.VGG16_TORCHVISION.layers.items()} | {"fc": "fc"}
    tensors = {f"{names[k.rpartition('.')[0]]}.{k.rpartition('.')[2]}": t for k, t in network.state_dict().items()}
    torch.save(tensors, folders / "theirs.pth")
    (folders / "theirs.yml").write_text(
        "{architecture: vgg16, weights: theirs.pth, classes: 3, options: {width: 0.05, head: average}}"
    )
    assert same(load(folders / "theirs.yml").network, network)


CAFFE_FIRES = {2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12}


def test_squeezenet_in_caffes_names(assets, monkeypatch):
    network = models.squeezenet1_1()
    for parameter in network.parameters():
        parameter.data = torch.randn_like(parameter) / 10
    tensors = {}
    for name, tensor in network.state_dict().items():
        layer, kind = name.rsplit(".", 1)
        if layer in ("features.0", "classifier.1"):
            theirs = {"features.0": "conv1", "classifier.1": "conv10"}[layer]
        else:
            _, place, part = layer.split(".")
            fire = next(fire for fire, where in CAFFE_FIRES.items() if where == int(place))
            theirs = f"fire{fire}.{part.replace('squeeze', 'squeeze1x1')}"
        tensors[f"{theirs}.{kind}"] = tensor
    known = published.of("squeezenet1_1")[0]
    save_file(tensors, assets / known.file)
    alone = (dataclasses.replace(known, sha256=digest(assets / known.file)),)
    monkeypatch.setattr(published, "of", lambda name: alone)
    found = load("squeezenet1_1")
    assert same(found.network, network)
    x = torch.rand(1, 3, 64, 64)
    assert torch.equal(found.network(x), network.eval()(x))
    assert (found.class_names[0], len(found.class_names)) == ("tench", 1000)


# Channels of Lucid's Inception V1: inputs of a block, then 1x1, 3x3 bottleneck, 3x3, 5x5 bottleneck, 5x5, pool_reduce.
LUCID = {
    "mixed3a": (192, 64, 96, 128, 16, 32, 32),
    "mixed3b": (256, 128, 128, 192, 32, 96, 64),
    "mixed4a": (480, 192, 96, 204, 16, 48, 64),
    "mixed4b": (508, 160, 112, 224, 24, 64, 64),
    "mixed4c": (512, 128, 128, 256, 24, 64, 64),
    "mixed4d": (512, 112, 144, 288, 32, 64, 64),
    "mixed4e": (528, 256, 160, 320, 32, 128, 128),
    "mixed5a": (832, 256, 160, 320, 48, 128, 128),
    "mixed5b": (832, 384, 192, 384, 48, 128, 128),
}


def lucid_file(path):
    """A file with the names and shapes of inception5h.pth, and random values."""
    shapes = {"conv2d0": (64, 3, 7, 7), "conv2d1": (64, 64, 1, 1), "conv2d2": (192, 64, 3, 3)}
    for block, (inputs, one, three_before, three, five_before, five, pool) in LUCID.items():
        shapes[f"{block}_1x1"] = (one, inputs, 1, 1)
        shapes[f"{block}_3x3_bottleneck"] = (three_before, inputs, 1, 1)
        shapes[f"{block}_3x3"] = (three, three_before, 3, 3)
        shapes[f"{block}_5x5_bottleneck"] = (five_before, inputs, 1, 1)
        shapes[f"{block}_5x5"] = (five, five_before, 5, 5)
        shapes[f"{block}_pool_reduce"] = (pool, inputs, 1, 1)
    tensors = {}
    for name, shape in shapes.items():
        tensors[f"{name}_pre_relu_conv.weight"] = torch.randn(shape)
        tensors[f"{name}_pre_relu_conv.bias"] = torch.randn(shape[0])
    tensors["softmax2_pre_activation_matmul.weight"] = torch.randn(1008, 1024)
    tensors["softmax2_pre_activation_matmul.bias"] = torch.randn(1008)
    torch.save(tensors, path)
    return tensors


def test_lucids_inception(folders, monkeypatch):
    tensors = lucid_file(folders / "inception5h.pth")
    content = (folders / "inception5h.pth").read_bytes()
    monkeypatch.setattr(downloads, "download", lambda url, path: path.write_bytes(content))
    with pytest.raises(
        WeightsError, match=r"inception5h\.pth .* git id is .*, expected is 119f77db85c8352960933e025312"
    ):
        load("googlenet", weights="lucid")
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    monkeypatch.setattr(published, "LUCID", dataclasses.replace(published.LUCID, git_blob=blob))
    found = load("googlenet", weights="lucid")
    network = found.network.state_dict()
    assert len(network) == len(tensors) == 2 * 58
    assert torch.equal(network["conv2d0_pre_relu.weight"], tensors["conv2d0_pre_relu_conv.weight"])
    for block in LUCID:
        for branch in ("1x1", "3x3_bottleneck", "3x3", "5x5_bottleneck", "5x5", "pool_reduce"):
            for kind in ("weight", "bias"):
                ours, theirs = f"{block}_{branch}_pre_relu.{kind}", f"{block}_{branch}_pre_relu_conv.{kind}"
                assert torch.equal(network[ours], tensors[theirs])
    assert torch.equal(network["fc.weight"], tensors["softmax2_pre_activation_matmul.weight"])
    assert found.preprocessing == Preprocessing(size=224, mean=(117, 117, 117), scale=255)
    assert len(found.class_names) == 1008
    by_path = load("googlenet", weights=folders / "inception5h.pth")  # recognised by its names
    assert same(by_path.network, found.network) and by_path.preprocessing == found.preprocessing


class TestACheckpointOfOnesOwn:
    @pytest.fixture
    def file(self, folders):
        return put(folders / "hers.safetensors", small(7))

    def describe(self, file, **entries):
        path = file.with_suffix(".json")
        whole = {"architecture": "vgg16", "weights": file.name, "options": SMALL, "classes": 3} | entries
        path.write_text(json.dumps(whole), "utf-8")
        return path

    def test_with_a_description(self, file):
        path = self.describe(file, class_names=["a", "b", "c"], preprocessing={"size": 32, "mean": [0.5, 0.4, 0.3]})
        found = load(path)
        assert same(found.network, small(7))
        assert (found.name, found.class_names, found.preprocessing) == ("vgg16", ("a", "b", "c"), HERS)
        assert (found.weights.source, found.weights.sha256) == ("file", digest(file))
        assert same(load(str(path)).network, found.network)

    def test_with_arguments(self, folders):
        network = models.squeezenet1_1(num_classes=3)
        path = folders / "mine.pt"
        torch.save(network.state_dict(), path)
        for found in (
            load(path, architecture="squeezenet1_1", classes=3, preprocessing=HERS),
            load("squeezenet1_1", weights=path, class_names=["a", "b", "c"], preprocessing=HERS),
        ):
            assert same(found.network, network)
            assert found.preprocessing == HERS
            assert len(found.class_names) == 3
            assert not any(isinstance(layer, nn.ReLU) and layer.inplace for layer in found.network.modules())

    def test_a_digest_in_the_description_counts(self, file):
        with pytest.raises(WeightsError, match=r"hers\.safetensors is damaged or another file"):
            load(self.describe(file, sha256="0" * 64))

    @pytest.mark.parametrize(
        ("entries", "sentence"),
        [
            (
                {"classes": 4},
                r"hers.safetensors does not fit VGG16: fc.bias is \(3\) instead of \(4\), fc.weight is \(3 × 26\)",
            ),
            (
                {"options": {"width": 0.05}},
                r"it lacks fc6\.weight .*; it holds fc\.bias, fc\.weight, which the network",
            ),
            ({"options": {"depth": 3}}, r"vgg16 cannot be built with options {'depth': 3} \(.*depth"),
            ({"options": {"head": "wide"}}, "cannot be built with options .*head is 'wide'; allowed are dense and"),
            ({"weights": "gone.pth"}, r"gone\.pth cannot be read"),
        ],
    )
    def test_refused(self, file, entries, sentence):
        with pytest.raises(WeightsError, match=sentence):
            load(self.describe(file, **entries))

    def test_an_unknown_architecture(self, file):
        with pytest.raises(UnknownNetwork, match=r"There is no network 'vgg-16'; the nearest name is vgg16"):
            load(file, architecture="vgg-16")
