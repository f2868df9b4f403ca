# ---
# jupyter:
#   book:
#     stages:
#     - conceptual_content/facets
#     - conceptual_content/responses
#     - conceptual_content/swaps
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
# # What is a multi-faceted unit?
#
# Beyond the study. Its degree counts the classes of a unit's strongest images. Does that tell what the unit does with all
# images, what other indices of selectivity say of it, whether it is the same with other images, whether what the images show
# falls into clusters, where in them the response comes from, and what such units are good for?

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

import numpy as np
import torch

from helpers.hooks.reducers.pass_tensors import from_stage
from helpers.pages import runs
from helpers.plots.conditions import by_condition
from helpers.randomness import generator
from helpers.studies.conceptual_content import facet_statements as facets_of
from helpers.studies.conceptual_content import selectivity_indices as selectivity
from helpers.studies.conceptual_content import swap_statements as swapped
from helpers.studies.conceptual_content import top_lists, unit_columns
from helpers.studies.conceptual_content.ablation import SHARE, losses, of_their_classes
from helpers.studies.conceptual_content.along_layers import rank_correlations
from helpers.studies.conceptual_content.clusters import LEVEL
from helpers.studies.conceptual_content.facets import effective_classes, multi_faceted_degree, purity
from helpers.studies.conceptual_content.inputs import record_inputs
from helpers.studies.conceptual_content.parameters import PARAMETERS
from helpers.studies.conceptual_content.passes import image_sets
from helpers.studies.conceptual_content.plots.layers import curves_by_layer, spread_of_units
from helpers.studies.conceptual_content.responses import with_imagenette
from helpers.studies.conceptual_content.stages import facets, responses, swaps, unit_statistics
from helpers.studies.conceptual_content.subject import MISSING, subject
from helpers.studies.conceptual_content.superclasses import name as word
from helpers.studies.conceptual_content.swaps import OTHER, RANDOM, SAME, SHARES

# %% tags=["hide-input"]
run = runs.start("conceptual_content/06_what_is_a_multifaceted_unit", globals(), **PARAMETERS)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
studys = seen.is_studys
kept = run.stage(unit_statistics, seen.key)[seen.key].history
answers = run.stage(responses)
answered = answers["responses"].history  # to all images of the first part
lists, together = top_lists.by_part(seen, kept), top_lists.whole(seen, kept)
record_inputs(run, seen)
names, layers, of = seen.names, lists.layers, seen.captioned
run.say(f"{seen.describe()} Of the first part, the responses to all {len(answered.number):,} images are known.")

# %% [markdown]
# ## Does the class of the strongest images hold over all images?
#
# The class of a unit is the commonest among its strongest images in all parts but the first. In the first part, how well does
# the unit tell images of this class from all others? The area under the ROC curve (AUC) is the share of pairs of images that
# it puts in order, d′ the distance of the means over the common standard deviation.

# %%
x, classes = answered.value.float(), seen.classes
labels = seen.images.labels[answered.number.long()]
shuffled = labels[torch.randperm(len(labels), generator=generator(seed, "labels of the first part"))]
chosen_by = lists.counts()[1:].sum(dim=0) if seen.parts > 1 else lists.counts()[0]  # (unit, class)
by_chance = lists.permuted(generator(seed, "labels")).counts()[1:].sum(dim=0) if seen.parts > 1 else chosen_by
tables = {"AUC": selectivity.all_auc, "d'": selectivity.all_d_prime}
own = {name: selectivity.of_own_class(table(x, labels, classes=classes), chosen_by) for name, table in tables.items()}
floor = {
    name: selectivity.of_own_class(table(x, shuffled, classes=classes), by_chance) for name, table in tables.items()
}
predicted = {name: rank_correlations(purity(chosen_by), each, layers) for name, each in own.items()}
expected = {name: rank_correlations(purity(by_chance), each, layers) for name, each in floor.items()}
single, single_by_chance = (-multi_faceted_degree(counts) for counts in (chosen_by, by_chance))
by_degree = {name: rank_correlations(single, each, layers) for name, each in own.items()}
by_degree_expected = {name: rank_correlations(single_by_chance, each, layers) for name, each in floor.items()}

