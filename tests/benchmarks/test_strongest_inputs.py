"""The comparison runs, and both ways name the same images."""

from benchmarks.strongest_inputs import measure


def test_both_ways_name_the_same_images():
    stream, maps = (measure(way, "relu1_2", 20, 32) for way in ("stream", "maps"))
    assert stream["first"] == maps["first"] and len(stream["first"]) == 16
