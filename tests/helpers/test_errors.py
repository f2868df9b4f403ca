import pytest

from helpers.errors import BadInput, nearest

LAYERS = ["conv1abc", "conv1a", "softmax", "conv1ab", "conv1", "fc"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sofmax", "the nearest names are softmax"),
        ("conv1", "the nearest names are conv1, conv1a, conv1ab"),  # and no fourth
        ("qqqq", ""),
        ("", ""),
    ],
)
def test_the_nearest_names(name, hint):
    assert nearest(name, LAYERS) == hint
    assert nearest(name, dict.fromkeys(LAYERS).keys()) == hint
    assert nearest(name, []) == ""


def test_a_notebook_shows_the_sentence_alone():
    class Refused(BadInput):
        pass

    assert Refused("size is 0; it must be above 0.")._render_traceback_() == ["Refused: size is 0; it must be above 0."]
