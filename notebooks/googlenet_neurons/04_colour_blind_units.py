# ---
# jupyter:
#   book:
#     stages:
#     - googlenet_neurons/colour_responses
#     - googlenet_neurons/optimisation_checks
#     - googlenet_neurons/optimised_images
#     - googlenet_neurons/random_hues
#     - googlenet_neurons/random_images
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
# # Colour-blind units
#
# The study calls a unit colour-blind if red, green and blue of its optimised image have the same density peak (sections 4.1.1
# and 4.2.1, algorithm 3). The study finds most of them in the first inception layer (tables 1 and 3), and no relation to weights.
# Here its rule is read in every way that its text allows, and set beside what units answer to images without their colours.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "googlenet"  # a network's name, or the path of a description of your own
layer = "auto"  # names of layers, separated by commas; auto: all
images = "auto"  # a folder or tar file of images, or patterns; auto: ImageNet's validation images where they are

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np
import torch

from helpers.pages import runs
from helpers.plots.images import grid
from helpers.studies.googlenet_neurons import kept_labels
from helpers.studies.googlenet_neurons.colour import agreement, peaks, statements
from helpers.studies.googlenet_neurons.colour import index as colour_index
from helpers.studies.googlenet_neurons.colour.below import of_units_below
from helpers.studies.googlenet_neurons.colour.hues import hue_index
from helpers.studies.googlenet_neurons.colour.sample import sampled
from helpers.studies.googlenet_neurons.colour.sample_of_random import sampled_of_random, wide
from helpers.studies.googlenet_neurons.columns.colour import COLUMNS, of_images
from helpers.studies.googlenet_neurons.columns.identity import identities

# %% tags=["hide-cell"]
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.inputs import record_inputs
from helpers.studies.googlenet_neurons.optimised import of_stage
from helpers.studies.googlenet_neurons.parameters import IMAGES, PARAMETERS
from helpers.studies.googlenet_neurons.plots import colour as figures
from helpers.studies.googlenet_neurons.stages import (
    colour_responses,
    optimisation_checks,
    optimised_images,
    random_hues,
    random_images,
)
from helpers.studies.googlenet_neurons.subject import MISSING, subject
from helpers.studies.googlenet_neurons.trainings import compared

# %% tags=["hide-input"]
run = runs.start("googlenet_neurons/04_colour_blind_units", globals(), **PARAMETERS, **IMAGES)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
sample = sampled(seen, of_stage(run.stage(optimised_images)))
random_sample = sampled_of_random(seen, of_stage(run.stage(random_images)))
checks = of_stage(run.stage(optimisation_checks))
made = {key: each.history for key, each in run.stage(colour_responses).items()}
answers, randoms = made.pop("trained"), list(made.values())
record_inputs(run, seen, natural_images(run.parameters, seen.loaded)._replace(most=len(answers.number)).open(seed))
names, of, layers = [block.name for block in seen.blocks], seen.captioned, len(seen.blocks)
depth_of = torch.cat([torch.full((block.units,), depth) for depth, block in enumerate(seen.blocks)])  # of all units
judged = seen.is_studys and all(bool((sample.layer == depth).any()) for depth in range(layers))
run.say(
    f"{seen.describe()} Of {len(sample.place)} units there is an optimised image; all answer to {len(answers.number):,} images."
)

# %% [markdown]
# ## Algorithm 3
#
# Algorithm 3 takes the standard deviation of three density peaks, one for each channel, and compares it with a threshold. What
# a density peak is remains open. The main reading here: the level, from 0 to 255, that the largest number of pixels has; the
# standard deviation as NumPy computes it; the image of the unit's maximum; the threshold 2, which the text says was used.

# %%
main = peaks.READINGS[peaks.MAIN]
spread = sample.scores(main)  # of each sampled unit, in levels
flag = peaks.flagged(spread, peaks.USED)
chroma = sample.chroma()
part = agreement.dealt(sample.layer, parts=statements.PARTS, seed=seed)  # parts of the units, alike in layers
shuffled = agreement.permuted(sample.layer, seed=seed)  # their layers, permuted: chance

