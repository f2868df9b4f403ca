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
# # The field of view
#
# When a unit of layer 13 is active on an image, a tree of units below it has made it so. Figure 3 of the study draws
# such a tree for a small network: the connections that could contribute, the units that are active, and those that
# contribute. Here the field of view of every layer is computed and checked, and the tree of real activations counted:
# how much of it is used, and whether different images use the same (sections 2 and 4: a unit is a logical *or* of many
# configurations).

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "vgg16"  # a network's name, or the path of a description of your own
images = "auto"  # a folder or tar file, imagenette or patterns; auto: what fits the network
layer = "auto"  # the layer of the units that are looked at; auto: a deep one, here relu5_3
unit = "auto"  # the unit whose tree is drawn; auto: the one that the image excites most
image = 0  # the image on which it is drawn, of those drawn for this page

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
from itertools import pairwise

import numpy as np
import torch

from helpers.attribution.contributions import contributions
from helpers.attribution.forward_pass import forward
from helpers.data.images import open_images
from helpers.hooks import layer_table
from helpers.hooks.recording import record
from helpers.models.vgg import VGG16
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs
from helpers.studies.probing.choice import evenly
from helpers.studies.probing.fields import of_known_field, width_of_images
from helpers.studies.probing.trees import between, count_trees, refusal_of_trees, same_image, same_unit

run = runs.start("probing/02_field_of_view", globals(), **PARAMETERS)

# %%
inspected = load_inputs(run, count=run.by_scale(smoke=4, laptop=48, paper=200))
network, layer = inspected.network, inspected.layer.name
width = width_of_images(network, inspected.prepare.size)
listed = of_known_field(network, width)[:13]  # as many as the study has
no_trees = refusal_of_trees(network, layer, inspected.prepare.size)
if not listed:
    print("The field of view is not checked: it is not known of any convolution of this network.")
if no_trees:
    print(f"No trees are counted: {no_trees}.")


def prepared(number: int) -> torch.Tensor:
    """An image as the network takes it."""
    return inspected.prepare(inspected.x[[number]])[0]


# %% [markdown]
# ## By arithmetic
#
# A convolution of side $k$ widens the field of view by $k - 1$ of its own steps, a pooling widens it and lengthens the
# steps. For VGG16 this gives:

# %%
with torch.device("meta"):
    published = {
        entry.name: entry.receptive_field for entry in layer_table.layers(VGG16(), 224) if entry.kind == "Conv2d"
    }
for number, (name, receptive_field) in enumerate(published.items(), 1):
    print(
        f"layer {number:2}, {name}: {receptive_field.size[0]:3} × {receptive_field.size[1]:3} pixels, a step every {receptive_field.jump[0]:2}"
    )
widths = [receptive_field.size[0] for receptive_field in published.values()]
run.claim("sec-2.scales-grow", all(small < large for small, large in pairwise(widths)))

# %% [markdown]
# A unit of layer 13 sees 196 pixels of 224 a side, so that "what is at a place of layer 13" is nearly the whole image,
# and in the small images of this book's own network all of it.
#
# ## By the gradient
#
# A pixel has influence on a unit if the gradient there is not 0. One backward pass from all units of a place, each
# times a random number, finds all pixels that any of them depends on. The images are 224 pixels wide here, whatever
# the network was trained on, to leave room around the fields (unless it takes no others than those).

# %%
wide = open_images(inspected.source, size=width).choose(run.by_scale(smoke=2, laptop=12, paper=60), seed=seed)
random = torch.Generator().manual_seed(seed)

