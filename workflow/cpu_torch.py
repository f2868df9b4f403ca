"""Install requirements.lock in .venv with PyTorch's CPU build (``make env TORCH=cpu``). Standard library only.

The CPU build has the locked version. It comes from PyTorch's own index, which uv knows. The lock has the hashes of
other wheels, so the CPU build is installed without hashes. The rest of the lock is installed as usual, without the
packages that only the default build needs.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from workflow.locks import BOOK, ON_TOP, Entry, entries

VENV = Path(".venv")


def split(lock: Iterable[Entry]) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """Divide a lock into PyTorch, the packages that only its default build needs, and the rest."""
    torch: list[Entry] = []
    gpu: list[Entry] = []
    rest: list[Entry] = []
    for entry in lock:
        is_torch = entry.name in ("torch", "torchvision")
        is_gpu = re.match(r"(nvidia-|cuda-|triton$)", entry.name)
        (torch if is_torch else gpu if is_gpu else rest).append(entry)
    return torch, gpu, rest


def pip(command: str, *arguments: str, lock: Iterable[Entry] = ()) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder, "requirements.txt")
        file.write_text("".join(entry.text for entry in lock), "utf-8")
        program = [f"{VENV}/bin/python", "-m", "pip", command, "--quiet", "--disable-pip-version-check", *arguments]
        wanted = ["--no-deps", "--require-hashes", "-r", str(file)] if command == "install" else []
        subprocess.run([*program, *wanted], check=True)


def fetch(torch: Iterable[Entry]) -> None:
    """Install PyTorch's CPU build. If it cannot be fetched, exit with one sentence and change nothing."""
    uv = [entry for path in ON_TOP for entry in entries(path.read_text("utf-8")) if entry.name == "uv"]
    with TemporaryDirectory() as tools:
        pip("install", "--target", tools, lock=uv)
        options = ["--python", f"{VENV}/bin/python", "--torch-backend", "cpu", "--no-deps", "--reinstall"]
        wanted = [f"{entry.name}=={entry.version}" for entry in torch]
        program = [f"{tools}/bin/uv", "pip", "install", "--quiet"]
        run = subprocess.run([*program, *options, *wanted], stderr=subprocess.PIPE, text=True)
    if run.returncode:
        reason = (run.stderr.strip() or "no reason given").splitlines()[-1].strip().removeprefix("cause: ")
        sys.exit(
            f"PyTorch's CPU build cannot be fetched from PyTorch's own index ({reason}), so nothing was installed; "
            "plain `make env` installs the default build, which works without a GPU too."
        )


def main() -> None:
    torch, gpu, rest = split(entries(BOOK.read_text("utf-8")))
    new = not VENV.exists()
    try:
        if new:
            subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        fetch(torch)
    except BaseException:
        if new:
            shutil.rmtree(VENV, ignore_errors=True)
        raise
    # The environment now has the CPU build. The stamp is written only when everything is installed.
    (VENV / "installed").unlink(missing_ok=True)
    (VENV / "torch").write_text("cpu\n")
    if not new:
        pip("uninstall", "--yes", *sorted({entry.name for entry in gpu}))
    pip("install", lock=rest)


if __name__ == "__main__":
    main()
