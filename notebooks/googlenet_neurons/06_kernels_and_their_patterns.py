# ---
# jupyter:
#   book:
#     stages:
#     - googlenet_neurons/kernel_patterns
#     - googlenet_neurons/optimisation_checks
#     - googlenet_neurons/optimised_images
#     - googlenet_neurons/optimised_patterns
#     - googlenet_neurons/random_images
#     - googlenet_neurons/random_patterns
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
# # Kernels and the patterns they find
#
# The study averages a unit's kernels over the channels, and sees in this small picture the pattern of the images that excite
# the unit: a diagonal, two diagonals, a T (section 4.1.3, figures 27 to 32). It shows three units and concludes on all. Here
# every unit with kernels of 3×3 or 5×5 points is compared with its patterns, and with those of the other units.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "googlenet"  # a network's name, or the path of a description of your own
layer = "auto"  # names of layers, separated by commas; auto: all with kernels
images = "auto"  # a folder or tar file of images, or patterns; auto: ImageNet's validation images where they are
thumbnails = "yes"  # yes, or no for a book that is published: no photographs that may not be

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np
import torch

from helpers.data.images_shown import are_shown
from helpers.hooks.layer_table import layers
from helpers.hooks.patches import read_images
from helpers.metrics.images import luminance
from helpers.pages import runs
from helpers.plots.images import grid
from helpers.plots.sheets import sheets
from helpers.studies.googlenet_neurons import kept_labels, optimised
from helpers.studies.googlenet_neurons import kernel_statements as statements
from helpers.studies.googlenet_neurons.columns.identity import identities
from helpers.studies.googlenet_neurons.columns.kernel_patterns import COLUMNS
from helpers.studies.googlenet_neurons.columns.kernel_patterns import values as column_values
from helpers.studies.googlenet_neurons.directions import angle, coherence, crossing, harmonics
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.inputs import record_inputs

# %% tags=["hide-cell"]
from helpers.studies.googlenet_neurons.kernel_match import (
    AVERAGE,
    COMPOSED,
    CONTRAST,
    INPUT,
    RANK_ONE,
    matches,
    together,
)
from helpers.studies.googlenet_neurons.kernel_patterns import STRONGEST, WEAKEST
from helpers.studies.googlenet_neurons.kernel_windows import colour_windows, span_of
from helpers.studies.googlenet_neurons.kernels import rank_one
from helpers.studies.googlenet_neurons.own_and_other import ranks
from helpers.studies.googlenet_neurons.parameters import IMAGES, PARAMETERS
from helpers.studies.googlenet_neurons.plots.kernel_fits import angles, by_block, spreads, unit_weights
from helpers.studies.googlenet_neurons.stages import kernel_patterns as natural_stage
from helpers.studies.googlenet_neurons.stages import (
    optimisation_checks,
    optimised_images,
    optimised_patterns,
    random_images,
    random_patterns,
)
from helpers.studies.googlenet_neurons.subject import MISSING, subject

# %% tags=["hide-input"]
run = runs.start("googlenet_neurons/06_kernels_and_their_patterns", globals(), **PARAMETERS, **IMAGES)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
studys = seen.is_studys
shown_images = natural_images(run.parameters, seen.loaded).open(seed)
record_inputs(run, seen, shown_images)
made = {key: trained.history for key, trained in run.stage(natural_stage).items()}
climbed = {key: trained.history for key, trained in run.stage(optimised_patterns).items()}
drawn = {key: trained.history for key, trained in run.stage(random_patterns).items()}
drawn["natural_0"] = made["random"]
pictures = optimised.of_stage(run.stage(optimised_images))
of = f"{seen.called} (images: {shown_images.name})"
run.say(
    f"{seen.describe()} Images: {len(shown_images)} of {shown_images.name}, {shown_images.size} pixels a side. "
    f"{len(climbed['optimised'].unit) if climbed else 0} units with such kernels have optimised images."
)

