"""One run of a page: check parameters, choose the device, set seeds, gather findings, write ``results.json``.

A page begins with ``run = start(...)`` and ends with ``run.finish()``; in between it reports what it measured.

A run writes to the folder ``HELPERS_RUN_DIR``, which the build sets. Without it, a run writes to a folder of its own
under ``_build/runs``, named after the parameters, so that an experiment never overwrites the book's results. Where
that cannot be written, it says at the start where it writes instead.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from IPython.display import HTML, Markdown, display
from torch import Tensor

from helpers.atomic_files import atomic_write
from helpers.pages import (
    claims,
    devices,
    findings,
    folders,
    machine,
    provenance,
    repository,
    results,
    sources,
    stages,
    unit_schema,
    unit_table,
    untrained,
)
from helpers.pages.claim_table import claim_table
from helpers.pages.display import banner, figure_html
from helpers.pages.parameters import (
    SCALES,
    Choice,
    Integer,
    Number,
    ParameterError,
    ParameterType,
    String,
    check,
    injected,
)
from helpers.pages.rule import ClaimError
from helpers.pages.values import ValuesError, numbers
from helpers.pages.verdicts import tally
from helpers.plots import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pyarrow import Table

__all__ = ["Choice", "Integer", "Number", "ParameterError", "Run", "String", "start"]

T = TypeVar("T")
_SMOKE_SEEDS = 3  # the largest number of seeds, if nobody has given one


_COMMON: dict[str, ParameterType] = {
    "scale": Choice(SCALES),
    "seed": Integer(0, 2**31 - 1),
    "seeds": Integer(1, 10_000),
    "device": devices.Device(),
    "batch": Integer(1, 100_000),  # inputs that go through a network at once: memory, no results
    "thumbnails": Choice(("yes", "no")),  # whether figures show images that must not be published: no results
}


@dataclass(kw_only=True)
class Run:
    """One run of a page. The page reads ``scale``, ``seeds``, ``device`` and ``parameters``, and calls the methods."""

    page: sources.Page
    parameters: dict[str, Any]
    changed_parameters: list[str]
    device: torch.device
    folder: Path
    results_dir: Path  # the results of other pages
    stages_dir: Path  # the artefacts of stages
    _claims: dict[str, claims.Claim]
    _untrained: dict[str, untrained.Untrained]
    _started: float = field(default_factory=time.perf_counter)
    _findings: dict[str, findings.Finding] = field(default_factory=dict)
    _measurements: dict[str, dict[str, Any]] = field(default_factory=dict)
    _inputs: dict[str, list[dict[str, str]]] = field(default_factory=lambda: {"weights": [], "data": []})
    _units: Table | None = None  # what the page has for the table of units

    @property
    def scale(self) -> str:
        return str(self.parameters["scale"])

    @property
    def seeds(self) -> list[int]:
        """The seeds of this run: ``seeds`` consecutive numbers, of which ``seed`` is the first."""
        first = self.parameters["seed"]
        return list(range(first, first + self.parameters.get("seeds", 1)))

    def by_scale(self, *, smoke: T, laptop: T, paper: T) -> T:
        """The value for this run's scale."""
        return {"smoke": smoke, "laptop": laptop, "paper": paper}[self.scale]

    def claim(
        self,
        claim_id: str,
        values: object = None,
        *,
        floor: object = None,
        missing: str = "",
        independent_of: Sequence[str] = (),
    ) -> None:
        """Report what was measured for a claim, and show the verdict.

        claim_id: the id of the claim in ``claims.yml``.
        values: one value per seed, or a mapping from a name to such values.
        floor: the same of what the claim's floor names.
        missing: what there must be for values; the reason where there are none.
        independent_of: parameters of the page that these values do not depend on, changed or not.

        Raises ClaimError for an unknown id, values that do not fit, or a claim that is reported twice.
        """
        finding = self._find(claim_id, values, floor=floor, missing=missing, independent_of=independent_of)
        display(finding)

    def claim_table(
        self, title: str, cells: Mapping[str, Mapping[str, tuple[str, object]]], *, missing: str = "", alt: str = ""
    ) -> None:
        """Report all numbers of a table of the study: one figure, a compact table, and the boxes folded under it.

        title: names the table ("Table 3.3").
        cells: for each row, for each column, the id of the claim and the values measured for it, one per seed.
        missing: what there must be for values; the reason where there are none.
        alt: what the figure shows; the default says which rows and columns there are.

        Raises ClaimError as :meth:`claim` does.
        """
        found = {
            row: {
                column: self._find(name, values, missing=missing).as_json() for column, (name, values) in part.items()
            }
            for row, part in cells.items()
        }
        table = claim_table(title, found)
        if table.figure is not None:
            self.figure(table.figure, alt=alt or table.alt, caption=table.caption)
        display(HTML(table.html))

    def study(self, claim_id: str) -> Any:
        """What the study prints, as the claim's ``value`` gives it: a number, a list or a mapping.

        Raises ClaimError for an unknown id, or a claim without a value.
        """
        value = claims.find(self._claims, claim_id).value
        if value is None:
            raise ClaimError(f"The claim {claim_id} gives no value of the study in claims.yml.")
        return value

    def verdict(self, claim_id: str) -> str:
        """The verdict of a claim that this page has reported; raises ClaimError if it has not."""
        if claim_id not in self._findings:
            raise ClaimError(f"The claim {claim_id} was not reported on this page before its verdict is asked for.")
        return self._findings[claim_id].verdict

    def say(self, markdown: str) -> None:
        """Show a sentence that was computed, as Markdown. Whatever states a result is said this way, never typed."""
        display(Markdown(markdown))

    def _find(
        self,
        claim_id: str,
        values: object,
        *,
        floor: object = None,
        missing: str = "",
        independent_of: Sequence[str] = (),
    ) -> findings.Finding:
        """Decide a claim of this page, and keep the finding."""
        claim = claims.find(self._claims, claim_id)
        if claim_id in self._findings:
            raise ClaimError(f"The claim {claim_id} was reported twice on this page.")
        changed = [one for one in self.changed_parameters if one.partition(" = ")[0] not in independent_of]
        if missing and findings.has_values(values):
            missing = ""
        finding = findings.decide(claim, values, floor, scale=self.scale, changed_parameters=changed, missing=missing)
        if finding.measured and not claim.floor:
            finding = replace(finding, untrained=self._untrained.get(claim_id))
        self._findings[claim_id] = finding
        return finding

    def measure(self, name: str, values: object) -> None:
        """Keep a named measurement (one value per seed) in ``results.json``, from which sweeps collect it.

        Raises ValuesError for values that are not one real number per seed.
        """
        array = numbers(values)
        if array.ndim != 1 or not array.size:
            raise ValuesError(f"The measurement {name} takes one number per seed; got shape {array.shape}.")
        listed = [float(v) for v in array]
        self._measurements[name] = findings.summarise(listed)

    def record_input(self, what: str, name: str, source: str, tensors: Sequence[Tensor]) -> None:
        """Record weights or data on which numbers of this page depend, with their digest.

        what: "weights" or "data".
        name: how they are called.
        source: where they come from.
        tensors: the tensors over which the digest is taken.
        """
        self._inputs[what].append({"name": name, "source": source, "sha256": provenance.digest(tensors)})

    def units(self, units: Mapping[str, Sequence[Any]], values: Any, schema: Mapping[str, unit_table.Column]) -> None:
        """Keep what was found of single units for the table of units, with the inputs recorded so far; show its schema.

        units, values, schema: as for :func:`helpers.pages.unit_table.table`, which says what is refused.
        """
        if self._units is not None:
            raise unit_table.UnitsError("This page has given its table of units already; give all columns at once.")
        about = {"scale": self.scale, "seeds": self.seeds, "commit": repository.commit(), **self._inputs}
        self._units = unit_table.table(units, values, schema, page=self.page.name, about=about)
        display(HTML(unit_schema.folded(self._units)))

    def figure(self, figure: Figure, *, alt: str, caption: str) -> None:
        """Show a figure with its alternative text (what one sees) and its caption (what it means)."""
        dpi = self.by_scale(smoke=100, laptop=200, paper=200)  # 200 for fine screens
        display(figure_html(figure, alt=alt, caption=caption, dpi=dpi))

    def stage(self, stage: ModuleType, *only: str, **other: Any) -> dict[str, stages.Trained]:
        """The artefacts of a stage for this run's parameters, by key: networks and the history of their training.

        stage: the module of the stage.
        only: the keys that this page needs; all if none is given.
        other: parameters of the stage that have another meaning on this page, or that the page does not have.
        """
        values = {**self.parameters, **other}
        return stages.make(stage, values, seeds=self.seeds, device=self.device, folder=self.stages_dir, only=only)

    def verdicts(self, page: str) -> dict[str, str] | None:
        """The verdict of each claim of a page of this study, by the claim's id; None if that page has not been run."""
        if page == self.page.name.split("/")[1]:
            return {claim_id: finding.verdict for claim_id, finding in self._findings.items()}
        path = self.results_dir / self.page.study / page / "results.json"
        if not path.exists():
            return None
        return {claim["id"]: claim["verdict"] for claim in results.read(path)["claims"]}

    def finish(self) -> None:
        """Write ``results.json``. Raises ClaimError if the page has not reported all of its claims."""
        missing = [
            c.id for c in self._claims.values() if c.page == self.page.name.split("/")[1] and c.id not in self._findings
        ]
        if missing:
            raise ClaimError(f"Claims of this page that it did not report: {', '.join(missing)}.")
        measured = {
            "page": self.page.name,
            "title": self.page.title,
            "scale": self.scale,
            "seeds": self.seeds,
            "device": devices.name(self.device),
            "parameters": self.parameters,
            "machine": machine.described(),
            "versions": provenance.versions(),
            "commit": repository.commit(),
            **self._inputs,
            "seconds": round(time.perf_counter() - self._started, 2),
            "peak_memory_mb": provenance.peak_memory_mb(),
            "claims": [finding.as_json() for finding in self._findings.values()],
            "measurements": self._measurements,
            "unit_columns": unit_table.measured(self._units),
        }
        results.validate(measured)
        unit_table.write(self.folder / unit_table.FILE, self._units)
        with atomic_write(self.folder / "results.json") as partial:
            partial.write_text(json.dumps(measured, indent=1, allow_nan=False) + "\n", "utf-8")
        print(f"{tally(each.verdict for each in self._findings.values())} {measured['seconds']:.0f} s.")


