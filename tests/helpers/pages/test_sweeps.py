"""Sweep files and the tidy table."""

import itertools
import json
import re

import pandas as pd
import pytest

from helpers.pages import sweeps
from helpers.pages.parameters import ParameterError

PAGE = "jump_detection/02_multilayer_perceptrons"


def write(path, text):
    path.write_text(text)
    return path


def test_combinations_are_all_pairs(tmp_path):
    path = write(
        tmp_path / "small.yml",
        f"page: {PAGE}\nparameters:\n  noise_std: [0.5, 1.0]\n  seeds: [2]\n  batch_size: [50, 100]\n",
    )
    sweep = sweeps.read(path)
    assert sweep.name == "small"
    assert sweep.varied == ["noise_std", "batch_size"]
    assert not sweep.with_page
    assert sweep.combinations.to_numpy().tolist() == [
        [0.5, 2, 50],
        [0.5, 2, 100],
        [1.0, 2, 50],
        [1.0, 2, 100],
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("page: x", "needs exactly the keys page and parameters"),
        ("[1]", "needs exactly the keys"),
        ("page: jump_detection/99_none\nparameters: {seeds: [1]}", "99_none.py does not exist"),
        (f"page: {PAGE}\nparameters: {{}}", "lists no parameters"),
        (
            f"page: {PAGE}\nwith_page: both\nparameters: {{seeds: [1]}}",
            "has with_page = 'both'; allowed is true or false",
        ),
        (f"page: {PAGE}\nparameters: {{noise: [1]}}", "has no parameter noise; known are scale"),
        (f"page: {PAGE}\nparameters: {{noise_std: 1}}", "noise_std needs a list of values"),
        (f"page: {PAGE}\nparameters: {{noise_std: []}}", "noise_std needs a list of values"),
    ],
)
def test_faulty_files_are_refused(tmp_path, text, sentence):
    with pytest.raises(ParameterError, match=sentence.replace("(", r"\(")):
        sweeps.read(write(tmp_path / "s.yml", text))


def test_missing_file(tmp_path):
    with pytest.raises(ParameterError, match="No sweep file"):
        sweeps.read(tmp_path / "none.yml")
    with pytest.raises(ParameterError, match="No sweep file"):
        sweeps.read(tmp_path / f"{'x' * 300}.yml")


BOMB = "&a [1, 1], " + ", ".join(f"&{b} [*{a}, *{a}]" for a, b in itertools.pairwise("abcdefghijklmnopqrstuvwxyz"))
RATES = "page: probing/04_best_input\nparameters:\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (f"{RATES}\trate: [0.1]\n", r"s\.yml is not YAML at line 3"),
        (f"{RATES}  rate: [0.1\n", "is not YAML at line"),
        (b"page: probing/04_best_input # caf\xe9\n", "is not in UTF-8"),
        (RATES.encode("utf-16"), "is not in UTF-8"),
        ("", "needs exactly the keys"),
        ("a text", "needs exactly the keys"),
        (f"{RATES}  rate: [0.1]\npage: probing/01_what_is_active\n", "page"),
        (f"{RATES}  rate: [0.1]\n  rate: [0.2]\n", "rate"),
        ("page: [probing/04_best_input]\nparameters: {rate: [1]}", "allowed is a page such as"),
        ("page:\nparameters: {rate: [1]}", "allowed is a page such as"),
        ("page: ../../etc/passwd\nparameters: {rate: [1]}", "allowed is a page such as"),
        ("page: probing/../probing/04_best_input\nparameters: {rate: [1]}", "allowed is a page such as"),
        ("page: probing/04_best_inputs\nparameters: {rate: [1]}", "nearest names are probing/04_best_input"),
        (f"{RATES}  rate: [[0.1]]\n", r"rate has the value \[0\.1\]; allowed is a finite number"),
        (f"{RATES}  rate: [{{a: 1}}]\n", "allowed is a finite number"),
        (f"{RATES}  rate: [null]\n", "rate has the value null"),
        (f"{RATES}  rate: [.nan]\n", "rate has the value nan"),
        (f"{RATES}  rate: [-.inf]\n", "rate has the value -inf"),
        (f"{RATES}  1: [0.1]\n", "no parameter 1"),
        (f"{RATES}  rate: [0.1, 0.2, 0.1]\n", r"has the value 0\.1 more than once"),
        (f"{RATES}  rate: [{BOMB}]\n", "more than 1,000,000 values"),
        (f'{RATES}  layer: ["\\ud800"]\n', "Unicode|not YAML"),
        (
            f"{RATES}  rate: {list(range(101))}\n  seed: {list(range(100))}\n",
            "10100 combinations; allowed are at most 10000",
        ),
        (
            RATES + "".join(f"  {n}: {list(range(1000))}\n" for n in ("rate", "seed", "unit", "steps")),
            "1000000000000 comb",
        ),
    ],
)
def test_what_no_sweep_can_use_is_refused_in_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "s.yml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ParameterError, match=sentence) as refused:
        sweeps.read(path)
    assert "\n" not in str(refused.value)


