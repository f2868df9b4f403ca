"""A sweep: one page over all combinations of lists of parameters, and the tidy table of what it measured.

A sweep is a small YAML file::

    page: jump_detection/02_multilayer_perceptrons
    parameters:
      noise_std: [0.5, 1.0, 2.0]
      seeds: [3]
"""

from __future__ import annotations

import argparse
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import seaborn as sns
import yaml

from helpers import pages
from helpers.parameters import ParameterError


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """name: the YAML file's; combinations: a row per run, a column per parameter."""

    name: str
    page: str
    combinations: pd.DataFrame

    @property
    def varied(self) -> list[str]:
        """The parameters that take more than one value."""
        return [name for name in self.combinations if self.combinations[name].nunique() > 1]


def read(path: Path) -> Sweep:
    """The sweep of this file; raises ParameterError with one sentence for what is wrong with it."""
    if not path.is_file():
        raise ParameterError(f"No sweep file {path}; it is a YAML file with the keys page and parameters.")
    content = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(content, dict) or set(content) != {"page", "parameters"}:
        raise ParameterError(f"The sweep file {path} needs exactly the keys page and parameters.")
    try:
        known = pages.read(content["page"]).defaults
    except FileNotFoundError as error:
        raise ParameterError(f"The sweep file {path}: {error}") from None
    parameters = content["parameters"]
    for name, values in parameters.items():
        if name not in known:
            raise ParameterError(f"The page {content['page']} has no parameter {name}; known are {', '.join(known)}.")
        if not isinstance(values, list) or not values:
            raise ParameterError(f"The sweep's parameter {name} needs a list of values, such as [0.5, 1.0].")
    rows = list(itertools.product(*parameters.values()))
    return Sweep(name=path.stem, page=content["page"], combinations=pd.DataFrame(rows, columns=list(parameters)))


def collect(results: list[Path]) -> pd.DataFrame:
    """A row per combination, measured value and seed: the run's parameters, then ``measured``, ``seed`` and ``value``.

    Named values of a claim become one row each, ``<claim>.<name>``.
    """
    rows: list[dict[str, Any]] = []
    for path in results:
        run = json.loads(path.read_text("utf-8"))
        values = {name: entry["values"] for name, entry in run["measurements"].items()}
        for claim in run["claims"]:
            if isinstance(claim["values"], dict):
                values |= {f"{claim['id']}.{name}": part for name, part in claim["values"].items()}
            elif claim["values"] is not None:
                values[claim["id"]] = claim["values"]
        for measured, per_seed in values.items():
            # a value that no seed decides (a study's arithmetic) stands once, without a seed
            seeds = run["seeds"] if len(per_seed) == len(run["seeds"]) else [None] * len(per_seed)
            rows += [
                {**run["parameters"], "measured": measured, "seed": seed, "value": value}
                for seed, value in zip(seeds, per_seed, strict=True)
            ]
    return pd.DataFrame(rows)


def plot(table: pd.DataFrame, varied: list[str], path: Path) -> None:
    """The named measurements against the first varied parameter, mean and 95 % interval; a panel per measurement."""
    x = varied[0] if varied else "seed"
    grid = sns.relplot(
        data=table, x=x, y="value", hue=varied[1] if len(varied) > 1 else None, col="measured", col_wrap=4,
        kind="line", marker="o", height=2.2, errorbar=("ci", 95), facet_kws={"sharey": False}, seed=0,
    )  # fmt: skip
    grid.set_titles("{col_name}", size=8)
    grid.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description="Collect the results of a sweep into a table and a plot.")
    parser.add_argument("sweep", type=Path)
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--plot", type=Path, required=True)
    parser.add_argument("results", type=Path, nargs="+")
    given = parser.parse_args()
    table = collect(given.results)
    # Snakemake removes outputs of a job that did not end well, so a partial table is never taken for a whole one
    table.to_csv(given.table, index=False)
    plot(table[~table["measured"].isin(claims)], read(given.sweep).varied, given.plot)


if __name__ == "__main__":
    main()
