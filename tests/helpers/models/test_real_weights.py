"""The published weights classify real images right: only where HELPERS_ASSETS holds both."""

import io
import os
import tarfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from torchvision.transforms.v2 import functional

from helpers.models.pretrained import load
from helpers.models.vgg import VGG16

ASSETS = Path(os.environ.get("HELPERS_ASSETS", "none"))
IMAGES = ASSETS / "images/imagenet_sample1000_s256.tar"
pytestmark = pytest.mark.skipif(not IMAGES.is_file(), reason="HELPERS_ASSETS does not hold ImageNet's sample images")


def samples(step, size):
    """Every ``step``-th image, cut to a square in its middle, with its class: the tar has one per class, in order."""
    with tarfile.open(IMAGES) as tar:
        members = sorted((member for member in tar if member.isfile()), key=lambda member: member.name)
        assert len(members) == 1000
        for label in range(step // 2, 1000, step):
            content = tar.extractfile(members[label])
            assert content is not None
            image = functional.pil_to_tensor(Image.open(io.BytesIO(content.read())).convert("RGB"))
            image = functional.center_crop(functional.resize(image, [256], antialias=True), [size, size])
            yield image[None] / 255, label, members[label].name


@pytest.mark.parametrize(("name", "at_least"), [("googlenet", 13), ("squeezenet1_1", 10)])
def test_most_of_twenty_images(name, at_least):
    found = load(name, weights="assets")
    right = 0
    for image, label, file in samples(50, found.preprocessing.size):
        guess = int(found.network(found.preprocessing(image)).flatten(1).argmax())
        right += guess == label
        # the file's name ends in the class's words
        assert file.rpartition(".")[0].split("_", 1)[1][:4].lower() in found.class_names[label].lower().replace(
            " ", "_"
        )
    assert right >= at_least


def test_vgg16_is_the_studies_own():
    found = load("vgg16", weights="assets")
    assert isinstance(found.network, VGG16)
    assert list(found.network._modules)[-1] == "pool5"
    assert float(found.network.conv5_3.bias.abs().max()) == pytest.approx(9.43155)  # as Keras' values are printed
    # a value that the file's description quotes, and the order of colours: blue first
    assert float(found.network.conv1_1.weight[0, 0, 0, 0]) == pytest.approx(0.42947057)
    assert found.preprocessing(torch.zeros(1, 3, 1, 1)).flatten().tolist() == pytest.approx(
        [-103.939, -116.779, -123.68]
    )
