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
images = "auto"  # a folder or tar file, imagenette, photographs or patterns; auto: what fits the network
layer = "auto"  # the layer of the units that are looked at; auto: a deep one, here relu5_3
unit = "auto"  # the unit whose tree is drawn; auto: the one that the image excites most
image = 0  # the image on which it is drawn, of those that are shown

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
from itertools import pairwise

import numpy as np
import torch

from helpers.attribution.contributions import contributions
from helpers.attribution.forward_pass import forward
from helpers.data import photographs
from helpers.data.images import open_images
from helpers.hooks import layer_table
from helpers.models.vgg import VGG16
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs

# %% tags=["hide-cell"]
from helpers.plots.conditions import by_condition
from helpers.plots.curves import lines
from helpers.plots.depth import spread_by_layer
from helpers.plots.images import grid
from helpers.studies.probing import tree_drawing
from helpers.studies.probing.choice import evenly
from helpers.studies.probing.fields import effective_side, influences, of_known_field, width_of_images
from helpers.studies.probing.linear_regions import grows_exponentially, pieces_along_a_line
from helpers.studies.probing.networks import (
    MISSING,
    NARROW,
    STUDYS,
    is_narrow,
    is_studys,
    narrow_inputs,
    why_not_the_studys,
)
from helpers.studies.probing.trees import Trees, between, count_trees, overlaps, refusal_of_trees

# %% tags=["hide-input"]
run = runs.start("probing/02_field_of_view", globals(), **PARAMETERS)
inspected = load_inputs(run, count=run.by_scale(smoke=3, laptop=12, paper=200))
narrow = narrow_inputs(run, inspected, count=run.by_scale(smoke=4, laptop=48, paper=200))
studys = is_studys(inspected.loaded)
used = STUDYS if studys else NARROW if is_narrow(inspected.loaded) else inspected.loaded.name
network, layer = inspected.network, inspected.layer.name
width = width_of_images(network, inspected.prepare.size)
listed = of_known_field(network, width)[:13]  # as many as the study has
no_trees = refusal_of_trees(network, layer, inspected.prepare.size)
if not listed:
    print("The field of view is not checked: it is not known of any convolution of this network.")
if no_trees:
    print(f"No trees are counted: {no_trees}.")
owners = f" Photographs: {photographs.credits()}." if studys and images == "auto" else ""
run.say(why_not_the_studys(inspected.loaded) or f"{STUDYS[0].upper()}{STUDYS[1:]} is here, with its original weights.")

# %% [markdown]
# ## Figure 3
#
# A small network of random weights with one row of units per layer, as the study draws it: kernels of three, a pooling
# of two in the middle. The unit at the top sees the green part; on one input there are units that are active, and
# among these such that take part.

# %% tags=["hide-input"]
schematic = tree_drawing.small_tree(seed=seed)
run.figure(
    tree_drawing.draw(schematic),
    alt="Six rows of dots joined by lines. A green fan of lines leads down from one dot at the top; some dots in it are filled, and some of these are ringed.",
    caption="After figure 3 of the study, computed. Green: connections in the field of view of the unit at the top. Filled: units that are active on this input; ringed: those of them that contribute, with their connections in black. A pooling passes the larger of two.",
)

# %% [markdown]
# ## By arithmetic
#
# A convolution of side $k$ widens the field of view by $k - 1$ of its own steps, a pooling widens it and lengthens the
# steps. For VGG16 at 224 pixels this gives:

# %% tags=["hide-input"]
with torch.device("meta"):
    published = [entry for entry in layer_table.layers(VGG16(), 224) if entry.kind == "Conv2d"]
fields = [entry.receptive_field for entry in published]
run.say(
    "| layer | name | field of view, pixels | a step every |\n|---|---|---|---|\n"
    + "\n".join(
        f"| {k} | {entry.name} | {field.size[0]} × {field.size[1]} | {field.jump[0]} |"
        for k, (entry, field) in enumerate(zip(published, fields, strict=True), 1)
    )
)
widths = [field.size[0] for field in fields]
run.claim("sec-2.scales-grow", [small < large for small, large in pairwise(widths)])

