import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, log_loss

from helpers.studies.jump_detection.localisation import (
    TITLES,
    absolute_errors,
    accuracy,
    claim_cells,
    cross_entropy,
    localisation_errors,
    within,
)


def slow_errors(predicted, true, kept):
    """One seed, signal by signal."""
    errors = sorted(abs(p - t) for p, t in zip(predicted, true, strict=True))
    best = errors[: max(1, round(kept * len(errors)))]
    return [
        sum(errors) / len(errors),
        math.sqrt(sum(e * e for e in errors) / len(errors)),
        sum(best) / len(best),
        math.sqrt(sum(e * e for e in best) / len(best)),
    ]


classes = st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), min_size=1, max_size=50)


@given(pairs=classes, kept=st.sampled_from([0.1, 0.5, 0.99, 1.0]))
@settings(max_examples=40, deadline=None)
def test_localisation_errors_equal_the_loop(pairs, kept):
    predicted, true = zip(*pairs, strict=True)
    errors = localisation_errors(torch.tensor([predicted]), torch.tensor([true]), kept=kept)
    assert [e.item() for e in errors] == pytest.approx(slow_errors(predicted, true, kept))


@given(pairs=classes)
@settings(max_examples=40, deadline=None)
def test_no_error_is_smaller_than_it_can_be(pairs):
    """L1 <= L2 on the same signals, and leaving the worst signals out makes neither larger."""
    predicted, true = (torch.tensor([column]) for column in zip(*pairs, strict=True))
    l1, l2, l1_99, l2_99 = localisation_errors(predicted, true)
    assert l1 <= l2 + 1e-12
    assert l1_99 <= l2_99 + 1e-12
    assert l1_99 <= l1 + 1e-12
    assert l2_99 <= l2 + 1e-12


def test_seeds_are_kept_apart_and_fractions_allowed():
    predicted = torch.tensor([[0.5, 2.0], [7.0, 7.0]])
    true = torch.tensor([[0, 0], [7, 7]])
    l1, l2, *_ = localisation_errors(predicted, true)
    assert l1.tolist() == [1.25, 0.0]
    assert l2.tolist() == pytest.approx([math.sqrt(4.25 / 2), 0.0])


def test_ninety_nine_percent_of_6000_signals_are_5940():
    true = torch.zeros(1, 6000, dtype=torch.int64)
    predicted = true.clone()
    predicted[0, :60] = 50
    assert localisation_errors(predicted, true).l1_99.item() == 0
    predicted[0, 60] = 50
    assert localisation_errors(predicted, true).l1_99.item() == pytest.approx(50 / 5940)


@pytest.mark.parametrize("kept", [0.0, -1.0, 1.01, math.nan])
def test_a_share_must_be_a_share(kept):
    one = torch.zeros(1, 1, dtype=torch.int64)
    with pytest.raises(ValueError, match="kept"):
        localisation_errors(one, one, kept=kept)


def test_absolute_errors_keep_integers():
    errors = absolute_errors(torch.tensor([[3, 5]]), torch.tensor([[5, 5]]))
    assert errors.dtype == torch.int64
    assert errors.tolist() == [[2, 0]]


def test_shares_and_cross_entropy_equal_scikit_learn():
    random = torch.Generator().manual_seed(0)
    log_probability = torch.randn(2, 300, 5, generator=random, dtype=torch.float64).log_softmax(-1)
    true = torch.randint(5, (2, 300), generator=random)
    predicted = log_probability.argmax(-1)
    for k in range(2):
        assert accuracy(predicted, true)[k].item() == pytest.approx(accuracy_score(true[k], predicted[k]))
        loss = log_loss(true[k], log_probability[k].exp().numpy(), labels=range(5))
        assert cross_entropy(log_probability, true)[k].item() == pytest.approx(loss, rel=1e-5)
        near = np.mean([abs(p - t) <= 2 for p, t in zip(predicted[k].tolist(), true[k].tolist(), strict=True)])
        assert within(predicted, true, 2)[k].item() == pytest.approx(near)


def test_every_cell_of_a_table_has_its_claim_and_its_values():
    errors = localisation_errors(torch.tensor([[1, 2, 5]]), torch.tensor([[1, 1, 1]]))
    cells = claim_cells("table-3-3", {"mlp-2": errors})["mlp-2"]
    assert [claim_id for claim_id, _ in cells.values()] == [
        f"table-3-3.mlp-2.{m}" for m in ("l1", "l2", "l1-99", "l2-99")
    ]
    assert list(cells) == list(TITLES.values()) and TITLES.keys() == errors._asdict().keys()
    assert all(values is of for (_, values), of in zip(cells.values(), errors, strict=True))
