"""Shape annotations of helpers are checked while the tests run; tests that cannot run here are deselected, and counted.

Markers (see pyproject.toml): ``book`` needs a built book, ``gpu`` a CUDA device, ``slow`` the option ``--slow``.
"""

import importlib
import os
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

LIBRARIES = ("IPython.display", "matplotlib.figure", "pandas", "scipy.stats", "sklearn.neighbors", "torchvision")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: workers side by side have a core each
    # While the hook loads a module of ours, Python finds no compiled file of any other, and compiles two thousand, a
    # fifth of the time of collecting. So workers, which collect all tests, load what helpers are built on before.
    for library in LIBRARIES:
        importlib.import_module(library)

# an int is a float here, as for every type checker (PEP 484)
install_import_hook("helpers", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

# the same examples in every run: a failure that CI finds is found again here
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

REPOSITORY = Path(__file__).parents[1]
SEED = 67280421310721  # the one that torch starts with
DESELECTED: pytest.StashKey[Counter[str]] = pytest.StashKey()  # what was missing -> how many tests were left out for it


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow, too")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[DESELECTED] = Counter()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        missing = _missing(item, config)
        (left_out if missing else kept).append(item)
        config.stash[DESELECTED].update([missing] if missing else [])
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def _missing(item: pytest.Item, config: pytest.Config) -> str:
    """What the test would need that is not here; the empty text where nothing is missing."""
    book = item.get_closest_marker("book")
    # a book that BOOK_HTML names is to be tested: where it is missing, tests must fail
    if book and "BOOK_HTML" not in os.environ:
        folder = book.args[0] if book.args else "_build/html"
        if not (REPOSITORY / folder / "index.html").is_file():
            return f"a built book in {folder}"
    if item.get_closest_marker("gpu") and not _has_gpu():
        return "a CUDA device"
    if item.get_closest_marker("slow") and not config.getoption("--slow") and "slow" not in config.getoption("-m"):
        return "the option --slow"
    return ""


def _has_gpu() -> bool:
    import torch  # here: collecting tests of other things does not wait for it

    return torch.cuda.is_available()


# With pytest-xdist, its workers collect. Each of them deselects the same tests, and one of them says how many.


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["deselected"] = dict(session.config.stash[DESELECTED])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    said: dict[str, int] = (getattr(node, "workeroutput", None) or {}).get("deselected", {})
    config: pytest.Config = node.config  # type: ignore[attr-defined]
    config.stash[DESELECTED] = Counter(said) or config.stash[DESELECTED]


# Networks that a test makes without saying how start from torch's own generator. It begins anew for every module and
# every test, so that none of them hangs on which were collected, or ran, before it.


def pytest_collectstart(collector: pytest.Collector) -> None:
    if isinstance(collector, pytest.Module):
        _seed()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    _seed()


def _seed() -> None:
    if "torch" in sys.modules:  # whoever imports it later finds the same seed
        sys.modules["torch"].manual_seed(SEED)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for missing, count in config.stash[DESELECTED].items():
        terminalreporter.write_line(f"{count} deselected: they need {missing}")
