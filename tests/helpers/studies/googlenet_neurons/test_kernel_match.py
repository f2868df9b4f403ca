"""Windows, input maps and pairs are those of loops over images, places and units."""

import numpy as np
import pytest
import torch
from torch.nn.functional import pad

from helpers.data.images import PATTERNS, open_images
from helpers.hooks.layer_table import layers
from helpers.hooks.recording import record
from helpers.studies.googlenet_neurons.kernel_match import (
    AVERAGE,
    CONTRAST,
    INPUT,
    RANK_ONE,
    SHUFFLED,
    matches,
    together,
)
from helpers.studies.googlenet_neurons.kernel_patterns import (
    STRONGEST,
    WEAKEST,
    _reads_padding,
    in_middle,
    patterns,
    places_of,
    without_ring,
)
from helpers.studies.googlenet_neurons.kernel_statements import (
    against_random,
    best_twentieth,
    by_depth,
    in_order,
    known,
    own_and_others,
    with_floor,
    without_floor,
)
from helpers.studies.googlenet_neurons.kernel_windows import Span, colour_windows, span_of, windows
from helpers.studies.googlenet_neurons.own_and_other import all_pairs, found_first, others, own, ranks
from helpers.studies.googlenet_neurons.subject import subject

RANDOM = torch.Generator().manual_seed(0)
SEEN = subject({"model": "googlenet", "layer": "mixed3a_3x3,mixed3a_5x5"})
IMAGES = open_images(PATTERNS, size=48).choose(12, seed=0)


@pytest.fixture(scope="module")
def found():
    return patterns(SEEN, IMAGES, torch.device("cpu"))


def test_the_strongest_images_and_what_lies_under_the_kernel(found):
    branch, network = SEEN.kernel_sets()[0], SEEN.loaded.network
    x = next(iter(IMAGES.batches(12, progress=False))).x
    with torch.no_grad(), record(network, [branch.convolution, f"{branch.layer}_bottleneck"]) as outputs:
        network(SEEN.loaded.preprocessing(x))
    response, read = outputs[branch.convolution], outputs[f"{branch.layer}_bottleneck"].mean(dim=1)
    for unit in (0, 17):
        strongest = sorted(range(12), key=lambda k: -float(response[k, unit].max()))[:4]
        weakest = sorted(range(12), key=lambda k: float(response[k, unit].min()))[:4]
        assert found.image[unit, STRONGEST].tolist() == strongest and found.image[unit, WEAKEST].tolist() == weakest
        under = []
        for k in strongest:
            row, column = divmod(int(response[k, unit].argmax()), response.shape[3])
            under.append(pad(read[k], (1, 1, 1, 1))[row : row + 3, column : column + 3])
        mine = without_ring(found.input[unit, STRONGEST], (3, 3))
        torch.testing.assert_close(mine, torch.stack(under).mean(0), atol=1e-5, rtol=1e-4)
    assert len(found.unit) == sum(b.units for b in SEEN.kernel_sets()) and not found.harmonics.isnan().any()


def test_places_without_padding():
    outside = _reads_padding(torch.nn.Conv2d(1, 1, 5, padding=2), (7, 7))
    expected = torch.ones(7, 7, dtype=torch.bool)
    expected[2:5, 2:5] = False
    assert torch.equal(outside, expected) and not _reads_padding(torch.nn.Conv2d(1, 1, 3), (4, 4)).any()
    kept = patterns(SEEN, IMAGES, torch.device("cpu"), inside=True)
    three, five = (kept.position[where] for where in places_of(SEEN.kernel_sets()).values())
    assert (three.min(), three.max(), five.min(), five.max()) == (1, 4, 2, 3)  # of 6 × 6 positions


def test_a_window_is_the_part_that_the_kernel_spans():
    branch = SEEN.kernel_sets()[0]
    layer = {each.name: each for each in layers(SEEN.loaded.network, 64)}[branch.convolution]
    span = span_of(layer, rows=3)
    assert span.side == 24 and span.jump == (8, 8)
    light = torch.randint(256, (2, 64, 64), generator=RANDOM, dtype=torch.uint8)
    position = torch.tensor([[4, 3], [0, 7]])
    inside = windows(light, torch.tensor([1, 0]), position, span)
    field = layer.receptive_field.window(4, 3)
    middle = (field.top + field.bottom - 1) / 2, (field.left + field.right - 1) / 2
    top, left = (int(each - 11) for each in middle)
    torch.testing.assert_close(inside.light[0], light[1, top : top + 24, left : left + 24].float() / 255)
    values = light[1].numpy().astype(float) / 255
    steep = np.hypot(*(each[top : top + 24, left : left + 24] for each in np.gradient(values)))
    np.testing.assert_allclose(inside.contrast[0], steep, atol=1e-5)
    colours = light[:, None].expand(-1, 3, -1, -1)
    shown = colour_windows(colours, torch.tensor([1]), position[:1], span, side=24)
    torch.testing.assert_close(shown[0, 2], inside.light[0])


