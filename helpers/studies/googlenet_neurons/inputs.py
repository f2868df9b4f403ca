"""The record of what a page looked at; apart from the subject itself, which stages use and which knows no runs."""

from __future__ import annotations

from helpers.data.images import Images
from helpers.pages.runs import Run
from helpers.studies.googlenet_neurons.subject import Subject


def record_inputs(run: Run, seen: Subject, images: Images | None = None) -> None:
    """Record the network's weights, and the images if there are any, with their digests, among the inputs of a run."""
    loaded = seen.loaded
    run.record_input("weights", loaded.name, loaded.weights.description, list(loaded.network.parameters()))
    if images is not None:
        run.record_input("data", images.name, images.source, [images.identity()])
