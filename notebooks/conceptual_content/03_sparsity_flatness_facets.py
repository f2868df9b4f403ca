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
# # Sparsity, flatness and facets
#
# For every unit of VGG16's convolutions, the study counts the classes of the images that excite it most. Sparsity (the Gini
# index of these counts) and flatness (from their entropy) are joined to a multi-faceted degree (section 2.3). The study says
# that units of lower layers are multi-faceted, and that units of higher layers are single-faceted, like concept neurons.

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
from itertools import pairwise

import numpy as np
import torch

from helpers.hooks.reducers.pass_tensors import from_stage
from helpers.pages import runs
from helpers.randomness import generator
from helpers.studies.conceptual_content import controls, facets, statements, top_lists, unit_columns
from helpers.studies.conceptual_content.along_layers import layer_means
from helpers.studies.conceptual_content.inputs import record_inputs
from helpers.studies.conceptual_content.limits import limits
from helpers.studies.conceptual_content.parameters import PARAMETERS
from helpers.studies.conceptual_content.passes import image_sets
from helpers.studies.conceptual_content.plots.layers import curves_by_layer, histograms, normal_curves, spread_of_units
from helpers.studies.conceptual_content.significance import p_by_normal_fit, p_by_rank, shapiro_wilk
from helpers.studies.conceptual_content.stages import unit_statistics
from helpers.studies.conceptual_content.subject import MISSING, subject
from helpers.studies.conceptual_content.top_lists import by_part, whole

# %% tags=["hide-input"]
run = runs.start("conceptual_content/03_sparsity_flatness_facets", globals(), **PARAMETERS)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
studys = seen.is_studys
kept = {key: each.history for key, each in run.stage(unit_statistics).items()}
lists, together = by_part(seen, kept[seen.key]), whole(seen, kept[seen.key])
record_inputs(run, seen)
names, top, of = seen.names, together.top, seen.captioned
run.say(seen.describe())

# %% [markdown]
# ## How many classes excite a unit?
#
# The effective number of classes is the number of classes with equal counts that have the same entropy. It says what the
# sentences of the abstract are about, and needs no normalisation. Grey is where units lie that take their images whatever
# the class; orange are the true lists of images with permuted labels.

# %%
chance = statements.blind(together, draws=run.by_scale(smoke=500, laptop=4_000, paper=4_000), seed=seed)
counts = together.counts()[0]  # (unit, class): the CoF matrix of all images together
shuffled = together.permuted(generator(seed, "labels of all")).counts()[0]
classes = facets.effective_classes(counts)

# %% tags=["hide-input"]
where = list(together.layers.values())
run.figure(
    spread_of_units(
        {
            "true labels": [classes[each] for each in where],
            "permuted labels": [facets.effective_classes(shuffled)[each] for each in where],
        },
        names,
        y_label=f"effective classes of {top} images",
        band=(chance["classes"].low, chance["classes"].high),
    ),
    alt="Effective number of classes of the units, layer by layer, with true and with permuted labels, and a grey band for class-blind draws.",
    caption=f"{top} strongest images of every unit in {of}: median, middle half (thick) and middle 90% (thin) of the units of a layer.",
)
by_depth = [float(classes[each].nanmean()) for each in where]
run.say(
    f"The mean falls in {sum(b < a for a, b in pairwise(by_depth))} of {len(by_depth) - 1} steps from layer to layer: "
    f"from {by_depth[0]:.0f} classes in the first layer over {max(by_depth):.0f} in {names[int(np.argmax(by_depth))]} to "
    f"{by_depth[-1]:.0f} in the last. Class-blind draws have {chance['classes'].mean:.0f}."
)

# %% [markdown]
# Everything is measured in each part of the images by itself, so that an interval says how much depends on the images; with
# true labels, and with labels permuted, in more than one way.

# %% tags=["hide-input"]
of_parts = statements.blind(lists, draws=run.by_scale(smoke=500, laptop=4_000, paper=4_000), seed=seed)
measured = statements.by_part(lists, of_parts) if studys else {}
permutations = run.by_scale(smoke=1, laptop=20, paper=20)
floors = statements.by_permuted_labels(lists, of_parts, permutations=permutations, seed=seed) if studys else {}