def test_wide_windows_are_taken_from_smaller_images():
    light = torch.arange(64, dtype=torch.uint8).expand(64, 64)[None] * 2
    inside = windows(light, torch.tensor([0]), torch.tensor([[1, 1]]), Span((15.5, 15.5), (16.0, 16.0), 48))
    assert inside.light.shape == (1, 24, 24)
    assert float(inside.light.mean()) * 255 == pytest.approx(2 * 31.5, abs=1.5)


def test_pairs():
    a, b = torch.randn(5, 3, 3, generator=RANDOM), torch.randn(5, 3, 3, generator=RANDOM)
    pairs = all_pairs(a, b)
    expected = np.array([[np.corrcoef(p.flatten(), q.flatten())[0, 1] for q in b] for p in a])
    np.testing.assert_allclose(pairs, expected, atol=1e-5)
    assert own(pairs) == pytest.approx(np.mean([expected[i, i] for i in range(5)]), abs=1e-5)
    apart = [expected[i, j] for i in range(5) for j in range(5) if i != j]
    assert others(pairs) == pytest.approx(np.mean(apart), abs=1e-5)
    below = [np.mean([expected[j, i] < expected[i, i] for j in range(5) if j != i]) for i in range(5)]
    np.testing.assert_allclose(ranks(pairs), below)
    assert found_first(pairs) == np.mean([expected[:, i].argmax() == i for i in range(5)])


def test_kernels_that_are_their_patterns_are_found(found):
    first, second = matches(SEEN, found, seed=0)
    assert first.branch.size == (3, 3) and second.kernels[AVERAGE].shape[1:] == (5, 5)
    for each in (first, second):
        sorted_points = [each.kernels[name].flatten(1).sort(dim=1).values for name in (AVERAGE, SHUFFLED)]
        torch.testing.assert_close(*sorted_points)
        same = all_pairs(each.kernels[AVERAGE], each.kernels[AVERAGE])
        assert found_first(same) == 1 and float(ranks(same).min()) == 1
    beside, plain = with_floor([first, second], []), without_floor([first, second], [])
    mine, permuted = own_and_others([first, second], lambda match: match.pairs(INPUT))
    assert beside["beyond.kernels.input-maps"] == (mine, permuted) and beside["abstract.optimised"] == ([], [])
    assert len(plain["beyond.kernels.identified"]) == 2 and by_depth([first, second]).keys() == {"1"}


def test_draws_of_random_networks_are_averaged_or_taken_together(found):
    both = matches(SEEN, found, seed=0)
    same = against_random(both, [both, both], both, both)
    for values in same.values():
        np.testing.assert_allclose(values["random"], values["trained"])
    first = both[0].pairs(CONTRAST)
    gain = own(first) - others(first)
    assert same["control.kernels.random-optimised"]["trained"][0] == pytest.approx(gain)
    assert same["control.kernels.random-found"]["random"][0] == best_twentieth(both[0])
    missing = against_random(both, [both[:1]], both, [])
    assert np.isnan(missing["control.kernels.random-input"]["random"]).tolist() == [False, True]
    assert {name: len(each) for name, each in known(missing["control.kernels.random-input"]).items()} == {
        "random": 1,
        "trained": 1,
    }
    pooled = together([both, both])
    assert [match.branch for match in pooled] == [match.branch for match in both]
    units = len(both[0].unit)
    torch.testing.assert_close(pooled[0].pairs(CONTRAST)[:units, units:], first)


def test_kinds_of_kernels_are_compared_by_how_often_they_are_found(found):
    both = matches(SEEN, found, seed=0)
    values = in_order(both)["beyond.kernels.rank-one-found"]
    for name, kernel in (("average", AVERAGE), ("rank one", RANK_ONE)):
        expected = [found_first(match.pairs(CONTRAST, kernel)) * len(match.unit) for match in both]
        assert values[name] == expected


def test_a_ring_comes_off_as_it_was_put_on():
    pictures = torch.randn(2, 3, 5, generator=RANDOM)
    assert torch.equal(without_ring(in_middle(pictures, 7), (3, 5)), pictures)
    assert bool(in_middle(pictures, 7)[:, 0].isnan().all())
