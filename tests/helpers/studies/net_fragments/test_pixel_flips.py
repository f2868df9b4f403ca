import itertools

import pytest
import torch

from helpers.studies.net_fragments import pixel_flips
from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.networks import FragmentNetworks


def test_pixel_sets_are_all_of_them():
    assert torch.equal(pixel_flips.pixel_sets(1).flatten(1), torch.eye(81))
    pairs = [tuple(mask.nonzero().flatten().tolist()) for mask in pixel_flips.pixel_sets(2).flatten(1)]
    assert pairs == list(itertools.combinations(range(81), 2))


def test_more_pixels_are_refused():
    with pytest.raises(ValueError, match="count = 3 is not searched; allowed is 1 or 2 pixels"):
        pixel_flips.pixel_sets(3)


def test_flipped_toggles_exactly_the_set():
    for mask, image in zip(
        pixel_flips.pixel_sets(1), pixel_flips.flipped(digits()[5], pixel_flips.pixel_sets(1)), strict=True
    ):
        assert torch.equal(image != digits()[5], mask.bool())


def test_search_equals_a_loop_over_pixels():
    networks = FragmentNetworks(9, seeds=[0, 1])
    networks.layers["classes"].weight.mul_(20)  # untrained networks answer one class for all; spread their answers
    found = pixel_flips.search(networks)
    before = networks.predict(digits())
    for digit in (0, 5):
        expected = {name: [False, False] for name in ("single", "single_still_nearest", "pair", "pair_still_nearest")}
        weakest = [-1, -1]
        singles = [(k,) for k in range(81)]
        for pixels in [*singles, *itertools.combinations(range(81), 2)]:
            image = digits()[digit].flatten().clone()
            for pixel in pixels:
                image[pixel] = 1 - image[pixel]
            distance = [(image != other.flatten()).sum().item() for other in digits()]
            fair = all(distance[digit] < d for k, d in enumerate(distance) if k != digit)
            after = networks.predict(image.view(1, 9, 9))[:, 0]
            name = "single" if len(pixels) == 1 else "pair"
            for seed in range(2):
                if after[seed] != before[seed, digit]:
                    expected[name][seed] = True
                    expected[f"{name}_still_nearest"][seed] |= fair
                    if name == "single" and weakest[seed] == -1:
                        weakest[seed] = pixels[0]
        for name, values in expected.items():
            assert getattr(found, name)[:, digit].tolist() == values, name
        assert found.weakest[:, digit].tolist() == weakest
    assert found.single.any()
    assert not found.single.all() or not found.single_still_nearest.all()
