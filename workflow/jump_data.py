"""Make the data of the page "A jump": the networks of jump_detection as scripts, and signals to begin with.

There is a manifest, and one script per seed with the weights of its networks and the first of its test signals.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch

from helpers.models.stacks.perceptron import Perceptrons
from helpers.pages import network_files
from helpers.studies.jump_detection.convolutional import Convnets
from helpers.studies.jump_detection.designed_signals import larger_rise_elsewhere, rises
from helpers.studies.jump_detection.detectors import GradientDetector
from helpers.studies.jump_detection.recipes import JumpRecipe
from helpers.studies.jump_detection.signals import JumpTask, sample
from helpers.studies.jump_detection.stages.convnets import JumpConvnets
from helpers.studies.jump_detection.stages.perceptrons import JumpPerceptrons
from helpers.training.stacks import History
from workflow import number_scripts

# The networks that the page shows, by their keys in the stages, and what it calls them
TITLES = {
    "mlp-1": "One layer",
    "mlp-2": "Two layers",
    "mlp-3": "Three layers",
    "mlp-4": "Four layers",
    "cnn-7": "One convolution",
    "cnn-5-7-9": "Three convolutions",
}
EXAMPLES = 100  # test signals of each seed
_RECIPES: dict[str, type[JumpRecipe]] = {"JumpPerceptrons": JumpPerceptrons, "JumpConvnets": JumpConvnets}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Trained networks, a row per seed, and how they were trained."""

    recipe: JumpRecipe
    networks: Perceptrons | Convnets
    best_epoch: list[int]  # per seed: the epoch with the lowest validation loss


def write(sources: dict[str, Path], folder: Path) -> None:
    """Write the page's data; ``folder`` is replaced as a whole.

    sources: the file of each network, by the keys of ``TITLES``.

    Raises helpers.pages.network_files.NetworkFileError if a file is damaged or holds other networks.
    """
    kept = {key: read(sources[key]) for key in TITLES}
    first = kept["mlp-1"]
    seeds = list(first.networks.seeds)
    with number_scripts.replaced(folder) as partial:
        manifest = number_scripts.assignment("jumpManifest", _manifest(kept, seeds))
        (partial / "manifest.js").write_text(manifest, "utf-8")
        for row, seed in enumerate(seeds):
            # the signals of the pages' tests, which are as many as those for validation
            test = sample(first.recipe.task, first.recipe.validation_signals, seeds=[seed], purpose="test")
            examples = test.x[0, :EXAMPLES].flatten().numpy()
            numbers = np.concatenate([*(_numbers(one.networks, row) for one in kept.values()), examples])
            description = {
                "seed": seed,
                "jumps": (test.label[0, :EXAMPLES] + first.recipe.task.first).tolist(),
                "bestEpochs": {key: one.best_epoch[row] for key, one in kept.items()},
            }
            script = number_scripts.call("jumpData", description, numbers)
            (partial / f"seed-{seed}.js").write_text(script, "utf-8")


def read(source: Path) -> Kept:
    """The networks of a file, as the recipe in its header describes them."""
    recipe = network_files.recipe_of(source)
    settings = {name: value for name, value in recipe.items() if name not in ("kind", "seeds")}
    settings["task"] = JumpTask(**settings["task"])
    made = _RECIPES[recipe["kind"]](**settings)
    networks = made.build(seeds=recipe["seeds"], device=torch.device("cpu"))
    history = network_files.load(networks, source, recipe, [entry.name for entry in fields(History)])
    return Kept(recipe=made, networks=networks, best_epoch=history["best_epoch"].tolist())


def layers(networks: Perceptrons | Convnets) -> list[dict[str, Any]]:
    """Name, kind, shape and sizes of each layer, in the order of the forward pass, as ``play/engine.js`` wants them."""
    if isinstance(networks, Perceptrons):
        hidden = [_dense(f"Hidden layer {k + 1}", size, "relu") for k, size in enumerate(networks.sizes[1:-1])]
        sizes, length = networks.sizes, networks.sizes[-2]
    else:
        length = networks.dense.weight.shape[1]
        activation = "relu" if networks.rectified else "none"
        hidden = [
            {"title": f"Convolution {k + 1}", "kind": "conv1d", "shape": [1, length], "kernel": taps}
            | {"padding": taps // 2, "activation": activation, "weights": taps, "biases": 1}
            for k, taps in enumerate(networks.kernels)
        ]
        sizes = (length, networks.dense.weight.shape[2])
    found = [*hidden, _dense("Probabilities", sizes[-1], "softmax")]
    inputs = sizes[0]
    for layer in found:
        if layer["kind"] == "dense":
            layer["weights"] = inputs * layer["biases"]
            inputs = layer["biases"]
    return found


def _dense(title: str, units: int, activation: str) -> dict[str, Any]:
    return {"title": title, "kind": "dense", "shape": [units], "activation": activation, "biases": units}


def _numbers(networks: Perceptrons | Convnets, row: int) -> np.ndarray:
    """All weights of one seed, layer after layer, weight then bias."""
    return np.concatenate([tensor[row].flatten().numpy() for tensor in networks.state_dict().values()])


def _manifest(kept: dict[str, Kept], seeds: list[int]) -> dict[str, Any]:
    recipe, detector = kept["mlp-1"].recipe, GradientDetector.of(kept["mlp-1"].recipe.task)
    designs = rises(length=recipe.task.length, height=recipe.task.jump)
    designs["larger rise before"] = larger_rise_elsewhere(length=recipe.task.length, height=recipe.task.jump)
    return {
        "task": asdict(recipe.task),
        "detector": {"window": detector.window, "tau": detector.tau},
        "training": {
            "signals": recipe.training_signals,
            "epochs": recipe.max_epochs,
            "trial": recipe.training_signals < JumpRecipe.training_signals,
        },
        "seeds": seeds,
        "networks": [{"key": key, "title": TITLES[key], "layers": layers(one.networks)} for key, one in kept.items()],
        "examples": EXAMPLES,
        "designs": [{"name": name, "jump": 50, "values": signal.tolist()} for name, signal in designs.items()],
    }


def networks_of(*listed: Path) -> dict[str, Path]:
    """The files of the page's networks, given the lists of artefacts of the stages perceptrons and convnets."""
    made = {
        key: path.with_suffix("") / name
        for path in listed
        for key, name in json.loads(path.read_text("utf-8"))["made"].items()
    }
    return {key: made[key] for key in TITLES}


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the data of the page “A jump” from kept networks.")
    parser.add_argument("perceptrons", type=Path, help="the list that the stage jump_detection/perceptrons leaves")
    parser.add_argument("convnets", type=Path, help="the list that the stage jump_detection/convnets leaves")
    parser.add_argument("folder", type=Path, help="where the scripts go")
    given = parser.parse_args()
    lists = (given.perceptrons, given.convnets)
    named = " and ".join(map(str, lists))
    try:
        write(networks_of(*lists), given.folder)
    except network_files.NetworkFileError as error:
        print(f"{error} Delete {named}, and make trains what is damaged again.", file=sys.stderr)
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:  # a list is damaged, or something cannot be written
        print(f"{named} or {given.folder} cannot be used ({error}); delete them and run make.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
