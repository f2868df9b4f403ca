"""A trained network by its name, ready to be looked into. One door: :func:`load`."""

from helpers.models.pretrained.loading import Pretrained, load

__all__ = ["Pretrained", "load"]
