# ---
# jupyter:
#   book:
#     stages:
#     - conceptual_content/unit_statistics
#   jupytext:
#     formats: ipynb,py:percent
#     notebook_metadata_filter: book
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
# # Neurons and classes
#
# The study takes the images that excite a unit most and counts how many belong to each class (section 2.1). The table of
# these counts, a row for each unit and a column for each class, is the CoF matrix, on which all its measures rest. Here are
# the matrix itself, what images and classes make of it, and what units that are blind to classes would give.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "vgg16"  # a network's name, or the path of a description of your own
layers = "auto"  # names of layers, separated by commas; auto: all non-linearities with positions
images = "auto"  # a folder or tar file with a folder for each class, or patterns; auto: Tiny-ImageNet where it is
draws = 5  # networks with random weights beside the trained one, on page 5

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import re

import torch

from helpers.hooks.reducers.pass_tensors import from_stage
from helpers.pages import runs
from helpers.randomness import generator
from helpers.studies.conceptual_content import class_information, statements, superclasses, unit_columns
from helpers.studies.conceptual_content.along_layers import layer_means
from helpers.studies.conceptual_content.class_counts import merged
from helpers.studies.conceptual_content.facets import effective_classes
from helpers.studies.conceptual_content.inputs import record_inputs
from helpers.studies.conceptual_content.parameters import PARAMETERS
from helpers.studies.conceptual_content.plots.layers import curves_by_layer, spread_of_units
from helpers.studies.conceptual_content.plots.matrices import cof_maps
from helpers.studies.conceptual_content.stages import unit_statistics
from helpers.studies.conceptual_content.subject import MISSING, subject
from helpers.studies.conceptual_content.top_lists import by_part, of_statistics, whole
from helpers.studies.conceptual_content.unequal_classes import LEAST, of_unequal_classes

# %% tags=["hide-input"]
run = runs.start("conceptual_content/01_neurons_and_classes", globals(), **PARAMETERS)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
studys = seen.is_studys
kept = run.stage(unit_statistics, seen.key)[seen.key].history
lists, together = by_part(seen, kept), whole(seen, kept)
record_inputs(run, seen)
names, top, of = seen.names, together.top, seen.captioned
run.say(seen.describe())

# %% [markdown]
# ## The CoF matrix
#
# The response of a unit to an image is its largest activation over the positions of its layer, after the ReLU; an image that
# does not excite it is not counted. (The study says neither. Before the ReLU the order of the images is the same, but images
# below zero could be among the strongest of a unit that few images excite.)

# %%
counts = together.counts()[0]  # (unit, class): how many of a unit's strongest images belong to the class

