"""Pictures are stretched to be seen."""

import pytest
import torch

from helpers.studies.probing.pictures import stretched


def test_the_brightest_hundredth_is_white_and_half_tones_are_brightened():
    signal = torch.linspace(0, 4, 10_000).view(1, 100, 100)
    shown = stretched(signal)
    assert shown.shape == (3, 100, 100)
    assert float((shown[0] == 1).float().mean()) == pytest.approx(0.01, abs=2e-4)
    assert float(shown[0].flatten()[2_475]) == pytest.approx((0.2475 / 0.99) ** 0.5, abs=1e-3)
    assert (stretched(torch.zeros(3, 4, 4)) == 0).all()


def test_an_image_begins_at_its_darkest_value():
    shown = stretched(torch.linspace(-100, 100, 12).view(3, 2, 2), like_image=True)
    assert float(shown.min()) == 0 and float(shown.max()) == 1
