"""A page's dependencies are what Python itself loads when the page's imports run."""

import json
import re
import subprocess
import sys

import pytest

from helpers.pages import sources
from helpers.pages.repository import REPOSITORY
from workflow.dependencies import ask_for_assets, of_page

# What the imports of each page (a line of JSON) load of helpers: a process forked per page, with torch loaded once.
LOADED = """
import json, os, sys
import matplotlib.figure, pandas, scipy.stats, sklearn.neighbors, torch, torchvision
for line in sys.stdin:
    read, write = os.pipe()
    if not os.fork():
        exec("\\n".join(json.loads(line)), {})
        files = [m.__file__ for n, m in sys.modules.items() if n.split(".")[0] == "helpers" and m.__file__]
        os.write(write, json.dumps(files).encode())
        os._exit(0)
    os.close(write)
    print(os.read(read, 2**20).decode(), flush=True)
    os.wait()
"""


def test_closure_is_what_python_loads():
    every = sources.every()
    imports = [
        [line for line in page.code.splitlines() if line.startswith(("import ", "from helpers"))] for page in every
    ]
    told = "\n".join(json.dumps(lines) for lines in imports)
    run = subprocess.run(
        [sys.executable, "-c", LOADED], input=told, cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    loaded = [json.loads(line) for line in run.stdout.splitlines()]
    for page, files in zip(every, loaded, strict=True):
        found = {f"{REPOSITORY}/{name}" for name in of_page(page) if name.endswith(".py")}
        assert found == set(files), page.name


def test_schemas_count_as_dependencies():
    assert {"helpers/runs.schema.json", "helpers/claims.schema.json"} <= set(of_page(sources.every()[0]))


def test_the_networks_that_come_with_the_package_count_as_dependencies():
    page = sources.Page(name="a/b", title="", code="from helpers.models.pretrained import load", defaults={})
    assert {"helpers/models/embedded/vgg16.safetensors", "helpers/models/embedded/vgg16.json"} <= set(of_page(page))


@pytest.mark.parametrize("page", sources.every(), ids=lambda p: p.name)
def test_a_page_declares_the_pages_it_reads(page):
    """Else it is executed before them, and trains again, or leaves out, what they would have left for it."""
    named = re.findall(r'"(\d\d_\w+)"', page.source.read_text("utf-8"))
    others = {f"{page.study}/{name}" for name in named} - {page.name}
    assert others <= set(page.reads)


def test_only_pages_that_look_into_the_assets_depend_on_where_they_lie():
    asking = {page.name for page in sources.every() if ask_for_assets(of_page(page))}
    assert "jump_detection/10_deviation" in asking
    assert "jump_detection/02_multilayer_perceptrons" not in asking
