import itertools

import pytest
import torch

from helpers.studies.net_fragments import digits as data

# Drawn by hand, so that the composition from lines is checked against something that eyes can check.
DRAWN = {
    4: """
    .........
    ..#..#...
    ..#..#...
    ..#..#...
    ..####...
    .....#...
    .....#...
    .....#...
    .........
    """,
    1: """
    .........
    ......#..
    ......#..
    ......#..
    ......#..
    ......#..
    ......#..
    ......#..
    .........
    """,
    9: """
    .........
    ..####...
    ..#..#...
    ..#..#...
    ..####...
    .....#...
    .....#...
    ..####...
    .........
    """,
}


@pytest.mark.parametrize("digit", DRAWN)
def test_digits_are_those_drawn_by_hand(digit):
    drawn = [[character == "#" for character in row] for row in DRAWN[digit].split()]
    assert torch.equal(data.digits()[digit], torch.tensor(drawn).float())


def test_ten_different_binary_images():
    images = data.digits()
    assert images.shape == (10, 9, 9)
    assert set(images.unique().tolist()) == {0, 1}
    assert len({tuple(image.flatten().tolist()) for image in images}) == 10


@pytest.mark.parametrize("pair", [(5, 6), (8, 9), (0, 8), (3, 9)])
def test_pairs_that_differ_in_two_pixels(pair):
    a, b = data.digits()[list(pair)]
    assert (a != b).sum() == 2
    assert pair in data.TWO_PIXELS_APART


@pytest.mark.parametrize(("part", "whole"), [(7, 3), (3, 9), (9, 8)])
def test_digits_contained_in_digits(part, whole):
    images = data.digits()
    assert data.contained(images[part], images[whole])
    assert not data.contained(images[whole], images[part])


def test_one_and_four_have_nothing_in_common():
    assert not (data.presence()[1] & data.presence()[4]).any()
    assert not (data.digits()[1] * data.digits()[4]).any()


def test_every_line_is_used_and_appears_only_where_it_is_drawn():
    assert data.presence().any(dim=0).all()
    for present in data.compositions():
        (image,) = data.compose(present[None])
        seen = [data.contained(line, image) for line in data.lines()]
        assert seen == present.tolist()


def test_compose_is_the_union_pixel_by_pixel():
    torch.manual_seed(0)
    present = torch.rand(20, 9) < 0.4
    for image, row in zip(data.compose(present), present, strict=True):
        for y, x in itertools.product(range(9), range(9)):
            assert image[y, x] == any(data.lines()[k, y, x] for k in range(9) if row[k])


def test_compositions_are_all_sets():
    assert len({tuple(row) for row in data.compositions().tolist()}) == 512
    assert not data.compositions()[0].any()


def test_pairs_of_lines():
    present = data.presence()
    pairs = data.line_pairs(present)
    expected = [[bool(row[a] and row[b]) for a, b in itertools.combinations(range(9), 2)] for row in present]
    assert pairs.tolist() == expected


def test_levels_of_nine_are_unions_of_the_level_below():
    levels = data.levels_of_nine()
    assert [len(level) for level in levels] == [6, 3, 2, 1]
    for below, level in itertools.pairwise(levels):
        for fragment in level:
            parts = [part for part in below if not (part & ~fragment).any()]
            assert torch.equal(torch.stack(parts).any(0), fragment)
    images = data.digits()
    assert torch.equal(data.compose(levels[1])[0], images[7])
    assert torch.equal(data.compose(levels[2])[0], images[3])
    assert torch.equal(data.compose(levels[3])[0], images[9])


def test_distances_count_pixels():
    images = data.digits()
    expected = [[int((a != b).sum()) for b in images] for a in images]
    assert data.distances(images).tolist() == expected


def test_a_good_image_is_taken_as_it_is():
    assert torch.equal(data.checked(data.digits()[3].int().tolist()), data.digits()[3])


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (torch.zeros(8, 9), "An image is 9 x 9 pixels; this one is 8 x 9."),
        (torch.tensor(1.0), "An image is 9 x 9 pixels; this one is a single number."),
        (torch.full((9, 9), 0.5), "A pixel is 0 or 1; this image holds 0.5."),
        (torch.full((9, 9), torch.nan), "A pixel is 0 or 1; this image holds nan."),
        ([[0] * 9] * 8 + [[0] * 8], "An image has 9 rows of 9 numbers; these rows differ in length"),
    ],
)
def test_an_image_that_cannot_be_one_is_refused_in_one_sentence(image, sentence):
    with pytest.raises(data.ImageError, match=sentence):
        data.checked(image)


def test_open_lines_share_no_pixel_and_do_not_touch():
    maps = data.lines("open")
    assert maps.sum(0).max() == 1
    padded = torch.nn.functional.max_pool2d(maps[:, None], 3, stride=1, padding=1)[:, 0]
    corners = (padded.flatten(1) @ maps.flatten(1).T).fill_diagonal_(0)
    vertical = maps.any(1).sum(1) == 1
    assert not corners[vertical][:, vertical].any()  # a line's end meets another's at most across a corner


def test_an_unknown_layout():
    with pytest.raises(data.ImageError, match="no layout 'round' of the lines; there are closed and open"):
        data.digits("round")
