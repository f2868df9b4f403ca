import pytest
import torch
from torch.nn import functional

from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.networks import FragmentNetworks, ModelError
from helpers.studies.net_fragments.training import fit
from helpers.studies.net_fragments.trajectories import EpochError, Trajectories

SEEDS = [2, 7]
SETTINGS = dict(samples_per_epoch=40, epochs=2, batch_size=16, learning_rate=0.01)


@pytest.fixture(scope="module")
def trajectories():
    kept, networks = Trajectories([5], epochs=2, seeds=SEEDS, device="cpu"), FragmentNetworks(5, seeds=SEEDS)
    kept[5].store(0, networks)
    fit(networks, after_epoch=lambda epoch: kept[5].store(epoch, networks), **SETTINGS)
    return kept, networks


def test_every_epoch_is_kept(trajectories):
    kept, networks = trajectories
    expected = FragmentNetworks(5, seeds=SEEDS)
    for epoch in range(3):
        if epoch:  # the epochs before it, trained alone
            expected = FragmentNetworks(5, seeds=SEEDS)
            fit(expected, **{**SETTINGS, "epochs": epoch})
        found = kept[5].networks(epoch)
        for name, tensor in expected.state_dict().items():
            assert torch.equal(found.state_dict()[name], tensor)
        for layer, activity in expected.activations(digits()).items():
            torch.testing.assert_close(kept[5].activations(epoch, layer), activity, rtol=1e-3, atol=1e-4)
        loss = [functional.cross_entropy(logits, torch.arange(10)) for logits in expected(digits())]
        torch.testing.assert_close(kept[5].loss[epoch], torch.stack(loss))
        right = expected.predict(digits()) == torch.arange(10)
        assert torch.equal(kept[5].accuracy()[epoch], right.float().mean(1))
    assert networks.seeds == tuple(SEEDS)


def test_the_file_holds_all_that_was_kept(trajectories):
    kept, _ = trajectories
    other = Trajectories([5], epochs=2, seeds=SEEDS, device="cpu")
    other.load_state_dict(kept.state_dict())
    assert torch.equal(other[5].networks(1)(digits()), kept[5].networks(1)(digits()))


@pytest.mark.parametrize("epoch", [-1, 3])
def test_an_epoch_that_was_not_stored(trajectories, epoch):
    sentence = rf"Epoch {epoch} was not stored; stored are 0 \(before training\) to 2."
    with pytest.raises(EpochError, match=sentence):
        trajectories[0][5].networks(epoch)
    with pytest.raises(EpochError, match=sentence):
        trajectories[0][5].activations(epoch, "head")


def test_a_layer_that_a_model_does_not_have(trajectories):
    with pytest.raises(ValueError, match=r"Model 5 has no layer 'hidden'; it has conv1, conv2, head, classes."):
        trajectories[0][5].activations(0, "hidden")


def test_a_model_that_was_not_trained(trajectories):
    with pytest.raises(ModelError, match=r"Model 3 was not trained here; trained are 5."):
        trajectories[0][3]
