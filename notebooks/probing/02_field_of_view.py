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
layer = "relu5_3"  # the layer of the units that are looked at
unit = -1  # the unit whose tree is drawn; -1 is the one that the image excites most
image = 0  # the image on which it is drawn, of those drawn for this page

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
from itertools import combinations, pairwise

import numpy as np
import torch

from helpers.attribution.contributions import contributions
from helpers.attribution.forward_pass import forward
from helpers.data.images import open_images
from helpers.hooks import layer_table
from helpers.hooks.recording import record
from helpers.metrics.activations import most_active_position, strongest
from helpers.models.vgg import VGG16
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs

run = runs.start("probing/02_field_of_view", globals(), **PARAMETERS)

# %%
inspected = load_inputs(run, count=run.by_scale(smoke=4, laptop=48, paper=200))

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
# the network was trained on, to leave room around the fields.

# %%
listed = [
    entry
    for entry in layer_table.layers(inspected.network, 224)
    if entry.kind == "Conv2d" and entry.receptive_field is not None
]
listed = listed[:13]  # those of the study
wide = open_images(inspected.source, size=224).choose(run.by_scale(smoke=2, laptop=12, paper=60), seed=seed)
random = torch.Generator().manual_seed(seed)

# %%
outside, maps, reached = [], {}, {}
for batch in wide.batches(1, device=run.device):
    inputs = inspected.prepare(batch.x).requires_grad_()
    with record(inspected.network, [entry.name for entry in listed], stop=True, detach=False) as outputs:
        inspected.network(inputs)
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
    outside.append(wrong / (len(listed) * 224**2))

# %%
from helpers.plots.images import grid

run.claim("check.field-of-view.outside", outside)
run.claim("check.field-of-view.inside", np.mean([float(inner.float().mean()) for inner in reached.values()]))
drawn = [entry.name for k, entry in enumerate(listed, 1) if k in (4, 7, 9, 13)]
run.figure(
    grid(
        {"gradient": {name: maps[name][0].sqrt() for name in drawn}},
        boxes={("gradient", name): maps[name][1] for name in drawn},
    ),
    alt="The magnitude of the gradient in the image for the middle place of four layers; a frame around each field of view.",
    caption="Influence of the pixels on the units at the middle of four layers (square root of the gradient's magnitude), for one image. The frame is the computed field of view; outside, the gradient is exactly 0.",
)

# %% [markdown]
# The frame holds everything. Within it, the middle counts more than the rim, to which few paths lead.
#
# ## The tree of one activation
#
# An entry below contributes if a path leads from it to the unit at the top, over active units only, and through each
# pooling as the largest of its window. A connection leads from an entry that is not 0 to a unit that contributes.

# %%
passages = [forward(inspected.network, layer, inspected.prepare(one[None])[0]) for one in inspected.x]
place = strongest(passages[image].activation, unit=unit)
levels = contributions(passages[image], unit=place.unit, position=place.spatial)
print(f"unit {place.unit} of {layer} at row {place.row}, column {place.column}, on image {image}")
for level in levels[:-1]:
    potential, part = level.active.numel(), int(level.contributing.sum())
    print(
        f"{level.layer:8} {potential:9,} units in the field, {int(level.active.sum()):7,} active, {part:7,} contribute; "
        f"{level.used:12,} of {level.potential:14,} connections used"
    )

# %%
columns = [level for level in levels if level.layer != "image"][:-1]
chosen = [columns[k] for k in np.unique(np.linspace(0, len(columns) - 1, 6).astype(int))]
counted = {level.layer: level.contributing.sum(dim=0).float().cpu() for level in chosen}
active = {level.layer: level.active.sum(dim=0).float().cpu() for level in chosen}
run.figure(
    grid({"active": active, "contributing": counted}),
    alt="For six layers, maps of the number of active units at each place, and of those that contribute.",
    caption=f"The tree of unit {place.unit} on image {image}: units active at each place of the field (above), and those of them that contribute (below).",
)

# %% [markdown]
# ## Trees of many activations
#
# The same count for up to eight units on every image: at the place of the layer where most units are active on
# average, those units that are active there on most images.

