"""What every floor refuses bad input with: one clear sentence on what was wrong and what is allowed."""

from __future__ import annotations


class BadInput(ValueError):
    """Something was given that cannot be used; the message is one sentence. A notebook shows it without a traceback."""

    def _render_traceback_(self) -> list[str]:  # IPython's hook: a reader wants the sentence, not our stack
        return [f"{type(self).__name__}: {self}"]
