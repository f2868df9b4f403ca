import math

import numpy as np
import pytest
import torch
from scipy import ndimage, stats
from skimage.metrics import structural_similarity

from helpers.metrics.images import (
    derivative_similarity,
    edge_correlation,
    luminance,
    luminance_correlation,
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


def oriented(order, sigma, angle, centre, size):
    rows, columns = np.mgrid[: size[0], : size[1]]
    along = (columns - centre[1]) * math.cos(angle) + (rows - centre[0]) * math.sin(angle)
    bell = np.exp(-((columns - centre[1]) ** 2 + (rows - centre[0]) ** 2) / (2 * sigma**2))
    return -along * bell if order == 1 else (along**2 / sigma**2 - 1) * bell


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.9])
@pytest.mark.parametrize("order", [1, 2])
def test_a_derivative_is_found_at_any_place_orientation_and_colour(order, angle):
    plane = torch.tensor(oriented(order, 3.0, angle, (14, 20), (36, 40)))
    colours = torch.tensor([[1.0, 1.0, 1.0], [1.0, -1.0, 0.0]], dtype=torch.float64)
    kernel = -colours[:, :, None, None] * plane
    found = derivative_similarity(kernel, scales=8)  # sigma 6^(i / 7): the nearest to 3 is 2.78
    right, wrong = (found.odd, found.even) if order == 1 else (found.even, found.odd)
    assert (right > 0.97).all()
    assert (wrong < 0.9).all()


def test_likeness_is_the_best_of_all_templates_tried_one_by_one():
    kernel = torch.tensor(ndimage.gaussian_filter(np.asarray(patches(18, 18)), 1.2))[None]
    found = derivative_similarity(kernel, scales=3)
    length = float(kernel.norm())
    for order, value in ((1, found.odd), (2, found.even)):
        best = 0.0
        for sigma in (1.0, math.sqrt(3), 3.0):
            for angle in np.linspace(0, math.pi, 24, endpoint=False):
                template = oriented(order, sigma, angle, (18, 18), (37, 37))
                response = ndimage.correlate(np.asarray(kernel[0]), template, mode="constant")
                best = max(best, np.abs(response).max() / np.linalg.norm(template) / length)
        assert value.item() == pytest.approx(best, rel=0.02)


def test_derivative_likeness_of_nothing_and_of_no_scales():
    assert derivative_similarity(torch.zeros(3, 8, 8)).odd == 0
    with pytest.raises(ValueError, match="scales = 0 must be at least 1"):
        derivative_similarity(torch.zeros(3, 8, 8), scales=0)
