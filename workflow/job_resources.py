"""What a job asks of a cluster: memory, time, a GPU. On one machine nothing of it counts.

The figures are measured ones with room to spare: the largest page of the book at laptop scale holds 2,000 MB.
"""

from __future__ import annotations

import math

from workflow import durations

MEMORY = {"smoke": 2000, "laptop": 3000, "paper": 8000}  # MB by scale
START = 10  # minutes that every job may take on top: starting on a busy node, a slow disk
ROOM = 5  # how many times longer than measured a job may take
UNKNOWN = 24 * 60  # minutes of a job that nobody has measured


def seconds(rule: str, scale: str) -> float | None:
    """How long a rule takes, as measured on two processor cores (``workflow/durations.json``); None if unknown."""
    return durations.read(durations.TABLE).get(scale, {}).get(rule)


def minutes(rule: str, scale: str, *, times: int = 1) -> int:
    """The minutes to ask for.

    rule: the rule's name.
    scale: how much is computed.
    times: how many runs the job makes, one after the other.
    """
    known = seconds(rule, scale)
    return UNKNOWN if known is None else math.ceil(START + ROOM * times * known / 60)


def gpu(device: str) -> dict[str, int]:
    """A GPU, if the build's device is one; ``auto`` asks for none and takes what the node has."""
    return {"gpu": 1} if device.startswith("cuda") else {}


def of(rule: str, scale: str, device: str) -> dict[str, int]:
    """The resources of a job of this rule."""
    return {"mem_mb": MEMORY[scale], "runtime": minutes(rule, scale), **gpu(device)}
