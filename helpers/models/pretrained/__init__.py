"""A trained network by its name, ready to be looked into. One door: :func:`load`."""

from helpers.models.pretrained.loading import load
from helpers.models.pretrained.networks import Pretrained

__all__ = ["Pretrained", "load"]
