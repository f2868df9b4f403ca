"""Inception V1 in both forms, against the same network written down as one function of a table of tensors."""

import pytest
import torch
from torch.nn import functional as F

from helpers.models.googlenet import GoogLeNet
from helpers.models.initialisation import he_normal_
from helpers.models.pretrained import formats

BLOCKS = ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]


def caffe(tensors, x):
    """The forward pass as the Caffe network describes it, with its names."""

    def unit(name, x, **options):
        return F.relu(F.conv2d(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"], **options))

    x = unit("conv1.7x7_s2", x, stride=2, padding=3)
    x = F.local_response_norm(F.max_pool2d(x, 3, 2, ceil_mode=True), 5, alpha=1e-4, beta=0.75, k=1)
    x = unit("conv2.3x3", unit("conv2.3x3_reduce", x), padding=1)
    x = F.max_pool2d(F.local_response_norm(x, 5, alpha=1e-4, beta=0.75, k=1), 3, 2, ceil_mode=True)
    for block in BLOCKS:
        if block in ("4a", "5a"):
            x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        name = f"inception_{block}"
        one = unit(f"{name}.1x1", x)
        three = unit(f"{name}.3x3", unit(f"{name}.3x3_reduce", x), padding=1)
        five = unit(f"{name}.5x5", unit(f"{name}.5x5_reduce", x), padding=2)
        pool = unit(f"{name}.pool_proj", F.max_pool2d(x, 3, 1, padding=1))
        x = torch.cat([one, three, five, pool], 1)
    return F.linear(x.mean((2, 3)), tensors["loss3.classifier.weight"], tensors["loss3.classifier.bias"])


def lucid(tensors, x):
    """The forward pass of Lucid's network with TensorFlow's padding, under the names of its PyTorch file."""

    def convolve(name, x, padding=0):
        name += "_pre_relu_conv"
        return F.relu(F.conv2d(F.pad(x, (padding,) * 4), tensors[f"{name}.weight"], tensors[f"{name}.bias"]))

    def halve(x):  # one row below, one column to the right, as "same" does where the size is even
        return F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-torch.inf), 3, 2)

    x = F.pad(x, (2, 3, 2, 3))
    weight, bias = (tensors[f"conv2d0_pre_relu_conv.{kind}"] for kind in ("weight", "bias"))
    x = F.local_response_norm(halve(F.relu(F.conv2d(x, weight, bias, stride=2))), 9, alpha=1e-4, beta=0.5, k=1)
    x = convolve("conv2d2", convolve("conv2d1", x), 1)
    x = halve(F.local_response_norm(x, 9, alpha=1e-4, beta=0.5, k=1))
    for block in BLOCKS:
        if block in ("4a", "5a"):
            x = halve(x)
        name = f"mixed{block}"
        one = convolve(f"{name}_1x1", x)
        three = convolve(f"{name}_3x3", convolve(f"{name}_3x3_bottleneck", x), 1)
        five = convolve(f"{name}_5x5", convolve(f"{name}_5x5_bottleneck", x), 2)
        pool = convolve(f"{name}_pool_reduce", F.max_pool2d(x, 3, 1, padding=1))
        x = torch.cat([one, three, five, pool], 1)
    name = "softmax2_pre_activation_matmul"
    return F.linear(x.mean((2, 3)), tensors[f"{name}.weight"], tensors[f"{name}.bias"])


@pytest.mark.parametrize(
    ("variant", "weight_format", "slow"),
    [("caffe", formats.GOOGLENET_CAFFE, caffe), ("lucid", formats.GOOGLENET_LUCID, lucid)],
)
def test_the_same_numbers_as_the_function(variant, weight_format, slow):
    network = GoogLeNet(width=0.2, classes=7, variant=variant).eval()
    he_normal_(network, seed=1)
    theirs = {ours: name for name, ours in weight_format.layers.items()}
    tensors = {}
    for name, tensor in network.state_dict().items():
        layer, _, kind = name.rpartition(".")
        tensors[f"{theirs[layer]}.{kind}"] = tensor
    assert len(tensors) == 2 * len(weight_format.layers)
    x = 100 * torch.randn(2, 3, 96, 64)
    with torch.no_grad():
        assert torch.allclose(network(x), slow(tensors, x), rtol=1e-4, atol=1e-3)


def test_parameters():
    with torch.device("meta"):
        network, lucids = GoogLeNet(), GoogLeNet(variant="lucid", classes=1008)
    assert sum(p.numel() for p in network.parameters()) == 6_998_552  # as counted in the Caffe file
    assert lucids.mixed4a_3x3_pre_relu.out_channels == 204
    assert lucids.mixed4b_1x1_pre_relu.in_channels == 508


def test_names_before_and_after_the_nonlinearity():
    network = GoogLeNet(width=0.25, classes=4).eval()
    he_normal_(network, seed=0)
    seen = {}
    for name, layer in network.named_modules():
        layer.register_forward_hook(lambda _layer, _input, output, name=name: seen.update({name: output}))
    network(torch.randn(1, 3, 64, 64))
    branches = ["1x1", "3x3_bottleneck", "3x3", "5x5_bottleneck", "5x5", "pool_reduce"]
    names = ["conv2d0", "conv2d1", "conv2d2"] + [f"mixed{block}_{branch}" for block in BLOCKS for branch in branches]
    for name in names:
        assert torch.equal(seen[name], seen[f"{name}_pre_relu"].relu())  # nothing was overwritten
        assert (seen[f"{name}_pre_relu"] < 0).any(), name
    for block in BLOCKS:
        parts = [seen[f"mixed{block}_{branch}"] for branch in ("1x1", "3x3", "5x5", "pool_reduce")]
        assert torch.equal(seen[f"mixed{block}"], torch.cat(parts, 1))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"width": 0.01}, "width is 0.01, which leaves a branch without channels"),
        ({"variant": "slim"}, "variant is 'slim'; allowed are caffe and lucid"),
    ],
)
def test_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        GoogLeNet(**options)
