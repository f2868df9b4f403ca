# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Best input
#
# A unit can be made active by many images. Section 4 of the study looks for the one that makes it most active: from a
# random image it follows the gradient (equation 10). Every start ends in another picture (figure 5, which the text calls
# figure 6); none resembles an image; the study takes them for another way to obtain the exact filter. Here the ascents
# of many starts and units are compared with each other, with images, and with the exact filters of page 3.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # decides the images and the starts
device = "auto"  # auto, cpu or cuda
model = "vgg16"  # a network's name, or the path of a description of your own
images = "auto"  # a folder or tar file, imagenette or patterns; auto: what fits the network
layer = "auto"  # a layer before its ReLU: behind it, a silent unit has no gradient; auto: a deep one, here conv5_3
unit = "auto"  # the unit of figure 5; auto: the one that the image excites most
image = 0  # the image that decides which, of those drawn for this page
starts = 6  # random images to start from
spread = 1.0  # standard deviation of their pixels, in units of the network's input
steps = 100
rate = 0.05  # length of the first step, as a share of the length of the start
batch = 16  # images that go through the network at once: fewer take less memory

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
from itertools import combinations

import torch
from tqdm import tqdm

from helpers.ascent.activation import activation
from helpers.ascent.objectives import decay
from helpers.ascent.parametrisations import gaussian_starts
from helpers.ascent.steps import sgd_step
from helpers.attribution.backward import GRADIENT, attribute
from helpers.attribution.contributions import contributions
from helpers.attribution.forward_pass import CannotReverse, forward, receptive_field_windows, refusal
from helpers.metrics.activations import at, in_words
from helpers.metrics.images import luminance_correlation, spectral_centroid
from helpers.metrics.similarity import correlation
from helpers.models.initialisation import copied
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs
from helpers.studies.probing.best_input import climb, layer_before_rectifier, layer_of_trees

# %%
run = runs.start(
    "probing/04_best_input",
    globals(),
    starts=runs.Integer(2, 1_000),
    spread=runs.Number(0, 100),
    steps=runs.Integer(10, 100_000),
    rate=runs.Number(1e-6, 1_000),
    **PARAMETERS,
)

# %%
inspected = load_inputs(run, count=run.by_scale(smoke=24, laptop=290, paper=1_300), choose=layer_before_rectifier)
network, prepare, layer = inspected.network, inspected.prepare, inspected.layer.name
if reason := refusal(network, layer, GRADIENT, prepare.size):
    raise CannotReverse(reason)
behind, no_trees = layer_of_trees(network, layer, prepare.size)
if no_trees:
    print(f"Different starts are not compared in their trees: {no_trees}.")

# %% [markdown]
# ## The search
#
# The study's rule is the plain gradient times a rate. Rates mean different things in networks whose gradients differ in
# size, so the rate here is that share of the start's length by which the first step moves. All starts of a unit climb
# in one batch. All units are looked at in the place of the layer where the image excites the chosen one most.


# %%
def prepared(number: int) -> torch.Tensor:
    """An image as the network takes it."""
    return prepare(inspected.x[[number]])[0]


first = inspected.strongest(image)
values = torch.cat([at(inspected.activation(part), first.place) for part in inspected.inputs()])  # (image, unit)
often = (values > 0).float().mean(dim=0)
others = [one for one in often.argsort(descending=True).tolist() if one != first.unit]
units = [first.unit, *others[: run.by_scale(smoke=1, laptop=7, paper=31)]]
runs_of_unit = run.by_scale(smoke=min(starts, 3), laptop=starts, paper=starts)
start = gaussian_starts(runs_of_unit, tuple(prepared(image).shape), seed=seed, spread=spread).to(run.device)
count = run.by_scale(smoke=10, laptop=steps, paper=steps)
where = {"position": first.spatial, "unit_axis": inspected.layer.unit_axis}
objectives = {one: activation(network, layer, one, **where) for one in units}


# %%
def first_slope(one: int) -> float:
    """Length of a start's gradient, in the mean over the starts."""
    trial = climb(objectives[one], start, step=sgd_step(1.0, fused=True), max_steps=1, batch=batch)
    return float((trial.x - start).flatten(1).norm(dim=1).mean().clamp(min=1e-12))


length = float(start.flatten(1).norm(dim=1).mean())
found, bounded = {}, {}
for one in tqdm(units, disable=None):
    slope = first_slope(one)
    rule = dict(step=sgd_step(rate * length / slope, fused=True), max_steps=count, batch=batch)
    found[one] = climb(objectives[one], start, **rule)
    bounded[one] = climb(objectives[one], start, penalty=decay(slope / length), **rule)

# %%
box = receptive_field_windows(forward(network, layer, prepared(0)), first.spatial)[0]


def view(pictures: torch.Tensor) -> torch.Tensor:
    """The part within the field of view."""
    return pictures[..., box.top : box.bottom, box.left : box.right]