# %% tags=["hide-input"]
where = list(layers.values())
run.figure(
    curves_by_layer(
        {
            "class of the strongest images": np.array([[float(own["AUC"][each].nanmean()) for each in where]]),
            "permuted labels": np.array([[float(floor["AUC"][each].nanmean()) for each in where]]),
        },
        names,
        y_label="mean AUC of the unit's class",
    ),
    alt="Mean AUC of the class that a unit's strongest images have, over other images, layer by layer, and with permuted labels.",
    caption=f"How well the units of {of} tell the class of their strongest images from all others, on {len(labels):,} images that did not choose it. 0.5 is chance.",
)
for claim_id, name in (("beyond.auc", "AUC"), ("beyond.d-prime", "d'")):
    values, beside = (predicted[name], expected[name]) if studys else (None, None)
    run.claim(claim_id, values, floor=beside, missing=MISSING)
for claim_id, name in (("beyond.degree-auc", "AUC"), ("beyond.degree-d-prime", "d'")):
    values, beside = (by_degree[name], by_degree_expected[name]) if studys else (None, None)
    run.claim(claim_id, values, floor=beside, missing=MISSING)

# %% [markdown]
# ## Five indices side by side
#
# - *precision*: share of the commonest class among a unit's strongest images {cite:p}`zhou2015`;
# - *class selectivity*: the largest mean of a class, minus the mean of the others, over their sum {cite:p}`morcos2018`;
# - *AUC* of the class with the largest, against all others {cite:p}`hanley1982`;
# - *d′* of the class with the largest, against all others {cite:p}`green1966`;
# - *sparseness* of the class means {cite:p}`vinje2000`.
#
# {cite:t}`gale2019` compare precision and class selectivity with others on AlexNet, and call them misleading. The null is the
# same responses with the labels permuted over the images.

# %%
found = selectivity.indices(x, labels, classes=classes)
null = selectivity.indices(x, shuffled, classes=classes)
agree, agree_by_chance = selectivity.agreement(found, layers), selectivity.agreement(null, layers)
degree = multi_faceted_degree(together.counts()[0])
against = {name: rank_correlations(-degree, values, layers) for name, values in found.items()}

# %% tags=["hide-input"]
run.figure(
    curves_by_layer({name: each[None] for name, each in against.items()}, names, y_label="rank correlation with -MF"),
    alt="Rank correlation of five indices of selectivity with the negative multi-faceted degree, layer by layer.",
    caption=f"Five indices of the units of {of} on {len(labels):,} images, against how single-faceted the units are by the study's degree.",
)
run.claim("beyond.five-indices", agree if studys else None, floor=agree_by_chance if studys else None, missing=MISSING)

# %% tags=["hide-input"]
lines = [
    f"| {name} | {float(found[name][where[-1]].mean()):.2f} | {float(null[name][where[-1]].mean()):.2f} | {np.mean(against[name]):+.2f} |"
    for name in found
]
run.say(
    "| index | mean in the last layer | with permuted labels | rank correlation with -MF, mean of the layers |\n|---|---|---|---|\n"
    + "\n".join(lines)
)

# %% [markdown]
# ## Is it a property of the unit?
#
# The same units on another set of images, with other classes.

# %%
ranks = ranks_by_chance = None
sets = image_sets(images, scale, seen.loaded)
if "imagenette" in sets:
    opened = sets["imagenette"].open(seed)
    passed = from_stage(run.stage(unit_statistics, "imagenette")["imagenette"].history, name="imagenette")
    other = top_lists.of_statistics(passed, opened.labels, classes=len(opened.class_names)).first(top_lists.TOP)
    ranks = rank_correlations(effective_classes(together.counts()[0]), effective_classes(other.counts()[0]), layers)
    pair = [each.permuted(generator(seed, f"labels {k}")).counts()[0] for k, each in enumerate((together, other))]
    ranks_by_chance = rank_correlations(*map(effective_classes, pair), layers)

# %% tags=["hide-input"]
run.claim(
    "beyond.ranks-between-sets",
    ranks if studys else None,
    floor=ranks_by_chance if studys and ranks is not None else None,
    missing=f"{MISSING}, and Imagenette",
)

# %% [markdown]
# ## Do the patches of a unit fall into clusters?
#
# Classes are one thing, what the patches show another. Some units of every layer are drawn by the seed. Each of their
# strongest patches is described by all *other* units of the layer at the position of the maximum: these see the same patch,
# neither less nor more. Their shares of the activity are rooted, and reduced to principal components. Ward's tree is cut into
# the number of clusters with the largest mean silhouette {cite:p}`rousseeuw1987`, if no cluster is too small.
#
# One cloud of points can be cut as well. So the silhouette is compared with those of draws from a Gaussian of the same mean
# and covariance {cite:p}`liu2008`, which has one cluster; a unit has more than one where the p-value is at most 0.05. A
# skewed cloud is no Gaussian and may be cut, too; so random patches of random images are treated alike.

