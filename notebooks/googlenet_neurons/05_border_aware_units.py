# ---
# jupyter:
#   book:
#     stages:
#     - googlenet_neurons/border_responses
#     - googlenet_neurons/border_images
#     - googlenet_neurons/border_noise
#     - googlenet_neurons/border_starts
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
# # Border-aware units
#
# The study finds units whose optimised image has a pattern at the border of the image alone, tells them by their weights with a
# Kolmogorov-Smirnov test, and replaces zero padding by noise, so that they see no border (sections 4.1.2 and 4.2.2, tables 2
# and 4, algorithm 4, figures 20 to 26). Do these units answer the border, or lines of the picture? Here are three detectors:
# weights, activations, and images that are shifted.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "googlenet"  # a network's name, or the path of a description of your own
layer = "auto"  # names of layers, separated by commas; auto: all
images = "auto"  # a folder or tar file with a folder for each class, or patterns; auto: ImageNet's where they are
shuffles = 8  # of all kernels over their positions, as a control
draws = 5  # networks with random weights whose kernels are compared

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np
import torch

from helpers.data.images import PHOTOGRAPHS, open_images
from helpers.data.photographs import credits
from helpers.hooks.recording import record
from helpers.pages import runs
from helpers.plots.curves import lines
from helpers.plots.sheets import sheets
from helpers.statistics.rank_correlation import rank_correlation

# %% tags=["hide-cell"]
from helpers.studies.googlenet_neurons import border_averages, border_depths, border_noise_statements, border_pictures
from helpers.studies.googlenet_neurons import border_statements as statements
from helpers.studies.googlenet_neurons.border_lines import INSIDE, SIDES, THRESHOLD
from helpers.studies.googlenet_neurons.border_matching import pictured
from helpers.studies.googlenet_neurons.border_noise import READINGS
from helpers.studies.googlenet_neurons.border_paddings import KINDS
from helpers.studies.googlenet_neurons.border_pass import GREYS, responses_with
from helpers.studies.googlenet_neurons.border_units import DETECTORS, weighed
from helpers.studies.googlenet_neurons.columns import border as columns
from helpers.studies.googlenet_neurons.columns.identity import identities
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.inputs import record_inputs
from helpers.studies.googlenet_neurons.parameters import PARAMETERS
from helpers.studies.googlenet_neurons.plots import borders as plots
from helpers.studies.googlenet_neurons.stages import border_images, border_noise, border_responses, border_starts
from helpers.studies.googlenet_neurons.subject import MISSING, subject
from helpers.studies.googlenet_neurons.trainings import compared

# %% tags=["hide-input"]
run = runs.start(
    "googlenet_neurons/05_border_aware_units",
    globals(),
    shuffles=runs.Integer(1, 1000),
    draws=runs.Integer(1, 100),
    images=runs.String(),
    **PARAMETERS,
)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
tried = natural_images(run.parameters, seen.loaded).open(seed)
record_inputs(run, seen, tried)
answers = {key: made.history for key, made in run.stage(border_responses).items()}
few, few_images = run.by_scale(smoke=1, laptop=10**6, paper=10**6), run.by_scale(smoke=8, laptop=64, paper=1300)
borders = weighed(seen, answers, shuffles=min(shuffles, few), draws=min(draws, few), seed=seed)
told, flagged = borders.detected(), borders.lines.flagged()
names, branch_of = list(borders.blocks), [branch for branch in borders.branches for _ in range(branch.units)]
run.say(f"{seen.describe()} Units with kernels of 3×3 or more: {len(flagged):,}.")


def judge(found: statements.Judged, *only: str) -> None:
    """Report these claims; those on the study's network need it, and units that are flagged."""
    for claim_id in only:
        values, floor = found[claim_id]
        known = seen.is_studys and bool(flagged.any())
        run.claim(claim_id, values if known else None, floor=floor if known else None, missing=MISSING)


# %% [markdown]
# ## Algorithm 4: which line of the kernel is odd
#
# A column of a unit's kernel is a sample: all its weights, over rows and channels (figure 21). The distance of two columns is
# the largest difference of their cumulative distributions, and the score of a unit the largest minus the smallest distance of
# its pairs of columns; likewise for rows. The odd line is the one with the largest sum of distances to the others. All pairs of
# a unit are compared after sorting its weights once, exactly as SciPy compares each pair.

