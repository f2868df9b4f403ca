"""A page runs in the folder of its source; relative paths of users begin where the command was given all the same."""

import subprocess
import sys

import nbformat

from helpers.pages.repository import REPOSITORY

PAGE = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% tags=["parameters"]
images = ""

# %%
import os
from pathlib import Path

from helpers import assets
from helpers.data.images import open_images

folder = Path(os.environ["HELPERS_RUN_DIR"])
folder.mkdir(exist_ok=True)
(folder / "results.json").write_text("{}")  # in place of run.finish()
print(open_images(images, size=32).names, assets.folder("images"))
"""


def test_relative_paths_begin_where_the_command_was_given(tmp_path, monkeypatch):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "one.py").write_text(PAGE)
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    (tmp_path / "photos" / "cat" / "1.png").write_bytes(b"")
    (tmp_path / "assets" / "images").mkdir(parents=True)
    monkeypatch.setenv("HELPERS_ASSETS", "assets")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    command = [sys.executable, "-m", "workflow.execute", "pages/one.py", "out.ipynb", "--folder", "r", "--build", "b"]
    subprocess.run([*command, "-p", "images=photos"], cwd=tmp_path, check=True)
    said = nbformat.read(tmp_path / "out.ipynb", 4).cells[-1].outputs[0].text
    assert said == f"['cat/1.png'] {tmp_path / 'assets' / 'images'}\n"
