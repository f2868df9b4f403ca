"""The numbers of the published network are those of its tensors, and depths those that papers give."""

import torch
from torch import nn
from torchvision import models

from helpers.hooks.recording import record
from helpers.models.googlenet import GoogLeNet
from helpers.studies.googlenet_neurons import architecture

PUBLISHED = GoogLeNet()


def test_the_rows_are_sizes_of_tensors():
    rows = architecture.specification(PUBLISHED, 64)
    with torch.no_grad(), record(PUBLISHED, ["maxpool1", "mixed4a", "mixed5b"]) as outputs:
        PUBLISHED(torch.zeros(1, 3, 64, 64))
    for row, name, first in (("pool-2", "maxpool1", 2), ("mixed4a", "mixed4a", 0), ("mixed5b", "mixed5b", 0)):
        assert rows[row][first : first + 2] == [outputs[name].shape[3], outputs[name].shape[1]]
    assert rows["mixed4a"][3:] == [192, 96, 208, 16, 48, 64] and len(rows) == 15


def test_costs_are_those_of_a_loop_over_all_kernels():
    branches = architecture.branches_with_bottleneck(PUBLISHED, 64)
    assert len(branches) == 18
    one = branches[0]
    weights = [PUBLISHED.get_submodule(f"mixed3a_3x3{part}_pre_relu").weight for part in ("_bottleneck", "")]
    by_hand = sum(one.positions * kernel.numel() for weight in weights for kernel in weight)
    assert architecture.cost(one).operations == by_hand and one.name == "mixed3a 3×3"
    ratios = [round(architecture.direct_cost(b).operations / architecture.cost(b).operations, 2) for b in branches[:4]]
    assert ratios == [1.71, 9.68, 1.74, 7.23]  # worked out by hand from figure 38
    wide = branches[5]
    assert architecture.cost(wide).memory == sum(
        PUBLISHED.get_submodule(f"mixed4a_5x5{part}_pre_relu").weight.numel() + wide.positions * units
        for part, units in (("_bottleneck", 16), ("", 48))
    )


def test_depth_is_that_of_the_longest_way():
    known = {"Inception V1": 22, "AlexNet": 8, "VGG16": 16}
    for name, count in known.items():
        assert architecture.depth(architecture.without_weights(architecture.NETWORKS[name])) == count
    assert architecture.depth(architecture.without_weights(models.resnet18)) == 18


def test_parameters_are_counted_by_kind():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 2))
    assert architecture.parameters_by_kind(network) == {"convolutions": 112, "dense layers": 34, "others": 8}


def test_what_keeps_the_size():
    for kernel, stride, padding, kept in ((3, 1, 1, True), (7, 2, 3, False), (1, 1, 0, True), (3, 1, 0, False)):
        layer = nn.Conv2d(1, 1, kernel, stride=stride, padding=padding)
        assert architecture.keeps_size(layer) == kept == (layer(torch.zeros(1, 1, 9, 9)).shape[-1] == 9)


def test_names_that_the_algorithm_catches():
    names = ["mixed3a_1x1_w", "mixed3a_1x1_b", "mixed3a_3x3_bottleneck_w", "mixed3a_3x3_w", "mixed3b_5x5_w"]
    assert architecture.caught_by_names(names, "mixed3a") == {"mixed3a_1x1_w", "mixed3a_3x3_w"}