# %%
score = borders.lines.best  # the larger one of columns and rows: the "or" of the text
ranked = score.argsort(descending=True).tolist()


def named(unit: int) -> str:
    """A unit by its block and its number there."""
    return f"{branch_of[unit].block} {branch_of[unit].first + at(unit)}"


def called(unit: int) -> str:
    """A unit by its name, with the side of its odd line."""
    side = int(borders.lines.side[unit])
    return f"{named(unit)}, {'inside' if side == INSIDE else SIDES[side]}"


def at(unit: int) -> int:
    """The number of a unit in its branch."""
    return unit - borders.places[branch_of[unit].layer].start


def kernels_of(unit: int) -> torch.Tensor:
    """The kernels of a unit: (channel, row, column)."""
    return seen.weights(branch_of[unit])[at(unit)]


# %% tags=["hide-input"]
run.figure(
    plots.stacked_kernels(kernels_of(ranked[0])),
    alt="A stack of small kernels, one for each channel; the first column and the first row of each are outlined.",
    caption=f"After figure 21: the weights of unit {named(ranked[0])} of {seen.called}. Outlined: a column (amber) and a row (green), which are samples over all channels.",
)
run.figure(
    plots.signed_maps(
        {called(unit): kernels_of(unit).mean(dim=0) for unit in ranked[:12]},
        columns=4,
        label="weight, over the largest of the kernel",
    ),
    alt="Twelve averaged kernels with positive weights in red and negative ones in blue.",
    caption="After figure 22b: the averaged kernels of the units with the highest scores, with the side at which the odd line lies.",
)

# %% [markdown]
# Figure 23 shows the densities of the columns of one unit with an odd left column and one with an odd right column. Here are
# the units with the highest scores at these sides, and the ordinary unit that is matched to the first.

# %% tags=["hide-input"]
mine, other = borders.matched()
at_side = {
    side: [unit for unit in ranked if borders.lines.side[unit] == SIDES.index(side)] for side in ("left", "right")
}
shown = {called(own[0]): own[0] for own in at_side.values() if own}
beside = dict(zip(mine.tolist(), other.tolist(), strict=True))
first = next(iter(shown.values()), None)
if first in beside:
    shown[f"{named(beside[first])}, ordinary"] = beside[first]
if shown:
    run.figure(
        plots.line_densities(
            {title: list(kernels_of(unit).permute(2, 0, 1)) for title, unit in shown.items()}, line="column"
        ),
        alt="Density of the weights of each kernel column, a panel a unit.",
        caption=f"After figure 23: units of {seen.called} with the highest scores at the left and at the right, and an ordinary unit.",
    )
of_lines = statements.of_lines(borders)
judge(of_lines, "sec-4-1-2.outer", "sec-4-1-2.every-channel")
run.claim("algorithm-4.outer")

# %% [markdown]
# ## Tables 2 and 4: how many in each layer
#
# Table 2 counts units told by eye, table 4 those that algorithm 4 finds. Algorithm 4 joins rows and columns by "&", the text by
# "or". The eye is replaced here by an independent criterion, the shifted images defined below.

# %% tags=["hide-input"]
found = {"weights (or)": flagged, "weights (and)": borders.lines.flagged(both=True)}
found |= {"weights (or), odd line outer": flagged & (borders.lines.side != INSIDE)}
found |= {name: told[name] for name in DETECTORS[1:]}
table_2, table_4 = run.study("table-2.layers"), run.study("table-4.layers")
rows = {name: statements.counts(borders, label) for name, label in found.items()}
counted = rows["weights (or)"]
studied = {"study, by eye (table 2)": table_2, "study, by weights (table 4)": table_4} if seen.is_studys else {}
heads = " | ".join(name.removeprefix("mixed") for name in names)
body = "".join(
    f"| {name} | {' | '.join(map(str, numbers))} | {sum(numbers)} |\n" for name, numbers in {**studied, **rows}.items()
)
run.say(f"| units | {heads} | all |\n|{'---|' * (len(names) + 2)}\n{body}")
sizes = [sum(branch.units for branch in seen.block(name).branches) for name in names]
in_study = {name: 100 * np.divide(numbers, sizes) for name, numbers in studied.items()}
run.figure(
    plots.by_layer(
        in_study | {name: 100 * np.divide(rows[name], sizes) for name in ("weights (or)", *DETECTORS[1:])},
        names,
        y_label="share of all units of the layer [%]",
    ),
    alt="Shares of border-aware units by layer, of the study's two tables and of three detectors.",
    caption=f"Tables 2 and 4 beside {seen.called}: three detectors, as shares of all units of a layer.",
)

