"""A look at a unit gives on a GPU what it gives on the CPU."""

import pytest
import torch

from helpers import units
from helpers.data.patterns import Patterns


@pytest.fixture(scope="module")
def images():
    return Patterns().sample(8, seed=0, purpose="test").x


def test_a_unit_is_the_same_as_on_the_cpu(device, images):
    on_device, on_cpu = (units.load("vgg16", weights="embedded", device=where) for where in (device, "cpu"))
    unit = on_cpu.strongest_unit("conv4_2", images[0])
    same = on_device.unit("conv4_2", unit.number)
    theirs, ours = unit.strongest(images, count=4), same.strongest(images.to(device), count=4)
    assert [hit.name for hit in ours] == [hit.name for hit in theirs]
    assert [hit.value for hit in ours] == pytest.approx([hit.value for hit in theirs], rel=1e-3)
    for look in ("gradient", "guided"):
        one, other = (getattr(each, look)(theirs[0].image) for each in (same, unit))
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4 * float(other.abs().max()))
    assert same.optimised(steps=3).value == pytest.approx(unit.optimised(steps=3).value, rel=1e-2)
    assert torch.equal(
        on_device.strongest("conv4_2", images).number.cpu()[:, 0], on_cpu.strongest("conv4_2", images).number[:, 0]
    )