# %%
clustered = run.stage(facets)["facets"].history
drawn = facets_of.where_drawn(clustered.unit, layers)
more, beyond_both = facets_of.more_than_one(clustered), facets_of.beyond_both(clustered, layers)
share, both = (
    np.array(
        [float(each.mean()) if len(each) else np.nan for each in facets_of.by_layer(values, clustered.unit, layers)]
    )
    for values in (more, beyond_both)
)
random_more = (clustered.random_number > 1).double()  # (layer, draw)
gaussian_share = (clustered.gaussian_p <= LEVEL).double().mean(dim=1).numpy()
rise, random_rise = facets_of.rises(facets_of.by_draw(more, clustered.unit, layers)), facets_of.rises(random_more.T)
by_excess = rank_correlations(degree[clustered.unit], clustered.excess, drawn)
permuted = multi_faceted_degree(together.permuted(generator(seed, "labels of facets")).counts()[0])
by_excess_expected = rank_correlations(permuted[clustered.unit], clustered.excess, drawn)

# %% tags=["hide-input"]
enough = bool(np.isfinite(share).all())
if enough:
    run.figure(
        curves_by_layer(
            {
                "units": share[None],
                "random patches": random_more.mean(dim=1).numpy()[None],
                "draws from a Gaussian": gaussian_share[None],
            },
            names,
            y_label="share with more than one cluster",
        ),
        alt="Share of units whose patches fall into more than one cluster, layer by layer, with random patches and Gaussian draws.",
        caption=f"Units of {of}: {len(clustered.unit)} drawn by the seed. Draws from a Gaussian should be at {LEVEL:.0%}.",
    )
else:
    run.say(f"Units of {of} have too few strong images here to look for clusters of their patches in every layer.")

# %% tags=["hide-input"]
if enough:
    excesses = facets_of.by_layer(clustered.excess, clustered.unit, layers)
    run.figure(
        spread_of_units(
            {"units": excesses, "random patches": list(clustered.random_excess)},
            names,
            y_label="excess of the silhouette (SD of the draws)",
            levels={"one Gaussian cluster": 0.0},
        ),
        alt="Excess of the silhouette over Gaussian draws for units of every layer and for random patches.",
        caption=f"How clearly the patches of units of {of} fall into clusters. Bars: middle half and middle 90%.",
    )

# %% tags=["hide-input"]
judged = studys and enough
ONES = f"{MISSING}, and enough strong images of every unit"
run.claim("control.one-cluster", gaussian_share if judged else None, missing=ONES)
random_share = random_more.mean(dim=1).numpy()
run.claim("beyond.facets", share if judged else None, floor=random_share if judged else None, missing=ONES)
run.claim("beyond.facets-depth", rise if judged else None, floor=random_rise if judged else None, missing=ONES)
run.claim(
    "beyond.facets-degree", by_excess if judged else None, floor=by_excess_expected if judged else None, missing=ONES
)

# %% [markdown]
# The same procedure on planted points: two groups, one elongated cloud, and a skewed cloud, which is one, but no Gaussian.

# %%
sizes = {"sets": run.by_scale(smoke=4, laptop=40, paper=100), "draws": run.by_scale(smoke=19, laptop=59, paper=199)}
planted = {
    kind: facets_of.planted(kind, points=50, seed=seed, **sizes)
    for kind in ("two groups", "elongated cloud", "skewed cloud")
}

# %% tags=["hide-input"]
run.claim("control.two-groups", (planted["two groups"] == 2).tolist())
run.claim("control.elongated-cloud", (planted["elongated cloud"] == 1).tolist())
skewed = float((planted["skewed cloud"] > 1).double().mean())
run.say(
    f"A skewed cloud is cut in {skewed:.0%} of the cases: a share above {LEVEL:.0%} alone does not tell that units have facets, "
    "one above that of random patches does."
    + (f" Of draws from the units' own Gaussians {gaussian_share.mean():.0%} are cut." if enough else "")
)

# %% [markdown]
# ## Where does the response come from?
#
# Patches are pasted into other images. A patch is cut where a unit is most active in one of its strongest images, and pasted
# at its own place into a random image of another class. The whole patch must keep the response, since the unit sees nothing
# else. Then the middle of the patch alone is pasted, of a share of each side, and beside it the middle of another random
# image. At last the middle, of 50% of each side, gets the rim of another patch of the *same unit*, from an image of the same
# class or of another.

