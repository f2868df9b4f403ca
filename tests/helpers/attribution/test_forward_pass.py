"""What is a chain, and what is refused, by name."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from helpers.attribution.forward_pass import CannotReverse, forward, receptive_field_windows
from helpers.hooks.receptive_fields import receptive_field
from helpers.hooks.recording import UnknownLayer, record
from helpers.hooks.windows import Window
from helpers.models.vgg import VGG16


def hook_count(network):
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in network.modules())


class Functional(nn.Module):
    """A convolution, some function, a convolution."""

    def __init__(self, function):
        super().__init__()
        self.first, self.second, self.function = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1), function

    def forward(self, x):
        return self.second(self.function(self.first(x)))


def overwritten(x):
    """What is given back is the output of the layer before, but changed in place."""
    torch.relu_(x)
    return x


def overwritten_in_part(x):
    x.chunk(3, dim=1)[0].zero_()
    return x


def test_masks_switches_and_shapes_are_those_of_the_pass():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(4, 2, 1), nn.Sigmoid()
    )
    image = torch.randn(3, 8, 9)
    passage = forward(network, "3", image)
    pre = network[0](image)
    pooled, switches = functional.max_pool2d(pre.relu(), 2, return_indices=True)
    assert [(stage.name, stage.below, stage.above) for stage in passage.stages] == [
        ("0", (3, 8, 9), (4, 6, 7)),
        ("1", (4, 6, 7), (4, 6, 7)),
        ("2", (4, 6, 7), (4, 3, 3)),
        ("3", (4, 3, 3), (2, 3, 3)),
    ]
    assert torch.equal(passage.stages[1].mask, pre > 0)
    assert torch.equal(passage.stages[2].switches, switches)
    with record(network, ["3"]) as outputs:
        network(image[None])
    assert torch.equal(passage.activation, outputs["3"][0])  # to the last bit
    assert torch.allclose(passage.activation, network[3](pooled))
    assert hook_count(network) == 0


def test_the_image_stays_as_it_is():
    image = torch.randn(3, 4, 4)
    before = image.clone()
    forward(nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(3, 1, 1)), "1", image)
    assert torch.equal(image, before)


def test_a_flatten_between_layers_is_followed():
    class Flattening(nn.Module):
        def __init__(self, flatten):
            super().__init__()
            self.conv, self.relu, self.linear = nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Linear(8, 5)
            self.flatten = flatten

        def forward(self, x):
            return self.linear(self.flatten(self.relu(self.conv(x))))

    image = torch.randn(3, 4, 4)
    for flatten in (lambda x: torch.flatten(x, 1), lambda x: x.view(x.size(0), -1), lambda x: x.reshape(-1, 8)):
        network = Flattening(flatten)
        passage = forward(network, "linear", image)
        assert [stage.name for stage in passage.stages] == ["conv", "relu", "flatten before linear", "linear"]
        assert torch.equal(passage.activation, network(image[None])[0])


@pytest.mark.parametrize(
    "network",
    [
        Functional(torch.relu),
        Functional(torch.relu_),
        Functional(overwritten),
        Functional(lambda x: x.view(1, 3, 2, 8)),
        Functional(lambda x: x.mT),
        nn.Sequential(nn.Sigmoid(), nn.Conv2d(3, 3, 1)),
        nn.Sequential(nn.LocalResponseNorm(2), nn.Conv2d(3, 3, 1)),
        nn.Sequential(nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect")),
        nn.Sequential(nn.Linear(4, 4)),
        nn.Sequential(nn.Flatten(2), nn.ReLU()),
        nn.Sequential(nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU())),
    ],
)
def test_what_is_no_chain_of_known_layers_is_run_as_a_graph(network):
    *_, last = (name for name, _ in network.named_children())
    image = torch.randn(3, 4, 4)
    passage = forward(network, last, image)
    assert passage.stages == ()
    with record(network, [last]) as outputs, torch.no_grad():
        network(image[None].clone())
    assert torch.equal(passage.activation, outputs[last].movedim(passage.graph.unit_axis, 1)[0])
    assert hook_count(network) == 0


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        (nn.Sequential(nn.BatchNorm2d(3), nn.ReLU()), r"the layer 0 \(BatchNorm2d\) is in training mode; call network"),
        (nn.Sequential(nn.Dropout(), nn.ReLU()), r"the layer 0 \(Dropout\) is in training mode"),
        (
            nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False), nn.ReLU()).eval(),
            "depends on chance, or on the b",
        ),
        (Functional(lambda x: x + torch.randn(3, 1, 1)).eval(), "the function randn in Functional depends on chance"),
        (Functional(torch.detach), "the layer second does not depend on the image, or has no gradient"),
        (Functional(lambda x: x[:, :2]), r"^Functional does not run on this image with gradients \(.*\)$"),
        (Functional(overwritten_in_part), r"Functional does not run on this image with gradients \(Output 0 of Split"),
    ],
)
def test_what_has_no_way_back_is_refused_by_name(network, sentence):
    *_, last = (name for name, _ in network.named_modules())
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(CannotReverse, match=sentence):
        forward(network, last, torch.randn(3, 4, 4))
    assert hook_count(network) == 0
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (
            torch.rand(1, 3, 4, 4),
            r"an image is a tensor of floats, \(channel, height, width\), not a tensor of shape",
        ),
        (torch.zeros(3, 4, 4, dtype=torch.uint8), "torch.uint8"),
        (
            torch.zeros(3, 4, 4, dtype=torch.half),
            "image is torch.float16 on cpu, the network torch.float32 on cpu",
        ),
        (torch.zeros(4, 4, 4), "does not run on this image"),
    ],
)
@pytest.mark.parametrize("function", [nn.Identity(), torch.relu])  # a chain, and none
def test_an_image_that_does_not_fit_is_refused(function, image, sentence):
    with pytest.raises(CannotReverse, match=sentence):
        forward(Functional(function), "second", image)


def test_only_the_part_up_to_the_layer_matters():
    network = Functional(torch.sigmoid)
    assert len(forward(network, "first", torch.randn(3, 4, 4)).stages) == 1


def test_a_layer_that_is_none_is_refused():
    network = nn.Sequential(nn.Sequential(nn.ReLU()), nn.ReLU())
    with pytest.raises(UnknownLayer, match=r"no layer '0\.1'; the nearest names are"):
        forward(network, "0.1", torch.randn(3, 4, 4))
    with pytest.raises(CannotReverse, match="the layer second does not run when the network sees an image"):
        forward(Idle(torch.relu), "second", torch.randn(3, 4, 4))
    with pytest.raises(CannotReverse, match="the layer second has no call 1; its only call is 0"):
        forward(Functional(torch.relu), "second", torch.randn(3, 4, 4), call=1)


class Idle(Functional):
    """A layer that is never called."""

    def forward(self, x):
        return self.first(x)


class Deciding(Functional):
    """A chain, whatever it decides."""

    def forward(self, x):
        return self.second(self.first(x)) if x.shape[-1] > 2 else self.first(x)


def test_a_network_that_cannot_be_traced_is_run_as_a_graph():
    image = torch.randn(3, 4, 4)
    network = Deciding(None)
    network.function = nn.Identity()
    assert torch.equal(forward(network, "second", image).activation, network(image[None])[0])
    replaced = Idle(None)
    replaced.forward = lambda x: replaced.second(x)
    assert torch.equal(forward(replaced, "second", image).activation, replaced.second(image[None])[0])


@pytest.mark.parametrize(
    "layers",
    [
        [nn.Conv2d(1, 1, 3, padding=1), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3, padding=1)],
        [nn.Conv2d(1, 1, (3, 5), stride=(2, 1), padding=(2, 0)), nn.MaxPool2d(3, 2, ceil_mode=True, padding=1)],
        [nn.Conv2d(1, 1, 3, dilation=2), nn.AvgPool2d(3, 2, padding=1), nn.AdaptiveAvgPool2d(3)],
        [nn.Conv2d(1, 1, 4, padding="same"), nn.Conv2d(1, 1, 2)],
    ],
)
def test_the_box_is_that_of_the_pixels_that_change_the_unit(layers):
    """With all weights 1 and larger and larger pixels, every pixel in view has a say: pixel by pixel."""
    network = nn.Sequential(*layers).double().eval()
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.ones_(layer.weight)
    image = torch.rand(1, 11, 12, dtype=torch.float64)
    name = str(len(layers) - 1)
    passage = forward(network, name, image)
    _, height, width = passage.activation.shape
    for position in {(0, 0), (height // 2, width // 2), (height - 1, width - 1)}:
        rows, columns = [], []
        for row in range(11):
            for column in range(12):
                changed = image.clone()
                changed[0, row, column] += 1e4  # the largest of every window
                with torch.no_grad():
                    after = network(changed.unsqueeze(0))[0, 0, *position]
                if (after - passage.activation[0, *position]).abs() > 1:
                    rows.append(row)
                    columns.append(column)
        assert receptive_field_windows(passage, position)[0] == Window(
            min(rows), max(rows) + 1, min(columns), max(columns) + 1
        )


def test_a_position_outside_the_layer_is_refused():
    passage = forward(nn.Sequential(nn.Conv2d(3, 2, 1), nn.Flatten()), "0", torch.randn(3, 4, 5))
    with pytest.raises(
        ValueError, match=r"position = \(4, 0\) is outside the layer 0; rows go from 0 to 3, columns go"
    ):
        receptive_field_windows(passage, (4, 0))
    with pytest.raises(ValueError, match="position = None is outside the layer 0"):
        receptive_field_windows(passage, None)
    flat = forward(nn.Sequential(nn.Conv2d(3, 2, 1), nn.Flatten()), "1", torch.randn(3, 4, 5))
    with pytest.raises(ValueError, match="the layer 1 has no spatial dimensions; position = "):
        receptive_field_windows(flat, (0, 0))


def test_a_receptive_field_is_the_window_that_the_arithmetic_of_the_models_gives():
    """Two ways to one number: windows carried down the chain, and the receptive field from the traced network."""
    torch.manual_seed(0)
    network = VGG16(width=1 / 16, classes=3, head="average").eval()
    passage = forward(network, "conv4_2", torch.randn(3, 64, 48))
    expected = receptive_field(network, "conv4_2", size=(64, 48))
    _, rows, columns = passage.activation.shape
    for position in [(0, 0), (rows // 2, columns // 2), (rows - 1, 0), (rows - 1, columns - 1)]:
        assert tuple(receptive_field_windows(passage, position)[0]) == tuple(expected.window(*position))
