"""The ways back, against eqs. 4 to 9 with explicit matrices, autograd and Captum."""

import captum.attr
import pytest
import torch
from torch import nn

from helpers.attribution import backward
from helpers.attribution.backward import (
    DECONVNET,
    GRADIENT,
    GUIDED_BACKPROP,
    attribute,
    random_weights,
    with_masks_of,
    with_shuffled_masks,
)
from helpers.attribution.forward_pass import forward

WAYS = {"deconvnet": DECONVNET, "masked": GUIDED_BACKPROP, "exact": GRADIENT}


def named(*layers):
    """A chain named as VGG is; weights large enough that activations stay apart from zero."""
    network, block, number = nn.Sequential(), 1, 0
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            number += 1
            nn.init.normal_(layer.weight, std=(2 / layer.weight[0].numel()) ** 0.5)
            network.add_module(f"conv{block}_{number}", layer)
        elif isinstance(layer, nn.ReLU):
            network.add_module(f"relu{block}_{number}", layer)
        elif isinstance(layer, nn.MaxPool2d):
            network.add_module(f"pool{block}", layer)
            block, number = block + 1, 0
        else:
            network.add_module(f"other{len(network)}", layer)
    return network.eval()


def small(seed=0, dtype=torch.float64):
    """The study's kinds of layers, and two poolings."""
    torch.manual_seed(seed)
    return named(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(4, 5, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(5, 6, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 7, 3, padding=1),
        nn.ReLU(),
    ).to(dtype)


def every_kind(seed=0, dtype=torch.float64):
    """Overlapping windows, strides, dilation, groups, averages, BatchNorm, Dropout, linear layers."""
    torch.manual_seed(seed)
    network = named(
        nn.Conv2d(3, 16, 5, stride=2, padding=2),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.Conv2d(16, 8, 3, padding=2, dilation=2, groups=2),
        nn.ReLU(),
        nn.Conv2d(8, 6, (2, 4), padding="same"),
        nn.Identity(),
        nn.ReLU(),
        nn.MaxPool2d(3, 1, padding=1),
        nn.Conv2d(6, 6, 3, stride=2, dilation=2, padding=3, bias=False),
        nn.AvgPool2d(2, 1, padding=1),
        nn.AdaptiveAvgPool2d((2, 3)),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(36, 9),
        nn.BatchNorm1d(9, affine=False),
        nn.ReLU(),
        nn.Linear(9, 4),
    )
    for norm in (module for module in network if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d))):
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
    return network.to(dtype)


