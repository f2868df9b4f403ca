"""A page's dependencies are what Python itself loads when the page's imports run."""

import ast
import copy
import json
import re
import subprocess
import sys

import pytest

from helpers.pages import code_digest, sources
from helpers.pages.repository import REPOSITORY
from workflow import dependencies

# What the imports of each page (a line of JSON) load of helpers: a process forked per page, with what all of them need
# from elsewhere loaded once.
LOADED = """
import json, os, sys
import captum.attr, IPython.display, jaxtyping, jsonschema, matplotlib.figure, pandas, safetensors.torch, scipy.stats
import skimage.data, sklearn.datasets, sklearn.neighbors, torch, torchvision, tqdm, yaml
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


def of_helpers(node: ast.stmt) -> bool:
    """Whether a statement imports a package as a whole, or something from ``helpers``."""
    if isinstance(node, ast.ImportFrom):
        return str(node.module).startswith("helpers")
    return isinstance(node, ast.Import)


def test_closure_is_what_python_loads():
    every = sources.every()
    imports = [[ast.unparse(node) for node in ast.parse(page.code).body if of_helpers(node)] for page in every]
    told = "\n".join(json.dumps(lines) for lines in imports)
    run = subprocess.run(
        [sys.executable, "-c", LOADED], input=told, cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    loaded = [json.loads(line) for line in run.stdout.splitlines()]
    for page, files in zip(every, loaded, strict=True):
        found = {f"{REPOSITORY}/{name}" for name in dependencies.files_of_page(page) if name.endswith(".py")}
        assert found == set(files), page.name


def test_schemas_count_as_dependencies():
    found = dependencies.files_of_page(sources.every()[0])
    assert {"helpers/pages/results.schema.json", "helpers/pages/claims.schema.json"} <= found


def test_the_networks_that_come_with_the_package_count_as_dependencies():
    page = sources.Page(name="a/b", title="", code="from helpers.models.pretrained import load", defaults={})
    folder = "helpers/models/pretrained/embedded"
    assert {f"{folder}/vgg16.safetensors", f"{folder}/vgg16.json"} <= dependencies.files_of_page(page)


@pytest.mark.parametrize("page", sources.every(), ids=lambda p: p.name)
def test_a_page_declares_the_pages_it_reads(page):
    """Else it is executed before them, and trains again, or leaves out, what they would have left for it."""
    named = re.findall(r'"(\d\d_\w+)"', page.source.read_text("utf-8"))
    others = {f"{page.study}/{name}" for name in named} - {page.name}
    assert others <= set(page.reads)


def test_only_pages_that_look_into_the_assets_depend_on_where_they_lie():
    asking = {page.name for page in sources.every() if dependencies.ask_for_assets(page)}
    assert "jump_detection/10_deviation" in asking
    assert "jump_detection/02_multilayer_perceptrons" not in asking


@pytest.mark.parametrize("page", sources.every(), ids=lambda p: p.name)
def test_a_page_declares_the_stages_it_reads(page):
    """Else a page trains by the way what a rule of its own should have made before."""
    modules = code_digest.imports(page.code)
    stages = {name.split(".")[2] + "/" + name.split(".")[-1] for name in modules if ".stages." in name}
    assert set(page.stages) == stages


def every_stage():
    return sorted({stage for page in sources.every() for stage in page.stages})


@pytest.mark.parametrize("stage", every_stage())
def test_a_stage_depends_neither_on_runs_nor_on_claims_nor_on_plots(stage):
    files = code_digest.closure({code_digest.stage_module(stage)})
    outside = ("helpers/pages/", "helpers/plots/", "helpers/statistics/")
    assert not [path for path in files if path.startswith(outside) or "/plots/" in path]


def test_every_stage_is_read_by_a_page():
    folders = (REPOSITORY / "helpers/studies").glob("*/stages/[a-z]*.py")
    assert {f"{path.parts[-3]}/{path.stem}" for path in folders} == set(every_stage())


def test_a_stage_waits_for_the_stages_whose_artefacts_it_reads():
    assert dependencies.stages_read_by("jump_detection/output_initialisation") == ["jump_detection/bottlenecks"]
    assert dependencies.stages_read_by("jump_detection/perceptrons") == []
    assert dependencies.stages_read_by("conceptual_content/facets") == ["conceptual_content/unit_statistics"]


@pytest.mark.parametrize("field", ["id", "where", "statement", "why", "value", "scale", "rule"])
def test_a_changed_claim_changes_the_digest_of_its_page_only(field):
    first, second = sources.every()[:2]
    claims = copy.deepcopy(dependencies._claims(first.study))
    names = [page.name.split("/")[1] for page in (first, second)]
    before = [dependencies.claims_digest(claims, name) for name in names]
    assert before == [dependencies.of_claims(page) for page in (first, second)]
    changed = next(claim for claim in claims if claim["page"] == names[1])
    changed[field] = {"at_most": 1e9} if field == "rule" else f"{changed.get(field)} Indeed."
    after = [dependencies.claims_digest(claims, name) for name in names]
    assert after[0] == before[0] and after[1] != before[1]


def test_the_order_of_claims_does_not_matter_but_their_number_does():
    claims = dependencies._claims("probing")
    name = claims[0]["page"]
    turned = [dict(reversed(claim.items())) for claim in reversed(claims)]
    assert dependencies.claims_digest(turned, name) == dependencies.claims_digest(claims, name)
    assert dependencies.claims_digest(claims[1:], name) != dependencies.claims_digest(claims, name)


def test_the_versions_of_what_computes_numbers_are_found_in_the_lock():
    assert "torch==" in dependencies.numerical_versions() and "numpy==" in dependencies.numerical_versions()
