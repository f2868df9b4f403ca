"""The setting of the study at each scale: signals, their number, and the training of networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from helpers.studies.jump_detection.signals import JumpTask


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The task, and the numbers of signals for training, validation and tests."""

    task: JumpTask
    training_signals: int
    validation_signals: int
    test_signals: int
    training: dict[str, Any]  # the common arguments of the recipes of all early-stopped networks


def setting(values: Mapping[str, Any]) -> Setting:
    """The setting for a page's parameters.

    values: must have ``scale``, ``jump`` and ``noise_std``; may have ``learning_rate``, ``batch_size``, ``max_epochs``
    and ``patience``. Without them the learning rate is 0.01 and the batch size 100, as in the study, and the others
    have the defaults of this function or of the recipes.
    """
    smoke = values["scale"] == "smoke"
    noise = values["noise_std"]
    task = JumpTask(jump=values["jump"], noise_before=noise, noise_after=noise)
    training_signals, validation_signals = (600, 300) if smoke else (12_000, 6_000)
    batch_size, max_epochs = values.get("batch_size", 100), values.get("max_epochs", 1_500)
    training = dict(
        task=task,
        training_signals=training_signals,
        validation_signals=validation_signals,
        learning_rate=values.get("learning_rate", 0.01),
        batch_size=min(batch_size, 100) if smoke else batch_size,
        max_epochs=min(max_epochs, 3) if smoke else max_epochs,
    )
    if "patience" in values:
        training["patience"] = values["patience"]
    return Setting(
        task=task,
        training_signals=training_signals,
        validation_signals=validation_signals,
        test_signals=300 if smoke else 6_000,
        training=training,
    )
