"""Which sentences of static Markdown state a result: they hold numbers or quantity words that nothing explains.

A number is explained where the page's code has it (parameters, sizes, definitions), where the study's claims have it
(printed values and statements), or where it names a place ("figure 4.3", "layer 2", "eq. 3.1 and 3.2").
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Set

_NOT_PROSE = re.compile(
    r"^(`{3,}|~{3,}).*?^\1|<!--.*?-->|\$\$.*?\$\$|\$[^$]+\$|\{[\w:]+\}`[^`]*`|`[^`]*`"
    r'|^#+ .*?$|^\|.*?$|"[^"]*"|(?<=\])\([^)]*\)',
    re.DOTALL | re.MULTILINE,
)
_END_OF_SENTENCE = re.compile(r"(?<=[.?!:;])[\s)*]+(?=[A-Z*\[(]|$)|\n\s*\n|\n(?=[-*] )")
_SHORT = re.compile(r"\b(eqs?|figs?|e\.g|i\.e|vs|cf|sec|no|approx)\.\s", re.IGNORECASE)
_PLACE = re.compile(
    r"\b(?:sections?|figures?|tables?|equations?|eqs?|chapters?|pages?|layers?|models?|algorithms?|appendix|"
    r"positions?|points?|entry|entries|columns?|rows?|panels?|steps?|lines?|digits?|seeds?|units?|versions?|numbers?|"
    r"lengths?|widths?|levels?|networks?|classes|remarks?|pool|conv|relu)\s+"
    r"(?:[a-z]?\d[\w.()-]*(?:\s*(?:,|;|and|or|to|of figure|–|-)\s*)*)+",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b(?:[A-Za-z_]+[\d_]+|[A-Za-z]+-\d+|\d+(?:[-×]\w+)+)(?:[-_]\w+)*")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?:\s?%| per cent)?")
_WORD = (
    "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|(?:a )?hundred|(?:a )?thousand)"
)
_PART = "(?:half|third|quarter|fifth|sixth|seventh|eighth|ninth|tenth|twelfth|twentieth|hundredth|thousandth)"
_QUANTITY = re.compile(
    r"\b(?:(?<!at )(?<!it )(?<!\bone )most\b"
    r"(?! (?:probable|active|likely|important|frequent|strongly|similar)\b)(?=\s\w)|"
    r"mostly|mainly|majority|minority|hardly|barely|scarcely|almost|nearly|none|nothing but|nowhere|everywhere|"
    r"everything spreads|rarely|seldom|never|always|by far|steeply|twice|thrice|\w+fold|doubled?|halved?|"
    r"in (?:all|every|no) (?:seeds?|networks?|cases?)|all seeds (?!of\b)|"
    rf"(?:only |about |less than |more than )?half(?! of the (?:signals|images))|"
    rf"(?:a|two|three) {_PART}s?(?! (?:one|layer))|"
    rf"(?:several|many|{_WORD}) times(?: (?:as|more|less|larger|smaller|worse|better|out)\b)?|"
    rf"(?:few|many|some) of|{_WORD} (?:\w+ )?(?:of|in|out of) (?:the |all |every |a )?{_WORD})\b",
    re.IGNORECASE,
)
_ATTRIBUTED = re.compile(
    r"^(?:\W|\w+ ){0,4}?(?:the |its |this )?(?:study|section|text|caption|summary|thesis|figures?|tables?|it)\b"
    r"[^,;:]{0,40}?\s"
    r"(?:says?|said|states?|reports?|finds?|found|sees?|saw|claims?|reads?|names?|calls?|concludes?|describes?|"
    r"shows?|prints?|gives?|explains?|blames?|takes?|thinks?|argues?|suspects?|trains?|draws?|keeps?|counts?|uses?|"
    r"compares?|credits?|asks?|puts?|sends?|tells?|writes?|expects?|stops?|lists?|divides?|speaks?)\b"
)
PAGE = re.compile(
    r"\b(?:next|last|previous|following) (?:two |three )?pages?\b|\bpage (?:after|before)\b", re.IGNORECASE
)
_OURS = re.compile(r"\b(?:here|ours?|we|but|though|however|instead)\b", re.IGNORECASE)


def sentences(markdown: str) -> list[str]:
    """The sentences of Markdown, without headings, code, formulas, tables, quotations and the targets of links."""
    text = _SHORT.sub(r"\1 ", _NOT_PROSE.sub(lambda cut: "\n\n" if cut[0].startswith("#") else " X ", markdown))
    parts = (" ".join(part.split()) for part in _END_OF_SENTENCE.split(text))
    return [part for part in parts if part]


def numbers(text: str) -> set[float]:
    """All numbers in a text of any kind; digits may be grouped as in 12,000 or 12_000."""
    found = re.findall(r"(?<![\w.])\d+(?:[_,]\d{3})*(?:\.\d+)?(?:e-?\d+)?", text)
    return {float(number.replace(",", "").replace("_", "")) for number in found}


def unexplained(sentence: str, known: Set[float]) -> list[str]:
    """What in a sentence states a result: quantity words, and numbers that are not known."""
    if sentence.endswith("?") or (_ATTRIBUTED.match(sentence) and not _OURS.search(sentence)):
        return []
    found = [" ".join(words[0].split()) for words in _QUANTITY.finditer(sentence)]
    rest = _NAME.sub(" ", _PLACE.sub(" ", sentence))
    for number in _NUMBER.finditer(rest):
        (value,) = numbers(number[0])
        percent = number[0].endswith(("%", "cent"))
        if not ({value / 100, round(1 - value / 100, 9)} | {value} if percent else {value}) & known:
            found.append(number[0])
    return found


def stated_results(markdown: str, known: Set[float], allowed: Iterable[str] = ()) -> list[str]:
    """The sentences that state a result, each with what tells it; without those that contain an allowed text."""
    found = []
    for sentence in sentences(markdown):
        signs = unexplained(sentence, known)
        if signs and not any(text in sentence for text in allowed):
            found.append(f"{', '.join(signs)}: {sentence}")
    return found


def without_links(markdown: str) -> str:
    """Markdown without its links and the texts of these."""
    return re.sub(r"\[[^\]]*\]\([^)]*\)", " X ", markdown)


def only_imports(code: str) -> bool:
    """Whether code does nothing but import."""
    body = ast.parse(code).body
    return bool(body) and all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in body)
