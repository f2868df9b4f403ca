"""What all designs promise, checked point by point."""

import pytest
import torch

from helpers.studies.jump_detection.designed_signals import larger_rise_elsewhere, rises, without_rise


@pytest.mark.parametrize(("length", "position", "height"), [(100, 50, 3.0), (100, 30, 1.0), (60, 40, 5.0)])
def test_the_steepest_rise_is_at_the_position_and_as_high_as_asked(length, position, height):
    designs = rises(length=length, position=position, height=height)
    assert len(designs) == 9
    for name, signal in designs.items():
        assert signal.shape == (length,)
        changes = [float(signal[i] - signal[i - 1]) for i in range(1, length)]  # entry i leads to position i + 2
        steepest = max(range(len(changes)), key=changes.__getitem__)
        assert steepest + 2 == position, name
        assert changes[steepest] == pytest.approx(height, abs=0.11 * height), name
        assert sorted(changes)[-2] <= height / 2 + 1e-5, name


def test_no_design_is_the_training_shape():
    step = 3.0 * (torch.arange(1, 101) >= 50)
    for signal in rises().values():
        assert float((signal - step).abs().max()) >= 1


def test_controls_lack_the_rise_and_nothing_else():
    designs = rises()
    for name, control in without_rise(designs).items():
        difference = designs[name] - control
        assert torch.equal(difference.unique(), torch.tensor([0.0, 3.0]))
        assert float(control[49] - control[48]) < 0.2, name


def test_a_larger_rise_elsewhere():
    signal = larger_rise_elsewhere()
    assert float(signal[34] - signal[33]) == pytest.approx(6)
    assert float(signal[48]) == pytest.approx(0)
    assert float(signal[49] - signal[48]) == pytest.approx(3)
    assert int(signal.diff().argmax()) + 2 == 35


@pytest.mark.parametrize("position", [20, 81])
def test_no_room(position):
    with pytest.raises(ValueError, match="leaves no twenty points"):
        rises(position=position)
