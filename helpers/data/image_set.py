"""A choice of images that can be written down: of which source, how many, and how large."""

from __future__ import annotations

from typing import NamedTuple

from helpers.data.images import Images, open_images


class ImageSet(NamedTuple):
    """Images of a source, ``each`` of a class, ``size`` × ``size`` pixels; ``cut``: only the middle ones of them.

    most: no more than so many of all, spread evenly.
    """

    source: str
    each: int
    size: int
    cut: int | None = None
    most: int | None = None

    def open(self, seed: int) -> Images:
        """The images; the seed says which of a class, and of all, are taken."""
        images = open_images(self.source, size=self.cut or self.size, shorter_side=self.size)
        images = images.of_each_class(self.each, seed=seed)
        return images if self.most is None else images.choose(self.most, seed=seed)
