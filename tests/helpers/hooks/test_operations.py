"""Every operation that has a rule, against the support of gradients in a small network with random weights."""

from itertools import product

import pytest
import torch
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torchvision import models

from helpers.hooks.receptive_fields import FieldError, trace

SIZE = (7, 9)
CORNERS_AND_MORE = (0, 1, 2, -3, -1)


def seen(output, image, position):
    """The rectangle of pixels with a gradient, for all units at a position of an output (image, unit, *position)."""
    units = output[(0, slice(None), *position)]
    (gradient,) = torch.autograd.grad(units @ torch.linspace(1, 2, len(units)).to(units), image, retain_graph=True)
    pixels = gradient[0].abs().sum(0).nonzero()
    if not len(pixels):
        return (0, 0, 0, 0)
    (top, left), (bottom, right) = pixels.min(0).values.tolist(), pixels.max(0).values.tolist()
    return (top, bottom + 1, left, right + 1)


def check(network, size, channels=3):
    """Compare all corners and some other positions of the layer that ends last."""
    network = network.double().eval()
    *_, calls = trace(network, size).values()
    found = calls[-1]
    if found.receptive_field is None:
        raise FieldError(found.unknown)
    assert found.receptive_field.exact
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, channels, *size, dtype=torch.float64, generator=generator).requires_grad_()
    output = network(image).movedim(found.unit_axis, 1)
    assert found.receptive_field.units == output.shape[2:]
    places = [sorted({at % length for at in CORNERS_AND_MORE if -length <= at < length}) for length in output.shape[2:]]
    for position in product(*places):
        assert tuple(found.receptive_field.window(*position)) == seen(output, image, position), position