# %% tags=["hide-input"]
in_layers = 100 * np.divide(table_2, sizes) if seen.is_studys else [0.0] * len(names)
of_tables = statements.of_tables(borders, in_layers, table_4 if seen.is_studys else [0.0] * len(names))
judge(of_tables, "table-2.layers", "table-4.layers", "table-4.total", "algorithm-4.and", "sec-4-1-2.mixed4")
run.claim("tables-2-4.agree", rank_correlation(table_2, table_4))
for claim_id in ("algorithm-4.and-or", "table-4.sum", "table-2.cut", "table-2.size-of-4a"):
    run.claim(claim_id)
for claim_id in ("sec-4-1-2.both", "sec-4-2-2.five", "sec-4-2-2.seen-by-eye", "sec-4-2-2.other-study"):
    run.claim(claim_id)

# %% [markdown]
# ## What belongs to the architecture, and what to one training?
#
# The study reads the differences between its layers. Its numbers are of Lucid's training, ours of Caffe's: do the two differ
# less at a layer than the layers of a training do from each other? And algorithm 4 asks for weights alone. So it reads the 3×3
# kernels of other architectures, too: do its units lie at the same relative depth there? The depth of a convolution is its place
# among all convolutions of its network, from 0 to 1. Kernels whose weights are shuffled show what the number of channels alone
# gives.

# %%
of_3x3 = [branch.convolution for branch in borders.branches if branch.size == (3, 3)]
own_depths = border_depths.weighed(seen.loaded, only=of_3x3, shuffles=min(2, few), seed=seed)
others = border_depths.other_networks(seen.loaded) if of_3x3 else {}
elsewhere = {name: border_depths.weighed(each, shuffles=min(2, few), seed=seed) for name, each in others.items()}
agreeing = {name: border_depths.alike(own_depths, each) for name, each in elsewhere.items()}
by_chance = {name: border_depths.alike(own_depths, each, chance=True) for name, each in elsewhere.items()}

# %% tags=["hide-input"]
for each in others.values():
    run.record_input("weights", each.name, each.weights.description, list(each.network.parameters()))
in_depth = {
    name: (each.depth, [100 * share for share in each.shares()], [100 * share for share in each.chance()])
    for name, each in {seen.called: own_depths, **elsewhere}.items()
    if each.depth
}
if in_depth:
    run.figure(
        plots.by_depth(in_depth, y_label="3×3 units at the threshold [%]"),
        alt="Share of the units with 3×3 kernels that algorithm 4 finds, over the relative depth of their convolution, a line for each network; dotted lines for shuffled weights.",
        caption=f"Algorithm 4 at the study's threshold, {THRESHOLD}, on the 3×3 kernels of {', '.join(in_depth)}. Dotted: the same kernels with the weights of each channel shuffled over the positions.",
    )
told_at = "".join(
    f"| {name} | {sum(map(len, each.score)):,} | {int(sum((own >= THRESHOLD).sum() for own in each.score))} | "
    + (f"{np.mean(agreeing[name]):.2f} | {np.mean(by_chance[name]):.2f} |\n" if name in agreeing else "– | – |\n")
    for name, each in {seen.called: own_depths, **elsewhere}.items()
)
heads = "network | 3×3 units | reach the threshold | rank correlation over depths | the same of shuffled weights"
run.say(f"| {heads} |\n|{'---|' * 5}\n{told_at}")

