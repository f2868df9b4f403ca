"""The kernel that runs a page of a build, and what is kept of its output."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines

ENGINE = "page"  # the name under which papermill knows the engine below
MOST = 20_000_000  # the largest number of characters that is kept of the output of one cell
_OUTPUTS = {"stream", "display_data", "execute_result"}
_OPTIONS = [
    "--log-level=ERROR",  # otherwise each page warns of its kernel's loopback connection
    # The objects that importing torch makes stay alive: collecting less garbage saves half a second a page.
    "--IPKernelApp.exec_lines=__import__('gc').set_threshold(50_000)",
    # A file helpers.py or torch.py beside the page does not hide the package.
    "--InteractiveShellApp.ignore_cwd=True",
]


class Kernel(AsyncKernelManager):
    """A kernel of this interpreter, whatever kernels are installed under the name python3.

    held: the file descriptors that the kernel inherits, so that it holds the locks of its page as long as it lives.
    """

    held: tuple[int, ...] = ()

    @property
    def kernel_spec(self) -> KernelSpec:
        command = [sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python", name="python3")

    async def _async_pre_start_kernel(self, **options: Any) -> tuple[list[str], dict[str, Any]]:
        command, options = await super()._async_pre_start_kernel(**options)
        return command, {**options, "pass_fds": self.held}

    pre_start_kernel = _async_pre_start_kernel


class Client(PapermillNotebookClient):
    """Keeps at most ``MOST`` characters of the output of a cell, and a sentence that says so."""

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        if msg["msg_type"] in _OUTPUTS:
            self._kept = getattr(self, "_kept", {})
            content = msg["content"]
            size = len(content["text"]) if "text" in content else sum(map(len, map(str, content["data"].values())))
            before = self._kept.get(cell_index, 0)
            self._kept[cell_index] = before + size
            if before > MOST:
                return None
            if before + size > MOST:
                text = f"\n[The output of this cell is cut here, at {MOST // 1_000_000} MB.]\n"
                header = {**msg["header"], "msg_type": "stream"}  # by which nbformat tells what it is
                msg = {**msg, "header": header, "msg_type": "stream", "content": {"name": "stdout", "text": text}}
        return super().process_message(msg, cell, cell_index)


class Engine(NBClientEngine):
    """Runs a notebook with ``Client``, for at most as long as it may."""

    kernel: type[Kernel] = Kernel

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, held: tuple[int, ...], limit: float, **options: Any
    ) -> Any:
        kernel = cls.kernel(kernel_name=kernel_name)
        kernel.held = held
        end = time.monotonic() + limit
        client = Client(
            nb_man,
            km=kernel,
            kernel_name=kernel_name,
            startup_timeout=options["start_timeout"],
            timeout_func=lambda cell: max(1, round(end - time.monotonic())),
            shutdown_kernel="immediate",  # all files are written, and torch would take seconds to shut down
            extra_arguments=_OPTIONS,
        )
        return client.execute()


papermill_engines.register(ENGINE, Engine)


def without_loopback() -> str:
    """Why this process cannot reach its kernel: the sentence; empty if it can.

    Without the check, the wait for the kernel would end after a minute.
    """
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            socket.create_connection(listener.getsockname(), timeout=10).close()
        except OSError as error:
            return f"this machine has no loopback network (127.0.0.1: {error.strerror}), which a kernel needs"
    return ""


def environment(folder: Path) -> dict[str, str]:
    """Environment variables for a kernel: it reads and writes nothing of the person's own settings.

    folder: an empty folder for the kernel's own files.
    """
    return {
        "IPYTHONDIR": str(folder / "ipython"),  # no profile and no start-up files of the reader's
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),  # needs no home directory
    }