class Do(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.forward = function


def conv(**settings):
    return nn.Conv2d(3, 4, 3, **settings)


def shifted_in_place(x):
    y = torch.zeros_like(x)
    y[:, :, 1:, :-2] = x[:, :, :-1, 2:]
    return y


def row_written(x):
    x = x.clone()
    x[:, :, 0] = x[:, :, 3]
    return x


def gated(x):
    return x * torch.sigmoid(x.mean((2, 3), keepdim=True))


def masked(x):
    return x * (torch.arange(9) > 3) + x.flip(3).masked_fill(torch.arange(7)[:, None] < 2, 0)


def tokens(x):
    return x.flatten(2).mT


PADDING = {
    "circular": conv(padding=1, padding_mode="circular"),
    "circular, stride": nn.Conv2d(3, 4, 5, 2, (2, 1), padding_mode="circular"),
    "reflect": conv(padding=2, padding_mode="reflect"),
    "replicate": conv(padding=2, padding_mode="replicate"),
    "same": conv(padding="same", dilation=2),
    "valid": conv(padding="valid"),
    "ReflectionPad2d": nn.ReflectionPad2d((1, 2, 0, 3)),
    "CircularPad2d": nn.CircularPad2d((1, 2, 3, 1)),
    "ReplicationPad2d": nn.ReplicationPad2d(2),
    "ZeroPad2d": nn.ZeroPad2d((1, 0, 2, 1)),
    "less than nothing": nn.ZeroPad2d((-1, 0, 2, -1)),
    "ConstantPad2d": nn.ConstantPad2d(1, 0.3),
    "of channels": Do(lambda x: F.pad(x, (0, 0, 1, 0, 0, 2))),
    "nothing is seen": nn.Sequential(nn.Conv2d(3, 4, 1, padding=3), nn.AvgPool2d(2), nn.Conv2d(4, 4, 1, padding=2)),
}
NORMS = {
    "without statistics": nn.BatchNorm2d(3, track_running_stats=False),
    "BatchNorm2d": nn.BatchNorm2d(3),
    "InstanceNorm2d": nn.InstanceNorm2d(3),
    "InstanceNorm2d, statistics": nn.InstanceNorm2d(3, track_running_stats=True),
    "GroupNorm": nn.GroupNorm(1, 3),
    "LayerNorm": nn.LayerNorm([3, *SIZE]),
    "LayerNorm, rows": nn.LayerNorm(9),
    "RMSNorm": nn.RMSNorm(9),
    "over channels": nn.Sequential(Do(lambda x: x.movedim(1, -1)), nn.LayerNorm(3), Do(lambda x: x.movedim(-1, 1))),
    "LocalResponseNorm": nn.LocalResponseNorm(3),
    "normalize": Do(lambda x: F.normalize(x, dim=1)),
    "Softmax2d": nn.Softmax2d(),
    "Softmax, columns": nn.Softmax(2),
    "standardised": Do(lambda x: (x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True)),
}
RESAMPLING = {
    "transposed": nn.ConvTranspose2d(3, 4, 3, 2, 1),
    "transposed, holes": nn.ConvTranspose2d(3, 4, 2, 3, 0, output_padding=1),
    "transposed, groups": nn.ConvTranspose2d(3, 6, 4, 2, 1, dilation=2, groups=3),
    "nearest": nn.Upsample(size=(13, 7)),
    "bilinear": nn.Upsample(scale_factor=2, mode="bilinear"),
    "aligned corners": nn.Upsample(size=(12, 5), mode="bilinear", align_corners=True),
    "bicubic": nn.Upsample(scale_factor=1.7, mode="bicubic"),
    "antialias": Do(lambda x: F.interpolate(x, size=(5, 6), mode="bilinear", antialias=True)),
    "nearest-exact": Do(lambda x: F.interpolate(x, scale_factor=0.5, mode="nearest-exact")),
    "area": Do(lambda x: F.interpolate(x, size=(4, 5), mode="area")),
    "PixelShuffle": nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.PixelShuffle(2)),
    "PixelUnshuffle": nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.PixelUnshuffle(2)),
    "Unfold": nn.Unfold((2, 3), padding=1, stride=2),
}
POOLING = {
    "ceil": nn.AvgPool2d(3, 2, 1, ceil_mode=True),
    "without padding in the count": nn.AvgPool2d(3, 2, 1, count_include_pad=False),
    "LPPool2d": nn.LPPool2d(2, 2),
    "grid": nn.AdaptiveAvgPool2d((4, 3)),
    "grid along one axis": nn.AdaptiveAvgPool2d((None, 2)),
    "global": nn.AdaptiveAvgPool2d(1),
    "mean over rows": Do(lambda x: x.mean(2)),
    "mean over channels": Do(lambda x: x.mean(1, keepdim=True)),
    "squeeze and excitation": nn.Sequential(conv(), Do(gated)),
}
POINTWISE = {
    **{name: getattr(nn, name)() for name in ("PReLU", "Mish", "Hardswish", "CELU", "RReLU", "LogSigmoid", "SiLU")},
    **{name: getattr(nn, name)() for name in ("AlphaDropout", "Dropout2d", "Softsign", "Tanhshrink", "Identity")},
    "GLU": nn.Sequential(conv(), nn.GLU(1)),
    "StochasticDepth": models.convnext.StochasticDepth(0.5, "row"),
    "sum with a short cut": Do(lambda x: x + F.avg_pool2d(x, 3, 1, 1)),
    "a constant row": Do(lambda x: x + torch.ones(1, 1, 7, 1)),
    "a constant choice": Do(lambda x: torch.where(torch.arange(9) > 3, x, x.roll(1, 2))),
    "masks": Do(masked),
}
MOVEMENT = {
    "roll": Do(lambda x: x.roll((1, 2), (2, 3))),
    "flip": Do(lambda x: x.flip(3)),
    "slice": Do(lambda x: x[:, :, 1::2, :-3]),
    "cat": Do(lambda x: torch.cat([x, F.avg_pool2d(x, 3, 1, 1)], 1)),
    "cat of rows": Do(lambda x: torch.cat([x, x[:, :, :2] * 2], 2)),
    "stack": Do(lambda x: torch.stack([x, x.flip(2)], 2).sum(2)),
    "split": Do(lambda x: sum(part * (i + 1) for i, part in enumerate(x.split([4, 4, 1], 3)[:2]))),
    "transpose": Do(lambda x: x.mT),
    "index": Do(lambda x: x[:, :, torch.tensor([3, 1, 1])]),
    "gather": Do(lambda x: x.gather(2, torch.zeros(1, 3, 2, 9, dtype=torch.long))),
    "ChannelShuffle": nn.Sequential(conv(), nn.ChannelShuffle(2)),
    "expand": Do(lambda x: x.mean((2, 3), keepdim=True).expand(-1, -1, 4, 5) + 0),
    "repeat": Do(lambda x: x.unsqueeze(2).repeat(1, 1, 2, 1, 1).flatten(2, 3)),
    "written to a part": Do(shifted_in_place),
    "written over a row": Do(row_written),
    "cumsum": Do(lambda x: x.cumsum(3)),
}
PRODUCTS = {
    "Flatten": nn.Flatten(),
    "Linear": nn.Sequential(nn.Flatten(), nn.Linear(3 * 63, 5)),
    "Linear along rows": nn.Linear(9, 5),
    "channels last": nn.Sequential(Do(lambda x: x.permute(0, 2, 3, 1)), nn.LayerNorm(3), nn.Linear(3, 6), nn.GELU()),
    "einsum": Do(lambda x: torch.einsum("bchw,bcuw->bhuw", x, x)),
    "weights before": Do(lambda x: torch.ones(4, 7, dtype=x.dtype) @ x),
    "attention": Do(lambda x: F.scaled_dot_product_attention(x, x * 2, x.exp())),
    "MultiheadAttention": nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=3), Do(tokens), nn.LayerNorm(4), nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    ),
    "tokens": nn.Sequential(nn.Conv2d(3, 4, 3, stride=3), Do(tokens), nn.LayerNorm(4), nn.Linear(4, 5)),
    "depthwise": nn.Conv2d(3, 6, 3, groups=3),
    "Conv1d": nn.Sequential(nn.Flatten(2), nn.Conv1d(3, 4, 3, padding=1)),
    "Conv3d": nn.Sequential(Do(lambda x: x[:, None]), nn.Conv3d(1, 2, (2, 3, 3), padding=(0, 1, 1)), nn.Flatten(1, 2)),
}
KINDS = PADDING | NORMS | RESAMPLING | POOLING | POINTWISE | MOVEMENT | PRODUCTS


