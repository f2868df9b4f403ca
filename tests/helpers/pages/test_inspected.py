import json

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torchvision.models import squeezenet1_1

from helpers.data.images import open_images
from helpers.errors import BadInput
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs
from helpers.pages.provenance import digest

PAGE, BATCHED = "probing/02_field_of_view", "probing/01_what_is_active"


def start(folder, monkeypatch, **given):
    """A run of a page on large networks that writes to a folder of the test, without a folder of assets."""
    monkeypatch.setenv("HELPERS_RUN_DIR", str(folder))
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    page = given.pop("page", PAGE)
    variables = {"scale": "smoke", "seed": 0, "device": "cpu", "model": "vgg16", "images": "auto"}
    variables |= {"layer": "auto", "unit": "auto", "image": 0, "batch": 16}
    return runs.start(page, variables | given, **PARAMETERS)


@pytest.fixture
def description(tmp_path):
    """A network of a user: torchvision's smallest, untrained, described in a file."""
    torch.manual_seed(0)
    network = squeezenet1_1(weights=None, num_classes=3)
    save_file(network.state_dict(), tmp_path / "own.safetensors")
    content = {
        "architecture": "squeezenet1_1",
        "weights": "own.safetensors",
        "class_names": ["a", "b", "c"],
        "preprocessing": {"size": 64, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]},
    }
    (tmp_path / "own.json").write_text(json.dumps(content))
    return tmp_path / "own.json"


def test_a_network_that_comes_with_the_package_sees_what_it_was_trained_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("helpers.models.pretrained.published.of", lambda name: [])  # no download
    run = start(tmp_path / "run", monkeypatch)
    found = load_inputs(run, count=5)
    assert found.source == "patterns"
    assert found.x.shape == (5, 3, 64, 64)
    assert found.network(found.prepare(found.x)).shape == (5, 58)
    again = load_inputs(start(tmp_path / "run", monkeypatch), count=5)
    assert torch.equal(found.x, again.x)
    assert "5 images of" in capsys.readouterr().out


def test_a_network_of_ones_own_on_images_by_name(tmp_path, monkeypatch, description):
    run = start(tmp_path / "run", monkeypatch, model=str(description), images="patterns")
    noted = {}
    monkeypatch.setattr(run, "record_input", lambda what, name, source, tensors: noted.update({name: digest(tensors)}))
    found = load_inputs(run, count=2)
    own = squeezenet1_1(num_classes=3)
    own.load_state_dict(load_file(description.with_name("own.safetensors")))
    expected = own.eval()((found.x - 0.5) / 0.25)
    assert torch.allclose(found.network(found.prepare(found.x)), expected, atol=1e-5)
    assert not torch.allclose(expected[0], expected[1], atol=1e-3)
    assert found.loaded.class_names == ("a", "b", "c")
    chosen = open_images("patterns", size=64).choose(2, seed=0)
    assert noted == {"squeezenet1_1": digest(own.parameters()), "procedural patterns": digest([chosen.identity()])}


def test_images_that_cannot_be_read_are_named(tmp_path, monkeypatch, description, capsys):
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    Image.new("RGB", (70, 70)).save(tmp_path / "photos" / "cat" / "good.png")
    for name in "abcd":
        (tmp_path / "photos" / "cat" / f"{name}.png").touch()
    run = start(tmp_path / "run", monkeypatch, model=str(description), images=str(tmp_path / "photos"))
    assert len(load_inputs(run, count=9).x) == 1
    said = capsys.readouterr().out
    assert (
        "1 images of photos, 4 skipped as unreadable: cat/a.png (empty), cat/b.png (empty), cat/c.png (empty), …"
        in said
    )


@pytest.mark.parametrize(("image", "every", "last"), [(6, 1, 5), (3, 2, 2)])
def test_an_image_beyond_the_last_is_refused(tmp_path, monkeypatch, description, image, every, last):
    run = start(tmp_path / "run", monkeypatch, model=str(description), images="patterns", image=image)
    with pytest.raises(runs.ParameterError, match=f"image is {image}; allowed is a whole number from 0 to {last}"):
        load_inputs(run, count=6, every=every)
    load_inputs(start(tmp_path / "run", monkeypatch, model=str(description), images="patterns", image=last), count=6)


@pytest.mark.parametrize(("given", "unit"), [(-1, None), ("auto", None), (0, 0), (2, 2)])
def test_auto_is_a_deep_layer_and_the_strongest_of_its_units(tmp_path, monkeypatch, description, given, unit):
    run = start(tmp_path / "run", monkeypatch, model=str(description), images="patterns", unit=given)
    assert [one for one in run.changed_parameters if "unit" in one] == ([] if unit is None else [f"unit = {unit}"])
    found = load_inputs(run, count=4)
    assert (found.layer.kind, found.unit) == ("ReLU", unit)
    assert found.layer.positions == (3, 3)  # of the last fire modules, 64 pixels wide
    output = found.activation(found.prepare(found.x[[2]]))[0]
    best = found.strongest(2)
    assert output[best.indices] == (output.max() if unit is None else output[unit].max())


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"layer": "relu5_4"}, "UnknownLayer", "no layer 'relu5_4'"),
        (
            {"unit": 10_000},
            "BadInput",
            "There is no unit 10000; the layer's units go from 0 to 2, auto is the strongest",
        ),
        ({"unit": "most"}, "ParameterError", "unit is the text 'most'; allowed is auto, for the unit that the image"),
        ({"unit": -2}, "ParameterError", "unit is -2; allowed is auto"),
        ({"unit": True}, "ParameterError", "unit is True; allowed is auto"),
        ({"page": BATCHED, "batch": 0}, "ParameterError", "batch is 0; allowed is a whole number from 1"),
    ],
)
def test_a_layer_or_unit_that_is_none_is_refused_before_images_are_drawn(
    tmp_path, monkeypatch, description, given, kind, sentence
):
    monkeypatch.setattr("helpers.pages.inspected.open_images", None)
    with pytest.raises(BadInput, match=sentence) as refused:
        load_inputs(start(tmp_path / "run", monkeypatch, model=str(description), images="patterns", **given), count=2)
    assert type(refused.value).__name__ == kind


def test_too_few_images(tmp_path, monkeypatch, description):
    run = start(tmp_path / "run", monkeypatch, model=str(description), images="patterns")
    with pytest.raises(BadInput, match="needs 3 images at least, and procedural patterns has 2 that can be read"):
        load_inputs(run, count=2, least=3)


def test_a_batch_changes_no_result(tmp_path, monkeypatch, description):
    found = {}
    for batch in (1, 3, 16):
        run = start(tmp_path / "run", monkeypatch, model=str(description), images="patterns", batch=batch, page=BATCHED)
        assert not [one for one in run.changed_parameters if one.startswith("batch")]
        inputs = list(load_inputs(run, count=5).inputs())
        assert max(map(len, inputs)) <= batch
        found[batch] = torch.cat(inputs)
    assert torch.equal(found[1], found[3])
    assert torch.equal(found[1], found[16])
