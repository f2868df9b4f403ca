"""Kernels that start at once: forks of a process that has imported what a page imports.

Most of a page's time at smoke scale goes into importing torch. ``warm_up`` imports it once; each run is then a fork of
that process, and its kernel another one, with memory of their own. A run that fails, hangs or is killed touches no
other. To fork is safe only while the process has a single thread, so the kernel's fork is made first of all, and waits
until papermill starts its kernel.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from ipykernel import kernelapp
from jupyter_client.provisioning import LocalProvisioner

from workflow import kernel


def warm_up(codes: Iterable[str]) -> None:
    """Carry out the imports of pages' code, as their kernels would. What cannot be imported is left to the page."""
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # as kernels set it
    for code in codes:
        with suppress(SyntaxError):
            for node in ast.parse(code).body:
                if isinstance(node, ast.Import | ast.ImportFrom):
                    with suppress(Exception):
                        exec(compile(ast.Module([node], []), "imports", "exec"), {})
    gc.collect()
    gc.freeze()  # the garbage collector of a fork would copy every page of memory that it looks at


def fork(task: Callable[[], int]) -> int:
    """Run a task in a fork of this process; returns its process id. The task's result is its exit status."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, signal.SIG_DFL)
    status = 1
    try:
        status = task()
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


class Child:
    """A fork of this process, with the part of ``subprocess.Popen`` that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return self._ended(os.WNOHANG)

    def wait(self) -> int | None:
        return self._ended(0)

    def _ended(self, option: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, option)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, signum: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


@contextmanager
def prepared_kernel() -> Iterator[None]:
    """Fork the process that becomes the kernel of this process's page, and kill it at the end.

    To be called before anything starts threads.
    """
    ours, its = socket.socketpair()

    def become_kernel() -> int:
        ours.close()
        return _become_kernel(its)

    child = Child(fork(become_kernel))
    its.close()

    class Prepared(kernel.Kernel):
        """The kernel whose process waits already."""

        async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
            assert isinstance(self.provisioner, LocalProvisioner)
            arguments = kernel_cmd[kernel_cmd.index("ipykernel_launcher") + 1 :]
            arguments.append(f"--IPKernelApp.parent_handle={os.getpid()}")  # it ends if this process is killed
            order = {"arguments": arguments, "cwd": str(Path.cwd()), "environment": options["env"]}
            socket.send_fds(ours, [b" "], options["pass_fds"])
            ours.sendall(json.dumps(order).encode())
            ours.close()
            vars(self.provisioner).update(process=child, pid=child.pid, pgid=child.pid)
            self._reconcile_connection_info(self.provisioner.connection_info)

    kernel.Engine.kernel = Prepared
    try:
        yield
    finally:
        ours.close()
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # and what the page has started
        child.wait()


def _become_kernel(channel: socket.socket) -> NoReturn:
    """Wait for the order, then be the kernel that it describes; end if the process that gives orders has ended."""
    _, _locks, *_ = socket.recv_fds(channel, 1, 16)  # held open until the kernel ends
    with channel.makefile("rb") as file:
        text = file.read()
    if not text:
        os._exit(0)
    order = json.loads(text)
    os.setsid()
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if sys.path[0] in ("", str(Path(__file__).parents[1])):
        del sys.path[0]  # the folder of ``python -m``, which a kernel does not have
    sys.argv = ["ipykernel_launcher", *order["arguments"]]
    kernelapp.launch_new_instance()
    os._exit(0)