@pytest.mark.parametrize("kind", KINDS)
def test_operation(kind):
    torch.manual_seed(0)
    layer = KINDS[kind]
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    check(nn.Sequential(layer), SIZE)
    output = layer(torch.rand(1, 3, *SIZE, dtype=torch.float64))
    if output.dim() == 4:  # and what comes behind it
        behind = nn.Conv2d(output.shape[1], 2, 2, stride=(1, 2), padding=1)
        check(nn.Sequential(layer, behind, nn.GELU()), SIZE)


class Graph(nn.Module):
    """Layers that each take a tensor made before; where two of a shape meet, they are added."""

    def __init__(self, names, sources):
        super().__init__()
        self.steps = nn.ModuleList(BLOCKS[name]() for name in names)
        self.sources = sources

    def forward(self, x):
        made = [x]
        for step, source in zip(self.steps, self.sources, strict=True):
            y = step(made[source % len(made)])
            made.append(y + made[-1] if y.shape == made[-1].shape else y)
        return made[-1]


BLOCKS = {
    "convolution": lambda: nn.Conv2d(3, 3, 3, padding=1),
    "strided": lambda: nn.Conv2d(3, 3, (2, 3), stride=2, padding=1),
    "dilated": lambda: nn.Conv2d(3, 3, 2, dilation=2, padding=2, padding_mode="circular"),
    "reflected": lambda: nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect"),
    "depthwise": lambda: nn.Conv2d(3, 3, 3, groups=3),
    "pool": lambda: nn.AvgPool2d(2, ceil_mode=True),
    "up": lambda: nn.Upsample(scale_factor=2, mode="bilinear"),
    "transposed": lambda: nn.ConvTranspose2d(3, 3, 3, stride=2),
    "norm": lambda: nn.BatchNorm2d(3),
    "gelu": lambda: nn.GELU(),
    "gated": lambda: Do(gated),
    "columns": lambda: nn.Softmax(3),
    "last": lambda: nn.Sequential(Do(lambda x: x.movedim(1, -1)), nn.Linear(3, 3), Do(lambda x: x.movedim(-1, 1))),
}


@settings(max_examples=30)
@given(st.lists(st.sampled_from(sorted(BLOCKS)), min_size=2, max_size=6), st.lists(st.integers(0, 5), min_size=6))
def test_random_graphs(names, sources):
    torch.manual_seed(0)
    network = Graph(names, sources[: len(names)])
    wrapped = nn.Sequential(network, nn.Identity())
    for parameter in network.parameters():
        nn.init.uniform_(parameter, 0.5, 1)  # so that little cancels
    try:
        output = network(torch.rand(1, 3, 6, 8))
    except RuntimeError:  # a kernel or a padding larger than the image
        reject()
    assume(output.shape[2] * output.shape[3] < 400)
    check(wrapped, (6, 8))


FAMILIES = {
    "alexnet": ("features.11", 96),
    "resnet18": ("layer3.1.relu", 64),
    "googlenet": ("inception4b", 64),
    "densenet121": ("features.denseblock3.denselayer2.conv2", 64),
    "mobilenet_v3_small": ("features.3", 64),
    "efficientnet_b0": ("features.3", 64),
    "regnet_y_400mf": ("trunk_output.block2", 64),
    "shufflenet_v2_x0_5": ("stage2", 64),
    "convnext_tiny": ("features.3", 64),
    "swin_t": ("features.1.0", 64),
    "vit_b_16": ("encoder.layers.encoder_layer_0", 224),
    "inception_v3": ("Mixed_5c", 96),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_families_of_torchvision(name):
    torch.manual_seed(0)
    layer, size = FAMILIES[name]
    options = {"transform_input": True, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    network = models.get_model(name, weights=None, **options).double().eval()
    listed = trace(network, size)
    assert not any(call.unknown for calls in listed.values() for call in calls)
    found, image = listed[layer][-1], torch.rand(1, 3, size, size, dtype=torch.float64, requires_grad=True)
    outputs = {}
    network.get_submodule(layer).register_forward_hook(lambda _m, _i, output: outputs.update(it=output))
    network(image)
    output = outputs["it"].movedim(found.unit_axis, 1)
    for position in product(*[(0, length // 2, length - 1) for length in output.shape[2:]]):
        want, got = seen(output, image, position), found.receptive_field.window(*position)
        inside = got[0] <= want[0] and want[1] <= got[1] and got[2] <= want[2] and want[3] <= got[3]
        assert inside and (not found.receptive_field.exact or got == want), position


def test_masked_attention_is_an_upper_bound():
    small = models.swin_transformer.SwinTransformer([4, 4], 4, [2], [2], [4, 4], num_classes=2).eval()
    found = trace(small, 32)
    assert found["features.1.0"][-1].receptive_field.exact
    assert not found["features.1.1"][-1].receptive_field.exact
    assert found["features.1.0"][-1].unit_axis == 3