# %% tags=["hide-input"]
where = list(together.layers.values())
few = sorted({0, len(where) // 2, len(where) - 1})
run.figure(
    cof_maps({names[k]: counts[where[k]] for k in few}, most=max(5, top // 10)),
    alt="Three matrices of units and classes: of the first, a middle and the last layer. Bright cells are classes with many of a unit's strongest images.",
    caption=f"CoF matrices of {of}, {top} images a unit. Classes are ordered by all units of the layer, units by their commonest class. Bright: {max(5, top // 10)} images or more.",
)
purest = int(torch.stack([row.max() for row in counts]).argmax())
run.say(
    f"The purest unit of all has {int(counts[purest].max())} of {int(counts[purest].sum())} images in one class. Of the "
    f"units, {float((counts.sum(dim=1) == top).double().mean()):.1%} respond to {top} images or more."
)
full = [float((counts[each].sum(dim=1) == top).double().mean()) for each in where]
run.claim("control.full-rows", full if studys else None, missing=MISSING)
run.claim("control.limits", class_information.within_limits(lists).double())
run.claim("sec-2-3.row")
run.claim("sec-2-1.images")

# %% [markdown]
# ## Which network, which layers
#
# Table 1 lists the convolutions of VGG16 by block.

# %%
blocks: dict[str, list[int]] = {}  # of VGG16: the units of the convolutions of each block
for layer in seen.layers if seen.loaded.name == "vgg16" else []:
    blocks.setdefault(re.sub(r"_\d+$", "", layer.name), []).append(layer.units)
as_in_table_1 = [len(set(each)) == 1 for each in blocks.values()]
as_in_table_1 += [[len(each) for each in blocks.values()] == [2, 2, 3, 3, 3]]
as_in_table_1 += [[each[0] for each in blocks.values()] == [64, 128, 256, 512, 512]]

# %% tags=["hide-input"]
run.claim("table-1.layers", float(all(as_in_table_1)) if studys else None, missing=MISSING)
for claim_id in ("sec-2-1.layer-3", "appendix-c.numbering", "fig-4.layer-7", "table-3.blocks"):
    run.claim(claim_id)

# %% [markdown]
# ## What units say of classes
#
# If classes mean nothing to units, the classes of their images are what any choice of images gives. The mutual information
# of units and classes is above zero then, too, since every unit has few images; permuted labels give that level.

# %%
gain, control = class_information.above_permuted(lists, seed=seed)
by_layer = {
    name: torch.stack([class_information.mutual_information(each.counts()[:, part]) for part in where], dim=1)
    for name, each in {"true labels": lists, "permuted labels": lists.permuted(generator(seed, "labels"))}.items()
}

# %% tags=["hide-input"]
run.figure(
    curves_by_layer(by_layer, names, y_label="mutual information [bits]"),
    alt="Mutual information of units and the classes of their strongest images, layer by layer, with true and with permuted labels.",
    caption=f"What the units of a layer of {of} say of the classes of their {top} strongest images. Thin lines: the parts of the images.",
)
run.claim("sec-1.classes", gain if studys else None, missing=MISSING)
run.claim("control.permuted-information", control if studys else None, missing=MISSING)

# %% [markdown]
# ## How many images are "the strongest"?
#
# The study takes a hundred of more than a million. Where there are fewer images, a hundred are a larger share of them. The
# number of classes grows with the number of images in any case: below it is divided by that of class-blind draws.

# %%
tops = [n for n in (10, 25, 50) if n <= lists.top] or [lists.top]
ratio = {}
for n in tops:
    blind = statements.blind(lists, draws=run.by_scale(smoke=200, laptop=1_000, paper=1_000), seed=seed, top=n)
    ratio[f"{n} images"] = layer_means(effective_classes(lists.counts(top=n)) / blind["classes"].mean, lists.layers)

# %% tags=["hide-input"]
run.figure(
    curves_by_layer(ratio, names, y_label="classes / class-blind"),
    alt="Effective number of classes over that of class-blind draws, layer by layer, a curve for each number of strongest images.",
    caption=f"Mean effective number of classes of the units of {of}, over that of class-blind draws of as many images from a part.",
)

# %% [markdown]
# ## Classes of unequal sizes
#
# ImageNet's classes differ in size, and the study ranks all images together. A class with more images has more chances to be
# among the strongest. Here all classes have as many; so a part of each class is left out at random, as the sizes of ImageNet's
# classes say, and the rest is ranked again.

# %%
long = of_statistics(from_stage(kept, name=seen.key), seen.images.labels, classes=seen.classes)
sizes = None
if int(together.sizes(0).min()) > 10:
    sizes = of_unequal_classes(long, top=top, draws=run.by_scale(smoke=2, laptop=20, paper=20), seed=seed)

# %% tags=["hide-input"]
if sizes is not None:
    run.say(
        f"Classes keep {LEAST:.0%} to 100% of their images. The mean count of a class changes with its size to the power of {sizes.slope.min():.2f} to {sizes.slope.max():.2f}, "
        f"layer by layer; 1 is proportion. The mean effective number of classes of all units changes by "
        f"{float(sizes.difference.mean()):.1%}."
    )
run.claim("beyond.class-sizes", sizes.slope if studys and sizes is not None else None, missing=MISSING)
run.claim("beyond.class-sizes-matter", sizes.difference if studys and sizes is not None else None, missing=MISSING)

# %% [markdown]
# ## Superclasses
#
# ImageNet's classes are finer than concepts: it has more than a hundred breeds of dogs. WordNet, from which the classes are
# taken, gives superclasses: for each class the highest synset above it that holds no more than a fixed share of the classes.

# %%
grouped = superclasses.of_classes(seen.images.class_names)  # None: classes that are not in WordNet
one = None
if grouped is not None:
    groups = grouped.groups
    one = class_information.share_of_one_superclass(lists.counts(), groups, lists.layers)
    shuffled = class_information.share_of_one_superclass(
        lists.permuted(generator(seed, "labels")).counts(), groups, lists.layers
    )

# %% tags=["hide-input"]
if grouped is not None:
    in_groups = merged(counts, groups)
    run.figure(
        spread_of_units(
            {
                "classes": [effective_classes(counts)[each] / seen.classes for each in where],
                "superclasses": [effective_classes(in_groups)[each] / in_groups.shape[1] for each in where],
            },
            names,
            y_label="effective number / all",
        ),
        alt="Effective number of classes and of superclasses of the units, each over the number of all, layer by layer.",
        caption=f"Units of {of}: effective classes of {seen.classes} and effective superclasses of {in_groups.shape[1]}; median, middle half, middle 90%.",
    )
    largest = torch.bincount(groups).argsort(descending=True)[:6].tolist()
    run.say(
        f"The {seen.classes} classes have {in_groups.shape[1]} superclasses; the largest are "
        + ", ".join(f"{grouped.names[k]} ({int((groups == k).sum())})" for k in largest)
        + "."
    )
run.claim(
    "beyond.one-superclass",
    one if studys else None,
    floor=shuffled if studys and one is not None else None,
    missing=MISSING,
)

# %% tags=["hide-input"]
of_units = unit_columns.of_classes(counts, kept.active_active, seen.images.class_names)
run.units(unit_columns.identities(seen), of_units, unit_columns.COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study supposes that the classes of the images that excite a unit tell what concept the unit has (section 1)."
)
if studys:
    run.say(
        f"On these images, units say {float(gain.mean()):.2f} bits of the class beyond permuted labels "
        f"({run.verdict('sec-1.classes')}). Of the units of the last two blocks that are above the mean degree, "
        f"{float(one.mean()):.0%} have half of their images in one superclass, with permuted labels "
        f"{float(shuffled.mean()):.0%} ({run.verdict('beyond.one-superclass')})."
    )

# %% tags=["hide-input"]
run.finish()
