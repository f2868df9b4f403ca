"""The record of what a page looked at; apart from the subject itself, which stages use and which knows no runs."""

from __future__ import annotations

from helpers.pages.runs import Run
from helpers.studies.conceptual_content.subject import Subject


def record_inputs(run: Run, seen: Subject) -> None:
    """Record the network's weights and the images, with their digests, among the inputs of a run."""
    loaded, images = seen.loaded, seen.images
    run.record_input("weights", loaded.name, loaded.weights.description, list(loaded.network.parameters()))
    run.record_input("data", images.name, images.source, [images.identity()])
