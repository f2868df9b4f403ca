"""Run a module as ``python -m`` does, but in a fork of a process that has imported everything, where one runs.

``python -m workflow.warm workflow.stage ARGUMENTS`` asks the server that the build has started
(:mod:`workflow.warm_server`), whose address is in the environment. Without one it is ``python -m workflow.stage
ARGUMENTS``. Standard library only: what is saved is the time that imports take.
"""

from __future__ import annotations

import json
import os
import runpy
import socket
import sys
from pathlib import Path

ADDRESS = "WORKFLOW_WARM"
# macOS does not allow a fork to use what its parent has loaded; every job then starts by itself.
POSSIBLE = sys.platform == "linux"


def environment(threads: int) -> dict[str, str]:
    """What makes libraries take so many threads, if it is set before they are imported.

    Waiting threads must not spin, because other jobs run at the same time.
    """
    return {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}


ONE_THREAD = environment(1)  # a process that forks must have no more


def ask(address: str, module: str, arguments: list[str]) -> int | None:
    """The exit status of a module that the server at this address runs with our input, output and environment.

    None if nobody listens there. If this process is killed, so is the module.
    """
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(address)
    except OSError:
        return None
    with connection:
        socket.send_fds(connection, [b" "], [0, 1, 2])
        order = {"module": module, "arguments": arguments, "folder": str(Path.cwd()), "environment": dict(os.environ)}
        connection.sendall(json.dumps(order).encode() + b"\n")
        answer = connection.recv(16)
    if not answer:
        print(f"{module}: the process that runs it has been killed.", file=sys.stderr)
        return 1
    return int(answer)


def main() -> int:
    module, *arguments = sys.argv[1:]
    address = os.environ.get(ADDRESS)
    status = ask(address, module, arguments) if address else None
    if status is None:
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return 0
    return status


if __name__ == "__main__":
    raise SystemExit(main())
