import itertools
import re

import pytest
import torch
from torch import nn

from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.logits import LogitSummary
from helpers.models.stacks.perceptron import Perceptrons
from helpers.randomness import generator
from helpers.studies.jump_detection.signals import JumpTask, sample
from helpers.training.divergence import TrainingDiverged
from helpers.training.evaluation import evaluate
from helpers.training.stacks import fit, fit_to_zero_error

TASK = JumpTask(length=12, first=4, last=9, noise_before=0.5, noise_after=0.5)
SETTINGS = {"learning_rate": 0.2, "batch_size": 30, "max_epochs": 6, "patience": None}


def data(seeds, *, train=90, validation=70):
    return (
        sample(TASK, train, seeds=seeds, purpose="train"),
        sample(TASK, validation, seeds=seeds, purpose="validation"),
    )


def run(seeds, sizes=(12, 10, 6), **changes):
    networks = Perceptrons(sizes, seeds=seeds)
    train, validation = data(seeds)
    return networks, fit(networks, train, validation, shuffle_seeds=seeds, **{**SETTINGS, **changes})


def slow_fit(seed, *, batch_size, epochs, learning_rate):
    """One seed, as a user would write it: nn.Sequential, autograd, torch.optim.SGD, a copy of the best."""
    start = Perceptrons((12, 10, 6), seeds=[seed])
    network = nn.Sequential(nn.Linear(12, 10), nn.ReLU(), nn.Linear(10, 6))
    with torch.no_grad():
        for linear, layer in zip((network[0], network[2]), start.layers, strict=True):
            linear.weight.copy_(layer.weight[0].T)
            linear.bias.copy_(layer.bias[0])
    train, validation = data([seed])
    optimiser = torch.optim.SGD(network.parameters(), lr=learning_rate)
    loss_of = nn.functional.cross_entropy
    shuffle = generator(seed, "shuffle")
    history, best = [], (torch.inf, 0, {})
    for epoch in range(1, epochs + 1):
        loss_sum = wrong = 0.0
        order = torch.randperm(train.label.shape[1], generator=shuffle)
        for index in order.split(batch_size):
            x, label = train.x[0, index], train.label[0, index]
            optimiser.zero_grad()
            logits = network(x)
            loss = loss_of(logits, label)
            loss.backward()
            optimiser.step()
            loss_sum += loss.item() * len(index)
            wrong += (logits.argmax(1) != label).sum().item()
        with torch.no_grad():
            logits = network(validation.x[0])
            validation_loss = loss_of(logits, validation.label[0]).item()
            validation_error = (logits.argmax(1) != validation.label[0]).double().mean().item()
        history.append((loss_sum / len(order), wrong / len(order), validation_loss, validation_error))
        if validation_loss < best[0]:
            best = (validation_loss, epoch, {k: v.clone() for k, v in network.state_dict().items()})
    return history, best


@pytest.mark.parametrize("batch_size", [30, 40])  # 40 leaves a last batch of 10
def test_fit_equals_the_plain_loop_for_every_seed(batch_size):
    seeds = [2, 11]
    networks, history = run(seeds, batch_size=batch_size, max_epochs=25)
    for row, seed in enumerate(seeds):
        expected, (_, best_epoch, best_state) = slow_fit(seed, batch_size=batch_size, epochs=25, learning_rate=0.2)
        for epoch, numbers in enumerate(expected):
            ours = (
                history.train_loss[row, epoch].item(),
                history.train_error[row, epoch].item(),
                history.validation_loss[row, epoch].item(),
                history.validation_error[row, epoch].item(),
            )
            assert ours == pytest.approx(numbers, rel=1e-3, abs=1e-6)
        assert history.best_epoch[row].item() == best_epoch
        assert torch.allclose(networks.layers[1].weight[row], best_state["2.weight"].T, atol=1e-4)


def test_the_networks_are_left_at_the_minimum_of_their_own_validation_loss():
    """A learning rate that overshoots: the last epoch is not the best, and each seed has its own."""
    networks, history = run([0, 1, 2, 3], learning_rate=3.0, max_epochs=30)
    assert len(set(history.best_epoch.tolist())) > 1
    _, validation = data([0, 1, 2, 3])
    assert torch.allclose(evaluate(networks, validation).loss, history.validation_loss.min(1).values)
    assert torch.equal(history.best_epoch, history.validation_loss.argmin(1) + 1)


def test_less_patience_ends_where_a_training_with_it_ends():
    settings = {"learning_rate": 3.0, "max_epochs": 60}
    _, long = run([0, 1, 2, 3], patience=None, **settings)
    for patience, window in itertools.product((1, 2, 5, 60), (1, 4, 70)):
        _, short = run([0, 1, 2, 3], patience=patience, window=window, **settings)
        assert torch.equal(long.best_epoch_with(patience, window=window), short.best_epoch)


