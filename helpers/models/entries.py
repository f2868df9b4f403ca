"""What a file says, checked against a JSON Schema; what is wrong with it becomes one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.validators import extend

_LONGEST = 120  # characters of a value in a sentence


def _is_whole(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# JSON Schema takes 64.0 for an integer, but no tensor has 64.0 rows.
_Validator = extend(Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole))


class EntriesSchema:
    """The schema of a mapping, read from a file. Its ``properties`` say in ``description`` what each must be."""

    def __init__(self, path: Path) -> None:
        self._schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
        self._validator = _Validator(self._schema)

    def first_fault(self, entries: object, *, subject: str) -> str:
        """One sentence about what is wrong first, or an empty text where nothing is.

        subject: what the sentence speaks of, such as the name of the file.
        """
        error = next(self._validator.iter_errors(entries), None)
        if error is None:
            return ""
        present = entries if isinstance(entries, dict) else {}
        properties = self._schema["properties"]
        allowed = f"its entries are {', '.join(properties)}"
        if error.validator == "additionalProperties":
            unknown = next(name for name in error.instance if name not in properties)
            return f"{subject} has no entry {unknown!r}; {allowed}."
        if not error.absolute_path:  # no mapping, or one without all that is required
            missing = [name for name in self._schema.get("required", ()) if name not in present]
            lacks = f"does not name its {' and '.join(missing)}" if missing else "is no mapping of names to values"
            return f"{subject} {lacks}; {allowed}."
        name = str(error.absolute_path[0])
        return f"{subject}: {name} is {_short(present[name])}; it must be {properties[name]['description']}."


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
