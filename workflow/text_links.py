"""Words of the prose become links: terms of the glossary where a page first uses them, and "page 6" within a study.

A part of the book's Sphinx extension. Headings, code, formulas, tables and what is a link already stay as they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

GLOSSARY = "glossary"
_NOT_PROSE = (
    *(nodes.title, nodes.term, nodes.literal, nodes.literal_block, nodes.raw, nodes.math, nodes.math_block),
    *(nodes.reference, nodes.table, nodes.caption, nodes.comment, nodes.image, nodes.footnote, nodes.citation),
    *(addnodes.pending_xref, addnodes.desc_signature, addnodes.download_reference, addnodes.toctree),
)
_PAGE_OF_A_STUDY = re.compile(r"(?P<study>[^/]+)/(?P<number>\d\d)_")
_PAGES = re.compile(r"\bpages? \d{1,2}\b(?:(?:, | and | or | to |–)\d{1,2}\b)*(?! of the study)", re.IGNORECASE)
_ONE_PAGE = re.compile(r"(?:pages? )?(?P<number>\d{1,2})", re.IGNORECASE)


class Links(SphinxPostTransform):
    """Before Sphinx resolves references, so that those which the author wrote are known."""

    default_priority = 8
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        name = self.env.docname
        _join_lines(self.document)
        if (page := _PAGE_OF_A_STUDY.match(name)) is not None:
            _replace(self.document, _PAGES, lambda words: self._page_links(words, page["study"]))
        if name != GLOSSARY and not re.match(self.config.glossary_not_on, name):
            self._link_terms()

    def _page_links(self, words: str, study: str) -> list[nodes.Node] | None:
        """The words "pages 2 and 3" with a link for each number; None if the study has no such page."""
        pages = {int(found["number"]): name for name, found in _pages_of(study, self.env.found_docs)}
        parts: list[nodes.Node] = []
        end = 0
        for one in _ONE_PAGE.finditer(words):
            target = pages.get(int(one["number"]))
            if target is None:
                return None
            title = self.env.longtitles[target].astext() if target in self.env.longtitles else ""
            parts += [nodes.Text(words[end : one.start()]), self._reference(one[0], target, title)]
            end = one.end()
        return [*parts, nodes.Text(words[end:])]

    def _link_terms(self) -> None:
        """Link each term of the glossary where the page first uses it, unless the author has done so before."""
        left = {term: place for term, place in _terms(self.app).items() if term not in self.config.glossary_by_hand}
        if not left:
            return
        longest_first = sorted(left, key=len, reverse=True)
        words = re.compile(rf"(?<![\w-])(?:{'|'.join(map(_spelt, longest_first))})(?![\w-])", re.IGNORECASE)

        def link(text: str) -> list[nodes.Node] | None:
            term = _singular(text, left)
            if term is None:
                return None
            place, meaning = left.pop(term)
            return [self._reference(text, GLOSSARY, meaning, f"#{place}", "glossary-term")]

        for node in list(self.document.findall(nodes.Node)):
            if isinstance(node, addnodes.pending_xref) and node.get("reftype") == "term":
                left.pop(node["reftarget"].lower(), None)
            elif isinstance(node, nodes.Text):
                _replace_in(node, words, link)

    def _reference(self, text: str, target: str, title: str, anchor: str = "", *classes: str) -> nodes.reference:
        address = self.app.builder.get_relative_uri(self.env.docname, target) + anchor
        link = nodes.reference("", "", nodes.Text(text), internal=True, refuri=address, classes=list(classes))
        if title:
            link["reftitle"] = title
        return link


def _pages_of(study: str, names: set[str]) -> Iterator[tuple[str, re.Match[str]]]:
    for name in sorted(names):
        found = _PAGE_OF_A_STUDY.match(name)
        if found and found["study"] == study:
            yield name, found


def _terms(app: Sphinx) -> dict[str, tuple[str, str]]:
    """For each term of the glossary, in small letters, its place on that page and the first sentence of its entry."""
    if GLOSSARY not in app.env.found_docs:
        return {}
    known = getattr(app, "_terms_of_the_glossary", None)
    if known is None:
        known = {}
        for item in app.env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
            terms = [child for child in item.children if isinstance(child, nodes.term)]
            meaning = " ".join(item.children[-1].astext().split())
            first = re.split(r"(?<!e\.g)(?<!i\.e)(?<=[.:]) (?=[A-Z])", meaning)[0].rstrip(":")
            known |= {term.astext().strip().lower(): (term["ids"][0], first) for term in terms if term["ids"]}
        app._terms_of_the_glossary = known  # type: ignore[attr-defined]  # it lives as long as the build
    return known


def _spelt(term: str) -> str:
    """A pattern for a term: also in the plural, and over the end of a line."""
    pattern = r"\s+".join(map(re.escape, term.split()))
    return rf"{pattern}(?:e?s)?" if not term.endswith("y") else rf"(?:{pattern}|{pattern[:-1]}ies)"


def _singular(text: str, terms: dict[str, tuple[str, str]]) -> str | None:
    """The term that a text spells, which may be in the plural; None if it has been linked already."""
    written = " ".join(text.lower().split())
    options = (written, written.removesuffix("s"), written.removesuffix("es"), f"{written.removesuffix('ies')}y")
    return next((option for option in options if option in terms), None)


def _replace(document: nodes.document, words: re.Pattern[str], links: Callable[[str], list[nodes.Node] | None]) -> None:
    for node in list(document.findall(nodes.Text)):
        _replace_in(node, words, links)


def _replace_in(node: nodes.Text, words: re.Pattern[str], links: Callable[[str], list[nodes.Node] | None]) -> None:
    """Replace what the pattern finds in a piece of prose by nodes; where ``links`` gives None, the words stay."""
    place = _place(node)
    if place is None or not _is_prose(node):
        return
    text, parts, end = node.astext(), [], 0
    for found in words.finditer(text):
        made = links(found[0])
        if made is not None:
            parts += [nodes.Text(text[end : found.start()]), *made]
            end = found.end()
    if parts:
        whole = [*parts, nodes.Text(text[end:])]
        node.parent[place : place + 1] = [p for p in whole if not isinstance(p, nodes.Text) or p.astext()]


def _join_lines(document: nodes.document) -> None:
    """Make one piece of each text that is several because it ran over the end of a line."""
    for node in list(document.findall(nodes.Text)):
        above, place = node.parent, _place(node)
        if above is not None and place and isinstance(above[place - 1], nodes.Text):
            above[place - 1 : place + 1] = [nodes.Text(above[place - 1].astext() + node.astext())]


def _place(node: nodes.Text) -> int | None:
    """The place among its siblings, some of which may be equal to it, as texts are; None for one that was moved."""
    siblings = node.parent.children if node.parent is not None else []
    return next((place for place, sibling in enumerate(siblings) if sibling is node), None)


def _is_prose(node: nodes.Node) -> bool:
    above: Any = node.parent
    inside = False
    while above is not None:
        if isinstance(above, _NOT_PROSE):
            return False
        inside = inside or isinstance(above, nodes.paragraph)
        above = above.parent
    return inside


def _glossary_digest(app: Sphinx, config: Any) -> None:
    # Every page is written again when the glossary has changed, since it may have new terms.
    path = Path(app.srcdir, f"{GLOSSARY}.md")
    config.glossary_digest = hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def connect(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.add_config_value("glossary_by_hand", [], "html", list)  # terms that are common words: linked only by {term}
    app.add_config_value("glossary_not_on", "(?!)", "html", str)  # a pattern of pages
    app.add_config_value("glossary_digest", "", "html", str)
    app.connect("config-inited", _glossary_digest)
    app.add_post_transform(Links)