# %% tags=["hide-input"]
def judge(*ids: str, floor: bool = True) -> None:
    for claim_id in ids:
        run.claim(claim_id, measured.get(claim_id), floor=floors.get(claim_id) if floor else None, missing=MISSING)


judge("abstract.trend", "abstract.majority")
judge("abstract.lower", floor=False)
judge("beyond.fewer-than-blind")
run.claim("abstract.few-classes")
run.claim("sec-3.last-sentence")

# %% [markdown]
# ## The formulas, as printed and as they must be meant
#
# Equation 1 is $\log_2(\mathrm{flatness} + 1) = H / \log_2 N$ with the entropy $H$ of a row of the CoF matrix, equation 2
# $\mathrm{MF} = \mathrm{flatness} / \mathrm{Gini}$. The study calls $N$ the number of units of the layer; a row has an entry for
# each class. Below, both are applied to one and the same set of class-blind rows: no network is in them.

# %%
sparsity, flat = facets.gini(counts), facets.flatness(counts)
degree = facets.multi_faceted_degree(counts)
n_printed = statements.printed_n(together, draws=run.by_scale(smoke=20, laptop=400, paper=400), seed=seed)
largest = statements.blind_of_imagenet(draws=run.by_scale(smoke=50, laptop=2_000, paper=2_000), seed=seed)
possible = limits(together.sizes(0), top=top)

# %% tags=["hide-input"]
units = [each.stop - each.start for each in where]
as_printed = np.array(list(n_printed.values())).T
as_meant = torch.stack([flat[each].nanmean() for each in where])[None]
of_units = torch.stack([facets.flatness(counts[each], n=n).nanmean() for each, n in zip(where, units, strict=True)])
run.figure(
    curves_by_layer(
        {
            "N = classes": as_meant,
            "N = units of the layer": of_units[None],
            "class-blind, N = units of the layer": as_printed[:20],
        },
        names,
        y_label="mean flatness",
    ),
    alt="Mean flatness layer by layer: with N the number of classes, with N the number of units, and that of class-blind rows with N the number of units.",
    caption=f"Flatness by equation 1 in {of}, and of rows without a network. Steps of the curves with N = units of the layer are where layers get wider.",
)
run.claim("beyond.printed-n", n_printed)
run.claim("beyond.largest-is-blind", largest)
for claim_id in ("eq-1.range", "eq-1.ceiling", "eq-1.n", "eq-2.two-measures", "sec-2-3.largest-possible"):
    run.claim(claim_id)

# %% tags=["hide-input"]
ends = "\n".join(
    f"| {name} | {least:.3g} | {greatest:.3g} |" for name, (least, greatest) in possible.items() if name != "purity"
)
run.say(
    f"What {top} of these images allow, before any network is looked at:\n\n| measure | least | greatest |\n"
    f"|---|---|---|\n{ends}\n\nClass-blind draws have a degree of {chance['MF'].mean:.3g} "
    f"({chance['MF'].low:.3g} to {chance['MF'].high:.3g}). Degrees of other sets of images cannot be compared with these."
)
for claim_id in ("sec-2-3.gini-range", "sec-2-3.gini-length", "sec-2-3.minus-one", "sec-2-3.zero-rows"):
    run.claim(claim_id)
run.claim("sec-2-3.largest")
run.claim("sec-2-3.mean")

# %% [markdown]
# ## Figure 1 and appendix A: densities
#
# The study draws normal distributions that are fitted to sparsity and flatness. Here are the units themselves, with the fit.

# %%
layered = statements.by_layer(together) if studys else {}
layered_permuted = statements.by_layer(together.permuted(generator(seed, "labels of all"))) if studys else {}

# %% tags=["hide-input"]
shown = dict(zip(names, where, strict=True))
both = {
    title: {name: values[each] for name, each in shown.items()}
    for title, values in (("Gini index", sparsity), ("flatness", flat.masked_fill(sparsity.isnan(), torch.nan)))
}
level = {"Gini index": chance["Gini"].mean, "flatness": chance["flatness"].mean}
run.figure(
    normal_curves(both, levels=level),
    alt="Two panels with a normal curve for each layer, from dark for the first to bright for the last: the Gini index, and flatness. A dotted line marks class-blind draws.",
    caption=f"After figure 1 of the study, not normalised: normal distributions fitted to the units of each layer of {of}.",
)

