"""The pass against whole maps of the same batches, and against itself in parts, in other batches, and interrupted."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from helpers.data.images import Images, open_images
from helpers.hooks.names import UnknownLayer
from helpers.hooks.receptive_fields import FieldError
from helpers.hooks.recording import record
from helpers.hooks.reducers.about import AnotherPass
from helpers.hooks.reducers.active_share import ActiveShare
from helpers.hooks.reducers.class_means import ClassMeans
from helpers.hooks.reducers.extremes import Extremes
from helpers.hooks.reducers.histogram import Histogram
from helpers.hooks.reducers.moments import Moments
from helpers.hooks.reducers.one_pass import _Pass, one_pass, parts
from helpers.hooks.reducers.responses import ActivationError
from helpers.hooks.reducers.unit_statistics import merged, read, save
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import load

VERSION = b'\\"version\\": 1'  # in the header of a file
LAYERS = ["conv.0", "conv.1", "tokens"]


class Network(nn.Module):
    """Maps that an in-place layer overwrites, tokens, classes; a layer that is not run."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.conv = nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(inplace=True), nn.MaxPool2d(5, 2))
        self.tokens, self.classes, self.unused = nn.Linear(5, 4), nn.Linear(4, 3), nn.ReLU()

    def forward(self, x):
        return self.classes(self.tokens(self.conv(x).flatten(2).transpose(1, 2)).mean(1))


def loaded(network=None):
    return load(network or Network(), preprocessing=Preprocessing(size=12, mean=(0.5,) * 3, std=(0.25,) * 3))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """33 images of three classes; some are alike, and two cannot be read."""
    root, random = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(33):
        pixels = (
            random.integers(0, 256, (12, 12, 3), dtype=np.uint8) if number % 4 else np.full((12, 12, 3), 9, np.uint8)
        )
        path = root / f"class {number % 3}" / f"{number:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(path)
    for name in ("class 0/15.png", "class 2/20.png"):
        (root / name).write_bytes(b"not an image")
    return root


def of(folder) -> Images:
    return open_images(folder, size=12)


def statistics(count=4):
    return {
        "active": ActiveShare(),
        "classes": ClassMeans(3),
        "strongest": Extremes(count),
        "weakest": Extremes(3, weakest=True, positions=False),
        "histogram": Histogram(),
        "moments": Moments(),
    }


def run(folder, network=None, layers=LAYERS, given=None, batch_size=4, **other):
    return one_pass(
        loaded(network), of(folder), layers, given or statistics(), batch_size=batch_size, progress=False, **other
    )


def same(first, second):
    a, b = first.tensors(), second.tensors()
    assert first.header() == second.header() and a.keys() == b.keys() and len(a) > 10
    return all(a[name].dtype == b[name].dtype and torch.equal(a[name], b[name]) for name in a)


def by_a_loop(folder, batch_size):
    """Whole maps of all images that can be read, and their numbers: layer -> (image, unit, position)."""
    network, found, numbers = loaded(), {layer: [] for layer in LAYERS}, []
    for batch in of(folder).batches(batch_size, progress=False):
        with record(network.network, LAYERS) as outputs, torch.no_grad():
            network.network(network.preprocessing(batch.x))
        for layer in LAYERS:
            output = outputs[layer].mT if layer == "tokens" else outputs[layer].flatten(2)
            found[layer].append(output)
        numbers += batch.places
    return {layer: torch.cat(each) for layer, each in found.items()}, numbers


@pytest.mark.parametrize("batch_size", [1, 7, 32])
@pytest.mark.parametrize("over", ["maximum", "mean"])
def test_it_finds_what_whole_maps_of_the_same_batches_give_bit_for_bit(folder, batch_size, over):
    found = run(folder, batch_size=batch_size, over=over)
    maps, numbers = by_a_loop(folder, batch_size)
    labels = of(folder).labels[numbers]
    assert found.read == 31 == len(numbers) and list(found.unreadable) == ["class 0/15.png", "class 2/20.png"]
    for layer in LAYERS:
        value = maps[layer].amax(2) if over == "maximum" else maps[layer].mean(2)
        exact = value.double()
        strongest = found.of("strongest", layer).found()
        for unit in range(value.shape[1]):
            ranked = sorted(range(31), key=lambda n: (-float(value[n, unit]), n))[:4]
            assert strongest.number[unit].tolist() == [numbers[n] for n in ranked]
            if over == "maximum":
                assert torch.equal(strongest.value[unit], value[ranked, unit] + 0.0)
                places = maps[layer][ranked, unit].argmax(1)
                position = strongest.position[unit]
                flat = position[:, 0] if layer == "tokens" else position[:, 0] * 10 + position[:, 1]
                assert flat.tolist() == places.tolist()
                assert layer != "tokens" or (position[:, 1] == -1).all()
        weakest = found.of("weakest", layer).found()
        torch.testing.assert_close(weakest.value[:, 0], value.amin(0), rtol=1e-6, atol=1e-7)
        tolerance = dict(rtol=1e-12, atol=1e-13) if over == "maximum" else dict(rtol=1e-6, atol=1e-7)
        torch.testing.assert_close(found.of("moments", layer).mean(), exact.mean(0), **tolerance)
        torch.testing.assert_close(found.of("moments", layer).variance(), exact.var(0), **tolerance)
        torch.testing.assert_close(found.of("active", layer).share(), (value > 0).double().mean(0))
        for number in range(3):
            mean = exact[labels == number].mean(0)
            torch.testing.assert_close(found.of("classes", layer).means()[number], mean, **tolerance)


