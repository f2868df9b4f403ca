"""What an ascent of many units has found so far: it can be written to a file at any step, and gone on with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Bool, Float, Int, UInt8
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from helpers.ascent.unit_jobs import Jobs, Setting
from helpers.atomic_files import atomic_write

_RUNNING = ("members", "numbers", "mean", "square", "step")


@dataclass
class Progress:
    """Of all jobs; what belongs to jobs that are not done is 0.

    image: from 0 to 255, after each number of steps in ``Setting.kept``.
    score: what the image climbs on, of the image without transforms; ``first`` of the start.
    peak: the unit's largest response to it over all positions, or the smallest.
    history: what the images climbed on before each step, of the transformed image.
    restarts: how often the job began anew; ``dead`` where it never climbed.
    batch: images at once, by layer; 0 where that is not measured yet.
    running: the batch that is under way: its jobs, their numbers, Adam's memory and the number of steps taken.
    """

    image: UInt8[Tensor, "job look 3 row column"]
    score: Float[Tensor, "job look"]
    peak: Float[Tensor, "job look"]
    first: Float[Tensor, " job"]
    history: Float[Tensor, "job step"]
    restarts: Int[Tensor, " job"]
    dead: Bool[Tensor, " job"]
    done: Bool[Tensor, " job"]
    batch: Int[Tensor, " layer"]
    running: dict[str, Tensor] = field(default_factory=dict)

    @classmethod
    def begun(cls, jobs: Jobs, setting: Setting) -> Progress:
        """Nothing found yet."""
        count, looks = len(jobs.unit), len(setting.kept)
        return cls(
            image=torch.zeros(count, looks, 3, setting.size, setting.size, dtype=torch.uint8),
            score=torch.zeros(count, looks),
            peak=torch.zeros(count, looks),
            first=torch.zeros(count),
            history=torch.zeros(count, setting.steps),
            restarts=torch.zeros(count, dtype=torch.long),
            dead=torch.zeros(count, dtype=torch.bool),
            done=torch.zeros(count, dtype=torch.bool),
            batch=torch.zeros(len(jobs.layers), dtype=torch.long),
        )

    def save(self, path: Path, about: dict[str, Any]) -> None:
        """Write all to a file, which then goes by what it is ``about`` (plain JSON values)."""
        found = {name: tensor for name, tensor in vars(self).items() if name != "running"}
        tensors = {**found, **{f"running.{name}": each.detach() for name, each in self.running.items()}}
        with atomic_write(path) as partial:
            save_file(
                {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, partial, {"about": _text(about)}
            )

    @classmethod
    def read(cls, path: Path, about: dict[str, Any]) -> Progress | None:
        """What a file holds; None if there is none, or one of something else, or a damaged one."""
        try:
            with safe_open(path, "pt") as file:
                if (file.metadata() or {}).get("about") != _text(about):
                    return None
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
        except (OSError, SafetensorError):
            return None
        running = {name: tensors.pop(f"running.{name}") for name in _RUNNING if f"running.{name}" in tensors}
        return cls(**tensors, running=running)


def _text(about: dict[str, Any]) -> str:
    return json.dumps(about, sort_keys=True)
