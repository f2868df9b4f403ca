"""The place in a study that a claim belongs to: the table or figure that its ``where`` names, else the section."""

from __future__ import annotations

import re

_SHOWN = re.compile(r"\b(tables?|figures?) ((?:\d[\d.]*(?:\(\w\))?(?:, | and | to )?)+)")
_PANEL = re.compile(r"\(\w\)")  # figure 6.3(d) is a part of figure 6.3


def place(where: str) -> str:
    """The table or figure that a claim is about ("figure 6.3"), or what ``where`` says before its first comma.

    where: section, table or figure of the study, as ``claims.yml`` gives it ("section 6.2.4, figure 6.3(d)").
    """
    named = _SHOWN.search(where)
    if named:
        return f"{named[1]} {_PANEL.sub('', named[2]).strip(' .,')}"
    return re.split(r"[,;] (?!\d)", where)[0]


def heading(name: str) -> str:
    """The name of a place at the beginning of a line."""
    return name[:1].upper() + name[1:]