def test_values_are_those_of_yaml_1_2_and_keep_their_types(tmp_path):
    texts = ["a b", "it's", "$(touch x); `y`", "{z}", "a/b,c=d", "two\nlines", "no", "2024-01-01", "x" * 5000]
    path = write(
        tmp_path / "s.yml",
        f"page: {PAGE}\nparameters:\n  noise_std: [1.0e-5, 1e-4, 1, 2.5]\n  seed: {json.dumps(texts)}\n",
    )
    runs = sweeps.read(path).runs
    assert [run["noise_std"] for run in runs[:: len(texts)]] == [0.00001, 0.0001, 1, 2.5]
    assert [type(run["noise_std"]) for run in runs[:: len(texts)]] == [float, float, int, float]
    assert [run["seed"] for run in runs[: len(texts)]] == texts
    keys = [sweeps.key_of(PAGE, run) for run in runs]
    assert len(set(keys)) == len(runs)
    assert all(re.fullmatch("[0-9a-f]{12}", key) for key in keys)


def test_the_folder_of_a_sweep_is_called_as_its_file_unless_that_is_taken(tmp_path):
    assert sweeps.name_of(sweeps.REPOSITORY / "sweeps/noise.yml") == "noise"
    assert sweeps.name_of(tmp_path / "mine.yml") == "mine"
    assert re.fullmatch("noise-[0-9a-f]{6}", sweeps.name_of(tmp_path / "noise.yml"))
    odd = [sweeps.name_of(tmp_path / f"{stem}.yml") for stem in ("a b", "a_b", "a{b", "a'b", "$(a)", "-a", "..")]
    assert len(set(odd)) == len(odd)
    assert all(re.fullmatch(r"\w[\w.-]*", name) for name in odd)


@pytest.mark.parametrize(
    ("runs", "seconds", "at_once", "sizes"),
    [
        (6, 8, 2, [3, 3]),
        (200, 6, 4, [50] * 4),
        (200, 60, 4, [5] * 40),
        (3, None, 4, [1] * 3),
        (1, 9999, 0, [1]),
        (10_000, None, 4, [20] * 500),
    ],
)
def test_batches_hold_every_run_once(runs, seconds, at_once, sizes):
    found = sweeps.batches(runs, seconds=seconds, at_once=at_once)
    assert [last - first + 1 for first, last in found] == sizes
    assert [n for first, last in found for n in range(first, last + 1)] == list(range(runs))


def result(tmp_path, noise, values):
    content = {
        "parameters": {"scale": "smoke", "noise_std": noise},
        "seeds": [0, 1],
        "measurements": {"error": {"values": values}},
        "claims": [
            {"id": "c", "values": {"a": [1.0, 2.0], "b": [3.0, 4.0]}},
            {"id": "slip", "values": [0.0]},
            {"id": "gone", "values": None},
        ],
    }
    return write(tmp_path / f"{noise}.json", json.dumps(content))


