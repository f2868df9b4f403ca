# ---
# jupyter:
#   book:
#     stages:
#     - googlenet_neurons/optimisation_checks
#     - googlenet_neurons/optimised_images
#     - googlenet_neurons/random_extremes
#     - googlenet_neurons/single_transforms
#     - googlenet_neurons/unit_statistics
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
# # What a unit looks for, and what it avoids
#
# The study optimises an image for each unit of nine layers, once so that the unit answers as strongly as it can, once as
# weakly (section 3.2, algorithm 2), and shows a sample of each layer (appendix 7.1, figures 40 to 48). Here are units drawn
# at random, with numbers for what the study says of the pictures, and what they hang on.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "googlenet"  # a network's name, or the path of a description of your own
layer = "auto"  # names of layers or of their branches, separated by commas; auto: all
images = "auto"  # a folder or tar file of images, or patterns; auto: ImageNet's validation images where they are

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np
import torch

from helpers.data import photographs
from helpers.data.images import PHOTOGRAPHS, open_images
from helpers.hooks.layer_output import layer_output
from helpers.hooks.reducers.pass_tensors import from_stage
from helpers.pages import runs
from helpers.plots.conditions import by_condition
from helpers.plots.curves import line_panels
from helpers.plots.images import grid
from helpers.plots.sheets import sheets
from helpers.studies.googlenet_neurons import optimisation_statements as statements
from helpers.studies.googlenet_neurons.columns import optimised_images as columns
from helpers.studies.googlenet_neurons.columns.identity import identities
from helpers.studies.googlenet_neurons.image_likeness import in_words, likenesses, pixel_correlations, place
from helpers.studies.googlenet_neurons.image_spectra import mean_frequency, spectral_entropy
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.inputs import record_inputs

# %% tags=["hide-cell"]
from helpers.studies.googlenet_neurons.optimised import MAXIMUM, MINIMUM, of_stage
from helpers.studies.googlenet_neurons.optimised import images as images_of
from helpers.studies.googlenet_neurons.optimising import Optimised
from helpers.studies.googlenet_neurons.parameters import IMAGES, PARAMETERS
from helpers.studies.googlenet_neurons.plots.climbs import Look, by_layer, on_the_way
from helpers.studies.googlenet_neurons.saliency import fall_without, gradient_error, has_classes, saliency
from helpers.studies.googlenet_neurons.stages import (
    optimisation_checks,
    optimised_images,
    random_extremes,
    single_transforms,
    unit_statistics,
)
from helpers.studies.googlenet_neurons.subject import MISSING, subject

# %% tags=["hide-input"]
run = runs.start("googlenet_neurons/02_what_a_unit_looks_for", globals(), **PARAMETERS, **IMAGES)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
record_inputs(run, seen, natural_images(run.parameters, seen.loaded).open(seed))
found = of_stage(run.stage(optimised_images))
checks, alone = (of_stage(run.stage(each)) for each in (optimisation_checks, single_transforms))
natural = from_stage(run.stage(unit_statistics, "natural")["natural"].history, name="natural")
known = open_images(PHOTOGRAPHS, size=run.by_scale(smoke=64, laptop=224, paper=224))
photos = torch.cat([batch.x for batch in known.batches(8, progress=False)])
steps, size = found[next(iter(found))].history.shape[-1], found[next(iter(found))].image.shape[-1]
run.say(
    f"{seen.describe()} Looked at: {sum(len(each.unit) for each in found.values())} units of {len(found)} layers, drawn by "
    f"the seed and spread over the branches; {steps} steps, {size} pixels a side. An image climbs on the mean of the unit's "
    "map before the ReLU, each with its own random shifts, scales and turns."
)


def judge(claim_id: str, values: object, floor: object = None) -> None:
    """Report a claim on the study's network; on another one nothing is judged."""
    run.claim(claim_id, values if seen.is_studys else None, floor=floor if seen.is_studys else None, missing=MISSING)


