"""Every figure takes tensors of any device, and draws the same picture of them as of arrays."""

import inspect

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from helpers.plots import conditions, curves, depth, heatmaps, images, scatter
from helpers.plots.style import array, png
from helpers.studies.jump_detection.plots import (
    bars,
    filters,
    grid,
    histograms,
    layers,
    plane,
    probabilities,
    shares,
    signals,
)
from helpers.studies.net_fragments import plots as fragments

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(5, 1, size=(4, 6))  # (seed, point)
COUNTS = RANDOM.integers(0, 3, size=(4, 6))
POINTS = RANDOM.normal(size=(4, 2))
IMAGES = RANDOM.integers(0, 2, size=(3, 5, 5))
CHANNELS = RANDOM.random((3, 5, 5))
CLOUD = RANDOM.normal(size=(4, 3, 2))  # (class, signal, unit)
STATES = RANDOM.integers(0, 3, size=(10, 12))  # (class, unit)


class Elsewhere(torch.Tensor):
    """Stands for a tensor of another device: NumPy cannot read it before ``cpu()``."""

    def cpu(self, *args, **kwargs):
        return super().cpu(*args, **kwargs).as_subclass(torch.Tensor)

    def numpy(self, *args, **kwargs):
        raise TypeError("can't convert a tensor of another device to numpy")

    def __array__(self, *args, **kwargs):
        return self.numpy()


def elsewhere(values):
    return torch.as_tensor(values).as_subclass(Elsewhere)