def test_table_has_a_row_per_run_value_and_seed(tmp_path):
    table = sweeps.collect([result(tmp_path, 0.5, [0.1, 0.2]), result(tmp_path, 1.0, [0.3, 0.4])])
    assert len(table) == 2 * (2 + 4 + 1)
    assert set(table["measured"]) == {"error", "c: a", "c: b", "slip"}
    assert table[table["measured"] == "slip"]["seed"].isna().all()
    grid = sweeps.grid(table, "error", over="noise_std")
    pd.testing.assert_frame_equal(
        grid,
        pd.DataFrame({0.5: [0.1, 0.2], 1.0: [0.3, 0.4]}, index=[0, 1]),
        check_names=False,
        check_index_type=False,
    )
    with pytest.raises(ValueError, match="no 'eror'; it has c: a"):
        sweeps.grid(table, "eror", over="noise_std")


def test_a_table_holds_texts_as_the_sweep_gave_them_and_numbers_as_the_run_used_them(tmp_path):
    files = [result(tmp_path, 0.5, [0.1, 0.2]), result(tmp_path, 1e-5, [0.3, 0.4])]
    table = sweeps.collect(files, [{"scale": "auto", "noise_std": 0.5}, {"scale": "small"}])
    assert list(table["scale"].unique()) == ["auto", "small"]
    assert table.to_csv(index=False).splitlines()[-1].startswith("small,1e-05,")
    assert sweeps.collect([]).columns.tolist() == ["kind", "measured", "seed", "value"]


def test_a_grid_has_the_seeds_of_all_runs(tmp_path):
    table = sweeps.collect([result(tmp_path, 0.5, [0.1, 0.2]), result(tmp_path, 1.0, [0.3, 0.4])])
    table = table[~((table["noise_std"] == 0.5) & (table["seed"] == 1))]
    assert sweeps.grid(table, "error", over="noise_std").to_numpy().tolist() == [[0.1, 0.3]]


def test_a_table_of_another_scale_is_refused(tmp_path):
    table = sweeps.collect([result(tmp_path, 0.5, [0.1, 0.2])])
    table.to_csv(tmp_path / "table.csv", index=False)
    assert len(sweeps.read_table("noise", tmp_path / "table.csv", scale="smoke")) == len(table)
    with pytest.raises(ParameterError, match="made at scale smoke; allowed is laptop"):
        sweeps.read_table("noise", tmp_path / "table.csv", scale="laptop")


def test_a_table_that_is_missing_is_made_by_the_sweep_at_the_scale_of_the_page(tmp_path, monkeypatch, capsys):
    expected = sweeps.collect([result(tmp_path, 0.5, [0.1, 0.2])])
    started = []

    def snakemake(command, *, cwd, check):
        """Stands in for the run: leaves the table where its command says."""
        started.append(command)
        assert check, "a sweep that fails must fail the page"
        told = dict(part.split("=", 1) for part in command if "=" in part)
        assert (told["sweep"], told["scale"]) == ("sweeps/noise.yml", "smoke")
        folder = cwd / told["build"] / "sweeps" / "noise"
        folder.mkdir(parents=True)
        expected.to_csv(folder / "table.csv", index=False)

    monkeypatch.setattr(sweeps, "REPOSITORY", tmp_path / "repository")
    monkeypatch.setattr(sweeps.subprocess, "run", snakemake)
    found = sweeps.read_table("noise", tmp_path / "none.csv", scale="smoke")
    pd.testing.assert_frame_equal(found, expected)
    (command,) = started
    assert command[1:3] == ["-m", "snakemake"]
    assert command[-2:] == ["--", "sweep"]
    assert "running the sweep noise at scale smoke" in capsys.readouterr().out
