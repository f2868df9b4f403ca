"""The stage keeps what a pass finds, for the network as trained, for random weights, and when it was interrupted."""

import pytest
import torch

from helpers.data.image_set import ImageSet
from helpers.data.images import AUTO, PATTERNS
from helpers.hooks.reducers.interrupted_passes import interrupted
from helpers.hooks.reducers.one_pass import _Pass, one_pass
from helpers.hooks.reducers.pass_tensors import from_stage, statistics, to_tensors
from helpers.hooks.reducers.unit_pass import UnitPass
from helpers.hooks.reducers.unit_statistics import UnitStatistics
from helpers.models.pretrained import load
from helpers.pages import stages
from helpers.studies.conceptual_content.passes import LayersError, image_sets, layers_of
from helpers.studies.conceptual_content.stages import unit_statistics

VALUES = {"model": "vgg16", "layers": AUTO, "images": AUTO, "scale": "smoke", "seed": 0, "draws": 5}
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def without_assets(monkeypatch, tmp_path):
    monkeypatch.delenv("HELPERS_ASSETS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def small(**changes):
    layers = tuple(layers_of(load("vgg16"), 32))
    changes = {"key": "one", "images": ImageSet(PATTERNS, 1, 32), "top": 5, "draw": None, "layers": layers} | changes
    return UnitPass(model="vgg16", weights="", identity="", seed=0, **changes)


def same(first, second):
    a, b = vars(first), vars(second)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_the_stage_keeps_what_a_pass_finds(tmp_path, monkeypatch):
    monkeypatch.setattr(unit_statistics, "recipes", lambda values: {"one": small()})
    kept = [stages.make(unit_statistics, VALUES, seeds=[0], device=CPU, folder=tmp_path)["one"] for _ in range(2)]
    assert same(kept[0].history, kept[1].history)  # made, then read
    loaded = load("vgg16")
    images = ImageSet(PATTERNS, 1, 32).open(0)
    layers = layers_of(loaded, 32)
    assert len(layers) == 13
    found = one_pass(loaded, images, layers, statistics(5, 5, len(images.class_names)), progress=False)
    again = from_stage(kept[1].history, name="one")
    assert isinstance(again, UnitStatistics) and again.is_whole and again.header() == found.header()
    assert same(to_tensors(again), kept[0].history) and same(to_tensors(found), kept[0].history)
    assert again.of("strongest", "relu5_3").found().number.shape == (128, 5)


def test_an_interrupted_pass_goes_on_and_leaves_nothing_in_the_cache(monkeypatch, tmp_path):
    recipe, look, looked = small(), _Pass.look, []
    whole = recipe.train(seeds=[0], device=CPU)[1]

    def interrupted(self, batch, first):
        looked.append(len(batch.x))
        if len(looked) == 2:
            raise KeyboardInterrupt
        look(self, batch, first)

    monkeypatch.setattr(_Pass, "look", interrupted)
    with pytest.raises(KeyboardInterrupt):
        recipe.train(seeds=[0], device=CPU)
    assert same(recipe.train(seeds=[0], device=CPU)[1], whole)
    assert not list((tmp_path / "cache").rglob("*.safetensors"))


def test_a_second_build_at_the_same_time_leaves_the_first_ones_pass_alone():
    recipe = small()
    with interrupted(recipe.describe()) as mine:
        mine.write_bytes(b"half a pass")
        whole = recipe.train(seeds=[0], device=CPU)[1]
        assert mine.read_bytes() == b"half a pass"
        with interrupted(small(top=6).describe()) as other:
            assert other not in (None, mine)
    assert not mine.exists()
    assert same(recipe.train(seeds=[0], device=CPU)[1], whole)


def test_a_pass_begun_by_another_version_or_damaged_is_begun_anew(monkeypatch):
    with pytest.raises(KeyboardInterrupt), interrupted(small().describe()) as path:
        path.write_bytes(b"half a pass")
        raise KeyboardInterrupt
    assert path.exists()
    small().train(seeds=[0], device=CPU)
    assert not path.exists()


def test_a_pass_without_a_cache_folder_is_kept_nowhere(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc")
    with interrupted(small().describe()) as path:
        assert path is None


def test_random_weights_are_another_network_each_time():
    passes = [small(draw=draw).train(seeds=[0], device=CPU)[1] for draw in (None, 0, 1)]
    abouts = [from_stage(each, name="it").about for each in passes]
    assert len({about.network for about in abouts}) == 3 and len({about.images for about in abouts}) == 1


def test_recipes_name_all_that_decides_them():
    found = unit_statistics.recipes(VALUES)
    assert list(found) == ["patterns", "matched", "matched_mean", "random_0", "random_1"]
    texts = {stages.file(stages.folders.BUILD, recipe, [0]).name for recipe in found.values()}
    assert len(texts) == 5
    larger = unit_statistics.recipes({**VALUES, "scale": "laptop"})
    assert len(larger) == 8 and larger["patterns"].top == 500 and larger["patterns"].identity
    assert larger["matched"].images.each == 3


def test_a_set_of_the_readers_own_is_the_only_one():
    assert list(image_sets("photos", "laptop", load("vgg16"))) == ["own"]


def test_layers_are_chosen_by_name():
    loaded = load("vgg16")
    assert layers_of(loaded, 32, " relu2_1 ,relu1_1") == ["relu1_1", "relu2_1"]
    values = {**VALUES, "layers": "relu1_1,conv4_3"}
    assert {recipe.layers for recipe in unit_statistics.recipes(values).values()} == {("relu1_1", "conv4_3")}
    with pytest.raises(LayersError, match=r"no layer 'relu1_9' .*nearest names are relu1_.*separated by commas"):
        layers_of(loaded, 32, "relu1_1,relu1_9")
    with pytest.raises(LayersError, match="no layer 'flatten' whose units have positions"):
        layers_of(loaded, 32, "flatten")
