"""The columns of page 6: percentiles among random signs and among random networks, as loops count them."""

import numpy as np
import torch

from helpers.data.images import PATTERNS, open_images
from helpers.studies.googlenet_neurons.columns.kernel_patterns import COLUMNS, values
from helpers.studies.googlenet_neurons.directions import coherence, of_kernels
from helpers.studies.googlenet_neurons.kernel_match import matches
from helpers.studies.googlenet_neurons.kernel_patterns import patterns
from helpers.studies.googlenet_neurons.kernel_statements import shares
from helpers.studies.googlenet_neurons.kernels import averaged, rank_one
from helpers.studies.googlenet_neurons.subject import subject

SEEN = subject({"model": "googlenet", "layer": "mixed3a_1x1,mixed3a_3x3"})


def test_percentiles_stand_beside_their_measures():
    images = open_images(PATTERNS, size=48).choose(6, seed=0)
    found = matches(SEEN, patterns(SEEN, images, torch.device("cpu")), seed=0)
    random, held = [SEEN.with_random_weights(draw) for draw in (0, 1)], shares(SEEN, seed=0)
    columns = values(SEEN, found, random, held)
    assert columns.keys() == COLUMNS.keys()
    (branch,) = SEEN.kernel_sets()
    where = SEEN.places(branch)
    assert all(bool(each[: where.start].isnan().all()) for each in columns.values())  # kernels of 1×1
    null = held[branch.convolution]["random signs"].numpy()
    drawn = torch.cat([other.weights(branch) for other in random])
    controls = {
        "average_share": null,
        "rank_one_share": rank_one(drawn)[2].numpy(),
        "kernel_coherence": coherence(of_kernels(averaged(drawn))).numpy(),
    }
    for name, control in controls.items():
        own, share = columns[name][where].numpy(), columns[f"{name}_percentile"][where].numpy()
        for k in (0, len(own) - 1):
            expected = np.mean(control < own[k]) + 0.5 * np.mean(control == own[k])
            np.testing.assert_allclose(share[k], expected, atol=1e-6)
