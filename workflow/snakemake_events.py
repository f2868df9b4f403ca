"""Run Snakemake for ``workflow.build`` and report what happens, as one line of JSON per event.

Events go to standard output. The output of Snakemake and of its jobs goes to standard error. Standard input carries no
data; when it closes, the process that started this one has stopped or was killed, and Snakemake stops with all its
jobs.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from typing import Any, TextIO

from snakemake import cli
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

TARGET = "everything"  # the rule that makes nothing itself, of which people hear nothing
GRACE = 5  # seconds between the interrupt of jobs and their being killed


def event(record: logging.LogRecord) -> dict[str, Any] | None:
    """The event that a record of Snakemake's log stands for; None if it is of no interest to a person.

    All events have a ``time`` in seconds. The others of their entries depend on the kind:

    "graph": ``needs``, pairs of a rule and a rule whose results it reads.

    "plan": ``counts``, the number of jobs of each rule.

    "start": ``job``, its number; its ``rule``; its ``name`` for people.

    "end": the ``job``.

    "fail": the ``job`` and its ``logs``.

    "error": a ``text``.
    """
    said = vars(record)
    found: dict[str, Any] | None = None
    match said.get("event"):
        case LogEvent.RULEGRAPH:
            pairs = [(link["targetrule"], link["sourcerule"]) for link in said["rulegraph"]["links"]]
            found = {"event": "graph", "needs": pairs}
        case LogEvent.RUN_INFO:
            found = {
                "event": "plan",
                "counts": {rule: n for rule, n in said["stats"].items() if rule not in ("total", TARGET)},
            }
        case LogEvent.JOB_INFO if said["rule_name"] != TARGET:
            name = said["rule_msg"] or said["rule_name"]
            found = {"event": "start", "job": said["jobid"], "rule": said["rule_name"], "name": name}
        case LogEvent.JOB_FINISHED:
            found = {"event": "end", "job": said["job_id"]}
        case LogEvent.JOB_ERROR:
            found = {"event": "fail", "job": said["jobid"], "logs": [str(path) for path in said["log"]]}
        case _ if record.levelno >= logging.ERROR:
            found = {"event": "error", "text": record.getMessage()}
    return found and {**found, "time": record.created}


class LogHandler(LogHandlerBase):
    """Snakemake's interface for listeners to its log."""

    stream: TextIO
    writes_to_stream = False  # Snakemake writes its own lines itself
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = True

    def emit(self, record: logging.LogRecord) -> None:
        if found := event(record):
            self.stream.write(json.dumps(found) + "\n")
            self.stream.flush()


def _stop_with(lifeline: int) -> None:
    """When the lifeline closes, interrupt all processes of this build, and kill those that do not stop."""
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGINT)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    # Jobs must not inherit the pipes between this process and the one that started it.
    lifeline, events = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    LogHandler.stream = os.fdopen(events, "w", encoding="utf-8")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a build that was started with `&` would ignore it
    threading.Thread(target=_stop_with, args=[lifeline], daemon=True).start()
    LoggerPluginRegistry().register_plugin("snakemake_logger_plugin_events", sys.modules[__name__])
    cli.main(["--logger", "events", *sys.argv[1:]])


if __name__ == "__main__":
    main()
