# ---
# jupyter:
#   book:
#     stages:
#     - googlenet_neurons/extremes
#     - googlenet_neurons/observer_choices
#     - googlenet_neurons/optimised_images
#     - googlenet_neurons/unit_statistics
#     - googlenet_neurons/ways_below
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
# # Images that excite and inhibit
#
# The study looks at natural images that excite a unit most and least, to see what its optimised image does not show
# entirely, and finds the pattern of the averaged kernel in them (section 4.1, figures 16, 17, 28, 30 and 32). It asks
# nobody else. Here an observer that knows no unit is shown the optimised image alone, or natural patches alone, and has
# to pick the stronger of two new images.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "googlenet"  # a network's name, or the path of a description of your own
layer = "auto"  # names of layers, separated by commas; auto: all
images = "auto"  # a folder or tar file with a folder for each class, or patterns; auto: ImageNet's where they are
thumbnails = "yes"  # yes, or no for a book that is published: no photographs that may not be

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np
import torch

from helpers.data import photographs
from helpers.data.images import PHOTOGRAPHS, open_images
from helpers.data.images_shown import are_shown
from helpers.pages import runs
from helpers.plots.sheets import sheets
from helpers.randomness import generator

# %% tags=["hide-cell"]
from helpers.studies.googlenet_neurons import choices as chosen
from helpers.studies.googlenet_neurons import pattern_statements, trust, unit_pictures
from helpers.studies.googlenet_neurons.columns.identity import identities
from helpers.studies.googlenet_neurons.columns.trust import COLUMNS, spread
from helpers.studies.googlenet_neurons.features import OBSERVERS, OTHER, OWN
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.inputs import record_inputs
from helpers.studies.googlenet_neurons.natural_extremes import EXCITING, INHIBITING, batches_of, responses
from helpers.studies.googlenet_neurons.parameters import PARAMETERS
from helpers.studies.googlenet_neurons.plots import trust as plots
from helpers.studies.googlenet_neurons.sampled_units import block_of_figures, branches_of_figures, shown
from helpers.studies.googlenet_neurons.stages import (
    extremes,
    observer_choices,
    optimised_images,
    unit_statistics,
    ways_below,
)
from helpers.studies.googlenet_neurons.subject import MISSING, subject
from helpers.studies.googlenet_neurons.ways import MIDDLING, NATURAL, OPTIMISED

# %% tags=["hide-input"]
run = runs.start("googlenet_neurons/03_images_that_excite_and_inhibit", globals(), **PARAMETERS, images=runs.String())

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
pool = natural_images(run.parameters, seen.loaded).open(seed)
record_inputs(run, seen, pool)
drawn = shown(seen, {name: made.history for name, made in run.stage(optimised_images).items()})
answers = run.stage(extremes)["extremes"].history
thumbs = are_shown(pool, thumbnails)
SHOWN = f"{seen.captioned}; images: {pool.name}" + ("" if thumbs else ", which may not be published: none is shown")
run.say(f"{seen.describe()} {len(pool):,} images of {pool.name}, {pool.size} pixels a side.")
run.say(
    f"Optimised images: {sum(len(each.place) for each in drawn)} units of {len(drawn)} layers. A response is that before "
    "the ReLU; a patch is what a unit sees where it is most, or least, active, moved to lie inside the image."
)

# %% [markdown]
# ## Figure 16: what excites a unit, and what inhibits it
#
# The study turns to an atlas of such images, of another pool. This one is of the natural images here: of each layer a unit
# of each size of kernels, the first of the sample. Upper row: the image optimised for the maximum, and patches with the
# largest responses. Lower row: the image optimised for the minimum, and patches with the smallest responses.

# %%
first = {}  # a unit of each branch with kernels of 3×3 or more
for each in drawn:
    for branch in [branch for branch in each.block.branches if min(branch.size) >= 3]:
        where = seen.places(branch)
        own = [place for place in each.place.tolist() if where.start <= place < where.stop]
        first |= {own[0]: unit_pictures.title_of(seen, own[0])} if own else {}
cuts = unit_pictures.patches(seen, answers, pool, list(first), count=6)

# %% tags=["hide-input"]
atlas = {
    title: [
        [*unit_pictures.optimised_of(drawn, place, way), *(cuts[place][way] if thumbs else [])]
        for way in (EXCITING, INHIBITING)
    ]
    for place, title in first.items()
}
run.figure(
    sheets(pattern_statements.even(atlas), columns=2),
    alt="For units of every layer two rows of small pictures: an optimised image and six patches that excite the unit most, and below the same for what inhibits it.",
    caption=f"After figure 16 of the study. Upper rows: maximum, lower rows: minimum; the first picture of a row is optimised. {SHOWN}.",
)