# %%
activity = torch.stack([passage.activation for passage in passages]) > 0  # (image, unit, row, column)
position = most_active_position(activity.float().mean(dim=0).round(decimals=6) * activity.any(dim=0))
often = activity[:, :, position[0], position[1]].float().mean(dim=0).argsort(descending=True)[:8].tolist()
trees: dict[tuple[int, int], np.ndarray] = {}  # (image, unit) -> which units contribute, packed
share = {name: np.full((len(passages), len(often)), np.nan) for name in ("used", "active", "contributing", "idle")}
by_level = {name: np.full((len(passages), len(often), len(columns)), np.nan) for name in ("active", "contributing")}
for k, passage in enumerate(passages):
    for j, one in enumerate(often):
        if not activity[k, one, position[0], position[1]]:
            continue
        found = contributions(passage, unit=one, position=position)
        below = [level for level in found[:-1] if level.layer != "image"]
        share["used"][k, j] = sum(level.used for level in found) / sum(level.potential for level in found)
        share["idle"][k, j] = any(bool((level.active & ~level.contributing).any()) for level in below)
        for i, level in enumerate(below):
            by_level["active"][k, j, i] = level.active.float().mean()
            by_level["contributing"][k, j, i] = level.contributing.float().mean()
        flat = torch.cat([level.contributing.flatten() for level in below])
        trees[k, one] = np.packbits(flat.cpu().numpy())

# %%
from helpers.plots.depth import spread_by_layer

known = ~np.isnan(share["used"]).all(axis=1)  # images on which one of the units is active
run.claim("fig-3.few-connections", np.nanmean(share["used"][known], axis=1))
run.claim("fig-3.active-without-part", np.nanmean(share["idle"][known], axis=1))
run.figure(
    spread_by_layer(
        {name: np.nanmean(values[known], axis=1) for name, values in by_level.items()},
        [level.layer.removeprefix("relu") for level in columns],
        y_label="share of the field of view",
    ),
    alt="Share of the units in the field of view that are active, and that contribute, layer by layer, over the images.",
    caption="Units in the field of view that are active, and those that contribute: median, middle half (thick), middle 90 % (thin) over images.",
)

# %% [markdown]
# Between poolings whatever is active contributes, since a kernel joins all channels and its neighbours; in front of a
# pooling, only the largest of a window does.
#
# ## Is the unit a logical *or*?
#
# Two images that excite the same unit at the same place: how much of the tree do they share? The measure is the number
# of units that contribute on both, over the number that contribute on either (Jaccard): 1 for the same configuration.
# And two units on the same image?


# %%
def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Jaccard overlap of two sets of units, packed as bits."""
    either = int(np.bitwise_count(a | b).sum())
    return int(np.bitwise_count(a & b).sum()) / either if either else 1.0


same_unit = {
    one: {pair: overlap(trees[pair[0], one], trees[pair[1], one]) for pair in combinations(sorted(on), 2)}
    for one in often
    if len(on := [k for k in range(len(passages)) if (k, one) in trees]) > 1
}
same_image = {
    k: [overlap(trees[k, a], trees[k, b]) for a, b in combinations(on, 2)]
    for k in range(len(passages))
    if len(on := [one for one in often if (k, one) in trees]) > 1
}

# %%
run.claim("sec-2.or-distinct", [np.mean([value < 1 for value in pairs.values()]) for pairs in same_unit.values()])
run.claim("sec-2.or-different", [np.mean(list(pairs.values())) for pairs in same_unit.values()])
across = {
    k: np.mean([value for pairs in same_unit.values() for pair, value in pairs.items() if k in pair])
    for k in same_image
    if any(k in pair for pairs in same_unit.values() for pair in pairs)
}
compared = {
    "one unit, two images": [across[k] for k in across],
    "two units, one image": [np.mean(same_image[k]) for k in across],
}
run.claim("beyond.tree-of-the-place", [np.mean(values) for values in same_image.values()])

# %%
from helpers.plots.conditions import by_condition

run.figure(
    by_condition({"overlap of the trees": compared}),
    alt="Overlap of contributing units for one unit on two images, and for two units on one image; a line per image.",
    caption="How much two trees have in common: a point per image, joined by lines; bars are the mean and its 95 % interval.",
)

# %% [markdown]
# Two units of one place have the same tree, to the last unit: a kernel joins all channels, so that whatever is active
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
