"""Two builds that differ in one known place: the comparison says which, and no more."""

import copy
import json
import subprocess
import sys

import pytest

from helpers.pages.repository import REPOSITORY
from workflow.compare import CompareError, differences, main, read

PAGE = "study/01_page"
NOTHING_DIFFERS = (
    "3 claims in both, 0 differ; 0 verdicts differ; 1 measurements in both, 0 differ; "
    "in one build only: 0 pages, 0 claims, 0 measurements"
)


def claim(name, values, verdict="holds", **others):
    return {"id": name, "values": values, "mean": None, "low": None, "high": None, "verdict": verdict} | others


def results():
    return {
        PAGE: {
            "claims": [
                claim("error", [0.5, 0.25], mean=0.375, low=0.1, high=0.65),
                claim("order", {"a": [1.0, 2.0], "b": [4.0, 8.0]}, mean={"a": 1.5, "b": 6.0}),
            ],
            "measurements": {"loss": {"values": [0.125], "mean": 0.125, "low": None, "high": None}},
            "seconds": 3.0,
        },
        "study/02_other": {"claims": [claim("gone", None, "not testable here")], "measurements": {}},
    }


def write(folder, content):
    for page, one in content.items():
        (folder / page).mkdir(parents=True)
        (folder / page / "results.json").write_text(json.dumps(one))
    return folder


@pytest.fixture
def compared(tmp_path, monkeypatch, capsys):
    """Compare ``results()`` with a changed copy of it: the exit code, the lines before the totals, and the totals."""

    def run(change, *options):
        after = copy.deepcopy(results())
        change(after)
        old, new = write(tmp_path / "old", results()), write(tmp_path / "new", after)
        monkeypatch.setattr(sys, "argv", ["compare", str(old), str(new), *options])
        code = main()
        *lines, total = capsys.readouterr().out.splitlines()
        return code, lines, total

    return run


def test_equal_builds_differ_in_nothing(compared):
    assert compared(lambda after: None) == (0, [], NOTHING_DIFFERS)


def test_keys_that_do_not_concern_it_are_ignored(compared):
    def change(after):
        after[PAGE]["seconds"] = 4.0
        after[PAGE]["new"] = 1
        after[PAGE]["claims"][0]["protocol"] = "exact"
        after[PAGE]["measurements"]["loss"]["unit"] = "nats"

    assert compared(change) == (0, [], NOTHING_DIFFERS)


def first(after):
    return after[PAGE]["claims"][0]


def second(after):
    return after[PAGE]["claims"][1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda after: first(after).update(values=[0.5, 0.2500000000000001]),
            "claim error: values: 1 of 2 differ, relative difference at most 4.4e-16 "
            "(values[1] 0.25 → 0.2500000000000001)",
        ),
        (
            lambda after: first(after).update(values=[0.5, 0.25, 1.0]),
            "claim error: values: 1 of 3 differ, relative difference at most inf (values[2] none → 1.0)",
        ),
        (
            lambda after: first(after).update(values=[0.5, None]),
            "claim error: values: 1 of 2 differ, relative difference at most inf (values[1] 0.25 → None)",
        ),
        (
            lambda after: second(after).update(values={"a": [1.0, 2.5], "b": [2.0, 8.0]}),  # 20% and 50%
            "claim order: values: 2 of 4 differ, relative difference at most 0.5 (values.b[0] 4.0 → 2.0)",
        ),
        (
            lambda after: second(after).update(values={"a": [1.0, 2.0], "c": [4.0, 8.0]}),
            "claim order: values: 4 of 6 differ, relative difference at most inf (values.b[0] 4.0 → none)",
        ),
        (
            lambda after: first(after).update(high=0.75),
            "claim error: mean and interval: 1 of 3 differ, relative difference at most 0.13 (high 0.65 → 0.75)",
        ),
        (
            lambda after: second(after).update(mean={"a": 1.5, "b": 3.0}),
            "claim order: mean and interval: 1 of 4 differ, relative difference at most 0.5 (mean.b 6.0 → 3.0)",
        ),
        (
            lambda after: first(after).update(verdict="fails"),
            "claim error: verdict: holds → fails",
        ),
        (
            lambda after: first(after).update(floor={"text": "untrained", "values": [0.5]}),
            "claim error: floor: values[0] none → 0.5 (relative difference inf)",
        ),
        (
            lambda after: first(after).pop("values"),
            "claim error: values: 2 of 2 differ, relative difference at most inf (values[0] 0.5 → none)",
        ),
        (lambda after: after[PAGE]["claims"].pop(0), "claim error: missing in NEW"),
        (lambda after: after[PAGE]["claims"].append(claim("more", [1])), "claim more: missing in OLD"),
        (
            lambda after: after[PAGE]["measurements"]["loss"].update(values=[0.25]),
            "measurement loss: values: values[0] 0.125 → 0.25 (relative difference 0.5)",
        ),
        (lambda after: after[PAGE]["measurements"].clear(), "measurement loss: missing in NEW"),
    ],
)
def test_a_difference_is_one_line(compared, change, expected):
    code, lines, total = compared(change)
    assert (code, lines) == (1, [f"{PAGE}: {expected}"])
    assert total != NOTHING_DIFFERS


