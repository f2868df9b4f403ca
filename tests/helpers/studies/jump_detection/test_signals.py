import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from helpers.randomness import generator
from helpers.studies.jump_detection.signals import JumpTask, sample, sample_per_class, shuffle_labels


def test_task_counts_its_positions_from_one():
    task = JumpTask()
    assert task.classes == 60
    assert task.positions.tolist() == list(range(21, 81))


@pytest.mark.parametrize(
    "change",
    [
        {"first": 1},
        {"last": 100},
        {"first": 50, "last": 49},
        {"length": 79},
        {"jump": math.inf},
        {"noise_before": 0.0},
        {"noise_after": -1.0},
        {"noise_after": math.nan},
    ],
)
def test_task_refuses_what_is_not_a_problem_with_a_jump(change):
    with pytest.raises(ValueError) as caught:
        JumpTask(**change)
    assert str(next(iter(change.values()))) in str(caught.value)


def test_every_sample_is_drawn_as_eq_3_1_says():
    """Recompute each sample's standard normal value sample by sample, then test that it is one."""
    task = JumpTask(length=30, first=5, last=25, jump=2.0, noise_before=0.5, noise_after=3.0)
    x, label = sample(task, 400, seeds=[3], purpose="train")
    noise = []
    for signal, c in zip(x[0].tolist(), label[0].tolist(), strict=True):
        t0 = task.first + c
        for i, value in enumerate(signal, start=1):
            noise.append(value / 0.5 if i < t0 else (value - 2.0) / 3.0)
    assert stats.kstest(noise, "norm").pvalue > 0.01
    assert stats.chisquare(np.bincount(label[0], minlength=task.classes)).pvalue > 0.01


def test_without_noise_the_level_changes_at_the_jump_position():
    task = JumpTask(noise_before=1e-6, noise_after=1e-6)
    x, label = sample(task, 50, seeds=[0], purpose="train")
    for signal, c in zip(x[0], label[0].tolist(), strict=True):
        t0 = task.first + c
        assert signal[t0 - 2].item() == pytest.approx(0, abs=1e-4)  # sample number t0 - 1
        assert signal[t0 - 1].item() == pytest.approx(3, abs=1e-4)  # sample number t0


@given(seeds=st.lists(st.integers(0, 10_000), min_size=1, max_size=4), purpose=st.sampled_from(["train", "test"]))
@settings(max_examples=15, deadline=None)
def test_a_seed_is_independent_of_the_seeds_beside_it(seeds, purpose):
    task = JumpTask()
    together = sample(task, 7, seeds=seeds, purpose=purpose)
    for row, seed in enumerate(seeds):
        alone = sample(task, 7, seeds=[seed], purpose=purpose)
        assert torch.equal(together.x[row], alone.x[0])
        assert torch.equal(together.label[row], alone.label[0])


def test_streams_and_seeds_share_no_signal():
    task = JumpTask()
    sets = [sample(task, 20, seeds=[seed], purpose=purpose).x for seed in (0, 1) for purpose in ("train", "test")]
    first_values = [s[0, 0, 0].item() for s in sets]
    assert len(set(first_values)) == 4


def test_a_stream_is_the_same_in_another_process():
    code = "from helpers.randomness import generator; print(generator(7, 'train').initial_seed())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) == generator(7, "train").initial_seed()


def test_sample_per_class_is_balanced_and_ordered():
    task = JumpTask(length=12, first=4, last=9)
    x, label = sample_per_class(task, 3, seeds=[0, 1], purpose="averages")
    assert label.tolist() == [[0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]] * 2
    assert x.shape == (2, 18, 12)
    assert not torch.equal(x[0], x[1])


def test_class_means_converge_to_the_ideal_step():
    task = JumpTask(length=12, first=4, last=9, jump=3.0, noise_after=2.0)
    x, _ = sample_per_class(task, 4000, seeds=[0], purpose="averages")
    means = x[0].unflatten(0, (task.classes, 4000)).mean(1)
    for c, mean in enumerate(means.tolist()):
        ideal = [3.0 if i >= task.first + c else 0.0 for i in range(1, 13)]
        assert mean == pytest.approx(ideal, abs=0.15)


@pytest.mark.parametrize("draw", [sample, sample_per_class])
def test_nothing_to_draw_is_refused(draw):
    with pytest.raises(ValueError, match="at least one signal"):
        draw(JumpTask(), 0, seeds=[0], purpose="train")
    with pytest.raises(ValueError, match="at least one seed"):
        draw(JumpTask(), 1, seeds=[], purpose="train")


def test_shuffled_labels_are_the_same_labels_in_an_order_of_the_seed_alone():
    signals = sample(JumpTask(), 400, seeds=[2, 9], purpose="train")
    false = shuffle_labels(signals, seeds=[2, 9])
    assert torch.equal(false.x, signals.x)
    assert torch.equal(false.label.sort(dim=1).values, signals.label.sort(dim=1).values)
    assert float((false.label == signals.label).double().mean()) < 0.05  # 1/60 by chance
    alone = shuffle_labels(sample(JumpTask(), 400, seeds=[9], purpose="train"), seeds=[9])
    assert torch.equal(alone.label[0], false.label[1])
