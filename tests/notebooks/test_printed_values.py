"""A value that a study prints stands in claims.yml, and pages read it there: none is typed again."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.pages import claims
from helpers.pages.repository import REPOSITORY

PAGES = sorted(REPOSITORY.glob("notebooks/*/[0-9]*.py"))


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from numbers(part)
    elif isinstance(value, int | float):
        yield float(value)


def is_telling(number: float) -> bool:
    """Whether a number has three significant digits and a fraction, so that it is hardly typed for another reason."""
    return number != int(number) and len(f"{number:g}".replace(".", "").lstrip("0")) >= 3


@pytest.mark.parametrize("page", PAGES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_no_printed_value_is_typed_again(page: Path) -> None:
    printed = {n for one in claims.load(page.with_name("claims.yml")).values() for n in numbers(one.value)}
    tokens = tokenize.generate_tokens(io.StringIO(page.read_text("utf-8")).readline)
    typed = {float(token.string) for token in tokens if token.type == tokenize.NUMBER and "x" not in token.string}
    assert not sorted(filter(is_telling, printed & typed))
