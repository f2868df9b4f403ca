"""A run finds a place for its results at its start, or says in one sentence that there is none."""

import os

import pytest

from helpers.errors import BadInput
from helpers.pages import folders


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The build, the cache and the temporary folder, which a test may put out of reach by a file in their place."""
    monkeypatch.setattr(folders, "BUILD", tmp_path / "_build")
    monkeypatch.setattr(folders, "user_cache_path", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr(folders.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    folders.own_build.cache_clear()
    yield tmp_path
    folders.own_build.cache_clear()


@pytest.mark.parametrize(
    ("taken", "found"),
    [
        ([], "_build"),
        (["_build"], "cache/what-neurons-learn"),
        (["_build", "cache"], f"temporary/what-neurons-learn-{os.getuid()}"),
    ],
)
def test_the_first_place_that_can_be_written(places, capsys, taken, found):
    for name in taken:
        (places / name).touch()
    assert folders.own_build() == places / found
    assert list((places / found).iterdir()) == []
    said = capsys.readouterr().out
    assert said == (
        f"{places}/_build cannot be written; what this page makes goes to {places / found}.\n" if taken else ""
    )


def test_a_machine_without_any_place(places):
    for name in ("_build", "cache", "temporary"):
        (places / name).touch()
    with pytest.raises(BadInput, match="can be written; HELPERS_RUN_DIR names another one"):
        folders.own_build()


def test_without_a_home_no_folder_called_tilde_is_made(places, monkeypatch, tmp_path):
    (places / "_build").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(folders, "user_cache_path", lambda name: folders.Path("~/.cache") / name)
    assert folders.own_build() == places / f"temporary/what-neurons-learn-{os.getuid()}"
    assert not (tmp_path / "~").exists()


@pytest.mark.parametrize("place", ["a file", "a file/below", "/proc/nowhere", "a" * 300])
def test_results_that_cannot_be_written_are_refused_with_the_folder(tmp_path, place):
    (tmp_path / "a file").touch()
    folder = tmp_path / place
    with pytest.raises(BadInput) as error:
        folders.for_results(folder)
    assert str(folder) in str(error.value) and "HELPERS_RUN_DIR" in str(error.value) and "\n" not in str(error.value)


def test_a_full_disk_is_found_at_the_start(tmp_path, monkeypatch):
    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, content):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders.tempfile, "TemporaryFile", lambda dir: Full())
    with pytest.raises(BadInput, match="No space left on device"):
        folders.for_results(tmp_path / "run")
