"""Small pictures of the figures of executed pages."""

from __future__ import annotations

import base64
import io
import re

from PIL import Image, ImageOps

_IMAGE = re.compile(r'<img class="(in-the-(?:light|dark))" src="(data:image/([a-z+]+);base64,([^"]+))" alt="([^"]*)"')
_WIDTH, _HEIGHT = 504, 324  # pixels at most, without the rim: twice what a card shows
_RIM = 8  # pixels of the ground around: made small, a picture's own rim may be less than one
_GROUND = {"in-the-light": "white", "in-the-dark": "#121212"}


def small(figure: str) -> str:
    """A figure, as the HTML of a page has it, as one small picture with the same alternative text.

    It keeps its copy for a dark page, if it has one. A drawing is small at any size, and stays as it is.
    """
    found = _IMAGE.findall(figure)
    if not found:
        return ""
    kind = "picture" if len(found) > 1 else "drawing"
    images = (_image(*one) for one in found)
    return f'<span class="thumbnail {kind}">{"".join(images)}</span>'


def _image(theme: str, address: str, kind: str, content: str, alt: str) -> str:
    hidden = ' style="display:none"' if theme == "in-the-dark" else ""
    if kind != "svg+xml":
        address = f"data:image/webp;base64,{_made_small(base64.b64decode(content), _GROUND[theme])}"
    return f'<img class="{theme}" src="{address}" alt="{alt}" loading="lazy"{hidden}>'


def _made_small(content: bytes, ground: str) -> str:
    """A picture as a small one on this ground, in base64."""
    with Image.open(io.BytesIO(content)) as picture:
        made = picture.convert("RGB")
    made.thumbnail((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
    made = ImageOps.expand(made, _RIM, ground)
    smaller = io.BytesIO()
    made.save(smaller, "webp", quality=80)
    return base64.b64encode(smaller.getvalue()).decode()
