import pytest
import torch

from helpers.studies.googlenet_neurons.border_lines import SIDES, Lines
from helpers.studies.googlenet_neurons.border_matching import pictured
from helpers.studies.googlenet_neurons.border_pass import BorderResponses
from helpers.studies.googlenet_neurons.border_pictures import of_pictures, over_starts, strip_energies
from helpers.studies.googlenet_neurons.border_units import Borders


def test_energies_are_those_of_a_loop():
    image = torch.rand(1, 3, 17, 25, generator=torch.Generator().manual_seed(0))
    light = (image[0] * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(0)
    energy = torch.zeros(16, 24)
    for y in range(16):
        for x in range(24):
            energy[y, x] = (light[y + 1, x] - light[y, x]) ** 2 + (light[y, x + 1] - light[y, x]) ** 2
    strips = {"top": energy[:2], "bottom": energy[-2:], "left": energy[:, :3], "right": energy[:, -3:]}
    for side, found in zip(SIDES, strip_energies(image)[0], strict=True):
        assert float(found) == pytest.approx(float(strips[side].mean() / energy.mean()), rel=1e-4)


def test_a_pattern_at_the_left_is_found_there_and_flat_images_have_none():
    image = torch.zeros(2, 3, 32, 32)
    image[0, :, ::2, :4] = 1
    found = strip_energies(image)
    assert found[0].argmax() == SIDES.index("left")
    assert found[0, SIDES.index("right")] == 0
    assert found[1].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(("most", "expected"), [(10, [3, 5, 6]), (2, [5, 6])])
def test_pictured_units_have_the_highest_scores_and_matches_that_reach_no_threshold(most, expected):
    score = torch.tensor([0.1, 0.2, 0.3, 0.6, 0.1, 0.9, 0.7, 0.4])[:, None].expand(-1, 2)
    lines = Lines(score=score, odd=torch.zeros(8, 2).long(), lines=torch.full((8, 2), 3))
    mean = torch.tensor([1.0, 2, 3, 4, 1.0, 2.2, 2.9, 4])
    mine, other = pictured(lines, mean, {"a": slice(0, 4), "b": slice(4, 8)}, most=most)
    assert mine.tolist() == expected
    nearest = {3: 2, 5: 4, 6: 7}
    assert other.tolist() == [nearest[unit] for unit in expected]


def test_two_units_are_pictured_where_none_reaches_the_threshold():
    lines = Lines(
        score=torch.arange(6.0)[:, None].expand(-1, 2) / 100, odd=torch.zeros(6, 2).long(), lines=torch.full((6, 2), 3)
    )
    mine, other = pictured(lines, torch.arange(6.0), {"a": slice(0, 6)}, most=5)
    assert mine.tolist() == [4, 5]
    assert other.tolist() == [3, 2]


def image(side):
    found = torch.full((3, 32, 32), 0.5)
    found[:, ::2, :4] = 1
    return found if side == "left" else found.flip(2)


@pytest.fixture
def borders():
    """Of four units whose odd line is the left column."""
    score = torch.full((4, 2), 0.6)
    lines = Lines(score=score, odd=torch.zeros(4, 2).long(), lines=torch.full((4, 2), 3))  # the left column
    none, kinds, sides = torch.zeros(4), torch.zeros(4, 1, 4), torch.zeros(4, 4)
    answers = BorderResponses(
        mean=none, moved=kinds, fires=kinds, distance=kinds, shifted=sides, shifted_distance=sides, followed=sides,
        grey=sides,
    )  # fmt: skip
    return Borders(
        branches=[], lines=lines, three=none, channels=none, shuffles=none[None], random=none[None], answers=answers,
        controls=[],
    )  # fmt: skip


def test_pictures_of_three_ways_are_judged_at_the_side_of_the_odd_line(borders):
    pairs = torch.tensor([0, 1]), torch.tensor([2, 3])
    shown = {
        "border": ["left", "left", "right", "left"],
        "free": ["left", "right", "right", "right"],
        "again": ["left", "right", "left", "left"],
    }
    images = {way: {unit: image(side) for unit, side in enumerate(own)} for way, own in shown.items()}
    found = of_pictures(borders, images, pairs)
    assert [each.tolist() for each in found["fig-22.side"]] == [[1, 1], [0, 1]]
    assert [each.tolist() for each in found["control.border-no-padding-side"]] == [[1, 0], [0, 0]]
    assert [each.tolist() for each in found["control.border-start"]] == [[1, 0], [0, 1]]
    flagged = found["control.border-no-padding"][0]["flagged"]
    assert float(flagged[0]) > 1 > float(flagged[1])


def test_pairs_of_starts_agree_where_both_choose_one_side(borders):
    shown = ["left left", "left right", "left left", "left right", "left left"]  # from each start, of two units
    images = [{unit: image(side) for unit, side in enumerate(sides.split())} for sides in shown]
    values, floor = over_starts(borders, images, torch.tensor([0, 1]))["control.border-five-starts"]
    assert values.tolist() == [1, pytest.approx((3 + 1) / 10)]  # 3 of 3 pairs of the left ones, 1 of the right ones
    # of the unit itself, the other, itself, the other, itself: left right left right left, and left left left left left
    assert floor.tolist() == [pytest.approx(0.4), 1]
