import pytest
import torch
from torch.nn.functional import pad

from helpers.ascent.counted import stream
from helpers.ascent.errors import AscentError
from helpers.ascent.views import Drawn, Views


def smooth(size):
    """An image that changes little from pixel to pixel."""
    row, column = torch.meshgrid(torch.arange(size) / size, torch.arange(size) / size, indexing="ij")
    return torch.stack([(3 * row).sin(), (2 * column).cos(), row * column])[None]


def drawn(scale=1.0, degrees=0.0, first=(8, 8), second=(2, 2)):
    angle = torch.tensor([degrees]).deg2rad()
    return Drawn(torch.tensor([scale]), angle.cos(), angle.sin(), torch.tensor([first]), torch.tensor([second]))


def sampled(image, row, column, outside):
    """Bilinear, by hand."""
    value = torch.zeros(image.shape[0])
    for r in (int(row // 1), int(row // 1) + 1):
        for c in (int(column // 1), int(column // 1) + 1):
            inside = 0 <= r < image.shape[1] and 0 <= c < image.shape[2]
            value += (1 - abs(row - r)) * (1 - abs(column - c)) * (image[:, r, c] if inside else outside)
    return value


def one_after_the_other(image, views, what):
    """Pad, crop, scale about the middle, turn about the middle, crop: each resampling a loop over pixels."""
    x = pad(image[0], [views.pad] * 4, value=views.fill)
    row, column = what.first[0].tolist()
    side = x.shape[1] - views.jitter
    x = x[:, row : row + side, column : column + side]
    middle, pixels = (side - 1) / 2, range(side)
    scale, cosine, sine = what.scale.item(), what.cosine.item(), what.sine.item()
    for source in (
        lambda r, c: (r / scale, c / scale),
        lambda r, c: (cosine * r + sine * c, cosine * c - sine * r),
    ):
        moved = torch.zeros_like(x)
        for r in pixels:
            for c in pixels:
                down, across = source(r - middle, c - middle)
                moved[:, r, c] = sampled(x, down + middle, across + middle, views.fill)
        x = moved
    row, column = what.second[0].tolist()
    end = side - views.jitter_after
    return x[:, row : row + end, column : column + end]


def test_shifts_alone_are_crops_to_the_pixel():
    image = torch.rand(1, 3, 20, 20)
    seen = Views().look(image, drawn(first=(3, 7), second=(4, 1)))
    padded = pad(image, [16] * 4, value=0.5)
    torch.testing.assert_close(seen, padded[:, :, 7 : 7 + 40, 8 : 8 + 40], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("scale", "degrees"), [(0.9, 0.0), (1.1, 0.0), (1.0, 10.0), (0.94, -7.0), (1.08, 3.0)])
def test_one_resampling_is_the_steps_one_after_the_other_within_interpolation(scale, degrees):
    views = Views(pad=2, jitter=2, jitter_after=1)
    image, what = smooth(24), drawn(scale, degrees, first=(2, 0), second=(0, 1))
    seen = views.look(image, what)[0]
    expected = one_after_the_other(image, views, what)
    inside = (slice(None), slice(7, -7), slice(7, -7))  # at the border to the padding two resamplings blur twice
    torch.testing.assert_close(seen[inside], expected[inside], rtol=0, atol=4e-3)  # twice a bilinear resampling's error
    assert (seen - expected).abs().mean() < 0.02


def test_what_is_drawn_hangs_on_stream_start_and_step_alone():
    views = Views()
    streams = torch.tensor([stream(0, f"unit {unit}") for unit in range(9)])
    starts = torch.arange(9) % 2
    together = views.draw(streams, starts, 5)
    order = torch.tensor([4, 0, 8])
    for whole, part in zip(together, views.draw(streams[order], starts[order], 5), strict=True):
        assert torch.equal(whole[order], part)
    assert not torch.equal(together.first, views.draw(streams, starts, 6).first)
    many = views.draw(torch.tensor([stream(0, str(unit)) for unit in range(4000)]), torch.zeros(4000).long(), 0)
    assert set(many.first.flatten().tolist()) == set(range(9)) and set(many.second.flatten().tolist()) == set(range(5))
    assert sorted({round(each, 2) for each in many.scale.tolist()}) == [
        0.9,
        0.92,
        0.94,
        0.96,
        0.98,
        1,
        1.02,
        1.04,
        1.06,
        1.08,
        1.1,
    ]
    assert {round(each) for each in torch.atan2(many.sine, many.cosine).rad2deg().tolist()} == set(range(-10, 11))


def test_odd_transforms_are_refused():
    with pytest.raises(AscentError, match="scales"):
        Views(scales=(0.0,))
    with pytest.raises(AscentError, match="leave nothing"):
        Views(pad=0).size_of(12)
