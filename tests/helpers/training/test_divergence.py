import re

import pytest
import torch

from helpers.training.divergence import TrainingDiverged, check_losses


def test_the_first_step_and_its_first_seed_are_named():
    losses = torch.ones(3, 4)
    losses[0, 3] = torch.nan
    losses[1, 2] = torch.inf
    losses[2, 2] = torch.nan
    sentence = (
        "training diverged: the loss of seed 8 is inf at step 13 with learning_rate = 0.5; a smaller one is needed"
    )
    with pytest.raises(TrainingDiverged, match=f"^{re.escape(sentence)}$"):
        check_losses(losses, seeds=[7, 8, 9], steps_before=10, learning_rate=0.5)


def test_without_seeds_the_step_alone_is_named():
    sentence = "training diverged: the loss is nan at step 1 with learning_rate = 0.5; a smaller one is needed"
    with pytest.raises(TrainingDiverged, match=f"^{re.escape(sentence)}$"):
        check_losses(torch.tensor([[torch.nan]]), steps_before=0, learning_rate=0.5)


def test_finite_losses_pass():
    check_losses(torch.ones(2, 3), seeds=[0, 1], steps_before=0, learning_rate=0.5)
