"""Ways back through networks that are no chains, against autograd in double precision and Captum."""

import captum.attr
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from torch.nn.utils import prune
from torchvision.ops import SqueezeExcitation, StochasticDepth

from helpers.attribution.backward import (
    DECONVNET,
    GRADIENT,
    GUIDED_BACKPROP,
    attribute,
    random_weights,
    with_masks_of,
    with_shuffled_masks,
)
from helpers.attribution.contributions import contributions, contributions_refusal
from helpers.attribution.forward_pass import CannotReverse, forward, receptive_field_windows, refusal
from helpers.errors import BadInput

pytestmark = pytest.mark.filterwarnings("ignore:Setting backward hooks", "ignore:Input Tensor 0 did not already")


class Calls(nn.Module):
    """A convolution, some function of its output, a convolution."""

    def __init__(self, function, channels=4, above=None):
        super().__init__()
        self.first, self.function = nn.Conv2d(3, channels, 3, padding=1), function
        self.last = nn.Conv2d(above or channels, 5, 3)

    def forward(self, x):
        return self.last(self.function(self.first(x)))


class Residual(nn.Module):
    """What a block gives, added to what it takes, and a rectifier that runs twice."""

    def __init__(self, inplace=False):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 4, 3, stride=2), nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 5, 3)
        self.norm, self.relu = nn.BatchNorm2d(4), nn.ReLU(inplace)

    def forward(self, x):
        x = self.relu(self.a(x))
        y = self.norm(self.b(x))
        y += x
        return self.c(self.relu(y))


class Attention(nn.Module):
    """Patches, attention, a token layer."""

    def __init__(self, heads=2):
        super().__init__()
        self.patches, self.norm = nn.Conv2d(3, 8, 4, 4), nn.LayerNorm(8)
        self.attention, self.mlp = nn.MultiheadAttention(8, heads, batch_first=True), nn.Linear(8, 6)

    def forward(self, x):
        x = self.norm(self.patches(x).flatten(2).mT)
        x = x + self.attention(x, x, x, need_weights=False)[0]
        return self.mlp(x).mean(1)


def made(network, seed=0):
    """In eval mode and double precision, with statistics and biases that are not zero."""
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return network.double().eval()


