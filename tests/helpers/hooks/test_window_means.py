"""Means in windows: against a slow loop over positions, and windows that hold no position."""

import torch
from torch import nn

from helpers.hooks.layer_table import layers
from helpers.hooks.window_means import Windows, joined, spans, window_means
from helpers.randomness import generator

SIZE = 32


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3), nn.ReLU())


def test_means_are_those_of_a_loop_over_positions():
    model = network().eval()
    listed = {layer.name: layer for layer in layers(model, SIZE)}
    x = torch.rand(5, 3, SIZE, SIZE, generator=generator(0, "x"))
    draw = generator(1, "windows")
    corner = torch.randint(0, SIZE - 9, (20, 2), generator=draw)
    windows = Windows(torch.randint(0, 5, (20,), generator=draw), corner, torch.randint(1, 10, (20,), generator=draw))
    wanted = {"1": torch.arange(20), "4": torch.arange(5, 15)}
    batches = [(x[:3], [0, 1, 2]), (x[3:], [3, 4])]
    found = window_means(model, listed, batches, windows, wanted)
    outputs = {"1": model[:2](x), "4": model(x)}
    for name, index in wanted.items():
        field, maps = listed[name].receptive_field, outputs[name].detach()
        middles = [
            [field.start[axis] + (field.size[axis] - 1) / 2 + k * field.jump[axis] for k in range(maps.shape[2 + axis])]
            for axis in range(2)
        ]
        for row, window in enumerate(index.tolist()):
            image, side = int(windows.image[window]), int(windows.side[window])
            inside = []
            for axis in range(2):
                low = int(windows.corner[window, axis])
                fits = [k for k, middle in enumerate(middles[axis]) if low <= middle <= low + side - 1]
                centre = low + (side - 1) / 2
                inside.append(fits or [min(range(len(middles[axis])), key=lambda k: abs(middles[axis][k] - centre))])
            values = torch.stack([maps[image, :, r, c] for r in inside[0] for c in inside[1]]).mean(0)
            if all(len(each) > 1 for each in inside) or side > 1:
                torch.testing.assert_close(found[name][row], values, atol=1e-5, rtol=1e-4)


def test_images_that_do_not_come_are_missing_and_windows_join():
    model = network().eval()
    listed = {layer.name: layer for layer in layers(model, SIZE)}
    one = Windows(torch.tensor([7]), torch.tensor([[0, 0]]), torch.tensor([SIZE]))
    both = joined([one, Windows(torch.tensor([0]), torch.tensor([[0, 0]]), torch.tensor([SIZE]))])
    assert len(both) == 2
    x = torch.rand(1, 3, SIZE, SIZE)
    found = window_means(model, listed, [(x, [0])], both, {"4": torch.arange(2)})["4"]
    assert found[0].isnan().all()
    torch.testing.assert_close(found[1], model(x)[0].mean((1, 2)).detach(), atol=1e-5, rtol=1e-4)
    assert spans(listed["4"], both).tolist() == [[0, 13, 0, 13]] * 2