# %% tags=["hide-input"]
tables = [(100 * np.divide(numbers, sizes)).tolist() for numbers in (table_4, counted)] if seen.is_studys else None
by_training, mismatched = compared(*tables) if tables else (None, None)
run.claim("beyond.trainings-border", by_training, floor=mismatched, missing=MISSING)
for claim_id, name in (("beyond.depth-vgg16", "VGG16"), ("beyond.depth-squeezenet", "SqueezeNet")):
    known = seen.is_studys and name in agreeing
    run.claim(
        claim_id,
        agreeing[name] if known else None,
        floor=by_chance[name] if known else None,
        missing=f"{MISSING} and of {name}",
    )

# %% [markdown]
# ## Low and high thresholds, and five lines against three
#
# How many units reach a threshold, and how many would if their weights lay anywhere in the kernel? Shuffling keeps the weights
# of each channel and takes their places. A 5×5 kernel has ten pairs of columns, a 3×3 kernel three: the largest of ten
# distances minus the smallest is larger by construction.

# %%
thresholds = np.linspace(0.05, 0.95, 19)


def curve(scores: torch.Tensor) -> np.ndarray:
    """Per cent of the units that reach each threshold; scores (draw, unit) -> (draw, threshold)."""
    return np.stack([100 * (scores >= each).double().mean(dim=1).numpy() for each in thresholds], axis=1)


# %% tags=["hide-input"]
five = torch.tensor([branch.size[0] > 3 for branch in branch_of])
groups = {"3×3": ~five, "5×5": five} if five.any() else {"all": ~five}
curves = {f"{size}, trained": curve(score[None, own]) for size, own in groups.items()}
curves |= {f"{size}, shuffled": curve(borders.shuffles[:, own]) for size, own in groups.items()}
curves |= {"random networks": curve(borders.random)}
run.figure(
    lines(thresholds, curves, x_label="threshold", y_label="units that reach it [%]"),
    alt="Share of units that reach a threshold, over the threshold: of trained, shuffled and random kernels of both sizes.",
    caption=f"Scores of {seen.called}, of its kernels shuffled over positions, and of networks with random weights. The study's threshold is {THRESHOLD}.",
)
judge(of_lines, "control.shuffled-kernels", "control.random-weights", "beyond.five-by-five", "beyond.ten-pairs")
judge(of_lines, "beyond.three-lines")
judge(of_tables, "sec-4-2-2.high")
run.claim("sec-4-2-2.below")

# %% [markdown]
# ## The duality experiment: other paddings
#
# The study copies the branch of one unit (figure 24), and replaces the zeros around its input map by noise from the range of
# the map. Then the unit is to see no border (figures 25 and 26). Its inputs were chosen so that the unit answers; here they are
# photographs that nobody chose for that.

# %% tags=["hide-input"]
run.figure(
    plots.chain_of_boxes(
        ["map of the\nlayer below", "1×1 reduce", "ReLU", "padding", "kernels of\nthe branch", "response"], marked=3
    ),
    alt="Six boxes in a row: map of the layer below, 1×1 reduce, ReLU, padding (marked), kernels of the branch, response.",
    caption="After figure 24: a branch, and where the padding is changed.",
)

# %% tags=["hide-input"]
photographs = open_images(PHOTOGRAPHS, size=seen.loaded.preprocessing.size).choose(4)
pictures = torch.cat([batch.x for batch in photographs.batches(4, progress=False)]).to(run.device)
chosen = [unit for unit in ranked if branch_of[unit].layer == "mixed4b_5x5"] or ranked
subject_of_26 = chosen[0]
branch = branch_of[subject_of_26]
place = at(subject_of_26)
maps = responses_with(seen, branch, pictures, kinds=KINDS, seed=seed)
again = responses_with(seen, branch, pictures, kinds=("noise",), seed=seed + 1)["noise"]
with record(seen.loaded.network, [branch.convolution]) as own_map:
    seen.loaded.network(seen.loaded.preprocessing(pictures))
