"""A run of a page: what it refuses, what it writes, and that what it writes can be checked."""

import json

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from jsonschema import ValidationError
from matplotlib import rc_context, rcParams
from matplotlib.figure import Figure

from helpers.errors import BadInput
from helpers.pages import claims, runs, sources, unit_table
from helpers.pages import results as results_file
from helpers.pages.display import banner
from helpers.pages.rule import ClaimError
from helpers.studies.jump_detection.stages import perceptrons

PAGE = "jump_detection/03_weights_and_activations"


@pytest.fixture
def variables(tmp_path, monkeypatch):
    """The variables of a page, which writes to a folder of the test."""
    monkeypatch.setenv("HELPERS_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("HELPERS_RESULTS", str(tmp_path / "shared"))
    monkeypatch.setenv("HELPERS_STAGES", str(tmp_path / "stages"))
    return {"scale": "smoke", "seed": 3, "seeds": 2, "device": "cpu", "jump": 3.0, "noise_std": 1.0}


def start(variables):
    return runs.start(PAGE, variables, jump=runs.Number(0.1, 100), noise_std=runs.Number(0.05, 10))


def test_start_gives_seeds_device_and_scale(variables):
    run = start(variables)
    assert (run.scale, run.seeds, run.device) == ("smoke", [3, 4], torch.device("cpu"))
    assert run.by_scale(smoke=1, laptop=2, paper=3) == 1
    assert run.changed_parameters == []
    drawn = torch.rand(3), np.random.rand()
    start(variables)
    assert torch.equal(torch.rand(3), drawn[0])
    assert np.random.rand() == drawn[1]


@pytest.mark.parametrize(
    ("scale", "given", "used"),
    [("smoke", 5, 3), ("smoke", 4, 4), ("smoke", 2, 2), ("laptop", 5, 5)],
)
def test_the_smoke_scale_has_fewer_seeds_than_the_page_says_unless_told(variables, scale, given, used):
    assert sources.read(PAGE).defaults["seeds"] == 5
    assert len(start(variables | {"scale": scale, "seeds": given}).seeds) == used


def test_seeds_that_papermill_gives_are_used_at_any_scale(variables, monkeypatch):
    monkeypatch.setattr(runs, "injected", lambda: ["seeds"])
    assert len(start(variables | {"seeds": 5}).seeds) == 5


@pytest.mark.parametrize("device", ["cuda:99", "gpu", 1])
def test_a_device_that_is_not_there(variables, device):
    with pytest.raises(runs.ParameterError, match="on this machine allowed is auto, cpu"):
        start(variables | {"device": device})


def test_a_changed_setting_is_noted(variables):
    assert start(variables | {"noise_std": 1.5}).changed_parameters == ["noise_std = 1.5"]


def test_finish_refuses_while_claims_are_missing(variables, tmp_path):
    run = start(variables)
    run.claim("fig-3-11.outside", [0.4, 0.5], floor=[1.0, 1.0])
    with pytest.raises(ClaimError, match=r"did not report: .*fig-3-12\.diagonal"):
        run.finish()
    assert not (tmp_path / "run/results.json").exists()


def test_a_claim_is_reported_once_and_is_known(variables):
    run = start(variables)
    run.claim("fig-3-11.outside", [0.4, 0.5], floor=[1.0, 1.0])
    with pytest.raises(ClaimError, match="reported twice"):
        run.claim("fig-3-11.outside", [0.4, 0.5], floor=[1.0, 1.0])
    with pytest.raises(ClaimError, match=r"nearest are fig-3-12\.stripes"):
        run.claim("fig-3-12.stripe", [0.4, 0.5])


def test_results_are_complete_and_valid(variables, tmp_path):
    run = start(variables)
    for claim in claims.load(run.page.source.with_name("claims.yml")).values():
        if claim.page == "03_weights_and_activations":
            names = getattr(claim.rule, "names", None)  # those of an order
            values = {name: [1.0, 1.0] for name in names} if names else [1.0, 1.0]
            run.claim(claim.id, values if claim.rule.is_measured else None, floor=values if claim.floor else None)
    run.measure("something", torch.tensor([1.0, float("nan")]))
    run.record_input("data", "signals", "generated", [torch.zeros(2)])
    run.finish()
    results = json.loads((tmp_path / "run/results.json").read_text())
    results_file.validate(results)
    assert results["seeds"] == [3, 4]
    assert results["parameters"]["noise_std"] == 1.0
    assert results["measurements"]["something"] == {"values": [1.0, None], "mean": None, "low": None, "high": None}
    assert {c["verdict"] for c in results["claims"]} == {"needs a larger scale", "slip in the study"}  # YAML decides
    with pytest.raises(ValidationError):
        results_file.validate(results | {"scale": "huge"})


def test_a_table_of_units_lies_beside_the_results_and_not_before_the_end(variables, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(runs, "display", shown.append)
    monkeypatch.setattr(runs.claims, "load", lambda path: {})
    run, path = start(variables), tmp_path / "run/units.parquet"
    run.record_input("data", "signals", "generated", [torch.zeros(2)])
    given = unit_table.identities("mlp", {"relu": 2}), {"width": [1.0, 2.0]}, {"width": unit_table.Column(meaning="w")}
    with pytest.raises(unit_table.UnitsError, match="shape"):
        run.units(given[0], {"width": [1.0]}, given[2])
    run.units(*given)
    assert "2 units; of this page: width" in shown[-1].data and not path.exists()
    with pytest.raises(unit_table.UnitsError, match="already"):
        run.units(*given)
    run.finish()
    assert results_file.read(path.with_name("results.json"))["unit_columns"] == ["width"]
    about = unit_table.pages(unit_table.read(path))[PAGE]
    assert about["scale"] == "smoke" and about["data"][0]["name"] == "signals"
    start(variables).finish()
    assert not path.exists(), "a run without units leaves none of an earlier one"


def test_a_figure_carries_its_texts(variables, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(runs, "display", shown.append)
    start(variables).figure(Figure(figsize=(2, 1)), alt='a "b" < c', caption="What & why")
    html = shown[-1].data
    assert 'alt="a &quot;b&quot; &lt; c"' in html
    assert "<figcaption>What &amp; why</figcaption>" in html
    assert html.count("data:image/svg+xml;base64,") == 1, "a drawing: the book turns its colours"


def test_a_page_reads_what_a_stage_has_made_and_makes_what_it_misses(variables, tmp_path):
    run = start(variables)
    made = run.stage(perceptrons, "mlp-1")
    (file,) = (tmp_path / "stages/jump_detection/perceptrons").glob("*.safetensors")
    written = file.stat().st_mtime_ns
    again = start(variables).stage(perceptrons, "mlp-1")
    assert file.stat().st_mtime_ns == written
    pairs = zip(made["mlp-1"].networks.parameters(), again["mlp-1"].networks.parameters(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)
    assert torch.equal(made["mlp-1"].history.best_epoch, again["mlp-1"].history.best_epoch)
    start(variables).stage(perceptrons, "mlp-1", learning_rate=0.02)
    assert len(list(file.parent.glob("*.safetensors"))) == 2


def test_verdicts_of_this_page_of_another_and_of_one_that_never_ran(variables, tmp_path):
    run = start(variables)
    run.claim("fig-3-11.outside", [0.4, 0.5], floor=[1.0, 1.0])
    assert run.verdicts("03_weights_and_activations") == {"fig-3-11.outside": "needs a larger scale"}
    assert run.verdicts("02_multilayer_perceptrons") is None
    folder = tmp_path / "shared/jump_detection/02_multilayer_perceptrons"
    folder.mkdir(parents=True)
    verdicts = {"table-3-3.order": "fails", "eq-3-5.name": "holds"}
    (folder / "results.json").write_text(json.dumps(written(verdicts)))
    assert run.verdicts("02_multilayer_perceptrons") == verdicts
    (folder / "results.json").write_text('{"claims": [')
    with pytest.raises(results_file.ResultsError, match=r"results.json is damaged .* delete it"):
        run.verdicts("02_multilayer_perceptrons")


def written(verdicts):
    """What a run writes that has only these verdicts."""
    named = dict.fromkeys(("where", "statement", "measured", "unit", "over", "rule", "why", "reason"), "a text")
    none = dict.fromkeys(("study", "floor", "untrained", "protocol", "values", "mean", "low", "high"))
    claim = {**named, "kind": "sentence", "scale": "smoke", "limits": [], **none}
    ran = {"scale": "smoke", "seeds": [0], "device": "cpu", "commit": None, "seconds": 1, "peak_memory_mb": 1}
    empty = {"parameters": {}, "versions": {}, "weights": [], "data": [], "measurements": {}}
    claims = [{"id": name, "verdict": verdict, **claim} for name, verdict in verdicts.items()]
    return {"page": "a/01_b", "title": "A page", **ran, **empty, "claims": claims}


def test_settings_of_the_readers_matplotlib_end_with_the_start_of_a_run(variables):
    with rc_context({"text.usetex": True, "lines.linewidth": 9.0, "figure.facecolor": "black"}):
        start(variables)
        assert not rcParams["text.usetex"]
        assert (rcParams["lines.linewidth"], rcParams["figure.facecolor"]) == (1.5, "white")


def test_places_that_cannot_be_written_are_refused_at_the_start(variables, tmp_path, monkeypatch):
    (tmp_path / "a file").touch()
    monkeypatch.setenv("HELPERS_RUN_DIR", str(tmp_path / "a file/run"))
    with pytest.raises(BadInput, match=r"Results cannot be written to .*a file/run"):
        start(variables)


@pytest.mark.parametrize("value", ["<img src=x onerror=alert(1)>", '"><script>', "a & b"])
def test_the_banner_shows_values_as_text(value):
    shown = banner(scale=value, parts=[f"model {value}"]).data
    assert BeautifulSoup(shown, "html.parser").get_text().startswith(f"Scale {value} · model {value}.")
