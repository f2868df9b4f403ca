from itertools import pairwise

import numpy as np
import torch

from helpers.hooks.recording import record
from helpers.models.initialisation import he_normal_
from helpers.models.vgg import VGG16
from helpers.studies.probing.fields import of_known_field
from helpers.studies.probing.linear_regions import grows_exponentially, pieces_along_a_line


def test_pieces_against_a_loop():
    network = VGG16(width=0.03, last="relu5_3").eval()
    he_normal_(network, seed=0)
    listed = of_known_field(network, 64)
    start, end = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found = pieces_along_a_line(network, listed, start, end, points=6)
        states = []
        for share in np.linspace(0, 1, 6):
            with record(network, ["relu1_1", "relu1_2"], stop=True) as outputs:
                network(torch.lerp(start, end, float(share))[None])
            states.append([outputs[name][0] > 0 for name in ("relu1_1", "relu1_2")])
    assert found[0] == 1  # layer 1 is linear in the image
    # the unit of layer 3 at (16, 16) sees 10 x 10 pixels, behind a pooling: rows 28 to 37
    rows = slice(28, 38)
    flips = sum(int((a[layer] != b[layer])[:, rows, rows].sum()) for a, b in pairwise(states) for layer in (0, 1))
    assert listed[2].receptive_field.window(16, 16).slices == (slice(28, 38),) * 2
    assert found[2] == 1 + flips
    assert (np.diff(found) >= 0).all()


def test_exponential_or_power():
    number = np.arange(1, 14)
    assert grows_exponentially(np.round(3 * 2.0**number).astype(int))
    assert not grows_exponentially(number**3)
