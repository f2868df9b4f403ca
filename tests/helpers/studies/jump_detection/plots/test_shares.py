"""What the heat map of shares shows: every number where it belongs."""

from helpers.studies.jump_detection.plots.shares import shares


def test_every_field_holds_its_number(readable):
    figure = shares({"net": [0.1, 0.9, 1.0], "bayes": [0.0, 0.456, 0.7]}, columns=["a", "b", "c"])
    readable(figure)
    axis = figure.axes[0]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["a", "b", "c"]
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["net", "bayes"]
    written = {text.get_position(): text.get_text() for text in axis.texts}
    assert written[0, 0] == "0.10" and written[1, 1] == "0.46" and len(written) == 6
    assert axis.images[0].get_clim() == (0, 1)
