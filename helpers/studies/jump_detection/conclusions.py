"""The study's conclusions, each with the claims that bear on it, and the word that their verdicts amount to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from helpers.pages.verdicts import FAILS, HOLDS, UNDECIDED

WORDS = ("stands", "stands in part", "falls", "open")
_COUNTED = ("number", "sentence")  # kinds of claims; text and arithmetic of the study and our own claims are not
STANDS, FALLS = 0.75, 0.25  # the shares of decided claims that hold from which, and up to which, the word is said


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


CONCLUSIONS = (
    Conclusion(
        "Networks beat the signal processing approach (7.1)",
        "02_multilayer_perceptrons",
        ("table-3-3.beat", "table-3-4.beat"),
    ),
    Conclusion(
        "The weights of one layer are a derivative filter (3.3)",
        "03_weights_and_activations",
        ("fig-3-14.", "fig-3-15.", "sec-3-3-3.better-filter"),
    ),
    Conclusion(
        "Convolutional layers smooth, then differentiate (3.4)",
        "05_convolutional_networks",
        ("fig-3-18.", "fig-3-21.", "sec-3-4-"),
    ),
    Conclusion(
        "Hidden activations are coordinates that keep the position (4)",
        "06_bottlenecks",
        ("fig-4-7.", "fig-4-8.", "sec-4-2-3.", "fig-3-12."),
    ),
    Conclusion("Silent units explain the bottlenecks' bumps (4.2)", "06_bottlenecks", ("fig-4-4.", "fig-4-5.")),
    Conclusion(
        "A few dimensions suffice to separate the classes (4.3)",
        "07_embedding",
        ("sec-4-3-", "fig-4-14.", "fig-4-15."),
    ),
    Conclusion("Gradient ascent finds first derivatives, not plateaus (5)", "08_gradient_ascent", ("sec-5", "fig-5-")),
    Conclusion(
        "The steepest rise is the principal sub-pattern (7.2)",
        "12_subpatterns_and_conclusions",
        ("fig-7-1.", *(f"sec-7-2.{n}" for n in ("gradual", "elsewhere", "larger", "deeper", "first", "enter"))),
    ),
    Conclusion(
        "A network can memorise false labels, slowly and case by case (6.2, 7.2)",
        "09_memorising",
        ("sec-6-2-2.", "sec-7-2.more-steps", "fig-6-3.", "fig-6-4.", "fig-7-3."),
    ),
    Conclusion(
        "Memorising tears the manifold apart, learning keeps it (6.3)",
        "09_memorising",
        ("fig-6-5.", "fig-6-6.", "sec-6-3.", "sec-7-3.", "sec-6-4-3.no-thin"),
    ),
    Conclusion(
        "Learning draws each class together (6.4)",
        "10_deviation",
        ("sec-6-4-3.learning-", "sec-6-4-3.thin", "sec-6-4-4.", "fig-6-9.inner-"),
    ),
    Conclusion(
        "Learning shows no significant sign between the classes (6.4)",
        "10_deviation",
        ("fig-6-8.inter-", "fig-6-9.inter-", "sec-6-4-3.inter-"),
    ),
    Conclusion("Memorising spreads the classes (6.4)", "10_deviation", ("fig-6-13.", "fig-6-14.")),
    Conclusion("Digits behave alike (6.4.2)", "10_deviation", ("fig-6-10.", "fig-6-12.", "sec-6-4-2.")),
    Conclusion(
        "Dropout, batch normalisation, preprocessing help (7.1)",
        "11_deviation_beyond",
        ("sec-7-1.dropout", "sec-7-1.batch", "sec-7-1.prep"),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """A conclusion with the verdicts of its claims, by id."""

    conclusion: Conclusion
    verdicts: Mapping[str, str] = field(default_factory=dict)

    def count(self, verdict: str) -> int:
        """The number of its claims with a verdict."""
        return sum(each == verdict for each in self.verdicts.values())

    @property
    def word(self) -> str:
        """What the verdicts amount to, one of ``WORDS``; open where no claim is decided."""
        held, failed = self.count(HOLDS), self.count(FAILS)
        if held + failed == 0:
            return "open"
        share = held / (held + failed)
        return "stands" if share >= STANDS else "falls" if share <= FALLS else "stands in part"


def outcomes(verdicts: Mapping[str, str], kinds: Mapping[str, str]) -> list[Outcome]:
    """The outcome of each conclusion.

    verdicts: the verdict of each claim that was judged, by id.
    kinds: the kind of each claim, by id.
    """
    counted = {name: verdict for name, verdict in verdicts.items() if kinds[name] in _COUNTED}
    return [
        Outcome(each, {name: verdict for name, verdict in counted.items() if name.startswith(each.claims)})
        for each in CONCLUSIONS
    ]


def table(found: list[Outcome]) -> str:
    """The outcomes as a table in Markdown, with a link from each conclusion to its page."""
    rows = [
        f"| [{each.conclusion.text}]({each.conclusion.page}.ipynb) | **{each.word}** | "
        + " | ".join(str(each.count(verdict)) for verdict in (HOLDS, FAILS, UNDECIDED))
        + f" | {len(each.verdicts) - sum(each.count(v) for v in (HOLDS, FAILS, UNDECIDED))} |"
        for each in found
    ]
    head = [
        f"| Conclusion | Word | {HOLDS} | {FAILS} | {UNDECIDED} | not judged |",
        "| --- | --- | --: | --: | --: | --: |",
    ]
    return "\n".join(head + rows)
