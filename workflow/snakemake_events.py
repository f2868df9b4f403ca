"""Run Snakemake and tell ``workflow.build``, which starts this, what happens: a line of JSON per event.

The events go to standard output, Snakemake's own lines and its jobs' to standard error. Standard input says nothing;
when it ends, whoever started this has stopped or has been killed, and Snakemake stops with all of its jobs.
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

GRACE = 5  # seconds that jobs have to end after an interrupt, before they are killed


def event(record: logging.LogRecord) -> dict[str, Any] | None:
    """What a record of Snakemake's log says about the build, or None if it says nothing that a person waits for.

    "graph": ``needs``, pairs of a rule and a rule whose results it reads. "plan": ``counts``, how many jobs each rule
    has. "start": ``job``, its number, ``rule``, and its ``name`` for people. "end" and "fail": the ``job``; a failed
    one with its ``logs``. "error": a ``text``. All have a ``time`` in seconds.
    """
    said = vars(record)
    found: dict[str, Any] | None = None
    match said.get("event"):
        case LogEvent.RULEGRAPH:
            pairs = [(link["targetrule"], link["sourcerule"]) for link in said["rulegraph"]["links"]]
            found = {"event": "graph", "needs": pairs}
        case LogEvent.RUN_INFO:
            found = {"event": "plan", "counts": {rule: n for rule, n in said["stats"].items() if rule != "total"}}
        case LogEvent.JOB_INFO:
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
    """Snakemake's interface for those who listen to its log."""

    stream: TextIO
    writes_to_stream = False  # Snakemake's own lines go their own way
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = True

    def emit(self, record: logging.LogRecord) -> None:
        if found := event(record):
            self.stream.write(json.dumps(found) + "\n")
            self.stream.flush()


def _stop_with(lifeline: int) -> None:
    """Wait for the end of the lifeline; then interrupt all processes of this build, and kill those that go on."""
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGINT)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    # Jobs get neither end of what joins this process to the one that started it.
    lifeline, events = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    LogHandler.stream = os.fdopen(events, "w", encoding="utf-8")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # it is ignored if the build was started with `&`
    threading.Thread(target=_stop_with, args=[lifeline], daemon=True).start()
    LoggerPluginRegistry().register_plugin("snakemake_logger_plugin_events", sys.modules[__name__])
    cli.main(["--logger", "events", *sys.argv[1:]])


if __name__ == "__main__":
    main()
