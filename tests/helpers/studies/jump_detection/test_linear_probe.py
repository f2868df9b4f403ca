"""The linear probe against scikit-learn's least squares."""

import numpy as np
import torch
from sklearn.linear_model import LinearRegression

from helpers.studies.jump_detection.linear_probe import read_out

RANDOM = torch.Generator().manual_seed(0)


def test_it_is_least_squares_on_one_hot_labels():
    activation = torch.randn(2, 90, 7, generator=RANDOM)
    label = (activation[..., 0] > 0).long() + (activation[..., 1] > 0.3).long()
    label[:, ::5] = 2
    expected = []
    for x, y in zip(activation.numpy(), label.numpy(), strict=True):
        fitted = LinearRegression().fit(x, np.eye(3)[y])
        expected.append((fitted.predict(x).argmax(axis=1) == y).mean())
    np.testing.assert_allclose(read_out(activation, label, classes=3), expected)


def test_silent_and_equal_units_change_nothing():
    activation = torch.randn(1, 60, 4, generator=RANDOM)
    label = torch.randint(3, (1, 60), generator=RANDOM)
    more = torch.cat([activation, torch.zeros(1, 60, 2), activation[..., :1]], dim=-1)
    assert torch.equal(read_out(more, label, classes=3), read_out(activation, label, classes=3))


def test_separable_labels_are_all_read():
    label = torch.arange(30).remainder(3).expand(2, -1)
    assert read_out(torch.eye(3)[label], label, classes=3).tolist() == [1, 1]
