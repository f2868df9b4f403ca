# ---
# jupyter:
#   book:
#     stages:
#     - conceptual_content/components
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
# # Patches and their independent components
#
# The study cuts out what a unit sees in each of its strongest images, and shows eight independent components of these patches
# (section 2.2, tables 2 and 3, figure 4, appendix B). Components that look alike are to tell a single-faceted unit, unlike ones
# a multi-faceted unit. Here are the study's own named units, and likeness as a number, with random patches beside it.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "vgg16"  # a network's name, or the path of a description of your own
layers = "auto"  # names of layers, separated by commas; auto: all non-linearities with positions
images = "auto"  # a folder or tar file with a folder for each class, or patterns; auto: Tiny-ImageNet where it is
draws = 5  # networks with random weights beside the trained one, on page 5
thumbnails = "yes"  # yes, or no for a book that is published: no photographs that may not be

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np

from helpers.data import photographs
from helpers.data.images import PHOTOGRAPHS, open_images
from helpers.data.images_shown import are_shown
from helpers.pages import runs
from helpers.plots.curves import lines
from helpers.plots.sheets import sheets
from helpers.studies.conceptual_content import component_statements, galleries, statements
from helpers.studies.conceptual_content.component_measures import NUMBERS
from helpers.studies.conceptual_content.facets import effective_classes, flatness, multi_faceted_degree
from helpers.studies.conceptual_content.inputs import record_inputs
from helpers.studies.conceptual_content.parameters import PARAMETERS
from helpers.studies.conceptual_content.patches import patches_in, patches_of_units
from helpers.studies.conceptual_content.plots.layers import curves_by_layer
from helpers.studies.conceptual_content.significance import p_by_normal_fit, within_layers
from helpers.studies.conceptual_content.stages import components as components_stage
from helpers.studies.conceptual_content.stages import unit_statistics
from helpers.studies.conceptual_content.subject import MISSING, subject
from helpers.studies.conceptual_content.top_lists import whole

# %% tags=["hide-input"]
run = runs.start("conceptual_content/02_patches_and_components", globals(), **PARAMETERS)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
studys = seen.is_studys
lists = whole(seen, run.stage(unit_statistics, seen.key)[seen.key].history)
record_inputs(run, seen)
counts = lists.counts()[0]
degree, classes, flat = multi_faceted_degree(counts), effective_classes(counts), flatness(counts)
names, top, of = seen.names, lists.top, seen.captioned
layer_of = dict(zip(seen.units, names, strict=True))
shown = 8 if are_shown(seen.images, thumbnails) else 0  # patches of a unit that figures show
MARK = f"Sign and order of components mean nothing;{galleries.NOT_CONVERGED}: FastICA did not converge."
run.say(f"{seen.describe()} A patch is the field of view of a unit at its maximum, moved to lie inside the image.")

# %% [markdown]
# ## Figure 4: the units that the study chose
#
# For each layer the unit that the study calls single-faceted (left), and the one that it calls multi-faceted (right): eight
# grey components of its patches, and the strongest patches. In another network, the units with the lowest and the highest
# degree stand here. The layers are those in which the numbers exist, counted from 0.

# %%
if studys:
    chosen = {name: [seen.units[name].start + unit for unit in pair] for name, pair in statements.NAMED_PAIRS.items()}