change = {one: view(best.x - start) for one, best in found.items()}

# %% [markdown]
# ## Figure 5
#
# The chosen unit: where its starts ended, and what the ascent changed.

# %%
from helpers.plots.images import grid

few = range(min(4, runs_of_unit))
best = found[first.unit]
pixels = prepare.inverse(best.x)
pixels = (pixels - pixels.amin((1, 2, 3), keepdim=True)) / (
    pixels.amax((1, 2, 3), keepdim=True) - pixels.amin((1, 2, 3), keepdim=True)
)
run.figure(
    grid(
        {
            "result": {f"start {k + 1}": pixels[k] for k in few},
            "change": {f"change {k + 1}": (best.x - start)[k] for k in few},
        },
        signed=[f"change {k + 1}" for k in few],
        boxes={("result", f"start {k + 1}"): box for k in few},
    ),
    alt="The images to which four random starts led, and below each what the ascent changed.",
    caption=f"Figure 5: unit {first.unit} of {layer}{in_words(first.place)}. Above, the results, stretched to the range of an image, the field of view framed; below, the change from the start (mean over the colours), red raised and blue lowered.",
)

# %%
from helpers.plots.curves import lines

some = list(range(0, count, max(1, count // 20)))
courses = {f"unit {one}": found[one].history[:, some].cpu() for one in units[:3]}
run.figure(
    lines(some, courses, x_label="step", y_label="activation"),
    alt="The activation of three units over the steps of the ascent, rising.",
    caption="The course of the ascent for three units: mean and 95 % interval over the starts.",
)
captions = {5: "images that maximise a neuron", 6: "histograms of active features"}
run.claim("sec-4.figure", "images that maximise" in captions[6])
largest = {one: float(values[:, one].max()) for one in units}
run.claim("sec-4.maximises", [float(found[one].value.mean()) / max(largest[one], 1e-12) for one in units])
late = max(1, count // 10)
growth = [((f.value - f.history[:, -late]) / f.value.abs().clamp(min=1e-12)).mean() for f in found.values()]
run.claim("sec-4.converges", torch.stack(growth))

# %% [markdown]
# In the narrow network of this book every start finds far more than any image gives, and none comes to rest: the activation grows with every step, nearly by
# as much.
#
# ### Is there a best input?
#
# Nothing bounds the pixels in equation 10. Within one region of linearity the activation is an affine function, and a
# longer step along its filter always gives more. In double precision: the activation of ten times the found image.

# %%
exactly = copied(network).double()


@torch.no_grad()
def in_double(one: int, pictures: torch.Tensor) -> torch.Tensor:
    objective = activation(exactly, layer, one, **where)
    return torch.cat([objective(part.double()) for part in pictures.split(batch)])


more = {one: in_double(one, 10 * f.x) > in_double(one, f.x) for one, f in found.items()}
run.claim("eq-10.maximum", not all(bool(larger.all()) for larger in more.values()))

# %% [markdown]
# ## Different starts
#
# How alike are the results of two starts: as they are; in what the ascent changed; and in the units through which they
# excite the unit (the trees of page 2)?

# %%
couples = list(combinations(range(runs_of_unit), 2))


def alike(pictures: torch.Tensor) -> torch.Tensor:
    """Correlation of every pair of starts: (pair)."""
    flat = pictures.flatten(1)
    return torch.stack([correlation(flat[a], flat[b]) for a, b in couples])


def share_apart(pictures: torch.Tensor) -> float:
    """Share of the pairs of starts that correlate by less than 0.9."""
    return float((alike(pictures) < 0.9).float().mean())


def configurations(one: int) -> list[torch.Tensor]:
    """For every start, the units of all layers that contribute."""
    trees = [
        contributions(forward(network, behind, picture), unit=one, position=first.spatial) for picture in found[one].x
    ]
    return [torch.cat([level.contributing.flatten() for level in levels[1:]]) for levels in trees]


# %%
run.claim("sec-4.different-starts", [share_apart(view(f.x)) for f in found.values()])
run.claim("sec-4.different-change", [share_apart(change[one]) for one in units])
run.claim("sec-4.or-decay", [share_apart(view(f.x)) for f in bounded.values()])
shared = []
for one in [] if no_trees else units:
    sets = configurations(one)
    pairs = [float((sets[a] & sets[b]).sum() / (sets[a] | sets[b]).sum().clamp(min=1)) for a, b in couples]
    shared.append(sum(pairs) / len(pairs))
run.claim("sec-4.different-masks", shared, missing="trees of contributions")
outside = torch.ones(start.shape[-2:], dtype=torch.bool, device=run.device)
outside[box.top : box.bottom, box.left : box.right] = False
moved = [((f.x - start) != 0).any(dim=1)[:, outside] for f in found.values()]
run.claim("sec-4.within-view", [float(m.float().mean()) if m.numel() else 0.0 for m in moved])

# %%
from helpers.plots.conditions import by_condition

run.figure(
    by_condition(
        {
            "correlation of two starts": {
                "results": [float(alike(view(f.x)).mean()) for f in found.values()],
                "changes": [float(alike(change[one]).mean()) for one in units],
                "results, bounded": [float(alike(view(f.x)).mean()) for f in bounded.values()],
            }
        },
        level={"correlation of two starts": 0.9},
    ),
    alt="Mean correlation of the results of two starts, of the changes made by the ascent, and of results with a bound on length; a line per unit.",
    caption="How alike two starts end: a point per unit; bars are the mean and its 95 % interval; dotted, 0.9.",
)

# %% [markdown]
# In the narrow network two starts have nothing in common, neither as they are nor in what the ascent did, and a bound on
# the image's length does not change that. The small patterns that excite a unit can stand anywhere in the field.
#
# ## Images and exact filters
#
# Does the change resemble the images that excite the unit, or the exact filters of the unit on these images?

# %%
top = {one: values[:, one].argsort(descending=True)[:4].tolist() for one in units}
filters: dict[tuple[int, int], torch.Tensor] = {}  # (image, unit) -> exact filter within the field of view
for k in tqdm(sorted({k for ks in top.values() for k in ks}), disable=None):
    back = attribute(forward(network, layer, prepared(k)), GRADIENT, position=first.spatial, units=units)
    filters |= {(k, one): signal for one, signal in zip(units, back.signal, strict=True)}
normalised = {key: signal / signal.norm().clamp(min=1e-12) for key, signal in filters.items()}
template = {one: torch.stack([normalised[k, one] for k in top[one]]).mean(dim=0) for one in units}


def likeness(one: int, other: torch.Tensor) -> float:
    """Correlation of what the ascent of a unit changed with another picture, mean over the starts."""
    return float(correlation(change[one].flatten(1), other.flatten()).mean())


# %%
run.claim(
    "sec-4.no-image",
    [
        float(
            torch.stack([luminance_correlation(view(found[one].x), view(prepared(k))).abs() for k in top[one]]).mean()
        )
        for one in units
    ],
)
own = [likeness(one, template[one]) for one in units]
several = units if len(units) > 1 else []
foreign = [sum(likeness(one, template[two]) for two in units if two != one) / (len(units) - 1) for one in several]
at_images = [sum(likeness(one, filters[k, one]) for k in top[one]) / len(top[one]) for one in units]
at_the_top = []
for one in units:
    ends = [
        attribute(forward(network, layer, p), GRADIENT, position=first.spatial, units=[one]).signal[0]
        for p in found[one].x
    ]
    pairs = [correlation(c.flatten(), end.flatten()) for c, end in zip(change[one], ends, strict=True)]
    at_the_top.append(float(torch.stack(pairs).mean()))
run.claim("sec-4.a-filter", own)
run.claim("sec-4.a-filter-of-this-unit", {"other units": foreign, "own unit": own}, missing="a layer of several units")
run.claim("sec-4.a-filter-at-the-top", {"at images": at_images, "at the top": at_the_top})

# %%
heights = {
    "images": [float(torch.stack([spectral_centroid(view(prepared(k))) for k in top[one]]).mean()) for one in units],
    "change": [float(spectral_centroid(change[one]).mean()) for one in units],
}
run.claim("sec-4.alternates", heights)
run.figure(
    by_condition(
        {
            "correlation with the change": {
                "exact filter at the top": at_the_top,
                "filters at images, their mean": own,
                "filters at images, each": at_images,
                "filters of other units": foreign or [float("nan")] * len(units),
                "images, grey levels": [
                    sum(likeness(one, view(prepared(k))) for k in top[one]) / len(top[one]) for one in units
                ],
            }
        },
        level={"correlation with the change": 0.0},
    ),
    alt="Correlation of the change made by the ascent with exact filters and with images; a line per unit.",
    caption="What the ascent's change is like: a point per unit; bars are the mean and its 95 % interval.",
)

# %%
run.figure(
    grid(
        {
            f"unit {one}": {
                "image": inspected.x[top[one][0]],
                "its exact filter": filters[top[one][0], one],
                "mean filter": template[one],
                "change by ascent": change[one][0],
            }
            for one in units[:3]
        },
        signed=["its exact filter", "mean filter", "change by ascent"],
    ),
    alt="For three units: the image that excites each most, the exact filter on it, the mean of four filters, and the change that one ascent made.",
    caption="Filters of images and the change made by an ascent (means over the colours), each on its own scale.",
)

# %% [markdown]
# In the narrow network, what the ascent draws is an exact filter, but that of the region of linearity in which it arrives: with those of images
# it shares no more than with the filters of other units. So it is no other way to the filters of section 3.1. Each start and
# each image has a filter of its own, which is once more the logical *or* of section 2.

# %%
run.finish()
