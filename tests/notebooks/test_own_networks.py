"""The pages on large networks run on networks of a reader's own, or say in one sentence what these lack.

The cells run here, at smoke scale, on tiny networks of many kinds.
"""

import json

import jupytext
import numpy as np
import pytest
from PIL import Image

from helpers.errors import BadInput
from helpers.pages import sources

PAGES = {
    number: next(page.name for page in sources.every() if page.name.startswith(f"probing/0{number}"))
    for number in range(1, 5)
}
CONCEPTS = {
    number: next(page.name for page in sources.every() if page.name.startswith(f"conceptual_content/0{number}"))
    for number in range(1, 7)
}
KERNELS = {int(page.name.split("/")[1][:2]): page.name for page in sources.every() if page.study == "googlenet_neurons"}

NETWORKS = '''
from torch import nn
from torch.nn import functional


class Residual(nn.Module):
    """One ReLU for all calls, a stem without bias, a stride, and a sum of branches."""

    def __init__(self):
        super().__init__()
        self.stem, self.relu = nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.ReLU(inplace=True)
        self.a, self.b = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, stride=2, padding=1)
        self.down, self.fc = nn.Conv2d(8, 8, 1, stride=2), nn.Linear(8, 5)

    def forward(self, x):
        x = self.relu(self.stem(x))
        x = self.relu(self.b(self.relu(self.a(x))) + self.down(x))
        return self.fc(x.mean((2, 3)))


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1), nn.Linear(8, 4)

    def forward(self, x):
        x = functional.relu(self.b(functional.max_pool2d(functional.relu(self.a(x)), 2)))
        return self.c(x.mean((2, 3)))


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.norm = nn.Conv2d(3, 16, 8, stride=8), nn.LayerNorm(16)
        self.attend, self.mlp, self.act = nn.MultiheadAttention(16, 2, batch_first=True), nn.Linear(16, 24), nn.GELU()
        self.back, self.head = nn.Linear(24, 16), nn.Linear(16, 4)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2)
        y = self.norm(x)
        x = x + self.attend(y, y, y, need_weights=False)[0]
        return self.head((x + self.back(self.act(self.mlp(x)))).mean(1))


def smooth():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.SiLU(), nn.Conv2d(8, 8, 3, padding=1, groups=2), nn.SiLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5),
    )


def grey():
    return nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 12, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(192, 32), nn.ReLU(), nn.Linear(32, 10),
    )


def plain():
    return nn.Sequential(nn.Conv2d(3, 6, 3), nn.Conv2d(6, 6, 3), nn.Flatten(), nn.Linear(4704, 3))


class PartSilent(nn.Module):
    """All units of the second layer are silent; layers in parts of parts."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True)),
            nn.Sequential(nn.Conv2d(4, 5, 3), nn.ReLU(inplace=True)),
        )
        nn.init.constant_(self.body[1][0].bias, -1e3)

    def forward(self, x):
        return self.body(x).mean((2, 3))


def one_unit():
    return nn.Sequential(nn.Conv2d(3, 1, 3), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 2))


def four():
    return nn.Sequential(nn.Conv2d(4, 6, 3), nn.ReLU())
'''  # fmt: skip


@pytest.fixture
def run_page(tmp_path, monkeypatch):
    """Runs a page's cells on a network of the file above; gives the results."""
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setattr("helpers.models.pretrained.published.of", lambda name: [])  # no download
    monkeypatch.setenv("HELPERS_RUN_DIR", str(tmp_path / "results"))
    monkeypatch.setenv("HELPERS_STAGES", str(tmp_path / "stages"))
    (tmp_path / "own.py").write_text(NETWORKS)

    def run(number, network, *, pages=PAGES, size=32, channels=3, **given):
        statistics = [0.5] * channels
        entries = {"model": f"own.py:{network}", "preprocessing": {"size": size, "mean": statistics, "std": statistics}}
        (tmp_path / "own.json").write_text(json.dumps(entries))
        values = {"scale": "smoke", "device": "cpu", "images": "patterns", "model": str(tmp_path / "own.json"), **given}
        variables = {}
        for cell in jupytext.read(sources.read(pages[number]).source).cells:
            if cell.cell_type == "code":
                exec(cell.source, variables)
                if "parameters" in cell.metadata.get("tags", []):
                    variables |= values
        results = json.loads((tmp_path / "results/results.json").read_text())
        return {claim["id"]: claim for claim in results["claims"]}

    return run


KINDS = [
    ("Residual", {}),
    ("Residual", {"layer": "fc"}),
    ("Residual", {"layer": "stem", "unit": 3, "batch": 1}),
    ("Functional", {}),
    ("Tokens", {}),
    ("smooth", {}),
    ("grey", {"size": 28, "channels": 1}),
    ("grey", {"size": 28, "channels": 1, "layer": "8"}),
    ("grey", {"size": 28, "channels": 1, "layer": "1"}),
    ("plain", {}),
]


