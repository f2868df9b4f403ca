import numpy as np
import torch

from helpers.ascent.spectra import image_of_pixels, image_of_spectrum, pixels, spectrum

LUCID = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])


def coloured(flat):
    colours = LUCID / np.linalg.norm(LUCID, axis=0).max()
    return 1 / (1 + np.exp(-np.einsum("rk,khw->rhw", colours, flat)))


def test_a_spectrum_is_the_image_that_numpy_makes_of_it():
    for size in (8, 9):
        numbers = spectrum(size, seed=0, purpose="start") * 30
        waves = numbers[..., 0].numpy() + 1j * numbers[..., 1].numpy()
        for row in range(size):
            for column in range(size // 2 + 1):
                frequency = np.hypot(np.fft.fftfreq(size)[row], column / size)
                waves[:, row, column] *= size / max(frequency, 1 / size) / 4
        expected = coloured(np.fft.irfft2(waves, s=(size, size)))
        np.testing.assert_allclose(image_of_spectrum(numbers[None])[0].numpy(), expected, atol=1e-5)


def test_pixels_are_mixed_to_colours():
    numbers = pixels(5, seed=1, purpose="start") * 100
    np.testing.assert_allclose(image_of_pixels(numbers[None])[0].numpy(), coloured(numbers.numpy()), atol=1e-6)


def test_starts_are_by_seed_and_purpose_and_grey_nearly():
    assert torch.equal(spectrum(6, seed=0, purpose="a"), spectrum(6, seed=0, purpose="a"))
    assert not torch.equal(spectrum(6, seed=0, purpose="a"), spectrum(6, seed=0, purpose="b"))
    assert (image_of_spectrum(spectrum(64, seed=0, purpose="a")[None]) - 0.5).abs().max() < 0.2
