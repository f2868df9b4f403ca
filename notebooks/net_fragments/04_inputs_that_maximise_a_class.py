# ---
# jupyter:
#   book:
#     stages:
#     - net_fragments/encoders
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
# # Inputs that maximise a class
#
# Which input does a trained network hold for the best 3? The study freezes the weights, starts from an empty image
# and follows the gradient until the class is as probable as can be (section 4.1). What comes out looks random (figure
# 4.5), from which it concludes that the networks look at the wrong features and would not be robust to slight
# perturbations (section 4.2). Here the inputs are compared with the digits, and the guess about robustness is tested:
# the fewest flipped pixels that change a prediction, found exactly for one and two.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 20  # how many
device = "auto"  # auto, cpu or cuda
samples_per_epoch = 10_000  # digits shown per epoch; the study does not say
epochs = 10
step = 0.05  # length of a step of the ascent, in units of a pixel's range
probability = 0.999  # where the ascent stops

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
import math

import torch

from helpers.ascent.loop import ascend
from helpers.ascent.objectives import log_probability
from helpers.ascent.steps import normalised_step
from helpers.metrics.selectivity import auc
from helpers.metrics.similarity import correlation
from helpers.pages import runs
from helpers.studies.net_fragments import digits as data
from helpers.studies.net_fragments.stages import encoders

run = runs.start(
    "net_fragments/04_inputs_that_maximise_a_class",
    globals(),
    samples_per_epoch=runs.Integer(1, 1_000_000),
    epochs=runs.Integer(1, 1_000),
    step=runs.Number(0.001, 10),
    probability=runs.Number(0.1, 0.999999),
)

# %%
recipe = encoders.usual(run.parameters)
kept = run.stage(encoders, "usual")["usual"].networks
networks = {number: kept[number].networks(recipe.epochs) for number in kept.numbers}
digits = data.digits().to(run.device)
run.record_input("weights", "encoders", "page 02_eleven_models", [kept[number].loss for number in kept.numbers])

# %% [markdown]
# ## Figure 4.5
#
# All seeds and classes of a model climb at once, in steps of one length, from the image of zeros. Pixels may leave
# the range from 0 to 1, as nothing in the study keeps them there.

# %%
classes = torch.arange(10, device=run.device)
empty = torch.zeros(len(run.seeds), 10, 81, device=run.device)
climbs = {}
for number, network in networks.items():
    objective = log_probability(lambda flat, network=network: network(flat.unflatten(-1, (9, 9))), classes)
    climbs[number] = ascend(
        objective,
        empty,
        step=normalised_step(step),
        until=math.log(probability),
        max_steps=run.by_scale(smoke=20, laptop=1_000, paper=5_000),
        progress_name=f"model {number}",
    )
inputs = torch.stack([climb.x for climb in climbs.values()])  # (model, seed, class, pixel)
reached = torch.stack([climb.value for climb in climbs.values()]).exp()
run.claim("fig-4-5.maximises", reached.mean(dim=(0, 2)))

# %%
from helpers.studies.net_fragments.plots import by_model, image_table, images

run.figure(
    image_table(
        {f"model {number}": inputs[row, 0].unflatten(-1, (9, 9)) for row, number in enumerate(networks)},
        columns=[str(k) for k in range(10)],
    ),
    alt="A table of small images, eleven models by ten classes: the input that maximises each class, red where pixels are raised, blue where lowered.",
    caption="Figure 4.5 for the first seed: the change from an empty image that makes each class most probable. Each row has its own scale.",
)

# %% [markdown]
# Red pixels were raised, blue ones lowered below zero. Model 11 stays empty: its kernels have no bias, so on an empty
# image every one of its units is exactly at the bend of the ReLU, where the gradient is 0. That alone breaks the
# study's procedure there; nothing is compared where nothing moved. In models 9 and 10 the digits are plain to see; in
# the convolutional ones a part of each can often be made out; after pooling, little. How similar is each input to its
# digit?

# %%
flat = digits.flatten(1)
similar = correlation(inputs.unsqueeze(-2), flat)  # (model, seed, class, digit)
own = similar.diagonal(dim1=-2, dim2=-1)  # (model, seed, class)
moved = (inputs != 0).any(dim=-1)  # (model, seed, class)


def mean_of_moved(values: torch.Tensor) -> torch.Tensor:
    """Mean over models and classes of what left the empty image, per seed."""
    return (values * moved).sum(dim=(0, 2)) / moved.sum(dim=(0, 2))


run.claim("fig-4-5.random-looking", mean_of_moved(own))
run.claim("fig-4-5.wrong-features", mean_of_moved((similar.argmax(dim=-1) == classes).float()))
lit = torch.stack([auc(inputs[:, :, [k]].mT, flat[k, :, None].bool())[..., 0, 0] for k in range(10)], dim=-1)
run.claim("fig-4-5.no-constellations", mean_of_moved(lit))

