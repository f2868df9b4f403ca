"""What people name is text: no shell and no make takes a checkout's path, a file or a value apart."""

import os
import shlex
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from helpers.pages import sources
from helpers.pages.repository import REPOSITORY

ODD = """it's a "$(touch pwned)" & `touch pwned`; ü #1"""
NAMED = [ODD, "$(shell touch pwned)", "$HOME ${PATH} $$", "a\\b *", "-n"]
# Stands in for the environment's interpreter: prints what it was called with.
ECHO = """#!/bin/sh
for word; do printf '%s\\n' "$word"; done
"""


def environment(checkout: Path) -> Path:
    """An interpreter in the checkout, as `make env` makes it, with the packages of this one."""
    venv.create(checkout / ".venv", symlinks=True)
    (packages,) = (checkout / ".venv/lib").glob("python3*/site-packages")
    (packages / "borrowed.pth").write_text("".join(f"{p}\n" for p in sys.path if p.endswith("site-packages")))
    return checkout / ".venv/bin/python"


def test_a_checkout_whose_path_means_something_to_a_shell(stand_ins, snakemake, monkeypatch):
    copy = stand_ins({"91_first": ""}, ODD)
    monkeypatch.setenv("TMPDIR", str(copy))
    command = [str(environment(copy)), *snakemake("_build", "_build/executed/probing/91_first.ipynb")[1:]]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert (copy / "_build/results/probing/91_first/results.json").is_file()
    assert not list(copy.parent.rglob("pwned"))


def test_every_rule_quotes_every_value(tmp_path, snakemake, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    odd = ODD.translate({ord(c): None for c in '"#'})  # of which --config makes something else
    sweep = tmp_path / "sweep it.yml"
    sweep.write_text(
        f"page: probing/02_field_of_view\nparameters:\n  images: ['{odd.replace(chr(39), chr(39) * 2)}']\n"
    )
    command = snakemake(f"{tmp_path}/{odd}", "book", "sweep", more=("--dry-run", "--printshellcmds", "--forceall"))
    at = command.index("--config") + 1
    command[at:at] = [f"sweep={sweep}", "thumbnails=no"]  # as for a book that is published
    plan = subprocess.run(command, capture_output=True, text=True)
    assert plan.returncode == 0, plan.stderr + plan.stdout
    shell = [line.partition(": ")[2] for line in plan.stdout.splitlines() if " -m workflow." in line]
    made_by = set()
    for line in shell:
        python, _, module, *words, log, end = shlex.split(line)
        module, *words = words if module == "workflow.warm" else (module, *words)
        made_by.add(module)
        assert python == sys.executable
        assert log.startswith(f"{tmp_path}/{odd}/logs/") and end == "2>&1"
        assert words[-1] == ">"
        if module == "workflow.execute":
            page = sources.read(words[0].removeprefix("notebooks/").removesuffix(".py"))
            assert ("thumbnails=no" in words) == ("thumbnails" in page.defaults)
        assert all(odd in word for word in words if "touch" in word)
    modules = ("stage", "execute", "explorer", "jump_data", "units.steps", "site", "sweep", "sweep_batch")
    assert made_by == {f"workflow.{name}" for name in modules}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A folder with the Makefile and an environment in which the interpreter only prints what it was called with."""
    folder = tmp_path / ODD
    (folder / ".venv/bin").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", *(f"requirements{kind}.lock" for kind in ("", "-dev", "-bench"))):
        (folder / name).write_bytes((REPOSITORY / name).read_bytes())
    (folder / ".venv/bin/python").write_text(ECHO)
    (folder / ".venv/bin/python").chmod(0o755)
    for stamp in ("installed", "dev", "bench"):
        (folder / ".venv" / stamp).touch()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("by", ["argument", "environment"])
@pytest.mark.parametrize("value", NAMED)
def test_make_passes_on_values_as_they_are(made, by, value):
    given = dict.fromkeys(("FILE", "SCALE", "DEVICE", "CORES", "PROFILE", "PUBLISH"), value)
    arguments = [f"{name}={text}" for name, text in given.items()] if by == "argument" else []
    run = subprocess.run(["make", "-s", "sweep", *arguments], capture_output=True, text=True, env=os.environ | given)
    assert run.returncode == 0, run.stderr
    build = ["-m", "workflow.build", "--device", value, "--profile", value, "--publish"]
    assert run.stdout.splitlines() == [
        *build,
        *("--cores", value, "--scale", value, "--build", "_build", "--sweep", value),
    ]
    assert not list(made.parent.rglob("pwned"))


@pytest.mark.parametrize("value", NAMED)
def test_make_explorer_passes_on_names_as_they_are(made, value):
    given = dict.fromkeys(("MODEL", "IMAGES", "OPTIMISE", "SCALE", "DEVICE"), value)
    run = subprocess.run(["make", "-s", "explorer"], capture_output=True, text=True, env=os.environ | given)
    assert run.returncode == 0, run.stderr
    words = [f"--{name.lower()}={value}" for name in ("MODEL", "IMAGES", "SCALE", "DEVICE", "OPTIMISE")]
    assert run.stdout.splitlines() == ["-m", "workflow.units.own", *words]


def test_make_calls_the_interpreter_that_is_named(made):
    interpreter = made / "my python"
    interpreter.write_bytes((made / ".venv/bin/python").read_bytes())
    interpreter.chmod(0o755)
    (made / ".venv/installed").unlink()
    run = subprocess.run(["make", "-s", "env", f"PYTHON={interpreter}"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[2:6] == [str(interpreter), "-m", "venv", ".venv"]
