"""What every floor refuses bad input with: one clear sentence on what was wrong and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BadInput(ValueError):
    """Something was given that cannot be used; the message is one sentence. A notebook shows it without a traceback."""

    def _render_traceback_(self) -> list[str]:  # IPython's hook: a reader wants the sentence, not our stack
        return [f"{type(self).__name__}: {self}"]


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return str(error).strip().partition("\n")[0]


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a sentence about an unknown name: "the nearest names are conv1_1, conv1_2".

    It names at most three of the known names, the most similar first. It is empty where none is similar.
    """
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.4)
    return f"the nearest names are {', '.join(near)}" if near else ""
