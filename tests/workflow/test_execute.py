"""A page that cannot be run ends with one sentence; the machine and the settings of a reader change nothing."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from helpers.pages.repository import REPOSITORY
from workflow.execute import parameter

FINISH = """\
import os
from pathlib import Path
folder = Path(os.environ["HELPERS_RUN_DIR"])
folder.mkdir(parents=True, exist_ok=True)
(folder / "results.json").write_text("{}")
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a page of one cell, and returns the exit code and what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))

    def execute(code: str, *arguments: str, folder: str = "made", before: tuple[str, ...] = ()) -> tuple[int, str]:
        Path("study").mkdir(exist_ok=True)
        Path("study/page.py").write_text(f"# %%\n{code}")
        command = [*before, sys.executable, "-m", "workflow.execute", "study/page.py", f"{folder}/page.ipynb"]
        arguments = ("--folder", f"{folder}/results", "--build", folder, *arguments)
        run = subprocess.run([*command, *arguments], capture_output=True, text=True)
        return run.returncode, (run.stdout + run.stderr).strip()

    return execute


def outputs() -> str:
    """All that the cells of the executed page have printed."""
    cells = nbformat.read("made/page.ipynb", as_version=4).cells
    return "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("1 + 1", "it ended without results; its last cell must be reached, and call run.finish()."),
        ("import sys\nsys.exit(0)", "it ended without results"),
        ("import os\nos._exit(0)", "its kernel died, killed or out of memory; run it again."),
    ],
)
def test_a_page_without_results_says_so(run, code, sentence):
    code, said = run(code)
    assert code == 1
    assert said.startswith("study/page.py: ") and sentence in said and said.count("\n") == 0
    assert not Path("made/page.ipynb").exists()


def test_results_of_an_earlier_run_do_not_count(run):
    assert run(FINISH)[0] == 0
    assert run("1 + 1")[0] == 1
    assert not Path("made/results/results.json").exists()


def test_a_page_that_hangs_is_stopped(run):
    code, said = run("while True: pass", "--limit", "0.04")
    assert code == 1
    assert said.splitlines()[-1] == (
        "study/page.py: it was stopped after 0.04 minutes; where it may take longer: make book LIMIT=minutes."
    )


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "inf", "an hour"])
def test_a_limit_is_a_number_of_minutes(run, limit):
    code, said = run(FINISH, f"--limit={limit}")
    assert code == 2
    assert f"the limit is '{limit}'; allowed is a number of minutes above 0" in said


def test_the_output_of_a_cell_is_cut(run):
    code, said = run(f"{FINISH}for _ in range(100): print('x' * 999_999)\nprint('the end')")
    assert code == 0, said
    assert len(outputs()) < 21_000_000
    assert outputs().endswith("\n[The output of this cell is cut here, at 20 MB.]\n")


def test_pictures_beyond_any_measure_are_cut_as_well(run):
    show = "from IPython.display import HTML, display\nfor _ in range(3): display(HTML('x' * 9_000_000))"
    code, said = run(f"{FINISH}{show}\nprint('the end')")
    assert code == 0, said
    assert outputs().endswith("\n[The output of this cell is cut here, at 20 MB.]\n")


def test_settings_of_the_reader_change_nothing(run, tmp_path, monkeypatch):
    """A kernel python3 that is another program, files that have the names of packages, start-up files, odd homes."""
    kernel = tmp_path / "jupyter/kernels/python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps({"argv": ["/bin/false"], "display_name": "x", "language": "python"}))
    (tmp_path / "ipython/profile_default/startup").mkdir(parents=True)
    (tmp_path / "ipython/profile_default/startup/a.py").write_text("raise SystemExit('of the reader')")
    (tmp_path / "study").mkdir()
    for name in ("helpers.py", "json.py", "numpy.py"):
        (tmp_path / "study" / name).write_text("raise ImportError('of the reader')")
    settings = {"JUPYTER_PATH": "jupyter", "JUPYTER_PREFER_ENV_PATH": "0", "IPYTHONDIR": "ipython"}
    settings |= {"HOME": "/proc/nowhere", "TMPDIR": "/nowhere", "LC_ALL": "C", "TZ": "Asia/Kathmandu"}
    for name, value in settings.items():
        monkeypatch.setenv(name, str(tmp_path / value) if (tmp_path / value).is_dir() else value)
    code, said = run(f"import json, numpy, helpers\nprint('ü', helpers.__file__)\n{FINISH}")
    assert code == 0, said
    assert outputs() == f"ü {REPOSITORY}/helpers/__init__.py\n"


def test_places_that_cannot_be_written_are_named(run):
    Path("made").touch()
    code, said = run(FINISH)
    assert code == 1
    assert said == "study/page.py: made: File exists." or said.startswith("study/page.py: made")
    assert said.count("\n") == 0


@pytest.mark.skipif(os.getuid() != 0, reason="needs the right to make a file system")
def test_a_full_disk_is_named(run, tmp_path):
    mount = f'mount -t tmpfs -o size=100k none {tmp_path}/made && exec "$@"'
    (tmp_path / "made").mkdir()
    code, said = run(f"{FINISH}print('x' * 300_000)", before=("unshare", "--mount", "sh", "-c", mount, "sh"))
    if "unshare" in said or "mount" in said:
        pytest.skip("no file system can be made here")
    assert code == 1
    assert said.splitlines()[-1] == "study/page.py: made: No space left on device."


def test_a_machine_without_loopback_is_told_so(run):
    code, said = run(FINISH, before=("unshare", "--user", "--net"))
    if "unshare" in said:
        pytest.skip("no network namespaces here")
    assert code == 1
    assert said.startswith("study/page.py: this machine has no loopback network") and said.count("\n") == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("rate=1e-05", 1e-05),
        ("rate=1E5", 1e5),
        ("model=no", "no"),
        ("model=on", "on"),
        ("images='a=b: c'", "a=b: c"),
        ("images=/my photos/ü", "/my photos/ü"),
        ("day=2024-01-01", "2024-01-01"),
        ("seeds=3", 3),
        ("seeds=", None),
    ],
)
def test_values_on_the_command_line_are_yaml_1_2(text, value):
    assert parameter(text) == (text.partition("=")[0], value)


@pytest.mark.parametrize("text", ["a", "images=a: b: c", "images=[", "images=\t- x"])
def test_what_is_no_value_is_one_sentence(text):
    with pytest.raises(argparse.ArgumentTypeError) as error:
        parameter(text)
    assert "\n" not in str(error.value) and text.partition("=")[0] in str(error.value)
