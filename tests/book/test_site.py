"""A small book is built from stand-in pages, broken, mended and built again."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from markdown_it import MarkdownIt
from PIL import Image
from sphinx_external_toc.parsing import parse_toc_yaml

from helpers.pages.findings import decide
from tests.helpers.pages.test_findings import claim
from workflow import site
from workflow.one_at_a_time import locked
from workflow.passing_on.source_address import Source
from workflow.site import Places, SiteError, build, gather

REPOSITORY = Path(__file__).parents[2]
PAGES = ("study/01_first", "study/02_second")
TOC = """\
format: jb-book
root: index
parts:
  - caption: The study
    chapters:
      - file: how_to_rerun
      - file: scorecard
      - file: study/01_first
      - file: study/02_second
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """The sources of a book of two pages, and Jupyter Book able to find this repository's extension."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY), prepend=os.pathsep)
    repository = Source.of("https://github.com/owner/name", "try")
    places = Places(root=tmp_path, build=tmp_path / "made", repository=repository)
    shutil.copy(REPOSITORY / "_config.yml", tmp_path)
    write(places.toc, TOC)
    shutil.copytree(REPOSITORY / "book" / "_static", tmp_path / "book" / "_static")
    write(tmp_path / "book" / "index.md", "# The book\n\n(how-to-read-a-verdict)=\n## How to read a verdict\n")
    write(tmp_path / "book" / "how_to_rerun.md", "# How to\n")
    for named_by_the_configuration in ("references.bib", "_extra/explorer/index.txt"):
        write(tmp_path / "book" / named_by_the_configuration, "")
    for page in PAGES:
        cells = [
            nbformat.v4.new_markdown_cell(f"# Page {page}\n\nA formula, $x^2$."),
            nbformat.v4.new_code_cell("noise = 1.5", metadata={"tags": ["parameters"]}),
        ]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
        for path in (places.executed(page), places.source(page, ".ipynb")):
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, path)
        write(places.source(page, ".py"), "noise = 1.5\n")
        write(places.results(page), json.dumps(results(page)))
    return places


def results(page: str) -> dict[str, Any]:
    """What a run of a page writes that measures no claim."""
    parameters = {"scale": "laptop", "noise": 1.5, "name": "a b"}
    ran = {"scale": "laptop", "seeds": [0], "device": "cpu", "seconds": 1.0, "peak_memory_mb": 1.0, "commit": None}
    found: dict[str, Any] = {"versions": {}, "weights": [], "data": [], "claims": [], "measurements": {}}
    return {"page": page, "title": page, "parameters": parameters, **ran, **found}


def test_a_book_is_built_again_only_where_it_changed_and_never_half(places: Places) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 4), "red").save(picture, "webp")
    figure = (
        f'<figure><img src="data:image/webp;base64,{base64.b64encode(picture.getvalue()).decode()}" alt="a"></figure>'
    )
    first_page = nbformat.read(places.executed(PAGES[0]), as_version=4)
    first_page.cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": figure})]
    nbformat.write(first_page, places.executed(PAGES[0]))
    first = build(places)
    html = first.parent
    assert {str(path.relative_to(html)) for path in html.rglob("*.html") if "_static" not in path.parts} >= {
        "index.html", "scorecard.html", *(f"{page}.html" for page in PAGES),
    }  # fmt: skip
    page = (html / "study/01_first.html").read_text("utf-8")
    assert (html / "_static" / "mathjax" / "tex-svg.js").is_file()
    assert re.search(r'src="\.\./_static/mathjax/tex-svg.js', page)
    (file,) = (html / "pictures").glob("*.webp")
    assert file.read_bytes() == picture.getvalue()
    assert f'src="../pictures/{file.name}" width="8" height="4" loading="lazy"' in page
    edit = "https://github.com/owner/name/edit/try/book/how_to_rerun.md"
    assert edit in (html / "how_to_rerun.html").read_text("utf-8")
    assert "/edit/" not in (html / "scorecard.html").read_text("utf-8"), "the build writes it"
    assert "git clone -q --depth 1 -b try https://github.com/owner/name" in page

    written = (html / "study/01_first.html").stat().st_mtime_ns
    other = (html / "study/02_second.html").stat().st_mtime_ns
    time.sleep(0.05)
    notebook = nbformat.read(places.executed(PAGES[0]), as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("Newly said."))
    nbformat.write(notebook, places.executed(PAGES[0]))
    build(places)
    assert "Newly said." in (html / "study/01_first.html").read_text("utf-8")
    assert (html / "study/01_first.html").stat().st_mtime_ns > written
    assert (html / "study/02_second.html").stat().st_mtime_ns == other

    notebook.cells.append(nbformat.v4.new_markdown_cell("A link to [nowhere](no_such_page.md)."))
    nbformat.write(notebook, places.executed(PAGES[0]))
    with pytest.raises(SiteError, match="no_such_page"):
        build(places)
    assert "nowhere" not in (html / "study/01_first.html").read_text("utf-8"), "a faulty book was published"


class JupyterBook:
    """Stands in for the program, whose pages may be kept from one build to the next as Sphinx keeps them."""

    def __init__(self, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
        self.places = places
        self.found: list[bool] = []  # for each build, whether it found the pages of the one before
        self.returncode = 0
        monkeypatch.setattr(site.subprocess, "run", self.run)

    def run(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if command[0] == "git":
            raise FileNotFoundError("git")  # the sources of this book have no history
        assert (self.places.build / "html").exists() == bool(self.found), "the book is there while a new one is bound"
        out = Path(command[command.index("--path-output") + 1])
        html = out / "_build" / "html"
        self.found.append(html.exists())
        for page in parse_toc_yaml(self.places.toc):
            write(html / f"{page}.html", page)
        return subprocess.CompletedProcess(command, self.returncode, stdout="a page is wrong", stderr="")


@pytest.fixture
def program(places: Places, monkeypatch: pytest.MonkeyPatch) -> JupyterBook:
    """A stand-in that has built the book once."""
    program = JupyterBook(places, monkeypatch)
    build(places)
    return program


def test_pages_are_kept_from_build_to_build(places: Places, program: JupyterBook) -> None:
    write(places.root / "book" / "index.md", "# Another sentence\n")
    build(places)
    assert program.found == [False, True]


def test_after_a_faulty_book_all_pages_are_read_again(places: Places, program: JupyterBook) -> None:
    """Sphinx warns of a page only when it reads it: the second time, too, the fault must be found."""
    program.returncode = 1
    for _ in range(2):
        with pytest.raises(SiteError, match="a page is wrong"):
            build(places)
    program.returncode = 0
    build(places)
    build(places)
    assert program.found == [False, True, False, False, True]


def test_a_page_that_left_the_contents_is_no_longer_published(places: Places, program: JupyterBook) -> None:
    html = places.build / "html"
    assert (html / "study/02_second.html").exists()
    write(places.toc, TOC.replace("      - file: study/02_second\n", ""))
    build(places)
    assert program.found == [False, False]
    assert (html / "study/01_first.html").exists()
    assert not (html / "study/02_second.html").exists()


@pytest.mark.parametrize("name", ["_static/new.css", "_extra/explorer/index.txt", "_templates/layout.html"])
def test_files_that_sphinx_copies_as_they_are_begin_a_new_book(places: Places, program: JupyterBook, name: str) -> None:
    """It copies them only when some page is new."""
    write(places.root / "book" / name, "changed")
    build(places)
    assert program.found == [False, False]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_program_is_no_fault_of_the_book(places: Places, program: JupyterBook, number: signal.Signals) -> None:
    published = content(places.build / "html")
    program.returncode = -number
    with pytest.raises(SiteError) as error:
        build(places)
    assert str(error.value) == f"Jupyter Book was killed ({number.name}); run it again."
    assert content(places.build / "html") == published


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


def test_a_full_disk_leaves_the_published_book(
    places: Places, program: JupyterBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = content(places.build / "html")

    def full(made: Path, new: Path) -> None:
        new.mkdir()
        write(new / "index.html", "half")
        raise shutil.Error([(str(made / "a.html"), str(new / "a.html"), "[Errno 28] No space left on device")])

    with monkeypatch.context() as patched:
        patched.setattr(site.shutil, "copytree", full)
        with pytest.raises(SiteError, match=r"cannot be built: .*made.*: \[Errno 28\] No space left on device\.$"):
            build(places)
    assert content(places.build / "html") == published
    assert not (places.build / ".html-new").exists()
    build(places)


def test_a_book_put_aside_by_a_killed_process_comes_back(places: Places, program: JupyterBook) -> None:
    published = content(places.build / "html")
    (places.build / "html").rename(places.build / ".html-old")
    (places.build / "html").mkdir()  # as Snakemake does before it runs a rule
    program.found.clear()
    program.found.append(True)
    program.returncode = 1
    with pytest.raises(SiteError):
        build(places)
    assert content(places.build / "html") == published


def test_two_books_at_once_are_bound_one_after_the_other(
    places: Places, program: JupyterBook, capfd: pytest.CaptureFixture[str]
) -> None:
    with locked(places.build / ".book.lock", ""):
        other = threading.Thread(target=build, args=[places])
        other.start()
        while "waiting for its end" not in capfd.readouterr().out:
            time.sleep(0.01)
        assert len(program.found) == 1
    other.join()
    assert len(program.found) == 2


DAMAGED = {
    "emptied": ("", "is damaged"),
    "cut": ('{"page": "study/01', "is damaged"),
    "nothing in it": ("{}", "'page' is a required property"),
    "another type": (json.dumps(results(PAGES[0]) | {"seeds": "all"}), "seeds: 'all' is not of type 'array'"),
    "not a number": (json.dumps(results(PAGES[0]) | {"seconds": float("nan")}), "NaN is no number of JSON"),
    "of another page": (json.dumps(results(PAGES[1])), "is of the page study/02_second"),
    "a large file": ("x" * 1_000_000, "is damaged"),
    "Latin-1": ("\udce9", "is damaged"),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_damaged_results_are_named_with_a_remedy(places: Places, what: str) -> None:
    text, sentence = DAMAGED[what]
    places.results(PAGES[0]).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SiteError) as error:
        gather(places)
    said = str(error.value)
    assert said.startswith(str(places.results(PAGES[0]))) and "delete it" in said and sentence in said
    assert "\n" not in said and len(said) < 500


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}']
)
def test_a_damaged_notebook_is_named_with_a_remedy(places: Places, text: str) -> None:
    write(places.executed(PAGES[0]), text)
    with pytest.raises(SiteError) as error:
        gather(places)
    said = str(error.value)
    assert said.startswith(f"{places.executed(PAGES[0])} is damaged") and "delete it" in said
    assert "\n" not in said and len(said) < 500


@pytest.mark.parametrize("toc", [TOC + "\t- x", "format: [", "format: jb-book\n", "caf\udce9: 1", "- a\n- b\n"])
def test_a_broken_table_of_contents_is_one_sentence(places: Places, toc: str) -> None:
    places.toc.write_bytes(toc.encode("utf-8", "surrogateescape"))
    with pytest.raises(SiteError) as error:
        gather(places)
    assert str(error.value).startswith(f"{places.toc} is no table of contents: ") and "\n" not in str(error.value)


def test_prose_that_is_missing_is_named_where_it_would_lie(places: Places) -> None:
    write(places.toc, TOC.replace("how_to_rerun", "nowhere"))
    with pytest.raises(SiteError) as error:
        gather(places)
    assert str(error.value).endswith(f"files are missing: {places.root}/book/nowhere.md.")


def test_a_value_that_holds_a_fence_stays_in_the_command(places: Places) -> None:
    hostile = "a\n````\n```{raw} html\n<script>alert(1)</script>\n```"
    write(places.results(PAGES[0]), json.dumps(results(PAGES[0]) | {"parameters": {"name": hostile}}))
    (_, note, *_) = nbformat.reads(gather(places)[f"{PAGES[0]}.ipynb"].decode(), as_version=4).cells
    tokens = MarkdownIt().parse(note.source)
    (admonition,) = [token for token in tokens if token.type == "fence"]
    inner = MarkdownIt().parse(admonition.content)
    command, _ = [token for token in inner if token.type == "fence"]  # the other one is the cell for Colab
    assert "alert(1)" in command.content


def test_missing_files_are_all_named(places: Places) -> None:
    places.executed(PAGES[1]).unlink()
    places.results(PAGES[0]).unlink()
    with pytest.raises(SiteError) as error:
        gather(places)
    named = re.findall(r"[^ ,]+\.(?:ipynb|json)", str(error.value))
    assert sorted(named) == sorted(map(str, (places.executed(PAGES[1]), places.results(PAGES[0]))))


def test_prose_shows_a_figure_of_a_run(places: Places) -> None:
    notebook = nbformat.read(places.executed(PAGES[0]), as_version=4)
    figures = [f"<figure><img><figcaption>Figure {i} &amp; more</figcaption></figure>" for i in (1, 2)]
    notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": f}) for f in figures]
    nbformat.write(notebook, places.executed(PAGES[0]))
    write(places.root / "book" / "index.md", f'# The book\n\n<!-- figure {PAGES[0]} "Figure 2 &" -->\n')
    assert gather(places)["index.md"].decode() == f"# The book\n\n{figures[1]}\n"
    write(places.root / "book" / "index.md", f'<!-- figure {PAGES[0]} "Figure 3" -->')
    with pytest.raises(SiteError, match="'Figure 3' of the page study/01_first"):
        gather(places)


def test_a_card_is_marked_whose_verdict_is_not_the_one_that_is_kept(places: Places) -> None:
    judged = decide(claim({"at_least": 0.2}, id="a"), [0.5, 0.51, 0.52], scale="laptop").as_json()
    write(places.results(PAGES[0]), json.dumps(results(PAGES[0]) | {"claims": [judged]}))
    notebook = nbformat.read(places.executed(PAGES[0]), as_version=4)
    figure = "<figure><figcaption>A figure</figcaption></figure>"
    notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": figure})]
    nbformat.write(notebook, places.executed(PAGES[0]))
    write(places.root / "book/index.md", "# The book\n\n<!-- what we found -->\n")
    card = f"{{claim: a, asks: q, answers: {{holds: Yes, fails: No}}, figure: {{page: {PAGES[0]}, caption: A figure}}}}"
    write(places.root / "book/findings.yml", f"- {card}\n")
    for kept, marked in {judged["verdict"]: False, "fails": True}.items():
        write(places.root / "notebooks/study/verdicts.csv", f"claim,verdict\na,{kept}\n")
        assert ('<p class="changed">' in gather(places)["index.md"].decode()) == marked


def test_the_first_page_lists_what_stands_altogether(places: Places) -> None:
    held = [decide(claim({"at_least": 0.2}, id=name), [0.5, 0.51, 0.52], scale="laptop").as_json() for name in "abc"]
    write(places.results(PAGES[0]), json.dumps(results(PAGES[0]) | {"claims": held}))
    notebook = nbformat.read(places.executed(PAGES[0]), as_version=4)
    figure = "<figure><figcaption>A figure</figcaption></figure>"
    notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": figure})]
    nbformat.write(notebook, places.executed(PAGES[0]))
    write(places.toc, f"{TOC}      - file: found_study\n")
    write(places.root / "book/index.md", "# The book\n\n<!-- what we found -->\n")
    write(places.root / "book/findings.yml", "[]\n")
    conclusions = "conclusions: [{text: It is so, page: 01_first, claims: [a, b, c]}]"
    said = f"said: It says.\nfigure: {{page: 01_first, caption: A figure}}\n{conclusions}\n"
    write(places.root / "notebooks/study/conclusions.yml", said)
    made = gather(places)
    assert '<a href="study/01_first.html">It is so</a>' in made["index.md"].decode()
    assert "[It is so](study/01_first.ipynb)" in made["found_study.md"].decode()


def test_a_claim_leads_to_its_unit_if_the_explorer_has_it(places: Places) -> None:
    box = '<div class="verdict verdict-holds" id="claim-a"><dl><dt>Rule</dt><dd>one</dd></dl></div>'
    notebook = nbformat.read(places.executed(PAGES[0]), as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": box})]
    nbformat.write(notebook, places.executed(PAGES[0]))
    link = "../units.html#vgg16/conv1_2/29"
    assert link not in gather(places)[f"{PAGES[0]}.ipynb"].decode()
    write(places.build / "unit_data/vgg16/network.json", "{}")
    write(places.build / "unit_data/vgg16/claims.js", 'window.unitsData("vgg16/claims",{"conv1_2/29":[{"id":"a"}]});\n')
    assert link in gather(places)[f"{PAGES[0]}.ipynb"].decode()
    write(places.build / "unit_data/vgg16/claims.js", "{")
    with pytest.raises(SiteError, match=r"claims\.js is damaged"):
        gather(places)


def test_pages_gain_a_number_and_a_note_with_the_command_of_their_run(places: Places) -> None:
    injected = nbformat.v4.new_code_cell("# Parameters\nnoise = 1.5", metadata={"tags": ["injected-parameters"]})
    before = nbformat.read(places.executed(PAGES[0]), as_version=4)
    before.cells.append(injected)
    nbformat.write(before, places.executed(PAGES[0]))
    sources = gather(places)
    after = nbformat.reads(sources[f"{PAGES[0]}.ipynb"].decode(), as_version=4)
    note = after.cells.pop(1)
    assert after.cells[0].source == f"# The study 1: Page {PAGES[0]}\n\nA formula, $x^2$."
    assert [cell.metadata.get("tags") for cell in after.cells[1:]] == [
        ["hide-input", "parameters"],
        ["injected-parameters", "remove-cell"],
    ]
    assert [cell.source for cell in after.cells[1:]] == [cell.source for cell in before.cells[1:]]
    command = "papermill notebooks/study/01_first.ipynb out.ipynb \\\n  -p scale laptop -p noise 1.5 -p name 'a b'"
    assert command in note.source
    linked = re.findall(r"<\.\./(.+?)>", note.source)
    assert [sources[path] for path in linked] == [
        places.executed(PAGES[0]).read_bytes(),
        places.source(PAGES[0], ".ipynb").read_bytes(),
        places.source(PAGES[0], ".py").read_bytes(),
    ]
