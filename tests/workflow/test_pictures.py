"""Pictures leave their page, and the page keeps their place."""

import base64
import io
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from PIL import Image

from workflow import pictures


def inline(kind, content):
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def webp(colour, size=(30, 20)):
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "webp")
    return content.getvalue()


RED, SVG = webp("red"), b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40.5 20"><path d="M0 0"/></svg>'


def test_a_picture_becomes_a_file_and_two_pages_share_it():
    files = {}
    text = f'before <img class="a" src="{inline("webp", RED)}" alt="x &lt; y" style="max-width:100%"> after'
    for page, up in (("index", ""), ("study/01_a", "../")):
        shown = pictures.of_text(text, page=page, files=files)
        image = BeautifulSoup(shown, "html.parser").img
        (name,) = files
        assert name.startswith(pictures.FOLDER) and files[name] == RED
        assert image["src"] == up + name and image["alt"] == "x < y" and image["style"] == "max-width:100%"
        assert (image["width"], image["height"], image["loading"], image["class"]) == ("30", "20", "lazy", ["a"])
        assert shown.startswith("before <img") and shown.endswith("> after")


def test_a_drawing_keeps_its_shape_and_what_is_said_already_stays():
    files = {}
    text = f'<img width="9" src="{inline("svg+xml", SVG)}" alt="" loading="eager">'
    shown = pictures.of_text(text, page="a", files=files)
    image = BeautifulSoup(shown, "html.parser").img
    assert (
        shown.count("loading=") == 1
        and (image["loading"], image["width"]) == ("eager", "9")
        and "height" not in image.attrs
    )
    assert [Path(name).suffix for name in files] == [".svg"]
    again = pictures.of_text(f'<img src="{inline("svg+xml", SVG)}" alt="">', page="a", files=files)
    assert 'width="40" height="20"' in again


def test_what_is_no_picture_stays_as_it_is():
    for data in ("AAAA", "not base64!"):
        text, files = f'<img src="data:image/webp;base64,{data}" alt="">', {}
        assert pictures.of_text(text, page="a", files=files) == text and files == {}


def test_all_outputs_of_a_notebook():
    files = {}
    html = (
        f'<figure><img src="{inline("webp", RED)}" alt="a"><img src="{inline("webp", webp("blue"))}" alt="b"></figure>'
    )
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", {"text/html": html})])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("text"), cell])
    pictures.of_notebook(notebook, page="study/01_a", files=files)
    assert len(files) == 2 and "base64" not in notebook.cells[1].outputs[0]["data"]["text/html"]