# %% tags=["hide-input"]
for title, values in both.items():
    run.figure(
        histograms(values, x_label=title, level=level[title]),
        alt=f"For each layer a histogram of the {title} of its units, with a normal curve of the same mean and variance; a dotted line marks class-blind draws.",
        caption=f"After appendix A of the study: {title} of the units of {of}, and the normal distribution of the same mean and variance.",
    )
judge("fig-1.sparsity", "fig-1.flatness")
run.claim("fig-1.normal", layered.get("fig-1.normal"), missing=MISSING)
run.claim("appendix-a1.axis")
run.claim("appendix-a2.distributions")
run.claim("control.silent", layered.get("control.silent"), missing=MISSING)

# %% [markdown]
# Sparsity and flatness are functions of one row. Do they, and their ratio, order the units of a layer differently?

# %% tags=["hide-input"]
for claim_id in ("sec-2-3.directions", "beyond.ratio-adds-nothing"):
    run.claim(claim_id, layered.get(claim_id), missing=MISSING)

# %% [markdown]
# ## Figure 2: the multi-faceted degree

# %% tags=["hide-input"]
run.figure(
    spread_of_units(
        {"units": [degree[each] for each in where]},
        names,
        y_label="multi-faceted degree",
        band=(chance["MF"].low, chance["MF"].high),
    ),
    alt="Multi-faceted degree of the units, layer by layer, and a grey band for class-blind draws.",
    caption=f"After figure 2 of the study, not normalised: median, middle half and middle 90% of the units of a layer of {of}.",
)

# %% tags=["hide-input"]
z, pure = chance["classes"].z_scores(classes), facets.purity(counts)
border = float(degree[degree.isfinite()].mean())
told = []
for name, each in shown.items():
    own = degree[each][degree[each].isfinite()]
    low = [int((own < mean).sum()) for mean in (border, float(own.mean()))]
    told.append(
        f"| {name} | {len(own)} | {float(own.mean()):.2f} | {float(classes[each].nanmean()):.0f} | {float(pure[each].nanmean()):.0%} "
        f"| {float(z[each].nanmean()):+.1f} | {low[0]} and {len(own) - low[0]} | {low[1]} and {len(own) - low[1]} |"
    )
run.say(
    f"| layer | units | degree | effective classes | share of the commonest class | z of the classes | single and multi: border {border:.2f} | border of the layer |\n"
    "|---|---|---|---|---|---|---|---|\n"
    + "\n".join(told)
    + f"\n\nMeans over the units of a layer, by their {top} strongest images; z against class-blind draws of the same images."
)
judge("fig-2.lower-higher")
judge("fig-2.many-high", "fig-2.not-significant", floor=False)
judge("sec-2-3.concept")

# %% [markdown]
# ## Figure 3: single- and multi-faceted units
#
# The border is the mean degree. The study does not say whether it is that of the layer or of all units; a layer's own mean
# leaves about as many below as above, whatever the layer.

# %%
of_part = facets.multi_faceted_degree(lists.counts())  # (part, unit)
below = (of_part < of_part.nanmean(dim=1, keepdim=True)).double()
concept = statements.concept_units(lists)  # 1: half of the ten strongest images are of one class

# %% tags=["hide-input"]
shares = {
    "below the mean degree of all units": layer_means(below, lists.layers),
    "half of ten images of one class": layer_means(concept, lists.layers),
}
run.figure(
    curves_by_layer(shares, names, y_label="share of the units of a layer"),
    alt="Share of the units of each layer that are single-faceted: by the mean degree of all units, and by half of the ten strongest images.",
    caption=f"After figure 3 of the study: single-faceted units in {of} by the study's border and by one that means something by itself. Thin lines: the parts of the images.",
)
judge("fig-3.single-grow")
judge("beyond.below-the-mean", floor=False)
run.claim("control.layer-means", layered.get("control.layer-means"), missing=MISSING)
run.claim("sec-2-3.border")
run.claim("fig-3.two-results")
run.claim("sec-2-3.exhaustive", layered.get("sec-2-3.exhaustive"), missing=MISSING)
judge("sec-3.unequal")

