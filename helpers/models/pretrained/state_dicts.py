"""The tensors of a network in what people save around them: trainers' dictionaries, and wrappers' prefixes.

{"epoch": 3, "state_dict": {"module.conv1.weight": …}, "optimizer": …}  →  {"conv1.weight": …}
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Mapping
from typing import Any

from torch import Tensor

from helpers.models.pretrained.weights import WeightsError

# Where trainers keep a network's tensors, the usual names first. An average of weights is taken only where it is alone.
_ENTRIES = ("state_dict", "model_state_dict", "model_state", "model", "network", "net", "weights", "params", "module")
_AVERAGES = ("ema", "averaged", "swa")
# What DataParallel, torch.compile, Fabric and FSDP put before a name, wherever the wrapped part lies in the network.
_WRAPPERS = ("module", "_orig_mod", "_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
# Beside the tensors of a wrapped network: the counter of torch.optim.swa_utils.AveragedModel.
_COUNTERS = ("n_averaged",)
_SHOWN = 3


def unwrapped(content: Any, *, file: str) -> OrderedDict[str, Tensor]:
    """The named tensors in what a checkpoint holds, as it is or in one of its entries.

    Raises WeightsError, naming the file and what it holds, where there are none, or where several entries hold
    tensors and none goes by a usual name.
    """
    if not isinstance(content, Mapping):
        raise WeightsError(f"{file} holds a {type(content).__name__}; a state_dict() of named tensors was expected.")
    if content and all(isinstance(value, Tensor) for value in content.values()):
        return _named(content, file=file)
    entries = {key: value for key, value in content.items() if _holds_tensors(value)}
    tensors = {key: value for key, value in content.items() if isinstance(value, Tensor)}
    if not entries and any("." in str(key) for key in tensors):  # names of layers, with a few notes between them
        return _named(tensors, file=file)
    if not entries:
        listed = ", ".join(f"{key} ({type(value).__name__})" for key, value in list(content.items())[:_SHOWN])
        more = f" and {len(content) - _SHOWN} more" if len(content) > _SHOWN else ""
        raise WeightsError(
            f"{file} holds {'more than tensors: ' + listed + more if content else 'nothing'}; save the network's "
            "state_dict() alone."
        )
    return unwrapped(entries[_chosen(list(entries), file=file)], file=file)


def _chosen(entries: list[Any], *, file: str) -> Any:
    usual = [name for name in _ENTRIES if name in entries]
    if usual:
        return usual[0]
    plain = [name for name in entries if not any(average in str(name).lower() for average in _AVERAGES)]
    candidates = plain or entries
    if len(candidates) > 1:
        raise WeightsError(
            f"{file} holds tensors in {', '.join(map(str, candidates))}; save the state_dict() of one network alone."
        )
    return candidates[0]


def _holds_tensors(value: Any) -> bool:
    """Whether this is a dictionary of tensors by names, or one of such dictionaries (an optimiser's has numbers)."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        return False
    return any(isinstance(one, Tensor) for one in value.values()) or any(map(_holds_tensors, value.values()))


def _named(content: Mapping[Any, Tensor], *, file: str) -> OrderedDict[str, Tensor]:
    odd = [key for key in content if not isinstance(key, str)]
    if odd:
        raise WeightsError(f"{file} names tensors by {odd[0]!r} ({type(odd[0]).__name__}); names must be texts.")
    return content if isinstance(content, OrderedDict) else OrderedDict(content)


def without_prefixes(
    tensors: OrderedDict[str, Tensor], known: Collection[str], *, file: str
) -> tuple[OrderedDict[str, Tensor], str]:
    """The tensors under the names that the network has, and what was taken off, such as "module." ("" for nothing).

    known: the names of the network's tensors, in all spellings that can be read.

    Wrappers' names go wherever they stand; of other prefixes, the one goes that leaves most known names. Tensors
    outside of that prefix belong to something else, such as a loss, and are left out.

    Raises WeightsError, naming the file, where two tensors would have one name, or two prefixes serve equally well.
    """
    known = set(known)
    plain = {name: name if name in known else _without_wrappers(name) for name in tensors}
    votes = Counter(prefix for name in plain.values() for prefix in _prefixes(name, known))
    prefix = _best(votes, file=file)
    kept = {
        key: name.removeprefix(prefix)
        for key, name in plain.items()
        if name.startswith(prefix) and name not in _COUNTERS
    }
    if len(set(kept.values())) < len(kept):
        twice = next(name for name, count in Counter(kept.values()).items() if count > 1)
        raise WeightsError(f"{file} holds {twice} twice, under different prefixes; save one network alone.")
    found = OrderedDict((name, tensors[key]) for key, name in kept.items())
    if hasattr(tensors, "_metadata"):  # versions of layers, which some of torchvision's networks ask for
        found._metadata = {  # type: ignore[attr-defined]
            _without_wrappers(layer).removeprefix(prefix.removesuffix(".")).removeprefix("."): versions
            for layer, versions in tensors._metadata.items()
        }
    wrappers = [one for one in _WRAPPERS if any(one in key.split(".") and key not in known for key in tensors)]
    return found, prefix or "".join(f"{one}." for one in wrappers)


def _best(votes: Counter[str], *, file: str) -> str:
    """The prefix of most known names; of equal ones none at all, else one that is not of averaged weights."""
    equal = [prefix for prefix in votes if votes[prefix] == max(votes.values())]
    if "" in equal or not equal:
        return ""
    plain = [prefix for prefix in equal if not any(average in prefix.lower() for average in _AVERAGES)] or equal
    if len(plain) > 1:
        raise WeightsError(
            f"{file} holds the same network more than once, under {' and '.join(sorted(plain))}; save one alone."
        )
    return plain[0]


def _without_wrappers(name: str) -> str:
    return ".".join(part for part in name.split(".") if part not in _WRAPPERS)


def _prefixes(name: str, known: Collection[str]) -> list[str]:
    """All prefixes of a name behind which a known name stands."""
    parts = name.split(".")
    return ["".join(f"{part}." for part in parts[:i]) for i in range(len(parts)) if ".".join(parts[i:]) in known]
