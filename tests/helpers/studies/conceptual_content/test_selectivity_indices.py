"""Indices against their definitions, unit by unit; a read-out that needs some units."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from helpers.randomness import generator
from helpers.studies.conceptual_content import selectivity_indices as selectivity
from helpers.studies.conceptual_content.ablation import alike, halves, losses, of_their_classes

LABELS = torch.arange(60) % 6
RESPONSES = torch.rand(60, 5, generator=generator(0, "responses")) + 2 * torch.nn.functional.one_hot(LABELS, 6)[:, :5]
RESPONSES[:, 4] = torch.rand(60, generator=generator(1, "responses"))  # selective for nothing


def test_indices_are_those_of_loops():
    found = selectivity.indices(RESPONSES, LABELS, classes=6)
    all_auc = selectivity.all_auc(RESPONSES, LABELS, classes=6)
    all_d = selectivity.all_d_prime(RESPONSES, LABELS, classes=6)
    for unit in range(5):
        x, own = RESPONSES[:, unit].double().numpy(), [LABELS.numpy() == k for k in range(6)]
        means = np.array([x[each].mean() for each in own])
        top = means.argmax()
        rest = np.delete(means, top).mean()
        assert float(found["class selectivity"][unit]) == pytest.approx((means[top] - rest) / (means[top] + rest))
        sparse = (1 - means.sum() ** 2 / (6 * (means**2).sum())) / (1 - 1 / 6)
        assert float(found["sparseness"][unit]) == pytest.approx(sparse)
        strongest = LABELS.numpy()[np.argsort(-x, kind="stable")[:50]]
        assert float(found["precision"][unit]) == pytest.approx(np.bincount(strongest).max() / 50)
        for k in range(6):
            assert float(all_auc[unit, k]) == pytest.approx(roc_auc_score(own[k], x))
            d = (x[own[k]].mean() - x[~own[k]].mean()) / np.sqrt((x[own[k]].var() + x[~own[k]].var()) / 2)
            assert float(all_d[unit, k]) == pytest.approx(d)
    for name in set(found) - {"precision"}:  # 50 of 60 images are nearly all
        assert float(found[name][:4].min()) > float(found[name][4]), name
    assert selectivity.agreement(found, {"a": slice(0, 5)})[0] > 0.4


def test_the_own_class_of_a_unit():
    table = torch.arange(6).reshape(2, 3).float()
    counts = torch.tensor([[0, 5, 1], [0, 0, 0]])
    found = selectivity.of_own_class(table, counts)
    assert float(found[0]) == 1 and found[1].isnan()


def test_a_read_out_loses_what_it_needs():
    random = generator(0, "noise")
    responses = torch.rand(60, 20, generator=random)
    responses[:, :2] += 3 * torch.stack([LABELS < 3, LABELS % 2 == 0], dim=1)
    degree = torch.cat([torch.zeros(2), torch.ones(18)]).double()
    found = losses(responses, LABELS, degree, splits=3, seed=0)
    lost, like = found.lost, found.like
    assert len(lost["lowest"]) == len(like["highest"]) == 3
    assert np.mean(lost["lowest"]) > 0.2 > abs(np.mean(lost["highest"])) and abs(np.mean(like["lowest"])) < 0.2
    assert sorted(found.without["lowest"].tolist()) == [0, 1]
    for name, by_class in found.by_class.items():
        np.testing.assert_allclose(by_class.mean(axis=1), lost[name], atol=1e-12)  # classes have equally many images


def test_a_class_misses_the_units_that_code_for_it():
    responses = torch.rand(60, 20, generator=generator(0, "noise"))
    responses[:, :2] += 3 * torch.nn.functional.one_hot(LABELS, 6)[:, 3:5]
    degree = torch.cat([torch.zeros(2), torch.ones(18)]).double()
    found = losses(responses, LABELS, degree, splits=3, seed=0)
    counts = torch.ones(20, 6).long()
    counts[0, 3], counts[1, 4] = 9, 9
    own, like = (of_their_classes(each["lowest"], counts, found.without["lowest"]) for each in found[2:4])
    assert np.mean(own) > 0.5 > abs(np.mean(like))
    assert of_their_classes(np.zeros((2, 6)), counts, found.without["lowest"]).tolist() == [0, 0]


def test_halves_and_units_alike():
    chosen = halves(LABELS, generator(0, "halves"))
    assert torch.bincount(LABELS[chosen]).tolist() == [5] * 6
    mean = torch.arange(10).double()
    own = torch.tensor([4, 5])
    assert sorted(alike(mean, own, generator(0, "alike")).tolist()) in ([3, 6], [2, 3], [6, 7])
