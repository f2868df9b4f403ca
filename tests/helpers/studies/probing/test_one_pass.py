import pytest
import torch

from helpers.models.initialisation import he_normal_
from helpers.models.vgg import VGG16
from helpers.studies.probing.linear_probe import probe_accuracies
from helpers.studies.probing.one_pass import LAYERS, derivative_energy, one_pass, thinning


def test_counts_against_a_loop():
    network = VGG16(width=0.05, last="pool5").eval()
    he_normal_(network, seed=0)
    x = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = one_pass(network, x.split(2))
        layer = pool = 0
        values = x
        for name, module in network.named_children():
            before, values = values, module(values)
            for k, image in enumerate(values):
                if name.startswith("relu"):
                    on = [float((plane > 0).float().mean()) for plane in image]
                    assert found.share[k, layer] == pytest.approx(sum(on) / len(on), abs=1e-6)
                    assert found.somewhere[k, layer] == pytest.approx(sum(s > 0 for s in on) / len(on), abs=1e-6)
                if name.startswith("pool"):
                    active, was = int((image > 0).sum()), int((before[k] > 0).sum())
                    assert found.pooled[k, pool] == pytest.approx(active / image.numel(), abs=1e-6)
                    assert found.passed[k, pool] == pytest.approx(active / max(was, 1), abs=1e-6)
            layer, pool = layer + name.startswith("relu"), pool + name.startswith("pool")
    assert (layer, pool) == (found.share.shape[1], found.passed.shape[1]) == (len(LAYERS), 5)


def test_thinning_compares_blocks_five_and_three():
    share = torch.rand(4, 13, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(thinning(share), share[:, 10:].mean(1) / share[:, 4:7].mean(1))


def test_derivatives_and_noise():
    across = torch.tensor([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]]).expand(1, 3, 3, 3)
    spot = torch.zeros(1, 3, 3, 3)
    spot[..., 1, 1] = 1
    found = derivative_energy(torch.cat([across + 5, across.mT - across, spot]))
    assert found.tolist() == pytest.approx([1, 1, 0], abs=1e-6)
    noise = torch.randn(2000, 3, 3, 3, generator=torch.Generator().manual_seed(2))
    assert float(derivative_energy(noise).mean()) == pytest.approx(0.25, abs=0.01)


def test_a_probe_reads_what_is_linear_and_no_more():
    generator = torch.Generator().manual_seed(3)
    label = torch.arange(90) % 3
    told = torch.randn(90, 40, generator=generator)
    told[:, 7:10] += 3 * torch.eye(3)[label]
    untold = torch.randn(90, 40, generator=generator)
    assert min(probe_accuracies(told, label, draws=3, seed=0)) > 0.55
    assert max(probe_accuracies(untold, label, draws=3, seed=0)) < 0.6
