"""What the tests of the build share: a copy of the repository whose book is of a few small pages."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from helpers.pages.repository import REPOSITORY

TOC = """\
format: jb-book
root: index
parts:
  - caption: Stand-ins
    chapters:
"""
PAGE = """\
# ---
# jupyter:
#   book:
#     reads: [{reads}]
#   jupytext:
#     notebook_metadata_filter: book
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A page that stands in for another

# %% tags=["parameters"]
scale = "laptop"
seed = 0
device = "auto"

# %%
from helpers.pages import runs

run = runs.start("probing/{name}", globals())
{code}

# %%
run.finish()
"""


@pytest.fixture(scope="session")
def snakemake() -> Callable[..., list[str]]:
    """Gives the command of a smoke-scale build of targets in a folder."""

    def command(build: str, *targets: str, more: tuple[str, ...] = ()) -> list[str]:
        options = ["--cores", "1", "--nolock", "--rerun-incomplete", "--show-failed-logs", *more]
        config = ["--config", "scale=smoke", "device=auto", f"build={build}"]
        return [sys.executable, "-m", "snakemake", *options, *config, "--", *targets]

    return command


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., None]:
    """Waits until a condition holds."""

    def wait(condition: Callable[[], bool], seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "waited too long"
            time.sleep(0.05)

    return wait


@pytest.fixture(scope="session")
def copy_sources() -> Callable[[Path], None]:
    """Copies every file of the repository that git does not ignore."""

    def copy(target: Path) -> None:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=REPOSITORY,
            check=True,
            capture_output=True,
            text=True,
        )
        for name in listed.stdout.split("\0"):
            if name and (REPOSITORY / name).is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(REPOSITORY / name, target / name)

    return copy


@pytest.fixture
def stand_ins(
    tmp_path: Path, copy_sources: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Makes a copy of the repository whose book is of these pages: their last code by name. Each reads those before.

    The pages measure no claim. The copy lies in the folder of this name, and its code is the one that is imported.
    """

    def make(pages: Mapping[str, str], folder: str = "copy") -> Path:
        copy = tmp_path / folder
        copy.mkdir()
        copy_sources(copy)
        monkeypatch.setenv("PYTHONPATH", str(copy))
        monkeypatch.chdir(copy)
        (copy / "_toc.yml").write_text(TOC + "".join(f"      - file: probing/{name}\n" for name in pages))
        before: list[str] = []
        for name, code in pages.items():
            source = copy / f"notebooks/probing/{name}.py"
            source.write_text(PAGE.format(name=name, reads=", ".join(before), code=code))
            before.append(f"probing/{name}")
        return copy

    return make