# %%
run.figure(
    by_model(
        {
            "its own digit": own.mean(dim=-1),
            "the other digits": ((similar.sum(dim=-1) - own) / 9).mean(dim=-1),
        },
        y_label="correlation",
        numbers=list(networks),
        level=0,
    ),
    alt="Correlation of the maximising inputs with their own digit and with the other digits, a point per seed, for models 1 to 11.",
    caption="How similar the inputs are to the digits: random images would lie at 0, the digits themselves at 1.",
)
run.measure("steps to the top", torch.stack([climb.steps for climb in climbs.values()]).float().mean(dim=(0, 2)))

# %% [markdown]
# A control: the input that a *single layer* would ask for. With the ten digits equally likely and pixels that flip
# independently, the best classifier weighs each pixel by how much it tells, so its best input for a class is the
# digit less the mean of the others. That template, too, leaves out what digits share.

# %%
others = (flat.sum(dim=0) - flat) / 9
template = flat - others  # (class, pixel)
to_template = correlation(inputs, template)
run.measure("correlation with digit less the others", mean_of_moved(to_template))
print(
    f"with the digit {mean_of_moved(own).mean():.2f}, with the digit less the others {mean_of_moved(to_template).mean():.2f}"
)
print(f"of that template with the digit {correlation(template, flat).mean():.2f}")

# %% [markdown]
# The inputs lie between the two templates: they hold what sets a digit apart, and less of what it shares. "Wrong
# features" is too strong a word for that; for most networks the digit that an input resembles most is its own.
#
# ## Robustness
#
# All 81 single flips and all 3,240 pairs, on every digit, for every network. Two flips can turn a 5 into the 6, and
# one can leave an image half-way between them; flips count as *fair* where the digit is still the nearest of the ten.

# %%
from tqdm import tqdm

from helpers.studies.net_fragments import pixel_flips

few = {
    number: kept[number].networks(recipe.epochs)
    for number in run.by_scale(smoke=[9], laptop=list(networks), paper=list(networks))
}
searched = {number: pixel_flips.search(network) for number, network in tqdm(few.items(), disable=None)}


def fragile(kind: str) -> torch.Tensor:
    """Share of the digits whose prediction some flip of this kind changes: (model, seed)."""
    return torch.stack([getattr(found, kind).float().mean(dim=1) for found in searched.values()]).cpu()


run.claim("sec-4-2.not-robust-one", fragile("single").mean(dim=0))
run.claim("sec-4-2.not-robust-two", fragile("pair_still_nearest").mean(dim=0))
for name, kind in {"one_fair": "single_still_nearest", "two": "pair"}.items():
    run.measure(f"share of digits changed: {name}", fragile(kind).mean(dim=0))

# %%
run.figure(
    by_model(
        {
            "one pixel": fragile("single"),
            "one, fair": fragile("single_still_nearest"),
            "two, fair": fragile("pair_still_nearest"),
        },
        y_label="share of digits",
        numbers=list(few),
    ),
    alt="Share of the digits whose prediction changes when one pixel is flipped, one fairly, or two fairly, per seed, for models 1 to 11.",
    caption="How many of the ten digits can be changed by the worst flip of one pixel, and of two; fair flips leave the digit the nearest.",
)

# %% [markdown]
# By the letter the study's guess holds. But of the single flips that change an answer, most leave the image half-way
# between two digits, where no answer is wrong; fair ones are common only after pooling (models 7 and 8). Two flips that
# leave the digit the nearest do change most answers, least often in model 9, which has no encoder at all.
#
# Examples: a pixel that changes the answer, found by trying all. In the [explorer](../explorer.md) it can be
# flipped by hand.

# %%
weakest = {
    (n, d): int(found.weakest[0, d]) for n, found in searched.items() for d in range(10) if found.weakest[0, d] >= 0
}
shown = dict(list(weakest.items())[:: max(1, len(weakest) // 5)][:5])
pictures = {}
for (number, digit), pixel in shown.items():
    changed = pixel_flips.flipped(data.digits()[digit], pixel_flips.pixel_sets(1)[[pixel]])
    answer = int(networks[number].predict(changed.to(run.device))[0, 0])
    pictures[f"model {number}: {digit} → {answer}"] = changed[0]
if pictures:
    run.figure(
        images(pictures, columns=5),
        alt="Five digits, each with one pixel flipped so that the network of the first seed gives another answer.",
        caption="One flipped pixel and the answer it leads to (first seed).",
    )

# %%
run.finish()
