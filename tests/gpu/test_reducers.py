"""A pass on a GPU keeps what one on the CPU keeps: the same bits for a network of whole numbers."""

import torch
from torch import nn

from helpers.data.images import open_images
from helpers.hooks.reducers.active_share import ActiveShare
from helpers.hooks.reducers.class_means import ClassMeans
from helpers.hooks.reducers.extremes import Extremes
from helpers.hooks.reducers.histogram import Histogram
from helpers.hooks.reducers.moments import Moments
from helpers.hooks.reducers.one_pass import one_pass
from helpers.models.preprocessing import Preprocessing
from helpers.models.pretrained import load


class WholeNumbers(nn.Module):
    """Sums of whole numbers, which no order of addition changes."""

    def __init__(self):
        super().__init__()
        self.mixed, self.pool = nn.Conv2d(3, 4, 3, bias=False), nn.MaxPool2d(2)
        self.mixed.weight.data = torch.randint(-3, 4, (4, 3, 3, 3), generator=torch.Generator().manual_seed(0)).float()

    def forward(self, x):
        return self.pool(self.mixed((x * 255).round()))


def test_a_pass_keeps_the_same_bits(device):
    images = open_images("patterns", size=16).of_each_class(2, seed=0)
    found = []
    for where in ("cpu", device):
        loaded = load(WholeNumbers(), preprocessing=Preprocessing(size=16), device=where)
        kept = {
            "strongest": Extremes(9),
            "weakest": Extremes(4, weakest=True, positions=False),
            "moments": Moments(),
            "active": ActiveShare(),
            "histogram": Histogram(),
            "classes": ClassMeans(len(images.class_names)),
        }
        found.append(one_pass(loaded, images, ["mixed", "pool"], kept, batch_size=32, progress=False))
    ours, theirs = (each.tensors() for each in found)
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in ours.items())
    assert torch.equal(found[0].of("moments", "pool").variance(), found[1].of("moments", "pool").variance())
    assert torch.equal(found[0].of("classes", "mixed").means(), found[1].of("classes", "mixed").means())
