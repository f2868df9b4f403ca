"""Collect the finished runs of a sweep into a tidy table and a plot: ``table.csv`` and ``plot.png``."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import seaborn as sns

from helpers.pages import sweeps


def plot(table: pd.DataFrame, varied: list[str], path: Path) -> None:
    """The measurements against the first varied parameter, mean and 95 % interval over seeds; a panel each.

    A second varied parameter is shown by colour; any further ones are averaged over.
    """
    x = varied[0] if varied else "seed"
    hue = varied[1] if len(varied) > 1 else None
    grid = sns.relplot(
        data=table[table["kind"] == "measurement"],
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sweep", type=Path)
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--plot", type=Path, required=True)
    parser.add_argument("results", type=Path, nargs="+")
    given = parser.parse_args()
    table = sweeps.collect(given.results)
    # Snakemake removes the outputs of a job that did not end well: a partial table is never taken for a whole one
    table.to_csv(given.table, index=False)
    plot(table, sweeps.read(given.sweep).varied, given.plot)


if __name__ == "__main__":
    main()
