import pytest
import torch

from helpers.data.images import open_images
from helpers.studies.googlenet_neurons import border_noise
from helpers.studies.googlenet_neurons.border_lines import SIDES, Lines
from helpers.studies.googlenet_neurons.border_noise import (
    READINGS,
    OfNoise,
    around,
    kinds_of,
    measure,
    ring,
    surrounded,
)
from helpers.studies.googlenet_neurons.border_noise_statements import falls, of_noise, silenced
from helpers.studies.googlenet_neurons.border_pass import BorderResponses
from helpers.studies.googlenet_neurons.border_pass import measure as measured_with_zeros
from helpers.studies.googlenet_neurons.border_units import Borders
from helpers.studies.googlenet_neurons.subject import Branch, subject

COUNT = 2000
BEFORE = torch.stack([torch.linspace(0, 1, 12).reshape(3, 4), torch.full((3, 4), 9.0)])  # (channel, row, column)
GIVEN = BEFORE.flip(0).cumsum(dim=1)  # 9 to 27 in its first channel


def doubled(values):
    return 2 * values[:1]


def noise(reading):
    return ring(reading, GIVEN, BEFORE, doubled, COUNT, torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("reading", "low", "high"), [("range", 0, 27), ("range-before", 0, 9), ("reduced-range", 0, 18)]
)
def test_noise_from_a_range_is_uniform_over_all_channels(reading, low, high):
    found = noise(reading)
    assert found.shape == (1 if reading.startswith("reduced") else 2, COUNT)
    for channel in found:
        assert low <= float(channel.min()) < low + 0.01 * high
        assert high > float(channel.max()) > 0.99 * high
        assert float(channel.mean()) == pytest.approx(high / 2, rel=0.06)


def test_drawn_values_are_those_of_their_channel():
    assert set(noise("values")[0].tolist()) == {9.0, 18.0, 27.0}
    assert set(noise("values")[1].tolist()) == set(GIVEN[1].flatten().tolist())
    torch.testing.assert_close(torch.tensor(sorted(set(noise("reduced-values")[0].tolist()))), 2 * BEFORE[0].flatten())


def test_whole_positions_keep_their_channels_together():
    there = {tuple(position) for position in GIVEN.flatten(1).T.tolist()}
    assert {tuple(position) for position in noise("positions").T.tolist()} == there


def test_a_map_is_surrounded_on_all_sides():
    given = torch.rand(2, 3, 4)
    count = around((3, 4), (1, 2))
    values = -1 - torch.arange(2.0 * count).reshape(2, count)
    whole = surrounded(given, values, (1, 2))
    assert whole.shape == (2, 5, 8)
    assert torch.equal(whole[:, 1:4, 2:6], given)
    assert torch.equal(whole[0][whole[0] < 0], values[0])
    assert count == 5 * 8 - 12


def test_the_reduce_layer_and_its_relu_act_on_noise_in_front_of_it():
    reduce = torch.nn.Conv2d(2, 3, 1)
    own = OfNoise(torch.nn.Conv2d(3, 4, 3, padding=1), reduce, rectified=True)
    values = torch.randn(2, 5)
    expected = (reduce.weight[:, :, 0, 0] @ values + reduce.bias[:, None]).relu()
    torch.testing.assert_close(own._reduced(values), expected)
    assert OfNoise(torch.nn.Conv2d(2, 4, 3, padding=1), None, rectified=False)._reduced(values) is values


@pytest.fixture(scope="module")
def seen():
    return subject({"model": "googlenet", "layer": "mixed3a,mixed4a_3x3"})


@pytest.fixture(scope="module")
def images():
    return open_images("patterns", size=64).choose(3, seed=0)


def test_zeros_move_the_response_as_in_the_stage_on_paddings(seen, images):
    found = measure(seen, images, draws=2, samples=4, seed=0)
    usual = measured_with_zeros(seen, images, kinds=("zero",), samples=4, seed=0)
    assert found.moved.shape[1] == len(kinds_of(2)) == 1 + 2 * len(READINGS)
    torch.testing.assert_close(found.moved[:, 0], usual.moved[:, 0], equal_nan=True)
    assert not torch.equal(found.moved[:, 1], found.moved[:, 1 + len(READINGS)])  # another draw


