"""The two networks of the study's pages: the study's own VGG16, and the narrow one that is a control beside it.

A sentence of the study on ImageNet's VGG16 is judged on ImageNet's VGG16, or it is not testable on this machine. The
narrow VGG16 that comes with the book (a quarter of the units, trained on drawn images) is a control: does a finding
need those weights, that width, photographs?
"""

from __future__ import annotations

import torch

from helpers.data.images import PATTERNS, open_images
from helpers.hooks.layer_table import layers
from helpers.models.pretrained import Pretrained, load
from helpers.models.pretrained.studied import is_original_vgg16
from helpers.pages.inspected import LoadedInputs
from helpers.pages.runs import Run

STUDYS = "the study's VGG16"  # what pages and figures call the two networks
NARROW = "the narrow VGG16"
MISSING = "ImageNet's weights of VGG16"  # for ``run.claim(..., missing=MISSING)``


def is_studys(loaded: Pretrained) -> bool:
    """Whether this network has the values of the study's VGG16: those of the original training on ImageNet."""
    return is_original_vgg16(loaded)


def why_not_the_studys(loaded: Pretrained) -> str:
    """Why the claims of the study cannot be judged on this network, one sentence; "" if it is the study's."""
    if is_studys(loaded):
        return ""
    reasons = "; ".join(loaded.weights.passed)
    return (
        f"The network in use is not {STUDYS}, but another ({loaded.weights.description})"
        f"{f', because {reasons}' if reasons else ''}: what the study says of its network is not judged here."
    )


def is_narrow(loaded: Pretrained) -> bool:
    """Whether this is the narrow VGG16 that comes with the book."""
    return loaded.name == "vgg16" and loaded.weights.source == "embedded"


def narrow_inputs(run: Run, inspected: LoadedInputs, *, count: int) -> LoadedInputs:
    """The narrow VGG16 with ``count`` of the drawn images that it was not trained on; ``inspected`` if it is just this.

    Its layer is the study's layer 13, ``relu5_3``.
    """
    if is_narrow(inspected.loaded) and inspected.source == PATTERNS:
        return inspected
    loaded = load("vgg16", weights="embedded", device=run.device)
    size = loaded.preprocessing.size
    images = open_images(PATTERNS, size=size).choose(count, seed=run.parameters["seed"])
    x = torch.cat([part.x for part in images.batches(64, progress=False)]).to(run.device)
    run.record_input("weights", NARROW, loaded.weights.description, list(loaded.network.parameters()))
    run.record_input("data", f"{images.name} for {NARROW}", images.source, [images.identity()])
    layer = next(one for one in layers(loaded.network, size) if one.name == "relu5_3")
    batch = run.parameters.get("batch", len(x))
    return LoadedInputs(loaded=loaded, source=PATTERNS, x=x, shown=x, layer=layer, unit=None, batch=batch)
