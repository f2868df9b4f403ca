import pytest
import torch
from torch import nn

from helpers.hooks.recording import UnknownLayer, record, record_nodes
from helpers.models.stacks.perceptron import Perceptrons


def hook_count(network):
    return sum(len(module._forward_hooks) for module in network.modules())


def test_recorded_outputs_are_those_of_the_layers():
    network = Perceptrons((7, 6, 4, 5), seeds=[0, 1])
    x = torch.randn(2, 9, 7)
    with record(network, ["relus.0", "relus.1", "layers.2"]) as outputs:
        logits = network(x)
    first, second, probability = network.activations(x)
    assert torch.equal(outputs["relus.0"], first)
    assert torch.equal(outputs["relus.1"], second)
    assert torch.equal(outputs["layers.2"], logits)
    assert torch.equal(logits.softmax(-1), probability)


def test_what_an_in_place_layer_overwrites_stays_recorded():
    network = nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True))
    x = torch.randn(20, 4)
    with record(network, ["0"]) as outputs:
        network(x)
    assert torch.equal(outputs["0"], network[0](x))
    assert (outputs["0"] < 0).any()
    assert not outputs["0"].requires_grad


def test_gradients_flow_through_what_is_not_detached():
    network = nn.Sequential(nn.Linear(4, 5), nn.ReLU(inplace=True), nn.Linear(5, 1))
    x = torch.randn(20, 4, requires_grad=True)
    for clone in (True, False):
        with record(network, ["1"], stop=True, detach=False, clone=clone) as outputs:
            network(x)
        (gradient,) = torch.autograd.grad(outputs["1"].sum(), x)
        open_units = (x @ network[0].weight.T + network[0].bias > 0).float()
        torch.testing.assert_close(gradient, open_units @ network[0].weight)


def test_what_is_not_copied_is_the_tensor_of_the_network():
    network, x = nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True)), torch.randn(20, 4)
    with record(network, ["0", "1"], clone=False) as outputs:
        given = network(x)
    assert outputs["1"].data_ptr() == given.data_ptr() and not outputs["1"].requires_grad
    assert torch.equal(outputs["0"], outputs["1"])  # the in-place layer wrote into it
    with record(network, ["1"], detach=False, clone=False) as outputs:
        given = network(x)
    assert outputs["1"] is given


def test_stop_runs_no_further_than_the_last_layer_needed():
    ran = []

    class Noted(nn.Identity):
        def forward(self, x):
            ran.append(True)
            return x

    network = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), Noted())
    with record(network, ["1", "0"], stop=True) as outputs:
        network(torch.ones(1, 3))
        pytest.fail("the block goes on after the forward pass was ended")
    assert set(outputs) == {"0", "1"}
    assert not ran
    assert hook_count(network) == 0


@pytest.mark.parametrize("stop", [False, True])
def test_hooks_are_gone_after_an_exception(stop):
    network = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    with pytest.raises(RuntimeError), record(network, ["0", "1"], stop=stop):
        network(torch.ones(1, 4))
    with pytest.raises(ZeroDivisionError), record(network, ["0"], stop=stop):
        raise ZeroDivisionError
    assert hook_count(network) == 0


def test_a_second_run_replaces_the_first():
    network = nn.Sequential(nn.Linear(3, 3))
    with record(network, ["0"]) as outputs:
        network(torch.ones(1, 3))
        network(torch.zeros(2, 3))
    assert torch.equal(outputs["0"], network(torch.zeros(2, 3)))


def test_an_unknown_layer_is_answered_with_the_nearest_names():
    network = Perceptrons((7, 6, 5), seeds=[0])
    with (
        pytest.raises(UnknownLayer, match=r"no layer 'relu\.0'; the nearest names are relus\.0"),
        record(network, ["relu.0"]),
    ):
        pass
    with pytest.raises(UnknownLayer, match="its layers are layers, "), record(network, ["zzz"]):
        pass
    assert hook_count(network) == 0


def test_a_layer_without_one_tensor_is_refused():
    network = nn.LSTM(3, 2)
    with pytest.raises(TypeError, match="a tuple, not a tensor"), record(network, [""]):
        network(torch.zeros(1, 1, 3))


class Rectified(nn.Module):
    """A non-linearity that is no layer."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.last(torch.relu_(self.first(x)))


def test_calls_that_are_no_layers_are_recorded_before_and_after_the_non_linearity():
    network, x = Rectified(), torch.randn(20, 4)
    network.last.eval()
    outputs = record_nodes(network, ["relu_", "first"])(x)
    assert torch.equal(outputs["first"], network.first(x))  # although the next call overwrites it
    assert torch.equal(outputs["relu_"], network.first(x).relu())
    assert not outputs["relu_"].requires_grad
    assert network.training and not network.last.training
    assert hook_count(network) == 0


def test_calls_behind_the_last_one_needed_are_not_run():
    network = Rectified()
    seen = []
    network.last.register_forward_hook(lambda *_: seen.append(True))
    record_nodes(network, ["relu_"])(torch.ones(1, 4))
    assert not seen


def test_a_call_that_is_not_made_is_answered_with_the_nearest_names():
    with pytest.raises(UnknownLayer, match="no layer 'relu'; the nearest names are relu_"):
        record_nodes(Rectified(), ["relu"])


def test_a_network_that_cannot_be_traced_is_named():
    class Deciding(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    with pytest.raises(TypeError, match=r"Deciding cannot be traced .*; record its layers instead"):
        record_nodes(Deciding(), ["x"])