# %% [markdown]
# ## Figures 17, 28, 30 and 32: kernels and images
#
# The study's unit numbers do not carry over to other weights. So these units are chosen by a rule: their averaged kernels
# have the largest correlation with a ring, a diagonal, both diagonals, and a T, which runs from both sides to the top as the
# study says of its unit 428. First the averaged kernel (red above zero, blue below), then the optimised image if there is one,
# then nine patches.

# %%
stand_ins = unit_pictures.figure_units(seen)
their_cuts = unit_pictures.patches(seen, answers, pool, list(stand_ins.values()), count=9)

# %% tags=["hide-input"]
kernel_sheets = {}
for name, place in stand_ins.items():
    branch = unit_pictures.branch_of(seen, place)
    kernel = seen.weights(branch)[place - seen.places(branch).start].mean(0)
    rows = [
        [*unit_pictures.optimised_of(drawn, place, way), *(their_cuts[place][way] if thumbs else [])]
        for way in (EXCITING, INHIBITING)
    ]
    signs = unit_pictures.kernel_pictures(kernel)
    title = f"{unit_pictures.title_of(seen, place)}: {name}"
    kernel_sheets[title] = [[sign, *row] for sign, row in zip(signs, rows, strict=True)]
run.figure(
    sheets(pattern_statements.even(kernel_sheets), columns=1),
    alt="Four units, each with two rows: the positive cells of the averaged kernel and the patches that excite the unit most; the negative cells and the patches that inhibit it most.",
    caption=f"After figures 17, 28, 30 and 32: averaged kernels, their positive cells above and their negative ones below, and patches of {block_of_figures(seen).name}. {SHOWN}.",
)

# %% [markdown]
# Photographs that anyone may publish: the same units, and what they see in those that come with scikit-image and
# scikit-learn.

# %% tags=["hide-input"]
known = open_images(PHOTOGRAPHS, size=pool.size)
there = responses(seen, batches_of(known), list(stand_ins.values()), images=len(known), size=known.size)
in_photographs = unit_pictures.patches(seen, there, known, list(stand_ins.values()), count=8)
run.figure(
    sheets(
        {
            unit_pictures.title_of(seen, place): [in_photographs[place][way] for way in (EXCITING, INHIBITING)]
            for place in stand_ins.values()
        },
        columns=2,
    ),
    alt="Four units, each with two rows of eight patches of photographs: those that excite the unit most, and those that inhibit it most.",
    caption=f"Units of {seen.called} in {len(known)} photographs of {known.size} pixels. {photographs.credits()}.",
)

# %% [markdown]
# ### Is there a pattern, and is it that of the kernel?
#
# *One pattern*: the mean cosine of a unit's nine patches to each other, in features of another network, beside that to the
# patches of other units of the branch, and of other places of the same images. *Of the kernel*: the local contrast of the
# patches (the absolute deviation of luminance from the patch's mean) on the grid of the kernel's cells, correlated with the
# averaged kernel; for circles and for the T, how much either has this shape.

# %%
observers = run.stage(observer_choices)
alike = observers["alike"].history
same = {branch.name: pattern_statements.same_pattern(seen, alike, branch) for branch in branches_of_figures(seen)}
apart = pattern_statements.elsewhere(seen, alike, size=pool.size)
largest = branches_of_figures(seen)[-1]
signs = pattern_statements.kernel_and_contrast(seen, answers, pool, largest, seed=seed)
shapes = pattern_statements.shapes(seen, run.stage(unit_statistics, "natural")["natural"].history, pool, seed=seed)
variance = pattern_statements.variance_of_pattern(seen, generator(seed, "shuffled positions"))

# %% tags=["hide-input"]
studys = seen.is_studys


def judge(claim_id, values, floor=None):
    run.claim(claim_id, values if studys else None, floor=floor if studys else None, missing=MISSING)


judge("figs-28-30.same-pattern", same.get("3x3"))
judge("fig-32.same-pattern", same.get("5x5"))
judge("control.same-images", apart)
judge("fig-32.negative", *signs)
judge("fig-17.circle", *shapes["ring"])
judge("figs-31-32.t-shape", *shapes["t"])
judge("sec-4-1.variance", *variance)

