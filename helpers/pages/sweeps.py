"""A sweep: one page over all combinations of lists of parameters, and the tidy table of what it measured.

A sweep is a small YAML file::

    page: jump_detection/02_multilayer_perceptrons
    parameters:
      noise_std: [0.5, 1.0, 2.0]
      seeds: [3]

Snakemake runs it (``make sweep FILE=...``), one process per combination. With ``with_page: true`` the page itself,
with its own parameters, is one more row of the table, run once for the book and the sweep.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from helpers.pages import sources
from helpers.pages.parameters import ParameterError
from helpers.pages.repository import REPOSITORY


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A page and the combinations of parameters with which it is run.

    name: the name of the YAML file.
    page: the page's name.
    combinations: a row per run, a column per parameter.
    with_page: whether the page with its own parameters is one more run.
    """

    name: str
    page: str
    combinations: pd.DataFrame
    with_page: bool

    @property
    def varied(self) -> list[str]:
        """The parameters that take more than one value."""
        return [str(name) for name in self.combinations if self.combinations[name].nunique() > 1]


def read(path: Path) -> Sweep:
    """The sweep in this file; raises ParameterError with one sentence that says what is wrong with the file."""
    if not path.is_file():
        raise ParameterError(f"No sweep file {path}; it is a YAML file with the keys page and parameters.")
    content = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(content, dict) or set(content) - {"with_page"} != {"page", "parameters"}:
        raise ParameterError(
            f"The sweep file {path} needs exactly the keys page and parameters, and may have with_page."
        )
    with_page = content.get("with_page", False)
    if not isinstance(with_page, bool):
        raise ParameterError(f"The sweep file {path} has with_page = {with_page!r}; allowed is true or false.")
    try:
        known = sources.read(content["page"]).defaults
    except FileNotFoundError as error:
        raise ParameterError(f"The sweep file {path}: {error}") from None
    parameters = content["parameters"]
    if not isinstance(parameters, dict) or not parameters:
        raise ParameterError(f"The sweep file {path} lists no parameters; give at least one with its values.")
    for name, values in parameters.items():
        if name not in known:
            raise ParameterError(f"The page {content['page']} has no parameter {name}; known are {', '.join(known)}.")
        if not isinstance(values, list) or not values:
            raise ParameterError(f"The sweep's parameter {name} needs a list of values, such as [0.5, 1.0].")
    rows = list(itertools.product(*parameters.values()))
    combinations = pd.DataFrame(rows, columns=list(parameters))
    return Sweep(name=path.stem, page=content["page"], combinations=combinations, with_page=with_page)


def collect(results: Sequence[Path]) -> pd.DataFrame:
    """The tidy table of finished runs, with one row per run, measured value and seed.

    The columns are the parameters of the run, then ``kind`` ("measurement" or "claim"), ``measured``, ``seed`` and
    ``value``. Each named value of a claim becomes a measured value ``<claim>: <name>``.
    """
    rows: list[dict[str, Any]] = []
    for path in results:
        run = json.loads(path.read_text("utf-8"))
        values = [("measurement", name, entry["values"]) for name, entry in run["measurements"].items()]
        for claim in run["claims"]:
            named = claim["values"] if isinstance(claim["values"], dict) else {None: claim["values"] or []}
            values += [("claim", claim["id"] + (f": {name}" if name else ""), part) for name, part in named.items()]
        for kind, measured, part in values:
            # a value that does not depend on seeds (a study's arithmetic) has one row, without a seed
            seeds = run["seeds"] if len(part) == len(run["seeds"]) else [None] * len(part)
            rows += [
                {**run["parameters"], "kind": kind, "measured": measured, "seed": seed, "value": value}
                for seed, value in zip(seeds, part, strict=True)
            ]
    return pd.DataFrame(rows)


def read_table(name: str, path: Path, *, scale: str) -> pd.DataFrame:
    """The table of the sweep ``sweeps/<name>.yml``. If its file is missing, the sweep is run first.

    name: the name of the sweep.
    path: the file of the table.
    scale: the scale at which the table must have been made.

    Raises ParameterError if the table was made at another scale.
    """
    if not path.is_file():
        print(f"No table at this place yet: running the sweep {name} at scale {scale}.")
        build = f"_build/runs/sweeps-{scale}"
        command = [
            sys.executable,
            "-m",
            "snakemake",
            "--cores",
            "all",
            "--rerun-incomplete",
            "--nolock",
            "--show-failed-logs",  # prints the output of a page that fails
        ]
        quiet = ["--quiet", "progress", "host"]
        options = ["--config", f"sweep=sweeps/{name}.yml", f"scale={scale}", f"build={build}", "--", "sweep"]
        subprocess.run([*command, *quiet, *options], cwd=REPOSITORY, check=True)
        path = REPOSITORY / build / "sweeps" / name / "table.csv"
    table = pd.read_csv(path)
    if set(table["scale"]) != {scale}:
        raise ParameterError(
            f"The sweep's table was made at scale {', '.join(set(table['scale']))}; allowed is {scale}."
        )
    return table


def grid(table: pd.DataFrame, measured: str, *, over: str) -> pd.DataFrame:
    """One measured value as a grid: a row per seed that all runs have, a column per value of the parameter ``over``."""
    rows = table[table["measured"] == measured]
    if rows.empty:
        raise ValueError(f"The table has no {measured!r}; it has {', '.join(sorted(set(table['measured'])))}.")
    return rows.pivot(index="seed", columns=over, values="value").dropna()