def test_parts_merge_to_the_bits_of_one_run_in_any_order(folder, tmp_path):
    whole = run(folder)
    some = [run(folder, part=part) for part in parts(33, 4, batch_size=4)]
    assert len(some) == 4
    for number, part in enumerate(some):
        save(part, tmp_path / f"{number}.safetensors")
    some = [read(tmp_path / f"{number}.safetensors") for number in range(4)]
    for order in permutations(some):
        assert same(merged(order), whole)
    assert same(merged([merged(some[2:]), merged(some[:2])]), whole)


def test_other_batch_sizes_change_nothing_but_the_last_places_of_the_forward_pass(folder):
    """Seven decimal places are float32's precision; the lists of images are the same where responses differ by more."""
    runs = [run(folder, batch_size=size) for size in (1, 7, 32)]
    for layer in LAYERS:
        first, *others = (each.of("strongest", layer).found() for each in runs)
        for other in others:
            torch.testing.assert_close(other.value, first.value, rtol=1e-6, atol=1e-6)
        first, *others = (each.of("moments", layer) for each in runs)
        for other in others:
            torch.testing.assert_close(other.mean(), first.mean(), rtol=1e-6, atol=1e-6)


class Exact(nn.Module):
    """A network whose outputs do not depend on the batch: sums and maxima of whole numbers."""

    def __init__(self):
        super().__init__()
        self.scale, self.pool = nn.Conv2d(3, 5, 1, bias=False), nn.MaxPool2d(2)
        self.scale.weight.data = torch.tensor([[1, 2, -1], [0, 1, 0], [-1, -1, 3], [2, 0, -2], [1, 1, 1]]).float()[
            :, :, None, None
        ]

    def forward(self, x):
        return self.pool(self.scale((x * 1020).round()))


def test_the_reduction_adds_nothing_to_what_the_batch_size_does(folder):
    first, *others = (run(folder, Exact(), ["scale", "pool"], batch_size=size) for size in (1, 7, 32))
    for other in others:
        other.about = first.about
        assert same(first, other)


@pytest.mark.parametrize("after", [1, 4, 7])
def test_an_interrupted_pass_goes_on_where_it_was_saved(folder, tmp_path, monkeypatch, after):
    whole, path, looked = run(folder), tmp_path / "pass.safetensors", []
    look, stop_after = _Pass.look, after

    def watched(self, batch, first):
        if len(looked) == stop_after:
            raise KeyboardInterrupt
        looked.append(batch.places)
        look(self, batch, first)

    monkeypatch.setattr(_Pass, "look", watched)
    with pytest.raises(KeyboardInterrupt):
        run(folder, path=path, save_every=2)
    assert path.exists() == (after >= 2)
    looked.clear()
    stop_after = None
    assert same(run(folder, path=path, save_every=2), whole)
    assert len(looked) == 9 - after // 2 * 2
    assert same(run(folder, path=path), whole)  # a finished pass is only read
    assert len(looked) == 9 - after // 2 * 2 and [each.name for each in tmp_path.iterdir()] == ["pass.safetensors"]


def test_what_is_kept_does_not_grow_with_the_images():
    images, network = open_images("patterns", size=16), loaded()
    sizes = []
    for count in (40, 160):
        found = one_pass(network, images.choose(count), LAYERS, {"strongest": Extremes(9), "moments": Moments()})
        sizes.append(sum(tensor.untyped_storage().nbytes() for tensor in found.tensors().values()))
    assert sizes[0] == sizes[1]


