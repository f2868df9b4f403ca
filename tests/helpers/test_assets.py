"""The folder that HELPERS_ASSETS names, and names that are none."""

import pytest

from helpers import assets
from helpers.assets import AssetsError


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.delenv("HELPERS_CALLER", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for room in ("images", "weights"):
        (tmp_path / "own assets" / room).mkdir(parents=True)
    return tmp_path / "own assets"


@pytest.mark.parametrize("written", ["{}", "own assets", "./own assets/", "~/own assets", " own assets\n"])
def test_the_folder_as_a_user_writes_it(root, monkeypatch, written):
    monkeypatch.setenv("HELPERS_ASSETS", written.format(root))
    assert assets.is_set()
    assert assets.folder("images") == root / "images"
    assert assets.folder("mnist") is None  # half filled


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_nothing_is_set(root, monkeypatch, nothing):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    if nothing is not None:
        monkeypatch.setenv("HELPERS_ASSETS", nothing)
    assert not assets.is_set()
    assert assets.folder("images") is None


def test_a_relative_folder_begins_where_the_command_was_given_or_in_the_checkout(root, tmp_path, monkeypatch):
    monkeypatch.setenv("HELPERS_ASSETS", "own assets")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    with pytest.raises(AssetsError):
        assets.folder("images")
    monkeypatch.setenv("HELPERS_CALLER", str(tmp_path))
    assert assets.folder("images") == root / "images"
    monkeypatch.delenv("HELPERS_CALLER")
    monkeypatch.setattr(assets, "_CHECKOUT", tmp_path)
    assert assets.folder("images") == root / "images"


@pytest.mark.parametrize("wrong", ["no such folder", "~/none", "file", "file/below", "x" * 5000, "caf\udce9"])
def test_what_is_no_folder_is_spoken_of(root, tmp_path, monkeypatch, wrong):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HELPERS_ASSETS", wrong)
    with pytest.raises(
        AssetsError, match=r"^HELPERS_ASSETS is '.*but there is no folder .*; it has to name a folder.*\.$"
    ) as said:
        assets.folder("weights")
    str(said.value).encode()


@pytest.mark.parametrize("wrong", ["own assets/images", "."])
def test_a_folder_of_other_things_is_spoken_of(root, monkeypatch, wrong):
    monkeypatch.setenv("HELPERS_ASSETS", wrong)
    with pytest.raises(AssetsError, match="a folder without images, weights, mnist in it; it has to name"):
        assets.folder("images")