# %%
moved = run.stage(swaps)["swaps"].history
by_share = {
    f"{middle}, {part:.0%}": swapped.layer_means(swapped.kept(moved, f"{middle}, {part:.0%}"), moved, layers)
    for middle in ("own", "random")
    for part in SHARES
}
by_rim, by_end = swapped.rims(moved, layers), swapped.gain_by_class(moved, layers)
halves = swapped.complete({middle: by_share[f"{middle}, 50%"] for middle in ("own", "random")})
looked_at = [name for name, value in zip(names, by_share["own, 50%"], strict=True) if np.isfinite(value)]
passed_over = [name for name in names if name not in looked_at]

# %% tags=["hide-input"]
run.say(
    f"Patches of {len(moved.unit)} units of {len(looked_at)} layers are swapped."
    + (
        f" In {', '.join(passed_over)} no patch can be moved: the units see the whole image of {seen.images.size} pixels, or no "
        "strong patch lies clear of the border."
        if passed_over
        else ""
    )
)
if looked_at:
    run.figure(
        curves_by_layer(
            {name: values[np.isfinite(values)][None] for name, values in by_share.items()},
            looked_at,
            y_label="response kept",
        ),
        alt="Share of the response that the middle of a patch keeps in a random image, layer by layer, by the size of the middle.",
        caption=f"Units of {of}: response with the middle of their own patch in a random image of another class, over that to the strong image; and with the middle of another random image. The shares are of the side of the patch.",
    )

# %% tags=["hide-input"]
whole = swapped.largest_error(moved, layers)
able = studys and len(whole) > 0
IMAGES = f"{MISSING}, and layers whose units see less than the image"
run.claim("control.whole-patch", whole if able else None, missing=IMAGES)
run.claim("beyond.middle", halves["own"] if able else None, floor=halves["random"] if able else None, missing=IMAGES)

# %% tags=["hide-input"]
rimmed = len(by_rim[SAME]) > 0
if rimmed:
    panels = swapped.by_end_and_rim(moved, layers)
    drawing = by_condition(panels, level=dict.fromkeys(panels, 1.0))
    for axis in drawing.axes[1:]:
        axis.sharex(drawing.axes[0])
        axis.autoscale(axis="x")
    for axis in drawing.axes:
        axis.set_xlabel("response kept")
    run.figure(
        drawing,
        alt="Response kept by the middle half of a patch in the rims of three kinds, for single- and multi-faceted units.",
        caption=f"Units of {of}; a point for each layer. The rim is that of a random image, or of a strong image of the same unit, of another class or the same. Random middles tell what the rim gives by itself.",
    )
else:
    run.say("No unit has strong images of one class enough to compare rims of the same class and of another.")

# %% tags=["hide-input"]
judged = studys and rimmed
RIMS = f"{IMAGES}, and units with strong images of one class"
run.claim("beyond.rim", {name: by_rim[name] for name in (RANDOM, OTHER)} if judged else None, missing=RIMS)
run.claim("beyond.rim-class", {name: by_rim[name] for name in (OTHER, SAME)} if judged else None, missing=RIMS)
judged = judged and len(by_end["single-faceted"]) > 0
run.claim("beyond.rim-degree", by_end if judged else None, missing=RIMS)

# %% [markdown]
# ## What are single-faceted units good for?
#
# A ridge classifier reads the classes from the responses of the last layer, trained on half of the images of each class. Then
# the responses of some units are set to their mean: those with the lowest or the highest degree, or others that respond as much.

# %%
last = where[-1]
splits = run.by_scale(smoke=2, laptop=10, paper=20)
readouts = {}  # by the set of images
if int(torch.bincount(labels, minlength=classes).min()) > 1:
    readouts[seen.images.name] = losses(x[:, last], labels, degree[last], splits=splits, seed=seed)
sharp = with_imagenette(seen, run.parameters)
if sharp is not None and ranks is not None:
    sharp_answers = answers["imagenette"].history
    sharp_labels = sharp.images.labels[sharp_answers.number.long()]
    own_degree = multi_faceted_degree(other.counts()[0])[last]
    readouts["Imagenette"] = losses(sharp_answers.value.float(), sharp_labels, own_degree, splits=splits, seed=seed)

# %% tags=["hide-input"]
for called, read in readouts.items():
    rows = {f"{name} degree": values for name, values in read.lost.items()}
    rows |= {f"like those of {name} degree": values for name, values in read.like.items()}
    run.figure(
        by_condition({"loss of accuracy": rows}, level={"loss of accuracy": 0}),
        alt=f"Loss of accuracy of a linear read-out without units of the highest degree, of the lowest, and of units like either: {called}.",
        caption=f"{called}: loss of a linear read-out of {names[-1]} of {of} without {SHARE:.0%} of the units; a point for each of {splits} splits.",
    )

