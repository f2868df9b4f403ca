"""Scripts and styles of the book as few files: each that a page asks for costs a slow computer several milliseconds.

In the repository every file holds one idea. The pages get those of ``_static``, which all pages load, as one script and
one style, and of their own scripts, named one below the other, those of each folder as one.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import groupby

_RUN = re.compile(r'(?:<script src="[\w-]+/[\w-]+\.js"></script>\n)+')
_NAME = re.compile(r'src="([^"]+)"')


def bundled(sources: dict[str, bytes]) -> dict[str, bytes]:
    """The sources of the site, by path in its folder, with bundles in place of the files that these are made of."""
    found = dict(sources)
    for ending in ("js", "css"):
        own = sorted(name for name in found if re.fullmatch(rf"_static/[^/]+\.{ending}", name))
        if own:
            found[f"_static/book.{ending}"] = _joined([found.pop(name) for name in own])
    parts: set[str] = set()
    for page in [name for name in sources if name.endswith(".md")]:
        bundle = partial(_bundle, page=page.removesuffix(".md"), sources=found, parts=parts)
        found[page] = _RUN.sub(bundle, sources[page].decode()).encode()
    return {name: content for name, content in found.items() if name not in parts}


def _bundle(run: re.Match[str], *, page: str, sources: dict[str, bytes], parts: set[str]) -> str:
    """Scripts that follow each other as one for each folder, which is added to the sources; ``parts`` are its files."""
    lines = []
    for folder, group in groupby(_NAME.findall(run[0]), key=lambda name: name.split("/")[0]):
        files = [f"_extra/{name}" for name in group]
        bundle = f"{folder}/{page}.bundle.js"
        sources[f"_extra/{bundle}"] = _joined([sources[name] for name in files])
        parts.update(files)
        lines.append(f'<script src="{bundle}"></script>\n')
    return "".join(lines)


def _joined(files: list[bytes]) -> bytes:
    return b"\n".join(files)
