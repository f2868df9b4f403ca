"""All that page 3 of probing measures on one network: a gallery of images for each seed, sent back and measured."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn
from tqdm import tqdm

from helpers.attribution.contributions import contributions_refusal
from helpers.models.preprocessing import Preprocessing
from helpers.studies.probing import controls
from helpers.studies.probing.filter_table import BANK, DERIVATIVES, NOISE, tabulate_filters, tabulate_untrained
from helpers.studies.probing.reconstruction_table import per_seed, reconstruct, tabulate, tabulate_flow

FEW = (controls.OWN_TRUE, controls.OWN_RANDOM, controls.OTHER_RANDOM)  # what the central sentence needs


def measure(
    network: nn.Module,
    layer: str,
    images: Float[Tensor, "image colour row column"],
    prepare: Preprocessing,
    *,
    seeds: Sequence[int],
    sent: int,
    untrained: int = 0,
    deconvnet: bool = True,
    conditions: Collection[str] = controls.ALL,
) -> pd.DataFrame:
    """Every measure of every seed in one table (:mod:`reconstruction_table`, :mod:`filter_table`).

    images: with values from 0 to 1; seed number k has every ``len(seeds)``-th image, beginning with image k.
    sent: how many images of a seed are sent back. untrained: on how many the network with random weights is looked at.
    deconvnet, conditions: as for :func:`reconstruct`.
    """
    parts = []
    inputs, order = prepare(images), prepare.order
    chain = deconvnet and not contributions_refusal(network, layer, prepare.size)
    for k, seed in enumerate(tqdm(seeds, disable=None)):
        gallery = inputs[k :: len(seeds)]
        found = reconstruct(
            network, layer, gallery, count=sent, seed=seed, order=order, deconvnet=deconvnet, conditions=conditions
        )
        parts += [tabulate(found, seed=seed), tabulate_filters(found, seed=seed)]
        if chain:
            parts.append(tabulate_flow(found[:1], seed=seed))
        if untrained:
            parts.append(tabulate_untrained(network, layer, gallery, count=untrained, seed=seed, order=order))
    return pd.concat(parts)


def gradients(table: pd.DataFrame, condition: str) -> Float[Tensor, " seed"]:
    """How much of a condition's filters derivatives explain, from white noise (0) to sums of derivatives (1)."""
    noise, bank = (per_seed(table, one, DERIVATIVES) for one in (NOISE, BANK))
    found = per_seed(table, condition, DERIVATIVES)
    if not len(noise) == len(bank) == len(found):  # a seed without any filter
        return torch.full((0,), torch.nan)
    return (found - noise) / (bank - noise)


def kept(table: pd.DataFrame, measure: str) -> Float[Tensor, " seed"]:
    """Likeness with random weights less the middle between that with true weights and that with nothing of the image.

    Above 0 if random weights keep more than half.
    """
    own, nothing = (per_seed(table, one, measure) for one in (controls.OWN_TRUE, controls.OTHER_RANDOM))
    return per_seed(table, controls.OWN_RANDOM, measure) - (own + nothing) / 2
