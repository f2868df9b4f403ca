"""The door from Python, on small networks of every kind, against obvious loops and Captum."""

import os
import subprocess
import sys
import tarfile

import numpy as np
import pytest
import torch
from captum.attr import NeuronGuidedBackprop
from PIL import Image
from torch import nn
from torch.nn import functional

from helpers import units
from helpers.ascent.errors import AscentError
from helpers.attribution.forward_pass import CannotReverse
from helpers.data.listing import ImagesError
from helpers.hooks.layer_output import OutputError
from helpers.hooks.receptive_fields import FieldError
from helpers.hooks.recording import NoOutput, UnknownLayer
from helpers.hooks.strongest_inputs import ActivationError
from helpers.models.preprocessing import PreprocessingError
from helpers.pages.repository import REPOSITORY

SIZE = 20
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


class Maps(nn.Module):
    """Convolutions with a ReLU that is a function, one layer used twice, classes."""

    def __init__(self, channels=3):
        super().__init__()
        self.first = nn.Conv2d(channels, 6, 3, padding=1)
        self.norm, self.drop = nn.BatchNorm2d(6), nn.Dropout(0.5)
        self.again = nn.Conv2d(6, 6, 3, stride=2)
        self.classes = nn.Linear(6, 4)

    def forward(self, x):
        x = functional.relu(self.norm(self.first(x)))
        x = functional.relu(self.again(functional.relu(self.again(x))))
        return self.classes(self.drop(x.mean((2, 3))))


class Tokens(nn.Module):
    """A small transformer on patches; its units are the last axis."""

    def __init__(self, channels=3):
        super().__init__()
        self.patches = nn.Conv2d(channels, 8, 5, stride=5)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.classes = nn.Linear(8, 4)

    def forward(self, x):
        return self.classes(self.block(self.patches(x).flatten(2).transpose(1, 2)).mean(1))


def chain(channels=3):
    layers = [nn.Conv2d(channels, 5, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, 4, 3), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * 7 * 7, 3))


def seeded(make, *arguments):
    torch.manual_seed(0)
    return make(*arguments).eval()


def load(module, **options):
    return units.load(module, **{"size": SIZE, "mean": MEAN, "std": STD} | options)