# %% [markdown]
# ## The trust question
#
# {cite:t}`borowski2021` asked people this about the same architecture, and found them better with natural images than with
# optimised ones. The natural images are dealt into four parts. New images are from one part: the five that excite the unit most, and five
# from the middle of the order. References are from the other parts: the unit's strongest patches; or the optimised image is
# the reference. The observer has a vector of features for each patch, standardised, references of each kind among
# themselves. It picks the new image with the larger cosine to the mean reference: a two-alternative forced choice.
#
# Four observers: 8 × 8 pixels; mean activations of the layer before the first block; of another network; and of the
# unit's own layer without the unit, an upper bound.

# %% tags=["hide-input"]
first_of = [
    next(place for place in first if place in each.place.tolist())
    for each in drawn
    if set(first) & set(each.place.tolist())
]
if thumbs and first_of:
    asked = {}
    for place in dict.fromkeys([first_of[0], first_of[len(first_of) // 2], first_of[-1]]):
        parts = unit_pictures.trial(seen, answers, pool, place)
        shown_first = [*unit_pictures.optimised_of(drawn, place, EXCITING), *parts["references"]]
        asked[unit_pictures.title_of(seen, place)] = [shown_first, [*parts["strong"]], [*parts["middling"]]]
    run.figure(
        sheets(pattern_statements.even(asked), columns=1),
        alt="Three units, each with three rows: the optimised image and nine patches as references, five strong new images, and five middling ones.",
        caption=f"What an observer is shown, of the first part of the images. Upper rows: references, first the optimised image, then nine patches. Middle and lower rows: new images that excite the unit strongly, and middlingly. {SHOWN}.",
    )

# %%
found = trust.trust(seen, observers["choices"].history)
by_observer = {observer: {name: found.share(name, observer) for name in chosen.CONDITIONS} for observer in OBSERVERS}
accuracy = {name: float(np.nanmean(values)) for name, values in by_observer[OTHER].items()}

# %% tags=["hide-input"]
run.figure(
    plots.by_condition(by_observer, x_label="share of right choices", level=0.5),
    alt="Share of right choices under eleven conditions, a mark with an interval for each of four observers, and a dotted line at one half.",
    caption=f"Mean and 95% interval over {len(found.place)} units. Numbers are of strongest patches as references; new images are strong and middling ones unless weakest is said. {seen.captioned}.",
)
run.figure(
    plots.by_layer(
        {
            "nine strongest patches": found.by_block(chosen.NATURAL),
            "optimised image": found.by_block(chosen.OPTIMISED),
            "patches of another unit": found.by_block(chosen.PERMUTED),
            "optimised image of another unit": found.by_block(chosen.OPTIMISED_PERMUTED),
        },
        y_label="share of right choices",
        level=0.5,
    ),
    alt="Share of right choices by layer: with nine patches, with the optimised image, and both of another unit of the layer.",
    caption=f"The observer with features of another network, mean and 95% interval over the units of each layer. {seen.captioned}.",
)

# %% tags=["hide-input"]
judge("beyond.trust.natural", by_observer[OTHER][chosen.NATURAL], by_observer[OTHER][chosen.PERMUTED])
judge("beyond.trust.optimised", by_observer[OTHER][chosen.OPTIMISED], by_observer[OTHER][chosen.OPTIMISED_PERMUTED])
pairs = found.known(chosen.OPTIMISED, chosen.NATURAL)
judge("beyond.trust.natural-better", trust.renamed(pairs, "optimised", "natural"))
judge("beyond.trust.one-patch", trust.renamed(found.known(chosen.OPTIMISED, chosen.ONE), "optimised", "one"))
judge("beyond.trust.count", trust.renamed(found.known(*chosen.COUNTS), *map(str, chosen.REFERENCES)))
judge("beyond.trust.depth-natural", found.over_depth(chosen.NATURAL))
judge("beyond.trust.depth-optimised", found.over_depth(chosen.OPTIMISED))
judge("beyond.trust.weakest", trust.renamed(found.known(chosen.NATURAL, chosen.WEAKEST), "middling", "weakest"))
judge("beyond.trust.both-ends", trust.renamed(found.known(chosen.OPTIMISED, chosen.BOTH), "maximum", "both"))
together = found.known(chosen.OPTIMISED, chosen.TOGETHER), found.known(chosen.OPTIMISED, chosen.TOGETHER_PERMUTED)
judge("fig-16.diagnosis", *(trust.renamed(each, "optimised", "both") for each in together))

# %% tags=["hide-input"]
own_alike = alike.own[torch.searchsorted(alike.place, found.place)].numpy()
judge(
    "beyond.trust.agreement",
    trust.rank_correlations(own_alike, by_observer[OTHER][chosen.NATURAL], found.block.numpy()),
)
judge("beyond.trust.observers", {name: by_observer[name][chosen.NATURAL] for name in OBSERVERS if name != OWN})
judge("control.trust.permuted", by_observer[OTHER][chosen.PERMUTED])
judge("control.trust.bound", {name: by_observer[name][chosen.NATURAL] for name in (OTHER, OWN)})

# %% [markdown]
# ## The same way through the layers below?
#
# {cite:t}`geirhos2024` ask whether optimised images reach a unit by the layers' answers that natural ones give. For a unit
# and a layer below it: mean activations of that layer's units over what the unit sees. Known are those of the
# nine strongest patches among every other image. Shown is the optimised image, or strong patches from the rest of the
# images, or middling ones. The measure is the share of other units of the unit's layer whose known patches match worse what
# is shown than the unit's own do: 0.5 for pairs that are permuted.

# %%
below = trust.ways(seen, run.stage(ways_below)["ways"].history)

# %% tags=["hide-input"]
run.figure(
    plots.matrices(
        {kind: below.matrix(kind) for kind in (OPTIMISED, NATURAL, MIDDLING)},
        [block.name for block in seen.blocks],
        below.layers,
        label="share that match worse",
        x_label="layer below",
        y_label="layer of the units",
    ),
    alt="Three maps with a row for each layer of units and a column for each layer below it: shares for the optimised image, for other strong patches and for middling patches.",
    caption=f"Mean over the units of a layer; 0.5 is chance; grey: no such layer below. {seen.captioned}.",
)
judge("beyond.way.same", below.last(OPTIMISED)[~np.isnan(below.last(OPTIMISED))])
judge("beyond.way.as-natural", below.pairs(OPTIMISED, NATURAL))
judge("beyond.way.closer", below.closer(OPTIMISED))
judge("control.way.middling", below.pairs(MIDDLING, NATURAL))

# %% tags=["hide-input"]
patches_are, elsewhere_are = (each.numpy() for each in (alike.own, alike.elsewhere))
groups = found.block.numpy(), trust.branch_rows(seen, alike.place).numpy()
columns = {
    "right_by_patches": (found.place, by_observer[OTHER][chosen.NATURAL]),
    "right_by_optimised": (found.place, by_observer[OTHER][chosen.OPTIMISED]),
    "way_of_optimised_percentile": (found.place, below.last(OPTIMISED)),
    "way_of_patches_percentile": (found.place, below.last(NATURAL)),
    "patches_alike": (alike.place, patches_are),
    "patches_alike_percentile": (alike.place, trust.percentile(patches_are, elsewhere_are, groups[1])),
}
for name, condition in (("patches", chosen.PERMUTED), ("optimised", chosen.OPTIMISED_PERMUTED)):
    own, control = columns[f"right_by_{name}"][1], by_observer[OTHER][condition]
    columns[f"right_by_{name}_percentile"] = (found.place, trust.percentile(own, control, groups[0]))
run.units(identities(seen), spread(seen.units, columns), COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say("The study shows images that excite a unit and sees in them the pattern of its kernel.")
if studys:
    own, others = (np.mean(same["3x3"][name]) for name in ("own", "others"))
    run.say(
        f"Patches of one unit are more alike than those of several (cosine {own:.2f} against {others:.2f}; "
        f"{run.verdict('figs-28-30.same-pattern')}). That the exciting and the inhibiting ones follow the positive and the "
        f"negative cells: {run.verdict('fig-32.negative')}; that rings show circles: {run.verdict('fig-17.circle')}; that a "
        f"T shows the same shape: {run.verdict('figs-31-32.t-shape')}."
    )
run.say(
    f"An observer with features of another network picks the stronger of two new images in {accuracy[chosen.NATURAL]:.0%} "
    f"of the trials by nine patches, in {accuracy[chosen.ONE]:.0%} by one, in {accuracy[chosen.OPTIMISED]:.0%} by the "
    f"optimised image, and in {accuracy[chosen.PERMUTED]:.0%} by the patches of another unit. That natural ones tell more: "
    f"{run.verdict('beyond.trust.natural-better')}; that patches help beside the optimised image: "
    f"{run.verdict('fig-16.diagnosis')}."
)
optimised, natural = (np.mean(each) if each else np.nan for each in below.pairs(OPTIMISED, NATURAL).values())
run.say(
    f"In the layer below, the optimised image matches the unit's own patches better than those of {optimised:.0%} of the "
    f"other units, other natural patches of the unit do so for {natural:.0%}. That optimised images take the way of natural "
    f"ones less: {run.verdict('beyond.way.as-natural')}."
)

# %% tags=["hide-input"]
run.finish()