def picture(seed=0, size=(16, 20), dtype=torch.float64):
    return torch.randn(3, *size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def matrix(function, shape):
    """The matrix of a linear map, column by column."""
    count = torch.Size(shape).numel()
    return torch.stack([function(e.view(1, *shape)).flatten() for e in torch.eye(count, dtype=torch.float64)], 1)


def by_matrices(network, layer, image, unit, position, way, *, masks_image=None, weights=None):
    """Eqs. 4 to 9 as they stand: x_{i-1} = [P^T] [R] (W^T [r *] x_i), from the layer with its own mask down.

    In the study's order R comes before P^T; these windows do not overlap.
    """
    names = [name for name, _ in network.named_children()]
    names = names[: names.index(layer) + 1]
    steps, x, other = [], image.unsqueeze(0), (image if masks_image is None else masks_image).unsqueeze(0)
    for name in names:
        module = network.get_submodule(name)
        shape = tuple(x.shape[1:])
        if isinstance(module, nn.Conv2d):
            weight = (weights or {}).get(name, module.weight)
            product = matrix(lambda e, w=weight, m=module: nn.functional.conv2d(e, w, None, m.stride, m.padding), shape)
            steps.append(["W", product, None])
        elif isinstance(module, nn.MaxPool2d):
            y, index = nn.functional.max_pool2d(x, 2, return_indices=True)
            pool = torch.zeros(y.numel(), x.numel(), dtype=torch.float64)
            plane = shape[1] * shape[2]
            for channel, channel_index in enumerate(index[0].flatten(1)):
                for j, where in enumerate(channel_index.tolist()):
                    pool[channel * len(channel_index) + j, channel * plane + where] = 1
            steps.append(["P", pool, None])
        else:
            steps[-1][2] = (nn.functional.relu(other if name != layer else x) > 0).double().flatten()
        x, other = module(x.clone()), module(other.clone())
    start = torch.zeros_like(x)
    start[0, unit, position[0], position[1]] = x[0, unit, position[0], position[1]] if way.start == "activation" else 1
    signal = start.flatten()
    if layer.startswith("relu"):
        signal = steps[-1][2] * signal  # its own mask, whatever the way: the activation is zero where it is closed
    last = len(steps) - 1
    for i in range(last, -1, -1):
        kind, product, mask = steps[i]
        if kind == "P":
            signal = product.T @ signal
            continue
        if way.masks and mask is not None and i < last:
            signal = mask * signal
        signal = product.T @ signal
        if way.rectify:
            signal = signal.clamp(min=0)
    return signal.view(image.shape)


@pytest.mark.parametrize("layer", ["relu3_1", "conv3_1", "relu2_1", "conv1_1"])
@pytest.mark.parametrize("way", WAYS)
def test_every_way_is_the_loop_over_matrices(way, layer):
    network, image = small(), picture(size=(8, 12))
    passage = forward(network, layer, image)
    position = (passage.activation.shape[1] // 2, passage.activation.shape[2] - 1)
    back = attribute(passage, WAYS[way], position=position).full()
    for unit in range(len(back)):
        expected = by_matrices(network, layer, image, unit, position, WAYS[way])
        torch.testing.assert_close(back[unit], expected, rtol=1e-12, atol=1e-12)
    assert (back != 0).any()


def test_controls_are_the_loop_over_matrices_too():
    network, image, other = small(), picture(size=(8, 12)), picture(1, (8, 12))
    passage = forward(network, "relu3_1", image)
    borrowed = with_masks_of(passage, forward(network, "relu3_1", other))
    weights = random_weights(passage, seed=0)
    for way, sent, options, expected in (
        (GUIDED_BACKPROP, borrowed, {}, {"masks_image": other}),
        (GUIDED_BACKPROP, passage, {"weights": weights}, {"weights": weights}),
        (DECONVNET, passage, {"weights": weights}, {"weights": weights}),
    ):
        back = attribute(sent, way, position=(1, 1), **options).full()
        assert (back != 0).any()
        for unit in range(len(back)):
            slow = by_matrices(network, "relu3_1", image, unit, (1, 1), way, **expected)
            torch.testing.assert_close(back[unit], slow, rtol=1e-12, atol=1e-12)


def gradients(network, layer, image, position):
    names = [name for name, _ in network.named_children()]
    x = image.clone().unsqueeze(0).requires_grad_()
    y = x
    for name in names[: names.index(layer) + 1]:
        y = network.get_submodule(name)(y)
    values = y[0] if position is None else y[0, :, position[0], position[1]]
    rows = [torch.autograd.grad(value, x, retain_graph=True)[0][0] for value in values]
    return values.detach(), torch.stack(rows)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-5)])