# %% [markdown]
# ## Six units, chosen by a rule
#
# The study's unit numbers do not carry over to another training, and it does not say how its units were chosen. So in one
# layer, for each size of kernel, stand the units whose averaged kernel fits the contrast of their strongest patches best,
# in the middle, and worst, of those that have optimised images. A patch is as large as the kernel spans on the image. The fit
# is the correlation of the kernel's points with the contrast (length of the luminance's gradient), averaged to as many points.

# %%
found = matches(seen, made["natural"], seed=seed)
of_optimised = matches(seen, climbed["optimised"], seed=seed) if climbed else []


def fits(match, pattern=CONTRAST):
    """For each unit, the correlation of its averaged kernel with its own pattern."""
    return match.pairs(pattern).diagonal()


in_layer = [match.branch.block for match in of_optimised]
chosen_layer = "mixed4a" if "mixed4a" in in_layer else next(iter(in_layer), None)
chosen = []  # branch, number in the branch
for match in (each for each in found if each.branch.block == chosen_layer):
    with_image = optimised.units_in(pictures[chosen_layer], match.branch)
    own = fits(match)
    order = [with_image[k] for k in own[with_image].argsort(descending=True).tolist()]
    chosen += [(match, order[k]) for k in dict.fromkeys((0, len(order) // 2, len(order) - 1)) if order]

# %% tags=["hide-input"]
rows = {}
for match, unit in chosen:
    block = pictures[match.branch.block]
    at = block.unit.tolist().index(match.branch.first + unit)
    kernel, place = match.kernels[AVERAGE][unit], int(match.place[unit])
    rows[f"{match.branch.name.replace('x', '×')} {match.branch.first + unit}\nr = {float(fits(match)[unit]):.2f}"] = {
        "average": kernel,
        "its sign": kernel.sign(),
        "maximum": block.image[at, 0, 0].float() / 255,
        "minimum": block.image[at, 1, 0].float() / 255,
        "contrast,\nstrongest": made["natural"].contrast[place, STRONGEST].float(),
        "contrast,\nweakest": made["natural"].contrast[place, WEAKEST].float(),
        "input map,\nstrongest": match.patterns[INPUT, STRONGEST][unit],
    }
if rows:
    run.figure(
        grid(rows, signed=["average", "its sign"]),
        alt="A row for each of six units: its averaged kernel, the sign of it, the image optimised for the maximum and for the minimum, the mean contrast of its strongest and of its weakest patches, and the mean map that its kernels read.",
        caption=f"After figures 27, 29 and 31: units of {chosen_layer} of {of}, best, middle and worst fit r for each size of kernel. Red is positive, blue is negative.",
    )

# %% tags=["hide-input"]
listed = {each.name: each for each in layers(seen.loaded.network, shown_images.size)}
blocks = {}
for match, unit in chosen if are_shown(shown_images, thumbnails) else []:
    convolution = seen.loaded.network.get_submodule(match.branch.convolution)
    span = span_of(listed[match.branch.convolution], rows=match.branch.size[0], stride=convolution.stride[0])
    place = int(match.place[unit])
    numbers = made["natural"].image[place]
    read = read_images(shown_images, numbers)
    stack = torch.stack([read[int(k)] for k in numbers.flatten()])
    cut = colour_windows(stack, torch.arange(len(stack)), made["natural"].position[place].flatten(0, 1), span)
    blocks[f"{match.branch.title} {match.branch.first + unit}"] = list(cut.split(numbers.shape[1]))
if blocks:
    run.figure(
        sheets(blocks, columns=1),
        alt="For each of the six units two rows of nine patches: of the strongest and of the weakest images.",
        caption=f"After figures 28, 30 and 32: patches of {of}, above the nine strongest, below the nine weakest before the ReLU.",
    )

# %% [markdown]
# ## Do kernels fit their patterns, over all units?
#
# Each unit's averaged kernel is correlated with its own pattern, and with the patterns of all other units of its branch: these
# are permuted pairs. The pattern is the contrast of the nine strongest natural patches, the contrast of the optimised image at
# the place of its largest response, or the mean of the maps that the kernel itself reads.

# %%
beside = statements.with_floor(found, of_optimised)
plain = statements.without_floor(found, of_optimised)


# %% tags=["hide-input"]
def by_size(matched, values):
    """Panel -> block -> value, for the figures; other networks have one panel."""
    sizes = list(dict.fromkeys(match.branch.size for match in matched))
    return {
        f"{size[0]}×{size[1]}": {
            match.branch.block: value for match, value in zip(matched, values, strict=True) if match.branch.size == size
        }
        for size in sizes
    }


def curves(named, matched):
    """Panels of several quantities."""
    panels = {}
    for name, values in named.items():
        for panel, own in by_size(matched, values).items():
            panels.setdefault(panel, {})[name] = own
    return panels


# %% tags=["hide-input"]
contrast_fit, permuted = statements.own_and_others(found, lambda match: match.pairs(CONTRAST))
input_fit, input_permuted = statements.own_and_others(found, lambda match: match.pairs(INPUT))
named = {"contrast": contrast_fit, "permuted pairs": permuted, "input map": input_fit, "permuted": input_permuted}
run.figure(
    by_block(curves(named, found), y_label="mean correlation", level=0),
    alt="Mean correlation of averaged kernels with their patterns, layer by layer, for each size of kernel: with the contrast of the strongest patches, with the maps that the kernels read, and with the patterns of other units.",
    caption=f"Means over the units of each branch of {of}.",
)
if of_optimised:
    climbed_fit, climbed_permuted = statements.own_and_others(of_optimised, lambda match: match.pairs(CONTRAST))
    run.figure(
        by_block(
            curves({"optimised image": climbed_fit, "permuted pairs": climbed_permuted}, of_optimised),
            y_label="mean correlation",
            level=0,
        ),
        alt="Mean correlation of averaged kernels with the contrast of optimised images, layer by layer, for each size of kernel, and with that of other units' images.",
        caption=f"Means over the units of each branch that have optimised images; {seen.called}.",
    )

# %% tags=["hide-input"]
sets = {}
for match in found:
    pairs = match.pairs(CONTRAST)
    panel = sets.setdefault(f"{match.branch.size[0]}×{match.branch.size[1]}", {"own": [], "permuted": []})
    panel["own"].append(pairs.diagonal())
    panel["permuted"].append(pairs[~torch.eye(len(pairs), dtype=torch.bool)])
run.figure(
    spreads(
        {size: {name: torch.cat(parts) for name, parts in own.items()} for size, own in list(sets.items())[:4]},
        x_label="correlation with the contrast",
    ),
    alt="How correlations of averaged kernels with the contrast spread, for each size of kernel, of own and of permuted pairs; dotted lines at the means.",
    caption=f"All units of {of}; a correlation over the points of a kernel, so that single ones say little.",
)


# %% tags=["hide-input"]
def judge(*ids):
    for claim_id in ids:
        values, floor = beside[claim_id] if studys else (None, None)
        run.claim(claim_id, values, floor=floor, missing=MISSING)


judge("abstract.natural", "abstract.optimised", "beyond.kernels.input-maps")

# %% [markdown]
# Of colour-blind units the study itself finds no such relation (section 4.2.1): see [the page on them](04_colour_blind_units.ipynb).

# %% [markdown]
# ### What of it is learned?
#
# Random kernels choose images that fit them, too, and an image that climbs on a unit is shaped by its kernel. So the same is
# measured in networks with random weights of the same mean and variance, on the same natural images and on images that are
# optimised for their own units; with kernels whose points are shuffled; and only at places where kernels read no padding,
# since padding has neither contrast nor activity.

# %% tags=["hide-input"]
own_images = [trained.history for trained in run.stage(random_images).values()]
run.say(
    f"Networks with random weights: {len(own_images)}. Of their units, {sum(len(each.unit) for each in own_images)} have "
    "optimised images."
)

# %%
on_part = matches(seen, made["matched"], seed=seed)
random = [seen.with_random_weights(draw) for draw in range(sum(key.startswith("natural") for key in drawn))]
by_random = [matches(other, drawn[f"natural_{draw}"], seed=seed) for draw, other in enumerate(random)]
climbed_random = together(
    [matches(other, drawn[f"optimised_{draw}"], seed=seed, least=1) for draw, other in enumerate(random)]
)
learned = statements.against_random(on_part, by_random, of_optimised, climbed_random) | statements.in_order(found)
beside |= statements.inside(matches(seen, made["inside"], seed=seed))

# %% tags=["hide-input"]
panels = {}
for pattern, claim_id, matched in (
    ("input map", "control.kernels.random-input", on_part),
    ("contrast", "control.kernels.random-contrast", on_part),
    ("optimised image", "control.kernels.random-optimised", of_optimised),
):
    panels |= {f"{pattern}, {size}": lines for size, lines in curves(learned[claim_id], matched).items()}
run.figure(
    by_block(panels, y_label="own minus permuted", level=0),
    alt="Mean correlation less that of permuted pairs, layer by layer, of the trained and of random networks: a panel for input maps, for contrast and for optimised images, for each size of kernel.",
    caption=f"{of} and {len(random)} draws of the same network with random weights, their mean; the same natural images, and images optimised for the units of each network.",
)


def judge_order(*ids):
    for claim_id in ids:
        run.claim(claim_id, statements.known(learned[claim_id]) if studys else None, missing=MISSING)


judge_order("control.kernels.random-input", "control.kernels.random-contrast", "control.kernels.random-found")
judge_order("control.kernels.random-optimised", "control.kernels.shuffled")
judge("control.kernels.inside", "control.kernels.inside-input")

# %% [markdown]
# ## One direction, two directions
#
# The study's first example has one diagonal, the second two. The direction of a picture comes from its gradient, by the structure
# tensor {cite}`bigun1987`. Two diagonals in a kernel are told by its correlation with a template, and in patches by the gradient's harmonic of
# order 4, which is negative for lines along both diagonals. An averaged kernel with two diagonals may also be the mean of two
# groups of channels with one diagonal each. So for units that look like two diagonals, the values of both are correlated
# over the channels: negative for two such groups, 0 for channels that have nothing to do with each other.

# %%
same_channels, next_in_norm = statements.diagonals(seen)

# %% tags=["hide-input"]
panels = {}
for name, matched in (("strongest patches", found), ("optimised images", of_optimised)):
    if matched:
        pairs = [
            (angle(each.directions), angle(each.changes[:, 0]), each.coherences * coherence(each.changes[:, 0]))
            for each in matched
        ]
        panels[name] = tuple(torch.cat(parts) for parts in zip(*pairs, strict=True))
run.figure(
    angles(panels),
    alt="Direction of the averaged kernel against direction of the pattern, a point for each unit, larger where both directions are clear; a dotted diagonal where both are the same.",
    caption=f"Directions of edges in {of}, in degrees; 0 lies along rows. The area of a point is the product of both coherences.",
)
judge("sec-4-1-3.direction-natural", "sec-4-1-3.direction-optimised")


def judge_plain(*ids):
    for claim_id in ids:
        run.claim(claim_id, plain[claim_id] if studys else None, missing=MISSING)


judge_plain("sec-4-1-3.two-directions", "sec-4-1-3.two-directions-optimised")
in_channels = (same_channels, next_in_norm) if studys else (None, None)
run.claim("control.kernels.same-channels", in_channels[0], floor=in_channels[1], missing=MISSING)

# %% [markdown]
# Is a diagonal of the unit, or of the one image that the study shows? A few units have images from other starts, on other
# canvases, with other paddings, with the middle of the map as the objective, and after more steps
# ([page 2](02_what_a_unit_looks_for.ipynb)). Here an image is called diagonal if the harmonic of order 4 of its brightness'
# gradient is negative: if more of the gradient is near diagonals than near rows and columns. Kappa takes off what chance gives,
# and the floor is the label of another unit of the layer.

# %% tags=["hide-input"]
checks = optimised.of_stage(run.stage(optimisation_checks))
labels = kept_labels.labels(checks, lambda levels: crossing(harmonics(luminance(levels / 255))) < 0)
neighbours = kept_labels.neighbours(seen, checks["starts"])
run.say(kept_labels.table(labels, seed=seed))
for name, kappa in (("starts", kept_labels.over_starts), ("settings", kept_labels.over_settings)):
    values, floor = (kappa(labels), kappa(labels, neighbours)) if studys else (None, None)
    run.claim(f"beyond.diagonal-{name}", values, floor=floor, missing=MISSING)

# %% [markdown]
# ## Negative values, and images that inhibit
#
# The study sees the pattern of a kernel's negative values in the images that excite the unit least. Here the size of the
# negative values is compared with the patches of the smallest responses before the ReLU, and with optimised minima.

# %% tags=["hide-input"]
judge("sec-4-1-3.negative-natural", "sec-4-1-3.negative-optimised", "beyond.kernels.negative-input")

# %% [markdown]
# ## Which kernel belongs to this pattern?
#
# If units map their patterns to their kernels, the kernel can be found from the pattern. For each unit: how many of the
# branch's other kernels fit its pattern less than its own?

# %%
percentile = {
    name: [ranks(match.pairs(pattern)) for match in found]
    for name, pattern in (("contrast", CONTRAST), ("input map", INPUT))
}
first = {
    name: statements.times_chance(found, pattern) for name, pattern in (("contrast", CONTRAST), ("input map", INPUT))
}

# %% tags=["hide-input"]
run.figure(
    by_block(
        curves({name: [float(each.mean()) for each in own] for name, own in percentile.items()}, found),
        y_label="other kernels that fit less",
        level=0.5,
    ),
    alt="Mean share of a branch's other kernels that fit a unit's pattern less than its own kernel, layer by layer, for contrast and for input maps; a dotted line at one half, which is chance.",
    caption=f"Identification of kernels from patterns in {of}.",
)
run.say(
    f"The own kernel is the best of its branch {np.mean(first['contrast']):.1f} times as often as by chance from the "
    f"contrast, and {np.mean(first['input map']):.1f} times from the input map."
)
judge("sec-4-1-3.units-map-patterns")
judge_plain("beyond.kernels.identified", "beyond.kernels.identified-input")
run.claim("sec-4-1-3.no-big-picture")

# %% [markdown]
# ## How much of a unit is its averaged kernel?
#
# A unit's energy is the sum of its squared weights. The best picture for all channels together is the rank-one kernel: one
# picture, and a number for each channel. The composed kernel takes the 1×1 convolution before the kernels into account.

# %%
energy = statements.shares(seen, seed=seed)
held = [rank_one(seen.weights(branch))[2] for branch in seen.kernel_sets()]

# %% tags=["hide-input"]
several = seen.kernel_sets()[-1]
run.figure(
    unit_weights(seen.weights(several)[0], title=f"{several.title}, unit {several.first}: the first of its kernels"),
    alt="A stack of kernels of one unit, one behind the other, red for positive and blue for negative weights; the first row and the first column of each are framed.",
    caption=f"After figure 21: the weights of a unit are as many kernels as it reads channels, here {seen.weights(several).shape[1]}.",
)
means = {
    "average": [float(each["true"].mean()) for each in energy.values()],
    "random signs": [float(each["random signs"].mean()) for each in energy.values()],
    "rank one": [float(each.mean()) for each in held],
}
run.figure(
    by_block(
        curves({name: [own[k] for k, _ in enumerate(found)] for name, own in means.items()}, found),
        y_label="share of the unit's energy",
        level=0,
    ),
    alt="Share of a unit's energy that its averaged kernel holds, layer by layer, beside that with random signs of the channels and that of the best rank-one kernel.",
    caption=f"Means over the units of each branch of {seen.captioned}.",
)
average = {"random signs": means["random signs"], "true": means["average"]}
run.claim("beyond.kernels.share-of-average", means["average"] if studys else None, missing=MISSING)
run.claim("beyond.kernels.more-than-unrelated", average if studys else None, missing=MISSING)
judge_order("beyond.kernels.rank-one", "beyond.kernels.rank-one-contrast", "beyond.kernels.composed")
run.claim("beyond.kernels.depth", statements.by_depth(found) if studys else None, missing=MISSING)

# %% [markdown]
# ### Does another picture find the kernel?
#
# As before, the kernel of a branch is looked for that fits the contrast of a unit's strongest patches best: among averages, among
# rank-one pictures, and among kernels composed with their 1×1 convolution.

# %% tags=["hide-input"]
times = {name: statements.times_chance(found, CONTRAST, name) for name in (AVERAGE, RANK_ONE, COMPOSED)}
run.figure(
    by_block(curves(times, found), y_label="times as often as by chance", level=1),
    alt="How often the own kernel fits a unit's pattern best of its branch, in multiples of chance, layer by layer, for averaged, rank-one and composed kernels; a dotted line at 1, which is chance.",
    caption=f"Identification of kernels from the contrast of the strongest patches in {of}.",
)
run.say(
    "How many times as often as by chance the own kernel fits the contrast best of its branch: "
    + ", ".join(f"{name} {np.mean(each):.2f}" for name, each in times.items())
    + "."
)
judge_order("beyond.kernels.rank-one-found", "beyond.kernels.composed-found")

# %% tags=["hide-input"]
run.units(identities(seen), column_values(seen, found, random, energy), COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    f"The averaged kernel holds {np.mean(means['average']):.0%} of a unit's energy on average over branches, the best rank-one "
    f"kernel {np.mean(means['rank one']):.0%}; with random signs of the channels it would be {np.mean(means['random signs']):.0%}."
)

# %% tags=["hide-input"]
if studys:
    natural, climbed_values = (beside[name] for name in ("abstract.natural", "abstract.optimised"))
    run.say(
        f"That weights correlate with the patterns that excite a unit: with the contrast of natural patches "
        f"{np.mean(natural[0]):.3f}, permuted pairs {np.mean(natural[1]):.3f} ({run.verdict('abstract.natural')}); with that of "
        f"optimised images {np.mean(climbed_values[0]):.3f} and {np.mean(climbed_values[1]):.3f} "
        f"({run.verdict('abstract.optimised')}); with the maps that the kernel reads {np.mean(input_fit):.3f} and "
        f"{np.mean(input_permuted):.3f} ({run.verdict('beyond.kernels.input-maps')})."
    )

# %% tags=["hide-input"]
if studys:
    run.say(
        f"One direction in kernel and pattern: {run.verdict('sec-4-1-3.direction-natural')} for natural patches, "
        f"{run.verdict('sec-4-1-3.direction-optimised')} for optimised images; two directions: "
        f"{run.verdict('sec-4-1-3.two-directions')}. Both diagonals of an averaged kernel are in the same channels: "
        f"{run.verdict('control.kernels.same-channels')} (correlation {np.mean(same_channels):.2f}, with the channel next in norm "
        f"{np.mean(next_in_norm):.2f}). Negative values and the weakest images: "
        f"{run.verdict('sec-4-1-3.negative-natural')}."
    )
    beaten = beside["sec-4-1-3.units-map-patterns"][0]
    run.say(
        f"The conclusion that units map their patterns to their kernels {run.verdict('sec-4-1-3.units-map-patterns')}: for "
        f"{np.mean(beaten):.0%} of the units the own kernel is among the best twentieth of the branch. A rank-one kernel is found "
        f"more often: {run.verdict('beyond.kernels.rank-one-found')}; a composed one: "
        f"{run.verdict('beyond.kernels.composed-found')}."
    )
    gains = {name: statements.known(learned[f"control.kernels.random-{name}"]) for name in ("contrast", "optimised")}
    run.say(
        f"In {len(random)} networks with random weights the averaged kernel says less than in the trained one of input maps: "
        f"{run.verdict('control.kernels.random-input')}; of the contrast: {run.verdict('control.kernels.random-contrast')} "
        f"({np.mean(gains['contrast']['random']):.3f} beyond permuted pairs, trained {np.mean(gains['contrast']['trained']):.3f}); "
        f"of the own optimised image: {run.verdict('control.kernels.random-optimised')} "
        f"({np.mean(gains['optimised']['random']):.3f}, trained {np.mean(gains['optimised']['trained']):.3f}). That their own "
        f"kernel is less often among the best twentieth: {run.verdict('control.kernels.random-found')}."
    )

# %% tags=["hide-input"]
run.finish()
