"""Fields against drawings point by point, polygons of a second library, and counts along a line."""

import math

import numpy as np
import pytest
import torch
from matplotlib.path import Path as Polygon

from helpers.data import fields
from helpers.data.fields import Canvas

SIZE = 64


def canvas(images=2, *, seed=0, size=SIZE):
    random = torch.Generator().manual_seed(seed)
    numbers = torch.rand(images, fields.NUMBERS, generator=random)
    return Canvas(numbers, torch.randn(images, 3, size, size, generator=random))


def points(size=SIZE):
    """Row, column, x and y of every point."""
    for row in range(size):
        for column in range(size):
            yield row, column, (column + 0.5) * 2 / size - 1, (row + 0.5) * 2 / size - 1


def test_numbers_are_handed_out_once_and_between_the_limits():
    c = canvas(500)
    first, second = c.uniform(2, 5), c.uniform()
    assert first.shape == (500, 1, 1, 1)
    assert 2 <= float(first.min()) < 2.1 < 4.9 < float(first.max()) <= 5
    assert not torch.equal((first - 2) / 3, second)
    with pytest.raises(ValueError, match=f"more than the {fields.NUMBERS} random numbers of an image are needed"):
        c.several(fields.NUMBERS - 1)


def test_stripes_point_by_point():
    drawn = fields.stripes(canvas(), degrees=30, cycles=(3, 5))
    for image in range(2):
        numbers = iter(canvas()._numbers[image].double().tolist())
        angle = math.radians(20 + 20 * next(numbers))
        next(numbers)  # the shift along the stripes
        shift = 2 * next(numbers) - 1
        frequency, sharpness = 3 + 2 * next(numbers), 0.5 + 2 * next(numbers)
        for row, column, x, y in points():
            across = y * math.cos(angle) - x * math.sin(angle) + shift
            expected = min(max(0.5 + sharpness * math.cos(math.pi * frequency * across), 0), 1)
            assert drawn[image, 0, row, column].item() == pytest.approx(expected, abs=1e-4)


def test_the_frequency_of_stripes_is_in_cycles_per_image():
    drawn = fields.stripes(canvas(), degrees=90, cycles=(8, 8), spread=0)
    for line in drawn[:, 0, 20]:
        crossings = int(((line[1:] > 0.5) != (line[:-1] > 0.5)).sum())
        assert crossings in (15, 16, 17)


@pytest.mark.parametrize(("degrees", "step"), [(45, 1), (-45, -1)])
def test_positive_angles_fall_to_the_right(degrees, step):
    drawn = fields.stripes(canvas(), degrees=degrees, cycles=(4, 4), spread=0)[:, 0]
    along = drawn.roll((step, 1), dims=(1, 2))  # one point to the right, and one down or up
    assert torch.allclose(drawn[:, 1:-1, 1:-1], along[:, 1:-1, 1:-1], atol=1e-4)


def test_the_smooth_landscape_is_a_sum_of_plane_waves():
    drawn = fields._smooth(canvas(), 1, 3)
    assert drawn.shape == (2, 1, SIZE, SIZE)
    many = fields._smooth(canvas(200), 3, 6)
    assert float(many.std()) == pytest.approx(1, abs=0.05)
    turns, speeds, phases = canvas()._numbers[0, : 3 * fields._WAVES].double().view(3, -1).tolist()
    for row, column, x, y in list(points())[::37]:
        expected = 0.0
        for turn, speed, phase in zip(turns, speeds, phases, strict=True):
            along = x * math.cos(2 * math.pi * turn) + y * math.sin(2 * math.pi * turn)
            expected += math.cos(math.pi * (1 + 2 * speed) * along + 2 * math.pi * phase)
        expected *= math.sqrt(2 / fields._WAVES)
        assert drawn[0, 0, row, column].item() == pytest.approx(expected, abs=1e-4)


def corners(angles, radii):
    return Polygon([(r * math.cos(a), r * math.sin(a)) for a, r in zip(angles, radii, strict=True)])


POLYGONS = {
    "triangle": corners([math.pi / 2 * k for k in (-1, 1 / 3, 5 / 3)], [1, 1, 1]),
    "star": corners([math.pi / 5 * k for k in range(10)], [1, 0.4] * 5),
    "square": Polygon([(-0.72, -0.72), (0.72, -0.72), (0.72, 0.72), (-0.72, 0.72)]),
    "bar": Polygon([(-1, -0.14), (1, -0.14), (1, 0.14), (-1, 0.14)]),
}


