"""A sweep: one page over all combinations of lists of parameters, and the tidy table of what it measured.

A sweep is a small YAML file::

    page: jump_detection/02_multilayer_perceptrons
    parameters:
      noise_std: [0.5, 1.0, 2.0]
      seeds: [3]

Snakemake runs it (``make sweep FILE=...``) in batches of combinations, each of which has a folder of its own. With
``with_page: true`` the page itself, with its own parameters, is one more row of the table, run once for the book and
the sweep.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import os
import re
import reprlib
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from helpers import yaml_files
from helpers.errors import nearest
from helpers.pages import sources
from helpers.pages.parameters import ParameterError
from helpers.pages.repository import REPOSITORY
from helpers.user_paths import is_file, shown

MOST = 10_000  # combinations of one sweep
_BATCHES = 500  # of one sweep
_SOME_PAGE = "jump_detection/02_multilayer_perceptrons"
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 200
_OWN = REPOSITORY / "sweeps"  # the sweeps that come with the repository


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A page and the combinations of parameters with which it is run.

    name: the name of the sweep's folder; see :func:`name_of`.
    page: the page's name.
    combinations: a row per run, a column per parameter, with the values as the file gives them.
    with_page: whether the page with its own parameters is one more run.
    """

    name: str
    page: str
    combinations: pd.DataFrame
    with_page: bool

    @property
    def varied(self) -> list[str]:
        """The parameters that take more than one value."""
        return [str(name) for name in self.combinations if self.combinations[name].map(json.dumps).nunique() > 1]

    @property
    def runs(self) -> list[dict[str, Any]]:
        """The parameters of each run."""
        return [{str(name): value for name, value in row.items()} for row in self.combinations.to_dict("records")]


def name_of(path: Path) -> str:
    """The name of the folder of a sweep: that of its file, with ``_`` for what is no letter, digit, ``-`` or ``.``.

    A file from elsewhere that is called as a sweep of the repository gets a name of its own, as does one whose name
    had to be changed.
    """
    plain = re.sub(r"[^\w.-]", "_", path.stem).lstrip(".-") or "sweep"
    stranger = (_OWN / f"{plain}.yml").exists() and path.resolve() != (_OWN / f"{plain}.yml").resolve()
    if stranger or plain != path.stem:
        return f"{plain}-{hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:6]}"
    return plain


def read(path: Path) -> Sweep:
    """The sweep in this file; raises ParameterError with one sentence that says what is wrong with the file."""
    file = f"The sweep file {shown(path)}"
    if not is_file(path):
        raise ParameterError(f"No sweep file {shown(path)}; it is a YAML file with the keys page and parameters.")
    try:
        content = yaml_files.read(path)
    except yaml_files.NotReadable as error:
        raise ParameterError(f"The sweep file cannot be used: {error}") from None
    if not isinstance(content, dict) or set(content) - {"with_page"} != {"page", "parameters"}:
        raise ParameterError(f"{file} needs exactly the keys page and parameters, and may have with_page.")
    with_page = content.get("with_page", False)
    if not isinstance(with_page, bool):
        raise ParameterError(f"{file} has with_page = {_spelt(with_page)}; allowed is true or false.")
    page = _page(content["page"], file)
    parameters = content["parameters"]
    if not isinstance(parameters, dict) or not parameters:
        raise ParameterError(f"{file} lists no parameters; give at least one with its values.")
    for name, values in parameters.items():
        _check(name, values, page)
    count = math.prod(map(len, parameters.values()))
    if count > MOST:
        raise ParameterError(f"{file} has {count} combinations; allowed are at most {MOST}.")
    rows = list(itertools.product(*parameters.values()))
    # as objects: pandas would make floats of whole numbers that stand beside floats
    combinations = pd.DataFrame(rows, columns=list(parameters), dtype=object)
    return Sweep(name=name_of(path), page=page.name, combinations=combinations, with_page=with_page)


