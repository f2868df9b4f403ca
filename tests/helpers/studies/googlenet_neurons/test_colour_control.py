"""Images of random networks as the control of algorithm 3: joined over draws, and percentiles within layers."""

import pytest
import torch

from helpers.studies.googlenet_neurons.colour import peaks
from helpers.studies.googlenet_neurons.colour.sample import Sample
from helpers.studies.googlenet_neurons.colour.sample_of_random import sampled_of_random, wide
from helpers.studies.googlenet_neurons.columns.colour import COLUMNS, of_images
from helpers.studies.googlenet_neurons.subject import subject
from tests.helpers.studies.googlenet_neurons.test_optimisation_statements import made

READING = peaks.READINGS[peaks.MAIN]


@pytest.fixture(scope="module")
def seen():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HELPERS_ASSETS", raising=False)
        yield subject({"model": "googlenet", "layer": "mixed3a,mixed4a"})


def flat(*levels):
    """Images of one colour each: red has this level, green and blue have 0."""
    found = torch.zeros(len(levels), 2, 3, 4, 4, dtype=torch.uint8)
    found[:, :, 0] = torch.tensor(levels, dtype=torch.uint8)[:, None, None, None]
    return found


def test_all_draws_are_one_sample_layer_after_layer(seen):
    first, deep = (seen.places(seen.block(name).branches[1]).start for name in ("mixed3a", "mixed4a"))
    draws = {f"random_{k}": made([first + k, deep], size=16) for k in range(2)}
    found = sampled_of_random(seen, draws)
    assert found.place.tolist() == [first, first + 1, deep, deep] and found.layer.tolist() == [0, 0, 1, 1]
    assert torch.equal(found.images[0][1, 0], draws["random_1"].image[0, 0, 0])
    assert bool(wide(seen)[found.place].all()) and not bool(wide(seen)[0])
    nothing = sampled_of_random(seen, {})
    assert len(nothing.place) == 0 == len(nothing.scores(READING)) == len(nothing.chroma())


def test_percentiles_are_shares_of_smaller_values_in_the_same_layer(seen):
    sample = Sample(
        torch.tensor([3, 5, 300]), torch.tensor([3, 5, 44]), torch.tensor([0, 0, 1]), [flat(10, 40), flat(9)]
    )
    control = Sample(torch.arange(4), torch.arange(4), torch.zeros(4, dtype=torch.long), [flat(5, 10, 20, 30), flat()])
    found = of_images(seen, sample, control, READING)
    assert set(found) < set(COLUMNS) and all(len(each) == seen.units for each in found.values())
    assert found["image_chroma"][[3, 5, 300]].tolist() == [10, 40, 9]
    for name in ("image_chroma_percentile", "peak_spread_percentile"):
        assert found[name][[3, 5]].tolist() == [0.375, 1]  # 5 is smaller, 10 is equal
        assert bool(found[name][300].isnan()) and int((~found[name].isnan()).sum()) == 2
