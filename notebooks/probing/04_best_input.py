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
# figure 6); the study sees no image in them, and takes them for another way to obtain the exact filter. Here the ascents
# of several starts and units are compared with each other, with images, and with the exact filters of
# [the page on the ways back](03_four_ways_back.ipynb).

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # decides the images and the starts
device = "auto"  # auto, cpu or cuda
model = "vgg16"  # a network's name, or the path of a description of your own
images = "auto"  # a folder or tar file, imagenette, photographs or patterns; auto: what fits the network
layer = "auto"  # a layer before its ReLU: behind it, a silent unit has no gradient; auto: a deep one, here conv5_3
unit = "auto"  # the unit of figure 5; auto: the one that the image excites most
image = 0  # the image that decides which, of those that are shown
starts = 3  # random images to start from
spread = 1.0  # standard deviation of their pixels, in units of that of the images
steps = 16
rate = 0.1  # length of the first step, as a share of the length of the start
batch = 16  # images that go through the network at once: fewer take less memory

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import torch
from tqdm import tqdm

from helpers.ascent.activation import activation
from helpers.ascent.parametrisations import gaussian_starts
from helpers.attribution.contributions import contributions
from helpers.attribution.forward_pass import forward
from helpers.data.photographs import credits
from helpers.metrics.activations import Position
from helpers.metrics.images import luminance, spectral_centroid
from helpers.metrics.similarity import correlation
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs

# %% tags=["hide-cell"]
from helpers.studies.probing import networks
from helpers.studies.probing.best_input import (
    correlations,
    deviation,
    growth,
    layer_before_rectifier,
    layer_of_trees,
    range_of_images,
    search,
    share_apart,
)
from helpers.studies.probing.measures import as_colours, energy_box, largest_correlation, widened
from helpers.studies.probing.overlap import jaccard_beyond_chance
from helpers.studies.probing.part_in_view import part_in_view
from helpers.studies.probing.passes import Passes

# %% tags=["hide-input"]
run = runs.start(
    "probing/04_best_input",
    globals(),
    starts=runs.Integer(2, 1_000),
    spread=runs.Number(0, 100),
    steps=runs.Integer(10, 100_000),
    rate=runs.Number(1e-6, 1_000),
    **PARAMETERS,
)

# %% tags=["hide-cell"]
COUNT = run.by_scale(smoke=12, laptop=100, paper=1_000)  # images among which the strongest are looked for
inspected = load_inputs(run, count=COUNT, choose=layer_before_rectifier)
network, prepare, layer = inspected.network, inspected.prepare, inspected.layer.name
in_its_place = model == "vgg16" and not networks.is_studys(inspected.loaded)
if in_its_place:
    print(networks.why_not_the_studys(inspected.loaded))
behind, no_trees = layer_of_trees(network, layer, prepare.size)
if no_trees:
    print(f"Different starts are not compared in their trees: {no_trees}.")
passes = Passes(network, prepare(inspected.x[:8]))


def judge(claim_id, values=None, *, needs=""):
    """Report a claim about the network that the page looks at; about the study's only where that is the network."""
    if in_its_place:
        values, needs = None, networks.MISSING
    run.claim(claim_id, values, missing=needs)


# %% [markdown]
# ## The search
#
# The study's rule is the plain gradient times a rate. Rates mean different things in networks whose gradients differ in
# size, so the rate here is that share of the start's length by which the first step moves; the pixels of a start have
# the standard deviation of the images. All units are looked at in the middle of the layer, from where a unit of the
# study's layer 13 sees less than the whole image; only what it sees has to be computed.