def test_each_seed_stops_at_its_own_patience():
    """Its training ends ``patience`` epochs after its minimum, whatever the others do, even if one comes later."""
    patience = 5
    networks, history = run([0, 1, 2, 3], learning_rate=3.0, max_epochs=200, patience=patience)
    trained = (~history.validation_loss.isnan()).sum(dim=1)
    assert torch.equal(trained, history.best_epoch + patience)
    assert len(set(trained.tolist())) > 1
    assert history.epochs == trained.max() < 200
    assert torch.equal(history.train_loss.isnan(), history.validation_loss.isnan())
    assert history.of(slice(0, 1)).epochs == trained[0]
    assert torch.equal(history.together().train_error, history.train_error[:, : trained.min()])

    _, longer = run([0, 1, 2, 3], learning_rate=3.0, max_epochs=history.epochs + 30)
    assert longer.epochs == history.epochs + 30
    for row, epochs in enumerate(trained):
        assert torch.equal(longer.validation_loss[row, :epochs], history.validation_loss[row, :epochs])
    for row, seed in enumerate([0, 1, 2, 3]):
        alone, alone_history = run([seed], learning_rate=3.0, max_epochs=200, patience=patience)
        assert alone_history.best_epoch[0] == history.best_epoch[row]
        assert torch.allclose(alone.layers[1].weight[0], networks.layers[1].weight[row], atol=1e-5)


def test_a_seed_stops_once_its_validation_loss_is_low_enough():
    _, history = run([0, 1, 2, 3], max_epochs=60)
    loss = history.validation_loss
    enough = torch.tensor([loss[0, 20], 0.0, loss[2].min(), loss[3, 5]])
    networks, stopped = run([0, 1, 2, 3], max_epochs=60, enough=enough)
    for row, level in enumerate(enough):
        below = (loss[row] <= level).nonzero()
        until = int(below[0]) + 1 if len(below) else 60
        assert (~stopped.validation_loss[row].isnan()).sum() == until
        assert torch.allclose(stopped.validation_loss[row, :until], loss[row, :until], rtol=1e-4)
    assert torch.allclose(
        evaluate(networks, data([0, 1, 2, 3])[1]).loss, stopped.validation_loss.nan_to_num(9).min(1).values
    )


def test_the_same_seeds_give_identical_numbers():
    (first, first_history), (second, second_history) = run([0, 1]), run([0, 1])
    assert torch.equal(first_history.train_loss, second_history.train_loss)
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name])


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_the_number_of_threads_changes_no_number_and_is_left_as_it_was(threads):
    states = []
    for count in (1, 2, 3):
        threads(count)
        networks, _ = run([0, 1, 2, 3, 4])
        states.append(networks.state_dict())
        assert torch.get_num_threads() == count
    for name, tensor in states[0].items():
        assert torch.equal(tensor, states[1][name])
        assert torch.equal(tensor, states[2][name])


def test_a_seed_is_independent_of_the_seeds_beside_it():
    (together, history), (alone, alone_history) = run([4, 7, 9]), run([7])
    assert torch.allclose(history.validation_loss[1], alone_history.validation_loss[0], rtol=1e-4)
    assert torch.allclose(together.layers[0].weight[1], alone.layers[0].weight[0], atol=1e-5)


def test_every_signal_is_seen_once_an_epoch_in_a_new_order(threads):
    threads(1)

    class Witness:
        """Stands in for networks: notes the first sample of every signal of a batch."""

        def __init__(self):
            self.seen = []

        def __call__(self, x):
            return torch.zeros(*x.shape[:2], 6)

        def sgd_step_for(self, signals):
            def step(x, label, learning_rate):
                assert x.shape[1] == signals
                assert torch.equal(x[:, :, 0].long() % 6, label)
                self.seen.append(x[:, :, 0].clone())
                return LogitSummary(*torch.ones(3, *label.shape))

            return step

        def select(self, which):
            assert which == slice(0, 2)
            return self

        def state_dict(self):
            return {}

        def load_state_dict(self, state_dict):
            pass

    x = torch.arange(2 * 10.0).view(2, 10, 1)
    signals = LabelledStack(x, x[:, :, 0].long() % 6)
    witness = Witness()
    settings = {**SETTINGS, "batch_size": 4, "max_epochs": 2}
    fit(witness, signals, signals, shuffle_seeds=[0, 1], **settings)
    first, second = torch.cat(witness.seen[:3], 1), torch.cat(witness.seen[3:], 1)
    for order in (first, second):
        assert torch.equal(order.sort(1).values, x[:, :, 0])
    assert not torch.equal(first, second)
    assert not torch.equal(first[0], first[1] - 10)


