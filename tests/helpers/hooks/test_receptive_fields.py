"""Receptive fields against published numbers, against the support of gradients, and against perturbed pixels."""

from fractions import Fraction
from itertools import product

import pytest
import torch
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torchvision import models

from helpers.errors import BadInput
from helpers.hooks.layer_table import layers
from helpers.hooks.names import CannotLookInside
from helpers.hooks.receptive_fields import FieldError, receptive_field, trace
from helpers.hooks.windows import Window, pair
from helpers.models.googlenet import GoogLeNet
from helpers.models.vgg import VGG16


@pytest.fixture(scope="module")
def vgg():
    with torch.device("meta"):
        return VGG16(width=0.1, head="average", classes=4)


def positive(network):
    """Weights above 0 and no biases: on a positive image nothing cancels, and every ReLU is open."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.uniform_(layer.weight, 0.5, 1)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return network.double()


def gradient_windows(network, size, positions=None):
    """The window of the pixels with a gradient, for these or all positions of the output, one backward pass each."""
    image = torch.ones(1, 3, *size, dtype=torch.float64, requires_grad=True)
    output = network(image)
    windows = {}
    for row, column in positions or product(range(output.shape[2]), range(output.shape[3])):
        (gradient,) = torch.autograd.grad(output[0, :, row, column].sum(), image, retain_graph=True)
        seen = gradient[0].abs().sum(0).nonzero()  # (pixel, 2)
        (top, left), (bottom, right) = seen.min(0).values.tolist(), seen.max(0).values.tolist()
        windows[row, column] = (top, bottom + 1, left, right + 1)
    return windows


def check(network, size, layer):
    field = receptive_field(network, layer, size=size)
    windows = gradient_windows(network, size)
    for (row, column), window in windows.items():
        assert tuple(field.window(row, column)) == window
    assert field.units == (max(row for row, _ in windows) + 1, max(column for _, column in windows) + 1)
    return field


KNOWN = {"conv1_1": 3, "conv1_2": 5, "conv2_1": 10, "conv2_2": 14, "conv3_1": 24, "conv3_2": 32, "conv3_3": 40}
KNOWN |= {"conv4_1": 60, "conv4_2": 76, "conv4_3": 92, "conv5_1": 132, "conv5_2": 164, "conv5_3": 196, "pool5": 212}


def test_vgg16_as_published(vgg):
    found = trace(vgg)
    assert {name: found[name][-1].receptive_field.size for name in KNOWN} == {
        name: (size, size) for name, size in KNOWN.items()
    }
    assert found["conv5_3"][-1].receptive_field.jump == (16, 16)
    assert found["relu5_3"][-1].receptive_field.size == (196, 196)


def test_alexnet_as_published():
    with torch.device("meta"):
        features = models.alexnet(num_classes=2).features
    assert receptive_field(features, "12").size == (195, 195)
    assert receptive_field(features, "12").jump == (32, 32)


def test_by_hand(vgg):
    field = receptive_field(vgg, "conv1_2", size=(40, 60))
    assert (field.size, field.jump, field.start, field.units) == ((5, 5), (1, 1), (-2, -2), (40, 60))
    assert field.window(0, 0) == (0, 3, 0, 3)
    assert field.window(10, 59) == (8, 13, 57, 60)
    assert receptive_field(vgg, "fc", size=64).window(0, 0) == (0, 64, 0, 64)
    with pytest.raises(FieldError, match=r"no unit at \(40, 0\): the layer has 40 × 60 positions"):
        field.window(40, 0)


LAYERS = st.one_of(
    st.tuples(
        st.just("conv"), *[st.integers(1, 4)] * 2, *[st.integers(1, 3)] * 2, st.integers(0, 2), st.integers(1, 2)
    ),
    st.tuples(st.just("pool"), st.integers(1, 3), st.integers(1, 3), st.booleans(), st.booleans()),
    st.tuples(st.just("pad"), *[st.integers(0, 2)] * 4),
    st.tuples(st.just("grid"), st.integers(1, 4), st.integers(1, 4)),
)


def layer(kind, *numbers):
    if kind == "conv":
        rows, columns, down, right, padding, dilation = numbers
        return nn.Conv2d(3, 3, (rows, columns), (down, right), padding, dilation, bias=False)
    if kind == "pool":  # averages stand in for maxima, whose gradient reaches one position only
        kernel, stride, padding, ceil = numbers
        return nn.AvgPool2d(kernel, stride, kernel // 2 if padding else 0, ceil_mode=ceil)
    return nn.ZeroPad2d(numbers) if kind == "pad" else nn.AdaptiveAvgPool2d(numbers)


@settings(max_examples=40)
@given(st.lists(LAYERS, min_size=1, max_size=4), st.integers(9, 13), st.integers(9, 13))
def test_windows_are_the_support_of_the_gradient(kinds, height, width):
    network = positive(nn.Sequential(*(layer(*kind) for kind in kinds)))
    try:
        output = network(torch.ones(1, 3, height, width, dtype=torch.float64))
    except RuntimeError:  # a kernel larger than the image
        reject()
    assume(output.shape[2] * output.shape[3] <= 60)  # a backward pass each
    assume((output > 0).all())  # a unit that looks at padding alone sees nothing
    check(network, (height, width), str(len(kinds) - 1))


class Branches(nn.Module):
    """Branches of different reach, a sum with a short cut, and functions instead of modules."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.one, self.three = nn.Conv2d(4, 2, 1), nn.Conv2d(4, 2, 3, padding=1)
        self.five = nn.Conv2d(4, 2, (1, 5), padding=(0, 2))
        self.last = nn.Conv2d(6, 6, 3, padding="same", dilation=2)
        self.end = nn.Identity()

    def forward(self, x):
        x = F.relu(self.first(x))
        x = torch.cat([self.one(x), F.relu(self.three(x)), self.five(x)], 1)
        x = x + self.last(x)
        x += x.relu()
        return self.end(F.avg_pool2d(x, 2, stride=1))


