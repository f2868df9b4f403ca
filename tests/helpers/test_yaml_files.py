"""One loader for the files of users: YAML 1.2, keys once, one sentence for what cannot be read."""

import math
import os
from pathlib import Path

import pytest

from helpers.yaml_files import NotReadable, parse, read

WORDS = [
    "1_000",
    "+0x1",
    "no",
    "yes",
    "on",
    "off",
    "y",
    "n",
    "No",
    "2024-01-01",
    "2024-01-01 10:00:00",
    "1:30",
    "1e",
    "1.2.3",
    "0b2",
]
NUMBERS = {"1e-5": 1e-5, "1.0e-5": 1e-5, "1E3": 1e3, "012": 12, "0o12": 10, "0x1F": 31, "+3": 3, ".5": 0.5, "-0": 0}


@pytest.mark.parametrize("word", WORDS)
def test_words_stay_text(word: str) -> None:
    assert parse(f"names: [{word}]", name="a.yml") == {"names": [word]}


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_are_numbers(text: str) -> None:
    number = parse(f"rate: {text}", name="a.yml")["rate"]
    assert number == NUMBERS[text]
    assert not isinstance(number, str)


def test_many_brackets_are_no_depth() -> None:
    assert parse(f"a: [{'[], ' * 20_000}'']", name="a.yml") == {"a": [[]] * 20_000 + [""]}
    assert parse(f"a: '{'[' * 20_000}'", name="a.yml") == {"a": "[" * 20_000}


def test_merged_mappings_may_be_overridden_but_keys_not_repeated() -> None:
    assert parse("a: &a {b: 1, c: 2}\nd: {<<: *a, c: 3}", name="a.yml")["d"] == {"b": 1, "c": 3}


def test_what_yaml_1_2_knows_besides() -> None:
    assert parse("[true, False, null, ~]", name="a.yml") == [True, False, None, None]
    assert math.isnan(parse(".nan", name="a.yml"))


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2",
        "a: {b: 1, b: 1}",
        "a:\n\t- 1",
        "a: [1",
        "a: b: c",
        "a: 'x",
        "a: *x",
        "@a",
        "--- a\n--- b",
        "a: \0",
        "? {a: 1}\n: 3",
        "a: !!int foo",
        "a: !own 1",
        "!!python/object:os.system {}",
        "!!python/name:os.system",
        "[" * 5_000,
        "[" * 10**6,
        "[" * 10**5 + "]" * 10**5,
        "- " * 10**6,
        "? " * 10**5 + "a",
        "\n".join(f"{'  ' * k}a:" for k in range(6_000)),
        "a: " + "{a: " * 5_000,
    ],
)
def test_what_is_no_yaml_is_one_sentence(text: str) -> None:
    with pytest.raises(NotReadable, match=r"^mine\.yml .*\.$") as refused:
        parse(text, name="mine.yml")
    assert "\n" not in str(refused.value)


def test_aliases_do_not_explode() -> None:
    assert parse("a: &a {b: 1}\nc: *a", name="a.yml") == {"a": {"b": 1}, "c": {"b": 1}}
    bomb = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    for text in (bomb, "a: &a [*a]", "a: &a {b: [*a]}"):
        with pytest.raises(NotReadable, match=r"^a\.yml has more than 1,000,000 values"):
            parse(text, name="a.yml")


@pytest.mark.parametrize("name", ["a.yml", "a.json", "a.JSON"])
def test_a_byte_order_mark_is_passed_over(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"a": 1e-5}', "utf-8-sig")
    assert read(path) == {"a": 1e-5}


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', '{"a": NaN}', '{"a": Infinity}', "{", "", "[" * 100_000, "{'a': 1}"]
)
def test_what_is_no_json_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(NotReadable, match=r"a\.json .*\.$"):
        read(path)


@pytest.mark.parametrize("content", ["café".encode("latin-1"), "a: 1".encode("utf-16"), b"\x89PNG\r\n\x1a\n"])
def test_another_encoding_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes(content)
    with pytest.raises(NotReadable, match=r"a\.yml is not in UTF-8"):
        read(path)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large.yml").write_bytes(b"a" * (16 * 2**20 + 1))
    odd = [
        tmp_path,
        tmp_path / "pipe",
        tmp_path / "none.yml",
        Path("/dev/zero"),
        tmp_path / "a\0b",
        tmp_path / ("x" * 999),
    ]
    for path in [*odd, tmp_path / "large.yml"]:
        with pytest.raises(NotReadable, match=r"\.$"):
            read(path)