def test_divergence_names_seed_step_and_learning_rate():
    seeds = [5, 8]
    networks = Perceptrons((12, 10, 6), seeds=seeds)
    train, validation = data(seeds)
    train.x[1, 17] = torch.inf
    order = torch.randperm(90, generator=generator(8, "shuffle"))
    step = order.tolist().index(17) // 30 + 1
    with pytest.raises(TrainingDiverged, match=re.escape(f"seed 8 is nan at step {step} with learning_rate = 0.2")):
        fit(networks, train, validation, shuffle_seeds=seeds, **SETTINGS)


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"batch_size": 0},
        {"batch_size": 91},
        {"max_epochs": 0},
        {"patience": 0},
        {"window": 0},
    ],
)
def test_settings_out_of_range_are_named(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        run([0], **change)


def test_one_shuffle_seed_per_network_is_needed():
    networks = Perceptrons((12, 6), seeds=[0, 1])
    with pytest.raises(ValueError, match="shuffle_seeds has 1"):
        fit(networks, *data([0, 1]), shuffle_seeds=[0], **SETTINGS)


def test_networks_that_share_a_row_of_the_data_learn_as_from_copies_of_it():
    seeds, rows = [4, 2, 4, 2, 4], [0, 1, 0, 1, 0]
    copies, shared = (Perceptrons((12, 6), seeds=[0, 1, 2, 3, 4]) for _ in range(2))
    by_copies = fit(copies, *data(seeds), shuffle_seeds=seeds, **SETTINGS)
    by_source = fit(shared, *data([4, 2]), shuffle_seeds=seeds, source=rows, **SETTINGS)
    torch.testing.assert_close(by_source.validation_loss, by_copies.validation_loss, rtol=0, atol=0, equal_nan=True)
    assert all(torch.equal(*pair) for pair in zip(shared.parameters(), copies.parameters(), strict=True))


@pytest.mark.parametrize("source", [[0, 2], [-1, 0]])
def test_a_source_that_is_no_row_of_the_data_is_refused(source):
    networks = Perceptrons((12, 6), seeds=[0, 1])
    with pytest.raises(ValueError, match=r"source = .* must name rows of the data, 0 to 1"):
        fit(networks, *data([0, 1]), shuffle_seeds=[0, 1], source=source, **SETTINGS)


def shuffled(seeds, count=60):
    train = sample(TASK, count, seeds=seeds, purpose="train")
    order = torch.randperm(count, generator=torch.Generator().manual_seed(5))
    return LabelledStack(train.x, train.label[:, order])


def test_memorise_ends_at_the_first_epoch_without_a_wrong_answer():
    """Each seed alone, by a plain loop over epochs of fit's own steps, asks after every epoch."""
    seeds = [0, 3, 8]
    train = shuffled(seeds)
    networks = Perceptrons((12, 40, 6), seeds=seeds)
    result = fit_to_zero_error(networks, train, learning_rate=0.1, batch_size=10, max_epochs=400, shuffle_seeds=seeds)
    assert torch.equal(evaluate(networks, train).error, torch.zeros(3, dtype=torch.float64))
    assert torch.equal(result.error, torch.zeros(3, dtype=torch.float64))
    assert len(set(result.epochs.tolist())) > 1
    for row, seed in enumerate(seeds):
        alone = Perceptrons((12, 40, 6), seeds=[seed])
        shuffle, step = generator(seed, "shuffle"), alone.sgd_step_for(10)
        for _ in range(int(result.epochs[row])):
            assert (alone.predict(train.x[[row]]) != train.label[[row]]).any(), "it had learned all before"
            for index in torch.randperm(60, generator=shuffle).split(10):
                step(train.x[[row]][:, index], train.label[[row]][:, index], 0.1)
        assert torch.allclose(alone.layers[0].weight[0], networks.layers[0].weight[row], atol=1e-4)


def test_memorise_goes_on_where_it_stopped():
    train = shuffled([0, 3])
    settings = {"learning_rate": 0.1, "batch_size": 10, "shuffle_seeds": [0, 3]}
    whole, parts = (Perceptrons((12, 40, 6), seeds=[0, 3]) for _ in range(2))
    fit_to_zero_error(whole, train, max_epochs=5, **settings)
    fit_to_zero_error(parts, train, max_epochs=2, **settings)
    fit_to_zero_error(parts, train, max_epochs=3, trained_for=2, **settings)
    assert all(torch.equal(part, one) for part, one in zip(parts.parameters(), whole.parameters(), strict=True))
    with pytest.raises(ValueError, match=r"trained_for = -1 must be at least 0"):
        fit_to_zero_error(parts, train, max_epochs=3, trained_for=-1, **settings)


def test_memorise_says_what_is_left_where_the_epochs_do_not_suffice():
    train = shuffled([0, 1])
    networks = Perceptrons((12, 10, 6), seeds=[0, 1])
    result = fit_to_zero_error(networks, train, learning_rate=0.01, batch_size=10, max_epochs=2, shuffle_seeds=[0, 1])
    assert result.epochs.tolist() == [2, 2]
    assert torch.equal(result.error, evaluate(networks, train).error)
    assert (result.error > 0).all()


def test_memorise_stops_when_it_diverges():
    train = shuffled([0])
    with pytest.raises(TrainingDiverged, match=r"the loss of seed 4 is .* with learning_rate = 1e\+30; a smaller one"):
        fit_to_zero_error(
            Perceptrons((12, 10, 6), seeds=[0]),
            train,
            learning_rate=1e30,
            batch_size=10,
            max_epochs=5,
            shuffle_seeds=[4],
        )