# %% tags=["hide-input"]
first, second = readouts.get(seen.images.name), readouts.get("Imagenette")
judged = studys and first is not None
run.claim("beyond.ablation", first.lost if judged else None, floor=first.like if judged else None, missing=MISSING)
both_sets = studys and second is not None
run.claim(
    "beyond.ablation-imagenette",
    second.lost if both_sets else None,
    floor=second.like if both_sets else None,
    missing=f"{MISSING}, and Imagenette",
)

# %% [markdown]
# For which classes? A unit of a low degree has a class of its own, the commonest among its strongest images. The loss is
# taken among the images of each class, and compared with the number of removed units whose class it is.

# %%
if first is not None:
    without = first.without["lowest"]
    theirs, theirs_by_chance = (
        of_their_classes(table["lowest"], together.counts()[0][last], without)
        for table in (first.by_class, first.like_by_class)
    )

# %% tags=["hide-input"]
run.claim(
    "beyond.ablation-classes",
    theirs if judged else None,
    floor=theirs_by_chance if judged else None,
    missing=MISSING,
)
for called, read in readouts.items():
    classes_of = (seen if read is first else sharp).images.class_names
    mean = {name: table.mean(axis=0) for name, table in read.by_class.items()}
    most = mean["lowest"].argsort()[::-1][:5]
    said = [
        f"{word(classes_of[k]) if re.fullmatch(r'n[0-9]{8}', classes_of[k]) else classes_of[k]} ({mean['lowest'][k]:+.0%}, "
        f"without the highest {mean['highest'][k]:+.0%})"
        for k in most
    ]
    run.say(f"{called}: without the units of the lowest degree, the largest losses are those of {', '.join(said)}.")

# %% tags=["hide-input"]
run.units(unit_columns.identities(seen), unit_columns.of_selectivity(own, found), unit_columns.COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say("The study calls a unit single-faceted by the classes of its strongest images, and multi-faceted otherwise.")
if studys and first is not None and ranks is not None:
    run.say(
        f"The share of the commonest class among the strongest images and its AUC over other images have a rank correlation of "
        f"{np.mean(predicted['AUC']):.2f} within a layer ({run.verdict('beyond.auc')}), the degree and the AUC one of "
        f"{-np.mean(by_degree['AUC']):.2f} ({run.verdict('beyond.degree-auc')}); five indices of selectivity agree with one "
        f"another by {np.mean(agree):.2f} ({run.verdict('beyond.five-indices')}). Between two sets of images the number of "
        f"classes of a unit keeps its rank with {np.mean(ranks):.2f} ({run.verdict('beyond.ranks-between-sets')}). A read-out "
        f"of the last layer loses {np.mean(first.lost['lowest']):.1%} without the most single-faceted units and "
        f"{np.mean(first.lost['highest']):.1%} without the most multi-faceted ones ({run.verdict('beyond.ablation')})."
    )

# %% tags=["hide-input"]
if studys and enough:
    run.say(
        f"The patches of {share.mean():.0%} of the drawn units fall into more than one cluster, of random patches "
        f"{random_share.mean():.0%} ({run.verdict('beyond.facets')}); {both.mean():.0%} do so beyond both nulls. From the first "
        f"layer to the last the share {'rises' if rise.mean() > 0 else 'falls'} by {abs(100 * rise.mean()):.0f} points, that of "
        f"random patches changes by {100 * random_rise.mean():+.0f} ({run.verdict('beyond.facets-depth')}); it is highest in {names[int(share.argmax())]}, "
        f"lowest in {names[int(share.argmin())]} and {share[-1]:.0%} in {names[-1]}. The degree and the clusters have a rank "
        f"correlation of {by_excess.mean():.2f} within a layer ({run.verdict('beyond.facets-degree')})."
    )
if studys and len(halves["own"]):
    run.say(
        f"Of the response, {halves['own'].mean():.0%} are left when the middle half of a patch stands in an image of another "
        f"class, and {halves['random'].mean():.0%} with the middle of a random image ({run.verdict('beyond.middle')})."
    )
if studys and rimmed:
    run.say(
        f"In the rim of another strong image of the unit it is {by_rim[OTHER].mean():.0%} if the class is another ({run.verdict('beyond.rim')}), and "
        f"{by_rim[SAME].mean():.0%} if it is the same ({run.verdict('beyond.rim-class')}); that the class of the rim matters "
        f"more to single-faceted units: {run.verdict('beyond.rim-degree')}."
    )

# %% tags=["hide-input"]
run.finish()
