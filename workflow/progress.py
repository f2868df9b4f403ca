"""The progress of a build as text: a line when a job starts or ends, with the number of jobs and the time left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import mean
from typing import Any

from workflow.durations import Durations


@dataclass(frozen=True)
class Job:
    """A job that has started.

    rule: its rule.
    name: its name for people.
    number: its position in the order in which jobs of this build started, from 1.
    begun: when it started, in seconds.
    """

    rule: str
    name: str
    number: int
    begun: float


@dataclass(frozen=True)
class Failure:
    """A job that failed.

    name: its name for people.
    logs: the files with its output.
    error: Snakemake's message about it.
    """

    name: str
    logs: list[Path]
    error: str


class Progress:
    """The state of a build, updated by events (see ``workflow.snakemake_events.event``).

    failures: the jobs that failed.
    errors: Snakemake's error messages.
    """

    def __init__(self, durations: Durations, cores: int) -> None:
        """durations: how long jobs took before.
        cores: how many single-core jobs run at once.
        """
        self.failures: list[Failure] = []
        self.errors: list[str] = []
        self._durations = durations
        self._cores = cores
        self._needs: list[tuple[str, str]] = []  # pairs of a rule and a rule whose results it reads
        self._total = 0
        self._begun = 0
        self._waiting: Counter[str] = Counter()  # by rule, the number of jobs that have not started
        self._running: dict[int, Job] = {}

    @property
    def total(self) -> int:
        """The number of jobs of this build."""
        return self._total

    def take(self, event: Mapping[str, Any]) -> str | None:
        """Note an event; returns a line to print, or None if the event is not worth one."""
        match event["event"]:
            case "graph":
                self._needs = [(rule, needed) for rule, needed in event["needs"]]
            case "plan":
                return self._planned(event)
            case "start":
                return self._started(event)
            case "end" if event["job"] in self._running:
                return self._ended(event)
            case "fail" if event["job"] in self._running:
                return self._failed(event)
            case "error":
                self.errors.append(event["text"])
        return None

    def _planned(self, event: Mapping[str, Any]) -> str:
        self._waiting = Counter(event["counts"])
        self._total = self._waiting.total()
        left = self.left(event["time"])
        return f"{self._total} to do" + (f", {duration(left)}" if left is not None else "")

    def _started(self, event: Mapping[str, Any]) -> str:
        self._begun += 1
        self._waiting[event["rule"]] -= 1
        job = Job(event["rule"], event["name"], self._begun, event["time"])
        self._running[event["job"]] = job
        return f"{self._label(job)} …"

    def _ended(self, event: Mapping[str, Any]) -> str:
        job = self._running.pop(event["job"])
        seconds = event["time"] - job.begun
        self._durations.record(job.rule, seconds)
        line = f"{self._label(job)}: {seconds:.0f} s"
        left = self.left(event["time"])
        if left is None or self.failures or not (self._running or self._waiting.total()):
            return line  # no time left to give: this was the last job, or a job has failed and no other starts
        return f"{line}, {duration(left)} left"

    def _failed(self, event: Mapping[str, Any]) -> str:
        job = self._running.pop(event["job"])
        logs = [Path(path) for path in event["logs"]]
        self.failures.append(Failure(job.name, logs, self.errors[-1] if self.errors else ""))
        still = f"; {len(self._running)} still running" if self._running else ""
        return f"{self._label(job)}: failed after {event['time'] - job.begun:.0f} s{still}"

    def _label(self, job: Job) -> str:
        width = len(str(self._total))
        return f"[{job.number:{width}}/{self._total}] {job.name}"

    def left(self, now: float) -> float | None:
        """An estimate of the seconds until the end of the build; None if no rule has a known duration.

        The estimate is all remaining work divided by the cores, but at least the longest chain of jobs that wait for
        each other.
        """
        rules = {*self._waiting, *(job.rule for job in self._running.values())}
        known = [seconds for rule in rules if (seconds := self._durations.of(rule)) is not None]
        if not known:
            return None

        def whole(rule: str) -> float:
            seconds = self._durations.of(rule)
            return mean(known) if seconds is None else seconds

        longest: dict[str, float] = {}  # seconds of the longest job of each rule
        work = 0.0
        for rule, count in self._waiting.items():
            work += count * whole(rule)
            longest[rule] = whole(rule) if count else 0.0
        for job in self._running.values():
            rest = max(0.0, whole(job.rule) - (now - job.begun))
            work += rest
            longest[job.rule] = max(longest.get(job.rule, 0.0), rest)
        return max(work / self._cores, self._longest_chain(longest))

    def _longest_chain(self, seconds: Mapping[str, float]) -> float:
        needed: dict[str, set[str]] = {rule: set() for rule in seconds}
        for rule, other in self._needs:
            needed.setdefault(rule, set()).add(other)
        done: dict[str, float] = {}
        for rule in TopologicalSorter(needed).static_order():
            done[rule] = seconds.get(rule, 0.0) + max((done[other] for other in needed.get(rule, ())), default=0.0)
        return max(done.values(), default=0.0)


def duration(seconds: float) -> str:
    """A duration in minutes, as text."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than 1 min"
    return f"about {minutes} min" if minutes < 100 else f"about {minutes // 60} h {minutes % 60} min"
