"""What the exact filters of some units are like: no patch, alternating, sums of derivatives? (probing, section 3.1)

    table = tabulate_filters(found, seed=0)  # found: of reconstruction_table.reconstruct
    per_seed(table, EXACT, CENTROID)

Beside the filters stand what they are compared with: the image, white noise and sums of random derivatives with the
filters' envelope, and the filters of the same network with random weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.attribution.backward import GRADIENT, attribute
from helpers.attribution.forward_pass import forward
from helpers.hooks.windows import Window
from helpers.metrics.activations import strongest
from helpers.metrics.images import luminance, main_colour, relative_sum, spectral_centroid
from helpers.models.initialisation import randomised
from helpers.randomness import generator
from helpers.studies.probing.derivative_fit import between_noise_and_bank, envelope
from helpers.studies.probing.measures import as_colours, energy_box, largest_correlation, widened
from helpers.studies.probing.reconstruction_table import EXACT, Reconstruction, as_table, mean_of

# Conditions, beside EXACT.
IMAGE = "image"
NOISE = "white noise"
BANK = "derivatives"
UNTRAINED = "random weights"

# Measures of a seed: the mean over its filters.
PATCH = "likeness to its patch, shifted"
CENTROID = "centroid [cycles per pixel]"
RELATIVE_SUM = "relative sum"
DERIVATIVES = "explained by derivatives"


def tabulate_filters(found: Sequence[Reconstruction], *, seed: int) -> pd.DataFrame:
    """The exact filters of one seed's reconstructions, and their images, inside the box of the filters' energy."""
    if not found:
        return as_table([])
    filters = torch.cat([one.signals[EXACT] for one in found])  # (filter, channel, row, column)
    box = energy_box(filters)
    patches = torch.stack([one.patch[..., *box.slices] for one in found])
    rows = _of_filters(filters, box, seed=seed, condition=EXACT)
    own, of_noise = [], []
    for one in found:
        room = luminance(widened(one.patch, box))[None]
        planes = luminance(one.signals[EXACT][..., *box.slices])
        noise = torch.randn(planes.shape, generator=generator(seed, f"noise {one.image}")).to(planes)
        own.append(float(largest_correlation(planes, room).mean()))
        of_noise.append(float(largest_correlation(envelope(planes) * noise, room).mean()))
    rows += [(EXACT, PATCH, mean_of(own)), (NOISE, PATCH, mean_of(of_noise))]
    rows.append((IMAGE, CENTROID, float(spectral_centroid(patches).nanmean())))
    return as_table([(seed, None, *row) for row in rows])


def tabulate_untrained(
    network: nn.Module,
    layer: str,
    gallery: Float[Tensor, "image channel height width"],
    *,
    count: int,
    seed: int,
    order: str = "RGB",
) -> pd.DataFrame:
    """The exact filters of the network with random weights, each image's at its strongest activation.

    Without an activation on any image there is nothing to measure: not a number.
    """
    other = randomised(network, seed=seed)
    rows: list[tuple[str, str, float]] = []
    filters = []
    for image in gallery[:count]:
        run = forward(other, layer, image)
        position = strongest(run.activation)
        if run.activation[position.indices] > 0:
            back = attribute(run, GRADIENT, position=position.spatial, units=[position.unit]).full()
            filters.append(as_colours(back, order))
    if filters:
        planes = torch.cat(filters)
        rows = list(_of_filters(planes, energy_box(planes), seed=seed, condition=UNTRAINED))
    else:
        rows = [(UNTRAINED, measure, float("nan")) for measure in (RELATIVE_SUM, CENTROID, DERIVATIVES)]
    return as_table([(seed, None, *row) for row in rows if row[0] == UNTRAINED])


def _of_filters(filters: Tensor, box: Window, *, seed: int, condition: str) -> list[tuple[str, str, float]]:
    """What is told from filters alone, in the mean over them; of noise and sums of derivatives, too."""
    inside = filters[..., *box.slices]
    planes = main_colour(inside)  # (filter, row, column)
    noise, explained, bank = between_noise_and_bank(planes, seed=seed)
    form = envelope(luminance(filters))
    white = form * torch.randn(filters.shape, generator=generator(seed, "white noise")).to(filters)
    return [
        (NOISE, DERIVATIVES, noise),
        (condition, DERIVATIVES, explained),
        (BANK, DERIVATIVES, bank),
        (condition, CENTROID, float(spectral_centroid(inside).nanmean())),
        (condition, RELATIVE_SUM, float(relative_sum(filters).nanmean())),
        (NOISE, RELATIVE_SUM, float(relative_sum(white).nanmean())),
    ]
