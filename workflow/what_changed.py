"""The lists of verdicts that changed, for the page of the book that says what changed and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape

from helpers.pages.verdicts import VERDICTS
from workflow.changes import NONE, Change
from workflow.scorecard.markup import literal, verdict_name
from workflow.verdicts import SCALE, Difference

MARK = "<!-- verdicts that changed -->"  # in the prose of the page
_FOLDED = 12  # so many claims of one change, or more, are folded


def lists(
    titles: Mapping[str, str],
    changes: Mapping[str, Sequence[Change]],
    reported: Mapping[str, Collection[str]],
    differ: Sequence[Difference] | None,
) -> str:
    """What replaces ``MARK``, in Markdown with HTML. Studies are named by their folders.

    titles: the title of each study.
    changes: the changes of each study, oldest first.
    reported: the claims of each study that have a row in this book's scorecard.
    differ: the verdicts of this build that differ from those in the repository; None if they cannot be compared.
    """
    parts = []
    for study, title in titles.items():
        listed = "".join(_change(change, reported[study]) for change in reversed(changes[study]))
        parts += [f"## {literal(title)}\n", f'<ul class="changes">{listed}</ul>\n' if listed else "No change so far.\n"]
    return "\n".join([*parts, "## This build\n", _this_build(titles, reported, differ)])


def _this_build(
    titles: Mapping[str, str], reported: Mapping[str, Collection[str]], differ: Sequence[Difference] | None
) -> str:
    if differ is None:
        return f"This build is not at {SCALE} scale, so its verdicts are not compared with those in the repository.\n"
    if not differ:
        return "All verdicts of this build are those in the repository.\n"
    rows = "".join(
        f"<li>{escape(titles[one.study])}, {_claim(one.claim, reported[one.study])}: "
        f"{_verdict(one.before)} became {_verdict(one.after)}</li>"
        for one in differ
    )
    return f'Verdicts of this build that differ from those in the repository:\n\n<ul class="changes">{rows}</ul>\n'


def _change(change: Change, reported: Collection[str]) -> str:
    claims = ", ".join(_claim(claim, reported) for claim in change.claims)
    if len(change.claims) >= _FOLDED:
        claims = f"<details><summary>{len(change.claims)} claims</summary>{claims}</details>"
    return (
        f"<li>{_verdict(change.before)} became {_verdict(change.after)} "
        f'<time datetime="{change.date}">({change.date})</time>: {escape(change.why)} {claims}</li>'
    )


def _claim(claim: str, reported: Collection[str]) -> str:
    name = f"<code>{escape(claim)}</code>"
    return f'<a href="scorecard.html#claim-{escape(claim)}">{name}</a>' if claim in reported else name


def _verdict(verdict: str) -> str:
    return verdict_name(verdict) if verdict in VERDICTS else {NONE: "no claim"}[verdict]