else:
    few = dict(list(seen.units.items())[:: max(1, len(seen.units) // 5)])
    both = galleries.ends(degree, few, 1)
    chosen = {name: [int(unit) for end in pair for unit in end] for name, pair in both.items()}


def titles(units: list[int], more: str = "") -> dict[int, str]:
    """The layer and the number of each unit, with its degree."""
    places = galleries.numbered(units, seen.units)
    return {unit: f"{layer_of[name]} {k}{more}: degree {degree[unit]:.2f}" for unit, (name, k) in places.items()}


pair_titles = titles([unit for pair in chosen.values() for unit in pair])
cuts = patches_of_units(seen, lists, chosen)

# %% tags=["hide-input"]
if pair_titles:
    run.figure(
        sheets(galleries.in_grey(pair_titles, cuts, seed=seed, patches=shown), columns=2, mark=galleries.NOT_CONVERGED),
        alt="For each layer two units side by side, the single-faceted one at the left: a row of eight grey pictures, which are independent components, and below it patches of images if they may be shown.",
        caption=f"After figure 4 of the study: single-faceted units (left) and multi-faceted ones (right) of {of}. {MARK} "
        + (
            "Below: the strongest patches, thumbnails of these images."
            if shown
            else "Images may not be published: none is shown."
        ),
    )
told = [
    f"| {layer_of[name]} | {kind} | {unit - seen.units[name].start} | {degree[unit]:.2f} | {classes[unit]:.0f} | {int(counts[unit].max())} |"
    for name, pair in chosen.items()
    for kind, unit in zip(("single", "multi"), pair, strict=False)
]
run.say(
    f"| layer | called | unit | degree | effective classes | of {top} images in one class |\n|---|---|---|---|---|---|\n"
    + "\n".join(told)
)

# %% [markdown]
# The same units look at the photographs that come with scikit-image and scikit-learn, which anyone may publish: their
# patches in those photographs that excite them most. No class is counted here; they are pictures to look at.

# %% tags=["hide-input"]
known = open_images(PHOTOGRAPHS, size=run.by_scale(smoke=64, laptop=224, paper=224))
elsewhere = patches_in(seen, known, chosen, count=8)
if pair_titles:
    run.figure(
        sheets({title: [elsewhere[unit]] for unit, title in pair_titles.items()}, columns=2),
        alt="For each layer two units side by side: the patches of eight photographs that excite the unit most.",
        caption=f"Units of {seen.called} in {len(known)} photographs of {known.size} pixels: the patch at the unit's maximum, the strongest photograph first. {photographs.credits()}.",
    )

# %% [markdown]
# ## Tables 2 and 3: three renderings
#
# Components of grey patches; of each channel by itself, put together as colours; and the latter as whole numbers of eight bits.
# The k-th component of one channel has nothing to do with the k-th of another. Table 3 names four units; of table 2 the text
# that we have holds no row. So the unit with the lowest and the one with the highest degree of each layer follow, with p-values
# by a normal fit within the layer.

# %%
p_value = {side: within_layers(p_by_normal_fit, degree, lists.layers, side=side) for side in ("low", "high")}
shown_layers = dict(list(seen.units.items())[:: run.by_scale(smoke=6, laptop=1, paper=1)])  # a smoke run draws a few
extremes = galleries.ends(degree, shown_layers, 4)
first = {name: [int(low[0]), int(high[0])] for name, (low, high) in extremes.items() if len(low)}
table_3 = {name: [seen.units[name].start + unit] for name, unit in statements.NAMED.items()} if studys else {}
wanted = {name: sorted({*first.get(name, []), *table_3.get(name, [])}) for name in {**first, **table_3}}
table_cuts = patches_of_units(seen, lists, wanted)


def with_p(units: list[int], side: str) -> dict[int, str]:
    return {unit: f"{title}, p {p_value[side][unit]:.2g}" for unit, title in titles(units).items()}


# %% tags=["hide-input"]
if table_3:
    named = with_p([unit for own in table_3.values() for unit in own], "high")
    run.figure(
        sheets(galleries.in_three_renderings(named, table_cuts, seed=seed), columns=2, mark=galleries.NOT_CONVERGED),
        alt="Four units, each with three rows of eight components: grey, by channel, and as eight-bit numbers.",
        caption=f"After table 3 of the study, its four units in {of}: grey, by channel, eight bits. {MARK}",
    )
sides = [with_p([own[k] for own in first.values()], side) for k, side in enumerate(("low", "high"))]
in_pairs = {unit: title for pair in zip(*(each.items() for each in sides), strict=True) for unit, title in pair}
if in_pairs:  # a layer of one unit has no two ends
    run.figure(
        sheets(galleries.in_three_renderings(in_pairs, table_cuts, seed=seed), columns=2, mark=galleries.NOT_CONVERGED),
        alt="For each layer the unit with the lowest degree at the left and the one with the highest at the right, each with three rows of eight components: grey, by channel, and as eight-bit numbers.",
        caption=f"After tables 2 (left: lowest degree) and 3 (right: highest) of the study, a row for each layer of {of}: grey, by channel, eight bits. {MARK}",
    )
for claim_id in ("tables-2-3.renderings", "table-2.rows", "tables-2-3.pictures", "sec-2-3.objects", "appendix-b.units"):
    run.claim(claim_id)

# %% [markdown]
# ## Appendix B: more units
#
# Of appendix B some numbers of units can be read, and not their layers. So these are the four units with the lowest degree of
# each layer, and the four with the highest. The figures are folded.

# %% tags=["hide-cell"]
gallery_cuts = patches_of_units(
    seen, lists, {name: [int(k) for end in pair for k in end] for name, pair in extremes.items()}
)
PER_FIGURE = 4  # layers
for start in range(0, len(extremes), PER_FIGURE):
    part = list(extremes.values())[start : start + PER_FIGURE]
    units = [int(k) for low, high in part for pair in zip(low, high, strict=True) for k in pair]
    called = ", ".join(layer_of[name] for name in list(extremes)[start : start + PER_FIGURE])
    if units:
        run.figure(
            sheets(galleries.in_grey(titles(units), gallery_cuts, seed=seed), columns=2, mark=galleries.NOT_CONVERGED),
            alt=f"Eight grey components of units of {called}: low degrees at the left, high ones at the right.",
            caption=f"Units of {called} of {of}: the lowest degrees (left) and the highest (right), the most extreme first. {MARK}",
        )

# %% [markdown]
# ## Likeness as a number
#
# Likeness of two components is their largest absolute correlation over all shifts: neither sign nor place matters. Beside the
# patches of a unit stand others of the same size and number, cut anywhere from any of the images.

# %%
stage = run.stage(components_stage)["components"].history
looked = component_statements.looked_at(stage, lists.layers, degree, flat)
beside = component_statements.compared_with_random(looked)
measured = component_statements.over_layers(looked)

# %% tags=["hide-input"]
run.figure(
    curves_by_layer(
        {
            "components of a unit": np.array([looked.by_layer(looked.likeness("shifted"))]),
            "of random patches": np.array([looked.by_layer(looked.likeness("shifted", random=True))]),
            "principal components of a unit": np.array([looked.by_layer(looked.likeness("principal"))]),
            "centres of clusters": np.array([looked.by_layer(looked.likeness("k-means"))]),
            "the patches themselves": np.array([looked.by_layer(looked.likeness("patches"))]),
        },
        names,
        y_label="mean likeness of eight components",
    ),
    alt="Mean likeness of eight components, layer by layer: of independent components of units and of random patches, of principal components, of centres of clusters, and of patches.",
    caption=f"Likeness of the components of {len(stage.unit)} units of {of}, and of random patches of the same size and number.",
)


def judge_beside(*ids: str) -> None:
    for claim_id in ids:
        values, floor = beside[claim_id] if studys else (None, None)
        run.claim(claim_id, values, floor=floor, missing=MISSING)


def judge(*ids: str) -> None:
    for claim_id in ids:
        run.claim(claim_id, measured[claim_id] if studys else None, missing=MISSING)


# %% tags=["hide-input"]
judge_beside("sec-2-2.alike-single", "control.alike.spectra")
judge("beyond.alike.principal", "beyond.alike.k-means", "beyond.alike.patches")
judge_beside("sec-3.single-alike", "sec-2-3.blurred")
judge("sec-2-3.exception")
judge_beside("beyond.shallow-alike")

# %% [markdown]
# ## Do the components come back?
#
# The patches are drawn anew, with replacement, and components are matched to those of another draw: the pairs are chosen whose
# absolute correlations have the largest sum. Components of a number that the patches really have would come back best.

# %% tags=["hide-input"]
curves = component_statements.by_number(looked)
if all(curves.values()):
    run.figure(
        lines(
            np.array(NUMBERS),
            {"units": np.array(list(curves.values())).T},
            x_label="number of independent components",
            y_label="matched likeness",
        ),
        alt="Matched likeness of components over bootstraps of the patches, against the number of components.",
        caption=f"How alike the components of two draws of a unit's patches are: mean and 95% interval over the layers of {of}.",
    )

# %% tags=["hide-input"]
converged = looked.alone("converged")
told = []
for name, where in zip(names, looked.layers.values(), strict=True):
    own = converged[where]
    told.append(
        f"| {name} | {len(own)} | {int((own == 1).sum())} | {int((own == 0).sum())} | {int(own.isnan().sum())} |"
    )
run.say(
    "| layer | units looked at | FastICA converged | did not | fewer than eight components |\n|---|---|---|---|---|\n"
    + "\n".join(told)
)
judge_beside("sec-2-2.eight")
judge("beyond.how-many", "control.converged", "control.seeds")
judge_beside("beyond.components-real")
judge("beyond.principal", "beyond.k-means")
judge_beside("sec-2-2.several")
run.claim("sec-2-2.sources")

# %% [markdown]
# ## Channels, and classes
#
# Are channels better taken by themselves? And do components tell the classes of the patches, more than principal components do?

# %% tags=["hide-input"]
judge("beyond.channels", "sec-2-3.concatenated", "sec-3.aspects")
for claim_id in ("sec-3.first", "sec-1.one-reference", "sec-1.saliency", "sec-1.section-c"):
    run.claim(claim_id)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study reads from eight independent components whether a unit is single- or multi-faceted: alike, or unlike."
)
if studys:
    alike = np.mean(beside["sec-2-2.alike-single"][0])
    again, other = (np.mean(each) for each in beside["beyond.components-real"])
    run.say(
        f"Within a layer, likeness and degree have a rank correlation of {alike:.2f} on average "
        f"({run.verdict('sec-2-2.alike-single')}). Components come back with a matched likeness of {again:.2f}, those of random "
        f"patches with {other:.2f} ({run.verdict('beyond.components-real')}). That eight suit best: {run.verdict('sec-2-2.eight')}. "
        f"Likeness of independent components says no more of the degree than that of principal ones: "
        f"{run.verdict('beyond.alike.principal')}; than that of centres of clusters: {run.verdict('beyond.alike.k-means')}; "
        f"than that of the patches themselves: {run.verdict('beyond.alike.patches')}. FastICA converged for "
        f"{float(converged.nanmean()):.0%} of the units looked at ({run.verdict('control.converged')})."
    )

# %% tags=["hide-input"]
run.finish()
