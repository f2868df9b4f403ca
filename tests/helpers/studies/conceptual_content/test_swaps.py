"""Swaps: what is pasted where, against loops over pixels; a whole patch keeps the response, half a patch does not."""

import torch

from helpers.hooks.layer_table import layers
from helpers.models.vgg import VGG16
from helpers.randomness import generator
from helpers.studies.conceptual_content.swaps import CONDITIONS, RIMS, SAME, middle, sources, swapped, uncut_places
from helpers.studies.conceptual_content.unit_swaps import ends

NETWORK = VGG16(width=0.05, last="relu3_3")
LISTED = {layer.name: layer for layer in layers(NETWORK, 64)}
LABELS = torch.arange(12) % 4
PICTURES = {k: torch.rand(3, 64, 64, generator=generator(k, "pictures")) for k in range(12)}


def places_of(layer, *, count=10):
    rows = torch.randint(3, layer.positions[0] - 3, (count, 2), generator=generator(0, "positions"))
    return uncut_places(layer, torch.arange(count), rows, LABELS)


def test_the_middle_of_a_patch():
    found = middle((10, 10), 0.5)
    assert found.sum() == 25 and found[2:7, 2:7].all()
    assert middle((3, 3), 0.25).nonzero().tolist() == [[1, 1]]


def test_places_at_the_border_and_fields_larger_than_the_image_are_left_out():
    layer = LISTED["relu2_1"]
    rows, columns = layer.positions
    everywhere = torch.cartesian_prod(torch.arange(rows), torch.arange(columns))
    labels = torch.zeros(len(everywhere)).long()
    found = uncut_places(layer, torch.arange(len(everywhere)), everywhere, labels)
    assert 0 < len(found) < len(everywhere) and all(each.window.height == each.window.width == 10 for each in found)
    number = torch.tensor([-1, 2])
    assert [each.image for each in uncut_places(layer, number, torch.tensor([[9, 9], [9, 9]]), LABELS)] == [2]
    small = {layer.name: layer for layer in layers(NETWORK, 32)}["relu3_3"]  # sees 40 pixels
    assert uncut_places(small, torch.arange(4), torch.full((4, 2), 4), LABELS) == []


def test_sources_have_the_classes_that_they_say():
    found = sources(places_of(LISTED["relu2_1"]), LABELS, count=6, random=generator(0, "sources"))
    assert len(found) == 6
    for swap in found:
        own = swap.own.label
        assert swap.other.label != own and swap.same.label == own and swap.same.image != swap.own.image
        assert swap.host != swap.filling and own not in LABELS[[swap.host, swap.filling]].tolist()
    alone = [each._replace(label=0) for each in places_of(LISTED["relu2_1"])]
    assert sources(alone, LABELS, count=6, random=generator(0, "sources")) == []


def test_a_swap_puts_every_pixel_where_it_says():
    layer = LISTED["relu2_1"]
    swap = sources(places_of(layer), LABELS, count=1, random=generator(0, "sources"))[0]
    found = swapped(PICTURES, swap)
    assert set(found) == set(CONDITIONS)
    at, rim = swap.own.window, swap.same.window
    image = found[f"own middle, rim of {SAME}"]
    for row in range(64):
        for column in range(64):
            inside = at.top <= row < at.bottom and at.left <= column < at.right
            centre = at.top + 2 <= row < at.top + 7 and at.left + 2 <= column < at.left + 7
            moved = PICTURES[swap.same.image][:, (rim.top + row - at.top) % 64, (rim.left + column - at.left) % 64]
            source = PICTURES[swap.own.image] if centre else PICTURES[swap.host]
            expected = moved if inside and not centre else source[:, row, column]
            assert torch.equal(image[:, row, column], expected)
    assert set(swapped(PICTURES, swap._replace(same=None))) == set(CONDITIONS) - set(RIMS)


@torch.no_grad()
def test_a_whole_patch_keeps_the_response_and_a_part_does_not():
    layer = LISTED["relu3_3"]
    swap = sources(places_of(layer), LABELS, count=1, random=generator(0, "sources"))[0]
    found = swapped(PICTURES, swap)
    x = torch.stack([PICTURES[swap.own.image], *found.values()])
    response = NETWORK(x)[:, :, swap.own.row, swap.own.column]
    torch.testing.assert_close(response[1], response[0])  # "whole" comes first
    changed = (response[2:] - response[0]).abs().amax(dim=1)
    assert bool((changed > 1e-4 * float(response[0].abs().max())).all())


def test_units_from_both_ends_of_the_degree():
    degree = torch.arange(12).double()
    degree[5] = torch.nan
    chosen = ends(degree, 2, generator(0, "ends"))
    assert len(chosen) == 4
    assert all(unit < 2 for single, unit in chosen if single) and all(unit > 9 for single, unit in chosen if not single)
