import math

import numpy as np
import torch
from skimage.color import rgb2gray

from helpers.studies.googlenet_neurons.image_spectra import (
    high_frequency_share,
    mean_frequency,
    power,
    radial_spectrum,
    spectral_distance,
    spectral_entropy,
)


def wave(size, frequency, down=False):
    line = 0.5 + 0.3 * torch.cos(2 * math.pi * frequency * torch.arange(size))
    image = line.expand(size, size)
    return (image.T if down else image).expand(1, 3, size, size)


def test_power_is_that_of_numpy_wave_by_wave():
    images = torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    window = np.outer(torch.hann_window(12, dtype=torch.double), torch.hann_window(12, dtype=torch.double))
    for image, found in zip(images, power(images), strict=True):
        bright = np.einsum("chw,c->hw", image.numpy(), (0.299, 0.587, 0.114))
        assert np.corrcoef(bright.ravel(), rgb2gray(image.permute(1, 2, 0).numpy()).ravel())[0, 1] > 0.9
        expected = np.abs(np.fft.fft2((bright - bright.mean()) * window)) ** 2
        expected[0, 0] = 0
        np.testing.assert_allclose(found.numpy(), expected / expected.sum(), rtol=1e-4, atol=1e-7)


def test_one_wave_has_its_frequency_little_entropy_and_is_fine_or_not():
    slow, fast = wave(64, 4 / 64), wave(64, 24 / 64, down=True)
    assert abs(mean_frequency(slow) - 4 / 64) < 0.02 and abs(mean_frequency(fast) - 24 / 64) < 0.02
    assert high_frequency_share(slow) < 0.01 and high_frequency_share(fast) > 0.99
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert spectral_entropy(slow) < 0.3 < 0.85 < spectral_entropy(noise) <= 1
    assert abs(high_frequency_share(noise) - (1 - math.pi / 16)) < 0.05


def test_flat_images_have_no_power_and_no_number_is_undefined():
    flat = torch.full((1, 3, 16, 16), 0.4)
    for measure in (high_frequency_share, mean_frequency, spectral_entropy):
        assert measure(flat).tolist() == [0.0]


def test_an_image_is_near_to_its_own_spectrum_and_far_from_another():
    images = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert radial_spectrum(images).shape == (3, 16)
    assert spectral_distance(images[:1], images[:1]).item() == 0
    assert spectral_distance(images[:1], images[1:]) < spectral_distance(images[:1], wave(32, 0.1))
