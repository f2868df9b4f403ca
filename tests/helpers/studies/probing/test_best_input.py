"""The search climbs as it is told, and what is measured of it."""

import pytest
import torch
from torch import nn

from helpers.ascent.loop import Ascent
from helpers.models.preprocessing import KERAS_VGG, Preprocessing
from helpers.studies.probing.best_input import correlations, deviation, growth, range_of_images, search, share_apart
from helpers.studies.probing.part_in_view import part_in_view

START = torch.randn(3, 3, 12, 12, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def part():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.Conv2d(5, 4, 3)).eval().requires_grad_(False)
    return part_in_view(network, "2", (4, 4), size=12, unit_axis=1)


def test_the_first_step_has_the_length_that_was_asked_for(part):
    start = part.cut(START)
    found = search(part, 1, start, rate=0.1, steps=1, batch=2)
    moved = (found.x - start).flatten(1).norm(dim=1).mean()
    assert float(moved) == pytest.approx(0.1 * float(start.flatten(1).norm(dim=1).mean()), rel=1e-4)
    assert (found.value > found.history[:, 0]).all()


def test_steps_are_cut_to_images(part):
    low, high = torch.full((3, 1, 1), -0.5), torch.full((3, 1, 1), 0.5)
    found = search(part, 1, part.cut(START), rate=0.5, steps=5, batch=3, bounds=(low, high))
    assert (found.x >= -0.5).all() and (found.x <= 0.5).all()


def test_a_penalty_keeps_the_search_short(part):
    start = part.cut(START)
    free, held = (search(part, 1, start, rate=0.1, steps=60, batch=3, decayed=one) for one in (False, True))
    assert held.x.norm() < free.x.norm()


def test_growth_and_pairs():
    history = torch.arange(1.0, 21).expand(2, 20)
    found = Ascent(START[:2], torch.full((2,), 21.0), torch.tensor(20), torch.zeros(2).bool(), history)
    assert growth(found) == pytest.approx(2 / 21)
    pictures = torch.stack([START[0], 3 * START[0] + 1, START[1]])
    assert correlations(pictures)[0] == pytest.approx(1, abs=1e-5)
    assert share_apart(pictures) == pytest.approx(2 / 3)


def test_units_are_those_of_the_images():
    black, white = range_of_images(KERAS_VGG, device="cpu")
    assert black.flatten().tolist() == pytest.approx([-103.939, -116.779, -123.68])
    assert (white - black).flatten().tolist() == pytest.approx([255.0] * 3)
    grey = Preprocessing(size=8, mean=(0.5,), std=(0.25,))
    assert range_of_images(grey, device="cpu")[1].shape == (1, 1, 1)
    inputs = torch.randn(50, 3, 20, 20) * torch.tensor([1.0, 2.0, 3.0])[:, None, None] + 7
    assert deviation(inputs) == pytest.approx((14 / 3) ** 0.5, rel=0.02)