# %% [markdown]
# ## By the gradient
#
# A pixel has influence on a unit if the gradient there is not 0. One backward pass from all units of a position, each
# times a random number, finds all pixels that any of them depends on, and how much: the smallest square around the
# middle that holds 90% of the squared gradient is the *effective* field. The images are 224 pixels wide here,
# whatever the network was trained on, to leave room around the fields (unless it takes no others than those).

# %%
wide = open_images(inspected.source, size=width).choose(run.by_scale(smoke=2, laptop=6, paper=60), seed=seed)
outside, reached, sides, area = [], {}, [], []
for part in wide.batches(1, device=run.device, progress=False) if listed else ():
    found = influences(network, listed, inspected.prepare(part.x), seed=seed)
    outside.append(np.mean([influence.outside() for influence in found.values()]))
    for name, influence in found.items():
        reached[name] = reached.get(name, False) | influence.inside()
    sides.append([effective_side(influence) for influence in found.values()])
    area.append(sides[-1][-1] ** 2 / influence.inside().numel())
sides = np.array(sides)  # (image, layer)

# %% tags=["hide-input"]
needed = "a convolution whose field of view is known"
run.claim("check.field-of-view.outside", outside, missing=needed)
run.claim("check.field-of-view.inside", [float(one.float().mean()) for one in reached.values()], missing=needed)
growing = {str(k): column for k, column in enumerate(sides.T, 1)} if studys else None
run.claim("sec-2.progressive-matching", growing, missing=MISSING)
run.claim("beyond.effective-field", area if studys else None, missing=MISSING)
if listed:
    drawn = [
        entry.name for entry in ([listed[k - 1] for k in (4, 7, 9, 13)] if len(listed) == 13 else evenly(listed, 4))
    ]
    photograph = open_images("photographs", size=width).choose(1) if studys else wide.choose(1)
    (shown,) = photograph.batches(1, device=run.device, progress=False)
    maps = influences(network, listed, inspected.prepare(shown.x), seed=seed)
    run.figure(
        grid(
            {"influence": {name: maps[name].energy.sqrt() for name in drawn}},
            boxes={("influence", name): maps[name].window for name in drawn},
        ),
        alt="The magnitude of the gradient in the image for the middle position of some layers; a frame around each field of view.",
        caption="Influence of the pixels on the units at the middle of some layers (magnitude of the gradient), for one photograph. The frame is the computed field of view; outside, the gradient is exactly 0.",
    )

# %% tags=["hide-input"]
if listed:
    known = [entry.receptive_field.size[0] for entry in listed]
    run.figure(
        lines(
            np.arange(1, len(listed) + 1),
            {"field of view": np.tile(known, (len(sides), 1)), "holds 90% of the influence": sides},
            x_label="layer",
            y_label="side [pixels]",
        ),
        alt="Two rising curves over the layers: the side of the field of view, and below it that of the square that holds most of the influence.",
        caption=f"The field of view and its effective part in {used}, mean and 95% interval over {len(sides)} images.",
    )

# %% [markdown]
# ## The tree of one activation
#
# An entry below contributes if a path leads from it to the unit at the top, over active units only, and through each
# pooling as the largest of its window. A connection leads from an entry that is not 0 to a unit that contributes.

# %% tags=["hide-input"]
if not no_trees:
    passage = forward(network, layer, inspected.prepare(inspected.shown[[image]])[0])
    place = inspected.strongest(image)
    levels = contributions(passage, unit=place.unit, position=place.spatial)
    rows = [
        f"| {level.layer} | {level.active.numel():,} | {int(level.active.sum()):,} | {int(level.contributing.sum()):,} | "
        f"{level.used:,} of {level.potential:,} |"
        for level in levels[:-1]
    ]
    run.say(
        f"{place}, of {layer}, on image {image}:\n\n| layer | units in the field | active | contribute | connections used |"
        "\n|---|---|---|---|---|\n" + "\n".join(rows)
    )

