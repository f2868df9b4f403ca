"""Measures of reconstructions and filters, on pictures whose answer is known."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from helpers.metrics.images import edge_correlation
from helpers.studies.probing.measures import as_colours, energy_box, largest_correlation, outline_correlation, visible

RANDOM = torch.Generator().manual_seed(0)


def test_outlines_are_those_of_blurred_pictures():
    a, b = torch.rand(2, 5, 3, 64, 64, generator=RANDOM, dtype=torch.float64)
    blurred = [
        torch.from_numpy(gaussian_filter(x.numpy(), 64 / 32, axes=(-2, -1), mode="mirror", radius=8)) for x in (a, b)
    ]
    torch.testing.assert_close(outline_correlation(a, b), edge_correlation(*blurred), rtol=1e-8, atol=1e-10)
    assert outline_correlation(a, a).tolist() == pytest.approx([1] * 5)


def test_leading_axes_broadcast():
    units, gallery = torch.rand(4, 3, 16, 16, generator=RANDOM), torch.rand(6, 3, 16, 16, generator=RANDOM)
    table = outline_correlation(units[:, None], gallery[None])  # (unit, image)
    one_by_one = torch.stack([torch.stack([outline_correlation(u, image) for image in gallery]) for u in units])
    torch.testing.assert_close(table, one_by_one)


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 30), st.integers(3, 30), st.integers(0, 10_000), st.floats(0.5, 0.99))
def test_a_box_holds_its_share_and_no_row_or_column_more_than_it_needs(height, width, seed, share):
    pictures = torch.randn(3, 2, height, width, generator=torch.Generator().manual_seed(seed)).double() ** 5
    box = energy_box(pictures, share=share)
    energy = sum((x.square() / x.square().sum()).sum(dim=0) for x in pictures) / 3
    assert float(energy[box.slices].sum()) >= share - 1e-9
    for line, first, end in ((energy.sum(1), box.top, box.bottom), (energy.sum(0), box.left, box.right)):
        if end - first > 3:
            tail = (1 - share) / 4
            assert float(line[: first + 1].sum()) > tail - 1e-12 and float(line[end - 1 :].sum()) > tail - 1e-12


def test_a_box_of_a_point_or_of_nothing():
    point = torch.zeros(1, 1, 9, 9)
    point[0, 0, 8, 4] = 1
    box = energy_box(point)
    assert (box.height, box.width) == (3, 3) and box.bottom == 9 and box.left <= 4 < box.right
    assert energy_box(torch.zeros(2, 3, 5, 7)) == (0, 5, 0, 7)


def test_the_largest_correlation_over_all_places():
    filters = torch.randn(2, 5, 4, generator=RANDOM)
    images = torch.randn(3, 9, 8, generator=RANDOM)
    found = largest_correlation(filters, images)
    for k, one in enumerate(filters):
        for n, image in enumerate(images):
            patches = [image[r : r + 5, c : c + 4] for r in range(5) for c in range(5)]
            expected = max(abs(np.corrcoef(one.flatten(), patch.flatten())[0, 1]) for patch in patches)
            assert float(found[k, n]) == pytest.approx(expected, abs=1e-6)


def test_a_shifted_patch_is_found_and_a_constant_one_is_nothing():
    image = torch.rand(1, 20, 20, generator=RANDOM)
    assert float(largest_correlation(-3 * image[:, 4:14, 7:17] + 5, image)) == pytest.approx(1, abs=1e-5)
    assert float(largest_correlation(image[:, :5, :5], torch.full((1, 9, 9), 0.3))) == 0
    with pytest.raises(ValueError, match="do not fit"):
        largest_correlation(image, image[:, :5])


def test_colours_are_red_green_blue():
    signal = torch.randn(2, 3, 4, 5, generator=RANDOM)
    assert as_colours(signal, "RGB") is signal
    assert torch.equal(as_colours(signal, "BGR")[:, 0], signal[:, 2])


def smooth_images(count, side=60):
    noise = torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(5)).numpy()
    images = torch.from_numpy(gaussian_filter(noise, 4, axes=(-2, -1)))
    return (images - images.amin((1, 2, 3), keepdim=True)).float()


def test_an_image_is_seen_in_speckle_of_any_colour_and_sign():
    images, random = smooth_images(6), torch.Generator().manual_seed(6)
    grey = images[0].mean(dim=0)
    grey = (grey - grey.min()) / (grey.max() - grey.min())
    speckle = torch.rand(3, 60, 60, generator=random) * torch.stack([1 - grey, grey, torch.full_like(grey, 0.5)])
    noise = torch.rand(3, 60, 60, generator=random)
    found = visible(torch.stack([speckle, noise]), images)
    assert int(found[0].argmax()) == 0 and float(found[0, 0]) > 3 * float(found[0, 1:].max())
    assert float(found[1].max()) < 0.1


def test_visible_is_the_determination_of_a_regression():
    images, pictures = smooth_images(2, 40), torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(7))
    found = visible(pictures, images)

    def blur(x, sigma):
        radius = int(3 * sigma + 0.5)
        return gaussian_filter(x, sigma, axes=(-2, -1), mode="mirror", radius=radius)

    def detail(x):
        return blur(x, 1.0) - blur(blur(x, 1.0), 4.0)

    for i, image in enumerate(images.double().numpy()):
        maps = [np.tensordot([0.299, 0.587, 0.114], image, 1)[1:-1, 1:-1]]
        for scale in (0.5, 1.0):
            smooth = blur(image, scale)
            down, across = smooth[:, 2:, 1:-1] - smooth[:, :-2, 1:-1], smooth[:, 1:-1, 2:] - smooth[:, 1:-1, :-2]
            maps += [np.sqrt((down**2 + across**2).sum(0)), abs(down).mean(0), abs(across).mean(0)]
        design = np.column_stack([*(detail(one).ravel() for one in maps), np.ones(38 * 38)])
        for p, picture in enumerate(pictures.double().numpy()):
            left = total = 0.0
            for channel in np.sqrt(picture)[:, 1:-1, 1:-1]:
                target = detail(channel).ravel()
                fit = design @ np.linalg.lstsq(design, target, rcond=None)[0]
                left += ((target - fit) ** 2).sum()
                total += ((target - target.mean()) ** 2).sum()
            assert float(found[p, i]) == pytest.approx(1 - left / total, abs=1e-4)


def test_nothing_is_seen_in_a_black_picture():
    assert (visible(torch.zeros(1, 3, 30, 30), smooth_images(2, 30)) == 0).all()