def test_a_part_of_something_else_is_refused(folder, tmp_path):
    first, second = (run(folder, part=part) for part in parts(33, 2, batch_size=4))

    def other(**changes):
        return replace(second, about=replace(second.about, **changes), name="b.safetensors")

    for changes, why in [
        (dict(network="0"), "b.safetensors is of another network"),
        (dict(images="0"), "is of another list of images"),
        (dict(image_count=32), r"another list of images \(image_count is 32 instead of 33\)"),
        (dict(torch="1.0"), r"was made by another version \(torch is 1.0 instead of "),
        (dict(batch_size=8), r"with other settings \(batch_size is 8 instead of 4\)"),
        (dict(over="mean"), r"with other settings \(over is mean instead of maximum\)"),
    ]:
        with pytest.raises(AnotherPass, match=why):
            merged([first, other(**changes)])
    with pytest.raises(AnotherPass, match="images 0 to 15 has images that another part has, too: 0 to 15"):
        merged([first, second, first])
    with pytest.raises(AnotherPass, match="no parts"):
        merged([])
    path = tmp_path / "a.safetensors"
    save(second, path)
    with pytest.raises(AnotherPass, match=r"a.safetensors holds other images than images 0 to 15 begin with"):
        run(folder, part=range(0, 16), path=path)
    with pytest.raises(AnotherPass, match=r"a.safetensors is of another network"):
        run(folder, nn.Sequential(nn.Conv2d(3, 2, 1)), ["0"], part=range(16, 33), path=path)
    with pytest.raises(AnotherPass, match=r"with other settings \(statistics is"):
        run(folder, given={"moments": Moments()}, part=range(16, 33), path=path)


def test_a_damaged_file_is_refused(folder, tmp_path):
    path = tmp_path / "a.safetensors"
    save(run(folder), path)
    content = path.read_bytes()
    for damaged, why in [
        (content[:-7], "is not a whole file of unit statistics"),
        (content[:5], "is not a whole file of unit statistics"),
        (content[:-1] + bytes([content[-1] ^ 1]), "is damaged"),
        (content.replace(VERSION, VERSION[:-1] + b"9"), "made by another version"),
    ]:
        path.write_bytes(damaged)
        with pytest.raises(AnotherPass, match=f"a.safetensors .*{why}"):
            read(path)


def test_what_these_images_and_layers_do_not_have_is_refused_before_the_pass(folder):
    for error, why, changes in [
        (UnknownLayer, "no layer 'convs'", dict(layers=["convs"])),
        (ActivationError, "the layer unused does not run", dict(layers=["unused"])),
        (ActivationError, "a list of different names", dict(layers="conv")),
        (ActivationError, "positions are asked for, and the layer classes has none", dict(layers=["classes"])),
        (ActivationError, "99 images are to be kept of each unit, and there are 33", dict(given=statistics(99))),
        (ActivationError, "are asked for of 5 classes, and images0 has 3", dict(given={"classes": ClassMeans(5)})),
        (ActivationError, "over = 'sum'; allowed are maximum and mean", dict(over="sum")),
        (ActivationError, "images 2 to 3 are no part of 33 images in batches of 4", dict(part=range(2, 4))),
        (ActivationError, "batch_size = 0 must be at least 1", dict(batch_size=0)),
    ]:
        with pytest.raises(error, match=why):
            run(folder, **changes)
    small = open_images(folder, size=2)
    with pytest.raises(FieldError, match="does not run on images of 2 points"):
        one_pass(loaded(), small, LAYERS, statistics(), progress=False)
    first = of(folder).choose(12)  # the first class alone, and one image of the second
    with pytest.raises(ActivationError, match="the class class 2 has no images"):
        one_pass(loaded(), first, LAYERS, {"classes": ClassMeans(3)}, progress=False)


def test_what_turns_out_in_the_pass_is_refused_and_leaves_no_finished_file(folder, tmp_path):
    path = tmp_path / "a.safetensors"
    with pytest.raises(ActivationError, match="31 of 33 images could be read, and 32 are to be kept"):
        run(folder, given=statistics(32), path=path)
    silent = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU())
    silent[0].bias.data -= 99
    with pytest.raises(ActivationError, match="all units of these layers are silent on all images"):
        run(folder, silent, ["1"], path=path)
    broken = Network()
    broken.conv[0].weight.data[2] = 3e38
    with pytest.raises(ActivationError, match=r"unit 2 of conv.0 has the activation (-?inf|nan) on class 0/00.png"):
        run(folder, broken, path=path)
    assert not path.exists()


def test_a_class_whose_images_cannot_be_read_is_refused(tmp_path):
    for name in ("a/1.png", "a/2.png", "b/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)).save(tmp_path / name)
    (tmp_path / "b/1.png").write_bytes(b"")
    with pytest.raises(ActivationError, match="the class b has no images"):
        run(tmp_path, given={"classes": ClassMeans(2)})


def test_parts_begin_where_batches_do():
    for images, count, size in [(33, 4, 4), (10, 3, 32), (1000, 7, 16), (5, 9, 1)]:
        found = parts(images, count, batch_size=size)
        assert [place for part in found for place in part] == list(range(images)) and len(found) <= count
        assert all(part.start % size == 0 for part in found)
