"""What figures show and say of the images in use.

ImageNet's photographs may be computed with, and not be copied into a published book; in a run of one's own they are
shown as small pictures. Procedural patterns and the photographs that come with libraries may be shown anywhere.
"""

from __future__ import annotations

from helpers.data.images import Images
from helpers.studies.conceptual_content.subject import Subject

_FREE = ("drawn by this project", "scikit-image and scikit-learn")  # sources that may be published


def are_shown(images: Images, thumbnails: str) -> bool:
    """Whether figures may show these images, for a page's parameter ``thumbnails``: "no" in a build for publication."""
    return thumbnails == "yes" or images.source.startswith(_FREE)


def network_and_images(seen: Subject) -> str:
    """The network and the images in use, for the captions of figures: procedural patterns are said to be such."""
    return f"{seen.called} on {in_use(seen.images)}"


def in_use(images: Images) -> str:
    """The number and the name of images; drawn ones are said to be no photographs."""
    if images.source.startswith(_FREE[0]):
        return f"{len(images)} procedural patterns (no photographs)"
    return f"{len(images)} images of {images.name}"