@pytest.mark.slow
@pytest.mark.parametrize("number", PAGES)
@pytest.mark.parametrize(
    ("network", "given"), KINDS, ids=[f"{name}-{given.get('layer', 'auto')}" for name, given in KINDS]
)
def test_a_page_runs_or_says_what_a_network_lacks(run_page, tmp_path, number, network, given):
    if number in (2, 3):
        given = {name: value for name, value in given.items() if name != "batch"}
    if (number, network) == (1, "plain"):
        with pytest.raises(BadInput, match="has no non-linearity"):
            run_page(number, network, **given)
        assert not (tmp_path / "results/results.json").exists()
        return
    claims = run_page(number, network, **given)
    judged = {claim["id"] for claim in claims.values() if claim["verdict"] in ("holds", "fails", "undecided")}
    assert not [one for one in judged if claims[one]["kind"] in ("number", "sentence")]


def test_a_network_that_takes_no_colour_images(run_page, tmp_path):
    with pytest.raises(BadInput, match="takes images of 4 channels, and these have 3"):
        run_page(2, "four", channels=4)
    assert not (tmp_path / "results/results.json").exists()


@pytest.mark.parametrize("number", [2, 4])
def test_class_units_quickly(run_page, number):
    claims = run_page(number, "grey", size=28, channels=1, layer="8")
    assert claims


def test_the_studys_sentences_are_not_judged_on_another_network(run_page):
    claims = run_page(1, "Residual")
    assert claims["sec-5.second-more"]["values"] is None
    assert claims["sec-5.second-more"]["verdict"] == "not testable here"
    assert "ImageNet's weights of VGG16" in claims["sec-5.second-more"]["reason"]
    assert claims["sec-5.second-more.narrow"]["values"]["layer 2"]  # the control needs no network of the reader


@pytest.fixture
def photos(tmp_path):
    """A folder of two classes with a few images of unequal sizes, one of which cannot be read."""
    random = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for k, shape in enumerate([(40, 60), (64, 33), (90, 90), (20, 21)]):
            Image.fromarray(random.integers(0, 255, (*shape, 3), dtype=np.uint8)).save(
                tmp_path / "photos" / name / f"{k}.png"
            )
    (tmp_path / "photos/cat/0.png").write_bytes(b"no image")
    return str(tmp_path / "photos")


CONCEPT_KINDS = [("Residual", {}), ("Functional", {}), ("Tokens", {}), ("smooth", {}), ("one_unit", {}), ("plain", {})]
CONCEPT_KINDS += [("PartSilent", {"layers": "body.1.1, body.0.0"}), ("grey", {"size": 28, "channels": 1})]


@pytest.mark.slow
@pytest.mark.parametrize("number", CONCEPTS)
@pytest.mark.parametrize(("network", "given"), CONCEPT_KINDS, ids=[name for name, _ in CONCEPT_KINDS])
def test_the_pages_on_conceptual_content_run_on_a_readers_network(run_page, photos, number, network, given):
    claims = run_page(number, network, pages=CONCEPTS, images=photos, **given)
    judged = {claim["id"] for claim in claims.values() if claim["verdict"] in ("holds", "fails", "undecided")}
    assert not [one for one in judged if claims[one]["kind"] in ("number", "sentence")]


def test_patches_of_silent_units_quickly(run_page, photos, tmp_path):
    assert run_page(2, "PartSilent", pages=CONCEPTS, images=photos)
    assert not (tmp_path / "results/units.parquet").exists()  # this page measures nothing of all units


def test_a_layer_without_positions_is_one_sentence(run_page, photos, tmp_path):
    with pytest.raises(BadInput, match=r"no layer 'fc' whose units have positions .* by commas of stem, a, b, down"):
        run_page(1, "Residual", pages=CONCEPTS, images=photos, layers="relu,fc")
    assert not (tmp_path / "results/results.json").exists()


KERNEL_KINDS = [("Residual", {}), ("Residual", {"layer": "stem, b"}), ("Functional", {}), ("smooth", {}), ("plain", {})]
KERNEL_KINDS += [("PartSilent", {}), ("one_unit", {}), ("grey", {"size": 28, "channels": 1})]


@pytest.mark.slow
@pytest.mark.parametrize("number", KERNELS)
@pytest.mark.parametrize(("network", "given"), KERNEL_KINDS, ids=["-".join([n, *g]) for n, g in KERNEL_KINDS])
def test_the_pages_on_kernels_run_on_a_readers_network(run_page, photos, number, network, given):
    if (number, network) in ((7, "plain"), (7, "PartSilent"), (7, "one_unit")):
        with pytest.raises(BadInput, match="has 8 kernels of 3×3 or more, too few for clusters"):
            run_page(number, network, pages=KERNELS, **given)
        return
    claims = run_page(number, network, pages=KERNELS, **{"images": photos, "layer": "auto", **given})
    judged = {claim["id"] for claim in claims.values() if claim["verdict"] in ("holds", "fails", "undecided")}
    assert not [one for one in judged if claims[one]["kind"] in ("number", "sentence")]


@pytest.mark.parametrize("number", [5])
def test_kernels_of_few_units_quickly(run_page, photos, number):
    assert run_page(number, "Residual", pages=KERNELS, images=photos, layer="a")


@pytest.mark.parametrize("number", [4])
def test_a_layer_without_such_kernels_is_one_sentence(run_page, tmp_path, number):
    with pytest.raises(BadInput, match=r"no layer 'relu' of kernels; .*layer is auto, or names .* of stem, a, b, down"):
        run_page(number, "Residual", pages=KERNELS, layer="relu")
    assert not (tmp_path / "results/results.json").exists()
