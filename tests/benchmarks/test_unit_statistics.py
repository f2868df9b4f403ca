"""The comparison runs at a small size: it raises unless all ways name the same images and positions."""

from benchmarks.unit_statistics import held, timed, write_images


def test_all_ways_name_the_same_images_and_positions(monkeypatch):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    found = timed("vgg16", 116, 32, 9)
    assert found["images"] == 116 and found["units"] == 1056
    assert all(found[f"{way} / forward"] > 0 for way in ("pass", "lists"))


def test_memory_is_measured(tmp_path):
    write_images(tmp_path / "noise.tar", 120, 32)
    assert held(str(tmp_path / "noise.tar"), 120, 32) >= 0
