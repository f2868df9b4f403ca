"""The machine on which a page ran, in words that name nobody: no host, no user, no folder."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from contextlib import suppress
from pathlib import Path


def described() -> dict[str, str | int | float]:
    """The processor, the cores that this process may use, the memory in GiB and the operating system.

    What the system does not tell is left out.
    """
    found: dict[str, str | int | float] = {"system": _system(), "cores": _cores()}
    if processor := _processor():
        found["processor"] = processor
    with suppress(OSError, ValueError, AttributeError):  # Windows has no sysconf
        found["memory_gib"] = round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    return found


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _system() -> str:
    name = f"{platform.system()} ({platform.machine()})"
    with suppress(OSError, AttributeError):
        name = f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {name}"
    return name


def _processor() -> str:
    with suppress(OSError):
        listed = Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
        if found := re.search(r"^model name\s*:\s*(.+)$", listed, re.MULTILINE):
            return " ".join(found[1].split())
    if platform.system() == "Darwin":
        with suppress(OSError, subprocess.CalledProcessError):
            command = ["sysctl", "-n", "machdep.cpu.brand_string"]
            return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return platform.processor()