# %% [markdown]
# ## Figures 40 to 48: a sample of each layer
#
# A column is a unit, drawn at random from all branches of the layer: its maximum above, its minimum below. The study does not
# say how it chose.


# %% tags=["hide-input"]
def spread_over(each: Optimised, count: int) -> list[int]:
    """Places of so many of the units that are spread over all of them, and so over the branches."""
    return torch.linspace(0, len(each.unit) - 1, min(count, len(each.unit))).round().long().tolist()


def gallery(name: str, some: list[int]) -> dict[str, list]:
    """A title, and the maxima above the minima of some units of a layer, in half as many pixels."""
    each = found[name]
    pictures = [
        torch.nn.functional.adaptive_avg_pool2d(images_of(each, direction)[some], 48).numpy()
        for direction in (MAXIMUM, MINIMUM)
    ]
    return {f"{name}: units {', '.join(map(str, each.unit[some].tolist()))}": pictures}


run.figure(
    sheets({k: v for name, each in found.items() for k, v in gallery(name, spread_over(each, 11)).items()}, columns=1),
    alt="For each layer a row of optimised images that excite a unit, and below it those that inhibit the same unit.",
    caption=f"After figures 40 to 48 of the study: units of {seen.captioned}; maximum above, minimum below.",
)

# %% [markdown]
# All sampled units of each layer are in the folded sheets below.

# %% tags=["hide-cell"]
for name, each in found.items():
    run.figure(
        sheets(
            {
                k: v
                for first in range(0, len(each.unit), 15)
                for k, v in gallery(name, list(range(len(each.unit)))[first : first + 15]).items()
            },
            columns=1,
        ),
        alt=f"All sampled units of {name}: rows of optimised images for the maximum above those for the minimum.",
        caption=f"All sampled units of {name} of {seen.captioned}; maximum above, minimum below.",
    )

# %% [markdown]
# ## Equation 1 and algorithm 2
#
# The image is to maximise the response $f(x, l, u)$ of unit $u$ of layer $l$. The study starts from noise and takes 2,048 steps
# of Adam at a rate of 0.05, along the gradient before the ReLU. Is the gradient right, and what do the words and numbers say?

