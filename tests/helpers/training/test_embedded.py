"""Training on patterns: the images, the steps, what is saved and what is refused, on networks of a few channels."""

import dataclasses
import json
import math
import re

import pytest
import torch
from torch.nn import functional

from helpers.data.patterns import Patterns
from helpers.models.googlenet import GoogLeNet
from helpers.models.initialisation import he_normal_
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import loading
from helpers.models.vgg import VGG16
from helpers.training import embedded
from helpers.training.divergence import TrainingDiverged
from helpers.training.embedded import EMBEDDED, PREPROCESSING, Training, accuracy, save, train

SMALL = Training(architecture="vgg16", width=0.05, steps=4, batch_size=12)


@pytest.fixture(scope="module")
def trained():
    return train(SMALL, seed=3)


@pytest.fixture(scope="module")
def trained_googlenet():
    return train(dataclasses.replace(SMALL, architecture="googlenet"), seed=3)


def cycle(step, training):
    """Learning rate and momentum of a step, counted from 0: half a cosine up or down, then half a cosine back."""
    top = training.learning_rate
    peak = training.warm_up * (training.steps + 1) - 1
    rising = step <= peak
    share = step / peak if rising else (step - peak) / (training.steps - peak)
    weight = (1 + math.cos(math.pi * share)) / 2  # of where this half comes from
    low = top / 25 if rising else top / 25 / 1e4
    rate, beta = (low, 0.95) if rising else (top, 0.85)
    other = (top, 0.85) if rising else (low, 0.95)
    return weight * rate + (1 - weight) * other[0], weight * beta + (1 - weight) * other[1]


@pytest.mark.parametrize(
    ("fixture", "network"),
    [
        ("trained", VGG16(width=0.05, classes=58, head="average")),
        ("trained_googlenet", GoogLeNet(width=0.05, classes=58)),
    ],
)
def test_the_steps_are_those_of_adamw_on_the_next_images(request, fixture, network):
    """Step by step from the paper's equations (Loshchilov and Hutter, algorithm 2), the gradient cut to norm 1."""
    he_normal_(network, seed=3)
    parameters = list(network.parameters())
    first, second = ([torch.zeros_like(p) for p in parameters] for _ in range(2))
    losses, right = [], []
    for step in range(4):
        x, label = Patterns().draw(range(12 * step, 12 * step + 12), seed=3, purpose="train")
        logits = network((x - 0.5) / 0.25)
        loss = functional.cross_entropy(logits, label)
        losses.append(loss.item())
        right.append((logits.argmax(1) == label).float().mean().item())
        gradients = torch.autograd.grad(loss, parameters)
        norm = torch.cat([g.flatten() for g in gradients]).norm()
        rate, beta = cycle(step, SMALL)
        with torch.no_grad():
            for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
                g = g * min(1, 1 / (norm + 1e-6))
                m.lerp_(g, 1 - beta)
                v.lerp_(g * g, 0.001)
                p.mul_(1 - 0.01 * rate)
                p.sub_(rate * (m / (1 - beta ** (step + 1))) / ((v / (1 - 0.999 ** (step + 1))).sqrt() + 1e-8))
    _, history = request.getfixturevalue(fixture)
    assert history.loss.tolist() == pytest.approx(losses, rel=1e-3)
    assert history.accuracy.tolist() == pytest.approx(right)


def test_the_same_seed_trains_the_same_network(trained):
    network, history = trained
    again, other = train(SMALL, seed=3), train(SMALL, seed=4)
    assert torch.allclose(again[1].loss, history.loss, rtol=1e-5)
    assert not torch.allclose(other[1].loss, history.loss, rtol=1e-2)
    assert not network.training


@pytest.mark.slow
@pytest.mark.parametrize("name", list(EMBEDDED))
def test_the_networks_of_the_package_are_as_good_as_their_description_says(name):
    """580 images, of which each class has ten; the description's accuracy is that of thousands."""
    found = loading.load(name, weights="embedded")
    said = json.loads((loading.EMBEDDED / f"{name}.json").read_text("utf-8"))["about"]["accuracy"]
    seen = float(accuracy(found.network, count=580).mean())
    assert seen == pytest.approx(said, abs=4 * math.sqrt(said * (1 - said) / 580))
    assert seen > 10 / 58  # ten times as good as guessing


def test_accuracy_is_that_of_images_held_back(trained):
    network, _ = trained
    found = accuracy(network, count=100, batch_size=30)
    x, label = Patterns().sample(100, seed=0, purpose="test")
    with torch.no_grad():
        answers = [int(network(PREPROCESSING(image[None])).argmax()) for image in x]
    for k in range(58):
        of_class = [answer == k for answer, true in zip(answers, label.tolist(), strict=True) if true == k]
        assert float(found[k]) == pytest.approx(sum(of_class) / len(of_class))
    assert bool(accuracy(network, count=3).isnan().any())
    with pytest.raises(ValueError, match="count = 0: at least one image is needed"):
        accuracy(network, count=0)


def test_what_is_saved_is_what_is_loaded(trained, tmp_path, monkeypatch):
    network, _ = trained
    held_back = accuracy(network, count=58)
    save(network, SMALL, tmp_path / "vgg16.json", seed=3, held_back=held_back)
    monkeypatch.setattr(loading, "EMBEDDED", tmp_path)
    found = loading.load("vgg16", weights="embedded")
    assert found.class_names == tuple(Patterns().class_names)
    assert found.preprocessing == PREPROCESSING
    x = PREPROCESSING(Patterns().sample(8, seed=0, purpose="test").x)
    with torch.no_grad():
        assert torch.allclose(found.network(x), network(x), atol=0.02)  # half precision
    about = json.loads((tmp_path / "vgg16.json").read_text("utf-8"))["about"]
    assert about["training"]["steps"] == 4
    assert about["training"]["seed"] == 3
    assert about["accuracy"] == pytest.approx(float(held_back.mean()), abs=1e-4)
    assert list(about["accuracy_by_class"]) == Patterns().class_names


@pytest.mark.parametrize("name", list(EMBEDDED))
def test_the_networks_of_the_package_fit_their_budget(name):
    network = EMBEDDED[name].build(seed=0)
    assert 2 * sum(p.numel() for p in network.parameters()) < 2e6  # bytes in half precision; 4 MB for both
    assert network(PREPROCESSING(Patterns().sample(2, seed=0, purpose="test").x)).shape == (2, 58)


class Overflow(Preprocessing):
    def __call__(self, images):
        return images * math.inf


def test_divergence_is_named(monkeypatch):
    monkeypatch.setattr(embedded, "PREPROCESSING", Overflow(size=64))
    sentence = "training diverged: the loss is nan at step 1 with learning_rate = 0.0015; a smaller one is needed"
    with pytest.raises(TrainingDiverged, match=re.escape(sentence)):
        train(SMALL)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"steps": 0}, "steps = 0 must be at least 1"),
        ({"batch_size": 0}, "batch_size = 0 must be at least 1"),
        ({"learning_rate": 0.0}, "learning_rate = 0.0 must be above 0"),
        ({"warm_up": 1.0}, "warm_up = 1.0 must lie between 0 and 1"),
    ],
)
def test_what_is_refused(change, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Training(**{"architecture": "vgg16", "width": 0.1, "steps": 4, **change})
