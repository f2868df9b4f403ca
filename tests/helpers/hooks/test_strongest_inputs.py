import pytest
import torch
from torch import nn

from helpers.hooks.recording import NoOutput, UnknownLayer, record
from helpers.hooks.strongest_inputs import ActivationError, StrongestInputs, strongest_inputs


class Network(nn.Module):
    """A map, tokens and classes; a layer that is not run."""

    def __init__(self, channels=3):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(channels, 5, 3), nn.BatchNorm2d(5), nn.ReLU(inplace=True))
        self.tokens, self.classes, self.unused = nn.Linear(5, 4), nn.Linear(4, 6), nn.ReLU()

    def forward(self, x):
        x = self.tokens(self.conv(x).flatten(2).transpose(1, 2))  # (image, token, unit)
        return self.classes(x.mean(1))


def network(channels=3):
    torch.manual_seed(0)
    return Network(channels).eval()


def images(count, channels=3, size=8):
    return torch.randn(count, channels, size, size, generator=torch.Generator().manual_seed(1))


def by_a_loop(net, layer, x, count):
    """Whole activations of one image after the other, sorted in Python."""
    with record(net, [layer]) as outputs, torch.no_grad():
        maps = []
        for image in x:
            net(image[None])
            output = outputs[layer][0]
            maps.append(output.T if output.dim() == 2 else output)
    best = []
    for unit in range(len(maps[0])):
        peaks = [(float(each[unit].max()), number) for number, each in enumerate(maps)]
        chosen = sorted(peaks, key=lambda peak: (-peak[0], peak[1]))[:count]
        where = [(maps[number][unit] == value).nonzero()[0].tolist() for value, number in chosen]
        best.append([(value, number, place) for (value, number), place in zip(chosen, where, strict=True)])
    return best


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("layer", ["conv.2", "conv.0", "conv", "tokens", "classes"])
@pytest.mark.parametrize("batch", [1, 7, 40])
def test_they_are_those_of_a_loop_over_images_whatever_the_batches(layer, channels, batch):
    net, x = network(channels), images(25, channels)
    found = strongest_inputs(net, layer, x.split(batch), count=4)
    for unit, best in enumerate(by_a_loop(net, layer, x, 4)):
        torch.testing.assert_close(found.value[unit], torch.tensor([value for value, _, _ in best]))
        assert found.number[unit].tolist() == [number for _, number, _ in best]
        assert found.position[unit].tolist() == [place for _, _, place in best]


def test_fewer_inputs_than_asked_for_give_fewer_ranks():
    found = strongest_inputs(network(), "conv", [images(3)], count=9)
    assert found.value.shape == (5, 3) and found.position.shape == (5, 3, 2)


def test_among_equals_the_first_comes_first():
    kept = StrongestInputs(3)
    for value in (1.0, 2.0, 2.0, 1.0, 2.0, 2.0):
        kept.add(torch.full((1, 1, 2, 2), value))
    assert kept.found().number.tolist() == [[1, 2, 4]]
    assert kept.found().position.tolist() == [[[0, 0]] * 3]


def test_images_of_different_sizes_stream_together():
    net, large = network(), images(2, size=12)
    found = strongest_inputs(net, "conv", [images(3), large], count=5)
    assert found.position.amax() > 5
    alone = strongest_inputs(net, "conv", [large], count=2)
    assert set(alone.value.flatten().tolist()) <= set(found.value.flatten().tolist())


def test_the_network_is_left_as_it_was():
    net = network().train()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    found = strongest_inputs(net, "classes", images(6).split(2), count=2)
    assert net.training and not found.value.requires_grad
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert not any(module._forward_hooks for module in net.modules())
    again = strongest_inputs(net.eval(), "classes", images(6).split(2), count=2)
    assert torch.equal(found.value, again.value)


def test_only_the_strongest_are_held():
    """What is kept does not grow with the stream, and no map of a batch gone by is."""
    kept = StrongestInputs(2)
    for _ in range(50):
        kept.add(torch.rand(3, 4, 6, 6))
    found = kept.found()
    assert kept.seen == 150
    assert [part.untyped_storage().nbytes() for part in found] == [4 * 2 * 4, 4 * 2 * 8, 4 * 2 * 2 * 4]


def test_what_has_no_strongest_is_refused():
    net, x = network(), images(2)
    with pytest.raises(UnknownLayer, match="no layer 'convs'"):
        strongest_inputs(net, "convs", [x], count=1)
    with pytest.raises(NoOutput, match="the layer unused does not run"):
        strongest_inputs(net, "unused", [x], count=1)
    with pytest.raises(ActivationError, match="count = 0 must be at least 1"):
        strongest_inputs(net, "conv", [x], count=0)
    with pytest.raises(ActivationError, match="there are no inputs"):
        strongest_inputs(net, "conv", [], count=1)
    net.conv[0].weight.data[3] = float("nan")
    with pytest.raises(ActivationError, match="unit 3 has the activation nan on input 0; the strongest"):
        strongest_inputs(net, "conv.0", [x], count=1)


def test_the_sentence_counts_the_inputs_that_went_before():
    kept = StrongestInputs(2, first_unit=7)
    kept.add(torch.zeros(4, 3))
    with pytest.raises(ActivationError, match="unit 8 has the activation inf on input 5"):
        kept.add(torch.tensor([[0.0, 0.0, 0.0], [0.0, float("inf"), 0.0]]))
