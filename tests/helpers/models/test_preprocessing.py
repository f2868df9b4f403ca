"""Preprocessing against pixel-by-pixel arithmetic and torchvision's, and what a description may say of it."""

import pytest
import torch
from torchvision.transforms.v2.functional import normalize

from helpers.models import preprocessing
from helpers.models.preprocessing import Preprocessing, PreprocessingError, from_json

IMAGES = torch.rand(2, 3, 4, 5)


def test_caffes_pixel_by_pixel():
    inputs = preprocessing.CAFFE(IMAGES)
    for channel, (colour, mean) in enumerate([(2, 104), (1, 117), (0, 123)]):  # blue, green, red
        for row in range(4):
            for column in range(5):
                expected = float(IMAGES[1, colour, row, column]) * 255 - mean
                assert float(inputs[1, channel, row, column]) == pytest.approx(expected, abs=1e-4)


def test_lucids_and_torchvisions():
    assert torch.allclose(preprocessing.LUCID(IMAGES), IMAGES * 255 - 117)
    expected = normalize(IMAGES, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    assert torch.allclose(preprocessing.TORCHVISION(IMAGES), expected)


@pytest.mark.parametrize("name", ["TORCHVISION", "CAFFE", "KERAS_VGG", "LUCID"])
def test_back_again(name):
    there = getattr(preprocessing, name)
    assert torch.allclose(there.inverse(there(IMAGES)), IMAGES, atol=1e-6)
    assert from_json(there.as_json()) == there


def test_gradients_pass():
    images = IMAGES.clone().requires_grad_()
    preprocessing.CAFFE(images).sum().backward()
    assert torch.equal(images.grad, torch.full_like(IMAGES, 255))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([1], "preprocessing does not name its size; its entries are size, mean, std, order, scale"),
        ({"mean": [0, 0, 0]}, "preprocessing does not name its size"),
        ({"size": 64, "crop": 1}, "preprocessing has no entry 'crop'; its entries are size, mean"),
        ({"size": 64, 1: "crop"}, "preprocessing has no entry 1; its entries are"),
        ({"size": "64"}, "size is '64'; it must be a whole number"),
        ({"size": 64.0}, r"size is 64\.0; it must be a whole number"),
        ({"size": 64, "mean": 0.5}, "mean is 0.5; it must be a list of numbers"),
        ({"size": 64, "mean": [0, 0, "x"]}, r"mean is \[0, 0, 'x'\]; it must be a list of numbers"),
        ({"size": 64, "mean": []}, r"mean is \[\]; it must be a list of numbers, one for each channel"),
        ({"size": 64, "mean": [0, 0], "std": [1]}, "mean has 2 numbers and std has 1"),
        ({"size": 64, "mean": [0], "order": "BGR"}, "order is BGR, and mean has 1 numbers instead of 3"),
        ({"size": 64, "std": [1, 0, 1]}, r"std is \[1, 0, 1\]; it must be a list of numbers above 0"),
        ({"size": 64, "order": "GBR"}, "order is 'GBR'; it must be RGB or BGR"),
        ({"size": 64, "scale": True}, "scale is True; it must be a number"),
        ({"size": 64, "scale": -1.0}, r"scale is -1\.0; it must be a number above 0"),
        ({"size": 0}, "size is 0; it must be a whole number from 1 to 10000"),
    ],
)
def test_refused(values, sentence):
    with pytest.raises(PreprocessingError, match=sentence) as error:
        from_json(values)
    assert "\n" not in str(error.value)


def test_refused_from_code():
    with pytest.raises(PreprocessingError, match="preprocessing: size is 0; it must be a whole number from 1 to 10000"):
        Preprocessing(size=0)
    with pytest.raises(PreprocessingError, match=r"preprocessing: mean has 3 numbers and std has 2"):
        Preprocessing(size=64, mean=(0, 0, 0), std=(1, 1))


def test_only_what_differs_has_to_be_said():
    assert from_json({"size": 64, "mean": [0.5, 0.5, 0.5]}) == Preprocessing(size=64, mean=(0.5, 0.5, 0.5))


def test_a_network_of_one_channel_gets_the_luminance_and_is_shown_in_grey():
    grey = Preprocessing(size=28, mean=(0.1,), std=(0.5,))
    red, green, blue = IMAGES[0, :, 2, 3].tolist()
    expected = (0.299 * red + 0.587 * green + 0.114 * blue - 0.1) / 0.5
    assert grey.channels == 1 and grey(IMAGES).shape == (2, 1, 4, 5)
    assert float(grey(IMAGES)[0, 0, 2, 3]) == pytest.approx(expected, abs=1e-6)
    assert torch.allclose(grey(IMAGES[:, :1]), (IMAGES[:, :1] - 0.1) / 0.5)
    shown = grey.inverse(grey(IMAGES[:, :1]))
    assert torch.allclose(shown, IMAGES[:, :1].expand(-1, 3, -1, -1))
    assert torch.allclose(grey(shown), grey(IMAGES[:, :1]), atol=1e-6)


def test_a_network_of_other_channels_takes_its_own():
    four = Preprocessing(size=28, std=(0.5, 1, 1, 0.25))
    images = torch.rand(2, 4, 4, 5)
    assert torch.allclose(four(images), images / torch.tensor([0.5, 1, 1, 0.25])[:, None, None])
    assert torch.allclose(four.inverse(four(images)), images)
    assert four(images[:, :1]).shape == (2, 4, 4, 5)
    with pytest.raises(PreprocessingError, match="takes images of 4 channels, and these have 3"):
        four(IMAGES)