apart = float((own_map[branch.convolution].cpu() - maps["zero"]).abs().max() / maps["zero"].abs().max())
run.say(f"The copy with zeros and the network's own map differ by {apart:.1g} of the largest response.")
in_figure = {kind: list(own[:, place]) for kind, own in maps.items()} | {"noise, again": list(again[:, place])}
run.figure(
    plots.maps_by_padding(
        list(pictures.cpu().permute(0, 2, 3, 1)), in_figure, ring=branch.size[0] // 2, label="response before the ReLU"
    ),
    alt="Four photographs, each with the unit's response map under six paddings and a second draw of noise; the ring that padding reaches is outlined.",
    caption=f"After figures 25 and 26: unit {named(subject_of_26)} of {seen.called} under other paddings; colours end at the largest response with zeros. {credits()}.",
)

# %% [markdown]
# One unit shows nothing about the others. For each flagged unit an ordinary one is taken: of the same branch, not flagged, with
# the nearest mean response. What is measured is by how much the mean response along the side of the odd line falls when the
# zeros are replaced, in standard deviations of the responses that no padding reaches.

# %%
moved = borders.answers.moved  # (unit, kind, side): mean along a side minus mean inside, in standard deviations
fall = {kind: moved[:, 0] - moved[:, k] for k, kind in enumerate(KINDS) if k}
pairs = {
    kind: {"flagged": borders.at_side(own, mine, mine), "ordinary": borders.at_side(own, other, mine)}
    for kind, own in fall.items()
}

# %% tags=["hide-input"]
if len(mine):
    run.figure(
        plots.side_by_side(pairs, y_label="fall of the response at the side\n[standard deviations]", far=True),
        alt="For each padding the fall of the response at the border, a dot a unit, flagged units beside ordinary ones, with medians.",
        caption=f"The duality experiment for all {len(mine)} flagged units of {seen.called} and their matched controls. Above 0: the response falls when zeros are replaced. The axis is logarithmic beyond 1.",
    )
of_responses = statements.of_responses(borders)
judge(of_responses, "sec-4-1-2.duality", "sec-4-1-2.no-longer-fires", "beyond.replicate", "beyond.sparsity")

# %% [markdown]
# ## Where does the noise enter, and how is it drawn?
#
# The study takes its noise "from the range of values that the previous layer *mixed4a* has on its outputs". Between that layer
# and the zeros stands the 1×1 reduce layer with its ReLU. So the noise may enter in front of the reduce layer or behind it, the
# range may be that of either map, and the noise may be uniform over the range or drawn from the values that occur. The figure
# above shows the first of these readings; here are all of them, in several draws and on fewer images.

# %%
noisy = run.stage(border_noise)["noise"].history
fall_by = border_noise_statements.falls(borders, noisy)  # reading -> flagged and ordinary units: (draw, pair)
silent = border_noise_statements.silenced(borders, noisy)
of_noise = border_noise_statements.of_noise(fall_by, seed=seed)


def middle(own: torch.Tensor) -> str:
    """The median over units, as mean and ends over draws; own: (draw, pair)."""
    each = own.median(dim=1).values
    return f"{each.mean():.2f} ({each.min():.2f} to {each.max():.2f})"


# %% tags=["hide-input"]
if len(mine):
    run.figure(
        plots.side_by_side(
            {
                reading.replace("-", "-\n"): {name: own.mean(dim=0) for name, own in both._asdict().items()}
                for reading, both in fall_by.items()
            },
            y_label="fall of the response at the side\n[standard deviations]",
            far=True,
        ),
        alt="For each reading of the noise the fall of the response at the border, a dot a unit, flagged units beside ordinary ones, with medians.",
        caption=f"The duality experiment with the noise read in {len(READINGS)} ways, which the table names: all {len(mine)} flagged units of {seen.called} and their matched controls, mean of {len(fall_by['range'].flagged)} draws. The axis is logarithmic beyond 1.",
    )
    lost = "".join(
        f"| {reading} | {READINGS[reading]} | {middle(both.flagged)} | {middle(both.ordinary)} | "
        + " | ".join(f"{np.mean(each):.0%}" if each else "–" for each in silent[reading])
        + " |\n"
        for reading, both in fall_by.items()
    )
    heads = "reading | where and from what | flagged: median fall | ordinary: median fall | flagged silenced | ordinary silenced"
    run.say(
        f"In brackets the least and the greatest of the draws. *Silenced*: of the units that fire at the side with zeros, those "
        f"that do not with noise.\n\n| {heads} |\n|{'---|' * 6}\n{lost}"
    )

