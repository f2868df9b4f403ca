# ---
# jupyter:
#   book:
#     stages:
#     - conceptual_content/responses
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
# images, what other indices of selectivity say of it, whether it is the same with other images, and what it is good for?

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
import numpy as np
import torch

from helpers.pages import runs
from helpers.plots.conditions import by_condition
from helpers.randomness import generator
from helpers.studies.conceptual_content import selectivity_indices as selectivity
from helpers.studies.conceptual_content import top_lists, unit_columns
from helpers.studies.conceptual_content.ablation import SHARE, losses
from helpers.studies.conceptual_content.along_layers import rank_correlations
from helpers.studies.conceptual_content.facets import effective_classes, multi_faceted_degree, purity
from helpers.studies.conceptual_content.parameters import PARAMETERS
from helpers.studies.conceptual_content.passes import from_stage, image_sets
from helpers.studies.conceptual_content.plots.layers import curves_by_layer
from helpers.studies.conceptual_content.stages import responses, unit_statistics
from helpers.studies.conceptual_content.subject import MISSING, subject

# %% tags=["hide-input"]
run = runs.start("conceptual_content/06_what_is_a_multifaceted_unit", globals(), **PARAMETERS)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
studys = seen.is_studys
kept = run.stage(unit_statistics, seen.key)[seen.key].history
answered = run.stage(responses)["responses"].history  # to all images of the first part
lists, together = top_lists.by_part(seen, kept), top_lists.whole(seen, kept)
run.record_input("weights", seen.loaded.name, seen.loaded.weights.description, list(seen.loaded.network.parameters()))
run.record_input("data", seen.images.name, seen.images.source, [seen.images.identity()])
names, layers, of = seen.names, lists.layers, seen.called
run.say(f"{seen.describe()} Of the first part, the responses to all {len(answered.number)} images are known.")

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
    caption=f"How well the units of {of} tell the class of their strongest images from all others, on {len(labels)} images that did not choose it. 0.5 is chance.",
)
for claim_id, name in (("beyond.auc", "AUC"), ("beyond.d-prime", "d'")):
    values, beside = (predicted[name], expected[name]) if studys else (None, None)
    run.claim(claim_id, values, floor=beside, missing=MISSING)

# %% [markdown]
# ## Five indices side by side

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
    caption=f"Five indices of the units of {of} on {len(labels)} images, against how single-faceted the units are by the study's degree.",
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
# ## What are single-faceted units good for?
#
# A ridge classifier reads the classes from the responses of the last layer, trained on half of the images of each class. Then
# the responses of some units are set to their mean: those with the lowest or the highest degree, or others that respond as much.

# %%
last = where[-1]
splits = run.by_scale(smoke=2, laptop=10, paper=20)
enough = int(torch.bincount(labels, minlength=classes).min()) > 1
lost, alike = losses(x[:, last], labels, degree[last], splits=splits, seed=seed) if enough else ({}, {})

# %% tags=["hide-input"]
if lost:
    called = {f"{name} degree": values for name, values in lost.items()}
    called |= {f"like those of {name} degree": values for name, values in alike.items()}
    run.figure(
        by_condition({"loss of accuracy": called}, level={"loss of accuracy": 0}),
        alt="Loss of accuracy of a linear read-out without units of the highest degree, of the lowest, and of units like either.",
        caption=f"Loss of a linear read-out of {names[-1]} of {of} without {SHARE:.0%} of the units; a point for each of {splits} splits.",
    )
run.claim("beyond.ablation", lost if studys else None, floor=alike if studys and alike else None, missing=MISSING)

# %% tags=["hide-input"]
run.units(unit_columns.identities(seen), unit_columns.of_selectivity(own, found), unit_columns.COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say("The study calls a unit single-faceted by the classes of its strongest images, and multi-faceted otherwise.")
if studys and lost and ranks is not None:
    run.say(
        f"The share of the commonest class among the strongest images and its AUC over other images have a rank correlation of "
        f"{np.mean(predicted['AUC']):.2f} within a layer ({run.verdict('beyond.auc')}); five indices of selectivity agree with "
        f"one another by {np.mean(agree):.2f} ({run.verdict('beyond.five-indices')}). Between two sets of images the number of "
        f"classes of a unit keeps its rank with {np.mean(ranks):.2f} ({run.verdict('beyond.ranks-between-sets')}). A read-out of "
        f"the last layer loses {np.mean(lost['lowest']):.1%} without the most single-faceted units and "
        f"{np.mean(lost['highest']):.1%} without the most multi-faceted ones ({run.verdict('beyond.ablation')})."
    )

# %% tags=["hide-input"]
run.finish()
