"""Components of patches, against scikit-learn and on sources that are known."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA, FastICA

from helpers.randomness import generator
from helpers.studies.conceptual_content.component_likeness import sharpness, shifted_likeness, spectral_likeness
from helpers.studies.conceptual_content.component_stability import (
    matched_likeness,
    over_bootstraps,
    over_seeds,
    stability,
)
from helpers.studies.conceptual_content.components import as_8_bit, by_channel, components, grey

SOURCES = torch.randn(4, 1, 9, 9, generator=generator(0, "sources"), dtype=torch.double)
WEIGHTS = torch.randn(100, 4, generator=generator(0, "weights"), dtype=torch.double) ** 3  # far from normal
PATCHES = torch.einsum("nk,kchw->nchw", WEIGHTS, SOURCES)
NOISY = PATCHES + torch.randn(100, 1, 9, 9, generator=generator(0, "noise"), dtype=torch.double) / 5


def test_known_sources_are_found():
    found = components(PATCHES, count=4, seed=0)
    assert found.converged
    assert matched_likeness(found.pictures, SOURCES) > 0.98
    assert matched_likeness(components(PATCHES, count=4, seed=0, method="principal").pictures, SOURCES) < 0.95


def test_components_are_scikit_learns():
    flat = torch.randn(60, 1, 3, 3, generator=generator(0, "few pixels"), dtype=torch.double) ** 3  # fewer than patches
    for patches, count, seed in ((NOISY, 3, 5), (flat, 8, 0)):
        ours = components(patches, count=count, seed=seed)
        theirs = FastICA(count, whiten="unit-variance", random_state=seed, max_iter=400, tol=1e-4)
        mixing = theirs.fit(patches.flatten(1).numpy()).mixing_
        assert ours.pictures.flatten(1).numpy() == pytest.approx(mixing.T, rel=1e-6, abs=1e-8)
        assert bool(ours.converged) == (theirs.n_iter_ < 400)
    principal = components(NOISY, count=3, seed=0, method="principal").pictures.flatten(1).numpy()
    expected = PCA(3).fit(NOISY.flatten(1).numpy())
    assert np.abs(principal) == pytest.approx(
        np.abs(expected.components_) * expected.singular_values_[:, None] / 10, rel=1e-6, abs=1e-9
    )


@pytest.mark.parametrize("method", ["independent", "principal", "k-means", "patches"])
def test_many_sets_at_once_are_each_by_itself(method):
    sets = torch.stack([NOISY, NOISY.flip(2), torch.ones_like(NOISY), PATCHES])
    together = components(sets.reshape(2, 2, *NOISY.shape), count=4, seed=1, method=method)
    assert together.there.flatten().tolist() == [True, True, False, True]
    for own, pictures, converged in zip(
        sets, together.pictures.flatten(0, 1), together.converged.flatten(), strict=True
    ):
        alone = components(own, count=4, seed=1, method=method)
        torch.testing.assert_close(pictures, alone.pictures, equal_nan=True)
        assert converged == alone.converged


def test_a_unit_without_convergence_is_marked(monkeypatch):
    monkeypatch.setattr("helpers.studies.conceptual_content.components.MOST_STEPS", 1)
    found = components(NOISY, count=8, seed=0)
    assert found.there and not found.converged


def test_channels_by_themselves():
    colours = torch.cat([NOISY, NOISY.flip(0), NOISY.flip(2)], dim=1)
    found = by_channel(colours, count=3, seed=0).pictures
    assert found.shape == (3, 3, 9, 9)
    for channel in range(3):
        alone = components(colours[:, [channel]], count=3, seed=0).pictures
        torch.testing.assert_close(found[:, [channel]], alone)
    assert grey(colours).shape == (100, 1, 9, 9)


def test_eight_bits():
    drawn = as_8_bit(torch.stack([SOURCES[0], torch.ones(1, 9, 9, dtype=torch.double)]))
    assert drawn.dtype == torch.uint8 and (int(drawn[0].min()), int(drawn[0].max())) == (0, 255)
    assert (drawn[1] == 0).all()


@pytest.mark.parametrize("count", [5, 120])
def test_too_few_patches_or_too_much_alike(count):
    found = components(PATCHES, count=count, seed=0)  # there are four sources
    assert found.pictures.isnan().all() and not found.there and not found.converged
    assert over_bootstraps(PATCHES, count=count, draws=2, generator=generator(0, "draws")).isnan()


def test_likeness_knows_neither_sign_nor_place():
    picture = SOURCES[:1]
    moved = torch.cat([picture, -picture, picture.roll((2, 3), (2, 3)), -picture.roll(4, 3)])
    assert float(shifted_likeness(moved)) == pytest.approx(1)
    assert float(spectral_likeness(moved)) == pytest.approx(1)
    other = torch.randn(20, 1, 9, 9, generator=generator(0, "other"), dtype=torch.double)
    slow = [
        max(abs(np.corrcoef(a.flatten(), b.roll((r, c), (1, 2)).flatten())[0, 1]) for r in range(9) for c in range(9))
        for k, a in enumerate(other[:4])
        for b in other[k + 1 : 4]
    ]
    assert float(shifted_likeness(other[:4])) == pytest.approx(np.mean(slow))
    assert abs(float(spectral_likeness(other))) < 0.1


def test_noise_is_sharper_than_a_wave():
    noise = torch.randn(1, 1, 64, 64, generator=generator(0, "noise"), dtype=torch.double)
    wave = torch.linspace(0, 3, 64, dtype=torch.double).sin().expand(1, 1, 64, 64)
    assert float(sharpness(noise)) == pytest.approx(2, abs=0.1) and float(sharpness(wave)) < 0.01


def test_what_is_there_comes_back_and_what_is_not_does_not():
    nothing = torch.randn(100, 1, 9, 9, generator=generator(0, "nothing"), dtype=torch.double)
    assert over_seeds(PATCHES, count=4, seeds=range(3)) > 0.99
    assert over_bootstraps(NOISY, count=4, draws=3, generator=generator(0, "draws")) > 0.8
    assert over_bootstraps(nothing, count=4, draws=3, generator=generator(0, "draws")) < 0.7
    same = components(PATCHES, count=4, seed=0)
    assert float(stability([same.pictures, same.pictures])) == pytest.approx(1)
    assert over_seeds(PATCHES, count=4, seeds=range(2), method="patches") < 0.95
