"""The networks and detectors of the studies, trained networks by name, and the files that keep them.

``models.load`` and ``models.layers`` are found here too. They are imported only when asked for, by a name that the
book's dependencies (``workflow.dependencies``) do not see: a page says ``from helpers.models.pretrained.loading import load``,
and is run again when that file changes, while pages without pretrained networks are not.
"""

import importlib
from typing import Any

_HOMES = {"load": "pretrained", "layers": "layer_table"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
