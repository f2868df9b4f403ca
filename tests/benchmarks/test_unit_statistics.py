"""The comparison runs at a small size, and all ways name the same images and positions."""

import torch

from benchmarks.unit_statistics import by_lists, by_pass, held, write_images
from helpers.data.images import open_images
from helpers.models.pretrained import load


def test_all_ways_name_the_same_images_and_positions():
    loaded, images = load("vgg16", weights="embedded"), open_images("patterns", size=32).choose(58)
    ways = [by_pass(loaded, images, 9), by_lists(loaded, images, 9), by_lists(loaded, images, 9, maps=True)]
    for way in ways[1:]:
        assert all(torch.equal(ours, theirs) for ours, theirs in zip(ways[0], way, strict=True))


def test_memory_is_measured(tmp_path):
    write_images(tmp_path / "noise.tar", 120, 32)
    assert held(str(tmp_path / "noise.tar"), 120, 32) >= 0