def test_a_page_of_one_build_is_one_line(compared):
    code, lines, total = compared(lambda after: after.pop("study/02_other"))
    assert (code, lines) == (1, ["page study/02_other: missing in NEW"])
    assert total.startswith("2 claims in both, 0 differ; ")
    assert total.endswith("in one build only: 1 pages, 0 claims, 0 measurements")


def test_totals_count_a_claim_once_and_its_verdict(compared):
    def change(after):
        first(after).update(values=[1.5, 1.25], mean=1.375, verdict="fails")
        after[PAGE]["measurements"]["loss"].update(values=[0.25], mean=0.25)

    code, lines, total = compared(change)
    assert (code, len(lines)) == (1, 5)
    assert total.startswith(
        "3 claims in both, 1 differ; 1 verdicts differ; 1 measurements in both, 1 differ; in one build only: 0 pages"
    )


def test_verdicts_only(compared):
    def change(after):
        first(after).update(values=[1.5, 1.25], mean=1.375, verdict="fails")
        second(after).update(values={"a": [1.0, 2.0], "b": [4.0, 9.0]})
        after[PAGE]["measurements"].clear()
        after["study/02_other"]["claims"].clear()

    code, lines, _ = compared(change, "--verdicts-only")
    assert code == 1
    assert lines == [
        f"{PAGE}: claim error: verdict: holds → fails",
        "study/02_other: claim gone: missing in NEW",
    ]


def test_verdicts_only_passes_where_only_numbers_differ(compared):
    code, lines, total = compared(lambda after: first(after).update(values=[1.5, 1.25]), "--verdicts-only")
    assert (code, lines) == (0, [])
    assert total.startswith("3 claims in both, 1 differ; 0 verdicts differ; ")


def test_a_build_folder_and_its_results_are_the_same(tmp_path):
    write(tmp_path / "build/results", results())
    assert read(tmp_path / "build") == read(tmp_path / "build/results")
    assert differences(read(tmp_path / "build"), read(tmp_path / "build/results")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"claims": [', "is damaged: it is not JSON"),
        ("[]", "is damaged: it does not hold the claims and measurements of a page"),
        ('{"claims": []}', "is damaged: it does not hold the claims"),
        ('{"claims": [{}], "measurements": {}}', "is damaged: it does not hold the claims"),
        ('{"claims": [{"id": "a"}], "measurements": {"loss": 3}}', "is damaged: it does not hold the claims"),
        (b"\xff\xfe", "is damaged: it does not hold the claims"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, text, expected):
    path = write(tmp_path, results()) / PAGE / "results.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CompareError, match=expected) as error:
        read(tmp_path)
    assert str(path) in str(error.value)


def test_bad_folders_end_in_one_sentence_and_code_2(tmp_path):
    write(tmp_path / "good", results())
    (tmp_path / "empty").mkdir()
    for name, expected in (("absent", "does not exist"), ("empty", "has no results")):
        run = subprocess.run(
            [sys.executable, "-m", "workflow.compare", tmp_path / "good", tmp_path / name],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
        )
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.count("\n") == 1
        assert expected in run.stderr
