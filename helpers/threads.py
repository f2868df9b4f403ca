"""Python threads that share the processor with torch's own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch


@contextmanager
def worker_threads(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Python threads for work that is done side by side, which share the threads that torch may use."""
    threads = torch.get_num_threads()
    share = max(1, threads // workers)
    try:
        with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(share,)) as pool:
            yield pool
    finally:
        torch.set_num_threads(threads)  # what a worker sets is also the default of threads started later