# For each function that draws: a call, given how arrays are handed over.
CALLS = {
    conditions.by_condition: lambda t: conditions.by_condition({"m": {"a": t(ROWS[0]), "b": t(ROWS[1])}}),
    curves.lines: lambda t: curves.lines(t(np.arange(6)), {"a": t(ROWS)}, x_label="x", y_label="y", y_log=True),
    curves.line_panels: lambda t: curves.line_panels(t(np.arange(6)), {"p": {"a": t(ROWS)}}, x_label="x", y_label="y"),
    curves.lines_with_levels: lambda t: curves.lines_with_levels(
        t(np.arange(6)), {"a": t(ROWS)}, {"a": 5.0}, x_label="x", y_label="y"
    ),
    curves.training_curves: lambda t: curves.training_curves(
        {"a": t(ROWS)}, {"a": t(ROWS)}, best_epoch=t(np.array([1, 2, 3, 4]))
    ),
    depth.count_histograms: lambda t: depth.count_histograms({"l": t(COUNTS)}, {"l": 2}),
    depth.spread_by_layer: lambda t: depth.spread_by_layer({"a": t(ROWS)}, list("abcdef"), y_label="y"),
    depth.along_depth: lambda t: depth.along_depth({"a": t(ROWS)}, y_label="y"),
    heatmaps.weight_maps: lambda t: heatmaps.weight_maps({"l": t(ROWS)}, {"l": t(ROWS[0])}),
    heatmaps.activation_maps: lambda t: heatmaps.activation_maps({"l": t(ROWS)}, first_position=21),
    heatmaps.pictures: lambda t: heatmaps.pictures({"i": t(CHANNELS[0])}),
    images.grid: lambda t: images.grid({"r": {"i": t(CHANNELS), "f": t(CHANNELS)}}, signed=["f"]),
    scatter.scatter: lambda t: scatter.scatter(t(POINTS), t(ROWS[:, 0]), label="v"),
    scatter.maps: lambda t: scatter.maps({"a": t(POINTS)}, {"a": t(ROWS[:, 0])}, columns=1, label="v"),
    bars.methods: lambda t: bars.methods({"a": {"m": t(ROWS[0])}}, paper={"a": [5.0]}, measures=["m"]),
    filters.by_seed: lambda t: filters.by_seed({"a": t(ROWS)}),
    filters.overlaid: lambda t: filters.overlaid({"a": t(ROWS), "b": t(ROWS[0])}, x_label="x"),
    grid.signal_grid: lambda t: grid.signal_grid({"r": {"c": t(ROWS)}}, marks={"c": 2}),
    histograms.error_histograms: lambda t: histograms.error_histograms({"a": t(COUNTS[0])}),
    layers.layer_rows: lambda t: layers.layer_rows(
        {
            "input": layers.Row(None, t(ROWS), t(ROWS[0])),
            "filter": layers.Row(t(ROWS[0]), t(ROWS), t(ROWS[0])),
            "dense": layers.Row(t(ROWS), t(ROWS), t(ROWS[0])),
        },
        first_position=21,
        position=22,
    ),
    plane.representation: lambda t: plane.representation(
        t(CLOUD), t(POINTS), positions=t(np.arange(4)), unit_names=("a", "b")
    ),
    plane.curves: lambda t: plane.curves({"a": t(POINTS)}, positions=t(np.arange(4))),
    plane.error_by_units: lambda t: plane.error_by_units(t(COUNTS[0]), t(ROWS[0]), t(COUNTS[1])),
    shares.shares: lambda t: shares.shares({"r": t(CHANNELS[0, 0])}, columns=list("abcde")),
    signals.signals_with_posterior: lambda t: signals.signals_with_posterior(
        t(ROWS), t(np.arange(4)), t(CHANNELS[0, :4]), first=1
    ),
    signals.example_signals: lambda t: signals.example_signals(t(ROWS), t(np.arange(4))),
    signals.filter_responses: lambda t: signals.filter_responses(t(ROWS[0]), {"f": t(ROWS[1])}),
    signals.designed_signals: lambda t: signals.designed_signals({"s": t(ROWS[0])}, {"s": "note"}, position=2),
    fragments.images: lambda t: fragments.images({"i": t(IMAGES[0])}, columns=1),
    fragments.part_matrix: lambda t: fragments.part_matrix(t(IMAGES), t(IMAGES), t(np.eye(3, dtype=int))),
    fragments.share_map: lambda t: fragments.share_map(
        t(CHANNELS[0]), rows=list("abcde"), columns=list("abcde"), label="s"
    ),
    fragments.levels: lambda t: fragments.levels([t(IMAGES), t(IMAGES)], [t(np.eye(3, dtype=int))]),
    fragments.image_table: lambda t: fragments.image_table({"r": t(CHANNELS)}, columns=list("abc")),
    fragments.dots: lambda t: fragments.dots({"m": t(STATES)}),
    fragments.by_model: lambda t: fragments.by_model({"a": t(ROWS)}, y_label="y", numbers=[1, 2, 3, 4]),
}
WITHOUT_ARRAYS = {probabilities.log_probabilities}  # takes intervals


def test_no_figure_is_left_out():
    rooms = (conditions, curves, depth, heatmaps, images, scatter)
    rooms += (bars, filters, grid, histograms, layers, plane, probabilities, shares, signals, fragments)
    drawing = {
        function
        for room in rooms
        for name, function in inspect.getmembers(room, inspect.isfunction)
        if function.__module__ == room.__name__
        and not name.startswith("_")
        and inspect.signature(function).return_annotation in (Figure, "Figure")
    }
    assert drawing == CALLS.keys() | WITHOUT_ARRAYS


@pytest.mark.parametrize("function", CALLS, ids=lambda f: f"{f.__module__.removeprefix('helpers.')}.{f.__name__}")
def test_the_picture_of_tensors_is_that_of_arrays(function):
    call = CALLS[function]
    of_tensors, of_arrays = call(elsewhere), call(torch.as_tensor if function is signals.example_signals else array)
    for figure in (of_tensors, of_arrays):
        figure.set_dpi(40)
    assert png(of_tensors) == png(of_arrays)


def test_array_takes_what_belongs_to_a_graph():
    weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    np.testing.assert_array_equal(array(2 * weight), [2.0, 4.0])
    assert array(weight, float).dtype == np.float64
    assert array([1, 2]).dtype == np.int64


def test_the_stand_in_is_as_unreadable_as_a_tensor_of_another_device():
    with pytest.raises(TypeError, match="another device"):
        np.asarray(elsewhere(ROWS))
