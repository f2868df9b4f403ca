"""A page's dependencies are what Python itself loads when the page's imports run."""

import re
import subprocess
import sys

import jupytext
import pytest

from helpers import pages
from helpers.provenance import REPOSITORY
from workflow.dependencies import asks_for_assets, of_page


@pytest.mark.parametrize("page", pages.every(), ids=lambda p: p.name)
def test_closure_is_what_python_loads(page):
    cells = jupytext.read(page.source).cells
    lines = [
        line
        for cell in cells
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
        if line.startswith(("import ", "from helpers"))
    ]
    code = "\n".join(lines) + (
        "\nimport sys\n"
        "print(*[m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'helpers' and m.__file__], sep='\\n')"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    found = {name for name in of_page(page.source) if name.endswith(".py")}
    assert {f"{REPOSITORY}/{name}" for name in found} == set(loaded)


def test_schemas_count_as_dependencies():
    page = pages.every()[0]
    assert {"helpers/runs.schema.json", "helpers/claims.schema.json"} <= set(of_page(page.source))


def test_the_networks_that_come_with_the_package_count_as_dependencies(tmp_path):
    page = tmp_path / "page.py"
    page.write_text("# %%\nfrom helpers.models.pretrained import load\n")
    assert {"helpers/models/embedded/vgg16.safetensors", "helpers/models/embedded/vgg16.json"} <= set(of_page(page))


@pytest.mark.parametrize("page", pages.every(), ids=lambda p: p.name)
def test_a_page_declares_the_pages_it_reads(page):
    """Else it is executed before them, and trains again, or leaves out, what they would have left for it."""
    named = re.findall(r'"(\d\d_\w+)"', page.source.read_text("utf-8"))
    others = {f"{page.study}/{name}" for name in named} - {page.name}
    assert others <= set(page.reads)


def test_only_pages_that_look_into_the_assets_depend_on_where_they_lie():
    asking = {page.name for page in pages.every() if asks_for_assets(page.source)}
    assert "jump_detection/10_deviation" in asking
    assert "jump_detection/02_multilayer_perceptrons" not in asking
