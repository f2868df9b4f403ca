"""Objects that pass for those of a class, where a test needs a few of its attributes."""

from unittest.mock import Mock


def posing(kind, **attributes):
    """What passes for an object of this class, with these attributes alone."""
    made = Mock(spec=kind)
    for name, value in attributes.items():
        setattr(made, name, value)
    return made
