import pytest
import torch
from scipy import stats

from helpers.data.images import open_images
from helpers.models.pretrained import load
from helpers.studies.googlenet_neurons import border_pass
from helpers.studies.googlenet_neurons.border_lines import SIDES
from helpers.studies.googlenet_neurons.border_paddings import KINDS
from helpers.studies.googlenet_neurons.border_pass import measure, responses_with, shift_of
from helpers.studies.googlenet_neurons.border_sums import OfBranch
from helpers.studies.googlenet_neurons.subject import subject

CHOICE = {"model": "googlenet", "layer": "mixed3a,mixed4a_3x3"}


@pytest.fixture(scope="module")
def seen():
    assert load("googlenet", weights="embedded").preprocessing.size == 64
    return subject(CHOICE)


@pytest.fixture(scope="module")
def images():
    return open_images("patterns", size=64).choose(3, seed=0)


def test_responses_inside_and_along_a_side_are_those_of_a_loop(seen, images):
    found = measure(seen, images, kinds=("zero", "replicate"), samples=500, seed=0)
    branch = seen.kernel_sets()[0]
    assert branch.size == (3, 3)
    x = torch.cat([batch.x for batch in images.batches(3)])
    maps = responses_with(seen, branch, x, kinds=("zero", "replicate"), seed=0)
    for unit in (0, branch.units - 1):
        inside = maps["zero"][:, unit, 1:-1, 1:-1].double()
        spread = inside.std(correction=0)
        for k, kind in enumerate(("zero", "replicate")):
            side = maps[kind][:, unit, :, 0].double()
            moved = (side.mean() - inside.mean()) / spread
            place = SIDES.index("left")
            assert found.moved[unit, k, place].item() == pytest.approx(moved.item(), abs=1e-4)
            distance = stats.ks_2samp(side.flatten(), inside.flatten()).statistic
            assert found.distance[unit, k, place].item() == pytest.approx(distance, abs=0.12)  # drawn, not whole
            fires = (side > inside.quantile(0.95)).double().mean()
            assert found.fires[unit, k, place].item() == pytest.approx(fires.item(), abs=0.08)
        assert found.mean[unit].item() == pytest.approx(maps["zero"][:, unit].relu().mean().item(), rel=1e-4)


def test_the_same_content_is_found_in_both_pieces():
    """Pieces of one large map agree wherever they overlap; what is added at the left of one is all that differs."""
    large = torch.rand(6, 5, 14, 14, generator=torch.Generator().manual_seed(0))
    base, right, down = large[:, :, :10, :10], large[:, :, :10, 4:], large[:, :, 4:, :10]
    right = right.clone()
    right[:, :, :, 0] += 2
    own = OfBranch(torch.nn.Conv2d(3, 5, 3, padding=1), rectified=True)
    randoms = [torch.Generator().manual_seed(k) for k in range(6)]
    own.add(torch.rand(6, 3, 10, 10), base, kinds=("zero",), samples=20, randoms=randoms)
    own.add_shifted([base, right, down], 160, 64, 20, randoms)
    found = own.found(base)
    spread = base[:, :, 1:-1, 1:-1].transpose(0, 1).flatten(1).double().std(dim=1, correction=0)
    expected = torch.zeros(5, 4)
    expected[:, SIDES.index("left")] = (2 / spread).float()
    torch.testing.assert_close(found["shifted"], expected, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(found["shifted_distance"], (expected > 0).float())
    torch.testing.assert_close(found["followed"], torch.ones(5, 4))


def test_nothing_is_compared_where_all_of_a_piece_lies_at_its_border():
    own = OfBranch(torch.nn.Conv2d(3, 5, 5, padding=2), rectified=True)
    pieces, randoms = [torch.rand(1, 5, 4, 4)] * 3, [torch.Generator()]
    own.add(torch.rand(1, 3, 5, 5), torch.rand(1, 5, 5, 5), kinds=("zero",), samples=2, randoms=randoms)
    own.add_shifted(pieces, 64, 16, 2, randoms)
    assert own.found(torch.rand(1, 5, 5, 5))["shifted"].isnan().all()


def test_an_image_has_the_same_numbers_in_any_batch(seen, images, monkeypatch):
    whole = measure(seen, images, kinds=KINDS, samples=4, seed=0)
    monkeypatch.setattr(border_pass, "_BATCH", 2)
    parts = measure(seen, images, kinds=KINDS, samples=4, seed=0)
    for name in ("moved", "shifted", "grey"):
        torch.testing.assert_close(getattr(whole, name), getattr(parts, name), rtol=0, atol=1e-3, equal_nan=True)


@pytest.mark.parametrize(("size", "shift"), [(224, 64), (64, 16), (48, 16), (40, None)])
def test_shifts(size, shift):
    assert shift_of(size) == shift
