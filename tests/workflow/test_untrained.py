"""The control build: which entries it writes, and that every artefact of the book has an untrained copy."""

import importlib

import pytest
import torch

from helpers.pages import code_digest, sources
from helpers.pages.untrained import Untrained
from workflow import untrained


def claim(name, values, verdict="holds", **given):
    return {"id": name, "values": values, "verdict": verdict, "mean": 0.5, "low": 0.4, "high": 0.6, "unit": "", **given}


def test_entries_are_of_claims_that_look_at_what_was_learned():
    trained = {"claims": [claim(name, [1.0, 2.0]) for name in ("same", "other", "named", "unmeasured", "larger")]}
    control = {
        "claims": [
            claim("same", [1.0, 2.0]),
            claim("other", [0.5, 0.5], "undecided", unit="points"),
            claim("named", {"a": [1.0]}, "fails", mean={"a": 1.0}),
            claim("unmeasured", None),
            claim("larger", [3.0, 3.0], "needs a larger scale"),
        ]
    }
    found = untrained.compare(trained, control)
    assert set(found) == {"other", "named"}
    assert found["named"] == Untrained("fails", "")
    assert found["other"].verdict == "undecided" and found["other"].measured.endswith(" points")


def test_pages_with_a_table_of_a_sweep_are_left_out():
    names = [page.name for page in untrained.pages()]
    assert "jump_detection/02_multilayer_perceptrons" in names
    assert "jump_detection/04_noise_and_the_limit" not in names


def test_pages_whose_stages_train_nothing_are_left_out():
    named = {stage for page in untrained.pages() for stage in page.stages}
    assert "jump_detection/perceptrons" in named
    assert not [stage for stage in named if stage.startswith("conceptual_content/")]


@pytest.mark.parametrize("stage", sorted({stage for page in untrained.pages() for stage in page.stages}))
def test_networks_before_training_exist_for_every_stage(stage):
    module = importlib.import_module(code_digest.stage_module(stage))
    page = next(page for page in sources.every() if stage in page.stages)
    values = {**page.defaults, "scale": "smoke", "device": "cpu", "seeds": 1}
    if getattr(module, "READS", {}):
        pytest.skip("its recipes need the artefacts of another stage, whose own test this is")
    recipe = next(iter(module.recipes(values).values()))
    networks = getattr(recipe, "untrained", recipe.build)(seeds=[0], device=torch.device("cpu"))
    assert any(bool(tensor.any()) for tensor in networks.state_dict().values())  # not the zeros that a file fills
