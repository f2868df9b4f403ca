"""The file ``results.json`` of a run: what it must hold, and one sentence for a file that is damaged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from jsonschema import Draft202012Validator

from helpers.errors import BadInput

_SCHEMA = Draft202012Validator(json.loads(Path(__file__).with_name("results.schema.json").read_text("utf-8")))


class ResultsError(BadInput):
    """A file of results cannot be read, or it does not hold what a run writes."""


def validate(results: Mapping[str, Any]) -> None:
    """Raise jsonschema.ValidationError if the content of a ``results.json`` does not fit ``results.schema.json``."""
    _SCHEMA.validate(results)


def read(path: Path) -> dict[str, Any]:
    """The content of a ``results.json``.

    Raises ResultsError for a file that is missing, damaged or not as a run writes it. The sentence names the file, what
    is wrong and what to do.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise ResultsError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise ResultsError(_damaged(path, f"it is not JSON: {error}")) from None
    for fault in _SCHEMA.iter_errors(content):
        place = "/".join(map(str, fault.absolute_path)) or "the file"
        message = fault.message if len(fault.message) <= 200 else f"{fault.message[:200]} …"
        raise ResultsError(_damaged(path, f"{place}: {message}"))
    return content


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _damaged(path: Path, why: str) -> str:
    return f"{path} is damaged ({why}); delete it, and the next `make` runs its page again."
