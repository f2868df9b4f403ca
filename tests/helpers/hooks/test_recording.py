from collections import namedtuple

import pytest
import torch
from torch import Tensor, nn

from helpers.errors import BadInput
from helpers.hooks.call_graph import CannotTrace
from helpers.hooks.names import CannotLookInside
from helpers.hooks.recording import NoOutput, UnknownLayer, record, record_nodes
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


@pytest.mark.parametrize("stop", [False, True])
def test_a_statistic_is_taken_as_each_layer_ends_and_no_output_is_held(stop):
    network, x = nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Linear(4, 2)), torch.randn(20, 4)
    seen = []

    def smallest(name, output):
        assert not output.requires_grad
        seen.append(name)
        return output.min()

    with record(network, ["0", "1"], stop=stop, keep=smallest) as outputs:
        network(x)
    linear = network[0](x)
    assert seen == ["0", "1"]
    assert outputs["0"] == linear.min() < 0 and outputs["1"] == linear.relu().min()  # before it was written over
    assert all(output.untyped_storage().nbytes() == 4 for output in outputs.values())


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


class Reused(nn.Module):
    """One ReLU three times, under two names, and a layer that never runs."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = (nn.Linear(4, 4) for _ in range(3))
        self.relu = self.again = nn.ReLU(inplace=True)
        self.tail, self.idle = nn.Linear(4, 2), nn.Linear(1, 1)
        self.tail_runs = 0

    def steps(self, x):
        for layer in (self.first, self.second, self.third):
            x = self.relu(layer(x))
            yield x

    def forward(self, x):
        *_, x = self.steps(x)
        return self.tail(x)


class DecidingReused(Reused):
    """The same in a network that cannot be traced."""

    def forward(self, x):
        return super().forward(x) if x.shape[1] > 1 else x


@pytest.mark.parametrize("stop", [False, True])
@pytest.mark.parametrize("kind", [Reused, DecidingReused])
@pytest.mark.parametrize("layer", ["relu", "again"])
def test_one_meaning_of_a_layer_that_runs_more_than_once(kind, layer, stop):
    network, x = kind(), torch.randn(5, 4)
    with torch.no_grad():
        calls = [step.clone() for step in network.steps(x)]

    def recorded(call):
        with record(network, [layer], call=call, stop=stop) as outputs:
            network(x)
        return outputs[layer]

    for call in (0, 1, 2, -1, -2, -3):
        assert torch.equal(recorded(call), calls[call])
    assert torch.equal(recorded("last"), calls[-1])
    assert all(torch.equal(*pair) for pair in zip(recorded("all"), calls, strict=True))
    for call in (3, -4):
        with pytest.raises(NoOutput, match=f"the layer {layer} has no call {call}; calls go from 0 to 2"):
            recorded(call)
    assert hook_count(network) == 0


def test_the_pass_ends_after_the_last_call_needed():
    network, ran = Reused(), []
    network.tail.register_forward_hook(lambda *_: ran.append(True))
    for call in ("last", 0, "all", -2):
        with record(network, ["relu", "first"], call=call, stop=True):
            network(torch.ones(1, 4))
    assert not ran  # also where a call is missing: the first layer has no call -2


def test_every_run_counts_its_calls_anew():
    network = Reused()
    with record(network, ["relu"], call="all") as outputs:
        network(torch.ones(1, 4))
        network(torch.ones(2, 4))
    assert [len(output) for output in outputs["relu"]] == [2, 2, 2]


def test_counts_follow_a_network_that_changes():
    network, x = Reused(), torch.randn(3, 4)
    with record(network, ["relu"], stop=True):
        network(x)
    network.tail = nn.Sequential(nn.Linear(4, 4), network.relu)
    with record(network, ["relu"], stop=True) as outputs:
        network(x)
    assert torch.equal(outputs["relu"], network(x))


class Nested(nn.Module):
    """Calls itself on what it made of its input."""

    def __init__(self):
        super().__init__()
        self.layer, self.deep = nn.Linear(4, 4), 0

    def forward(self, x, depth=2):
        x = self.layer(x)
        return x if depth == 0 else self(x, depth - 1)


@pytest.mark.parametrize("stop", [False, True])
def test_a_network_that_calls_itself(stop):
    network, x = Nested(), torch.randn(3, 4)
    with record(network, ["layer"], stop=stop) as outputs:
        network(x)
    assert torch.equal(outputs["layer"], network(x))


def test_a_layer_that_does_not_run():
    network = Reused()
    for stop in (False, True):
        with record(network, ["idle"], stop=stop) as outputs:
            network(torch.ones(1, 4))
        with pytest.raises(NoOutput, match="the layer idle does not run"):
            outputs["idle"]


class Giving(nn.Module):
    def __init__(self, what):
        super().__init__()
        self.what = what

    def forward(self, x):
        return self.what(x)


Both = namedtuple("Both", "first second")
RECORDED_FIRST = {
    "LSTM": nn.LSTM(4, 2),
    "attention": nn.MultiheadAttention(4, 2),
    "tuple": Giving(lambda x: (x, x + 1)),
    "list": Giving(lambda x: [x, None]),
    "NamedTuple": Giving(lambda x: Both(x, x + 1)),
    "dictionary": Giving(lambda x: {"out": x, "aux": x + 1}),
}


@pytest.mark.parametrize("layer", RECORDED_FIRST.values(), ids=RECORDED_FIRST)
@pytest.mark.parametrize("stop", [False, True])
def test_the_first_of_several_tensors_is_recorded(layer, stop):
    x = torch.randn(3, 1, 4)
    inputs = (x, x, x) if isinstance(layer, nn.MultiheadAttention) else (x,)
    layer.eval()
    with record(layer, [""], stop=stop) as outputs:
        layer(*inputs)
    output = layer(*inputs)
    first = output["out"] if isinstance(output, dict) else output[0] if not isinstance(output, Tensor) else output
    assert torch.equal(outputs[""], first)


@pytest.mark.parametrize("what", [None, (), {}, (None, 1), "text"])
def test_a_layer_without_a_tensor_is_refused(what):
    network = nn.Sequential(Giving(lambda x: what))
    with pytest.raises(NoOutput, match="the layer 0 gives out a "), record(network, ["0"]):
        network(torch.zeros(1))
    assert hook_count(network) == 0


@pytest.mark.parametrize("wrap", [nn.DataParallel, lambda n: torch.compile(n, backend="eager")])
@pytest.mark.parametrize("stop", [False, True])
def test_networks_in_a_wrapper(wrap, stop):
    network, x = Reused(), torch.randn(3, 4)
    wrapped = wrap(network)
    expected = wrapped(x)
    (prefix,) = {name.partition(".")[0] for name, _ in wrapped.named_modules() if "." in name}
    for name in ("tail", f"{prefix}.tail"):
        with record(wrapped, [name], stop=stop) as outputs:
            wrapped(x)
        assert torch.equal(outputs[name], expected)
    assert hook_count(network) == 0


def test_networks_compiled_in_place():
    network, x = Reused(), torch.randn(3, 4)
    network.compile(backend="eager")
    expected = network(x)
    with record(network, ["tail"]) as outputs:
        network(x)
    assert torch.equal(outputs["tail"], expected)


def test_torchscript():
    network = torch.jit.trace(nn.Sequential(nn.Linear(3, 3), nn.ReLU()), torch.ones(1, 3))
    with pytest.raises(CannotLookInside, match="the layer 1 runs inside of TorchScript"), record(network, ["1"]):
        pass


@pytest.mark.parametrize(
    ("layers", "call", "sentence"),
    [("relu", 0, r"a list of names: \['relu'\]"), (["relu"], "first", 'call = .first.; allowed are "last", "all"')],
)
def test_bad_arguments(layers, call, sentence):
    with pytest.raises(BadInput, match=sentence), record(Reused(), layers, call=call):
        pass


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

    with pytest.raises(CannotTrace, match=r"Deciding cannot be traced .*; record its layers instead"):
        record_nodes(Deciding(), ["x"])


def test_a_layer_by_its_calls():
    network, x = Reused(), torch.randn(3, 4)
    first, _, last = (step.clone().detach() for step in network.steps(x))
    assert torch.equal(record_nodes(network, ["relu"])(x)["relu"], last)
    assert torch.equal(record_nodes(network, ["relu"], call=0)(x)["relu"], first)
    assert len(record_nodes(network, ["relu"], call="all")(x)["relu"]) == 3
    with pytest.raises(NoOutput, match="the layer relu has no call 3"):
        record_nodes(network, ["relu"], call=3)
