"""Which layer feeds a pooling, against tensors that hooks compare by their values."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import models

from helpers.hooks.feeding import Feed, fed_by, feeds
from helpers.hooks.receptive_fields import FieldError
from helpers.hooks.recording import record
from helpers.models.googlenet import GoogLeNet
from helpers.models.vgg import VGG16


@pytest.mark.parametrize(
    "network",
    [
        lambda: VGG16(width=0.05, classes=3, head="average"),
        lambda: GoogLeNet(width=0.1, classes=3),
        lambda: models.squeezenet1_1(num_classes=3),
        lambda: models.googlenet(num_classes=3, init_weights=False, aux_logits=False),
        lambda: models.densenet121(num_classes=3),
    ],
)
def test_a_pooling_of_what_feeds_it_is_what_the_pooling_gives(network):
    torch.manual_seed(0)
    network, x = network().eval(), torch.rand(1, 3, 64, 64)
    found = fed_by(network, 64)
    pools = {name for name, module in network.named_modules() if isinstance(module, nn.MaxPool2d)}
    assert set(found) == pools
    with record(network, [*found, *found.values()]) as outputs:
        network(x)
    for pool, layer in found.items():
        assert torch.equal(network.get_submodule(pool)(outputs[layer]), outputs[pool])


def test_the_names_in_googlenet():
    with torch.device("meta"):
        found = fed_by(GoogLeNet(width=0.1, classes=3), 224)
    branches = {pool: layer for pool, layer in found.items() if pool.endswith("_pool")}
    assert len(branches) == 9
    assert branches["mixed4b_pool"] == "mixed4a"
    assert branches["mixed4a_pool"] == "maxpool4"


class Small(nn.Module):
    """One pooling for all, behind layers in place, dropout, a function, and twice behind the same layer."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = (nn.Conv2d(1, 1, 3, padding=1) for _ in range(3))
        self.relu, self.dropout, self.pool = nn.ReLU(inplace=True), nn.Dropout(), nn.MaxPool2d(2)

    def forward(self, x):
        x = self.pool(self.dropout(self.relu(self.first(x))))
        x = self.pool(F.relu(self.second(x)))
        return self.pool(self.relu(self.third(x)))


def test_one_pooling_for_all():
    assert feeds(Small(), 16) == [Feed("pool", 0, "relu", 0), Feed("pool", 2, "relu", 1)]
    assert fed_by(Small(), 16) == {"pool": "relu"}


def test_refused():
    with pytest.raises(FieldError, match="Sequential does not run on images of 2 points"):
        fed_by(nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(2)), 2)
