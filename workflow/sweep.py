"""Collect the finished runs of a sweep in a tidy table and a plot, and say which runs failed.

``table.csv`` and ``plot.png`` are made of the runs that finished. ``runs.csv`` lists all runs: its folder, the
parameters that the sweep gave, and why it failed, if it did. With ``--complete FILE`` nothing is collected: the file
is written if no run failed; otherwise the failures are printed, and the next build makes those runs again.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from helpers.pages import sweeps
from workflow.run_folder import RunFolder, outdate

_SHOWN = 20  # failures that are printed
_PLAIN = re.compile(r"[-+.:/\w]+")  # a value that needs no quotes
_LONGEST = 40  # letters of a value in the plot


def plot(table: pd.DataFrame, varied: list[str], path: Path) -> None:
    """A panel per measurement: mean and 95% interval over seeds, against the first varied parameter.

    table: the tidy table of the sweep.
    varied: the varied parameters. Colours show the second one; the plot averages over all others.
    path: the file of the plot.
    """
    measured = table[table["kind"] == "measurement"]
    if measured.empty:
        figure = Figure(figsize=(6, 1))
        figure.text(0.5, 0.5, "No measurement of a finished run.", ha="center")
        figure.savefig(path, dpi=120)
        return
    x = varied[0] if varied else "seed"
    hue = varied[1] if len(varied) > 1 else None
    grid = sns.relplot(
        data=measured.assign(**{name: _as_labels(measured[name]) for name in (x, hue) if name}),
        x=x,
        y="value",
        hue=hue,
        col="measured",
        col_wrap=4,
        kind="line",
        marker="o",
        height=2.4,
        errorbar=("ci", 95),
        seed=0,
        facet_kws={"sharey": False},
        palette="colorblind" if hue else None,
    )
    grid.set_titles("{col_name}", size=9)
    grid.savefig(path, dpi=120)


def _as_labels(values: pd.Series[Any]) -> pd.Series[Any]:
    """Numbers as they are; where there are texts among them, all as short texts without matplotlib's formulas."""
    if not values.map(lambda value: isinstance(value, str)).any():
        return values
    texts = values.map(str)
    short = texts.where(texts.str.len() <= _LONGEST, texts.str[: _LONGEST - 1] + "…")
    return short.str.replace("$", r"\$", regex=False)


def read_reports(paths: list[Path]) -> list[dict[str, Any]]:
    """The entries of all reports: a run, its parameters and why it failed; in the order of the sweep."""
    return [entry for path in paths for entry in json.loads(path.read_text("utf-8"))]


def collect(sweep: sweeps.Sweep, reports: list[Path], *, folder: Path, page: Path | None) -> None:
    """Write the table, the plot and the list of runs.

    sweep: the sweep.
    reports: the reports of all its batches.
    folder: the folder of the sweep, which holds the runs.
    page: ``results.json`` of the page itself, if it is one of the runs.
    """
    entries = read_reports(reports)
    for entry in entries:
        if not entry["failed"] and not RunFolder(folder / "runs" / entry["run"]).is_finished():
            entry["failed"] = "Its files were changed or deleted after it had finished."
    done = [entry for entry in entries if not entry["failed"]]
    files = [folder / "runs" / entry["run"] / "results.json" for entry in done]
    table = sweeps.collect([*files, *([page] if page else [])], [entry["parameters"] for entry in done])
    columns = ["run", *sweep.combinations, "failed"]
    listed = pd.DataFrame(
        [{"run": e["run"], **e["parameters"], "failed": e["failed"]} for e in entries], columns=columns, dtype=object
    )
    listed.to_csv(folder / "runs.csv", index=False)
    plot(table, sweep.varied, folder / "plot.png")
    table.to_csv(folder / "table.csv", index=False)


def complete(folder: Path, reports: list[Path]) -> str:
    """What to say if runs of a collected sweep failed; empty if none did.

    The next build makes these runs again: the reports of their batches are deleted.
    """
    listed = pd.read_csv(folder / "runs.csv", dtype=str, keep_default_na=False)
    failed = listed[listed["failed"] != ""]
    if failed.empty:
        return ""
    for path in reports:
        if any(entry["run"] in set(failed["run"]) for entry in read_reports([path])):
            outdate(path)
    lines = [
        f"{len(failed)} of {len(listed)} runs failed; {folder / 'table.csv'} is made of the others. The same command"
        " makes the failed ones again, and no other.",
        *(_line(row, folder) for row in failed.head(_SHOWN).to_dict("records")),
    ]
    if len(failed) > _SHOWN:
        lines.append(f"{len(failed) - _SHOWN} more are in {folder / 'runs.csv'}.")
    return "\n".join(lines)


def _line(row: Mapping[Hashable, str], folder: Path) -> str:
    values = {name: text for name, text in row.items() if name not in ("run", "failed")}
    given = ", ".join(f"{name} = {text if _PLAIN.fullmatch(text) else repr(text)}" for name, text in values.items())
    return f"  {given}: {row['failed']} ({folder / 'runs' / row['run'] / 'log.txt'})"


def main() -> int:
    parser = argparse.ArgumentParser(description="Collect the finished runs of a sweep, or say which ones failed.")
    parser.add_argument("sweep", type=Path)
    parser.add_argument("reports", type=Path, nargs="+")
    parser.add_argument("--folder", type=Path, required=True, help="the folder of the sweep")
    parser.add_argument("--page", type=Path, nargs="*", default=[], help="results.json of the page itself")
    parser.add_argument("--complete", type=Path, metavar="FILE", help="write this file if no run failed")
    given = parser.parse_args()
    if given.complete is None:
        page = given.page[0] if given.page else None
        collect(sweeps.read(given.sweep), given.reports, folder=given.folder, page=page)
        return 0
    if failures := complete(given.folder, given.reports):
        print(failures, file=sys.stderr)
        return 1
    given.complete.touch()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