@pytest.mark.parametrize("name", POLYGONS)
def test_outlines_enclose_the_polygon_of_matplotlib(name):
    grid = torch.linspace(-1.1, 1.1, 221)
    y, x = torch.meshgrid(grid, grid, indexing="ij")
    distance = getattr(fields, name)(x, y)
    inside = torch.from_numpy(POLYGONS[name].contains_points(torch.stack([x, y], -1).flatten(0, 1).numpy()))
    clear = distance.abs().flatten() > 1e-3  # points on the outline are in or out by rounding
    assert torch.equal((distance > 0).flatten()[clear], inside[clear])


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("disc", [(0, 0), (0.7, 0.7)], [(0.8, 0.7), (1.1, 0)]),
        ("ring", [(0.8, 0), (0, -0.9)], [(0, 0), (1.05, 0)]),
        ("two_discs", [(0.6, 0), (-0.6, 0.3)], [(0, 0), (0, 0.6)]),
        ("hollow_square", [(0.6, 0.6), (-0.6, 0)], [(0, 0), (0.8, 0)]),
        ("cross", [(0, 0), (0.9, 0), (0, -0.9)], [(0.5, 0.5), (1.1, 0)]),
        ("crescent", [(-0.8, 0), (0, 0.9)], [(0.5, 0), (0, 0)]),
    ],
)
def test_outlines_enclose_what_their_names_say(name, inside, outside):
    outline = getattr(fields, name)
    assert all(outline(*torch.tensor(point, dtype=torch.float32)) > 0 for point in inside)
    assert all(outline(*torch.tensor(point, dtype=torch.float32)) < 0 for point in outside)


@pytest.mark.parametrize("outline", [fields.disc, fields.star, fields.cross, fields.hollow_square, fields.bar])
def test_shapes_leave_the_border_free(outline):
    drawn = fields.shape(canvas(300), outline, radius=(0.4, 0.75))[:, 0]
    assert float(torch.cat([drawn[:, 0], drawn[:, -1], drawn[:, :, 0], drawn[:, :, -1]]).max()) == 0
    assert (drawn.flatten(1).amax(1) == 1).all()


def test_a_disc_covers_its_area_wherever_it_lies():
    drawn = fields.shape(canvas(50), fields.disc, radius=(0.5, 0.5))
    share = drawn.mean((1, 2, 3))
    assert torch.allclose(share, torch.full_like(share, math.pi * 0.25 / 4), rtol=0.01)


def test_mosaic_has_its_walls_where_two_centres_are_as_near():
    drawn = fields.mosaic(canvas())
    numbers = canvas()._numbers[1].double()
    angle, shift_x, shift_y = -math.pi + 2 * math.pi * numbers[0], 2 * numbers[1] - 1, 2 * numbers[2] - 1
    cells = 1.8 + numbers[3]
    right, down = numbers[4:68].view(8, 8), numbers[68:132].view(8, 8)
    centres = [
        (column + 0.1 + 0.8 * right[column % 8, row % 8], row + 0.1 + 0.8 * down[column % 8, row % 8])
        for column in range(-9, 9)
        for row in range(-9, 9)
    ]
    for row, column, x, y in list(points())[::61]:
        across = (x * math.cos(angle) + y * math.sin(angle) + shift_x) * cells
        along = (y * math.cos(angle) - x * math.sin(angle) + shift_y) * cells
        near = sorted(math.hypot(cx - across, cy - along) for cx, cy in centres)
        expected = min(max(0.5 + (near[1] - near[0] - 0.16) / cells / (2 / SIZE), 0), 1)
        assert drawn[1, 0, row, column].item() == pytest.approx(float(expected), abs=2e-3)


def test_spirals_of_the_two_directions_are_mirror_images():
    """Mirrored top to bottom, a spiral about a centre turns the other way."""
    first, second = canvas(), canvas()
    first._numbers[:, 1] = second._numbers[:, 1] = 0.5  # the centre in the middle
    clockwise, other = fields.spiral(first, turn=1), fields.spiral(second, turn=-1)
    assert torch.allclose(clockwise, other.flip(2), atol=1e-3)
    assert not torch.allclose(clockwise, other, atol=0.5)


@pytest.mark.parametrize(
    ("side", "touched", "free"),
    [
        ("top", np.s_[:, :, 0, :], np.s_[:, :, -1, :]),
        ("bottom", np.s_[:, :, -1, :], np.s_[:, :, 0, :]),
        ("left", np.s_[:, :, :, 0], np.s_[:, :, :, -1]),
        ("right", np.s_[:, :, :, -1], np.s_[:, :, :, 0]),
    ],
)
def test_bands_touch_their_side_alone(side, touched, free):
    drawn = fields.band(canvas(), side=side)
    assert bool((drawn[touched] == 1).all())
    assert bool((drawn[free] == 0).all())


def test_a_frame_touches_the_whole_border_and_a_corner_one_corner():
    frame = fields.frame(canvas())[:, 0]
    assert bool((frame[:, 0] == 1).all() and (frame[:, :, -1] == 1).all())
    assert float(frame[:, 32, 32].max()) == 0
    corner = fields.corner(canvas(40))[:, 0]
    at_corners = corner[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert torch.equal(at_corners.sum(1), torch.ones(40))
    assert bool((at_corners.sum(0) > 0).all())


def test_grain_repeats_a_value_over_a_block():
    c = canvas(30)
    block = (1 + 2 * c._numbers[:, 0]).floor()
    grey, coloured = fields.grain(canvas(30), channels=1), fields.grain(canvas(30), channels=3)
    assert set(block.tolist()) == {1, 2}
    for image in range(30):
        size = int(block[image])
        expected = c.normal[image, :, 5 // size, 9 // size] * 0.35 + 0.5
        assert torch.allclose(coloured[image, :, 5, 9], expected.clamp(0, 1))
        assert torch.allclose(grey[image, :, 5, 9], expected[:1].clamp(0, 1))