# %%
outside, maps, reached = [], {}, {}
for batch in wide.batches(1, device=run.device) if listed else ():
    inputs = inspected.prepare(batch.x).requires_grad_()
    with record(network, [entry.name for entry in listed], stop=True, detach=False) as outputs:
        network(inputs)
    wrong = 0
    for entry in listed:
        output = outputs[entry.name]
        row, column = (points // 2 for points in entry.shape[1:])
        window = entry.receptive_field.window(row, column)
        mixed = (output[0, :, row, column] * torch.randn(entry.shape[0], generator=random).to(output)).sum()
        (gradient,) = torch.autograd.grad(mixed, inputs, retain_graph=True)
        seen = (gradient[0] != 0).any(dim=0).cpu()
        wrong += int(seen.sum() - seen[window.slices].sum())
        reached[entry.name] = reached.get(entry.name, False) | seen[window.slices]
        maps.setdefault(entry.name, (gradient[0].abs().sum(dim=0).cpu(), window))
    outside.append(wrong / (len(listed) * width**2))

# %%
from helpers.plots.images import grid

needed = "a convolution whose field of view is known"
run.claim("check.field-of-view.outside", outside, missing=needed)
inside = [float(inner.float().mean()) for inner in reached.values()]
run.claim("check.field-of-view.inside", np.mean(inside) if inside else None, missing=needed)
drawn = [
    maps_of.name for maps_of in ([listed[k - 1] for k in (4, 7, 9, 13)] if len(listed) == 13 else evenly(listed, 4))
]
if drawn:
    run.figure(
        grid(
            {"gradient": {name: maps[name][0].sqrt() for name in drawn}},
            boxes={("gradient", name): maps[name][1] for name in drawn},
        ),
        alt="The magnitude of the gradient in the image for the middle place of some layers; a frame around each field of view.",
        caption="Influence of the pixels on the units at the middle of some layers (square root of the gradient's magnitude), for one image. The frame is the computed field of view; outside, the gradient is exactly 0.",
    )

# %% [markdown]
# The frame holds everything. Within it, the middle counts more than the rim, to which few paths lead.
#
# ## The tree of one activation
#
# An entry below contributes if a path leads from it to the unit at the top, over active units only, and through each
# pooling as the largest of its window. A connection leads from an entry that is not 0 to a unit that contributes.

# %%
if not no_trees:
    passage = forward(network, layer, prepared(image))
    place = inspected.strongest(image)
    levels = contributions(passage, unit=place.unit, position=place.spatial)
    print(f"{place}, of {layer}, on image {image}")
    for level in levels[:-1]:
        potential, part = level.active.numel(), int(level.contributing.sum())
        print(
            f"{level.layer:8} {potential:9,} units in the field, {int(level.active.sum()):7,} active, {part:7,} contribute; "
            f"{level.used:12,} of {level.potential:14,} connections used"
        )

# %%
if not no_trees:
    columns = between(levels)
    chosen = [columns[k] for k in np.unique(np.linspace(0, len(columns) - 1, 6).astype(int))]
    counted = {level.layer: level.contributing.sum(dim=0).float().cpu() for level in chosen}
    active = {level.layer: level.active.sum(dim=0).float().cpu() for level in chosen}
    run.figure(
        grid({"active": active, "contributing": counted}),
        alt="For some layers, maps of the number of active units at each place, and of those that contribute.",
        caption=f"The tree of unit {place.unit} on image {image}: units active at each place of the field (above), and those of them that contribute (below).",
    )

# %% [markdown]
# ## Trees of many activations
#
# The same count for up to eight units on every image: at the place of the layer where most units are active on
# average, those units that are active there on most images.

# %%
trees = None if no_trees else count_trees(network, layer, prepared, len(inspected.x))
known = np.zeros(0, dtype=int) if trees is None else np.flatnonzero(~np.isnan(trees.used).all(axis=1))
# known: the images on which one of the units is active

# %%
from helpers.plots.depth import spread_by_layer

needed = "trees of a layer that is active on an image"
run.claim("fig-3.few-connections", np.nanmean(trees.used[known], axis=1) if len(known) else None, missing=needed)
run.claim("fig-3.active-without-part", np.nanmean(trees.idle[known], axis=1) if len(known) else None, missing=needed)
if len(known):
    run.figure(
        spread_by_layer(
            {name: np.nanmean(getattr(trees, name)[known], axis=1) for name in ("active", "contributing")},
            [name.removeprefix("relu") for name in trees.levels],
            y_label="share of the field of view",
        ),
        alt="Share of the units in the field of view that are active, and that contribute, layer by layer, over the images.",
        caption="Units in the field of view that are active, and those that contribute: median, middle half (thick), middle 90 % (thin) over images.",
    )

# %% [markdown]
# In VGG16, between poolings whatever is active contributes, since a kernel joins all channels and its neighbours; in front of a
# pooling, only the largest of a window does.
#
# ## Is the unit a logical *or*?
#
# Two images that excite the same unit at the same place: how much of the tree do they share? The measure is the number
# of units that contribute on both, over the number that contribute on either (Jaccard): 1 for the same configuration.
# And two units on the same image?

# %%
by_unit = same_unit(trees) if trees else {}
by_image = same_image(trees) if trees else {}
needed = "trees of one unit on two images"
run.claim("sec-2.or-distinct", [np.mean([v < 1 for v in pairs.values()]) for pairs in by_unit.values()], missing=needed)
run.claim("sec-2.or-different", [np.mean(list(pairs.values())) for pairs in by_unit.values()], missing=needed)
across = {
    k: np.mean([value for pairs in by_unit.values() for pair, value in pairs.items() if k in pair])
    for k in by_image
    if any(k in pair for pairs in by_unit.values() for pair in pairs)
}
compared = {
    "one unit, two images": [across[k] for k in across],
    "two units, one image": [np.mean(by_image[k]) for k in across],
}
run.claim(
    "beyond.tree-of-the-place",
    [np.mean(values) for values in by_image.values()],
    missing="trees of two units on one image",
)

# %%
from helpers.plots.conditions import by_condition

if across:
    run.figure(
        by_condition({"overlap of the trees": compared}),
        alt="Overlap of contributing units for one unit on two images, and for two units on one image; a line per image.",
        caption="How much two trees have in common: a point per image, joined by lines; bars are the mean and its 95 % interval.",
    )

# %% [markdown]
# In VGG16, two units of one place have the same tree, to the last unit: a kernel joins all channels, so that whatever is active
# below reaches every unit above. Figure 3 is a picture of an image and a place; what makes a unit different from its
# neighbours is not in it, but in the weights.
#
# ## Two sources
#
# For the number of linear regions, which grows exponentially with the layers, the study names two works of its list:

# %%
references = {  # number in the list -> authors, title, year
    7: ("Montúfar, Pascanu, Cho, Bengio", "On the number of linear regions of deep neural networks", 2014),
    8: ("Montúfar, Pascanu, Cho, Bengio", "On the number of linear regions of deep neural networks", 2014),
}
run.claim("sec-1.two-sources", references[7] != references[8])

# %% [markdown]
# They are one paper, listed twice.

# %%
run.finish()
