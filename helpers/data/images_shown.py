"""Which images figures may show.

ImageNet's photographs may be computed with, and not be copied into a published book; in a run of one's own they are
shown as small pictures. Procedural patterns and the photographs that come with libraries may be shown anywhere.
"""

from __future__ import annotations

from helpers.data.images import Images

DRAWN = "drawn by this project"  # how the source of procedural patterns begins
_FREE = (DRAWN, "scikit-image and scikit-learn")  # sources that may be published


def are_shown(images: Images, thumbnails: str) -> bool:
    """Whether figures may show these images, for a page's parameter ``thumbnails``: "no" in a build for publication."""
    return thumbnails == "yes" or images.source.startswith(_FREE)