# %% tags=["hide-input"]
if not no_trees:
    chosen = evenly(between(levels), 6)
    counted = {level.layer: level.contributing.sum(dim=0).float().cpu() for level in chosen}
    active = {level.layer: level.active.sum(dim=0).float().cpu() for level in chosen}
    run.figure(
        grid({"active": active, "contributing": counted}),
        alt="For some layers, maps of the number of active units at each position, and of those that contribute.",
        caption=f"The tree of unit {place.unit} on image {image}: units active at each position of the field (above), and those of them that contribute (below).{owners}",
    )

# %% [markdown]
# ## Trees of many activations
#
# The same count for two units on every image: at the position of the layer with the largest mean number of active
# units, those that are active there on the largest number of images.

# %%
trees: dict[str, Trees] = {NARROW: count_trees(narrow.network, "relu5_3", narrow.prepare(narrow.x))}
if inspected is not narrow and not no_trees:
    trees[used] = count_trees(network, layer, inspected.prepare(inspected.x))
studys_trees = trees.get(STUDYS)
common = {name: overlaps(found) for name, found in trees.items()}


def measured(name: str) -> dict[str, object]:
    """The values of the claims on trees, by the beginning of their ids."""
    found, shared = trees[name], common[name]
    return {
        "fig-3.few-connections": found.of_images(found.used),
        "fig-3.active-without-part": found.idle(),
        "sec-2.or-different": list(shared.corrected.values()),
    }


# %% tags=["hide-input"]
for claim_id in ("fig-3.few-connections", "fig-3.active-without-part"):
    run.claim(claim_id, measured(STUDYS)[claim_id] if studys_trees else None, missing=MISSING)
for name, found in trees.items():
    if not found.known():
        continue
    run.figure(
        spread_by_layer(
            {part: found.of_images(getattr(found, part)) for part in ("active", "contributing")},
            [level.removeprefix("relu") for level in found.levels],
            y_label="share of the field of view",
        ),
        alt="Share of the units in the field of view that are active, and that contribute, layer by layer, over the images.",
        caption=f"{name}: units in the field of view that are active, and those that contribute; median, middle half (thick), middle 90% (thin) over {len(found.known())} images.",
    )

# %% [markdown]
# Between poolings whatever is active contributes, since a kernel joins all channels and its neighbours; in front of a
# pooling, only the largest of a window does.
#
# ## Is the unit a logical *or*?
#
# Two images that excite the same unit at the same position: how much of the tree do they share? The measure is the
# number of units that contribute on both, over the number that contribute on either (Jaccard), set to 0 for what
# independent choices of as many units would share, and to 1 for the same configuration. And two units on the same
# image?

# %% tags=["hide-input"]
run.claim("sec-2.or-different", measured(STUDYS)["sec-2.or-different"] if studys_trees else None, missing=MISSING)
same = [value == 1 for value in common[STUDYS].units.values()] if studys_trees else None
run.claim("beyond.tree-of-the-place", same, missing=MISSING)
for name, shared in common.items():
    images_of_both = [k for k in shared.units if k in shared.plain]
    if images_of_both:
        compared = {
            "one unit, two images": [shared.plain[k] for k in images_of_both],
            "the same, less chance": [shared.corrected[k] for k in images_of_both],
            "two units, one image": [shared.units[k] for k in images_of_both],
        }
        run.figure(
            by_condition({"overlap of the trees": compared}),
            alt="Overlap of contributing units for one unit on two images, plain and less chance, and for two units on one image; a line per image.",
            caption=f"{name}: how much two trees have in common; a point per image, joined by lines; bars are the mean and its 95% interval.",
        )

