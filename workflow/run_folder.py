"""The folder of one run of a sweep: what lies in it, and whether it is whole."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.atomic_files import atomic_write


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run of a sweep."""

    path: Path

    @property
    def key(self) -> str:
        return self.path.name

    @property
    def executed(self) -> Path:
        return self.path / "executed.ipynb"

    @property
    def results(self) -> Path:
        return self.path / "results.json"

    @property
    def log(self) -> Path:
        return self.path / "log.txt"

    @property
    def record(self) -> Path:
        return self.path / "run.json"

    def finish(self, parameters: dict[str, Any], state: str) -> None:
        """Record that the run is finished, from which state of the sources it was made, and what its files hold."""
        files = {path.name: sha256(path) for path in (self.executed, self.results)}
        write_json(self.record, {"parameters": parameters, "state": state, "sha256": files})

    def is_finished(self, state: str | None = None) -> bool:
        """Whether the run has been finished from this state of the sources (any if None) and its files are whole."""
        try:
            record = json.loads(self.record.read_text("utf-8"))
            whole = all(sha256(self.path / name) == sha for name, sha in record["sha256"].items())
            return whole and state in (None, record["state"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False

    def why_failed(self) -> str:
        """The last line of the log, which is the sentence of an error."""
        with suppress(OSError):
            lines = self.log.read_text("utf-8", errors="replace").split("\n")
            return next((line.strip() for line in reversed(lines) if line.strip()), "")
        return ""


def sha256(path: Path) -> str:
    """The digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, content: object) -> None:
    """Write a file of JSON, whole or not at all."""
    with atomic_write(path) as partial:
        partial.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def forget_damaged(sweep: Path) -> None:
    """Let Snakemake make the batches of a sweep again in which files were changed or deleted after a run had finished.

    sweep: the folder of the sweep.
    """
    for report in (sweep / "batches").glob("*.json"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            entries = json.loads(report.read_text("utf-8"))
            if all(entry["failed"] or RunFolder(sweep / "runs" / entry["run"]).is_finished() for entry in entries):
                continue
        outdate(report)


def outdate(report: Path) -> None:
    """Forget the report of a batch, and that its sweep is complete: Snakemake makes both again, and the table.

    To date it back would not do: Snakemake takes an old file for new whose small inputs have the digests of before.
    """
    report.unlink(missing_ok=True)
    report.parents[1].joinpath("complete").unlink(missing_ok=True)