# %% tags=["hide-input"]
judge(of_noise, *(f"beyond.noise-{reading}" for reading in READINGS if reading != "range"))
judge(of_noise, "beyond.noise-place", "beyond.noise-readings", "control.noise-draws")

# %% [markdown]
# ## Do they answer the border, or a line of the picture?
#
# Two pieces are cut from one image so that they overlap. What lies at the border of one piece lies away from it in the other: a
# unit that follows lines of the picture answers alike, one that follows the border does not. In deep layers the padding of the
# layers below reaches far into the map, and the same content is only further away from it. In a flat grey image there is no line
# at all: whatever differs over positions comes from padding.

# %%
shifted = borders.answers.shifted.abs()  # (unit, side): change of the mean response to the same content
grey = borders.answers.grey.abs()
effects = {
    "same content, shifted": {
        "flagged": borders.at_side(shifted, mine, mine),
        "ordinary": borders.at_side(shifted, other, mine),
    },
    "flat grey": {"flagged": borders.at_side(grey, mine, mine), "ordinary": borders.at_side(grey, other, mine)},
}

# %% tags=["hide-input"]
if len(mine):
    run.figure(
        plots.side_by_side(effects, y_label="change of the response at the side\n[standard deviations]"),
        alt="Change of the response at the border, a dot a unit, flagged units beside ordinary ones: with shifted content, and in flat grey images.",
        caption=f"Flagged units of {seen.called} and their matched controls.",
    )

# %% tags=["hide-input"]
flat = torch.tensor(GREYS[2]).expand(1, 3, photographs.size, photographs.size).to(run.device)
best = {name: next((unit for unit in ranked if branch_of[unit].block == name), None) for name in names[:12]}
on_grey = {
    called(unit): responses_with(seen, branch_of[unit], flat, kinds=("zero",), seed=seed)["zero"][
        0, unit - borders.places[branch_of[unit].layer].start
    ]
    for unit in best.values()
    if unit is not None
}
run.figure(
    plots.signed_maps(
        {title: own - own.median() for title, own in on_grey.items()},
        columns=min(5, len(on_grey)),
        label="response minus its median, over the largest",
    ),
    alt="Response maps of one unit of each layer to a flat grey image, a panel each.",
    caption=f"The unit with the highest score of each layer of {seen.called}, before the ReLU, in a flat grey image.",
)
judge(of_responses, "beyond.border-or-line", "beyond.side", "beyond.grey", "sec-4-2-2.all-real")
judge(of_responses, "beyond.border-recall")

# %% [markdown]
# ## Three detectors
#
# Padding Aware Neurons {cite:p}`garciagasulla2023padding` are told by activations. After that idea, the second detector here
# compares the responses along each side with those inside, before the ReLU; the sides, the distance and the threshold are this
# page's own. The third one compares responses along a side with those to the same content away from it. All three ask for a
# Kolmogorov-Smirnov distance of the study's threshold or more. How far do they agree, beyond what chance gives?

# %% tags=["hide-input"]
of_agreement = statements.of_agreement(borders)
of_thresholds = statements.of_thresholds(borders, permutations=run.by_scale(smoke=2, laptop=5, paper=20), seed=seed)
told_by = {name: int(label.sum()) for name, label in told.items()}
rows = "".join(
    f"| {a} | {b} | {told_by[a]} | {told_by[b]} | {int((told[a] & told[b]).sum())} | {statements.kappa(told[a], told[b]):.2f} |\n"
    for k, a in enumerate(DETECTORS)
    for b in DETECTORS[k + 1 :]
)
run.say(
    f"| detector | and | units of the first | of the second | of both | Cohen's kappa |\n|---|---|---|---|---|---|\n{rows}"
)
judge(
    of_agreement,
    *(f"beyond.agreement.{pair}" for pair in ("weights-activations", "weights-shift", "activations-shift")),
)
judge(of_agreement, "control.random-responses")
judge(of_thresholds, "sec-4-2-2.low")

