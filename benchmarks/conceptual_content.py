"""What the stage of conceptual_content costs, in plain forward passes: ``python -m benchmarks.conceptual_content``.

Every pass of the stage ``unit_statistics`` is made from the start, nothing being kept. Before each and after the last,
the network sees images of 224 pixels and keeps nothing; the mean of the processor time of one image is the unit. The
numbers go to ``_build/benchmarks/conceptual_content.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from unittest import mock

import torch

from helpers.atomic_files import atomic_write
from helpers.models.pretrained import Pretrained, load
from helpers.studies.conceptual_content.stages import unit_statistics

_PLAIN = 16  # images of 224 pixels, eight at a time


def plain(loaded: Pretrained) -> float:
    """Processor seconds that the network takes for one image of its own size."""
    size = loaded.preprocessing.size
    x = torch.rand(_PLAIN // 2, 3, size, size)
    started = time.process_time()
    with torch.no_grad():
        for _ in range(2):
            loaded.network(loaded.preprocessing(x))
    return (time.process_time() - started) / _PLAIN


def main() -> None:
    parser = argparse.ArgumentParser(description="The stage of conceptual_content in plain forward passes.")
    parser.add_argument("--scale", default="laptop", choices=["smoke", "laptop", "paper"])
    parser.add_argument("--model", default="vgg16")
    arguments = parser.parse_args()
    values = {
        "model": arguments.model,
        "layers": "auto",
        "images": "auto",
        "scale": arguments.scale,
        "seed": 0,
        "draws": 5,
    }
    loaded = load(arguments.model)
    plain(loaded)  # the first call allocates
    one, seconds = [], dict[str, float]()
    for key, recipe in unit_statistics.recipes(values).items():
        one.append(plain(loaded))
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict("os.environ", XDG_CACHE_HOME=folder):
            started = time.process_time()
            recipe.train(seeds=[0], device=torch.device("cpu"))
            seconds[key] = time.process_time() - started
    one.append(plain(loaded))
    unit = sum(one) / len(one)
    result = {
        "network": arguments.model,
        "weights": loaded.weights.description,
        "scale": arguments.scale,
        "plain passes by key": {key: round(each / unit) for key, each in seconds.items()},
        "plain passes": round(sum(seconds.values()) / unit),
        "processor seconds of a plain pass": [round(each, 3) for each in one],
    }
    print(json.dumps(result, indent=2))
    with atomic_write(Path("_build/benchmarks/conceptual_content.json")) as partial:
        partial.write_text(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
