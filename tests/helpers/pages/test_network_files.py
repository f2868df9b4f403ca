"""A file of networks is read whole and as asked for, or refused by name with nothing loaded."""

import os

import pytest
import torch
from safetensors.torch import save_file

from helpers.models.stacks.perceptron import Perceptrons
from helpers.pages.network_files import NetworkFileError, load, save

RECIPE = {"kind": "test", "seeds": [0, 1], "task": {"noise": 1.0}, "sizes": (4, 3)}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "deep/mlp.safetensors"
    save(Perceptrons((4, 3), seeds=[0, 1]), path, RECIPE)
    return path


def refused(path, recipe=RECIPE, sizes=(4, 3)):
    """The sentence of the refusal; the network must be as it was."""
    network = Perceptrons(sizes, seeds=[5, 6])
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(NetworkFileError) as error:
        load(network, path, recipe)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert path.name in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_round_trip(file):
    network = Perceptrons((4, 3), seeds=[5, 6])
    load(network, file, RECIPE)
    for name, tensor in Perceptrons((4, 3), seeds=[0, 1]).state_dict().items():
        assert torch.equal(network.state_dict()[name], tensor)
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("keep", [0, 5, 60, -4])
def test_truncated(file, keep):
    file.write_bytes(file.read_bytes()[:keep])
    assert "is not a whole safetensors file" in refused(file)


def test_no_flipped_bit_changes_a_number_without_a_word(file):
    whole, saved = file.read_bytes(), Perceptrons((4, 3), seeds=[0, 1]).state_dict()
    numbers = sum(tensor.nbytes for tensor in saved.values())
    for place in range(8, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        network = Perceptrons((4, 3), seeds=[5, 6])
        try:
            load(network, file, RECIPE)
        except NetworkFileError:
            continue
        assert place < len(whole) - numbers, "in the header, what is not asked for may differ"
        assert all(torch.equal(tensor, saved[name]) for name, tensor in network.state_dict().items())


def test_everybody_may_read_what_the_umask_lets_them_read(tmp_path):
    for umask, mode in ((0o022, 0o644), (0o077, 0o600), (0o002, 0o664)):
        path, before = tmp_path / f"{umask}.safetensors", os.umask(umask)
        try:
            save(Perceptrons((4, 3), seeds=[0]), path, RECIPE)
        finally:
            os.umask(before)
        assert path.stat().st_mode & 0o777 == mode


def test_not_safetensors(file):
    torch.save({"weight": torch.zeros(2)}, file)
    assert "is not a whole safetensors file" in refused(file)


def test_missing(tmp_path):
    assert "is not a whole safetensors file" in refused(tmp_path / "none.safetensors")


def test_another_run(file):
    sentence = refused(file, RECIPE | {"task": {"noise": 1.5}})
    assert "from another run: task is {'noise': 1.0} instead of {'noise': 1.5}" in sentence
    assert "seeds is [0, 1] instead of [0]" in refused(file, RECIPE | {"seeds": [0]})


def test_another_architecture(file):
    assert "layers.0.weight is (2, 4, 3), expected is (2, 5, 3)" in refused(file, sizes=(5, 3))
    assert "layers.1.bias is missing, expected is (2, 2)" in refused(file, sizes=(4, 3, 2))


def test_no_recipe(file):
    save_file(Perceptrons((4, 3), seeds=[0, 1]).state_dict(), file)
    assert "does not say how its networks were made" in refused(file)


def test_the_history_of_the_training_comes_back_and_is_asked_for_by_name(tmp_path):
    file, history = tmp_path / "mlp.safetensors", {"loss": torch.tensor([[2.0, torch.nan]]), "best": torch.tensor([1])}
    save(Perceptrons((4, 3), seeds=[0, 1]), file, RECIPE, history)
    found = load(Perceptrons((4, 3), seeds=[5, 6]), file, RECIPE, history.keys())
    torch.testing.assert_close(found, history, rtol=0, atol=0, equal_nan=True)
    assert "holds best, loss of the history of the training, expected is nothing" in refused(file)


def test_what_was_made_by_something_else_is_refused_where_that_matters(tmp_path):
    file, made_by = tmp_path / "mlp.safetensors", {"code": "a1", "torch": "2.14.1"}
    save(Perceptrons((4, 3), seeds=[0, 1]), file, RECIPE, made_by=made_by)
    load(Perceptrons((4, 3), seeds=[5, 6]), file, RECIPE)
    load(Perceptrons((4, 3), seeds=[5, 6]), file, RECIPE, made_by=made_by)
    with pytest.raises(NetworkFileError, match=r"^mlp.safetensors was made with another code\.$"):
        load(Perceptrons((4, 3), seeds=[5, 6]), file, RECIPE, made_by={**made_by, "code": "b2"})
