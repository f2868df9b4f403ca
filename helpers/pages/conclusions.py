"""A study's conclusions, each with the claims that bear on it, and the word that their verdicts amount to.

``notebooks/<study>/conclusions.yml`` lists them. Claims of the kinds *number* and *sentence* count; slips do not, and
neither do claims of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from helpers import yaml_files
from helpers.errors import BadInput
from helpers.pages import untrained
from helpers.pages.verdicts import FAILS, HOLDS, UNDECIDED

FILE = "conclusions.yml"
UNLEARNED = "not due to learning"
WORDS = ("stands", "half", "falls", "undecided", UNLEARNED, "open")
STANDS, FALLS = 0.75, 0.25  # the shares of decided claims that hold from which, and up to which, the word is said
_COUNTED = ("number", "sentence")
_TEXT = {"type": "string", "minLength": 1}
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["said", "figure", "conclusions"],
    "properties": {
        "said": _TEXT,
        "figure": {
            "type": "object",
            "additionalProperties": False,
            "required": ["page", "caption"],
            "properties": {"page": _TEXT, "caption": _TEXT},
        },
        "conclusions": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["text", "page", "claims"],
                "properties": {
                    "text": _TEXT,
                    "page": _TEXT,
                    "claims": {"type": "array", "minItems": 1, "items": _TEXT},
                },
            },
        },
    },
}


class ConclusionsError(BadInput):
    """A list of conclusions cannot be read, or is not in the form that it should have."""


@dataclass(frozen=True)
class Conclusion:
    """One conclusion of the study.

    text: the conclusion, with the chapter or section that draws it.
    page: the page of the book that says most about it.
    claims: the beginnings of the ids of the claims that bear on it.
    """

    text: str
    page: str
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Conclusions:
    """What a study concludes.

    said: what it set out to show, in a sentence or two.
    figure: a page of the study, and the beginning of the caption of that one of its figures that shows most.
    """

    said: str
    figure: tuple[str, str]
    listed: tuple[Conclusion, ...]


@dataclass(frozen=True)
class Outcome:
    """A conclusion with the verdicts of its claims, by id; unlearned: those that hold before any training as well."""

    conclusion: Conclusion
    verdicts: Mapping[str, str] = field(default_factory=dict)
    unlearned: frozenset[str] = frozenset()

    def count(self, verdict: str) -> int:
        """The number of its claims with a verdict."""
        return sum(each == verdict for each in self.verdicts.values())

    @property
    def word(self) -> str:
        """What the verdicts amount to, one of ``WORDS``.

        Undecided where no claim is decided, and open where none could be judged in this run. What stands is not due to
        learning where most of the claims that hold do so before any training.
        """
        held, failed = self.count(HOLDS), self.count(FAILS)
        if held + failed == 0:
            return "undecided" if self.count(UNDECIDED) else "open"
        share = held / (held + failed)
        if share <= FALLS:
            return "falls"
        if share < STANDS:
            return "half"
        also = sum(self.verdicts[name] == HOLDS for name in self.unlearned & self.verdicts.keys())
        return UNLEARNED if 2 * also > held else "stands"


def load(path: Path) -> Conclusions:
    """The conclusions of a file; raises ConclusionsError with one sentence for one that is none."""
    try:
        content = yaml_files.read_valid(path, _SCHEMA, name=str(path))
    except yaml_files.NotReadable as error:
        raise ConclusionsError(str(error)) from None
    listed = tuple(Conclusion(each["text"], each["page"], tuple(each["claims"])) for each in content["conclusions"])
    figure = content["figure"]["page"], content["figure"]["caption"]
    return Conclusions(content["said"].strip(), figure, listed)


def unlearned(study: Path) -> frozenset[str]:
    """The claims of a study, by its folder, that networks before any training pass as well."""
    return frozenset(name for name, found in untrained.read(study / untrained.FILE).items() if found.verdict == HOLDS)


def outcomes(
    listed: Sequence[Conclusion],
    verdicts: Mapping[str, str],
    kinds: Mapping[str, str],
    also_before: frozenset[str] = frozenset(),
) -> list[Outcome]:
    """The outcome of each conclusion.

    verdicts: the verdict of each claim that was judged, by id.
    kinds: the kind of each claim, by id.
    also_before: the claims that networks before any training pass as well.
    """
    counted = {name: verdict for name, verdict in verdicts.items() if kinds[name] in _COUNTED}
    return [
        Outcome(each, {name: verdict for name, verdict in counted.items() if name.startswith(each.claims)}, also_before)
        for each in listed
    ]


def table(found: Sequence[Outcome], *, folder: str = "") -> str:
    """The outcomes as a table in Markdown, with a link from each conclusion to its page, in ``folder``."""
    rows = [
        f"| [{each.conclusion.text}]({folder}{each.conclusion.page}.ipynb) | **{each.word}** | "
        + " | ".join(str(each.count(verdict)) for verdict in (HOLDS, FAILS, UNDECIDED))
        + f" | {len(each.verdicts) - sum(each.count(v) for v in (HOLDS, FAILS, UNDECIDED))} |"
        for each in found
    ]
    head = [
        f"| Conclusion | Word | {HOLDS} | {FAILS} | {UNDECIDED} | not judged |",
        "| --- | --- | --: | --: | --: | --: |",
    ]
    return "\n".join(head + rows)


def how_the_word_follows() -> str:
    """The rule of the words, as a sentence."""
    return (
        f"A conclusion *stands* where {100 * STANDS:.0f}% or more of its decided claims hold, *falls* where "
        f"{100 * FALLS:.0f}% or less do, and stands *half* between; it is *{UNLEARNED}* where most of what holds also "
        "holds for networks before any training."
    )