# %% [markdown]
# A wide layer has more extreme units than a narrow one. So every layer gives as many units here, and the lowest and the
# highest degree among them are compared below the figure.

# %% tags=["hide-input"]
few = {
    title: torch.stack([end(degree[each][degree[each].isfinite()]) for each in where])[None]
    for title, end in (
        ("highest degree", lambda own: own.sort().values[-1]),
        ("four highest", lambda own: own.sort().values[-4:].mean()),
        ("four lowest", lambda own: own.sort().values[:4].mean()),
        ("lowest degree", lambda own: own.sort().values[0]),
        ("ceiling", lambda own: torch.tensor(possible["MF"][1])),
        ("class-blind draws", lambda own: torch.tensor(chance["MF"].mean)),
    )
}
run.figure(
    curves_by_layer(few, names, y_label="multi-faceted degree"),
    alt="Highest and lowest multi-faceted degree of each layer, with the means of the four highest and lowest, what class-blind draws give, and the highest that is possible.",
    caption=f"After figure 3 of the study: degrees of the top multi- and single-faceted units of each layer of {of}; the ceiling is the highest that these images allow.",
)
judge("fig-3.lowest")
judge("fig-3.highest", floor=False)

# %% [markdown]
# ## Which units are significant?
#
# The p-values of tables 2 and 3 compare a unit with its own layer, in a way that the study does not say. By rank, a fixed
# share of the units lies below any border. A normal fit depends on the shape of the distribution.

# %% tags=["hide-input"]
lines = []
for name, each in shown.items():
    own = degree[each][degree[each].isfinite()]
    ends = [int((p_by_normal_fit(own, side=side) < statements.SIGNIFICANT).sum()) for side in ("high", "low")]
    by_rank = int((p_by_rank(own) < statements.SIGNIFICANT).sum())
    above = int((classes[each] > chance["classes"].high).sum())
    lines.append(
        f"| {name} | {len(own)} | {own.mean():.2f} | {float(shapiro_wilk(own)):.1g} | {ends[0]} | {ends[1]} | {by_rank} | {above} |"
    )
run.say(
    "| layer | units | mean degree | p of normality | high, normal fit | low, normal fit | at either end, by rank | more classes than chance |\n"
    "|---|---|---|---|---|---|---|---|\n" + "\n".join(lines)
)
judge("sec-2-3.cut-off", "sec-2-3.rare", floor=False)
run.claim(
    "sec-2-3.asymmetry",
    layered.get("sec-2-3.asymmetry"),
    floor=layered_permuted.get("sec-2-3.asymmetry"),
    missing=MISSING,
)
run.claim("beyond.skewed", layered.get("beyond.skewed"), missing=MISSING)
for claim_id in ("table-3.p-as-ranks", "table-3.p-normal", "sec-2-3.against-abstract"):
    run.claim(claim_id)

# %% [markdown]
# ## What of the trend is whose?
#
# Flatness is measured again with one thing changed at a time: the formula's N, applied to the same units and to class-blind
# rows without a network; permuted labels, which leave chance; another set of images; and random weights, which leave what has
# not been learned. The fall is the mean over the layers of block 1 minus that over those of block 5, in another network over
# the like shares of its layers.

# %%
sets = image_sets(images, scale, seen.loaded)


def found_in(key: str, of_images) -> top_lists.TopLists:
    """The strongest images that a pass over these images has found."""
    found = from_stage(kept[key], name=key)
    return top_lists.of_statistics(found, of_images.labels, classes=len(of_images.class_names)).first(top_lists.TOP)


