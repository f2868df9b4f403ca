import pytest
import torch
from torch import nn
from torch.nn import functional

from helpers.randomness import generator
from helpers.studies.net_fragments.digits import compose, compositions, digits
from helpers.studies.net_fragments.networks import FragmentNetworks
from helpers.studies.net_fragments.training import Regularisation, fit
from helpers.training.divergence import TrainingDiverged

SEEDS = [2, 7]
SETTINGS = dict(samples_per_epoch=40, epochs=2, batch_size=16, learning_rate=0.01)


def plain_network(networks, index):
    """Model 5 of a stack as a user writes it."""
    network = nn.Sequential(
        *(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(100, 12), nn.ReLU(), nn.Linear(12, 10)),
    )
    ours = list(networks.layers.values())
    for theirs, layer in zip([one for one in network if hasattr(one, "weight")], ours, strict=True):
        weight = layer.weight[index]
        theirs.weight.data = (weight.T if weight.ndim == 2 else weight).clone()
        theirs.bias.data = layer.bias[index].clone()
    return network


def plain_training(network, seed, treatment, *, samples_per_epoch, epochs, batch_size, learning_rate):
    """The loop a user would write, sample by sample, for one seed."""
    draw, disturbance = generator(seed, "digits"), generator(seed, "disturbances")
    optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=treatment.weight_decay)
    for _ in range(epochs):
        for labels in torch.randint(10, (samples_per_epoch,), generator=draw).split(batch_size):
            images = digits()[labels]
            if treatment.noise:
                flipped = torch.rand(len(labels), 9, 9, generator=disturbance) < treatment.noise
                images = (images - flipped.float()).abs()
            x, penalty = images[:, None], 0
            for position, layer in enumerate(network):
                x = layer(x)
                if isinstance(layer, nn.ReLU):
                    penalty = penalty + treatment.l1 * x.abs().mean()
                if position == 6 and treatment.dropout:
                    left_out = torch.rand(len(labels), 12, generator=disturbance) < treatment.dropout
                    x = x * ~left_out / (1 - treatment.dropout)
            loss = functional.cross_entropy(x, labels) + penalty
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()


@pytest.mark.parametrize(
    "treatment",
    [
        {},
        {"l1": 0.1},
        {"weight_decay": 0.5},
        {"noise": 0.1},
        {"dropout": 0.3},
        {"l1": 0.1, "noise": 0.1, "dropout": 0.3},
    ],
    ids=str,
)
def test_training_a_stack_equals_the_loop_a_user_would_write(treatment):
    treatment = Regularisation(**treatment)
    networks = FragmentNetworks(5, seeds=SEEDS)
    plain = [plain_network(networks, index) for index in range(2)]
    fit(networks, treatment=treatment, **SETTINGS)
    for index, (network, seed) in enumerate(zip(plain, SEEDS, strict=True)):
        plain_training(network, seed, treatment, **SETTINGS)
        torch.testing.assert_close(networks(digits())[index], network(digits()[:, None]), rtol=1e-3, atol=1e-4)


def test_hand_crafted_kernels_stay_and_the_rest_learns():
    networks = FragmentNetworks(11, seeds=SEEDS)
    before = {name: tensor.clone() for name, tensor in networks.state_dict().items()}
    fit(networks, **SETTINGS)
    changed = {name for name, tensor in networks.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed == set(before) - {"layers.conv1.weight"}


def test_training_leaves_no_gradients_behind():
    networks = FragmentNetworks(9, seeds=SEEDS)
    fit(networks, **SETTINGS)
    assert all(p.grad is None and not p.requires_grad for p in networks.parameters())


def test_divergence_names_seed_step_and_learning_rate():
    networks = FragmentNetworks(9, seeds=SEEDS)
    networks.layers["head"].bias.data[1] = torch.nan
    with pytest.raises(TrainingDiverged, match=r"the loss of seed 7 is nan at step 1 with learning_rate = 0.01"):
        fit(networks, **SETTINGS)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"l1": -1.0}, "l1 = -1.0 is not allowed; it must be a finite number of at least 0"),
        ({"weight_decay": float("inf")}, "weight_decay = inf is not allowed"),
        ({"dropout": 1.0}, "dropout = 1.0 is not allowed; it must be from 0 to below 1"),
        ({"noise": float("nan")}, "noise = nan is not allowed"),
    ],
)
def test_a_treatment_that_cannot_be(values, sentence):
    with pytest.raises(ValueError, match=sentence):
        Regularisation(**values)


def test_a_size_below_one_is_refused():
    with pytest.raises(ValueError, match="epochs = 0 must be at least 1"):
        fit(FragmentNetworks(9, seeds=[0]), epochs=0)


def test_weights_that_cannot_be_negative_are_not_and_biases_may_be():
    networks = FragmentNetworks(5, seeds=SEEDS)
    fit(networks, treatment=Regularisation(nonnegative=True), **SETTINGS)
    for name, tensor in networks.named_parameters():
        free = name.endswith("bias") or name.startswith("layers.classes")
        assert bool((tensor < 0).any()) == free, name


def test_many_classes_are_trained_sample_by_sample():
    images = compose(compositions()[1:41])
    networks = FragmentNetworks(9, seeds=SEEDS, classes=40)
    expected = [
        parameter.clone().requires_grad_() for parameter in FragmentNetworks(9, seeds=[7], classes=40).parameters()
    ]
    fit(networks, images=images, **SETTINGS)
    draw, optimiser = generator(7, "digits"), torch.optim.Adam(expected, lr=SETTINGS["learning_rate"])
    for _ in range(SETTINGS["epochs"]):
        for labels in torch.randint(40, (SETTINGS["samples_per_epoch"],), generator=draw).split(SETTINGS["batch_size"]):
            into_head, head, into_classes, classes = expected
            hidden = (images[labels].flatten(1) @ into_head[0] + head[0]).relu()
            loss = functional.cross_entropy(hidden @ into_classes[0] + classes[0], labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    for ours, theirs in zip(networks.parameters(), expected, strict=True):
        torch.testing.assert_close(ours[1], theirs[0], rtol=1e-3, atol=1e-5)
