"""A stage makes what is missing, reads what is there, and makes again what is damaged or was made otherwise."""

import multiprocessing
from types import ModuleType

import pytest
import torch

from helpers.pages import stages
from helpers.studies.jump_detection.signals import JumpTask
from helpers.studies.jump_detection.stages import perceptrons
from helpers.studies.jump_detection.stages.perceptrons import JumpPerceptrons

CPU = torch.device("cpu")
SMALL = dict(task=JumpTask(length=12, first=4, last=9), training_signals=40, validation_signals=20, batch_size=20)
trained: list[str] = []  # the keys of what was trained


class Noted(JumpPerceptrons):
    def train(self, **arguments):
        trained.append(self.key)
        return super().train(**arguments)


def recipes(values):
    made = [Noted(layers=layers, max_epochs=values["epochs"], **SMALL) for layers in (1, 2)]
    return {recipe.key: recipe for recipe in made}


@pytest.fixture
def stage():
    trained.clear()
    module = ModuleType(perceptrons.__name__)  # its code counts as that stage's
    module.recipes = recipes
    return module


def make(stage, folder, *only, epochs=2, seeds=(1, 4)):
    return stages.make(stage, {"epochs": epochs}, seeds=seeds, device=CPU, folder=folder, only=only)


def test_what_is_there_is_read_and_what_is_missing_made(stage, tmp_path):
    first = make(stage, tmp_path, "mlp-1")
    both = make(stage, tmp_path)
    assert trained == ["mlp-1", "mlp-2"]
    assert list(both) == ["mlp-1", "mlp-2"]
    assert torch.equal(first["mlp-1"].history.train_loss, both["mlp-1"].history.train_loss)
    for ours, theirs in zip(first["mlp-1"].networks.parameters(), both["mlp-1"].networks.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_an_untrained_copy_has_the_networks_of_the_beginning_and_the_trained_history(stage, tmp_path):
    made = make(stage, tmp_path / "whole")
    given = dict(seeds=(1, 4), device=CPU, folder=tmp_path / "whole", target=tmp_path / "copy")
    files = stages.write_untrained(stage, {"epochs": 2}, **given)
    assert set(files) == set((tmp_path / "copy").rglob("*.safetensors"))
    copied = make(stage, tmp_path / "copy")
    assert trained == ["mlp-1", "mlp-2"]  # the copies are taken for artefacts of the same recipes
    for key, recipe in recipes({"epochs": 2}).items():
        assert torch.equal(copied[key].history.train_loss, made[key].history.train_loss)
        beginning = recipe.build(seeds=(1, 4), device=CPU).state_dict()
        assert all(torch.equal(tensor, beginning[name]) for name, tensor in copied[key].networks.state_dict().items())
        assert not torch.equal(copied[key].networks.layers[0].weight, made[key].networks.layers[0].weight)


def test_other_parameters_and_other_seeds_lie_beside_each_other(stage, tmp_path):
    for settings in ({}, {"epochs": 3}, {"seeds": [1]}, {}):
        make(stage, tmp_path, "mlp-1", **settings)
    assert trained == ["mlp-1"] * 3
    assert len(list(tmp_path.rglob("mlp-1-*.safetensors"))) == 3


@pytest.mark.parametrize("what", ["truncated", "emptied", "one bit flipped", "deleted"])
def test_a_damaged_artefact_is_named_and_made_again(stage, tmp_path, capsys, what):
    make(stage, tmp_path, "mlp-1")
    (file,) = tmp_path.rglob("*.safetensors")
    whole = file.read_bytes()
    if what == "deleted":
        file.unlink()
    elif what == "one bit flipped":
        file.write_bytes(whole[:-7] + bytes([whole[-7] ^ 1]) + whole[-6:])
    else:
        file.write_bytes(whole[: len(whole) // 2] if what == "truncated" else b"")
    make(stage, tmp_path, "mlp-1")
    assert trained == ["mlp-1", "mlp-1"]
    assert file.read_bytes() == whole
    assert (file.name in capsys.readouterr().out) == (what != "deleted")


def test_what_other_code_has_made_is_made_again(stage, tmp_path, monkeypatch, capsys):
    make(stage, tmp_path, "mlp-1")
    monkeypatch.setattr(stages.code_digest, "of_module", lambda name: "changed")
    make(stage, tmp_path, "mlp-1")
    assert trained == ["mlp-1", "mlp-1"]
    assert "was made with another code. It is made again here." in capsys.readouterr().out


def test_an_interrupted_stage_keeps_what_was_finished(stage, tmp_path, monkeypatch):
    def interrupted(self, **arguments):
        if self.layers == 2:
            raise KeyboardInterrupt
        return JumpPerceptrons.train(self, **arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Noted, "train", interrupted)
        with pytest.raises(KeyboardInterrupt):
            make(stage, tmp_path)
    make(stage, tmp_path)
    assert trained == ["mlp-2"]


def test_recipes_that_are_trained_together_are_kept_one_by_one(stage, tmp_path):
    def together(recipes, *, seeds, device):
        trained.append("together")
        return [JumpPerceptrons.train(recipe, seeds=seeds, device=device) for recipe in recipes]

    stage.train_together = together
    make(stage, tmp_path)
    make(stage, tmp_path)
    assert trained == ["together"]
    assert len(list(tmp_path.rglob("*.safetensors"))) == 2


def test_a_stage_gets_what_it_reads(stage, tmp_path):
    reader = ModuleType("helpers.studies.jump_detection.stages.bottlenecks")
    reader.READS = {stage: ["mlp-2"]}
    seen = {}

    def recipes_with(values, read):
        seen.update(read)
        return {}

    reader.recipes = recipes_with
    make(reader, tmp_path)
    assert list(seen) == ["mlp-2"] and trained == ["mlp-2"]


def test_an_unknown_key_is_refused(stage, tmp_path):
    with pytest.raises(KeyError):
        make(stage, tmp_path, "mlp-9")


def _make_in_a_process(folder, queue):
    trained.clear()
    module = ModuleType(perceptrons.__name__)
    module.recipes = recipes
    make(module, folder, "mlp-1", epochs=30)
    queue.put(len(trained))


def test_two_processes_that_need_the_same_make_it_once(tmp_path):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=_make_in_a_process, args=(tmp_path, queue)) for _ in range(2)]
    for process in processes:
        process.start()
    counts = [queue.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert sorted(counts) == [0, 1]