few_images = unit_statistics.controls_of(sets[seen.key], scale).open(seed)  # those of the networks with random weights
random = torch.cat([found_in(key, few_images).counts() for key in kept if key.startswith("random")])
layers = together.layers
ways = {
    "N = classes, as meant": controls.mean_flatness(counts[None], layers),
    "N = units, as printed": controls.mean_flatness(counts[None], layers, n_is_units=True),
    "class-blind, N = units": torch.from_numpy(as_printed.mean(axis=0))[None],
    "permuted labels": controls.mean_flatness(shuffled[None], layers),
    "few images, trained": controls.mean_flatness(found_in("matched", few_images).counts(), layers),
    "few images, random weights": controls.mean_flatness(random, layers).mean(dim=0, keepdim=True),
}
if "imagenette" in kept:
    ways["Imagenette"] = controls.mean_flatness(found_in("imagenette", sets["imagenette"].open(seed)).counts(), layers)

# %% tags=["hide-input"]
whole_fall = float(controls.fall(ways["N = classes, as meant"]))
told = []
for way, curve in ways.items():
    fall, trend = float(controls.fall(curve)), float(controls.with_depth(curve)[0])
    told.append(
        f"| {way} | {float(curve[0, 0]):.2f} | {float(curve[0, -1]):.2f} | {fall:+.2f} | {fall / whole_fall:.0%} | {trend:+.2f} |"
    )
run.figure(
    curves_by_layer(ways, names, y_label="mean flatness"),
    alt="Mean flatness layer by layer, measured in the ways of the table below.",
    caption=f"Flatness by equation 1 in {of}, with one thing changed at a time.",
)
run.say(
    "| flatness | first layer | last layer | fall | of the first row's | rank correlation with depth |\n|---|---|---|---|---|---|\n"
    + "\n".join(told)
)
left = float(controls.fall(ways["few images, random weights"]) / controls.fall(ways["few images, trained"]))
run.say(
    f"With N as printed, class-blind rows without a network fall by {float(controls.fall(ways['class-blind, N = units'])):.2f}. Permuted labels keep {float(controls.fall(ways['permuted labels'])) / whole_fall:.0%} "
    f"of the fall. On the {len(few_images):,} images that networks with random weights have seen, these keep {left:.0%} of the fall of the trained one; "
    f"page 5 has the intervals."
)

# %% [markdown]
# ## The units that the study names
#
# Table 3 names a unit of each of the first layers that is at the top of its layer; figure 4 a single- and a multi-faceted unit
# of deeper ones.

# %% tags=["hide-input"]
named = [f"table-3.{name}" for name in ("conv1-1-16", "conv1-2-29", "conv2-1-91", "conv2-2-85")]
judge(*named)
pairs = statements.pairs_of_figure_4(together) if studys else None
run.claim("fig-4.pairs", pairs, missing=MISSING)

# %% tags=["hide-input"]
by_unit = unit_columns.of_facets(counts, together.layers, chance["classes"])
run.units(unit_columns.identities(seen), by_unit, unit_columns.COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study says that units of lower layers are multi-faceted and that the majority in higher layers respond to few "
    "classes, and reads this from a degree that joins sparsity and flatness."
)
if studys:
    low = np.mean(measured["abstract.lower"].tolist())
    majority = np.mean(measured["abstract.majority"].tolist())
    rare = np.mean(measured["sec-2-3.rare"].tolist())
    run.say(
        f"On these images the number of classes falls with depth: {run.verdict('abstract.trend')}. Of the units of the "
        f"first two blocks, {low:.0%} have as many classes as class-blind draws ({run.verdict('abstract.lower')}), and "
        f"{rare:.1%} have more. Of the units of the last two blocks, {majority:.0%} have half of their ten strongest images "
        f"in one class; that the majority are single-faceted: {run.verdict('abstract.majority')}."
    )

# %% tags=["hide-input"]
if studys:
    agree = np.mean(layered["beyond.ratio-adds-nothing"])
    run.say(
        f"The degree orders the units of a layer as flatness alone does (rank correlation {agree:.3f}). With N the number of "
        f"units, as printed, flatness falls with depth for rows without any network ({run.verdict('beyond.printed-n')}). The "
        f"largest degree that the study prints is what class-blind units of ImageNet have on average "
        f"({run.verdict('beyond.largest-is-blind')})."
    )

# %% tags=["hide-input"]
run.finish()
