import pytest

from helpers.studies.googlenet_neurons.trainings import compared


def test_two_trainings_and_layers_of_one_are_compared_by_hand():
    values, floor = compared([1, 2, 6], [1, 4, 5])
    assert values["trainings"] == [0, 2, 1]
    assert values["layers"] == pytest.approx([(1 + 5 + 3 + 4) / 4, (1 + 4 + 3 + 1) / 4, (5 + 4 + 4 + 1) / 4])
    assert floor["trainings"] == pytest.approx([(3 + 4) / 2, (1 + 3) / 2, (5 + 2) / 2])
    assert floor["layers"] == values["layers"]