def picture(seed=0, size=(14, 13), channels=3):
    return torch.randn(channels, *size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def slow_gradients(network, layer, image, position, call=-1):
    """Every unit's gradient by autograd, and the activations; units are on axis 1, or last in a sequence of tokens."""
    given, x = [], image.clone()[None].requires_grad_()
    note = network.get_submodule(layer).register_forward_hook(lambda _m, _i, y: given.append(y.clone()))
    network(x.clone())
    note.remove()
    output = given[call].movedim(2, 1) if given[call].dim() == 3 else given[call]
    values = output[(0, slice(None), *(position or ()))]
    return values.detach(), torch.stack([torch.autograd.grad(value, x, retain_graph=True)[0][0] for value in values])


FUNCTIONS = {
    "relu": torch.relu,
    "in place": lambda x: functional.relu(x, inplace=True),
    "on a part": lambda x: torch.cat([x[:, :2].relu_(), x[:, 2:]], 1),
    "written": lambda x: x.clone().index_fill_(1, torch.tensor([0]), 0.0) + x.clamp(min=0),
    "lrn": nn.LocalResponseNorm(3),
    "silu": nn.SiLU(inplace=True),
    "gelu": nn.GELU(),
    "hardswish": nn.Hardswish(),
    "leaky": nn.LeakyReLU(0.2, inplace=True),
    "prelu": nn.PReLU(4),
    "elu": nn.ELU(),
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: x.softmax(1),
    "group norm": nn.GroupNorm(2, 4),
    "instance norm": nn.InstanceNorm2d(4),
    "layer norm": nn.LayerNorm(13),
    "excitation": SqueezeExcitation(4, 2),
    "stochastic depth": StochasticDepth(0.5, "row"),
    "reflect": nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"),
    "circular": nn.Conv2d(4, 4, 3, padding=2, padding_mode="circular", groups=2),
    "dilation": nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4),
    "transposed": nn.ConvTranspose2d(4, 4, 2, stride=2),
    "indices": lambda x: functional.max_pool2d(x, 2, return_indices=True)[0],
    "adaptive": nn.AdaptiveMaxPool2d(5),
    "average": lambda x: functional.avg_pool2d(x, 3, 2, ceil_mode=True),
    "interpolate": lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear"),
    "weights": nn.utils.parametrizations.weight_norm(nn.Conv2d(4, 4, 1)),
    "roll": lambda x: torch.roll(x, 2, 3) * x.new_tensor(2.0) - x.mT.mT / 2,
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_gradient_is_autograds(function):
    network, image = made(Calls(function)), picture()
    passage = forward(network, "last", image)
    back = attribute(passage, GRADIENT, position=(1, 2))
    values, expected = slow_gradients(network, "last", image, (1, 2))
    torch.testing.assert_close(back.full(), expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(passage.activation[:, 1, 2], values, rtol=0, atol=0)
    window = back.receptive_field
    again = (back.signal * image[:, *window.slices]).sum((1, 2, 3)) + back.bias
    torch.testing.assert_close(again, values)
    chosen = attribute(passage, GRADIENT, position=(1, 2), units=[3, 0])
    assert torch.equal(chosen.signal, back.signal[[3, 0]])


CURVED = {"lrn", "silu", "gelu", "hardswish", "elu", "sigmoid", "softmax", "group norm", "instance norm", "layer norm"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_known_where_all_is_linear_part_by_part(name):
    """Near the image the activation is then the filter times the image, plus the same bias."""
    network, image = made(Calls(FUNCTIONS[name])), picture()
    back = attribute(forward(network, "last", image), GRADIENT, position=(1, 2))
    assert back.piecewise_linear == (name not in CURVED | {"excitation"})
    near = image + 1e-9 * picture(1)
    moved = attribute(forward(network, "last", near), GRADIENT, position=(1, 2))
    if back.piecewise_linear:
        torch.testing.assert_close(moved.bias, back.bias, rtol=0, atol=1e-12)


def test_a_residual_sum_in_the_ways_of_captum():
    for inplace in (False, True):
        network, image = made(Residual(inplace)), picture()
        passages = {layer: forward(network, layer, image) for layer in ("relu", "c")}
        network.relu.inplace = False  # Captum's hooks cannot live with it
        for layer, passage in passages.items():
            position, module = (1, 2), network.get_submodule(layer)
            for way, theirs in (
                (GUIDED_BACKPROP, captum.attr.NeuronGuidedBackprop(network, module)),
                (DECONVNET, captum.attr.NeuronDeconvolution(network, module)),
            ):
                back = attribute(passage, way, position=position, rectify_image=False).full()
                for unit, activation in enumerate(passage.activation[:, 1, 2]):
                    if activation < 0:  # of a convolution: a rectifier does not commute with a factor below 0
                        continue
                    expected = theirs.attribute(image[None].clone(), (unit, *position))[0].detach() * activation
                    torch.testing.assert_close(back[unit], expected, rtol=1e-12, atol=1e-12)
                assert (back < 0).any()
                assert torch.equal(attribute(passage, way, position=position).full(), back.clamp(min=0))


def test_any_call_of_a_layer_and_the_last_by_default():
    network, image = made(Residual()), picture()
    shown = {call: forward(network, "relu", image, call=call).activation for call in (0, 1, -1, -2)}
    assert torch.equal(shown[0], shown[-2])
    assert torch.equal(shown[1], shown[-1])
    assert torch.equal(forward(network, "relu", image).activation, shown[1])
    for call in (0, 1):
        back = attribute(forward(network, "relu", image, call=call), GRADIENT, position=(2, 3))
        _, expected = slow_gradients(network, "relu", image, (2, 3), call)
        torch.testing.assert_close(back.full(), expected, rtol=1e-12, atol=1e-12)
    with pytest.raises(CannotReverse, match="the layer relu has no call 2; calls go from 0 to 1, and -1 is the last"):
        forward(network, "relu", image, call=2)
    twice = made(nn.Sequential(nn.Conv2d(3, 3, 1), relu := nn.ReLU(), nn.Conv2d(3, 2, 1), relu))
    assert len(forward(twice, "1", image).stages) == 4  # a chain
    assert len(forward(twice, "1", image, call=0).stages) == 2


@pytest.mark.parametrize("layer", ["patches", "norm", "attention", "mlp", ""])
def test_tokens_classes_and_whole_networks(layer):
    network, image = made(Attention()), picture(size=(8, 12))
    passage = forward(network, layer, image)
    shape = passage.activation.shape
    position = tuple(side // 2 for side in shape[1:]) or None
    assert len(shape) == {"patches": 3, "": 1}.get(layer, 2)
    back = attribute(passage, GRADIENT, position=position)
    if layer == "attention":
        assert (back.full() != 0).flatten(1).any(1).all()  # Captum's and our own hooks see a tuple there
        return
    values, expected = slow_gradients(network, layer, image, position)
    torch.testing.assert_close(back.full(), expected, rtol=1e-12, atol=1e-12)
    assert len(values) == shape[0]
    with pytest.raises(BadInput, match=r"position = \(9, 9\) is outside|position = \(9, 9\) must be None"):
        attribute(passage, GRADIENT, position=(9, 9))


class ChannelsLast(nn.Module):
    """Blocks whose output has its units on the last axis, as those of swin and convnext."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.mlp, self.back = nn.Conv2d(3, 8, 4, 4), nn.LayerNorm(8), nn.Linear(8, 6), nn.ReLU()

    def forward(self, x):
        x = self.mlp(self.norm(self.conv(x).permute(0, 2, 3, 1)))
        return self.back(x.permute(0, 3, 1, 2))


@pytest.mark.parametrize(("layer", "axis"), [("conv", 1), ("norm", 3), ("mlp", 3), ("back", 1)])
def test_units_on_the_last_axis(layer, axis):
    network, image = made(ChannelsLast()), picture(size=(12, 8))
    passage = forward(network, layer, image)
    outputs = {}
    note = network.get_submodule(layer).register_forward_hook(lambda _m, _i, y: outputs.update(y=y))
    network(image[None])
    note.remove()
    assert torch.equal(passage.activation, outputs["y"].movedim(axis, 1)[0])
    back = attribute(passage, GRADIENT, position=(2, 1), units=[5])
    x = image[None].clone().requires_grad_()
    network.get_submodule(layer).register_forward_hook(lambda _m, _i, y: outputs.update(y=y))
    network(x)
    (expected,) = torch.autograd.grad(outputs["y"].movedim(axis, 1)[0, 5, 2, 1], x)
    torch.testing.assert_close(back.full()[0], expected[0])
    assert back.receptive_field == (8, 12, 4, 8)


def test_rules_without_a_meaning_are_refused_before_anything_is_computed():
    curved = made(Calls(nn.GELU()))
    said = refusal(curved, "last", DECONVNET, 12)
    assert said == (
        "a deconvnet has no meaning for last: on the way to it, the layer function (GELU) is neither linear nor a ReLU"
    )
    with pytest.raises(CannotReverse, match="a deconvnet has no meaning for last"):
        attribute(forward(curved, "last", picture()), DECONVNET, position=(0, 0))
    assert refusal(curved, "first", DECONVNET, 12) == ""
    assert refusal(curved, "last", GUIDED_BACKPROP, 12) == refusal(curved, "last", GRADIENT, (12, 9)) == ""
    gated = made(Calls(lambda x: x * x.sum((2, 3), keepdim=True).relu()))
    assert "the function mul in Calls multiplies two signals of the image" in refusal(gated, "last", DECONVNET, 12)
    assert "multi_head_attention_forward in attention" in refusal(made(Attention()), "mlp", DECONVNET, 8)
    assert "does not run" in refusal(made(Calls(torch.relu)), "last", GRADIENT, 1)
    assert "training mode" in refusal(Calls(nn.Dropout()).train(), "last", GRADIENT, 12)
    assert refusal(nn.Sequential(nn.Conv2d(1, 2, 3)), "0", DECONVNET, 5) == ""  # grey images
    assert "no layer 'x'" in refusal(gated, "x", GRADIENT, 12)


def test_guided_backpropagation_rectifies_before_a_curved_rectifiers_derivative():
    network, image = made(Calls(nn.SiLU())), picture()
    back = attribute(forward(network, "last", image), GUIDED_BACKPROP, position=(1, 2), rectify_image=False).full()
    x = image[None].clone().requires_grad_()
    below = network.first(x)
    kept = below.detach().requires_grad_()
    output = network.last(functional.silu(kept))
    for unit, value in enumerate(output[0, :, 1, 2]):
        above = torch.autograd.grad(value, kept, retain_graph=True)[0] / (slope := _slope(kept))
        signal = (above * value.detach()).clamp(min=0) * slope
        (expected,) = torch.autograd.grad(below, x, signal.detach(), retain_graph=True)
        torch.testing.assert_close(back[unit], expected[0])


def _slope(x):
    x = x.detach()
    return torch.sigmoid(x) * (1 + x * (1 - torch.sigmoid(x)))


class OwnNorm(nn.Module):
    """A normalisation by a formula of its own."""

    def forward(self, x):
        return x / (1 + x.square().sum(1, keepdim=True)).sqrt()


@pytest.mark.parametrize("norm", [nn.LocalResponseNorm(2), nn.GroupNorm(2, 4), OwnNorm()])
def test_a_deconvnet_takes_the_derivative_of_a_normalisation_as_captum_does(norm):
    network, image = made(Calls(nn.Sequential(norm, nn.ReLU()))), picture()
    passage = forward(network, "last", image)
    back = attribute(passage, DECONVNET, position=(1, 2), rectify_image=False).full()
    method = captum.attr.NeuronDeconvolution(network, network.last)
    for unit, activation in enumerate(passage.activation[:, 1, 2]):
        if activation > 0:
            expected = method.attribute(image[None].clone(), (unit, 1, 2))[0].detach() * activation
            torch.testing.assert_close(back[unit], expected, rtol=1e-12, atol=1e-12)


class Opaque(torch.autograd.Function):
    """A rectifier that nobody sees."""

    @staticmethod
    def forward(ctx, x):
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, signal):
        return signal


@torch.jit.script
def scripted_rectifier(x: torch.Tensor) -> torch.Tensor:
    return torch.relu(x) + 1.0


RECTIFIERS = {
    "relu": nn.ReLU(inplace=True),
    "function": functional.relu,
    "method": lambda x: x.relu_(),
    "threshold": nn.Threshold(0.0, 0.0),
    "clamp": lambda x: x.clamp_min(0),
    "hardtanh": nn.Hardtanh(0.0, 1e9),
    "overload": torch.ops.aten.relu.default,
    "packet": torch.ops.aten.relu,
    "keyword": lambda x: functional.relu(input=x, inplace=True),
}


@pytest.mark.parametrize("rectifier", RECTIFIERS.values(), ids=RECTIFIERS)
def test_a_rectifier_is_one_however_it_is_called(rectifier):
    networks = [made(Calls(one)) for one in (nn.ReLU(), rectifier)]
    networks[1].load_state_dict(networks[0].state_dict())
    for way in (GUIDED_BACKPROP, DECONVNET):
        expected, back = (attribute(forward(one, "last", picture()), way, position=(1, 2)).full() for one in networks)
        torch.testing.assert_close(back, expected, rtol=1e-12, atol=1e-12)
        assert back.any()


def test_what_hides_its_functions_has_a_gradient_alone():
    hidden = made(Calls(Opaque.apply))
    assert "does not show its functions" in refusal(hidden, "last", GUIDED_BACKPROP, 12)
    assert refusal(hidden, "last", GRADIENT, 12) == ""
    compiled = made(Calls(scripted_rectifier))
    assert "does not show its functions" in refusal(compiled, "last", GUIDED_BACKPROP, 12)
    scripted = made(Calls(torch.jit.script(nn.Sequential(nn.ReLU()))))
    assert "RecursiveScriptModule does not show its functions" in refusal(scripted, "last", GUIDED_BACKPROP, 12)
    image = picture()
    back = attribute(forward(scripted, "last", image), GRADIENT, position=(1, 2))
    torch.testing.assert_close(back.full(), slow_gradients(scripted, "last", image, (1, 2))[1])
    with pytest.raises(BadInput, match="runs inside of TorchScript"):
        forward(torch.jit.script(nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU())), "0", image)


def test_controls_on_a_chain_are_those_of_a_graph():
    """The same network as a chain of layers, and with functions in their place: masks, weights, starts."""

    class AsFunctions(nn.Sequential):
        def forward(self, x):
            x = functional.relu(self[0](x), inplace=True)
            x = functional.max_pool2d(torch.relu(self[2](x)), 2)
            return self[6](self[5](x).clamp(min=0))

    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, 6, 3)]
    chain, graph = (made(kind(*layers, nn.ReLU())) for kind in (nn.Sequential, AsFunctions))
    for layer in ("5", "6"):
        ours, theirs = ([forward(each, layer, picture(k)) for k in (0, 1)] for each in (graph, chain))
        assert all(passage.graph for passage in ours)
        assert not any(passage.graph for passage in theirs)
        for passage in (*ours, *theirs):
            assert list(random_weights(passage, seed=0)) == ["0", "2", "5"]
        weights = random_weights(ours[0], seed=0)
        for way in (GRADIENT, GUIDED_BACKPROP, DECONVNET):
            for drawn in (None, weights):
                for changed in (
                    lambda pair: pair[0],
                    lambda pair: with_masks_of(pair[0], pair[1]),
                    lambda pair: pair[1]._replace(activation=pair[0].activation),
                ):
                    back, expected = (
                        attribute(changed(each), way, position=(1, 1), weights=drawn) for each in (ours, theirs)
                    )
                    torch.testing.assert_close(back.signal, expected.signal, rtol=1e-12, atol=1e-12)
                    assert back.receptive_field == expected.receptive_field
    shuffled = with_shuffled_masks(ours[0], seed=0)
    assert [int(mask.sum()) for mask in shuffled.graph.masks[:3]] == [
        int(stage.mask.sum()) for stage in theirs[0].stages if stage.mask is not None
    ]
    assert not torch.equal(
        attribute(shuffled, GUIDED_BACKPROP, position=(1, 1)).signal,
        attribute(ours[0], GUIDED_BACKPROP, position=(1, 1)).signal,
    )
    with pytest.raises(BadInput, match="different layers or shapes"):
        with_masks_of(ours[0], theirs[0])
    with pytest.raises(BadInput, match="no convolution or linear layer of that name"):
        attribute(ours[0], GRADIENT, position=(1, 1), weights={"1": torch.zeros(3, 3)})


def test_masks_of_curved_rectifiers_cannot_be_replaced():
    passage = forward(made(Calls(nn.GELU())), "last", picture())
    with pytest.raises(CannotReverse, match=r"no masks to replace in the layer function \(GELU\), which is no ReLU"):
        with_shuffled_masks(passage, seed=0)


def test_the_network_and_the_image_stay_as_they_are():
    network, image = made(Residual(inplace=True)), picture()
    network.c.weight.requires_grad_(False)
    before, pixels = {name: value.clone() for name, value in network.state_dict().items()}, image.clone()
    flags = [each.requires_grad for each in network.parameters()]
    attribute(forward(network, "c", image), GUIDED_BACKPROP, position=(0, 0))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert torch.equal(image, pixels)
    assert [each.requires_grad for each in network.parameters()] == flags
    assert all(each.grad is None for each in network.parameters())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


@pytest.mark.parametrize("make", [Residual, lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())])
def test_inference_mode_changes_nothing(make):
    network, layer = made(make()), "relu" if make is Residual else "1"
    expected = attribute(forward(network, layer, picture()), GUIDED_BACKPROP, position=(1, 1))
    with torch.inference_mode():
        copied, image = made(make()), picture()
        copied.load_state_dict(network.state_dict())
        for each in (network, copied):  # its weights are tensors of inference mode as well
            back = attribute(forward(each, layer, image), GUIDED_BACKPROP, position=(1, 1))
            assert torch.equal(back.signal, expected.signal)


def test_what_autograd_cannot_do_is_one_sentence():
    def overwritten(x):
        y = x.sigmoid()
        z = y * 2
        y[:, 0] = 0  # sigmoid's derivative needs it
        return z + y

    passage = forward(made(Calls(overwritten)), "last", picture())
    with pytest.raises(CannotReverse, match=r"^Calls runs on this image, but has no gradient"):
        attribute(passage, GRADIENT, position=(0, 0))


@pytest.mark.parametrize("make", [Residual, lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())])
def test_units_that_there_are_none_of(make):
    network = made(make())
    passage = forward(network, "relu" if make is Residual else "1", picture())
    for units, sentence in ([4], "has no unit 4; its units go from 0 to 3"), ([], "units is empty"):
        with pytest.raises(BadInput, match=sentence):
            attribute(passage, GRADIENT, position=(0, 0), units=units)


WEIGHTS = {
    "pruned": lambda conv: prune.l1_unstructured(conv, "weight", 0.5),
    "weight norm": nn.utils.parametrizations.weight_norm,
    "old weight norm": nn.utils.weight_norm,
    "spectral norm": nn.utils.parametrizations.spectral_norm,
    "old spectral norm": nn.utils.spectral_norm,
}


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
@pytest.mark.parametrize("computed", WEIGHTS.values(), ids=WEIGHTS)
def test_chains_with_weights_that_are_computed_stay_chains(computed):
    torch.manual_seed(0)
    network = made(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), computed(nn.Conv2d(4, 5, 3)), nn.ReLU()))
    passage = forward(network, "3", picture())
    assert passage.graph is None
    back = attribute(passage, GRADIENT, position=(1, 2))
    torch.testing.assert_close(back.full(), slow_gradients(network, "3", picture(), (1, 2))[1])


def test_a_layer_that_does_more_than_its_kind_is_no_link_of_a_chain():
    class Standardised(nn.Conv2d):
        def forward(self, x):
            return functional.conv2d(x, self.weight - self.weight.mean(), self.bias)

    hooked = nn.Conv2d(3, 4, 3)
    hooked.register_forward_hook(lambda _module, _inputs, output: output * 2)
    before = nn.Conv2d(3, 4, 3)
    before.register_forward_pre_hook(lambda _module, inputs: (inputs[0] * 2,))
    for first in (Standardised(3, 4, 3), hooked, before):
        network = made(nn.Sequential(first, nn.ReLU()))
        passage = forward(network, "1", picture())
        assert passage.graph is not None
        back = attribute(passage, GRADIENT, position=(1, 2))
        torch.testing.assert_close(back.full(), slow_gradients(network, "1", picture(), (1, 2))[1])


def test_what_comes_behind_the_layer_decides_nothing():
    class Breaks(Residual):
        def forward(self, x):
            super().forward(x)
            assert x.shape[0] > 1, "one image is not enough"

    network = made(Breaks())
    assert torch.equal(
        forward(network, "c", picture()).activation, network.__class__.__bases__[0].forward(network, picture()[None])[0]
    )


def test_graphs_have_no_tree_and_say_so():
    network = made(Residual())
    with pytest.raises(CannotReverse, match="the layer relu has no tree: the way to it is no chain"):
        contributions(forward(network, "relu", picture()), unit=0, position=(0, 0))
    assert "is no chain" in contributions_refusal(network, "relu", 14)
    chain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    assert contributions_refusal(chain, "1", 14) == ""
    assert "is no ReLU" in contributions_refusal(chain, "0", 14)
    assert "no layer '2'" in contributions_refusal(chain, "2", 14)


def test_units_that_see_nothing_but_padding():
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 5, 1, padding=1), nn.BatchNorm2d(5), nn.ReLU()]
    network, image = made(nn.Sequential(*layers)), picture(size=(6, 7))
    passage = forward(network, "4", image)
    for way in (GRADIENT, GUIDED_BACKPROP, DECONVNET):
        back = attribute(passage, way, position=(0, 0))
        assert back.receptive_field.height == back.receptive_field.width == 0
        assert not back.full().any()
        assert back.full().shape == (5, 3, 6, 7)
    torch.testing.assert_close(attribute(passage, GRADIENT, position=(0, 8)).bias, passage.activation[:, 0, 8])
    _, expected = slow_gradients(network, "4", image, (0, 3))
    back = attribute(passage, GRADIENT, position=(0, 3))
    torch.testing.assert_close(back.full(), expected)
    tree = contributions(passage, unit=int(passage.activation[:, 0, 0].argmax()), position=(0, 0))
    assert tree[0].window.height == 0
    assert sum(level.used for level in tree) == 0


@pytest.mark.parametrize("make", [lambda pool: nn.Sequential(pool), lambda pool: nn.Sequential(pool, nn.Sigmoid())])
def test_pooling_windows_that_hold_nothing_are_refused(make):
    network = make(nn.MaxPool2d(2, stride=1, padding=1, dilation=2))
    with pytest.raises(CannotReverse, match="the max pooling 0 has windows that hold nothing but padding"):
        forward(network, str(len(network) - 1), torch.rand(3, 1, 8))
    forward(network, str(len(network) - 1), torch.rand(3, 2, 8))


@st.composite
def graphs(draw):
    """A small network of random blocks: sums, concatenations, strides, groups, dilation, pools, rectifiers."""
    blocks, channels = [], 4
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["sum", "cat", "conv", "pool", "norm"]))
        stride, dilation = draw(st.integers(1, 2)), draw(st.integers(1, 2))
        mode = draw(st.sampled_from(["zeros", "reflect", "circular", "replicate"]))
        if kind in ("sum", "cat"):
            inner = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, groups=2, padding_mode=mode)
            blocks.append((kind, nn.Sequential(nn.ReLU(draw(st.booleans())), inner)))
            channels *= 2 if kind == "cat" else 1
        elif kind == "conv":
            blocks.append((kind, nn.Conv2d(channels, 4, (3, 2), stride, padding=1, dilation=dilation)))
            channels = 4
        elif kind == "pool":
            pools = [nn.MaxPool2d(3, stride, 1), nn.AvgPool2d(2, stride), nn.AdaptiveAvgPool2d(4), nn.ReLU6()]
            blocks.append((kind, draw(st.sampled_from(pools))))
        else:
            norms = [nn.BatchNorm2d(channels), nn.GroupNorm(2, channels), nn.LocalResponseNorm(2), nn.PReLU()]
            blocks.append((kind, draw(st.sampled_from(norms))))
    return blocks, draw(st.integers(0, 99))


class Drawn(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.stem, self.kinds = nn.Conv2d(3, 4, 3, padding=1), [kind for kind, _ in blocks]
        self.blocks, self.end = nn.ModuleList(block for _, block in blocks), nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.stem(x)
        for kind, block in zip(self.kinds, self.blocks, strict=True):
            if kind == "sum":
                x = x + block(x.clone())
            elif kind == "cat":
                x = torch.cat([x, block(x.clone())], 1)
            else:
                x = block(x)
        return self.end(x)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(graphs(), st.data())
def test_the_gradient_of_any_graph_is_autograds_within_its_receptive_field(drawn, data):
    blocks, seed = drawn
    network, image = made(Drawn(blocks), seed), picture(seed, size=(17, 15))
    passage = forward(network, "end", image)
    position = tuple(data.draw(st.integers(0, side - 1)) for side in passage.activation.shape[1:])
    back = attribute(passage, GRADIENT, position=position)
    _, expected = slow_gradients(network, "end", image, position)
    torch.testing.assert_close(back.full(), expected, rtol=1e-9, atol=1e-12)
    assert receptive_field_windows(passage, position)[0] == back.receptive_field


class FunctionBehind(nn.Module):
    """A rectifier of the network itself behind the layer that is looked at, and a forward method that was replaced."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.forward = self.forward  # as in the DenseNet of helpers: nothing tells where the layer runs last
        self.first, self.relu, self.last = nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3)

    def forward(self, x):
        y = torch.relu(self.first(x)) + self.first(x)
        return torch.relu(self.last(self.relu(y)))


def test_masks_are_shuffled_before_a_rectifier_of_the_network_itself():
    passage = forward(made(FunctionBehind()), "relu", picture())
    shuffled = with_shuffled_masks(passage, seed=0)
    signals = [attribute(one, GUIDED_BACKPROP, position=(2, 2)).signal for one in (passage, shuffled)]
    assert signals[0].shape == signals[1].shape and not torch.equal(*signals)
