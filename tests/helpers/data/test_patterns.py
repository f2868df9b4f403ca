"""Every class is drawn, each image depends on its number alone, colours are what their names say."""

import colorsys
import re

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from helpers.data.patterns import CLASSES, Patterns

PATTERNS = Patterns()
NAMES = PATTERNS.class_names


@pytest.fixture(scope="module")
def images():
    """Twenty of each class, the class first: [class, image, 3, 64, 64]."""
    x, label = PATTERNS.sample(20 * len(NAMES), seed=0, purpose="test")
    return x[label.argsort(stable=True)].unflatten(0, (len(NAMES), 20))


def of(images, name):
    return images[NAMES.index(name)]


def test_shapes_types_and_range(images):
    assert images.shape == (len(NAMES), 20, 3, 64, 64)
    assert images.dtype == torch.float32
    assert bool(((images >= 0) & (images <= 1)).all())
    assert bool(images.isfinite().all())
    assert 40 <= len(NAMES) == len(set(NAMES))


def test_every_run_of_images_has_each_class_once():
    label = PATTERNS.labels(range(3 * len(NAMES)), seed=1, purpose="train").view(3, -1)
    for run in label:
        assert sorted(run.tolist()) == list(range(len(NAMES)))
    assert not torch.equal(label[0], label[1])


def test_an_image_depends_on_its_number_alone():
    together, label = PATTERNS.sample(130, seed=4, purpose="train")
    apart = PATTERNS.draw([129, 7, 60], seed=4, purpose="train")
    assert apart.label.tolist() == label[[129, 7, 60]].tolist()
    assert torch.equal(PATTERNS.labels([129, 7, 60], seed=4, purpose="train"), apart.label)
    # sums over waves and light are ordered by what is drawn beside it, so the last bits may differ
    assert torch.allclose(together[[129, 7, 60]], apart.x, atol=1e-5)


def test_the_same_numbers_give_the_same_bits():
    first, second = (PATTERNS.sample(60, seed=2, purpose="train") for _ in range(2))
    assert torch.equal(first.x, second.x)


def test_streams_and_seeds_share_no_image():
    drawn = [PATTERNS.sample(60, seed=seed, purpose=purpose) for seed in (0, 1) for purpose in ("train", "test")]
    by_class = torch.stack([x[label.argsort()[:58]].flatten(1) for x, label in drawn])
    distances = torch.cdist(by_class.movedim(0, 1), by_class.movedim(0, 1))  # (class, drawing, drawing)
    off_diagonal = distances[:, ~torch.eye(4, dtype=torch.bool)]
    assert float(off_diagonal.min()) > 1


@pytest.mark.parametrize("name", list(CLASSES))
def test_no_image_is_flat_and_no_two_of_a_class_are_alike(images, name):
    x = of(images, name)
    if name not in ("grey", "red", "yellow", "green", "cyan", "blue", "magenta"):
        assert float(x.flatten(1).std(1).min()) > 0.02
    distances = torch.pdist(x.flatten(1))
    assert float(distances.min()) > 3  # 0.03 per value, over 12,288 values


@pytest.mark.parametrize(
    ("name", "hue"),
    [("red", 0), ("yellow", 1 / 6), ("green", 2 / 6), ("cyan", 3 / 6), ("blue", 4 / 6), ("magenta", 5 / 6)],
)
def test_a_hue_is_what_its_class_says(images, name, hue):
    for x in of(images, name):
        found, saturation, _ = colorsys.rgb_to_hsv(*x.mean((1, 2)).tolist())
        assert abs((found - hue + 0.5) % 1 - 0.5) < 0.05
        assert saturation > 0.3


@pytest.mark.parametrize("name", [name for name in CLASSES if "grey" in name or name == "light beside dark"])
def test_grey_classes_have_no_colour(images, name):
    x = of(images, name)
    means = x.mean((2, 3))
    assert float((means - means.mean(1, keepdim=True)).abs().max()) < 0.01


def test_textures_and_shapes_come_in_colours_and_in_grey(images):
    for name in ("star", "bricks", "frame"):
        means = of(images, name).mean((2, 3))
        colourful = (means - means.mean(1, keepdim=True)).abs().amax(1) > 0.02
        assert 0 < int(colourful.sum()) < 20


def test_opponent_colours_differ_in_hue_more_than_in_lightness(images):
    for name in ("red beside cyan", "yellow beside blue"):
        x = of(images, name)
        grey = x.mean(1)
        assert float(grey.flatten(1).std(1).mean()) < 0.5 * float((x - grey.unsqueeze(1)).flatten(1).std(1).mean())


def test_colours_alone_do_not_tell_the_textures_apart(images):
    """A linear classifier on the mean colour is at chance for forms and finds the hues."""
    means = images.mean((3, 4))  # (class, image, 3)
    label = torch.arange(len(NAMES)).unsqueeze(1).expand(-1, 20)
    hues = [NAMES.index(name) for name in ("red", "green", "blue")]
    forms = [NAMES.index(name) for name in ("star", "bricks", "rings")]

    def accuracy(classes):
        train, test = means[classes, :10].flatten(0, 1), means[classes, 10:].flatten(0, 1)
        scaler = StandardScaler().fit(train)
        model = LogisticRegression().fit(scaler.transform(train), label[classes, :10].flatten())
        return model.score(scaler.transform(test), label[classes, 10:].flatten())

    assert accuracy(hues) == 1
    assert accuracy(forms) < 0.7


def test_other_sizes_show_the_same_patterns():
    small, large = (Patterns(size=size).sample(58, seed=0, purpose="test") for size in (32, 96))
    assert large.x.shape == (58, 3, 96, 96)
    assert torch.equal(small.label, large.label)


def test_what_is_refused():
    with pytest.raises(ValueError, match=re.escape("size = 16 is too small for the patterns: at least 32 points")):
        Patterns(size=16)
    with pytest.raises(ValueError, match="at least one image is needed"):
        PATTERNS.sample(0, seed=0, purpose="train")