@pytest.mark.parametrize("make", [small, every_kind])
def test_the_exact_filter_is_the_gradient_and_gives_back_the_activation(make, dtype, tolerance):
    network, image = make(dtype=dtype), picture(size=(21, 18), dtype=dtype)
    for layer in (name for name, _ in network.named_children()):
        passage = forward(network, layer, image)
        shape = passage.activation.shape
        for position in (
            [None] if len(shape) == 1 else [(0, 0), (shape[1] // 2, shape[2] // 2), (shape[1] - 1, shape[2] - 1)]
        ):
            back = attribute(passage, GRADIENT, position=position)
            values, expected = gradients(network, layer, image, position)
            torch.testing.assert_close(back.full(), expected, rtol=0, atol=tolerance)
            window = back.receptive_field
            patch = image[:, *window.slices]
            again = (back.signal * patch).sum((1, 2, 3)) + back.bias
            torch.testing.assert_close(again, values, rtol=0, atol=10 * tolerance)


def test_the_deconvnet_is_captums():
    """Captum starts with 1 and does not rectify the image plane; the deconvnet is linear in a positive start."""
    network, image = small(), picture()
    network.get_submodule("relu2_1").inplace = False  # Captum's hooks cannot live with it
    for layer in ("relu3_1", "relu2_1", "relu1_2"):
        passage = forward(network, layer, image)
        position = (1, 2)
        back = attribute(passage, DECONVNET, position=position, rectify_image=False).full()
        method = captum.attr.NeuronDeconvolution(network, network.get_submodule(layer))
        for unit in range(len(back)):
            theirs = method.attribute(image.unsqueeze(0), (unit, *position))[0].detach()
            torch.testing.assert_close(back[unit], passage.activation[unit, 1, 2] * theirs, rtol=1e-12, atol=1e-12)
        assert (back < 0).any()
        assert torch.equal(attribute(passage, DECONVNET, position=position).full(), back.clamp(min=0))


@pytest.mark.parametrize("make", [small, every_kind])
def test_guided_backpropagation_is_captums(make):
    """Captum starts with 1, not with the activation, and does not rectify the image plane.

    The first is a positive factor, which passes through masks and rectifiers; the second is an option here.
    """
    network, image = make(), picture(size=(21, 18))
    for module in network:
        if isinstance(module, nn.ReLU):
            module.inplace = False  # Captum's hooks cannot live with it
    for layer in ("relu2_1", "relu1_1"):
        passage = forward(network, layer, image)
        method = captum.attr.NeuronGuidedBackprop(network, network.get_submodule(layer))
        position = (1, 2)
        back = attribute(passage, GUIDED_BACKPROP, position=position, rectify_image=False).full()
        for unit, activation in enumerate(passage.activation[:, 1, 2]):
            theirs = method.attribute(image.unsqueeze(0), (unit, *position))[0].detach()
            torch.testing.assert_close(back[unit], activation * theirs, rtol=1e-12, atol=1e-12)
        assert (back < 0).any()
        rectified = attribute(passage, GUIDED_BACKPROP, position=position).full()
        assert torch.equal(rectified, back.clamp(min=0))


def test_overlapping_windows_follow_captum_as_well():
    network, image = every_kind(), picture(size=(21, 18))
    passage = forward(network, "relu2_2", image)
    position = (2, 3)
    back = attribute(passage, DECONVNET, position=position, rectify_image=False).full()
    method = captum.attr.NeuronDeconvolution(network, network.get_submodule("relu2_2"))
    for unit in range(len(back)):
        theirs = method.attribute(image.unsqueeze(0), (unit, *position))[0].detach()
        torch.testing.assert_close(back[unit], passage.activation[unit, 2, 3] * theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", [small, every_kind])
def test_all_units_at_once_are_the_units_one_by_one_with_any_memory(make, way):
    network, image = make(), picture(size=(21, 18))
    layer, position = ("relu3_1", (1, 2)) if make is small else ("other18", None)
    passage = forward(network, layer, image)
    together = attribute(passage, WAYS[way], position=position)
    few = attribute(passage, WAYS[way], position=position, memory=1)
    torch.testing.assert_close(few, together, rtol=1e-12, atol=1e-12)
    chosen = attribute(passage, WAYS[way], position=position, units=[2, 0])
    torch.testing.assert_close(chosen.signal, together.signal[[2, 0]], rtol=1e-12, atol=1e-12)
    for unit in range(len(together.signal)):
        alone = attribute(passage, WAYS[way], position=position, units=[unit])
        torch.testing.assert_close(alone.signal[0], together.signal[unit], rtol=1e-12, atol=1e-12)


def test_memory_bounds_what_is_under_way(monkeypatch):
    """The signals of one step, before and after it, roughly: working copies of a step come on top."""
    torch.manual_seed(0)
    network = named(nn.Conv2d(3, 48, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(48, 64, 7, padding=3))
    passage = forward(network, "conv2_1", picture(size=(20, 20), dtype=torch.float32))
    step, seen = backward._Descent.step, []

    def noted(self, signal, *rest):
        after = step(self, signal, *rest)
        seen.append(signal.values.nbytes + after.values.nbytes)
        return after

    monkeypatch.setattr(backward._Descent, "step", noted)
    largest = {}
    for memory in (1e9, 1e6):
        seen.clear()
        attribute(passage, DECONVNET, position=(5, 5), units=4 * list(range(64)), memory=memory)
        largest[memory] = max(seen)
    assert largest[1e9] >= 7 * 7 * 48 * 256 * 4  # all at once
    assert largest[1e6] <= 1.3e6  # a layer that only moves entries has one signal before and after it


def test_random_weights_have_the_mean_and_the_variance_of_the_true_ones():
    network = nn.Sequential(nn.Conv2d(3, 64, 5), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU())
    nn.init.normal_(network[2].weight, mean=0.3, std=2)
    passage = forward(network, "3", picture(dtype=torch.float32))
    weights = random_weights(passage, seed=0)
    assert set(weights) == {"0", "2"}
    for name, weight in weights.items():
        true = network.get_submodule(name).weight
        assert weight.shape == true.shape
        error = 4 * true.std().item() / true.numel() ** 0.5
        assert weight.mean().item() == pytest.approx(true.mean().item(), abs=error)
        assert weight.std().item() == pytest.approx(true.std().item(), rel=4 / (2 * true.numel()) ** 0.5)
        assert torch.equal(weight, random_weights(passage, seed=0)[name])
        assert not torch.equal(weight, random_weights(passage, seed=1)[name])


def test_shuffled_masks_are_as_sparse_and_switches_stay():
    passage = forward(small(), "relu3_1", picture())
    shuffled = with_shuffled_masks(passage, seed=0)
    for before, after in zip(passage.stages, shuffled.stages, strict=True):
        assert (before.mask is None) == (after.mask is None)
        if before.mask is not None:
            assert before.mask.sum() == after.mask.sum()
            assert not torch.equal(before.mask, after.mask)
        assert before.switches is after.switches


def test_another_images_masks_replace_the_masks_alone():
    network = small()
    mine, theirs = (forward(network, "relu3_1", picture(seed)) for seed in (0, 1))
    mixed = with_masks_of(mine, theirs)
    for own, other, both in zip(mine.stages, theirs.stages, mixed.stages, strict=True):
        assert both.mask is other.mask
        assert both.switches is own.switches
    assert torch.equal(mixed.activation, mine.activation)
    with pytest.raises(ValueError, match="different layers or shapes; masks need the same way"):
        with_masks_of(mine, forward(network, "relu2_1", picture()))


def test_a_silent_unit_sends_nothing_back():
    passage = forward(small(), "relu3_1", picture())
    silent = (passage.activation[:, 1, 2] == 0).nonzero().flatten().tolist()
    assert silent
    for way in WAYS.values():
        assert not attribute(passage, way, position=(1, 2), units=silent).signal.any()


def test_what_does_not_exist_is_named():
    passage = forward(small(), "relu3_1", picture())
    with pytest.raises(ValueError, match="the layer relu3_1 has no unit 7; its units go from 0 to 6"):
        attribute(passage, GRADIENT, position=(0, 0), units=[7])
    with pytest.raises(ValueError, match="memory = 0 must be a positive number of bytes"):
        attribute(passage, GRADIENT, position=(0, 0), memory=0)
    with pytest.raises(
        ValueError, match=r"the weights for conv1_1 have the shape \(2, 2\); \(4, 3, 3, 3\) is expected"
    ):
        attribute(passage, GRADIENT, position=(0, 0), weights={"conv1_1": torch.zeros(2, 2)})
    with pytest.raises(ValueError, match="there is no convolution or linear layer of that name on the way is expected"):
        attribute(passage, GRADIENT, position=(0, 0), weights={"conv9": torch.zeros(2, 2)})