# %%
photo = photos[0]
errors = [
    gradient_error(seen, branch.convolution, 0, photo, seed=seed)
    for branch in seen.branches[:: max(1, len(seen.branches) // run.by_scale(smoke=2, laptop=9, paper=36))]
]

# %% tags=["hide-input"]
run.claim("eq-1.gradient", errors)
for claim_id in ("eq-1.minimum", "algorithm-2.counter", "appendix-7.padding", "figure-10.unit", "figure-11.unit"):
    run.claim(claim_id)

# %% [markdown]
# ## Figure 11: stages of the optimisation
#
# The study shows unit 11 of mixed4a, which has a kernel of 1×1, a kind that it leaves out later. Here are units of 3×3 and 5×5
# kernels. Above a picture stands the number of steps, below it the unit's mean response to the picture.

# %% tags=["hide-input"]
looks = optimisation_checks.EXTENTS[scale].looks
long = checks["long"]
every = max(1, len(long.unit) // 5)
stages_of = {}
for k in range(0, len(long.unit), every):
    branch, own = place(seen, int(long.unit[k]))
    on_way = [*(long.look_image[k, 0, 0].float() / 255), long.image[k, 0, 0].float() / 255]
    responses = [*long.look_score[k, 0, 0].tolist(), float(long.score[k, 0, 0])]
    stages_of[f"{branch.title} unit {own}"] = [
        Look(f"{number:,}", picture.numpy(), f"{response:z.1f}")
        for number, picture, response in zip(looks, on_way, responses, strict=True)
    ]
run.figure(
    on_the_way(stages_of),
    alt="A row of pictures for each unit, from grey noise to a pattern that becomes stronger with the number of steps; the response below the pictures grows.",
    caption=f"After figure 11: images of units of {seen.captioned}. Above: steps; below: mean response before the ReLU, without transforms.",
)

# %% [markdown]
# Are 2,048 steps enough, and are they enough in every layer? The figure shows the response against the number of steps, layer by
# layer, and how far other starts are after the steps of this page.

# %% tags=["hide-input"]
climbs, others = statements.climbs(seen, long), statements.starts_at(seen, checks["starts"], long)
last = max(each for each in looks if each <= steps)
run.figure(
    by_layer(looks, climbs, others, at=steps, flat=0.95),
    alt="A panel for each layer: mean response to the image against the number of steps, a thin line for each unit, a thick one for their mean, and a diamond for each of several starts.",
    caption=f"Response without transforms, as a share of that after {looks[-1]:,} steps, of {seen.captioned}; dotted: 0.95. Diamonds: means over the units from {checks['starts'].score.shape[2]} starts.",
)
before = {name: float(each[:, -2].mean()) for name, each in climbs.items()}
growing = [f"{name} ({share:.0%})" for name, share in before.items() if share < 0.95]
run.say(
    f"After {looks[-2]:,} steps the mean response is below 95% of that after {looks[-1]:,} in {len(growing)} of "
    f"{len(before)} layers{': ' if growing else ''}{', '.join(growing)}. After {steps} steps the means of the starts lie "
    f"{max(float(np.ptp(each.mean(0).numpy())) for each in others.values()):.2f} apart at most."
)

# %% tags=["hide-input"]
enough = statements.share_of_the_end(long, looks, last)
judge("control.steps", enough)
judge("beyond.flat", statements.share_of_the_end(long, looks, looks[-2]))
judge("beyond.steps-depth", statements.steps_by_depth(climbs, looks.index(last)) if len(climbs) > 2 else None)

# %% [markdown]
# ## What regularisation does
#
# The study's images are made of waves, coarse ones moving first {cite:p}`olah2017`, and every step sees the image padded,
# shifted, scaled and turned. Without both, the pixels themselves climb.

# %%
measured = statements.regularised(checks, photos)

# %% tags=["hide-input"]
shown = {}
for k in range(0, len(long.unit), every):
    branch, own = place(seen, int(long.unit[k]))
    pictures = {name: checks[key].image[k, 0, 0].float().numpy() / 255 for name, key in statements.VARIANTS.items()}
    shown[f"{branch.title} unit {own}"] = pictures
run.figure(
    grid(shown),
    alt="A row of four pictures for each unit: with waves and transforms, with one of them, and with neither.",
    caption=f"Units of {seen.captioned} after {steps} steps, with both regularisations, with one, and with neither.",
)
run.figure(
    by_condition(
        {"share of power at high frequencies": measured["fine"], "distance from photographs": measured["distance"]}
    ),
    alt="Share of power at high frequencies and distance of the spectrum from that of photographs, for four kinds of regularisation; a point a unit.",
    caption=f"{len(long.unit)} units of {seen.captioned}; high: above 0.25 waves per pixel; the distance is in powers of ten, the mean over rings.",
)

# %% tags=["hide-input"]
judge("sec-3-2.high-frequencies", statements.with_and_without(measured["fine"]))
judge("sec-3-2.more-real", statements.with_and_without(measured["distance"]))
run.claim("sec-3-2.misled")
judge("beyond.price", statements.with_and_without(measured["response"]))

# %% [markdown]
# Which of the transforms does it? The study has three kinds: shifts (padding and two crops), scales, and turns. Here the same
# units climb with waves and one of them alone.

# %%
apart = statements.one_by_one(checks, alone, photos)
relative = {
    name: np.array(values) / apart["response"]["none"] for name, values in apart["response"].items()
}  # of waves alone

# %% tags=["hide-input"]
shown, made = {}, {"all": checks["starts"], **alone, "none": checks["fourier"]}
for k in range(0, len(long.unit), every):
    branch, own = place(seen, int(long.unit[k]))
    shown[f"{branch.title} unit {own}"] = {name: each.image[k, 0, 0].numpy() / 255 for name, each in made.items()}
run.figure(
    grid(shown),
    alt="A row of five pictures for each unit: with all transforms, with shifts, scales or turns alone, and with none.",
    caption=f"Units of {seen.captioned} after {steps} steps, all with waves: with all transforms, with one alone, and with none.",
)
run.figure(
    by_condition({"high frequencies": apart["fine"], "distance": apart["distance"], "response": relative}),
    alt="Share of power at high frequencies, distance of the spectrum from that of photographs, and response, with all transforms, with one alone, and with none; a point a unit.",
    caption=f"{len(long.unit)} units of {seen.captioned}. Share of power above 0.25 waves per pixel; distance of the spectrum from that of photographs, in powers of ten; mean response without transforms, as a share of that with none.",
)

# %% tags=["hide-input"]
for name in statements.ALONE:
    judge(f"beyond.{name}-alone", statements.with_and_without(apart["fine"], name, "none"))
judge("beyond.resampling-does-it", statements.resampled_or_shifted(apart["fine"]))
judge("beyond.all-transforms", statements.all_or_best(apart["fine"]))
judge("beyond.alone-more-real", statements.one_or_none(apart["distance"]))
judge("beyond.alone-price", statements.one_or_none(apart["response"]))
run.say(
    "| transforms, beside waves | share of power at high frequencies | distance from photographs | response, as a share |\n"
    "|---|---|---|---|\n"
    + "\n".join(
        f"| {name} | {np.mean(apart['fine'][name]):.3f} | {np.mean(apart['distance'][name]):.2f} | {np.median(relative[name]):.2f} |"
        for name in relative
    )
    + "\n\nMeans over the units; of the response medians of the share of that with none."
)

# %% [markdown]
# ## Before the ReLU
#
# The study leaves out the ReLU, so that the minimum can be reached, too. Which units go below 0, and which would have had no
# gradient at the start?

# %% tags=["hide-input"]
judge("sec-3-2.minimum", statements.below_zero(found))
judge("control.minimum-hidden", statements.silent_at_the_start(seen, checks["begun"]))
judge("control.restarts", statements.begun_anew(found))

# %% [markdown]
# ## Figure 15, and abstraction
#
# The study leaves out the three convolutions before the blocks, as their pictures are less meaningful, and sees abstraction
# rise from layer to layer. Neither word has a measure. Here are two numbers: the spectral entropy of a picture, which is low
# for a texture of one period, and its mean frequency; beside them those of networks with random weights.

# %%
entropy = statements.by_depth(seen, found, checks, spectral_entropy)
frequency = statements.by_depth(seen, found, checks, mean_frequency)


# %% tags=["hide-input"]
def random_of(name: str) -> np.ndarray:
    """Images of a layer's units in the first network with random weights."""
    own = [place(seen, number)[0].block == name for number in checks["random_0"].unit.tolist()]
    return torch.nn.functional.adaptive_avg_pool2d(images_of(checks["random_0"])[own], 48).numpy()


if "early" in checks:
    count = len(checks["early"].unit) // 3
    rows = {
        name: [
            torch.nn.functional.adaptive_avg_pool2d(images_of(checks[key])[k * count : (k + 1) * count], 48).numpy()
            for key in ("early", "early_random_0")
        ]
        for k, name in enumerate(("conv2d0", "conv2d1", "conv2d2"))
    }
    rows |= {
        name: [gallery(name, spread_over(each, 8)).popitem()[1][0], random_of(name)] for name, each in found.items()
    }
    run.figure(
        sheets(rows, columns=2),
        alt="For each layer a row of optimised images of the trained network above a row of those of a network with random weights.",
        caption=f"After figure 15: units drawn at random; above of {seen.captioned}, below with random weights.",
    )
# %% tags=["hide-input"]
depth = torch.arange(1, len(found) + 1)
panels = {"spectral entropy": entropy, "mean frequency": frequency}
run.figure(
    line_panels(
        depth,
        {
            title: {
                "trained": torch.tensor(list(each.layers.values())).T,
                "random": torch.tensor(list(each.random.values())).T,
            }
            for title, each in panels.items()
        },
        x_label="layer, in the order of the network",
        y_label={"spectral entropy": "share of white noise's", "mean frequency": "waves per pixel"},
    ),
    alt="Spectral entropy and mean frequency of optimised images, layer by layer, of the trained network and of random ones.",
    caption=f"Mean and 95% interval over groups of units with kernels of 3×3 and more of {seen.captioned}.",
)

# %% tags=["hide-input"]
judge("sec-4.early-less", entropy.early or None, entropy.early_random or None)
judge("appendix-7-1.abstraction", entropy.layers, entropy.random)
judge("beyond.detail", frequency.layers, frequency.random)

# %% [markdown]
# ## The unit, or the method?
#
# The same units from other starts, with more steps, other paddings and canvases, another objective, and in batches of another
# size. Two pictures of a unit show its pattern in different places. So their likeness is taken in the network: the correlation
# of the mean responses of all other units of the branch, each less that to a grey image.

# %%
alike = likenesses(seen, checks)
pixels = pixel_correlations(checks)
order = sorted(alike, key=lambda name: np.mean(alike[name]))

# %% tags=["hide-input"]
run.figure(
    by_condition({"likeness to the unit's picture": {in_words(name): alike[name] for name in order}}),
    alt="Likeness of a unit's picture to that of another unit, from other starts, with more steps, and under other settings; a point a unit.",
    caption=f"{len(long.unit)} units of {seen.captioned}. Other settings: the mean over canvases, paddings and the middle of the map. Grey lines join a unit's points; bar and line: mean and 95% interval.",
)


def two(values: dict, first: str, second: str) -> dict:
    return {name: values[name] for name in (first, second)}


# %% tags=["hide-input"]
judge("beyond.starts", two(alike, "other units", "other starts"))
judge("control.steps-likeness", two(alike, "other starts", "more steps"))
judge("beyond.settings", two(alike, "other starts", "other settings"))
judge("control.rounding", two(pixels, "other starts", "other batches"))
run.say(
    f"Pixels of two starts have a correlation of {sum(pixels['other starts']) / len(pixels['other starts']):.2f}, those of "
    f"one start alone and in a batch one of {sum(pixels['other batches']) / len(pixels['other batches']):.2f}."
)

# %% [markdown]
# ## Beside the strongest natural image
#
# Does an optimised image excite a unit more than any natural image does? Both responses are the largest over all positions,
# behind the ReLU.

# %%
ratios = statements.over_natural(seen, found, natural)
above = [float((each[~each.isnan()] > 1).float().mean()) for each in ratios.values()]

# %% tags=["hide-input"]
judge("beyond.natural", above)
told = [
    f"| {name} | {len(each.unit)} | {each.score[:, MAXIMUM].mean():.1f} | {each.score[:, MINIMUM].mean():.1f} | {share:.0%} |"
    for (name, each), share in zip(found.items(), above, strict=True)
]
run.say(
    "| layer | units | mean score, maximum | mean score, minimum | above the strongest natural image |\n|---|---|---|---|---|\n"
    + "\n".join(told)
)
beside = {key: each.history for key, each in run.stage(random_extremes).items()}
draws = [
    (checks[f"random_{k}"], beside[f"{random_extremes.MINIMUM}{k}"], beside[f"{random_extremes.NATURAL}{k}"])
    for k in range(len(beside) // 2)
]
run.units(identities(seen), columns.values(seen, found, ratios, columns.of_random(seen, draws)), columns.COLUMNS)

# %% [markdown]
# ## Figure 10: a photograph and one activation map
#
# The study shows a map of unit 138 of conv2d0. That layer has no such unit; here are two others, with two photographs.

# %% tags=["hide-input"]
first = "conv2d0" if "early" in checks else seen.branches[0].layer
maps = layer_output(seen.loaded.network, first, seen.loaded.preprocessing(photos[:2].to(run.device))).cpu()
chosen = [5, min(23, maps.shape[1] - 1)]
run.figure(
    grid(
        {
            known.names[k].partition("/")[0]: {"photograph": photos[k].numpy()}
            | {f"unit {unit}": maps[k, unit].numpy() for unit in chosen}
            for k in range(2)
        },
        one_scale=True,
    ),
    alt="Two photographs, each with the maps of two units of the first layer: bright where the unit answers.",
    caption=f"After figure 10: maps of two units of {first} of {seen.captioned}; one scale in a row. {photographs.credits()}.",
)

# %% [markdown]
# ## Figure 12: saliency, and which units matter
#
# A saliency map shows how much the score of a class depends on each pixel. The study drops it, as it leaves out channels and
# layers. But the same gradient can be taken at a layer. Ten units of a middle layer are set to 0: those of the largest gradient
# times response, or ten others. Figure 13 of the study, an interface, is borrowed from another work and not drawn anew;
# figure 14, the kernels of a network that reads digits, is on page 8.

# %%
block = seen.blocks[len(seen.blocks) // 2].name
random_copy = seen.with_random_weights(0)
agreement, falls = None, None
if has_classes(seen.loaded, photos.shape[-1]):
    pairs = [[saliency(net.loaded, each).flatten() for net in (seen, random_copy)] for each in photos]
    ranks = [[each.argsort().argsort().float() for each in pair] for pair in pairs]
    agreement = [float(torch.corrcoef(torch.stack(pair))[0, 1]) for pair in ranks]
    removed = [fall_without(seen, block, each, seed=seed) for each in photos.to(run.device)]
    falls = {name: [each[name] for each in removed] for name in removed[0]}

# %% tags=["hide-input"]
if falls is not None:
    side = photos.shape[-1]
    run.figure(
        grid(
            {
                known.names[k].partition("/")[0]: {
                    "photograph": photos[k].numpy(),
                    "trained": pairs[k][0].reshape(side, side).numpy(),
                    "random weights": pairs[k][1].reshape(side, side).numpy(),
                }
                for k in range(3)
            }
        ),
        alt="Three photographs, each with the saliency of the first class in the trained network and in one with random weights.",
        caption=f"After figure 12: largest absolute derivative over the colours, of {seen.captioned}. {photographs.credits()}.",
    )
    run.figure(
        by_condition({f"fall of the score without ten units of {block}": falls}),
        alt="Fall of the score of the first class without ten units, drawn at random or of the largest gradient times response.",
        caption=f"{len(photos)} photographs; the fall in standard deviations of all scores of {seen.captioned}.",
    )
judge("control.saliency", agreement)
run.claim("sec-2.saliency")
judge("beyond.unit-attribution", falls)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study shows optimised images of a sample of units and reads abstraction from them; it measures nothing of them."
)
if seen.is_studys:
    run.say(
        f"Regularised images have fewer high frequencies ({run.verdict('sec-3-2.high-frequencies')}); beside waves, shifts "
        f"alone ({run.verdict('beyond.shifts-alone')}), scales alone ({run.verdict('beyond.scales-alone')}) and turns alone "
        f"({run.verdict('beyond.turns-alone')}) lower them. Complexity by spectral "
        f"entropy rises with depth, and more than with random weights: {run.verdict('appendix-7-1.abstraction')}; that the "
        f"early convolutions have simpler pictures: {run.verdict('sec-4.early-less')}. {steps} steps reach "
        f"{sum(enough) / len(enough):.0%} of the response of {looks[-1]:,} ({run.verdict('control.steps')}). A unit's pictures "
        f"from other starts are more alike than those of two units: {run.verdict('beyond.starts')}. Optimised images excite "
        f"units more than any natural image: {run.verdict('beyond.natural')}."
    )

# %% tags=["hide-input"]
run.finish()