@pytest.mark.parametrize("size", [(12, 17), (21, 14)])
def test_branches_sums_and_functions(size):
    field = check(positive(Branches()), size, "end")
    assert field.jump == (2, 2)


class Shuffled(nn.Module):
    """Half of the channels goes its own way, and then channels are interleaved, as in ShuffleNet."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, stride=2), nn.Conv2d(2, 2, 3, padding=1)
        self.last = nn.Conv2d(4, 1, (2, 1))

    def forward(self, x):
        left, right = self.first(x).chunk(2, dim=1)
        x = torch.cat([left, self.second(right)], 1)  # (image, channel, row, column)
        x = torch.transpose(x.view(1, 2, 2, x.shape[2], x.shape[3]), 1, 2)
        return self.last(x.contiguous().view(1, 4, x.shape[3], x.shape[4]))


def test_channels_that_change_places():
    check(positive(Shuffled()), (15, 12), "last")


def test_unclipped_window_of_a_unit_in_the_middle():
    network = positive(Branches())
    field = receptive_field(network, "end", size=61)
    top, bottom, left, right = gradient_windows(network, (61, 61), [(15, 14)])[15, 14]
    starts = tuple(
        start + jump * position for start, jump, position in zip(field.start, field.jump, (15, 14), strict=True)
    )
    assert (top, left) == starts
    assert (bottom - top, right - left) == field.size == (17, 21)


def test_maximum_pooling_by_raising_one_pixel_at_a_time():
    network = positive(
        nn.Sequential(nn.Conv2d(3, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True), nn.Conv2d(2, 1, 2))
    )
    field = receptive_field(network, "3", size=(9, 12))
    image = torch.rand(1, 3, 9, 12, dtype=torch.float64)
    seen = {position: [] for position in product(range(field.units[0]), range(field.units[1]))}
    with torch.no_grad():
        before = network(image)
        for pixel in product(range(9), range(12)):
            raised = image.clone()
            raised[0, :, pixel[0], pixel[1]] = 1e4  # beyond every other: it is the maximum wherever it is looked at
            for position in (network(raised) != before)[0, 0].nonzero().tolist():
                seen[tuple(position)].append(pixel)
    for position, pixels in seen.items():
        rows, columns = zip(*pixels, strict=True)
        assert field.window(*position) == (min(rows), max(rows) + 1, min(columns), max(columns) + 1)


def test_pooling_to_a_grid_that_does_not_divide():
    field = receptive_field(nn.Sequential(nn.AdaptiveAvgPool2d((4, 1))), "0", size=10)
    assert field.jump == (Fraction(5, 2), 10)
    assert [tuple(field.window(row, 0))[:2] for row in range(4)] == [(0, 3), (2, 5), (5, 8), (7, 10)]


def test_googlenet_has_the_largest_of_its_branches():
    with torch.device("meta"):
        found = trace(GoogLeNet(width=0.1, classes=2))
    for branch in ("1x1", "3x3", "5x5", "pool_reduce"):
        assert found[f"mixed3a_{branch}"][-1].receptive_field.jump == (8, 8)
    # 7 (stride 2), 3 (2), 3, 3 (2), then 5: 7 + 2·2 + 2·4 + 2·4 = 27, and 4·8 more
    assert found["mixed3a_1x1"][-1].receptive_field.size == (27, 27)
    assert found["mixed3a_3x3"][-1].receptive_field.size == (43, 43)
    assert found["mixed3a"][-1].receptive_field.size == found["mixed3a_5x5"][-1].receptive_field.size == (59, 59)


class Moving(nn.Module):
    """Rows end up where channels, columns or other rows were."""

    def __init__(self, move):
        super().__init__()
        self.first, self.last, self.move = nn.Conv2d(3, 7, 3), nn.Conv2d(7, 3, 1), move

    def forward(self, x):
        return self.last(self.move(self.first(x)))


@pytest.mark.parametrize(
    ("network", "layer", "sentence"),
    [
        (Moving(torch.relu), "fist", "the network has no layer 'fist'; the nearest names are first"),
        (
            Moving(lambda x: x.sort(dim=2).values),
            "last",
            "the receptive field of last is not known: it lies behind sort, whose receptive field is not known",
        ),
        (
            Moving(nn.FractionalMaxPool2d(2, output_size=3)),
            "last",
            "it lies behind fractional_max_pool2d in move, whose",
        ),
        (
            Moving(lambda x: F.conv2d(x, x[:, :, :2, :2].expand(7, 7, 2, 2))),
            "last",
            "it lies behind convolution, whose",
        ),
        (Moving(lambda x: x if x.sum() > 0 else -x), "last", "it lies behind a decision by the image's values$"),
        (Moving(lambda x: x * float(x.mean())), "last", "it lies behind a decision by the image's values$"),
        (Moving(lambda x: torch.ones(1, 7, 5, 5)), "last", "it lies behind constants, and does not look at the image"),
        (nn.Sequential(nn.Conv2d(3, 1, 50)), "0", r"Sequential does not run on images of 9 points \(.*[Kk]ernel"),
        (nn.Sequential(nn.ModuleList([nn.ReLU()])), "0.0", "Sequential does not run on images of 9 points"),
    ],
)
def test_refused(network, layer, sentence):
    with pytest.raises(BadInput, match=sentence) as error:
        receptive_field(network, layer, size=(9, 9))
    assert "\n" not in str(error.value)


class Reused(nn.Module):
    """One ReLU behind two convolutions, and once more under another name."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.idle = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 3, stride=2), nn.ReLU()
        self.relu = self.again = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.again(self.second(self.relu(self.first(x))))