def test_an_image_has_the_same_noise_in_any_batch(seen, images, monkeypatch):
    whole = measure(seen, images, draws=1, samples=4, seed=0)
    monkeypatch.setattr(border_noise, "_BATCH", 2)
    parts = measure(seen, images, draws=1, samples=4, seed=0)
    torch.testing.assert_close(whole.moved, parts.moved, rtol=0, atol=1e-3, equal_nan=True)


@pytest.fixture
def borders():
    """Six units of one branch; the first three have an odd left column."""
    score = torch.tensor([0.6] * 3 + [0.1] * 3)[:, None].expand(-1, 2)
    units, none = 6, torch.zeros(6)
    empty, sides = torch.zeros(units, 1, len(SIDES)), torch.zeros(units, len(SIDES))
    answers = BorderResponses(
        mean=torch.tensor([1.0, 2, 3, 1, 2, 3]),
        moved=empty,
        fires=empty,
        distance=empty,
        shifted=sides,
        shifted_distance=sides,
        followed=sides,
        grey=sides,
    )
    branch = Branch(block="a", name="3x3", layer="a", convolution="a", size=(3, 3), first=0, units=units)
    return Borders(
        branches=[branch],
        lines=Lines(score=score, odd=torch.zeros(units, 2).long(), lines=torch.full((units, 2), 3)),
        three=none,
        channels=none,
        shuffles=none[None],
        random=none[None],
        answers=answers,
        controls=[],
    )


def responses(moved, fires):
    sides = torch.zeros(len(moved), len(SIDES))
    return BorderResponses(
        mean=sides[:, 0],
        moved=moved,
        fires=fires,
        distance=moved,
        shifted=sides,
        shifted_distance=sides,
        followed=sides,
        grey=sides,
    )


def test_falls_are_those_at_the_left_by_draw_and_reading(borders):
    kinds, left = len(kinds_of(2)), SIDES.index("left")
    moved = torch.zeros(6, kinds, len(SIDES))
    moved[:, 0, left] = 5
    moved[:3, 1:, left] = torch.arange(3.0)[:, None] + torch.arange(kinds - 1)  # 5 minus this is what flagged ones lose
    fires = torch.full((6, kinds, len(SIDES)), 0.05)
    fires[:2, 0, left] = 0.3
    fires[0, 1, left] = 0.3
    found = responses(moved, fires)
    fall = falls(borders, found)
    for k, reading in enumerate(READINGS):
        for draw in range(2):
            expected = [5 - unit - (draw * len(READINGS) + k) for unit in range(3)]
            assert fall[reading].flagged[draw].tolist() == expected
            assert fall[reading].ordinary[draw].tolist() == [5, 5, 5]
    assert silenced(borders, found)["range"] == ([0.5, 1.0], [])
    assert silenced(borders, found)["values"] == ([1.0, 1.0], [])
    judged = of_noise(fall, seed=0)
    assert judged["beyond.noise-values"][0]["flagged"].tolist() == [5 - unit - 4 for unit in range(3)]
    assert judged["beyond.noise-readings"][0] == pytest.approx([1] * (len(READINGS) - 1))
    assert len(judged["control.noise-draws"][0]) == len(READINGS)


@pytest.mark.parametrize(("behind", "near"), [(2.0, 1.0), (3.0, 1.0), (9.0, 0.0), (-4.0, 0.0), (0.0, 0.0)])
def test_half_to_twice_as_far_in_one_direction_is_near(borders, behind, near):
    moved = torch.zeros(6, len(kinds_of(1)), len(SIDES))
    moved[:, 1 + list(READINGS).index("reduced-range")] = -4
    moved[:, 1 + list(READINGS).index("range")] = -behind
    judged = of_noise(falls(borders, responses(moved, moved)), seed=0)
    assert judged["beyond.noise-place"][0].tolist() == [near] * 3
