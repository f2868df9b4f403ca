"""Responses of single units, the windows they see, and the ways below, on the small GoogLeNet of the project."""

import pytest
import torch

from helpers.data.images import PATTERNS, open_images
from helpers.hooks.receptive_fields import receptive_field
from helpers.hooks.recording import record
from helpers.randomness import generator
from helpers.studies.googlenet_neurons import ways
from helpers.studies.googlenet_neurons.block_windows import elsewhere, optimised_windows, role_windows
from helpers.studies.googlenet_neurons.features import EARLY, OBSERVERS, OWN, PIXELS, observed
from helpers.studies.googlenet_neurons.natural_extremes import (
    EXCITING,
    INHIBITING,
    batches_of,
    middling,
    place_of,
    responses,
    strongest,
)
from helpers.studies.googlenet_neurons.other_network import other_network
from helpers.studies.googlenet_neurons.sampled_units import Shown, places_of_figures
from helpers.studies.googlenet_neurons.subject import subject

SIZE = 64


@pytest.fixture(scope="module")
def seen():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HELPERS_ASSETS", raising=False)
        return subject({"model": "googlenet", "layer": "mixed3a,mixed3b"})


@pytest.fixture(scope="module")
def images():
    return open_images(PATTERNS, size=SIZE).choose(12, seed=0)


@pytest.fixture(scope="module")
def found(seen, images):
    places = [place_of(seen, block, number) for block in seen.blocks for number in (20, 30, 60)]
    return responses(seen, batches_of(images), reversed(places), images=len(images), size=SIZE)


def test_responses_are_those_before_the_relu_at_the_place_of_the_extreme(seen, images, found):
    x = torch.cat([x for x, _ in batches_of(images)])
    for row, place in enumerate(found.place.tolist()):
        branch = next(b for b in seen.branches if seen.places(b).start <= place < seen.places(b).stop)
        unit = place - seen.places(branch).start
        with torch.no_grad(), record(seen.loaded.network, [branch.convolution], stop=True) as outputs:
            seen.loaded.network(seen.loaded.preprocessing(x))
        maps = outputs[branch.convolution][:, unit]
        for way, expected in ((EXCITING, maps.amax((1, 2))), (INHIBITING, maps.amin((1, 2)))):
            torch.testing.assert_close(found.value[way, row], expected)
            at = found.at[way, row].long()
            torch.testing.assert_close(maps[range(len(maps)), at[:, 0], at[:, 1]], expected)


def test_windows_hold_what_a_unit_sees(seen, found):
    row = found.rows(found.place[:3])
    images = torch.tensor([[0, 5], [1, 5], [2, 0]])
    both = role_windows(seen, found, row, {"a": images, "b": images.flip(1)}, size=SIZE)
    assert len(both.windows) == 6  # an image in two roles is one window
    assert torch.equal(both.role["a"], both.role["b"].flip(1))
    for k, place in enumerate(found.place[:3].tolist()):
        branch = next(b for b in seen.branches if seen.places(b).start <= place < seen.places(b).stop)
        field = receptive_field(seen.loaded.network, branch.convolution, size=SIZE)
        for j, image in enumerate(images[k].tolist()):
            window = field.window(*found.at[EXCITING, k, image].tolist())
            top, left = both.windows.corner[both.role["a"][k, j]].tolist()
            side = int(both.windows.side[both.role["a"][k, j]])
            assert top <= window.top and left <= window.left
            assert top + side >= window.bottom and left + side >= window.right
    away = elsewhere(both.windows, size=SIZE, generator=generator(0, "away"))
    assert torch.equal(away.image, both.windows.image) and (away.corner + away.side[:, None] <= SIZE).all()


def test_orders_of_images():
    value = torch.tensor([[3.0, 1.0, torch.nan, 5.0, 2.0, 4.0]])
    every = torch.ones(6, dtype=torch.bool)
    some = torch.tensor([True, True, True, False, True, True])
    assert strongest(value, every, 2).tolist() == [[3, 5]]
    assert strongest(value, some, 2).tolist() == [[5, 0]]
    assert strongest(value, every, 2, direction=INHIBITING).tolist() == [[1, 4]]
    assert middling(value, every, 1).tolist() == [[0]]


def test_what_observers_see(seen, images, found):
    block = seen.blocks[0]
    row = found.rows(found.place[:2])
    both = role_windows(seen, found, row, {"a": torch.tensor([[0], [3]])}, size=SIZE)
    other = other_network(seen.loaded)
    assert other.loaded.name != seen.loaded.name and other.loaded.weights.source == "embedded"
    looked = observed(seen, other, lambda: batches_of(images), both.windows, {block.name: torch.arange(2)}, size=SIZE)
    features = looked[block.name]
    assert set(features) == set(OBSERVERS) and not any(each.isnan().any() for each in features.values())
    assert features[PIXELS].shape == (2, 192) and features[OWN].shape == (2, block.units)
    assert features[EARLY].shape[1] == seen.loaded.network.conv2d2_pre_relu.out_channels


def test_optimised_images_have_a_window_for_each_end(seen):
    place = torch.tensor([20, 30])
    drawn = Shown(seen.blocks[0], place, torch.rand(2, 2, 3, SIZE, SIZE, generator=generator(0, "images")))
    windows = optimised_windows(seen, drawn)
    assert windows.image.tolist() == [0, 1, 2, 3] and (windows.corner + windows.side[:, None] <= SIZE).all()


def test_layers_below_and_their_shares(seen, found):
    assert ways.layers_below(seen) == ["maxpool1", "mixed3a"]
    assert ways.below(seen, "mixed3a") == ["maxpool1"] and ways.below(seen, "mixed3b") == ["maxpool1", "mixed3a"]
    role = ways.roles(found, torch.arange(3))
    assert (role["known"] % 2 == 0).all() and (role[ways.NATURAL] % 2 == 1).all()
    vectors = torch.randn(30, 8, generator=generator(0, "features"))
    index = {name: torch.arange(3)[:, None] * 2 + k for k, name in enumerate(("known", ways.NATURAL, ways.MIDDLING))}
    table = ways.shares(vectors, index | {ways.NATURAL: index["known"]}, vectors[:3])
    assert (table[ways.KINDS.index(ways.NATURAL)] == 1).all()  # the same images match best


def test_units_of_figures(seen):
    assert all(place < seen.units for place in places_of_figures(seen))
