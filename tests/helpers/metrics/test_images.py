import math

import numpy as np
import pytest
import torch
from scipy import ndimage, stats
from skimage.metrics import structural_similarity

from helpers.metrics.images import (
    edge_correlation,
    luminance,
    luminance_correlation,
    main_colour,
    relative_sum,
    spectral_centroid,
    ssim,
)


def patches(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def light(patch):
    return 0.299 * patch[0] + 0.587 * patch[1] + 0.114 * patch[2]


def edge_map(patch):
    plane = np.asarray(light(patch))
    down, across = (ndimage.correlate1d(plane, [-1, 0, 1], axis=axis)[1:-1, 1:-1] for axis in (0, 1))
    return np.hypot(down, across).ravel()


def plain_ssim(a, b):
    left, right = (np.asarray(light(patch)) for patch in (a, b))
    left, right = ((plane - plane.min()) / np.ptp(plane) for plane in (left, right))
    return structural_similarity(left, right, data_range=1)


@pytest.mark.parametrize(
    ("fast", "slow"),
    [
        (luminance_correlation, lambda a, b: stats.pearsonr(light(a).flatten(), light(b).flatten())[0]),
        (edge_correlation, lambda a, b: stats.pearsonr(edge_map(a), edge_map(b))[0]),
        (ssim, plain_ssim),
    ],
)
def test_similarity_is_that_of_each_pair(fast, slow):
    image = patches(3, 12, 15)
    backs = 0.5 * image + patches(2, 4, 3, 12, 15, seed=1)
    values = fast(backs, image)
    assert values.shape == (2, 4)
    for i in range(2):
        for j in range(4):
            assert values[i, j].item() == pytest.approx(slow(backs[i, j], image), abs=1e-9)
    assert fast(image, image).item() == pytest.approx(1)
    assert fast(5 * image, image).item() == pytest.approx(1)


def test_a_constant_is_like_nothing():
    image, flat = patches(3, 8, 8), torch.ones(3, 8, 8, dtype=torch.float64)
    assert luminance_correlation(flat, image) == 0
    assert edge_correlation(flat, image) == 0
    assert abs(ssim(flat, image).item()) < 0.1


def test_small_patches():
    tiny = patches(3, 3, 5)
    assert ssim(tiny, tiny).item() == pytest.approx(1)
    for measure in (ssim, edge_correlation):
        with pytest.raises(ValueError, match="a patch of 2 × 5 pixels is too small; 3 × 3 is the least"):
            measure(tiny[:, :2], tiny[:, :2])


def test_luminance_of_other_channels_is_their_mean():
    grey = patches(2, 1, 4, 4)
    assert torch.allclose(luminance(grey), grey[:, 0])
    assert torch.allclose(luminance(patches(5, 4, 4)), patches(5, 4, 4).mean(0))


def test_relative_sum():
    kernel = torch.zeros(3, 1, 2, 2)
    kernel[0], kernel[1, 0, 0], kernel[2, 0, 0] = 1, torch.tensor([1.0, -1.0]), torch.tensor([3.0, -1.0])
    assert relative_sum(kernel).tolist() == [1, 0, 0.5]


def test_spectral_centroid_of_a_grating_is_its_frequency():
    rows, columns = np.mgrid[:48, :60]
    for frequency, angle in ((0.1, 0.0), (0.25, 0.5), (0.3, 1.2)):
        phase = 2 * math.pi * frequency * (rows * math.sin(angle) + columns * math.cos(angle))
        grating = torch.tensor(np.stack([np.sin(phase), 0.2 * np.cos(phase)])) + 3
        assert spectral_centroid(grating).item() == pytest.approx(frequency, abs=0.005)


def test_spectral_centroid_is_the_sum_over_all_frequencies():
    batch = patches(2, 3, 9, 8)
    fade = np.outer(np.hanning(11)[1:-1], np.hanning(10)[1:-1])
    for patch, value in zip(batch.numpy(), spectral_centroid(batch), strict=True):
        weighted = total = 0.0
        for channel in patch:
            centred = (channel - (channel * fade).sum() / fade.sum()) * fade
            power = np.abs(np.fft.fft2(centred)) ** 2
            for i, u in enumerate(np.fft.fftfreq(9)):
                for j, v in enumerate(np.fft.fftfreq(8)):
                    weighted += power[i, j] * math.hypot(u, v)
                    total += power[i, j]
        assert value.item() == pytest.approx(weighted / total)


def test_the_main_colour_of_a_filter_of_one_colour_is_all_of_it():
    plane, colours = torch.randn(4, 9, 7), torch.tensor([0.6, -0.8, 0.0])
    found = main_colour(colours[:, None, None] * plane[:, None])
    for one, expected in zip(found, plane, strict=True):
        torch.testing.assert_close(one * torch.sign((one * expected).sum()), expected, rtol=1e-4, atol=1e-5)
    mixed = torch.randn(3, 3, 6, 5)
    assert (main_colour(mixed).square().sum((1, 2)) >= mixed.square().sum((2, 3)).amax(1) - 1e-4).all()
