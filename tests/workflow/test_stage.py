"""One stage of the book, as a whole and in parts. The parts together make what the whole makes."""

import json
import re
import subprocess
import sys

import pytest

from helpers.pages.repository import REPOSITORY
from workflow import stage
from workflow.stage import Part

STAGE, PAGE = "jump_detection/memorising_sizes", "jump_detection/09_memorising"
SMOKE = {"scale": "smoke", "device": "cpu"}


def content(path):
    return json.loads(path.read_text())


def test_parts_of_a_stage_make_what_the_whole_makes_and_the_whole_makes_nothing_again(tmp_path):
    alone = content(stage.run(STAGE, like=PAGE, build=tmp_path / "alone", parameters=SMOKE))["made"]
    assert len(alone) > 1
    parts = [Part(number, len(alone) + 1) for number in range(1, len(alone) + 2)]
    lists = [stage.run(STAGE, like=PAGE, build=tmp_path, parameters=SMOKE, part=part) for part in parts]
    assert [len(content(path)["made"]) for path in lists] == [1] * len(alone) + [0]
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "stages" / STAGE).glob("*.safetensors")}

    whole = content(stage.run(STAGE, like=PAGE, build=tmp_path, parameters=SMOKE))
    assert whole["made"] == alone == {key: name for path in lists for key, name in content(path)["made"].items()}
    assert made == {path: path.stat().st_mtime_ns for path in (tmp_path / "stages" / STAGE).glob("*.safetensors")}
    assert whole["seconds"] >= round(sum(content(path)["seconds"] for path in lists), 1)
    for name in alone.values():
        one, other = (folder / "stages" / STAGE / name for folder in (tmp_path, tmp_path / "alone"))
        assert one.read_bytes() == other.read_bytes()


def test_the_seconds_of_parts_with_other_artefacts_do_not_count(tmp_path):
    old = Part(1, 1).list_of(tmp_path / "stages" / STAGE)
    old.parent.mkdir(parents=True)
    old.write_text(json.dumps({"stage": STAGE, "seconds": 10_000, "made": {"before": "before-0123456789.safetensors"}}))
    assert content(stage.run(STAGE, like=PAGE, build=tmp_path, parameters=SMOKE))["seconds"] < 10_000


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/2/3", "a/b", "-1/3", "", "²/3"])
def test_what_is_no_part_is_refused(text, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["stage", STAGE, "--like", PAGE, "--build", ".", f"--part={text}"])
    with pytest.raises(SystemExit):
        stage.main()
    assert f"'{text}' is no share; 2/9 is the second of nine." in capsys.readouterr().err


def test_the_build_divides_long_stages_and_counts_each_part_once(snakemake, tmp_path):
    name = "googlenet_neurons/optimised_images"
    plan = snakemake(str(tmp_path), f"{tmp_path}/stages/{name}.json", more=("--dry-run", "--printshellcmds"))
    plan = ["scale=laptop" if word == "scale=smoke" else word for word in plan]
    said = subprocess.run(plan, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    parts = re.findall(rf"workflow.stage {name} --part (\d+)/(\d+) ", said)
    assert sorted(parts) == [(str(number), str(len(parts))) for number in range(1, len(parts) + 1)]
    assert len(parts) > 1 and said.count(f"workflow.stage {name} --like") == 1