def start(page: str, variables: Mapping[str, Any], **kinds: ParameterType) -> Run:
    """Begin a run of a page.

    page: the page's name, "jump_detection/02_multilayer_perceptrons".
    variables: the page's ``globals()``.
    kinds: the type of each parameter of the page's own (``Number``, ``Integer``, ``Choice``, ``String``). The common
    parameters ``scale``, ``seed``, ``seeds``, ``device``, ``batch`` and ``thumbnails`` need none.

    Raises ParameterError with one sentence for a parameter that is unknown or cannot be used, and BadInput if results
    cannot be written.
    """
    source = sources.read(page)
    common = {name: kind for name, kind in _COMMON.items() if name in source.defaults}
    told = injected()
    parameters = check({**common, **kinds}, variables, told)
    parameters = with_smoke_seeds(source, parameters, told="seeds" in told)
    changed_parameters = [
        f"{name} = {value}"
        for name, value in parameters.items()
        if name not in _COMMON and value != source.defaults.get(name)
    ]
    style.reset()
    torch.manual_seed(parameters["seed"])
    np.random.seed(parameters["seed"])
    random.seed(parameters["seed"])
    run = Run(
        page=source,
        parameters=parameters,
        changed_parameters=changed_parameters,
        device=torch.device(parameters["device"]),
        folder=folders.of_run(page, parameters),
        results_dir=Path(os.environ.get("HELPERS_RESULTS", folders.BUILD / "results")),
        stages_dir=Path(os.environ.get("HELPERS_STAGES") or folders.own_build() / "stages"),
        _claims=claims.load(source.source.with_name("claims.yml")),
        _untrained=untrained.read(source.source.with_name(untrained.FILE)),
    )
    _banner(run)
    return run


def with_smoke_seeds(page: sources.Page, values: Mapping[str, Any], *, told: bool = False) -> dict[str, Any]:
    """The parameters, with fewer seeds at smoke scale.

    page: the page that has the parameters.
    values: the values of the parameters.
    told: whether somebody has given the number of seeds, which is then kept.
    """
    untold = "seeds" in values and not told and values["seeds"] == page.defaults["seeds"]
    if values["scale"] == "smoke" and untold:
        return {**values, "seeds": min(_SMOKE_SEEDS, values["seeds"])}
    return dict(values)


def _banner(run: Run) -> None:
    seeds = run.seeds
    parts = [
        f"device {devices.name(run.device)}",
        f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}",
        *(f"{name} {value}" for name, value in run.parameters.items() if name not in _COMMON and value != ""),
    ]
    display(banner(scale=run.scale, parts=parts))
