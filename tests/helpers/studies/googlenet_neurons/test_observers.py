"""Observers: shares of right choices and of matching units against slow loops, and what is said of them."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from helpers.randomness import generator
from helpers.studies.googlenet_neurons import choices as chosen
from helpers.studies.googlenet_neurons.features import EARLY, OBSERVERS, OTHER, OWN
from helpers.studies.googlenet_neurons.observers import (
    agreement,
    between_units,
    likeness,
    matching_share,
    of_another_unit,
    right_choices,
    standardised,
)
from helpers.studies.googlenet_neurons.trust import percentile, rank_correlations


def drawn(*shape, purpose="x"):
    return torch.randn(*shape, generator=generator(0, purpose))


def cosine(a, b):
    return float(a @ b / (a.norm() * b.norm()))


def test_right_choices_count_pairs():
    strong, other = drawn(3, 4).round(), drawn(3, 5, purpose="y").round()
    for unit, found in enumerate(right_choices(strong, other).tolist()):
        pairs = list(itertools.product(strong[unit].tolist(), other[unit].tolist()))
        assert found == pytest.approx(np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs]))


def test_likeness_agreement_and_others_against_loops():
    vectors = drawn(4, 3, 6)
    near = likeness(vectors[:, 0], vectors)
    for unit in range(4):
        assert near[unit, 2] == pytest.approx(cosine(vectors[unit, 0], vectors[unit, 2]), abs=1e-5)
        own = [cosine(a, b) for a, b in itertools.combinations(vectors[unit], 2)]
        assert float(agreement(vectors)[unit]) == pytest.approx(np.mean(own), abs=1e-5)
        others = [cosine(a, b) for k in range(4) if k != unit for a in vectors[unit] for b in vectors[k]]
        assert float(between_units(vectors)[unit]) == pytest.approx(np.mean(others), abs=1e-5)


def test_matching_share_against_a_loop_and_chance():
    shown, known = drawn(6, 8), drawn(6, 8, purpose="known")
    found = matching_share(shown, known)
    for unit in range(6):
        own = cosine(shown[unit], known[unit])
        worse = [cosine(shown[unit], known[k]) < own for k in range(6) if k != unit]
        assert float(found[unit]) == pytest.approx(np.mean(worse))
    assert (matching_share(known, known) == 1).all()
    many = matching_share(drawn(400, 20), drawn(400, 20, purpose="known"))
    assert float(many.mean()) == pytest.approx(0.5, abs=0.05)
    assert matching_share(shown[:1], known[:1]).isnan().all()  # no other unit


def test_standardised_leaves_constants_at_zero_and_missing_rows_out():
    features = torch.cat([drawn(20, 3), torch.full((20, 1), 7.0)], dim=1)
    found = standardised(torch.cat([features, torch.full((1, 4), torch.nan)]))
    torch.testing.assert_close(found[:20, :3].mean(0), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(found[:20, :3].std(0, correction=0), torch.ones(3), atol=1e-5, rtol=0)
    assert (found[:20, 3] == 0).all()


def test_references_of_another_unit_are_never_the_units_own():
    own = torch.arange(5.0)[:, None]
    for shift in range(9):
        assert (of_another_unit(own, shift) != own).all()
    assert of_another_unit(own[:1], 0).isnan().all()


def trials(count=3, features=10):
    """Features of windows, and which windows have which role."""
    role, windows = {}, 0
    for part in range(chosen.PARTS):
        for kind, images in (("references", 27), ("strong", 5), ("middling", 5), ("weak", 5)):
            role[f"{kind} {part}"] = torch.arange(windows, windows + count * images).view(count, images)
            windows += count * images
    natural = {observer: drawn(windows, features, purpose=observer) for observer in OBSERVERS}
    optimised = {observer: drawn(2 * count, features, purpose=f"{observer} ends") for observer in OBSERVERS}
    return natural, role, optimised


def score(condition, references, maximum, minimum, vector):
    """How much one new image is like the references of a unit under a condition."""
    if condition in (chosen.NATURAL, chosen.WEAKEST):
        return cosine(references[:9].mean(0), vector)
    return cosine(maximum, vector) - (cosine(minimum, vector) if condition == chosen.BOTH else 0)


@pytest.mark.parametrize(
    ("observer", "condition", "against"),
    [
        (OTHER, chosen.NATURAL, "middling"),
        (OTHER, chosen.WEAKEST, "weak"),
        (OWN, chosen.OPTIMISED, "middling"),
        (EARLY, chosen.BOTH, "middling"),
    ],
)
def test_choices_against_a_loop(observer, condition, against):
    natural, role, optimised = trials()
    number = [4, 0, 7]
    found = chosen.choices(natural, role, optimised, torch.tensor(number))
    assert found.shape == (len(OBSERVERS), len(chosen.CONDITIONS), 3, chosen.PARTS) and not found.isnan().any()
    table = found[OBSERVERS.index(observer), chosen.CONDITIONS.index(condition)]
    features = standardised(natural[observer])
    maximum, minimum = (standardised(optimised[observer][k::2]) for k in range(2))
    for unit, part in ((0, 0), (2, 3)):
        scores = []
        for kind in ("strong", against):
            scores.append([])
            for image in role[f"{kind} {part}"][unit]:
                vector = features[image].clone()
                if observer == OWN:
                    vector[number[unit]] = 0
                references = features[role[f"references {part}"][unit]]
                scores[-1].append(score(condition, references, maximum[unit], minimum[unit], vector))
        expected = np.mean([a > b for a, b in itertools.product(*scores)])
        assert float(table[unit, part]) == pytest.approx(expected)


def test_an_observer_that_sees_the_cause_is_right_and_one_that_does_not_guesses():
    natural, role, optimised = trials(count=4, features=50)
    for part in range(chosen.PARTS):
        for kind in ("references", "strong"):
            for unit in range(4):
                natural[OTHER][role[f"{kind} {part}"][unit], unit] += 30
    found = chosen.choices(natural, role, optimised, torch.arange(4)).mean((2, 3))
    known = chosen.CONDITIONS.index(chosen.NATURAL)
    assert found[OBSERVERS.index(OTHER), known] > 0.95
    assert found[OBSERVERS.index(EARLY), known] == pytest.approx(0.5, abs=0.15)
    assert found[OBSERVERS.index(OTHER), chosen.CONDITIONS.index(chosen.PERMUTED)] < 0.6


def test_percentiles_and_rank_correlations_by_group():
    values, control = np.array([0.2, 0.8, np.nan, 0.5]), np.array([0.1, 0.8, 0.3, np.nan])
    found = percentile(values, control, np.array([0, 0, 0, 1]))
    assert found[:2] == pytest.approx([1 / 3, 2.5 / 3]) and np.isnan(found[2:]).all()
    x, y = drawn(12).numpy(), drawn(12, purpose="y").numpy()
    group = np.array([0] * 8 + [1] * 4)  # too few in the second
    assert rank_correlations(x, y, group) == pytest.approx([stats.spearmanr(x[:8], y[:8]).statistic])
