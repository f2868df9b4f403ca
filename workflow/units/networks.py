"""The networks of the book in the unit explorer: the folder of each, from what was made and what pages found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from helpers.models.pretrained import Pretrained
from helpers.models.pretrained.studied import is_inception_v1, is_original_vgg16
from helpers.pages import results as results_file
from helpers.pages import sources
from workflow import unit_files
from workflow.scorecard import records
from workflow.scorecard.records import Results
from workflow.units import blocks, climbing, folder, looking, making, staged
from workflow.units.layers import traced, unit_layers
from workflow.units.naming import naming

TITLES = {"googlenet": "GoogLeNet (Inception V1)", "vgg16": "VGG16", "squeezenet1_1": "SqueezeNet 1.1"}
NARROW = {"googlenet": "Narrow GoogLeNet", "vgg16": "Narrow VGG16"}


def write(name: str, target: Path, *, build: Path, like: str, scale: str, device: str, thumbnails: str) -> None:
    """Write the folder of a network; an empty one where the network is not here.

    build: contains what :mod:`workflow.units.making` made, and the results of the pages.
    like: the page whose parameters are those of the stage of optimised images.
    """
    looked, climbed = making.files(name, build / making.STAGES)
    here = making.found(name) if looked.stat().st_size else None
    if here is None:
        target.mkdir(parents=True, exist_ok=True)
        return
    loaded = here.loaded
    kept = looking.read(looked)
    layers = unit_layers(loaded, traced(loaded.network), kept.opened().size)
    if name != making.STAGED:
        images = climbing.read(climbed)
    else:
        images = staged.from_stage(like, layers, build=build, scale=scale, device=device)
    pages = _pages(build / "results")
    studied = is_inception_v1(loaded) or is_original_vgg16(loaded)
    given = folder.Given(
        name=name,
        title=title(name, loaded),
        loaded=loaded,
        looked=kept,
        climbed=images,
        table=unit_files.joined(pages, build / "results"),
        claims=naming(_claims(pages, name), layers, blocks.of(loaded)) if studied else {},
        thumbnails=thumbnails,
        scale=scale,
    )
    folder.write(given, target)


def title(name: str, loaded: Pretrained) -> str:
    """What readers call a network of the book."""
    return (NARROW if loaded.weights.source == "embedded" else TITLES)[making.NARROW.get(name, name)]


@cache  # they are the same for all networks
def _pages(folder: Path) -> list[Results]:
    """What those pages measured that look at a network by its name."""
    looking_at = [page.name for page in sources.every() if "model" in page.defaults]
    paths = [folder / name / "results.json" for name in looking_at]
    return [results_file.read(path) for path in paths if path.is_file()]


def _claims(pages: Iterable[Mapping[str, Any]], network: str) -> list[dict[str, Any]]:
    """The claims of the pages that look at a network."""
    own = [page for page in pages if page["parameters"].get("model") == network]
    return [claim for page in own for claim in records.reported("", dict(page), {}).claims]
