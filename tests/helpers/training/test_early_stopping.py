"""Against a plain loop over the losses of one network at a time."""

import math

import pytest
import torch

from helpers.training.early_stopping import EarlyStopping, moving_means


def one_network(losses, patience, enough, window=1):
    """Best epoch, whether each epoch improved, and the epoch that training ends with (None: it goes on)."""
    best, best_epoch, improved = math.inf, 0, []
    lowest_mean, lowest_at = math.inf, window
    for epoch, loss in enumerate(losses, start=1):
        improved.append(loss < best)
        if loss < best:
            best, best_epoch = loss, epoch
        if epoch >= window:
            mean = sum(losses[epoch - window : epoch]) / window
            if mean < lowest_mean:
                lowest_mean, lowest_at = mean, epoch
        if loss <= enough or (patience is not None and epoch - lowest_at >= patience):
            return best, best_epoch, improved, epoch
    return best, best_epoch, improved, None


@pytest.mark.parametrize("window", [1, 3, 8])
@pytest.mark.parametrize("patience", [None, 1, 2, 5])
@pytest.mark.parametrize("level", [-math.inf, 0.1])
def test_it_equals_a_plain_loop_over_one_network(patience, level, window):
    networks, epochs = 20, 30
    # few different values, so that losses are equal now and then, and one that is no number
    losses = torch.randint(1, 64, (networks, epochs), generator=torch.Generator().manual_seed(2)).double() / 64
    losses[3, 5] = math.nan
    enough = torch.full((networks,), level)
    expected = [one_network(row.tolist(), patience, level, window) for row in losses]
    stopping = EarlyStopping(networks, patience=patience, window=window, enough=enough)
    for epoch in range(1, epochs + 1):
        before = stopping.finished.clone()
        stopping.update(losses[:, epoch - 1].where(~before, math.nan))
        for k, (_, _, improved, end) in enumerate(expected):
            assert stopping.finished[k] == (end is not None and epoch >= end)
            assert stopping.improved[k] == (epoch <= len(improved) and improved[epoch - 1])
    assert stopping.best_loss.tolist() == [best for best, *_ in expected]
    assert stopping.best_epoch.tolist() == [epoch for _, epoch, *_ in expected]
    if patience is not None or level > 0:
        assert len({end for *_, end in expected}) > 1


def test_without_a_limit_nothing_finishes():
    stopping = EarlyStopping(2)
    for loss in (1.0, 2.0, 3.0):
        stopping.update(torch.tensor([loss, -loss]))
    assert not stopping.finished.any()
    assert stopping.best_epoch.tolist() == [1, 3]


def test_jitter_does_not_end_a_training_whose_loss_falls():
    """A loss that falls by a hundredth of its jitter in every epoch."""
    random = torch.Generator().manual_seed(0)
    falling = -0.01 * torch.arange(2_000.0) + torch.randn(50, 2_000, generator=random)
    ends = {}
    for patience, window in ((20, 1), (100, 100)):
        stopping = EarlyStopping(50, patience=patience, window=window)
        for loss in falling.T:
            stopping.update(loss)
        ends[window] = int(stopping.finished.sum())
    assert ends == {1: 50, 100: 0}


def test_moving_means_equal_a_loop():
    losses = torch.rand(3, 7, dtype=torch.float64)
    means = moving_means(losses, 4)
    assert means[:, :3].isinf().all()
    for epoch in range(3, 7):
        assert torch.allclose(means[:, epoch], losses[:, epoch - 3 : epoch + 1].mean(1))
    assert moving_means(losses, 8).isinf().all()