# %% [markdown]
# ## The narrow network
#
# The same questions to the narrow VGG16 on the drawn images that it was trained on: controls, which count nothing for
# or against the study.

# %% tags=["hide-input"]
own = ("model", "images", "layer", "unit", "image")
for claim_id, values in measured(NARROW).items():
    run.claim(f"{claim_id}.narrow", values, independent_of=own)

# %% [markdown]
# ## Linear regions
#
# The study cites two works of its list for a number of linear regions that grows exponentially with the layers. A unit
# is linear along a line of inputs until a unit that it sees switches on or off. Counted are these pieces, for the unit
# in the middle of each layer, along lines from one photograph to another; a power and an exponential of the layer's
# number are fitted to them.

# %%
pieces = None
if studys:
    ends = inspected.prepare(inspected.x[: 2 * run.by_scale(smoke=1, laptop=5, paper=40)])
    convolutions = [entry for entry in listed if entry.kind == "Conv2d"]
    points = run.by_scale(smoke=5, laptop=17, paper=65)
    pieces = np.array(
        [
            pieces_along_a_line(network, convolutions, *pair, points=points)
            for pair in zip(ends[::2], ends[1::2], strict=True)
        ]
    )  # (line, layer)

# %% tags=["hide-input"]
exponential = None if pieces is None else [grows_exponentially(line) for line in pieces]
run.claim("sec-1.regions-grow", exponential, missing=MISSING)
run.claim("sec-1.two-sources")
if pieces is not None:
    run.figure(
        lines(
            np.arange(1, pieces.shape[1] + 1),
            {"along a line between two photographs": pieces},
            x_label="layer",
            y_label="linear pieces of one unit",
            y_log=True,
        ),
        alt="The number of linear pieces of a unit along a line between two photographs, against its layer, on a logarithmic axis.",
        caption=f"Linear pieces of the unit in the middle of each layer, at least: geometric mean and 95% interval over {len(pieces)} lines.",
    )

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study draws an activation as the top of a tree of units, of which only a part plays a role (figure 3), and "
    "calls the unit a logical *or* of many configurations (sections 2 and 4)."
)
if studys:
    found, shared = trees[STUDYS], common[STUDYS]
    run.say(
        f"On the {len(found.known())} of {len(inspected.x)} photographs that excite one of the units, {np.mean(found.of_images(found.used)):.0%} of the connections of a tree are "
        f"used (a part only: {run.verdict('fig-3.few-connections')}), and {np.mean(found.idle()):.0%} of the active units "
        f"take no part ({run.verdict('fig-3.active-without-part')}). Two images that excite one unit share "
        f"{np.mean(list(shared.plain.values())):.0%} of their trees, {np.mean(list(shared.corrected.values())):.0%} beyond "
        f"chance (little in common: {run.verdict('sec-2.or-different')})."
    )

# %% tags=["hide-input"]
if studys:
    run.say(
        f"Two units at one position have the same tree, to the last unit ({run.verdict('beyond.tree-of-the-place')}): "
        "figure 3 is a picture of an image and a position; what makes a unit different from its neighbours is in the "
        "weights."
    )
    run.say(
        f"The field of view grows from layer to layer, and so does its effective part "
        f"({run.verdict('sec-2.progressive-matching')}); a unit of layer 13 sees {widths[-1]} pixels a side, and has 90% "
        f"of its influence from {np.mean(sides[:, -1]):.0f} of them. The linear pieces of a unit grow with its layer as an "
        f"exponential rather than as a power: {run.verdict('sec-1.regions-grow')}."
    )

# %% tags=["hide-input"]
found, shared = trees[NARROW], common[NARROW]
if found.known():
    run.say(
        f"In the narrow network {np.mean(found.of_images(found.used)):.0%} of the connections are used, and two images "
        f"share {np.mean(list(shared.corrected.values()) or [np.nan]):.0%} of their trees beyond chance."
    )

# %% tags=["hide-input"]
run.finish()