def _page(name: Any, file: str) -> sources.Page:
    if not isinstance(name, str) or not re.fullmatch(r"\w+/\w+", name):
        raise ParameterError(f"{file} has page = {_spelt(name)}; allowed is a page such as {_SOME_PAGE}.")
    try:
        return sources.read(name)
    except FileNotFoundError as error:
        pages = [page.relative_to(sources.NOTEBOOKS).with_suffix("") for page in sources.NOTEBOOKS.glob("*/[0-9]*.py")]
        near = nearest(name, map(str, pages))
        raise ParameterError(f"{file}: {error}{near and f' In case of a slip, {near}.'}") from None


def _check(name: Any, values: Any, page: sources.Page) -> None:
    """Refuse a parameter that the page does not have, and values that no parameter can have."""
    if name not in page.defaults:
        known = ", ".join(page.defaults)
        raise ParameterError(f"The page {page.name} has no parameter {shown(name)}; known are {known}.")
    if not isinstance(values, list) or not values:
        raise ParameterError(f"The sweep's parameter {name} needs a list of values, such as [0.5, 1.0].")
    for value in values:
        usable = isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))
        if not usable:
            allowed = "a finite number, a text, true or false"
            raise ParameterError(f"The sweep's parameter {name} has the value {_spelt(value)}; allowed is {allowed}.")
        if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ParameterError(f"The sweep's parameter {name} has a text that is not Unicode: {shown(value)}.")
    for text, count in Counter(map(json.dumps, values)).items():
        if count > 1:
            raise ParameterError(f"The sweep's parameter {name} has the value {text} more than once.")


def _spelt(value: Any) -> str:
    """A value for a sentence; shortened, since a few lines of YAML can stand for a list of any length."""
    return "null" if value is None else shown(_SHORT.repr(value))


def key_of(page: str, parameters: Mapping[str, Any]) -> str:
    """The name of the folder of a run. The values cannot be its name: they are texts of any length and content."""
    described = json.dumps([page, parameters], sort_keys=True)
    return hashlib.sha256(described.encode()).hexdigest()[:12]


def collect(results: Sequence[Path], given: Sequence[Mapping[str, Any]] = ()) -> pd.DataFrame:
    """The tidy table of finished runs, with one row per run, measured value and seed.

    results: the files ``results.json`` of the runs.
    given: for each of them the parameters that the sweep gave; nothing for the runs that follow.

    The columns are the parameters of the run, then ``kind`` ("measurement" or "claim"), ``measured``, ``seed`` and
    ``value``. Each named value of a claim becomes a measured value ``<claim>: <name>``. A text that the sweep gave
    is in the table as it was given, since ``auto`` may have become what another run was told outright.
    """
    rows: list[dict[str, Any]] = []
    for path, told in zip(results, [*given, *[{}] * (len(results) - len(given))], strict=True):
        run = json.loads(path.read_text("utf-8"))
        parameters = run["parameters"] | {name: value for name, value in told.items() if isinstance(value, str)}
        values = [("measurement", name, entry["values"]) for name, entry in run["measurements"].items()]
        for claim in run["claims"]:
            named = claim["values"] if isinstance(claim["values"], dict) else {None: claim["values"] or []}
            values += [("claim", claim["id"] + (f": {name}" if name else ""), part) for name, part in named.items()]
        for kind, measured, part in values:
            # a value that does not depend on seeds (a study's arithmetic) has one row, without a seed
            seeds = run["seeds"] if len(part) == len(run["seeds"]) else [None] * len(part)
            rows += [
                {**parameters, "kind": kind, "measured": measured, "seed": seed, "value": value}
                for seed, value in zip(seeds, part, strict=True)
            ]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=["kind", "measured", "seed", "value"])


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


def batches(runs: int, *, seconds: float | None, at_once: int) -> list[tuple[int, int]]:
    """The runs of a sweep in batches, as the first and the last run of each. A process makes those of a batch in turn.

    runs: the number of runs.
    seconds: how long one run takes; None if that is not known.
    at_once: how many processes there should be at once.

    A batch holds runs for about five minutes, so that its start counts little and a finished batch is soon seen; but
    there are as many batches as processes, and no more than Snakemake plans in seconds.
    """
    long = 1 if seconds is None else max(1, int(300 / seconds))
    size = max(min(long, math.ceil(runs / max(1, at_once))), math.ceil(runs / _BATCHES))
    return [(first, min(first + size, runs) - 1) for first in range(0, runs, size)]
