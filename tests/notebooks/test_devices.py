"""Pages of every study run on a GPU, and say so in their results."""

import json

import pytest
import torch

from helpers.pages import sources
from helpers.pages.claims import load
from helpers.pages.results import validate

PAGES = (
    "jump_detection/02_multilayer_perceptrons",
    "net_fragments/02_eleven_models",
    "probing/03_four_ways_back",
    "conceptual_content/03_sparsity_flatness_facets",
    "googlenet_neurons/06_kernels_and_their_patterns",
)


def test_there_is_a_page_of_every_study():
    assert {page.split("/")[0] for page in PAGES} == {page.study for page in sources.every()}


@pytest.mark.parametrize(
    "device", [pytest.param("cpu", marks=pytest.mark.slow), pytest.param("cuda", marks=pytest.mark.gpu)]
)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_on_the_device(papermill, tmp_path, page, device):
    ended = papermill(
        page, scale="smoke", device=device, **({"seeds": 2} if "seeds" in sources.read(page).defaults else {})
    )
    assert ended.returncode == 0, ended.stderr
    results = json.loads((tmp_path / "results/results.json").read_text())
    validate(results)
    assert results["device"] == ("cpu" if device == "cpu" else torch.cuda.get_device_name())
    claimed = load(sources.read(page).source.with_name("claims.yml")).values()
    assert {claim["id"] for claim in results["claims"]} == {
        claim.id for claim in claimed if page.endswith(f"/{claim.page}")
    }
