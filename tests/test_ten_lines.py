"""The lines that README and book show to people with a network of their own run, and are the same."""

import re

from helpers.pages.repository import REPOSITORY


def lines(name: str) -> str:
    (found,) = re.findall(r"```python\n(.*?)```", (REPOSITORY / name).read_text("utf-8"), flags=re.DOTALL)
    return found


def test_the_lines_run_and_say_what_they_promise(capsys, monkeypatch):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    assert lines("README.md") == lines("book/own_network.md")
    variables: dict = {}
    exec(lines("README.md"), variables)
    back, seen, x = variables["back"], variables["seen"], variables["x"]
    assert back.full().shape == x.shape
    outside = back.full()[0].clone()
    outside[:, seen.top : seen.bottom, seen.left : seen.right] = 0
    assert not outside.any() and back.signal.any()
    assert "sees" in capsys.readouterr().out


def test_they_are_ten_lines_without_imports_and_prints():
    work = [
        line for line in lines("README.md").splitlines() if line and not line.startswith(("from", "import", "print"))
    ]
    assert len(work) <= 10
