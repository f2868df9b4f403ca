"""Every page is a pair: the .py that people edit and the .ipynb that papermill and Jupyter open, without outputs."""

import jupytext
import nbformat
import pytest

from helpers.pages import inspected, sources
from helpers.pages.claims import load
from helpers.pages.parameters import assigned
from helpers.pages.runs import _COMMON
from helpers.studies.conceptual_content import parameters as conceptual_content
from helpers.studies.googlenet_neurons import parameters as googlenet_neurons
from helpers.studies.jump_detection import parameters

PAGES = sources.every()
OWN_FILES_LAST = (  # the folder of a run is first where Python looks for modules; it becomes the last
    'import sys\n\nsys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package'
)
SHARED = {
    "conceptual_content": conceptual_content.PARAMETERS,
    "googlenet_neurons": {**googlenet_neurons.PARAMETERS, **googlenet_neurons.IMAGES},
    "jump_detection": parameters.PARAMETERS,
    "net_fragments": {},
    "probing": inspected.PARAMETERS,
}


def test_every_notebook_is_a_page_of_the_book():
    files = {str(path.relative_to(sources.NOTEBOOKS).with_suffix("")) for path in sources.NOTEBOOKS.glob("*/*.py")}
    assert files == {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_pair_agrees_cell_by_cell(page):
    notebook = page.source.with_suffix(".ipynb")
    assert notebook.is_file(), f"run `make notebooks` to write {notebook.name}"
    source, paired = jupytext.read(page.source), nbformat.read(notebook, as_version=4)
    assert len(source.cells) == len(paired.cells)
    for ours, theirs in zip(source.cells, paired.cells, strict=True):
        assert (ours.cell_type, ours.source) == (theirs.cell_type, theirs.source)
        assert ours.metadata.get("tags") == theirs.metadata.get("tags")
        assert not theirs.get("outputs")
        assert theirs.get("execution_count") is None
    assert source.metadata.get("book") == paired.metadata.get("book")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_page_is_read_as_jupytext_reads_it(page):
    notebook = jupytext.read(page.source)
    (parameters,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    declared = {name: getattr(page, name) for name in notebook.metadata.get("book", {})}
    assert page.title == notebook.cells[0].source.splitlines()[0].removeprefix("# ")
    assert page.code == "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert page.defaults == assigned(parameters.source)
    assert declared == notebook.metadata.get("book", {})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_page_has_the_shape_of_a_page(page):
    cells = jupytext.read(page.source).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    assert cells[0].source.startswith("# "), "a page begins with its title"
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in cells) == 1
    assert {"scale", "seed", "device"} <= set(page.defaults)
    assert page.defaults["scale"] == "laptop"
    assert all(isinstance(v, str | int | float | bool) for v in page.defaults.values()), "plain scalars only"
    assert code[-1] == "run.finish()"
    assert code[1] == OWN_FILES_LAST
    start = next(source for source in code if "runs.start(" in source)
    assert f'"{page.name}"' in start
    for name in set(page.defaults) - set(_COMMON):
        shared = "**PARAMETERS" in start and name in SHARED[page.study]
        assert shared or f"{name}=runs." in start, f"the parameter {name} is not checked"
    for source in code:
        assert len(source.splitlines()) <= 26, f"a long cell:\n{source}"


@pytest.mark.parametrize("study", sorted({page.study for page in PAGES}))
def test_every_claim_belongs_to_a_page(study):
    claimed = {claim.page for claim in load(sources.NOTEBOOKS / study / "claims.yml").values()}
    assert claimed <= {page.name.split("/")[1] for page in PAGES if page.study == study}
