import pytest
import torch
from torch import nn

from helpers.studies.net_fragments import networks as table
from helpers.studies.net_fragments.digits import compose, compositions, digits, lines

SEEDS = [3, 8]
# Table 4.1, written down a second time: inputs of the head, and the encoder as a user would write it.
PLAIN = {
    1: (98, [nn.Conv2d(1, 2, 3), nn.ReLU()]),
    2: (196, [nn.Conv2d(1, 4, 3), nn.ReLU()]),
    3: (50, [nn.Conv2d(1, 2, 5), nn.ReLU()]),
    4: (100, [nn.Conv2d(1, 4, 5), nn.ReLU()]),
    5: (100, [nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 4, 3), nn.ReLU()]),
    6: (200, [nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 8, 3), nn.ReLU()]),
    7: (4, [nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(2, 4, 3), nn.ReLU()]),
    8: (8, [nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3), nn.ReLU()]),
    9: (81, []),
    10: (81, [nn.Flatten(), nn.Linear(81, 81), nn.ReLU()]),
    11: (98, [nn.Conv2d(1, 2, 3), nn.ReLU()]),
}


def plain(networks, index):
    """One network of a stack, layer by layer with torch.nn."""
    inputs, encoder = PLAIN[networks.number]
    network = nn.Sequential(*encoder, nn.Flatten(), nn.Linear(inputs, 12), nn.ReLU(), nn.Linear(12, 10))
    with_weights = [layer for layer in network if hasattr(layer, "weight")]
    ours = [layer for layer in networks.layers.values() if hasattr(layer, "weight")]
    for theirs, layer in zip(with_weights, ours, strict=True):
        weight = layer.weight[index]
        theirs.weight.data = weight.T if weight.ndim == 2 else weight
        theirs.bias.data = layer.bias[index]
    return network


@pytest.mark.parametrize("number", table.TABLE)
def test_a_stack_equals_plain_networks(number):
    networks = table.FragmentNetworks(number, seeds=SEEDS)
    torch.manual_seed(0)
    images = torch.rand(5, 9, 9)
    own = torch.rand(2, 5, 9, 9)
    for index in range(2):
        expected = plain(networks, index)
        torch.testing.assert_close(networks(images)[index], expected(images[:, None]))
        torch.testing.assert_close(networks(own)[index], expected(own[index][:, None]))


@pytest.mark.parametrize("number", table.TABLE)
def test_outputs_of_every_layer_equal_those_of_the_plain_network(number):
    networks = table.FragmentNetworks(number, seeds=SEEDS)
    x, expected = digits()[:, None], []
    network = plain(networks, 1)
    for layer, following in zip(network, [*network[1:], None], strict=True):
        x = layer(x)
        if not isinstance(layer, nn.Flatten) and not isinstance(following, nn.ReLU):
            expected.append(x)
    outputs = networks.outputs(digits())
    for (name, ours), theirs in zip(outputs.items(), expected, strict=True):
        torch.testing.assert_close(ours[1], theirs, msg=name)
    torch.testing.assert_close(networks.activations(digits())["classes"][1], x.softmax(-1))


def test_a_seed_has_its_weights_whatever_stands_beside_it():
    alone = table.FragmentNetworks(6, seeds=[8]).state_dict()
    beside = table.FragmentNetworks(6, seeds=SEEDS).state_dict()
    for name, tensor in alone.items():
        assert torch.equal(tensor[0], beside[name][1])


def test_weights_begin_within_the_framework_s_default_range():
    networks = table.FragmentNetworks(10, seeds=range(20))
    weight = networks.layers["hidden"].weight
    assert weight.abs().max() <= 1 / 9
    assert weight.std() == pytest.approx(1 / 9 / 3**0.5, rel=0.01)


def test_hand_crafted_kernels_are_not_trained():
    networks = table.FragmentNetworks(11, seeds=SEEDS)
    asked = {id(parameter) for parameter in networks.trainable()}
    fixed = [name for name, parameter in networks.named_parameters() if id(parameter) not in asked]
    assert fixed == ["layers.conv1.weight"]
    vertical, horizontal = networks.layers["conv1"].weight[1, :, 0]
    assert vertical.tolist() == [[-1, 2, -1]] * 3
    assert torch.equal(horizontal, vertical.T)


def test_only_the_winners_of_the_head_stay_on():
    every, some = (table.FragmentNetworks(9, seeds=SEEDS, winners=count).outputs(digits())["head"] for count in (0, 3))
    for seed in range(2):
        for image in range(10):
            third = every[seed, image].sort(descending=True).values[2]
            kept = torch.where(every[seed, image] >= third, every[seed, image], 0)
            assert torch.equal(some[seed, image], kept)


def test_heads_and_classes_of_other_sizes():
    outputs = table.FragmentNetworks(1, seeds=SEEDS, head_units=5, classes=30).outputs(digits())
    assert (outputs["head"].shape, outputs["classes"].shape) == ((2, 10, 5), (2, 10, 30))


def test_hand_crafted_kernels_tell_vertical_from_horizontal_lines():
    networks = table.FragmentNetworks(11, seeds=[0])
    networks.layers["conv1"].bias.zero_()
    maps = networks.outputs(lines())["conv1"][0].amax((-1, -2))
    vertical = torch.tensor([image.any(0).sum() == 1 for image in lines()])
    assert (maps[vertical, 0] > maps[vertical, 1]).all()
    assert (maps[~vertical, 1] > maps[~vertical, 0]).all()


@pytest.mark.parametrize("number", [n for n in table.TABLE if n not in (9, 10)])
def test_receptive_field_is_the_support_of_the_gradient(number):
    networks = table.FragmentNetworks(number, seeds=[0])
    for name, parameter in networks.named_parameters():
        parameter.data = torch.ones_like(parameter) if "weight" in name else torch.zeros_like(parameter)
    last = [name for name in networks.layers if name.startswith("conv")][-1]
    support = torch.zeros(9, 9, dtype=torch.bool)
    for position in range(40):  # which pixel of a pooling square wins depends on the image
        images = torch.rand(1, 9, 9, generator=torch.Generator().manual_seed(position)).requires_grad_()
        (gradient,) = torch.autograd.grad(networks.outputs(images)[last][0, 0, 0, 0, 0], images)
        support |= gradient[0] != 0
    field = table.receptive_field(number)
    assert support.any(0).sum() == support.any(1).sum() == field


def test_receptive_fields_without_convolution():
    assert (table.receptive_field(9), table.receptive_field(10)) == (1, 9)


def test_wired_units_are_on_exactly_where_their_pattern_is():
    present = compositions()
    activity = table.wired_to(lines()).outputs(compose(present))["hidden"][0]
    assert torch.equal(activity[:, :9], present.float())
    assert not activity[:, 9:].any()


@pytest.mark.parametrize("number", [0, 12, -1])
def test_a_model_that_is_not_in_the_table(number):
    sentence = f"Model {number} is not in table 4.1; allowed is a whole number from 1 to 11."
    with pytest.raises(table.ModelError, match=sentence):
        table.FragmentNetworks(number, seeds=[0])


def test_descriptions():
    assert [table.describe(k) for k in (1, 8, 9, 10, 11)] == [
        "2 of 3×3",
        "4 of 3×3 – pool – 8 of 3×3",
        "none",
        "FC 81",
        "2 hand-crafted 3×3 kernels",
    ]
