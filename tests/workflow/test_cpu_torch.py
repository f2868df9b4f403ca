"""PyTorch's CPU build: what is installed, in what order, and that nothing changes where it cannot be had."""

import subprocess
import sys
from pathlib import Path

import pytest

from helpers.pages.repository import REPOSITORY
from workflow import cpu_torch, locks

# Take the place of pip and of the uv that it installs, and write down what they were asked for.
PIP = """#!/bin/sh
shift 2  # python -m pip
echo "pip $*" >> log
for word; do
    if [ "$before" = --target ]; then mkdir "$word/bin"; cp uv "$word/bin/uv"; fi
    if [ "$before" = -r ]; then sed -n 's/ .*//; s/^[a-z].*/  &/p' "$word" >> log; fi
    before=$word
done
"""
UV = """#!/bin/sh
echo "uv $*" >> log
if [ -e unreachable ]; then printf 'error: Request failed\\n  cause: no such host\\n' >&2; exit 2; fi
"""


def entry(name: str) -> str:
    return f"{name} \\\n    --hash=sha256:{'0' * 64}\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with two locks, an environment of the default build, and the two stand-ins."""
    names = ["cuda-toolkit==13.2", "numpy==2.4", "nvidia-cudnn-cu13==9.2", "torch==2.15.0", "torchvision==0.29.2"]
    (tmp_path / "requirements.lock").write_text("".join(map(entry, [*names, "triton==3.9.0"])))
    (tmp_path / "requirements-dev.lock").write_text(entry("pytest==9.0") + entry("uv==0.13"))
    (tmp_path / "requirements-bench.lock").write_text(entry("jax==0.9"))
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/installed").touch()
    for path, script in ((".venv/bin/python", PIP), ("uv", UV)):
        (tmp_path / path).write_text(script)
        (tmp_path / path).chmod(0o755)
    return tmp_path


def install(checkout: Path) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); from workflow import cpu_torch; cpu_torch.main()"
    return subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True)


def test_installs_the_locked_versions_and_nothing_for_a_gpu(checkout: Path) -> None:
    assert install(checkout).returncode == 0
    calls = (checkout / "log").read_text().splitlines()
    assert calls[1] == "  uv==0.13"
    assert calls[2].startswith("uv pip install") and "--torch-backend cpu" in calls[2]
    assert calls[2].endswith(" torch==2.15.0 torchvision==0.29.2")
    assert calls[3].endswith("--yes cuda-toolkit nvidia-cudnn-cu13 triton")  # what was there for the default build
    assert "--require-hashes" in calls[4] and calls[5:] == ["  numpy==2.4"]
    assert (checkout / ".venv/torch").read_text() == "cpu\n"
    assert not (checkout / ".venv/installed").exists()  # make's to write, at the end


def test_says_in_one_sentence_that_the_index_cannot_be_reached(checkout: Path) -> None:
    (checkout / "unreachable").touch()
    run = install(checkout)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1 and "cannot be fetched from PyTorch's own index (no such host)" in run.stderr
    assert sorted(path.name for path in (checkout / ".venv").iterdir()) == ["bin", "installed"]


def test_leaves_no_environment_where_there_was_none(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(torch: object) -> None:
        raise SystemExit("not reached")

    (checkout / ".venv").rename(checkout / "before")
    monkeypatch.chdir(checkout)
    monkeypatch.setattr(cpu_torch, "fetch", refuse)
    monkeypatch.setattr(cpu_torch.subprocess, "run", lambda *_, **__: (checkout / ".venv").mkdir())
    with pytest.raises(SystemExit, match="not reached"):
        cpu_torch.main()
    assert not (checkout / ".venv").exists()


def test_the_lock_is_split_completely() -> None:
    lock = locks.entries((REPOSITORY / locks.BOOK).read_text("utf-8"))
    torch, gpu, rest = cpu_torch.split(lock)
    assert [e.name for e in torch] == ["torch", "torchvision"]
    assert {"triton", "cuda-bindings", "cuda-toolkit"} < {e.name for e in gpu}
    assert sorted(torch + gpu + rest) == sorted(lock)
    left = " ".join(e.name for e in rest)
    assert "numpy" in left and not any(word in left for word in ("nvidia", "cuda", "triton"))
