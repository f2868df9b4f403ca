"""Collect the finished runs of a sweep in a tidy table and a plot: ``table.csv`` and ``plot.png``."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import seaborn as sns

from helpers.pages import sweeps


def plot(table: pd.DataFrame, varied: list[str], path: Path) -> None:
    """A panel per measurement: mean and 95 % interval over seeds, against the first varied parameter.

    table: the tidy table of the sweep.
    varied: the varied parameters. Colours show the second one; the plot averages over all others.
    path: the file of the plot.
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
    # a partial table is never taken for a complete one, since Snakemake removes the outputs of a failed job
    table.to_csv(given.table, index=False)
    plot(table, sweeps.read(given.sweep).varied, given.plot)


if __name__ == "__main__":
    main()
