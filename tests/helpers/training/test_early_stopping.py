"""Against a plain loop over the losses of one network at a time."""

import math

import pytest
import torch

from helpers.training.early_stopping import EarlyStopping


def one_network(losses, patience, enough):
    """Best epoch, whether each epoch improved, and the epoch that training ends with (None: it goes on)."""
    best, best_epoch, improved = math.inf, 0, []
    for epoch, loss in enumerate(losses, start=1):
        improved.append(loss < best)
        if loss < best:
            best, best_epoch = loss, epoch
        if loss <= enough or (patience is not None and epoch - best_epoch >= patience):
            return best, best_epoch, improved, epoch
    return best, best_epoch, improved, None


@pytest.mark.parametrize("patience", [None, 1, 2, 5])
@pytest.mark.parametrize("level", [-math.inf, 0.1])
def test_it_equals_a_plain_loop_over_one_network(patience, level):
    networks, epochs = 20, 30
    # few different values, so that losses are equal now and then, and one that is no number
    losses = torch.randint(1, 40, (networks, epochs), generator=torch.Generator().manual_seed(2)).double() / 40
    losses[3, 5] = math.nan
    enough = torch.full((networks,), level)
    expected = [one_network(row.tolist(), patience, level) for row in losses]
    stopping = EarlyStopping(networks, patience=patience, enough=enough)
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
