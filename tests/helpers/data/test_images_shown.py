"""A book for publication has no photographs but those that anyone may publish."""

from PIL import Image

from helpers.data.images import PATTERNS, PHOTOGRAPHS, open_images
from helpers.data.images_shown import are_shown


def test_which_images_may_be_published():
    patterns, free = open_images(PATTERNS, size=32), open_images(PHOTOGRAPHS, size=32)
    assert are_shown(patterns, "no") and are_shown(free, "no")


def test_images_of_assets_and_of_users_are_left_out_for_publication(tmp_path):
    (tmp_path / "photographs").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "photographs/one.png")
    theirs = open_images(tmp_path / "photographs", size=8)
    assert not are_shown(theirs, "no") and are_shown(theirs, "yes")
