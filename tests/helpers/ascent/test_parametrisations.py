import pytest
import torch

from helpers.ascent.parametrisations import gaussian_starts, numbers_of, smooth_image, uniform_starts


def test_uniform_starts_belong_to_their_seed_and_fill_the_range():
    starts = uniform_starts(50, 100, reach=0.05, seeds=[3, 8])
    assert 0.049 < starts.abs().max() <= 0.05
    assert starts.std().item() == pytest.approx(0.05 / 3**0.5, rel=0.03)
    assert torch.equal(starts[1:], uniform_starts(50, 100, reach=0.05, seeds=[8]))


def test_the_first_gaussian_starts_stay_when_more_are_asked_for():
    assert torch.equal(gaussian_starts(2, (3, 4, 4), seed=0), gaussian_starts(5, (3, 4, 4), seed=0)[:2])
    assert not torch.equal(gaussian_starts(1, (3, 4, 4), seed=0), gaussian_starts(1, (3, 4, 4), seed=1))


def test_gaussian_starts_have_the_spread_that_is_asked_for():
    starts = gaussian_starts(4, (3, 50, 50), seed=0, spread=0.3)
    assert starts.mean().item() == pytest.approx(0, abs=0.01)
    assert starts.std().item() == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize("size", [(8, 8), (7, 12), (1, 5)])
def test_a_smooth_image_is_the_sigmoid_of_waves_that_are_weighted_by_their_length(size):
    height, width = size
    numbers = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(0))
    gains, expected = [], torch.zeros(2, 3, height, width, dtype=torch.complex128)
    rows, columns = torch.arange(height)[:, None].double(), torch.arange(width).double()
    for down in range(height):
        for across in range(width):
            cycles = (min(down, height - down) / height, min(across, width - across) / width)
            gain = 1 / max((cycles[0] ** 2 + cycles[1] ** 2) ** 0.5, 1 / max(size))
            wave = torch.exp(2j * torch.pi * (down * rows / height + across * columns / width))
            strength = (numbers.double() * wave.conj()).sum((-2, -1), keepdim=True) / (height * width)
            expected += gain * strength * wave
            gains += [gain] if across <= width // 2 else []  # a real image has the others twice
    scale = (sum(gain**2 for gain in gains) / len(gains)) ** 0.5
    torch.testing.assert_close(smooth_image(numbers), (expected.real / scale).sigmoid().float(), rtol=1e-4, atol=1e-5)


def test_all_zero_is_mid_grey_and_a_shift_of_the_numbers_shifts_the_image():
    assert torch.equal(smooth_image(torch.zeros(3, 4, 6)), torch.full((3, 4, 6), 0.5))
    numbers = torch.randn(3, 9, 12)
    shifted = smooth_image(numbers.roll((2, -5), (-2, -1)))
    torch.testing.assert_close(shifted, smooth_image(numbers).roll((2, -5), (-2, -1)))
    assert smooth_image(numbers.half()).dtype == torch.float16


def test_an_image_is_made_again_of_its_numbers():
    image = torch.rand(2, 3, 9, 12) * 0.9 + 0.05
    torch.testing.assert_close(smooth_image(numbers_of(image)), image, rtol=1e-4, atol=1e-5)
    assert smooth_image(numbers_of(torch.tensor([[[0.0, 1.0]]]))).flatten().tolist() == pytest.approx([0.01, 0.99])
