"""The text of every page in one script, from which the search shows where a word stands: a part of the extension."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

FILE = "search_texts.js"
_NOT_READ = "script, style, svg, math, .math, details.hide, .rerun, .headerlink, .cell_input, .prev-next-footer, #toc"


def text(html: str) -> str:
    """What a reader reads of a page: its article without code, formulas and drawings, on one line."""
    page = BeautifulSoup(re.sub(r'src="data:[^"]*"', "", html), "html.parser")
    article = page.select_one("article")
    if article is None:
        return ""
    for part in article.select(_NOT_READ):
        part.decompose()
    return re.sub(r" (?=[,.;:!?)])", "", " ".join(article.get_text(" ").split()))


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        pages = {name: Path(app.outdir, app.builder.get_target_uri(name)) for name in sorted(app.env.found_docs)}
        texts = {name: text(path.read_text("utf-8")) for name, path in pages.items() if path.is_file()}
        content = f"window.SEARCH_TEXTS = {json.dumps(texts, ensure_ascii=False)};\n"
        Path(app.outdir, FILE).write_text(content, "utf-8")


def connect(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("build-finished", _write)
