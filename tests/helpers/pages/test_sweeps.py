"""Sweep files and the tidy table."""

import json

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