# %% tags=["hide-input"]
where = [depth for depth in range(layers) if bool((sample.layer == depth).any())]
COLUMNS_SHOWN = ("smallest spread", "second", "third", "third largest", "second largest", "largest spread")
rows = {}
for depth in where[:: -(-len(where) // 5)]:
    order = (sample.layer == depth).nonzero().flatten()[spread[sample.layer == depth].argsort(stable=True)]
    chosen = [*order[:3].tolist(), *order[-3:].tolist()]
    rows[names[depth]] = {
        title: sample.image(unit)[0, 0] / 255 for title, unit in zip(COLUMNS_SHOWN, chosen, strict=False)
    }
run.figure(
    grid(rows),
    alt="Optimised images: a row for each of some layers; left the three units whose channels have the closest peaks, right the three with the farthest.",
    caption=f"After figure 18 of the study: units that algorithm 3 puts first (left) and last (right), of {of}. A small spread is meant to tell a colour-blind unit.",
)

# %% [markdown]
# ## Tables 1 and 3: where are they?
#
# The study labelled units by eye first (table 1), and by algorithm 3 then (table 3). Its shares are those of all units of a
# layer, ours of a sample.

# %% tags=["hide-input"]
for_each_threshold = {
    f"threshold {threshold:g}": statements.counts_by_layer(peaks.flagged(spread, threshold), sample.layer, layers)
    for threshold in peaks.THRESHOLDS.values()
}
printed = run.study("table-3.distribution")
by_eye = [40 / 256, 2 / 480, 1 / 508, *[0.0] * 6]  # counts and sizes of table 1
run.figure(
    figures.shares_by_layer(
        for_each_threshold,
        names,
        y_label="share of the units flagged",
        printed={"table 3 of the study": printed, "table 1, by eye": by_eye} if seen.is_studys else None,
    ),
    alt="Share of the sampled units of each layer that algorithm 3 flags with the thresholds 2 and 3, with intervals, beside the shares that the study prints.",
    caption=f"Algorithm 3 on optimised images of {of}: Wilson's 95% intervals over the sampled units; lines are the study's shares, of another training of the same network.",
)

# %% tags=["hide-input"]
cells = {
    name: {"share flagged": (f"table-3.{name}", flag[sample.layer == depth].double() if judged else None)}
    for depth, name in enumerate(names)
}
if seen.is_studys:
    run.claim_table("Table 3", cells, missing=MISSING)
else:
    for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"):
        run.claim(f"table-3.mixed{name}", missing=MISSING)


def of_chance(values: object, chance: object) -> dict[str, object]:
    return {"values": values if judged else None, "floor": chance if judged else None, "missing": MISSING}


# %% tags=["hide-input"]
if judged:
    by_layer = {
        "table-3.distribution": [
            statements.distribution(flag, each, part, printed) for each in (sample.layer, shuffled)
        ],
        "sec-4-2-1.ranking": [statements.ranking(flag, each, part, names) for each in (sample.layer, shuffled)],
        "table-1.first-layer": [
            statements.least_coloured_in_first(chroma, each, part) for each in (sample.layer, shuffled)
        ],
    }
else:
    by_layer = {key: [None, None] for key in ("table-3.distribution", "sec-4-2-1.ranking", "table-1.first-layer")}
for claim_id, (values, chance) in by_layer.items():
    run.claim(claim_id, **of_chance(values, chance))
for claim_id in (
    "table-1.percent",
    "table-3.percent",
    "table-3.size-of-4a",
    "sec-4-2-1.most",
    "sec-4-2-1.slightly",
    "sec-4-1-1-1.abstraction",
):
    run.claim(claim_id)

# %% tags=["hide-input"]
ours = [100 * count / of_all for count, of_all in for_each_threshold[f"threshold {peaks.USED:g}"]] if judged else None
run.claim(
    "beyond.trainings-colour",
    **of_chance(*(compared([100 * share for share in printed], ours) if ours else (None, None))),
)

# %% [markdown]
# ## What is a density peak?
#
# Every reading that the text allows: coarser histograms; a kernel density; the standard deviation of a sample; the images of
# maximum and minimum, both of which must pass; levels from 0 to 1; and the height of the peak in place of where it lies. And an
# image that should not pass: stripes of pure red, green and blue.

# %%
by_threshold = {threshold: statements.by_readings(sample, threshold) for threshold in peaks.THRESHOLDS.values()}
flags = by_threshold[peaks.USED]
stripes = peaks.balanced_patches().expand(1, 2, -1, -1, -1)
passed = [bool(peaks.flagged(peaks.scores(stripes, each), peaks.USED)) for each in peaks.READINGS.values()]
kappas = {name: agreement.kappa(flags[name], flag) for name in flags}

# %% tags=["hide-input"]
lines = [
    f"| {name} | {each.double().mean():.1%} | {kappas[name]:+.2f} | {'yes' if striped else 'no'} |"
    for (name, each), striped in zip(flags.items(), passed, strict=True)
]
run.say(
    "| reading of a density peak | units flagged, threshold 2 | kappa with the main reading | are the stripes flagged? |\n"
    "|---|---|---|---|\n" + "\n".join(lines)
)
comparable = [kappas[name] for name in statements.comparable(flags)]
run.claim("beyond.colour-readings", comparable if judged else None, missing=MISSING)
run.claim("control.colour-balanced-stripes", passed)
for claim_id in ("algorithm-3.threshold", "algorithm-3.height"):
    run.claim(claim_id)

# %% [markdown]
# Every reading, with both thresholds that the study gives, layer by layer.

# %% tags=["hide-cell"]
lines = []
for threshold, by_reading in by_threshold.items():
    for name, each in by_reading.items():
        counts = statements.counts_by_layer(each, sample.layer, layers)
        shown = " | ".join(f"{counts[depth][0]} of {counts[depth][1]}" for depth in where)
        lines.append(f"| {name} | {threshold:g} | {shown} |")
run.say(
    f"Units flagged.\n\n| reading of a density peak | threshold | {' | '.join(names[depth] for depth in where)} |\n"
    f"|{'---|' * (len(where) + 2)}\n" + "\n".join(lines)
)

# %% [markdown]
# The study warns that a wrong threshold would bias the result. The whole curve shows whether there is a plateau.

# %% tags=["hide-input"]
thresholds = np.linspace(0, 10, 101)
curves = statements.thresholds_of(spread, sample.layer, layers, thresholds)
run.figure(
    figures.threshold_curves(
        thresholds,
        {names[depth]: curves[depth] for depth in where},
        peaks.THRESHOLDS,
        x_label="threshold of the standard deviation, levels from 0 to 255",
        y_label="share of the units flagged",
    ),
    alt="Share of the units flagged against the threshold from 0 to 10, a curve for each layer.",
    caption=f"How many units of {of} algorithm 3 flags, for every threshold. Dotted: the two thresholds that the study gives.",
)
more, fewer = peaks.THRESHOLDS["its algorithm 3"], peaks.USED
ratios = statements.ratio_of_counts(spread, part, more=more, fewer=fewer)
run.claim("sec-4-2-1.sensitive", ratios if judged else None, missing=MISSING)

# %% [markdown]
# ## The unit, or the method?
#
# Is the flag of the unit at all? The same few units have images from other starts, on other canvases, with other paddings, with
# the middle of the map as the objective, and after more steps ([page 2](02_what_a_unit_looks_for.ipynb)). The rarer a flag,
# the more images agree by chance. So kappa takes off what chance gives, and the floor is the flag of another unit of the layer.


# %%
def is_flagged(levels: torch.Tensor) -> torch.Tensor:
    return peaks.flagged(peaks.scores(levels[:, None], main), peaks.USED)


labels = kept_labels.labels(checks, is_flagged)
neighbours = kept_labels.neighbours(seen, checks["starts"])
last = {"starts": kept_labels.over_starts, "settings": kept_labels.over_settings}

# %% tags=["hide-input"]
run.say(kept_labels.table(labels, seed=seed))
for name, added in last.items():
    run.claim(f"beyond.colour-flag-{name}", **of_chance(added(labels), added(labels, neighbours)))

# %% [markdown]
# And does algorithm 3 find what training makes? Units of networks with random weights have images, too: few, of kernels of 3×3
# and more, so that they are compared with such units.

# %% tags=["hide-input"]
random_spread = random_sample.scores(main)
random_flag = peaks.flagged(random_spread, peaks.USED)
like_random = wide(seen)[sample.place]
counted = {
    "trained": statements.counts_by_layer(flag, sample.layer, layers, like_random),
    "random weights": statements.counts_by_layer(random_flag, random_sample.layer, layers),
}
run.figure(
    figures.shares_by_layer(counted, names, y_label="share of the units flagged"),
    alt="Share of the units of each layer that algorithm 3 flags, of the trained network and of networks with random weights, with intervals.",
    caption=f"Algorithm 3, threshold 2, on images of units with kernels of 3×3 and more of {of}, and of {len(random_sample.place)} such units of networks with random weights; Wilson's 95% intervals.",
)
pairs = [[a / b for a, b in pair] for pair in zip(*counted.values(), strict=True) if all(b for _, b in pair)]
beyond_random = [trained - random for trained, random in pairs]
run.claim("beyond.colour-random-flags", beyond_random if judged else None, missing=MISSING)

# %% [markdown]
# ## A test that does not look at optimised images
#
# A unit that ignores colour answers a grey image as it answers the coloured one. Rafegas and Vanrell {cite:p}`rafegas2018`
# made this an index of colour selectivity: one minus the ratio of what a unit answers to the grey versions of its strongest
# images and to these images. Theirs takes the strongest of a far larger set, and turns the field of view to grey along its main
# colour. Here the strongest images are the top 5% of all that were shown, with the response where the unit was most active, and
# the whole image is turned to its luma. Up to an index of 0.1 a unit is called colour-blind here.
#
# The same is asked with turned hues, luma kept, and with mirrored images, which keep their colours.


# %%
as_it_is, grey = answers.at_place[0], answers.at_place[1]
index = colour_index.index(as_it_is, grey)
turned = hue_index(as_it_is, answers.at_place[2:4])
anywhere = [colour_index.index(as_it_is, answers.anywhere[k]) for k in (1, 4)]  # grey and mirrored
halves = [colour_index.index(as_it_is[start::2], grey[start::2]) for start in range(2)]
of_random = torch.stack([colour_index.index(each.at_place[0], each.at_place[1]) for each in randoms])
of_hues = [each.history.at_place for each in run.stage(random_hues).values()]
turned_of_random = torch.stack([hue_index(each[0], each[1:]) for each in of_hues])
blind = colour_index.colour_blind(index)

# %% tags=["hide-input"]
known = ~index.isnan()
every = {
    "grey images": statements.counts_by_layer(blind, depth_of, layers, known),
    "turned hues": statements.counts_by_layer(colour_index.colour_blind(turned), depth_of, layers, known),
    "grey images, random weights": [
        (sum(each[0] for each in draws), sum(each[1] for each in draws))
        for draws in zip(
            *(
                statements.counts_by_layer(colour_index.colour_blind(one), depth_of, layers, ~one.isnan())
                for one in of_random
            ),
            strict=True,
        )
    ],
}
run.figure(
    figures.shares_by_layer(every, names, y_label="share of units with an index of at most 0.1"),
    alt="Share of all units of each layer that are colour-blind by their responses: by grey images, by turned hues, and by grey images in networks with random weights.",
    caption=f"Units of {of} that lose at most a tenth of their response with the colours of their strongest images; Wilson's 95% intervals. Random weights have the mean and variance of the trained ones.",
)


# %% tags=["hide-input"]
def ranks(a: torch.Tensor, b: torch.Tensor) -> list[float]:
    return agreement.rank_correlations(a, b, [(depth_of == depth).nonzero().flatten() for depth in range(layers)])


by_part = [
    colour_index.shares_by_layer(colour_index.index(as_it_is[k::5], grey[k::5]), depth_of, layers) for k in range(5)
]
by_draw = [colour_index.shares_by_layer(each, depth_of, layers) for each in of_random]
in_depth = [{str(depth + 1): [row[depth] for row in table] for depth in range(layers)} for table in (by_part, by_draw)]
trained_share = np.array(colour_index.shares_by_layer(index, depth_of, layers))
run.claim("beyond.colour-depth", **of_chance(*in_depth))
learnt = trained_share - np.mean(by_draw, axis=0)
run.claim("beyond.colour-learnt", learnt if judged else None, missing=MISSING)
run.claim("beyond.colour-grey-and-hue", **of_chance(ranks(index, turned), ranks(anywhere[1], turned)))
loss = [float((anywhere[0] - anywhere[1])[depth_of == depth].nanmean()) for depth in range(layers)]
run.claim("control.colour-mirror", loss if judged else None, missing=MISSING)
run.claim("control.colour-halves", ranks(*halves) if judged else None, missing=MISSING)

# %% [markdown]
# ## Do the two agree?
#
# First figure 19: the densities of the channels, averaged over units that are colour-blind and over the rest. The study's
# labels came from the colours of the same images. So the figure has a row for the label of algorithm 3, and one for the label of
# the responses.

# %% tags=["hide-input"]
own, own_blind = index[sample.place], blind[sample.place]
told = {
    "flagged by algorithm 3": flag,
    "not flagged": ~flag,
    "colour-blind by responses": own_blind,
    "not colour-blind by responses": ~own_blind,
}
groups = {name: statements.mean_densities(sample, each).numpy() for name, each in told.items() if bool(each.any())}
run.figure(
    figures.channel_densities(groups),
    alt="Averaged densities of red, green and blue over the levels, for units that are colour-blind and for the rest, by two labels.",
    caption=f"After figure 19 of the study: densities of the three channels of optimised images of {of}, averaged over units.",
)
run.figure(
    figures.against_index(spread, own, sample.layer, layers=names, lines=(peaks.USED, colour_index.COLOUR_BLIND)),
    alt="Spread of the three peaks of each unit's optimised image against the colour index of its responses, coloured by layer.",
    caption=f"Algorithm 3 against responses, a point for each sampled unit of {of}. Left of the vertical line algorithm 3 flags a unit; below the horizontal one its responses call it colour-blind.",
)

# %%
with_index = ~own.isnan()
kappa = agreement.kappa_interval(flag[with_index], own_blind[with_index], seed=seed)
aucs = {
    "peaks": statements.auc_by_part(-spread, own_blind, sample.layer, part),
    "chroma": statements.auc_by_part(-chroma, own_blind, sample.layer, part),
}
precision = [own_blind[(flag == is_flagged) & with_index].double() for is_flagged in (True, False)]
recall = [flag[(own_blind == is_blind) & with_index].double() for is_blind in (True, False)]
partners = statements.differences_to_partners(own, flag, sample.layer, answers.scale[sample.place])
apart = [
    statements.spread_of_averages(sample, ~own_blind & (part == k))
    - statements.spread_of_averages(sample, own_blind & (part == k))
    for k in range(statements.PARTS)
]

# %% tags=["hide-input"]
enough = judged and all(len(each) for each in (*precision, *recall, partners))
for claim_id, values in (
    ("figure-19.peaks", apart),
    ("sec-4-1-1.criterion", aucs["peaks"]),
    ("beyond.colour-chroma", aucs),
    ("beyond.colour-kappa", statements.kappa_by_part(flag, own_blind, part)),
):
    run.claim(claim_id, values if judged else None, missing=MISSING)
run.claim("sec-4-1-1.ignore-colour", partners if enough else None, missing=MISSING)
for claim_id, (values, others) in (("beyond.colour-precision", precision), ("beyond.colour-recall", recall)):
    run.claim(claim_id, values if enough else None, floor=others if enough else None, missing=MISSING)
lines = []
for depth in where:
    some = (sample.layer == depth) & with_index
    both = [int((a & b & some).sum()) for a, b in ((flag, own_blind), (flag, ~own_blind), (~flag, own_blind))]
    agreed = agreement.kappa(flag[some], own_blind[some])
    lines.append(f"| {names[depth]} | {int(some.sum())} | {both[0]} | {both[1]} | {both[2]} | {agreed:+.2f} |")
run.say(
    "| layer | units | colour-blind by both | by algorithm 3 alone | by responses alone | kappa |\n|---|---|---|---|---|---|\n"
    + "\n".join(lines)
)
run.say(
    f"Cohen's kappa {{cite:p}}`cohen1960` over all sampled units: {kappa.mean:+.2f} (bootstrap, {kappa.low:+.2f} to {kappa.high:+.2f})."
)

# %% [markdown]
# Units with kernels of 1×1 are left out by the study, since one weight holds no pattern; its shares count them all the same. A
# pattern is not what colour needs.

# %% tags=["hide-input"]
lines = []
for kind, own in statements.units_by_kind(seen.branches).items():
    looked = own[sample.place]
    lines.append(
        f"| {kind} | {int(own.sum()):,} | {int((flag & looked).sum())} of {int(looked.sum())} | "
        f"{blind[own & known].double().mean():.0%} | {colour_index.colour_blind(of_random[:, own]).double().mean():.0%} |"
    )
run.say(
    "| kernels | units | flagged by algorithm 3, of the sample | colour-blind by responses | the same, random weights |\n"
    "|---|---|---|---|---|\n" + "\n".join(lines)
)

# %% [markdown]
# ## Why are units colour-blind?
#
# The study found no relation to the weights, and assumes that variety of colours in the exciting samples is the cause. Both can
# be asked. A unit reads units of the layer before, through its kernel and the 1×1 convolution in between: the mean of *their*
# colour index, weighted by absolute weights, is a number that weights give. And the colours at the unit's place in its
# strongest images have a standard deviation.

# %%
below = of_units_below(seen, index)
mixed_up = below.clone()
for depth in range(layers):
    places = (depth_of == depth).nonzero().flatten()
    order = torch.randperm(len(places), generator=torch.Generator().manual_seed(seed))
    mixed_up[places] = below[places[order]]
variety = colour_index.variety(as_it_is, answers.colour)[sample.place]
in_layers = [(sample.layer == depth).nonzero().flatten() for depth in range(1, layers)]
of_classifier = agreement.rank_correlations(spread, below[sample.place], in_layers)
of_responses = [ranks(index, each)[1:] for each in (below, mixed_up)]
of_variety = statements.auc_by_part(variety, flag, sample.layer, part)

# %% tags=["hide-input"]
run.claim("sec-4-2-1.no-relation", of_classifier if judged else None, missing=MISSING)
run.claim("beyond.colour-weights-tell", **of_chance(*of_responses))
run.claim("sec-4-2-1.variety", of_variety if judged else None, missing=MISSING)
run.claim("abstract.weights")

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study calls a unit colour-blind if the channels of its optimised image peak together, and finds a share that falls with depth."
)
if judged:
    run.say(
        f"On Caffe's training algorithm 3 flags {flag.double().mean():.1%} of the sampled units; the study's ranking of layers: "
        f"{run.verdict('sec-4-2-1.ranking')}. By their responses to grey images {blind[known].double().mean():.0%} of all units are "
        f"colour-blind, {trained_share[0]:.0%} in {names[0]} and {trained_share[-1]:.0%} in {names[-1]}; with random weights it is "
        f"{np.mean(by_draw):.0%}, {np.mean(by_draw, axis=0)[0]:.0%} in {names[0]} and {np.mean(by_draw, axis=0)[-1]:.0%} in {names[-1]}."
    )
    run.say(
        f"The two labels agree with a kappa of {kappa.mean:+.2f}. Of the flagged units {float(precision[0].mean()):.0%} are colour-blind "
        f"by their responses, of the others {float(precision[1].mean()):.0%}; algorithm 3 finds {float(recall[0].mean()):.0%} of the "
        f"colour-blind units. The flag is the same from other starts: {run.verdict('beyond.colour-flag-starts')}; under other "
        f"settings: {run.verdict('beyond.colour-flag-settings')}. That weights tell nothing of the flags: {run.verdict('sec-4-2-1.no-relation')}. That they tell which "
        f"units ignore colour: {run.verdict('beyond.colour-weights-tell')}, with a mean rank correlation of {np.mean(of_responses[0]):.2f}."
    )

# %% tags=["hide-input"]
of_sample = of_images(seen, sample, random_sample, main)
run.units(
    identities(seen),
    {
        "colour_index": index,
        "colour_index_percentile": colour_index.percentile(index, of_random, depth_of),
        "hue_index": turned,
        "hue_index_percentile": colour_index.percentile(turned, turned_of_random, depth_of),
        "colour_blind_by_response": blind,
        **of_sample,
    },
    COLUMNS,
)

# %% tags=["hide-input"]
run.finish()
