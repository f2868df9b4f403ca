"""The totals of the scorecard: what is printed, stated and slipped, and what is ours, each counted apart."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from helpers.pages.verdicts import HOLDS, LARGER_SCALE, NOT_TESTABLE, SLIP, VERDICTS
from workflow.scorecard.kinds import GROUPS, counts, share_that_holds
from workflow.scorecard.markup import bar, verdict_class
from workflow.scorecard.records import Record


def headline(claims: Sequence[Record], *, of_one_study: bool = False) -> str:
    """The result of the book, or of one study, in a sentence or two, in Markdown."""
    numbers, sentences = (counts(claims, [kind]) for kind in ("number", "sentence"))
    both = numbers + sentences
    slips = counts(claims, ["slip"])[SLIP]
    open_ones = both[LARGER_SCALE] + both[NOT_TESTABLE]
    rest = f" {open_ones} more need a larger scale or cannot be tested here." if open_ones else ""
    unlearned = sum(
        claim["kind"] == "sentence" and claim["verdict"] == HOLDS and (claim["untrained"] or {}).get("verdict") == HOLDS
        for claim in claims
    )
    also = f" Of these, {unlearned} hold for networks before any training as well." if unlearned else ""
    return (
        f"**Numbers that {'the study prints' if of_one_study else 'the studies print'}: {share_that_holds(numbers)}. "
        f"Sentences that {'it states' if of_one_study else 'they state'}: {share_that_holds(sentences)}.**{also}{rest} "
        f"Slips found in {'its' if of_one_study else 'their'} own text and arithmetic: {slips}.\n"
    )


def totals(studies: Sequence[tuple[str, str, Sequence[Record]]]) -> str:
    """Bars and numbers for each study: its folder, its title and its claims."""
    return f'<div class="totals">{"".join(_study(*study) for study in studies)}</div>\n'


def _study(name: str, title: str, claims: Sequence[Record]) -> str:
    rows = []
    for group, kinds in GROUPS.items():
        found = counts(claims, kinds)
        if found:
            numbers = ", ".join(
                f'<span class="count {verdict_class(verdict)}" data-study="{escape(name)}" '
                f'data-kinds="{" ".join(kinds)}" data-verdict="{verdict}">{verdict}: {found[verdict]}</span>'
                for verdict in VERDICTS
                if found[verdict]
            )
            result = f"{found[SLIP]} slips in {found.total()}" if kinds == ("slip",) else share_that_holds(found)
            rows.append(f'<li><span class="group">{group}: {result}</span>{bar(found)}{numbers}</li>')
    return f"<section><h3>{escape(title)}</h3><ul>{''.join(rows)}</ul></section>"
