"""What the figures of signals show: every point, the jump where it is, and what filters make of it."""

import numpy as np
import pytest
import torch

from helpers.studies.jump_detection.plots.signals import designed_signals, example_signals, filter_responses

ROWS = np.random.default_rng(0).normal(5, 1, size=(3, 6))


def drawn(axis, label):
    """The line of that name."""
    return next(line for line in axis.lines if line.get_label() == label)


def test_examples_mark_the_jump_at_its_sample(readable):
    signals = torch.stack([(torch.arange(1, 31) >= t0).float() for t0 in (8, 20)])
    figure = example_signals(signals, torch.tensor([8, 20]))
    readable(figure)
    for axis, t0 in zip(figure.axes, (8, 20), strict=True):
        curve, mark = axis.lines
        assert axis.get_xlabel() == "position"
        assert mark.get_xdata()[0] == t0
        assert curve.get_ydata()[list(curve.get_xdata()).index(t0)] == 1
        assert curve.get_ydata()[list(curve.get_xdata()).index(t0 - 1)] == 0


def test_responses_are_drawn_over_the_signal(readable):
    figure = filter_responses(ROWS[0], {"smooth": ROWS[1], "sum": ROWS[2]})
    readable(figure)
    for axis, name, row in zip(figure.axes, ("smooth", "sum"), ROWS[1:3], strict=True):
        assert axis.get_title() == name
        assert drawn(axis, "signal").get_ydata() == pytest.approx(ROWS[0])
        assert drawn(axis, "filtered").get_ydata() == pytest.approx(row)
    assert figure.axes[-1].get_xlabel() == "position"


def test_designed_signals_carry_their_notes(readable):
    signals = {"pulse": np.eye(9)[4], "step": np.arange(9) >= 4}
    figure = designed_signals(signals, {"pulse": "99%", "step": "at 5"}, position=5)
    readable(figure)
    for axis, (name, signal) in zip(figure.axes, signals.items(), strict=True):
        marker, curve = axis.lines
        assert marker.get_xdata() == [5, 5]
        assert curve.get_xdata().tolist() == list(range(1, 10))
        assert curve.get_ydata() == pytest.approx(signal)
        assert axis.get_title() == f"{name}\n{'99%' if name == 'pulse' else 'at 5'}"