def test_a_layer_that_runs_more_than_once():
    network = Reused()
    for layer in ("relu", "again"):
        assert receptive_field(network, layer, size=20).size == (5, 5)  # the last call
        sizes = [receptive_field(network, layer, size=20, call=call).size[0] for call in (0, 1, -1, -2)]
        assert sizes == [3, 5, 5, 3]
        with pytest.raises(FieldError, match=f"the layer {layer} has no call 2; calls go from 0 to 1"):
            receptive_field(network, layer, size=20, call=2)
    with pytest.raises(FieldError, match="the layer idle does not run"):
        receptive_field(network, "idle", size=20)


@pytest.mark.parametrize("wrap", [nn.DataParallel, lambda n: torch.compile(n, backend="eager")])
def test_networks_in_a_wrapper(wrap):
    assert receptive_field(wrap(Reused()), "second", size=20).size == (5, 5)


def test_torchscript():
    with pytest.raises(CannotLookInside, match="TorchScript"):
        receptive_field(torch.jit.trace(nn.Sequential(nn.Conv2d(3, 3, 3)), torch.ones(1, 3, 9, 9)), "0", size=9)


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        (nn.Sequential(nn.LazyConv2d(4, 3)), "Sequential has weights that do not exist yet; run it on an image first"),
        (nn.Sequential(nn.Bilinear(3, 3, 3)), "Sequential does not run on images of 8 points .*missing 1 required"),
    ],
)
def test_what_is_no_network_of_images(network, sentence):
    with pytest.raises(BadInput, match=sentence):
        trace(network, 8)