def pixels(count, channels=3, size=SIZE):
    return torch.rand(count, channels, size, size, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def photos(tmp_path):
    """Twelve photographs of noise in two folders, and the same in a tar file beside them."""
    for number, x in enumerate(pixels(12)):
        folder = tmp_path / "photos" / ("cats" if number % 2 else "dogs")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray((x * 255).round().byte().movedim(0, -1).numpy()).save(folder / f"{number:02d}.png")
    with tarfile.open(tmp_path / "photos.tar", "w") as tar:
        tar.add(tmp_path / "photos", ".")
    return tmp_path / "photos"


def by_a_loop(module, layer, images, number):
    """(value, image, position) of every image, the strongest first: one image at a time, with a hook of torch."""
    kept, found = [], []
    handle = dict(module.named_modules())[layer].register_forward_hook(lambda *each: kept.append(each[2]))
    for k, image in enumerate(images):
        with torch.no_grad():
            module(((image - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None])[None])
        output = kept[-1][0].clone()
        own = output[:, number] if output.dim() == 2 else output[number]
        place = (own == own.max()).nonzero()[0].tolist()
        found.append((float(own.max()), k, tuple(place)))
    handle.remove()
    return sorted(found, reverse=True)


CASES = [(Maps, "norm", 5), (Maps, "again", 2), (Maps, "classes", 3), (Tokens, "block", 7), (Tokens, "classes", 1)]
CASES += [(Tokens, "patches", 0), (chain, "3", 1), (chain, "6", 2)]


@pytest.mark.parametrize(("make", "layer", "number"), CASES)
def test_the_strongest_images_are_those_of_a_loop(make, layer, number):
    module, images = seeded(make), pixels(12)
    hits = load(module).unit(layer, number).strongest(images, count=5, batch_size=4)
    for hit, (value, k, place) in zip(hits, by_a_loop(module, layer, images, number), strict=False):
        assert hit.value == pytest.approx(value, rel=1e-4, abs=1e-6)
        assert (hit.name, hit.position) == (f"image {k}", place)
        assert torch.equal(hit.image, images[k])
        top, bottom, left, right = hit.window
        assert torch.equal(hit.patch, images[k][:, top:bottom, left:right])
    assert len(hits) == 5


def test_a_folder_a_tar_file_and_tensors_give_the_same(photos):
    unit = load(seeded(Maps)).unit("norm", 5)
    of_folder = unit.strongest(photos, count=4)
    of_tar = unit.strongest(str(photos.with_suffix(".tar")), count=4, batch_size=5)
    assert [hit.name for hit in of_folder] == [hit.name for hit in of_tar]
    assert all(hit.class_name == hit.name.split("/")[0] for hit in of_folder)
    paths = sorted(path.relative_to(photos).as_posix() for path in photos.rglob("*.png"))
    arrays = [np.array(Image.open(photos / path)) for path in paths]
    sources = {
        "arrays": arrays,
        "pillow": (Image.fromarray(array) for array in arrays),
        "paths": [photos / path for path in paths],
        "tensors": [torch.from_numpy(array).movedim(-1, 0) / 255 for array in arrays],
        "bytes": [torch.from_numpy(array).movedim(-1, 0) for array in arrays],
        "named": [{"image": array, "label": 3} for array in arrays],
        "loader": torch.utils.data.DataLoader([(torch.from_numpy(a).movedim(-1, 0) / 255, 3) for a in arrays], 5),
        "labelled": [(torch.from_numpy(array).movedim(-1, 0) / 255, 3) for array in arrays],
        "batches": (torch.from_numpy(np.stack(arrays[k : k + 5])).movedim(-1, 1) / 255 for k in (0, 5, 10)),
    }
    for source, images in sources.items():
        again = unit.strongest(images, count=4, batch_size=3)
        assert [paths[int(hit.name.split()[1])] for hit in again] == [hit.name for hit in of_folder], source
        assert [hit.value for hit in again] == pytest.approx([hit.value for hit in of_folder], rel=1e-5), source


def test_patterns_need_no_images():
    assert len(load(seeded(chain), size=32).unit("0", 1).strongest("patterns", count=2, batch_size=64)) == 2


def test_images_of_other_sizes_have_windows_of_their_own():
    module = seeded(Maps)
    hits = load(module).unit("norm", 5).strongest([*pixels(2), *pixels(2, size=31)], count=4)
    for hit in hits:
        row, column = hit.position
        side = hit.image.shape[-1]
        assert hit.window == (max(row - 1, 0), min(row + 2, side), max(column - 1, 0), min(column + 2, side))


def test_all_units_of_a_layer_in_one_pass():
    net = load(seeded(Maps))
    found = net.strongest("norm", pixels(9), count=3, batch_size=4)
    for number in range(6):
        hits = net.unit("norm", number).strongest(pixels(9), count=3)
        assert [f"image {k}" for k in found.number[number].tolist()] == [hit.name for hit in hits]
        assert found.position[number].tolist() == [list(hit.position) for hit in hits]
    strongest = max(range(6), key=lambda n: float(net.unit("norm", n).activation(pixels(1)[0]).max()))
    assert net.strongest_unit("norm", pixels(1)[0]).number == strongest


def test_a_layer_that_runs_twice_means_its_last_call_and_any_by_number():
    net = load(seeded(Maps))
    assert net.unit("again", 1).activation(pixels(1)[0]).shape == (4, 4)
    assert net.unit("again", 1, call=0).activation(pixels(1)[0]).shape == (9, 9)
    assert net.unit("again", 1, call=0).strongest(pixels(3))[0].position > (3, 3)
    with pytest.raises(NoOutput, match="no call 2; calls go from 0 to 1"):
        net.unit("again", 1, call=2).activation(pixels(1)[0])


@pytest.mark.parametrize(("make", "layer", "number"), CASES)
def test_the_gradient_is_that_of_finite_differences(make, layer, number):
    module, image = seeded(make).double(), pixels(1)[0].double()
    unit = load(module).unit(layer, number)
    where = tuple(n // 2 for n in unit.activation(image).shape)
    gradient = unit.gradient(image, position=where)
    net = load(module)
    for channel, row, column in [(0, 9, 11), (1, 12, 8), (2, 10, 10)]:
        moved = image.clone()
        ends = []
        for change in (1e-5, -1e-5):
            moved[channel, row, column] = image[channel, row, column] + change
            x = net.prepare(moved[None])
            ends.append(float(units.unit.layer_output(module, layer, x)[(0, number, *where)]))
        assert float(gradient[channel, row, column]) == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4, abs=1e-8)


def test_guided_backpropagation_is_that_of_captum_in_the_colours_of_the_image():
    module, image = seeded(chain), pixels(1)[0]
    unit = load(module).unit("3", 2)
    (hit,) = unit.strongest(image[None], count=1)
    prepared = load(module).prepare(image[None]).requires_grad_()
    captum = NeuronGuidedBackprop(module, module[3]).attribute(prepared, (2, *hit.position))[0]
    expected = hit.value * captum / torch.tensor(STD)[:, None, None]
    torch.testing.assert_close(unit.guided(image), expected.detach(), rtol=1e-4, atol=1e-6)


def test_the_receptive_field_holds_all_of_the_gradient():
    unit = load(seeded(chain)).unit("3", 1)
    window = unit.receptive_field((2, 5))
    outside = unit.gradient(pixels(1)[0], position=(2, 5))
    assert outside[:, *window.slices].any()
    outside[:, *window.slices] = 0
    assert not outside.any()
    assert unit.receptive_field() == unit.receptive_field((3, 3))
    without_classes = load(seeded(lambda: chain()[:5])).unit("3", 1)
    assert without_classes.receptive_field((10, 0), size=(28, 20)) == (20, 28, 0, 8)


@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize(("make", "layer", "number"), CASES)
def test_networks_of_other_channels_are_looked_at_alike(make, layer, number, channels, readable):
    net = units.load(seeded(make, channels), size=SIZE, mean=[0.4] * channels, std=[0.2] * channels)
    assert net.channels == channels == units.load(seeded(make, channels), size=SIZE).channels
    unit, images = net.unit(layer, number), pixels(4, channels)
    hits = unit.strongest(images, count=2)
    found = unit.optimised(steps=2)
    assert found.image.shape == hits[0].image.shape == unit.gradient(hits[0].image).shape == (channels, SIZE, SIZE)
    assert not net.layers().empty
    readable(units.sheet(unit, hits, found).figure)


def test_a_network_of_one_channel_sees_photographs_in_grey(photos):
    unit = units.load(seeded(chain, 1), size=SIZE).unit("3", 1)
    hit = unit.strongest(photos, count=1)[0]
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    assert hit.image.shape == (3, SIZE, SIZE) == unit.gradient(hit.image).shape
    grey = (hit.image * weights).sum(0, keepdim=True)
    assert float(unit.activation(grey).max()) == pytest.approx(hit.value, rel=1e-4)


@pytest.mark.parametrize("layer", ["classes", "block", "norm"])
def test_the_middle_is_meant_where_no_position_is_given(layer):
    unit = load(seeded(Tokens if layer == "block" else Maps)).unit(layer, 1)
    middle = tuple(n // 2 for n in unit.activation(pixels(1)[0]).shape)
    assert unit.receptive_field() == unit.receptive_field(middle)


def test_what_a_unit_behind_attention_sees_is_the_whole_image():
    hit = load(seeded(Tokens)).unit("block", 3).strongest(pixels(2))[0]
    assert hit.window == (0, SIZE, 0, SIZE)


@pytest.mark.parametrize(("make", "layer", "number"), CASES)
def test_the_optimised_image_excites_the_unit_more_than_noise_does(make, layer, number):
    unit = load(seeded(make)).unit(layer, number)
    found = unit.optimised(steps=12, seed=3)
    assert found.value > found.start
    assert found.image.min() >= 0 and found.image.max() <= 1 and found.image.shape == (3, SIZE, SIZE)
    assert float(unit.activation(found.image)[found.position]) == pytest.approx(found.value, rel=1e-4)
    assert torch.equal(unit.optimised(steps=12, seed=3).image, found.image)
    assert not torch.equal(unit.optimised(steps=12, seed=4).image, found.image)


def test_a_unit_that_noise_leaves_silent_climbs_from_an_image_that_excites_it():
    module = seeded(chain)
    unit = load(module).unit("1", 1)
    photograph = pixels(1)[0]
    module[0].bias.data[1] -= float(unit.activation(photograph).max()) * 0.9
    with pytest.raises(AscentError, match="give start= an image that excites it"):
        unit.optimised(steps=2)
    found = unit.optimised(steps=8, shift=0, start=photograph)
    assert found.position == unit.strongest([photograph])[0].position
    assert found.value > found.start == pytest.approx(float(unit.activation(photograph).max()), rel=0.3)


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_a_network_is_left_as_it_was(frozen, mode):
    module = seeded(Maps).train().requires_grad_(not frozen)
    module.drop.eval()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    with mode():
        unit = load(module).unit("norm", 1)
        hits = unit.strongest(pixels(3))
        unit.gradient(hits[0].image), unit.optimised(steps=2)
    assert module.training and module.norm.training and not module.drop.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert all(each.requires_grad is not frozen and each.grad is None for each in module.parameters())
    assert not any(each._forward_hooks for each in module.modules())
    assert hits[0].value == load(module.eval()).unit("norm", 1).strongest(pixels(3))[0].value


def test_without_statistics_images_are_handed_on_as_they_are():
    module = seeded(Maps)
    unit = units.load(module, size=SIZE).unit("classes", 2)
    prepared = pixels(3) * 4 - 2
    with torch.no_grad():
        expected = module(prepared)[:, 2].sort(descending=True).values
    assert [hit.value for hit in unit.strongest(prepared)] == pytest.approx(expected.tolist(), rel=1e-5)


def test_half_precision_is_looked_at_in_half_precision():
    single, half = (load(seeded(chain).to(dtype)).unit("3", 1) for dtype in (torch.float32, torch.bfloat16))
    hit, other = single.strongest(pixels(4))[0], half.strongest(pixels(4))[0]
    assert other.value == pytest.approx(hit.value, rel=0.05)
    assert half.optimised(steps=4).image.isfinite().all() and half.gradient(hit.image).isfinite().all()


def test_layers_are_a_table_and_auto_is_a_deep_one():
    table = load(seeded(chain)).layers().set_index("name")
    assert table.loc["3", "kind"] == "Conv2d" and table.loc["3", "shape"] == (4, 7, 7)
    assert table.loc["3", "sees"] == (8, 8)
    assert load(seeded(chain)).unit("auto", 0).layer == "4"


def test_a_network_goes_by_its_name():
    net = units.load("vgg16", weights="embedded")
    assert net.size == 64
    assert net.unit("relu4_3", 3).activation(pixels(1, size=64)[0]).shape == (8, 8)


@pytest.mark.parametrize(
    ("look", "error", "sentence"),
    [
        (lambda net: net.unit("nrom", 0), UnknownLayer, "no layer 'nrom'; the nearest names are norm"),
        (lambda net: net.unit("norm", 6).strongest(pixels(2)), OutputError, "no unit 6; its units go from 0 to 5"),
        (lambda net: net.unit("norm", -1).activation(pixels(1)[0]), OutputError, "no unit -1; its units go from 0"),
        (lambda net: net.unit("norm", 6).gradient(pixels(1)[0]), OutputError, "no unit 6"),
        (lambda net: net.unit("norm", 6).optimised(steps=1), OutputError, "no unit 6"),
        (lambda net: net.unit("norm", 0).gradient(pixels(1)[0], position=(20, 0)), OutputError, r"rows from 0 to 19"),
        (lambda net: net.unit("norm", 0).receptive_field((20, 0)), FieldError, r"no unit at \(20, 0\)"),
        (lambda net: net.unit("norm", 0).strongest("nowhere"), ImagesError, "There are no images at nowhere"),
        (lambda net: net.unit("norm", 0).strongest([()]), units.PictureError, "a tuple is no image"),
        (
            lambda net: net.unit("norm", 0).strongest(pixels(2) * 3 - 1),
            units.PictureError,
            "allowed are 0 to 1, because",
        ),
        (lambda net: net.unit("norm", 0).gradient(pixels(1)[0] * 255), units.PictureError, "an image has values from"),
        (lambda net: net.unit("norm", 0).strongest(pixels(2), batch_size=0), units.PictureError, "batch_size = 0"),
        (lambda net: net.unit("norm", 0).strongest([]), ActivationError, "there are no inputs"),
        (lambda net: net.unit("norm", 0).strongest(pixels(2), count=0), ActivationError, "count = 0 must be at least"),
        (
            lambda net: net.unit("norm", 4).strongest(pixels(2) * float("nan")),
            units.PictureError,
            "values from nan",
        ),
        (lambda net: units.sheet(net.unit("norm", 0), [], None), units.PictureError, "a sheet needs"),
        (lambda net: net.unit("norm", 0).strongest(3), units.PictureError, "a int holds no images"),
        (lambda net: net.unit("norm", 0).strongest([None]), units.PictureError, "a NoneType is no image"),
        (lambda net: net.unit("norm", 0).gradient(pixels(2)), units.PictureError, r"shape \(2, 3, 20, 20\)"),
        (lambda net: net.unit("norm", 0).gradient(np.zeros((4, 4, 3))), units.PictureError, "and float64 is no image"),
        (lambda net: net.unit("norm", 0).gradient(pixels(1, 4)[0]), PreprocessingError, "3 channels, and these have 4"),
        (lambda net: units.sheet(net.unit("norm", 0), []), units.PictureError, "a sheet needs strongest images"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(look, error, sentence):
    with pytest.raises(error, match=sentence):
        look(load(seeded(Maps)))


def test_a_unit_that_is_silent_has_nothing_to_climb():
    module = seeded(chain)
    module[0].bias.data -= 100
    with pytest.raises(AscentError, match="unit 1 of 1 has no gradient on any image to start with, so that there is"):
        load(module).unit("1", 1).optimised(steps=2)


def test_a_sheet_shows_and_saves_what_there_is(tmp_path, readable):
    unit = load(seeded(chain)).unit("3", 1)
    hits = unit.strongest(pixels(4), count=3)
    sheet = units.sheet(unit, hits, unit.optimised(steps=2), columns=2)
    readable(sheet.figure)
    titles = [axis.get_title() for axis in sheet.figure.axes]
    assert [title for title in titles if title.startswith(("patch", "gradient", "guided"))] == [
        *("patch 1", "patch 2", "gradient 1", "gradient 2", "guided 1", "guided 2")
    ]
    sheet.save(tmp_path / "new" / "unit.png")
    with Image.open(tmp_path / "new" / "unit.png") as image:
        assert image.format == "PNG" and image.width > 400


def test_a_sheet_does_without_what_has_no_way_back(monkeypatch):
    def refuse(*_, **__):
        raise CannotReverse("no way")

    monkeypatch.setattr(units.unit, "forward", refuse)
    unit = load(seeded(chain)).unit("3", 1)
    sheet = units.sheet(unit, unit.strongest(pixels(1)))
    assert not any(axis.get_title().startswith("guided") for axis in sheet.figure.axes)


def test_what_is_found_is_printed_in_one_line():
    unit = load(seeded(chain)).unit("3", 1)
    assert "\n" not in repr(unit.strongest(pixels(1))[0]) + repr(unit.optimised(steps=1))


# Values of other types than those that the annotations name, which the tests' own check of types would meet first.
TYPES = """
import torch
from torch import nn
from helpers import units
from helpers.errors import BadInput
module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten())
net, x = units.load(module, size=9, mean=0.5, std=torch.tensor([0.2, 0.2, 0.2])), torch.rand(2, 3, 9, 9)
unit = net.unit("0", torch.tensor(1))
assert unit.gradient(x[0], position=[1, 2]).equal(unit.gradient(x[0], position=torch.tensor([1, 2])))
looks = {
    "a network": lambda: units.load(7),
    "a size": lambda: units.load(module, size="9"),
    "a mean": lambda: units.load(module, size=9, mean="grey"),
    "a layer": lambda: net.unit(0, 1),
    "a number": lambda: net.unit("0", "1"),
    "a call": lambda: net.unit("0", 1, call="all"),
    "a count": lambda: unit.strongest(x, count="9"),
    "a batch": lambda: unit.strongest(x, batch_size=2.5),
    "a position": lambda: unit.gradient(x[0], position=5),
    "a folder": lambda: units.sheet(unit, unit.strongest(x)).save("/"),
}
for name, look in looks.items():
    try:
        look()
    except BadInput as error:
        assert "\\n" not in str(error), name
    else:
        raise AssertionError(name)
"""


def test_values_of_other_types_end_in_a_sentence():
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    run = subprocess.run([sys.executable, "-c", TYPES], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
