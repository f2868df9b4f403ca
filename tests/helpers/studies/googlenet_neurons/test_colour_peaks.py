"""Algorithm 3, against histograms and kernel densities of NumPy and SciPy."""

import numpy as np
import pytest
import torch
from scipy import stats

from helpers.studies.googlenet_neurons.colour import peaks
from helpers.studies.googlenet_neurons.colour.peaks import Reading

IMAGES = (torch.randn(2, 2, 3, 12, 12, generator=torch.Generator().manual_seed(0)) * 30 + 128).clamp(0, 255).byte()


@pytest.mark.parametrize("bins", [256, 32])
def test_histograms_are_those_of_numpy(bins):
    found = peaks.histogram(IMAGES, bins=bins)
    expected = np.histogram(IMAGES[1, 0, 2].numpy(), bins=bins, range=(0, 256))[0] / 144
    assert np.allclose(found[1, 0, 2], expected)


def test_the_kernel_density_is_that_of_scipy():
    found = peaks.kernel_density(IMAGES)[0, 1, 1]
    expected = stats.gaussian_kde(IMAGES[0, 1, 1].numpy().ravel())(np.arange(256))
    assert np.allclose(found, expected, atol=1e-6)


def test_scores_follow_the_reading():
    image = IMAGES[0, 0].numpy()
    modes = [np.bincount(channel.ravel(), minlength=256).argmax() for channel in image]
    assert float(peaks.scores(IMAGES, Reading())[0]) == pytest.approx(np.std(modes), rel=1e-5)
    assert float(peaks.scores(IMAGES, Reading(sample=True))[0]) == pytest.approx(np.std(modes, ddof=1), rel=1e-5)
    assert float(peaks.scores(IMAGES, Reading(scale=1.0))[0]) == pytest.approx(np.std(modes) / 255, rel=1e-5)
    both = peaks.scores(IMAGES, Reading(both=True))
    alone = peaks.scores(IMAGES.flip(1), Reading())
    assert torch.equal(both, torch.maximum(peaks.scores(IMAGES, Reading()), alone))
    assert bool((peaks.scores(IMAGES, Reading(peak="height")) < 1).all())


def test_grey_images_and_balanced_stripes_have_no_spread():
    grey = IMAGES[:, :, :1].expand_as(IMAGES)
    stripes = peaks.balanced_patches(12).expand_as(IMAGES)
    for reading in peaks.READINGS.values():
        assert bool((peaks.scores(grey, reading) == 0).all()) and bool((peaks.scores(stripes, reading) < 1e-6).all())
    assert bool((peaks.chroma(grey) == 0).all()) and bool((peaks.chroma(stripes) == 255).all())


def test_a_threshold_includes_its_own_value():
    assert peaks.flagged(torch.tensor([1.9, 2.0, 2.1]), 2.0).tolist() == [True, True, False]
