"""Shares of variance from sums of products are those of scikit-learn's regression and principal components."""

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from helpers.studies.googlenet_neurons.linear_prediction import predicted, principal, products, variation

RANDOM = torch.Generator().manual_seed(0)
TARGETS = torch.randn(80, 5, generator=RANDOM) @ torch.randn(5, 5, generator=RANDOM) + 3
PREDICTORS = (TARGETS[:, :3] + 0.5 * torch.randn(80, 3, generator=RANDOM)).relu()
ROWS = torch.cat([TARGETS, PREDICTORS], dim=1)
FITTED, TESTED = products(ROWS[:50]), products(ROWS[50:])
OF = slice(1, 6)


def test_the_share_is_that_of_a_regression_on_other_rows():
    chosen = torch.zeros(9, 3)
    chosen[[6, 7, 8], [0, 1, 2]] = 1
    found = predicted(FITTED, TESTED, chosen, OF)
    model = LinearRegression().fit(PREDICTORS[:50], TARGETS[:50])
    expected = r2_score(TARGETS[50:], model.predict(PREDICTORS[50:]), multioutput="raw_values")
    np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(variation(TESTED, OF), 30 * TARGETS[50:].var(0, correction=0), rtol=1e-4)


def test_components_span_what_scikit_learn_finds():
    combos = principal(FITTED, OF, 2)
    expected = PCA(2).fit(TARGETS[:50].double()).components_
    np.testing.assert_allclose(np.abs(expected @ combos[OF].numpy()), [[0, 1], [1, 0]], atol=1e-5)
    assert bool((predicted(FITTED, TESTED, principal(FITTED, OF, 5), OF) > 0.9999).all())


def test_a_target_that_does_not_vary_has_no_share():
    rows = products(torch.cat([torch.ones(20, 1), torch.randn(20, 1, generator=RANDOM)], dim=1))
    assert predicted(rows, rows, torch.tensor([[0.0], [0], [1]]), slice(1, 2)).isnan().all()
