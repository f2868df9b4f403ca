"""The statistics that a pass over images found, of the whole list or of a part of it: merged, saved, read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from helpers.atomic_files import atomic_write
from helpers.hooks.reducers.about import VERSION, About, AnotherPass
from helpers.hooks.reducers.active_share import ActiveShare
from helpers.hooks.reducers.class_means import ClassMeans
from helpers.hooks.reducers.extremes import Extremes
from helpers.hooks.reducers.histogram import Histogram
from helpers.hooks.reducers.moments import Moments
from helpers.hooks.reducers.reducer import Reducer
from helpers.hooks.reducers.responses import ActivationError

_KINDS: dict[str, type[Reducer]] = {
    kind.__name__: kind for kind in (ActiveShare, ClassMeans, Extremes, Histogram, Moments)
}
_HEADER = "unit statistics"  # the entry of the metadata


@dataclass(kw_only=True)
class UnitStatistics:
    """Statistics of all units of some layers over images.

    about: of what. reducers: the statistics by name, each over the units of all layers, one layer after the other.
    name: what sentences call it. done: the parts of the list of images that were looked at, each as its first place and
    the one behind its last. unreadable: why images in them could not be read, by name; nothing else counts them.
    largest: the largest response of all.
    """

    about: About
    reducers: dict[str, Reducer]
    name: str = "this part"
    done: list[list[int]] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    largest: float = float("-inf")

    @property
    def read(self) -> int:
        """How many images the statistics are of."""
        return sum(stop - first for first, stop in self.done) - len(self.unreadable)

    @property
    def is_whole(self) -> bool:
        """Whether all images of the list were looked at."""
        return self.done == [[0, self.about.image_count]]

    def of(self, statistic: str, layer: str) -> Any:
        """A reducer with the units of one layer. Raises ActivationError for what the pass did not keep or look at."""
        for what, name, known in (("statistic", statistic, self.reducers), ("layer", layer, self.about.units)):
            if name not in known:
                raise ActivationError(f"{self.name} has no {what} {name!r}; allowed are {', '.join(known)}")
        return self.reducers[statistic].of_units(self.about.units[layer])

    def header(self) -> dict[str, Any]:
        """All but the tensors, as plain JSON values."""
        about = asdict(self.about)
        return {"about": about, "done": self.done, "unreadable": self.unreadable, "largest": self.largest}

    def tensors(self) -> dict[str, Tensor]:
        """The states of all reducers, "moments.sum" for instance, on the CPU."""
        states = {name: reducer.state() for name, reducer in self.reducers.items()}
        return {
            f"{name}.{part}": tensor.cpu().contiguous()
            for name, state in states.items()
            for part, tensor in sorted(state.items())
        }


def from_tensors(header: Mapping[str, Any], tensors: Mapping[str, Tensor], *, name: str) -> UnitStatistics:
    """The statistics of a header and tensors, as :class:`UnitStatistics` gives them.

    Raises AnotherPass for those of another version.
    """
    _require_version(header, name)
    values = dict(header)
    values["about"] = About(**values["about"])
    found = UnitStatistics(name=name, reducers=made(values["about"].statistics), **values)
    for statistic, reducer in found.reducers.items():
        mine = f"{statistic}."
        reducer.restore({each[len(mine) :]: tensor for each, tensor in tensors.items() if each.startswith(mine)})
    return found


def made(statistics: Mapping[str, Mapping[str, Any]]) -> dict[str, Reducer]:
    """Reducers that have seen nothing, from their kinds and settings."""
    return {
        name: _KINDS[each["kind"]](**{what: value for what, value in each.items() if what != "kind"})
        for name, each in statistics.items()
    }


def described(reducers: Mapping[str, Reducer]) -> dict[str, dict[str, Any]]:
    """The kinds and settings of reducers, as :func:`made` takes them."""
    return {name: {"kind": type(each).__name__, **each.settings()} for name, each in reducers.items()}


def merged(parts: Sequence[UnitStatistics]) -> UnitStatistics:
    """The statistics over the images of all parts: the same bits in any order, and as one run gives them.

    Raises AnotherPass for a part of another network, another list of images or another version, or with other settings,
    and for parts that share images.
    """
    if not parts:
        raise AnotherPass("there are no parts to merge")
    whole = UnitStatistics(about=parts[0].about, reducers=made(parts[0].about.statistics), name="the merged parts")
    for part in parts:
        whole.about.require_same(part.about, part.name)
        for name, reducer in whole.reducers.items():
            reducer.merge(part.reducers[name])
        whole.done = _joined(whole.done, part)
        whole.unreadable = dict(sorted({**whole.unreadable, **part.unreadable}.items()))
        whole.largest = max(whole.largest, part.largest)
    return whole


def _joined(done: list[list[int]], part: UnitStatistics) -> list[list[int]]:
    """Sorted parts of the list, neighbours joined."""
    found: list[list[int]] = []
    for first, stop in sorted([*done, *part.done]):
        if found and first < found[-1][1]:
            raise AnotherPass(
                f"{part.name} has images that another part has, too: {first} to {min(stop, found[-1][1]) - 1}"
            )
        if found and first == found[-1][1]:
            found[-1] = [found[-1][0], stop]
        else:
            found.append([first, stop])
    return found


def save(statistics: UnitStatistics, path: Path) -> None:
    """Write statistics to a safetensors file, which appears whole or not at all."""
    header, tensors = statistics.header(), statistics.tensors()
    entry = json.dumps({"header": header, "sha256": _digest(header, tensors)})
    with atomic_write(path) as partial:
        save_file(tensors, partial, metadata={_HEADER: entry})


def read(path: Path) -> UnitStatistics:
    """The statistics in a file; nothing is unpickled.

    Raises AnotherPass for a file that is truncated or damaged, that holds something else, or is of another version.
    """
    try:
        with safe_open(path, framework="pt") as file:
            entry = json.loads((file.metadata() or {})[_HEADER])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        header, digest = entry["header"], entry["sha256"]
        _require_version(header, path.name)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        if isinstance(error, AnotherPass):
            raise
        raise AnotherPass(f"{path.name} is not a whole file of unit statistics ({error})") from None
    if digest != _digest(header, tensors):
        raise AnotherPass(f"{path.name} is damaged: its contents are not those that were written")
    return from_tensors(header, tensors, name=path.name)


def _require_version(header: Mapping[str, Any], name: str) -> None:
    version = header["about"]["version"]
    if version != VERSION:
        raise AnotherPass(f"{name} was made by another version (version is {version} instead of {VERSION})")


def _digest(header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    sha = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        sha.update(f"{name}/{tensor.dtype}/{tuple(tensor.shape)}/".encode() + tensor.numpy().tobytes())
    return sha.hexdigest()
