"""A network that the reader's own code makes: ``package.module:factory``, or ``file.py:factory`` beside a description.

This imports and runs that code. It is done for nothing but the entry ``model`` of a description, or of an object that
a Python program hands over: never for a path or a name.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from helpers.models.initialisation import copied
from helpers.models.pretrained.weights import WeightsError
from helpers.user_paths import is_file, resolved, shown

_SEED = 0  # of weights that no file gives
_LONGEST = 300  # characters of what the reader's code says
_REFERENCE = re.compile(r"(?P<module>[^:]+):(?P<factory>[A-Za-z_][A-Za-z0-9_.]*)")


def build(reference: str, *, folder: Path, options: Mapping[str, Any]) -> nn.Module:
    """Import a module of the reader's, call its factory with the options, and give the network that it returns.

    reference: ``package.module:factory`` or ``file.py:factory``. The factory is a class or a function; where it is a
        network already, that is taken as it is.
    folder: where a file is looked for, and where a package may lie beside those that are installed. It stays at the end
        of Python's path, for what the code imports later.

    Raises WeightsError, with one sentence, for a reference of another form, a module or factory that is not there,
    code that fails, a package of another folder in the place of the one here, and what is no ``torch.nn.Module``.
    """
    match = _REFERENCE.fullmatch(reference.strip())
    if not match:
        raise WeightsError(f"model is {reference!r}; it must be package.module:factory or file.py:factory.")
    module = _imported(match["module"], folder)
    made: Any = module
    for part in match["factory"].split("."):
        if not hasattr(made, part):
            raise WeightsError(f"model is {reference!r}, but {match['module']} has no {match['factory']}.")
        made = getattr(made, part)
    if isinstance(made, nn.Module):
        if options:
            raise WeightsError(f"model is {reference!r}, which is made already; it takes no options.")
        made = copied(made)  # the module keeps its own for whoever asks next
    else:
        made = _called(made, reference, options)
    if not isinstance(made, nn.Module):
        raise WeightsError(f"model is {reference!r}, which gives a {type(made).__name__}; a torch.nn.Module is needed.")
    return made


def _called(factory: Any, reference: str, options: Mapping[str, Any]) -> Any:
    if not callable(factory):
        raise WeightsError(f"model is {reference!r}, a {type(factory).__name__}; a class or function is needed.")
    try:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(_SEED)  # every load gives the same network
            return factory(**options)
    except (Exception, SystemExit) as error:  # the reader's code may fail in any way
        raise WeightsError(
            f"model is {reference!r}, which fails with options {dict(options)} ({_said(error)})."
        ) from None


def _imported(name: str, folder: Path) -> ModuleType:
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # behind all that is installed, so that no file there hides a package
    try:
        if name.endswith(".py"):
            return _from_file(resolved(name, start=folder))
        module = importlib.import_module(name)
    except WeightsError:
        raise
    except (Exception, SystemExit) as error:  # what the reader's module does while it is imported
        raise WeightsError(f"The module {name} of model cannot be imported ({_said(error)}).") from None
    _require_the_one_here(module, folder)
    return module


def _require_the_one_here(module: ModuleType, folder: Path) -> None:
    """Refuse a module of another place where the folder has one of that name: Python keeps the first it meets."""
    top = module.__name__.partition(".")[0]
    found = Path(getattr(module, "__file__", None) or "")
    here = is_file(folder / f"{top}.py") or is_file(folder / top / "__init__.py")
    if here and not found.resolve().is_relative_to(folder.resolve()):
        raise WeightsError(
            f"The module {module.__name__} of model comes from {shown(found)}, not from {shown(folder)}; name the file "
            "in its place, such as file.py:factory."
        )


def _from_file(path: Path) -> ModuleType:
    if not is_file(path):
        raise WeightsError(f"There is no file {shown(path)}, which model names.")
    name = f"reader_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # a path that ends in .py has a loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # data classes look there for the module that they stand in
    spec.loader.exec_module(module)
    return module


def _said(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # the reader's own class of errors
        text = ""
    return f"{type(error).__name__}: {text[:_LONGEST]}{'…' if len(text) > _LONGEST else ''}"
