"""The network and the images that a page on large networks inspects: its parameters ``model`` and ``images``."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.data.images import AUTO, PATTERNS, in_words, open_images
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import Pretrained, load
from helpers.pages.parameters import Integer, ParameterError, ParameterType, String
from helpers.pages.runs import Run

# The parameters of every page on large networks, for :func:`helpers.pages.runs.start`.
PARAMETERS: dict[str, ParameterType] = {
    "model": String(),
    "images": String(),
    "layer": String(),
    "unit": Integer(-1, 100_000),
    "image": Integer(0, 1_000_000),
}


@dataclass(frozen=True, kw_only=True)
class LoadedInputs:
    """A network and the images that were drawn for it.

    loaded: the network with its weights and its preprocessing.
    source: the source from which :func:`open_images` gives more images.
    x: the images drawn, with colours from 0 to 1.
    """

    loaded: Pretrained
    source: str
    x: Float[Tensor, "image 3 row column"]

    @property
    def network(self) -> nn.Module:
        return self.loaded.network

    @property
    def prepare(self) -> Preprocessing:
        """The preprocessing that turns images into the network's input."""
        return self.loaded.preprocessing


def load_inputs(run: Run, *, count: int, every: int = 1) -> LoadedInputs:
    """Load a page's network and images, print what they are, and record them in the page's results.

    run: the run of the page. Its seed chooses the images. The images "auto" are procedural if the network was trained
    on such images or not at all.
    count: the number of images to draw.
    every: the parameter ``image`` counts every ``every``-th image only, beginning with the first.

    Raises BadInput for a network or images that cannot be had, and for an ``image`` beyond the last.
    """
    parameters = run.parameters
    loaded = load(parameters["model"], device=run.device)
    weights = loaded.weights
    own = parameters["images"] == AUTO and weights.source in ("embedded", "random")
    source = PATTERNS if own else parameters["images"]
    images = open_images(source, size=loaded.preprocessing.size).choose(count, seed=parameters["seed"])
    x = torch.cat([batch.x for batch in images.batches(64)]).to(run.device)
    limit = len(x[::every])
    if parameters["image"] >= limit:
        raise ParameterError(
            f"Parameter image is {parameters['image']}; allowed is a whole number from 0 to {limit - 1}."
        )
    run.record_input(
        "weights", loaded.name, f"{weights.source}: {weights.description}", list(loaded.network.parameters())
    )
    run.record_input("data", images.name, images.source, [images.identity()])
    print(f"{loaded.name} ({weights.source}: {weights.description})")
    named = f": {in_words(images.reasons)}" if images.reasons else ""
    print(f"{len(x)} images of {images.name}, {len(images.reasons)} skipped as unreadable{named}")
    return LoadedInputs(loaded=loaded, source=source, x=x)
