"""What is read from the source of a page; tests/notebooks/test_pairs.py holds every page against jupytext."""

import pytest

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
