"""What is read from the source of a page; tests/notebooks/test_pairs.py holds every page against jupytext."""

import pytest

from helpers.errors import BadInput
from helpers.pages import sources

PAGE = "net_fragments/02_eleven_models"


@pytest.mark.parametrize("more", ["", 'editable=true slideshow={"slide_type": ""} '])
def test_a_page_is_read_the_same_with_the_metadata_that_jupyter_writes(tmp_path, monkeypatch, more):
    original = sources.read(PAGE)
    source = original.source.read_text("utf-8").replace("# %% [markdown]", f"# %% [markdown] {more}".rstrip())
    (tmp_path / "study").mkdir()
    name = f"study/{len(more)}"  # pages are read once by name
    written = source.replace('# %% tags=["parameters"]', f'# %% {more}tags=["parameters"]')
    (tmp_path / f"{name}.py").write_text(written, "utf-8")
    monkeypatch.setattr(sources, "NOTEBOOKS", tmp_path)
    page = sources.read(name)
    assert (page.title, page.code, page.defaults) == (original.title, original.code, original.defaults)
    assert page.stages == original.stages == ["net_fragments/encoders"]


def test_a_missing_page_is_named():
    with pytest.raises(FileNotFoundError, match=r"No page 'a/b': notebooks/a/b\.py does not exist"):
        sources.read("a/b")


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Writes the source of a page, and returns the function that reads it."""
    monkeypatch.setattr(sources, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(sources, "REPOSITORY", tmp_path)
    sources.read.cache_clear()
    (tmp_path / "study").mkdir()

    def write(text, encoding="utf-8"):
        (tmp_path / "study/01_a.py").write_text(text, encoding)
        return lambda: sources.read("study/01_a")

    yield write
    sources.read.cache_clear()


HEADER = "# ---\n# jupyter:\n#   book: {}\n# ---\n"
WHOLE = HEADER + '\n# %% [markdown]\n# # Title\n\n# %% tags=["parameters"]\nscale = "laptop"\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (WHOLE.replace('tags=["parameters"]', ""), 'has no cell of parameters, `# %% tags=["parameters"]`.'),
        (WHOLE.replace("# # Title", "# Title"), "has no title"),
        (WHOLE.replace("scale =", "scale = = "), "cannot be read: invalid syntax"),
        (
            WHOLE.replace("book: {}", "book: {treads: 2}"),
            "has a header that cannot be used; its entry book may have stages",
        ),
        (WHOLE.replace("book: {}", "book: ["), "has a header that cannot be used"),
        (WHOLE.replace("jupyter:", "jupiter:"), "has a header that cannot be used"),
        ("", "has no title"),
        ("just a text", "has no title"),
    ],
)
def test_a_source_that_is_no_page_is_refused_by_name(page, text, sentence):
    with pytest.raises(sources.SourceError) as error:
        page(text)()
    assert str(error.value).startswith("notebooks/study/01_a.py ") and sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_source_in_another_encoding_is_refused_by_name(page):
    with pytest.raises(sources.SourceError, match=r"notebooks/study/01_a.py cannot be read: 'utf-8' codec"):
        page(WHOLE.replace("Title", "Übertitel"), "latin-1")()


@pytest.mark.parametrize("name", ["../secret/01_a", "study/../study/01_a", "/etc/passwd", "study", "", "study/01_a\n"])
def test_a_page_lies_in_a_folder_of_notebooks(page, name):
    page(WHOLE)
    with pytest.raises(sources.NoSuchPage, match="No page "):
        sources.read(name)


@pytest.mark.parametrize(
    "toc", ["parts:\n\t- a", "a: [", "[]", "parts: 3", "parts: [{chapters: [a]}]", "parts: [{}]", ""]
)
def test_a_table_of_contents_that_is_none(page, tmp_path, toc):
    (tmp_path / "_toc.yml").write_text(toc)
    with pytest.raises(BadInput, match=r"_toc.yml") as error:
        sources.every()
    assert "\n" not in str(error.value)
