import numpy as np
import torch

from helpers.studies.googlenet_neurons import cluster_inputs


def _kernels(units: int = 6, channels: int = 4, side: int = 3) -> torch.Tensor:
    return torch.randn(units, channels, side, side, generator=torch.Generator().manual_seed(0)) + 0.5


def test_units_are_normalised_and_averaged_one_by_one() -> None:
    kernels = _kernels()
    kernels[2] = 4  # all weights equal
    for unit, found in zip(kernels.numpy(), cluster_inputs.normalised(kernels).numpy(), strict=True):
        expected = (unit - unit.mean()) / unit.std() if unit.std() else np.zeros_like(unit)
        np.testing.assert_allclose(found, expected, atol=1e-5)
    averages = cluster_inputs.averaged(kernels).numpy()
    np.testing.assert_allclose(averages[1, 5], kernels[1, :, 1, 2].mean(), rtol=1e-6)


def test_distances_are_frobenius_norms() -> None:
    kernels = _kernels()
    found = cluster_inputs.table_of_distances(kernels.flatten(1))
    for one in range(6):
        for other in range(6):
            expected = np.linalg.norm((kernels[one] - kernels[other]).reshape(9, 4).numpy())
            assert abs(found[one, other] - expected) < 1e-5


def test_spectral_norms_are_largest_singular_values() -> None:
    kernels = _kernels()
    found = cluster_inputs.table_of_spectral_norms(kernels)
    for one in range(6):
        for other in range(6):
            expected = np.linalg.norm((kernels[one] - kernels[other]).flatten(1).double().numpy(), ord=2)
            assert abs(found[one, other] - expected) < 1e-6


def test_channels_in_another_order_keep_each_kernel_and_the_average() -> None:
    kernels = _kernels(20, 10)
    found = cluster_inputs.control_kernels(kernels, "channels", name="a", draw=0, seed=0)
    torch.testing.assert_close(cluster_inputs.averaged(found), cluster_inputs.averaged(kernels))
    assert not torch.equal(found, kernels)
    for unit in range(20):
        assert {each.numpy().tobytes() for each in found[unit]} == {each.numpy().tobytes() for each in kernels[unit]}
    orders = [
        [(found[unit] == kernel).all(dim=(1, 2)).int().argmax().item() for kernel in kernels[unit]] for unit in (0, 1)
    ]
    assert orders[0] != orders[1], "each unit has an order of its own"


def test_a_cloud_of_whole_kernels_lies_in_their_space() -> None:
    kernels = _kernels(5, 10)
    found = cluster_inputs.control_kernels(kernels, "one cloud", name="a", draw=0, seed=0)
    assert found.shape == kernels.shape
    flat = cluster_inputs.normalised(kernels).flatten(1)
    both = torch.cat([flat - flat.mean(dim=0), found.flatten(1) - flat.mean(dim=0)])
    assert torch.linalg.matrix_rank(both) == 4


def test_shuffled_kernels_keep_their_values_and_random_ones_the_mean() -> None:
    kernels = _kernels(20, 10)
    shuffled, random = (
        cluster_inputs.control_kernels(kernels, name, name="a", draw=1, seed=0) for name in ("shuffled", "random")
    )
    torch.testing.assert_close(shuffled.flatten(2).sort().values, kernels.flatten(2).sort().values)
    assert not torch.equal(shuffled, kernels)
    assert abs(random.mean() - kernels.mean()) < 0.1
    other = cluster_inputs.control_averages(kernels, "shuffled", name="a", draw=2, seed=0)
    assert not torch.allclose(other, cluster_inputs.averaged(cluster_inputs.normalised(shuffled)))


def test_one_cloud_has_the_mean_and_the_covariance() -> None:
    points = torch.randn(4000, 3, dtype=torch.double) @ torch.tensor([[2.0, 1, 0], [0, 1, 0], [0, 0, 0.1]]).double() + 3
    cloud = cluster_inputs.one_cloud(points, name="a", draw=0, seed=0)
    torch.testing.assert_close(cloud.mean(dim=0), points.mean(dim=0), atol=0.15, rtol=0)
    torch.testing.assert_close(cloud.T.cov(), points.T.cov(), atol=0.4, rtol=0)
    assert cluster_inputs.control_averages(_kernels(), "one cloud", name="a", draw=0, seed=0).shape == (6, 9)