# %% [markdown]
# ## Figures 20 and 22: the pattern at the border of the optimised image
#
# The study shows one optimised image, with a vertical pattern at its left side, where the odd column of the averaged kernel
# lies. Here are the units with the highest scores, and beside each the ordinary unit of its branch. How much of a pattern lies
# at a side is measured by the energy of the edges in the outermost eighth at that side, over that of the whole image. The
# images climb on the mean of the unit's map, before the ReLU; page 2 says how.

# %% tags=["hide-input"]
made = {key: each.history for key, each in run.stage(border_images).items()}
optimised = {way: border_pictures.images_of(borders, made, way) for way in border_images.WAYS}
usual = optimised[border_images.STUDYS]
both = pictured(borders.lines, borders.answers.mean, borders.places, most=border_images.MOST[scale])
order = both[0][score[both[0]].argsort(descending=True)].tolist()
match = dict(zip(both[0].tolist(), both[1].tolist(), strict=True))
if order:
    run.figure(
        sheets({called(unit): [torch.stack([usual[unit], usual[match[unit]]])] for unit in order[:24]}, columns=4),
        alt="For each unit two optimised images side by side: of a unit with a high score, and of an ordinary unit of the same branch.",
        caption=f"After figures 20 and 22a: optimised images of the units of {seen.called} with the highest scores (left), and of matched ordinary units (right); the side is that of the odd line. {usual[order[0]].shape[-1]} pixels a side.",
    )
of_pictures = border_pictures.of_pictures(borders, optimised, both)
judge(of_pictures, "sec-4-1-2.border-pattern", "fig-22.side")
run.claim("sec-6.border-units")

# %% [markdown]
# While these images climb, 16 grey pixels surround them. Is the pattern at the side a picture of that frame, or of the start? The
# same units climbed again, in other ways: without padding, on a canvas that is larger by the frame, where grey comes in at the corners
# of turned and shrunken views alone; and from another start. To the right of them is what figure 20 lacks, the average response at
# each position of the map, to natural images and to noise. The units with the highest scores climbed from three more starts, too.

# %%
some = tried.choose(few_images, seed=seed)
shown_to = {
    "natural images": (batch.x for batch in some.batches(8, device=run.device)),
    "noise": border_averages.noise(len(some), size=some.size, seed=seed, device=run.device),
}
average = {name: border_averages.averages(seen, batches) for name, batches in shown_to.items()}
more = {key: each.history for key, each in run.stage(border_starts).items()}
further = [border_pictures.images_of(borders, more, border_starts.MORE, start) for start in range(border_starts.STARTS)]
starts = [usual, optimised[border_images.AGAIN], *further]
of_starts = border_pictures.over_starts(borders, starts, both[0])
to_noise = border_averages.moved(seen, average["noise"]).abs()
of_noise = {"ordinary": borders.at_side(to_noise, other, mine), "flagged": borders.at_side(to_noise, mine, mine)}

# %% tags=["hide-input"]
WAYS = dict(zip(border_images.WAYS, ("as the study", "no padding", "other start"), strict=True))
if order:
    run.figure(
        plots.pictures_and_maps(
            {called(unit): [optimised[way][unit].permute(1, 2, 0) for way in WAYS] for unit in order[:8]},
            {
                called(unit): [own[branch_of[unit].layer].mean[at(unit)] for own in average.values()]
                for unit in order[:8]
            },
            heads=[*WAYS.values(), *average],
            label="average response before the ReLU, over the largest of the map",
        ),
        alt="A row for each unit: three optimised images, and two maps of the average response at each position.",
        caption=f"Units of {seen.called} with the highest scores: the optimised image with the study's padding, without padding, and from another start; then the average response at each position to {len(some)} natural images and to as many of noise.",
    )
judge(of_pictures, "control.border-no-padding", "control.border-no-padding-side", "control.border-start")
judge(of_starts, "control.border-five-starts")
judge({"beyond.noise-images": (of_noise, None)}, "beyond.noise-images")

