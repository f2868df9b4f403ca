"""Small pictures of the figures of executed pages."""

from __future__ import annotations

import base64
import io
import re

from PIL import Image, ImageOps

_IMAGE = re.compile(r'<img class="in-the-light" src="(data:image/([a-z+]+);base64,([^"]+))" alt="([^"]*)"')
_WIDTH, _HEIGHT = 504, 324  # pixels at most, without the rim: twice what a card shows
_RIM = 8  # white pixels around: made small, a picture's own rim may be less than one


def small(figure: str) -> str:
    """A figure, as the HTML of a page has it, as one small picture with the same alternative text.

    A drawing is small at any size, and stays as it is.
    """
    found = _IMAGE.search(figure)
    if found is None:
        return ""
    address, kind, content, alt = found.groups()
    if kind == "svg+xml":
        return f'<img class="drawing" src="{address}" alt="{alt}" loading="lazy">'
    with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
        made = picture.convert("RGB")
    made.thumbnail((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
    made = ImageOps.expand(made, _RIM, "white")
    content = io.BytesIO()
    made.save(content, "webp", quality=80)
    data = base64.b64encode(content.getvalue()).decode()
    return f'<img src="data:image/webp;base64,{data}" alt="{alt}" loading="lazy">'
