"""The unit explorer of a reader's own network: ``make explorer MODEL=… IMAGES=…``.

A folder with a page, its programs and the data, which can be opened from disk and handed on. What takes long is kept
beside the build: the same network on the same images is looked at once, and an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError

from helpers.data.image_set import ImageSet
from helpers.data.images import AUTO, in_words
from helpers.errors import BadInput
from helpers.models.pretrained import load
from helpers.pages import folders, unit_table
from helpers.pages.devices import Device
from helpers.user_paths import shown
from workflow import dependencies
from workflow.units import bound, climbing, folder, looking
from workflow.units.layers import UnitLayer, traced, unit_layers
from workflow.units.looking import LookError

T = TypeVar("T")

PROGRAM = Path("book/_extra/units")
PAGE = "own.template"  # the page itself, among its programs
MOST_IMAGES = {"smoke": 100, "laptop": 2000, "paper": 2000}
_LONGEST = 40  # letters of a folder's name


class OwnError(BadInput):
    """What cannot be shown, or written."""


def folder_name(model: str) -> str:
    """A name for a folder, of small letters, digits and dashes, other for another model."""
    plain = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")[:_LONGEST]
    if plain and plain == model:
        return plain
    return "-".join(filter(None, [plain, hashlib.sha256(model.encode("utf-8", "replace")).hexdigest()[:6]]))


def make(model: str, images: str, *, optimise: int | None, build: Path, scale: str, device: str, publish: bool) -> Path:
    """Make the explorer of a network on images; returns its page.

    model, images: as :func:`helpers.models.pretrained.load` and :func:`helpers.data.images.open_images` take them.
    optimise: of how many units of a layer images are optimised; None for what the scale says.
    build: the folder of everything made. publish: without photographs.

    Raises BadInput in one sentence for what cannot be had; nothing is written then.
    """
    target = build / "units" / folder_name(model)
    if why := folders.unwritable(target.parent):
        raise OwnError(f"The explorer cannot be written to {shown(target.parent)} ({why}).")
    where = torch.device(Device().check("device", device))
    loaded = load(model)
    size = loaded.preprocessing.size
    chosen = ImageSet(images, 10**6, size, most=MOST_IMAGES[scale])
    identity = bytes(chosen.open(0).identity().tolist()).hex()  # refused before anything long begins
    layers = unit_layers(loaded, traced(loaded.network), size)
    each = climbing.EACH[scale] if optimise is None else optimise
    digest = _digest(loaded.weights.sha256, identity, layers)
    kept = build / "stages" / "units-own" / f"{target.name}-{digest}"
    looked = _kept(
        kept.with_name(f"{kept.name}-look.safetensors"),
        (looking.read, looking.save),
        lambda: looking.look(model, loaded, layers, chosen, seed=0, device=where),
    )
    climbed = _kept(
        kept.with_name(f"{kept.name}-{each}-{scale}.safetensors"),
        (climbing.read, climbing.save),
        lambda: climbing.climb(model, loaded, layers, each, scale=scale, seed=0, device=where) if each else None,
    )
    given = folder.Given(
        name=target.name,
        title=shown(model),
        loaded=loaded,
        looked=looked,
        climbed=climbed,
        table=None,
        claims={},
        thumbnails="no" if publish else "yes",
        scale=scale,
    )
    _write(given, target)
    if looked.unreadable:
        print(f"{len(looked.unreadable)} images could not be read: {in_words(looked.unreadable)}.")
    return target / "index.html"


def _write(given: folder.Given, target: Path) -> None:
    """Write the page, its programs and the data beside each other; the folder is replaced as a whole."""
    partial = target.with_name(f".{target.name}-whole")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        for path in sorted(PROGRAM.iterdir()):
            if path.name == PAGE:
                shutil.copyfile(path, partial / "index.html")
            elif path.is_file():
                (partial / "units").mkdir(exist_ok=True)
                shutil.copyfile(path, partial / "units" / path.name)
        made = partial / "made"
        folder.write(given, made / given.name)
        bound.bind(made, partial / "units" / "data")
        (made / given.name / unit_table.FILE).replace(partial / unit_table.FILE)
        shutil.rmtree(made)
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _kept(
    path: Path, kind: tuple[Callable[[Path], T], Callable[[Any, Path], None]], make: Callable[[], T | None]
) -> Any:
    """What a file holds, or what is made and then kept there."""
    read, save = kind
    if path.is_file():
        with suppress(LookError):  # damaged: made again
            return read(path)
    found = make()
    if found is not None:
        save(found, path)
    return found


def _digest(weights: str, identity: str, layers: Sequence[UnitLayer]) -> str:
    """What a look depends on: the network, the images and the code."""
    code = dependencies.of_units("looking", "climbing", "layers")
    parts = [weights, identity, *(layer.recorded for layer in layers), code, torch.__version__]
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:10]


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text.strip(), re.ASCII):
        raise argparse.ArgumentTypeError(
            f"OPTIMISE is {shown(text)!r}; allowed is a whole number from 0 on: how many units of a layer"
        )
    return int(text)


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the explorer of a reader's own network.", exit_on_error=False)
    parser.add_argument("--model", default="", help="a network's name, or the path of a file that describes one")
    parser.add_argument("--images", default="", help="a folder or a tar file; by default what pages take")
    parser.add_argument("--optimise", type=_whole_number, help="of how many units of a layer images are optimised")
    parser.add_argument("--build", type=Path, default=Path("_build"), help="the folder of everything made")
    parser.add_argument("--scale", choices=tuple(climbing.EACH), default="laptop")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--publish", action="store_true", help="without images that must not be published")
    try:
        given = vars(parser.parse_args())
        if not given["model"].strip():
            raise OwnError("Which network? For instance: make explorer MODEL=resnet18 IMAGES=photos")
        page = make(given.pop("model"), given.pop("images").strip() or AUTO, **given)
    except argparse.ArgumentError as error:
        print(f"{error.message}.", file=sys.stderr)
        return 1
    except (BadInput, RuntimeError, SafetensorError) as error:  # the last one where a disk is full
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"The explorer cannot be made: {error.filename or given['build']}: {error.strerror or error}.",
            file=sys.stderr,
        )
        return 1
    print(f"The explorer: {page}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