# %% tags=["hide-input"]
run.units(identities(seen, borders.branches), columns.of_units(borders), columns.COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
outer = float((borders.lines.side[flagged] != INSIDE).double().mean()) if flagged.any() else 0.0
both_ways = int(borders.lines.flagged(both=True).sum())
run.say(
    f"Algorithm 4 as printed, with rows and columns, finds {both_ways} units; with rows or columns it finds "
    f"{int(flagged.sum())} of {len(flagged):,} (the study: {sum(table_4)}, which it calls "
    f"{run.study('table-4.sum')['total']}). Their odd line is an outermost one for {outer:.0%}."
)
if seen.is_studys:
    real, ordinary = (each.mean() for each in of_responses["sec-4-2-2.all-real"])
    run.say(
        f"Over the layers they lie as in the study: rank correlation {of_tables['table-4.layers'][0]:.2f} "
        f"({run.verdict('table-4.layers')}). Shifted images confirm {real:.0%} of them, and tell {ordinary:.0%} of the ordinary "
        f"units that are matched to them ({run.verdict('sec-4-2-2.all-real')}). But they tell {told_by['shifted images']} units "
        f"in all, of which weights find {int((told['weights'] & told['shifted images']).sum())} "
        f"(most of them: {run.verdict('beyond.border-recall')})."
    )

# %% tags=["hide-input"]
if seen.is_studys:
    fallen = {kind: [float(own[name].median()) for name in ("flagged", "ordinary")] for kind, own in pairs.items()}
    most = ", ".join(f"{kind} {own:.1f} (ordinary {usual:.1f})" for kind, (own, usual) in fallen.items())
    lesser = max(own for kind, (own, _) in fallen.items() if kind != "noise")
    run.say(
        f"By how many standard deviations the response of flagged units falls in the median if the zeros are replaced: {most}. "
        f"Noise from the range of the map, the study's, takes {fallen['noise'][0] / lesser:.0f} times what any other padding "
        f"takes, and acts on ordinary units, too. More than from ordinary units: {run.verdict('sec-4-1-2.duality')} for noise, "
        f"{run.verdict('beyond.replicate')} for copies; noise more than values of the map: {run.verdict('beyond.sparsity')}."
    )
    at_side_of, by_chance = (each.mean() for each in of_pictures["fig-22.side"])
    without, agree = (of_pictures[f"control.border-{name}"][0].mean() for name in ("no-padding-side", "start"))
    pairs_agree = of_starts["control.border-five-starts"][0].mean()
    shares = of_agreement["control.random-responses"][0]
    run.say(
        f"The edges of the optimised image are stronger at the side of the odd line than opposite for {at_side_of:.0%} of the "
        f"flagged units, and for {by_chance:.0%} of the ordinary ones ({run.verdict('fig-22.side')}); without the grey frame "
        f"while they climb for {without:.0%} ({run.verdict('control.border-no-padding-side')}), and another start agrees on the "
        f"side for {agree:.0%} ({run.verdict('control.border-start')}); of the pairs of five starts {pairs_agree:.0%} do "
        f"({run.verdict('control.border-five-starts')}). In random networks shifted "
        f"images tell {np.mean(shares['random']):.0%} of the units, in the trained one {np.mean(shares['trained']):.0%} "
        f"({run.verdict('control.random-responses')}): zeros around a map reach any unit."
    )

# %% tags=["hide-input"]
if seen.is_studys:
    more = [reading for reading in READINGS if reading != "range" and run.verdict(f"beyond.noise-{reading}") == "holds"]
    run.say(
        f"Of the {len(READINGS) - 1} other readings of the study's noise, flagged units lose more than ordinary ones in "
        f"{len(more)}{': ' if more else ''}{', '.join(more)}. That the place makes little difference: "
        f"{run.verdict('beyond.noise-place')}; that the same units lose most: {run.verdict('beyond.noise-readings')}. "
        f"Two trainings differ less at a layer than layers of one training: {run.verdict('beyond.trainings-border')}, by "
        f"{np.mean(by_training['trainings']):.2f} against {np.mean(by_training['layers']):.2f} percentage points."
    )

# %% tags=["hide-input"]
run.finish()
