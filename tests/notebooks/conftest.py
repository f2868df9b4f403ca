"""How tests run a page: with papermill's own command line, from a folder that is not the repository."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from helpers.pages.repository import REPOSITORY


@pytest.fixture
def papermill(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a page with parameters as a user does; what it makes goes to the test's folders ``results``, ``stages``."""

    def run(page: str, **parameters: object) -> subprocess.CompletedProcess[str]:
        arguments = [part for name, value in parameters.items() for part in ("-p", name, str(value))]
        source = REPOSITORY / "notebooks" / f"{page}.ipynb"
        folders = {"HELPERS_RUN_DIR": str(tmp_path / "results"), "HELPERS_STAGES": str(tmp_path / "stages")}
        return subprocess.run(
            [sys.executable, "-m", "papermill", str(source), "out.ipynb", *arguments],
            cwd=tmp_path,
            # one thread, as the build gives to a page at smoke scale: tests run side by side
            env=os.environ | folders | {"OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run