def test_sizes():
    network = nn.Sequential(nn.Conv2d(3, 4, 3))
    with pytest.raises(BadInput, match=r"\(8, 9, 1\) are 3 numbers; allowed is one number, or two"):
        pair((8, 9, 1))
    with pytest.raises(FieldError, match="does not run on images of -1 points"):
        trace(network, -1)


def test_a_check_for_values_that_are_not_finite_decides_nothing():
    class Checking(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv2d(3, 4, 3)

        def forward(self, x):
            if torch.isnan(x).any():
                raise ValueError("not finite")
            return self.first(x)

    assert receptive_field(Checking(), "first", size=9).size == (3, 3)


def test_parameters_that_are_computed():
    network = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3)), nn.ReLU())
    assert [layer.name for layer in layers(network, 9)] == ["0", "1"]


def test_the_answer_follows_a_network_that_changes():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    assert receptive_field(network, "1", size=9).size == (3, 3)
    network[0] = nn.Conv2d(3, 4, 5)
    assert receptive_field(network, "1", size=9).size == (5, 5)
    network[0].padding = (2, 2)
    assert receptive_field(network, "1", size=9).units == (9, 9)


def test_units_that_see_padding_alone():
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 5, 1, padding=1), nn.ReLU())
    field = receptive_field(network, "3", size=12)
    assert field.window(0, 0) == field.window(13, 5) == Window(0, 0, 0, 0)
    assert field.window(1, 1) == Window(0, 2, 0, 2)
    assert (field.size, field.start) == ((3, 3), (-2, -2))


def test_positions_that_are_none():
    network = nn.Sequential(nn.Conv2d(3, 4, 4, stride=4), nn.Flatten(2), Moved(), nn.Linear(4, 6), nn.Flatten())
    tokens = receptive_field(network, "3", size=8)
    assert tokens.units == (4,) and tokens.window(3) == Window(4, 8, 4, 8)
    with pytest.raises(FieldError, match=r"no unit at \(0, 0\): the layer has 4 positions"):
        tokens.window(0, 0)
    whole = receptive_field(network, "4", size=8)
    assert whole.window() == whole.window(0, 0) == Window(0, 8, 0, 8)
    with pytest.raises(FieldError, match=r"no unit at \(1,\): the layer has no positions"):
        whole.window(1)


class Moved(nn.Module):
    def forward(self, x):
        return x.transpose(1, 2)


def test_the_network_stays_as_it_was():
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout())
    network[2].eval()
    mean = network[1].running_mean.clone()
    receptive_field(network, "2", size=8)
    assert [layer.training for layer in network.modules()] == [True, True, True, False]
    assert torch.equal(network[1].running_mean, mean)
