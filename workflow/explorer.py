"""Make the explorer's data: the saved networks of net_fragments as scripts, which a page on disk can load.

A page that is opened from disk may load scripts but not fetch files. The numbers are therefore inside scripts: one per
model and seed, with the single-precision weights of every epoch in base64, and a manifest that lists them.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from helpers.pages import network_files
from helpers.studies.net_fragments.digits import LINES, digits, lines
from helpers.studies.net_fragments.networks import Convolution, FragmentNetworks, describe, encoder
from helpers.studies.net_fragments.stages.encoders import FragmentEncoders
from helpers.studies.net_fragments.trajectories import TrainingCheckpoints, Trajectories
from workflow import number_scripts

_TITLES = {"hidden": "Hidden layer", "head": "Head: 12 units (figure 4.4)", "classes": "Classes: probabilities"}


def write(source: Path, folder: Path) -> None:
    """Write the explorer's data for a file of saved networks; ``folder`` is replaced as a whole.

    Raises helpers.pages.network_files.NetworkFileError if the file is damaged or holds other networks.
    """
    kept, recipe = read(source), network_files.recipe_of(source)
    seeds = kept[1].seeds
    with number_scripts.replaced(folder) as partial:
        manifest = number_scripts.assignment("fragmentManifest", _manifest(kept, recipe["samples_per_epoch"]))
        (partial / "manifest.js").write_text(manifest, "utf-8")
        for number in kept.numbers:
            for row, seed in enumerate(seeds):
                description = _description(kept[number], seed)
                script = number_scripts.call("fragmentData", description, numbers(kept[number], row))
                (partial / f"model-{number}-seed-{seed}.js").write_text(script, "utf-8")


def read(source: Path) -> Trajectories:
    """The networks of a file, as the recipe in its header describes them."""
    recipe = network_files.recipe_of(source)
    settings = {name: value for name, value in recipe.items() if name not in ("kind", "seeds")}
    kept = FragmentEncoders(**settings).build(seeds=recipe["seeds"], device=torch.device("cpu"))
    network_files.load(kept, source, recipe)
    return kept


def numbers(trajectory: TrainingCheckpoints, row: int) -> np.ndarray:
    """All weights of one seed: epoch after epoch, layer after layer, weight then bias, little-endian."""
    state = [trajectory.networks(epoch).state_dict() for epoch in range(trajectory.epochs + 1)]
    parts = [tensor[row].flatten().numpy() for one in state for tensor in one.values()]
    return np.concatenate(parts)


def layers(number: int) -> list[dict[str, Any]]:
    """Name, kind, shape and sizes of each layer, in the order of the forward pass, as ``play/engine.js`` wants them."""
    networks = FragmentNetworks(number, seeds=[0])
    kernels = [stage.kernel for stage in encoder(number) if isinstance(stage, Convolution)]
    found = []
    for name, output in networks.activations(digits()[:1]).items():
        own = re.sub(r"\d", "", name) if name[:4] in ("conv", "pool") else "dense"
        layer: dict[str, Any] = {"name": name, "shape": list(output.shape[2:])}
        if own == "pool":
            layer |= {"kind": "maxpool2d", "kernel": 2, "title": f"Pooling {name[4:]}"}
        elif own == "conv":
            layer |= {"kind": "conv2d", "kernel": kernels[int(name[4:]) - 1], "title": f"Convolution {name[4:]}"}
        else:
            layer |= {"kind": "dense", "title": _TITLES[name]}
        if own != "pool":
            weight, bias = (networks.get_parameter(f"layers.{name}.{kind}") for kind in ("weight", "bias"))
            layer |= {"weights": weight[0].numel(), "biases": bias[0].numel()}
            layer["activation"] = "softmax" if name == "classes" else "relu"
        found.append(layer)
    return found


def _description(trajectory: TrainingCheckpoints, seed: int) -> dict[str, Any]:
    described = layers(trajectory.number)
    count = sum(layer.get("weights", 0) + layer.get("biases", 0) for layer in described)
    epochs = trajectory.epochs + 1
    return {"model": trajectory.number, "seed": seed, "epochs": epochs, "numbersPerEpoch": count, "layers": described}


def _manifest(kept: Trajectories, samples: int) -> dict[str, Any]:
    return {
        "models": [{"model": number, "encoder": describe(number)} for number in kept.numbers],
        "seeds": list(kept[1].seeds),
        "lastEpoch": kept[1].epochs,
        "training": {"samples": samples, "trial": samples < FragmentEncoders.samples_per_epoch},
        "digits": digits().flatten(1).int().tolist(),
        "lines": [
            {"name": name, "pixels": image.flatten().nonzero().flatten().tolist()}
            for name, image in zip(LINES, lines(), strict=True)
        ],
    }


def networks_of(listed: Path) -> Path:
    """The file of the networks that all pages read, given the list of artefacts of the stage net_fragments/encoders."""
    return listed.with_suffix("") / json.loads(listed.read_text("utf-8"))["made"]["usual"]


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the explorer's data from kept networks.")
    parser.add_argument("listed", type=Path, help="the list that the stage net_fragments/encoders leaves")
    parser.add_argument("folder", type=Path, help="where the scripts go")
    given = parser.parse_args()
    try:
        write(networks_of(given.listed), given.folder)
    except network_files.NetworkFileError as error:
        folder = given.listed.with_suffix("")
        print(f"{folder}: {error} Delete {given.listed}, and make trains what is damaged again.", file=sys.stderr)
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:  # the list is damaged, or something cannot be written
        print(f"{given.listed} or {given.folder} cannot be used ({error}); delete both and run make.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
