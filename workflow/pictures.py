"""Pictures of pages as files beside them: a page stays small, and a browser reads a picture when a reader comes near.

Executed pages hold their figures as text in the page, so that a notebook is one file. The book takes them out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re

import nbformat
from PIL import Image

from workflow.html_outputs import in_html

FOLDER = "pictures/"  # in the book, for all of its pages; a picture that two pages show is one file
_INLINE = re.compile(
    r'<img\b(?P<before>[^>]*?) src="data:image/(?P<kind>png|webp|svg\+xml);base64,(?P<data>[^"]+)"(?P<after>[^>]*)'
)
_ENDINGS = {"png": "png", "webp": "webp", "svg+xml": "svg"}
_VIEW_BOX = re.compile(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def of_text(text: str, *, page: str, files: dict[str, bytes]) -> str:
    """The text with every picture that it holds replaced by the address of a file.

    text: HTML, or Markdown with HTML in it.
    page: the page's name, from which the address begins ("study/01_page").
    files: receives the pictures by their paths in the book.
    """
    up = "../" * page.count("/")

    def address(found: re.Match[str]) -> str:
        try:
            content = base64.b64decode(found["data"], validate=True)
            width, height = _size(content, found["kind"])
        except (binascii.Error, OSError, TypeError):  # what somebody wrote by hand, and no picture of ours
            return found[0]
        name = f"{FOLDER}{hashlib.sha256(content).hexdigest()[:20]}.{_ENDINGS[found['kind']]}"
        files[name] = content
        said = found["before"] + found["after"]
        size = "" if " width=" in said else f' width="{width}" height="{height}"'
        lazily = "" if " loading=" in said else ' loading="lazy"'
        return f'<img{found["before"]} src="{up}{name}"{size}{lazily} decoding="async"{found["after"]}'

    return _INLINE.sub(address, text)


def of_notebook(notebook: nbformat.NotebookNode, *, page: str, files: dict[str, bytes]) -> None:
    """Do so in place in all outputs of an executed page; page and files as for :func:`of_text`."""
    for data in in_html(notebook.cells):
        data["text/html"] = of_text(data["text/html"], page=page, files=files)


def _size(content: bytes, kind: str) -> tuple[int, int]:
    """Width and height in pixels, or in the units of a drawing; their ratio keeps the place until a picture is read."""
    if kind == "svg+xml":
        found = _VIEW_BOX.search(content)
        if found is None:
            raise TypeError("a drawing without a size")
        return round(float(found[1])), round(float(found[2]))
    with Image.open(io.BytesIO(content)) as picture:
        return picture.size
