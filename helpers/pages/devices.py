"""The parameter ``device`` of a page, and how a device is called."""

from __future__ import annotations

from typing import Any

import torch

from helpers.pages.parameters import ParameterError


class Device:
    """A parameter that is ``auto`` or names a device of this machine."""

    def check(self, name: str, value: Any) -> str:
        here = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
        if torch.backends.mps.is_available():
            here.append("mps")
        if value == "auto":
            return "cuda" if len(here) > 1 and here[1] == "cuda:0" else "cpu"
        if value == "cuda" and "cuda:0" in here:
            return "cuda"
        if value not in here:
            shown = f"the text {value!r}" if isinstance(value, str) else repr(value)
            raise ParameterError(f"Parameter {name} is {shown}; on this machine allowed is auto, {', '.join(here)}.")
        return str(value)


def name(device: torch.device) -> str:
    """What a device is called: the model of a GPU, else its type."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