# %%
place = tuple(side // 2 for side in inspected.layer.positions)
part = part_in_view(network, layer, place, size=prepare.size, unit_axis=inspected.layer.unit_axis)
inputs = torch.cat([part.cut(prepare(few)) for few in inspected.x.split(batch)])
values = torch.cat([part.activations(few) for few in inputs.split(batch)])  # (image, unit)
shown = part.cut(prepare(inspected.shown[[image % len(inspected.shown)]]))
chosen = int(part.activations(shown)[0].argmax()) if inspected.unit is None else inspected.unit
often = (values > 0).float().mean(dim=0)
others = [one for one in often.argsort(descending=True).tolist() if one != chosen]
units = [chosen, *others[: run.by_scale(smoke=1, laptop=3, paper=31)]]
unit_of_images = deviation(inputs)
start = spread * unit_of_images * gaussian_starts(starts, tuple(inputs.shape[1:]), seed=seed, spread=1.0).to(inputs)
count = run.by_scale(smoke=10, laptop=steps, paper=10 * steps)
how = {"rate": rate, "steps": count, "batch": batch}

# %% tags=["hide-cell"]
bounds = range_of_images(prepare, device=run.device)
within_images = start.clamp(*bounds)
found, imaged, held = {}, {}, {}
for one in tqdm(units, disable=None):
    found[one] = search(part, one, start, **how)
    imaged[one] = search(part, one, within_images, bounds=bounds, **how)
for one in run.by_scale(smoke=units[:1], laptop=units[:1], paper=units):
    held[one] = search(part, one, start, decayed=True, **how)
change = {one: best.x - start for one, best in found.items()}

# %% [markdown]
# ## Figure 5
#
# The chosen unit: where its starts ended, what the ascent changed, and where the starts ended when every step was cut
# to what an image can be.

# %% tags=["hide-input"]
from helpers.plots.images import grid

few = range(min(4, starts))
best = found[chosen].x
as_images = prepare.inverse(best)
low, high = (as_images.amin((1, 2, 3), keepdim=True), as_images.amax((1, 2, 3), keepdim=True))
run.figure(
    grid(
        {
            "result": {f"start {k + 1}": ((as_images - low) / (high - low))[k] for k in few},
            "change": {f"change {k + 1}": change[chosen][k] for k in few},
            "as an image": {f"image {k + 1}": prepare.inverse(imaged[chosen].x)[k] for k in few},
        },
        signed=[f"change {k + 1}" for k in few],
    ),
    alt="The pictures to which some random starts led, what the ascent changed in each, and the images to which the bounded search led.",
    caption=f"Figure 5: {Position(chosen, place)} of {layer}, the field of view, {part.window.height} × {part.window.width} pixels. Above, the results, stretched to the range of an image; in the middle, the change from the start (mean over the colours), red raised and blue lowered; below, the results of the search among images.",
)

# %% tags=["hide-input"]
from helpers.plots.curves import lines

some = list(range(0, count, max(1, count // 20)))
courses = {
    f"unit {one}{said}": kind[one].history[:, some].cpu()
    for said, kind in (("", found), (", among images", imaged))
    for one in units[:2]
}
run.figure(
    lines(some, courses, x_label="step", y_label="activation"),
    alt="The activation of units over the steps of the ascent, without bounds and among images.",
    caption="The course of the ascent: mean and 95% interval over the starts.",
)
run.claim("sec-4.figure")
run.claim("sec-4.as-suggested")
largest = {one: max(float(values[:, one].max()), 1e-12) for one in units}
above = {one: float(best.value.mean()) / largest[one] for one, best in found.items()}
above_imaged = {one: float(best.value.mean()) / largest[one] for one, best in imaged.items()}
judge("sec-4.maximises", torch.tensor(list(above.values())).clamp_min(1e-12).log10())
judge("sec-4.converges", [growth(best) for best in found.values()])
judge("beyond.pixels.maximises", torch.tensor(list(above_imaged.values())).clamp_min(1e-12).log10())
judge("beyond.pixels.converges", [growth(best) for best in imaged.values()])


# %% tags=["hide-input"]
def typical(values):
    """A median in the digits that a sentence can bear."""
    return f"{float(torch.as_tensor(list(values)).float().median()):.3g}"


run.say(
    f"In the median over {len(units)} units the ascent reaches {typical(above.values())} times the largest activation "
    f"that any of {len(values)} images gives at this position, and among images {typical(above_imaged.values())} times. "
    f"Over the last tenth of the steps the activation still grows by {typical(growth(b) for b in found.values())} of "
    f"the value reached, among images by {typical(growth(b) for b in imaged.values())}."
)

# %% [markdown]
# ### Is there a best input?
#
# Nothing bounds the pixels in equation 10. Within one region of linearity the activation is an affine function, and a
# longer step along its filter gives more. Does ten times the found image excite the unit more than the found image, in
# double precision?

# %% tags=["hide-input"]
exactly = part.in_double()
no_more = []
for one, best in found.items():
    objective = exactly.objective(one)
    with torch.no_grad():
        no_more.append(bool((objective(10 * best.x.double()) <= objective(best.x.double())).any()))
judge("eq-10.maximum", no_more)

# %% [markdown]
# ## Different starts
#
# How alike is what the ascent made of two starts; and the units through which they excite the unit (the trees of
# [the page on the field of view](02_field_of_view.ipynb))? Two sets of units share some by chance: 0 is what independent
# sets of their sizes share, 1 the same set.


# %%
def contributing(one, picture):
    """For every layer below, the units that contribute at the found picture."""
    whole = torch.zeros(1, *network_input, device=run.device)
    whole[..., *part.window.slices] = picture
    tree = contributions(forward(network, behind, whole[0]), unit=one, position=place or None)
    return [level.contributing for level in tree[1:-1]]


network_input = tuple(prepare(inspected.x[:1]).shape[1:])
shared = []
for one in [] if no_trees else units:
    sets = [contributing(one, picture) for picture in found[one].x]
    pairs = [(a, b) for k, a in enumerate(sets) for b in sets[:k]]
    shared.append(sum(jaccard_beyond_chance(a, b) for a, b in pairs) / len(pairs))

# %% tags=["hide-input"]
from helpers.plots.conditions import by_condition

imaged_change = {one: best.x - within_images for one, best in imaged.items()}
judge("sec-4.different-starts", [share_apart(change[one]) for one in units])
judge("beyond.pixels.different", [share_apart(imaged_change[one]) for one in units])
judge("beyond.decay.different", [share_apart(best.x - start) for best in held.values()])
judge("sec-4.different-masks", shared, needs="trees of contributions")
whole = prepare(inspected.x[:1]).requires_grad_()
outside = []
for one in units:
    with torch.enable_grad():
        value = activation(network, layer, one, position=place or None, unit_axis=inspected.layer.unit_axis)(whole)
    (slope,) = torch.autograd.grad(value.sum(), whole)
    slope[..., *part.window.slices] = 0
    outside.append(float((slope != 0).any(dim=1).float().mean()))
all_seen = part.cut(whole).shape == whole.shape
judge("sec-4.within-view", None if all_seen else outside, needs="units that do not see the whole image")

# %% tags=["hide-input"]
run.figure(
    by_condition(
        {
            "correlation of two starts": {
                "changes": [float(correlations(change[one]).mean()) for one in units],
                "changes, among images": [float(correlations(imaged_change[one]).mean()) for one in units],
            }
        },
        level={"correlation of two starts": 0.9},
    ),
    alt="Mean correlation of what the ascent changed in two starts, without bounds and among images; a line per unit.",
    caption="How alike the ascents of two starts are: a point per unit; bars are the mean and its 95% interval; dotted, 0.9.",
)

# %% [markdown]
# ## Images and exact filters
#
# Does the change resemble the images that excite the unit, or the exact filters of the unit on these images? And are
# the exact filters stored parts of those images?

# %% tags=["hide-cell"]
top = {one: values[:, one].argsort(descending=True)[:4].tolist() for one in units}
filters = {one: part.gradient(one, inputs[top[one]]) for one in units}  # (image, channel, row, column)
ends = {one: part.gradient(one, found[one].x) for one in units}
unit_length = {one: f / f.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None, None] for one, f in filters.items()}
template = {one: f.mean(dim=0) for one, f in unit_length.items()}


def likeness(one, other):
    """Correlation of what the ascent of a unit changed with another picture, mean over the starts."""
    return float(correlation(change[one].flatten(1), other.flatten()).mean())


def in_images(pictures, one):
    """The largest correlation of each picture, in the box of its energy, with the unit's four strongest images."""
    pictures, seen = (as_colours(x, prepare.order) for x in (pictures, inputs[top[one]]))
    box = energy_box(pictures)
    return largest_correlation(luminance(pictures[..., *box.slices]), luminance(widened(seen, box)))  # (picture, image)


# %% tags=["hide-input"]
judge("sec-4.no-image", [float(in_images(change[one], one).mean()) for one in units])
judge("sec-1.no-stored-patches", [float(in_images(filters[one], one).amax(dim=1).mean()) for one in units])
own = [likeness(one, template[one]) for one in units]
several = units if len(units) > 1 else []
foreign = [sum(likeness(one, template[two]) for two in units if two != one) / (len(units) - 1) for one in several]
at_images = [sum(likeness(one, f) for f in filters[one]) / len(filters[one]) for one in units]
at_the_top = [float(correlation(change[one].flatten(1), ends[one].flatten(1)).mean()) for one in units]
judge("sec-4.a-filter", own)
judge("beyond.filter-of-this-unit", {"other units": foreign, "own unit": own}, needs="a layer of several units")
judge("beyond.filter-at-the-top", {"at images": at_images, "at the top": at_the_top})
heights = {
    "images": [float(spectral_centroid(inputs[top[one]]).nanmean()) for one in units],
    "change": [float(spectral_centroid(change[one]).mean()) for one in units],
}
judge("sec-4.alternates", heights)

# %% tags=["hide-input"]
run.figure(
    by_condition(
        {
            "correlation with the change": {
                "exact filter at the top": at_the_top,
                "filters at images, their mean": own,
                "filters at images, each": at_images,
                "filters of other units": foreign or [float("nan")] * len(units),
            }
        },
        level={"correlation with the change": 0.0},
    ),
    alt="Correlation of the change made by the ascent with exact filters of the same unit at the top, at images, and of other units; a line per unit.",
    caption="What the ascent's change is like: a point per unit; bars are the mean and its 95% interval.",
)

# %% tags=["hide-input"]
published = images == "auto" and inspected.source != "patterns"
credited = f" Photographs: {credits()}." if published else ""
at_shown = part.gradient(chosen, shown)[0]
pictures = {
    "the image": prepare.inverse(shown)[0],
    "its exact filter\n": at_shown,
    f"mean filter of images\n{likeness(chosen, template[chosen]):.2f}": template[chosen],
    f"filter at the top\n{float(correlation(change[chosen][0].flatten(), ends[chosen][0].flatten())):.2f}": ends[
        chosen
    ][0],
    "change by ascent\n": change[chosen][0],
}
run.figure(
    grid({f"unit {chosen}": pictures}, signed=list(pictures)[1:]),
    alt="An image, the exact filter of the unit on it, the mean filter on the images that excite it most, the filter where an ascent ended, and what that ascent changed.",
    caption=f"Filters and the change made by an ascent (means over the colours), each on its own scale; numbers are correlations with the change.{credited}",
)

# %% [markdown]
# ## The narrow network
#
# The same search in the narrow VGG16 of this book, which was trained on drawn images of 64 pixels.

# %% tags=["hide-input"]
ELSEWHERE = ("model", "images", "layer", "unit", "image")
narrow = networks.narrow_inputs(run, inspected, count=COUNT)
small = narrow.prepare(narrow.x)
its = part_in_view(narrow.network, "conv5_3", (2, 2), size=narrow.prepare.size, unit_axis=1)
its_values = its.activations(its.cut(small))
its_units = (its_values > 0).float().mean(dim=0).argsort(descending=True)[: len(units)].tolist()
its_start = deviation(small) * gaussian_starts(starts, tuple(its.cut(small).shape[1:]), seed=seed, spread=1.0)
its_start = its_start.to(run.device)
ascents = [search(its, one, its_start, **how) for one in its_units]
run.claim("sec-4.converges.narrow", [growth(one) for one in ascents], independent_of=ELSEWHERE)
run.claim(
    "sec-4.different-starts.narrow", [share_apart(one.x - its_start) for one in ascents], independent_of=ELSEWHERE
)
like_filter = []
for one, ascent in zip(its_units, ascents, strict=True):
    strongest_ones = its.cut(small)[its_values[:, one].argsort(descending=True)[:4]]
    at_them = its.gradient(one, strongest_ones).flatten(1)
    mean_filter = (at_them / at_them.norm(dim=1, keepdim=True).clamp(min=1e-12)).mean(dim=0)
    like_filter.append(float(correlation((ascent.x - its_start).flatten(1), mean_filter).mean()))
run.claim("sec-4.a-filter.narrow", like_filter, independent_of=ELSEWHERE)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
called = networks.NARROW if networks.is_narrow(inspected.loaded) else inspected.loaded.name
called = networks.STUDYS if networks.is_studys(inspected.loaded) else called
run.say(
    f"All numbers are of {called}. The study says that the ascent converges, each time to another picture. That it "
    f"comes to rest: *{run.verdict('sec-4.converges')}*. That equation 10 has a maximum: "
    f"*{run.verdict('eq-10.maximum')}*; ten times the found image excites the unit more for "
    f"{len(units) - sum(no_more)} of {len(units)} units. That different starts end differently: "
    f"*{run.verdict('sec-4.different-starts')}*, and among images *{run.verdict('beyond.pixels.different')}*."
)
run.say(
    f"That the picture resembles no image: *{run.verdict('sec-4.no-image')}*. That it is another way to the exact "
    f"filter: *{run.verdict('sec-4.a-filter')}*; its correlation with the filters of images is {typical(own)} in the "
    f"median, with the filter where the ascent ended {typical(at_the_top)}. That exact filters are no stored parts of "
    f"the images that excite the unit: *{run.verdict('sec-1.no-stored-patches')}*."
)
passes.say(run)

# %% tags=["hide-input"]
run.finish()
