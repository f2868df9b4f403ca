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
# 4.5), from which it concludes that all models look at the wrong features and would not be robust to slight
# perturbations (section 4.2). Here the inputs are compared with the digits and with their lines, model by model, and
# the guess about robustness is tested: by flipped pixels, by noise, and by the shortest change that misleads.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 20  # how many
device = "auto"  # auto, cpu or cuda
samples_per_epoch = 10_000  # digits shown per epoch; the study does not say
epochs = 10
step = 0.05  # length of a step of the ascent, in units of a pixel's range
probability = 0.999  # where the ascent stops
noise = 0.25  # standard deviation of the noise on every pixel, in units of its range

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-input"]
import math

import torch
from tqdm import tqdm

from helpers.ascent.loop import Ascent, ascend
from helpers.ascent.objectives import log_probability
from helpers.ascent.steps import normalised_step
from helpers.metrics.selectivity import auc
from helpers.metrics.similarity import correlation
from helpers.pages import runs
from helpers.randomness import generator
from helpers.studies.net_fragments import digits as data
from helpers.studies.net_fragments import perturbations, pixel_flips
from helpers.studies.net_fragments.networks import HAND_CRAFTED, FragmentNetworks
from helpers.studies.net_fragments.stages import encoders

run = runs.start(
    "net_fragments/04_inputs_that_maximise_a_class",
    globals(),
    samples_per_epoch=runs.Integer(1, 1_000_000),
    epochs=runs.Integer(1, 1_000),
    step=runs.Number(0.001, 10),
    probability=runs.Number(0.1, 0.999999),
    noise=runs.Number(0, 10),
)

# %% tags=["hide-input"]
from helpers.studies.net_fragments.plots import by_model, image_table, images

recipe = encoders.usual(run.parameters)
kept = run.stage(encoders, "usual")["usual"].networks
networks = {number: kept[number].networks(recipe.epochs) for number in kept.numbers}
names = [f"model {number}" for number in networks]
digits = data.digits().to(run.device)
flat, classes = digits.flatten(1), torch.arange(10, device=run.device)
run.record_input("weights", "encoders", "page 02_eleven_models", [kept[number].loss for number in kept.numbers])

# %% [markdown]
# ## Figure 4.5
#
# The seeds and classes of a model climb at once, in steps of one length, from the image of zeros. Pixels may leave
# the range from 0 to 1, as nothing in the study keeps them there.


# %%
def climb(network: FragmentNetworks, max_steps: int) -> Ascent:
    """The ascent of every class from the empty image: (seed, class, pixel)."""
    empty = torch.zeros(len(network.seeds), 10, 81, device=run.device)
    objective = log_probability(lambda pixels: network(pixels.unflatten(-1, (9, 9))), classes)
    return ascend(objective, empty, step=normalised_step(step), until=math.log(probability), max_steps=max_steps)


steps = run.by_scale(smoke=20, laptop=1_000, paper=5_000)
climbs = {number: climb(network, steps) for number, network in tqdm(networks.items(), disable=None)}
inputs = torch.stack([one.x for one in climbs.values()])  # (model, seed, class, pixel)
reached = torch.stack([one.value for one in climbs.values()]).exp()

# %% tags=["hide-input"]
run.figure(
    image_table(
        {name: inputs[row, 0].unflatten(-1, (9, 9)) for row, name in enumerate(names)},
        columns=[str(k) for k in range(10)],
    ),
    alt="A table of small images, eleven models by ten classes: the input that maximises each class, red where pixels are raised, blue where lowered.",
    caption="After figure 4.5 of the study: ours, first seed. The change from an empty image that makes each class most probable; each image has its own scale.",
)

# %% [markdown]
# Red pixels were raised, blue ones lowered below zero. How similar is each input to its digit, is its own digit the
# one that it resembles most, and which of the digit's lines can be seen in it? A line is visible if its own pixels
# are brighter than the pixels outside the digit, with an AUC of at least 0.9.

# %%
similar = correlation(inputs.unsqueeze(-2), flat)  # (model, seed, class, digit)
own = similar.diagonal(dim1=-2, dim2=-1)  # (model, seed, class)
moved = (inputs != 0).any(dim=-1)  # an input that stays empty resembles nothing
read_rightly = ((similar.argmax(dim=-1) == classes) & moved).float()
strokes = data.lines().flatten(1).bool()


def lines_seen(digit: int) -> torch.Tensor:
    """Share of the digit's lines that are visible in its input: (model, seed)."""
    outside, shares = ~flat[digit].bool(), []
    for stroke in strokes[data.presence()[digit]].to(run.device):
        of_both = outside | stroke
        brightness = inputs[:, :, digit, of_both].unsqueeze(-1)  # (model, seed, pixel, 1)
        shares.append(auc(brightness, stroke[of_both, None])[..., 0, 0] >= 0.9)
    return torch.stack(shares).double().mean(0)


visible = torch.stack([lines_seen(digit) for digit in range(10)], dim=-1)  # (model, seed, class)

# %% tags=["hide-input"]
run.claim_table(
    "Figure 4.5, model by model",
    {
        f"model {number}": {
            "probability": (f"fig-4-5.maximises.{number}", reached[row].mean(-1)),
            "like its digit": (f"fig-4-5.random-looking.{number}", own[row].nan_to_num().mean(-1)),
            "own digit nearest": (f"fig-4-5.wrong-features.{number}", read_rightly[row].mean(-1)),
            "lines visible": (f"fig-4-5.no-lines.{number}", visible[row].mean(-1)),
        }
        for row, number in enumerate(networks)
    },
    alt="For each model, a dot per seed: probability reached, correlation with the digit, share of inputs nearest to their digit, share of lines visible.",
)

# %% [markdown]
# Would inputs of untrained networks look different? The same ascent, on the networks as they were drawn.

# %% tags=["hide-input"]
before = {number: climb(kept[number].networks(0), steps) for number in networks}
own_before = torch.stack(
    [correlation(one.x.unsqueeze(-2), flat).diagonal(dim1=-2, dim2=-1).nan_to_num() for one in before.values()]
)
run.claim(
    "beyond.inputs-learned", {"untrained": own_before.mean(dim=(0, 2)), "trained": own.nan_to_num().mean(dim=(0, 2))}
)
run.figure(
    by_model(
        {
            "its own digit": own.mean(dim=-1),
            "the other digits": ((similar.sum(dim=-1) - own) / 9).mean(dim=-1),
            "own digit, untrained": own_before.mean(dim=-1),
        },
        y_label="correlation",
        numbers=list(networks),
        level=0,
    ),
    alt="Correlation of the maximising inputs with their own digit, with the other digits, and before training with their own, a point per seed, for models 1 to 11.",
    caption="How similar the inputs are to the digits: random images would lie at 0, the digits themselves at 1.",
)
run.measure("share of the inputs that stay empty", 1 - moved.float().mean(dim=(0, 2)))
run.measure("steps to the top", torch.stack([one.steps for one in climbs.values()]).float().mean(dim=(0, 2)))

# %% [markdown]
# Model 11 needs a word. The study prints neither the kernels nor the biases of its hand-crafted layer. With biases of
# 0 every unit of that layer is exactly at the bend of the ReLU on an empty image, where the gradient is 0, and the
# procedure of section 4.1 cannot begin; ours begin as a framework draws them, and learn.

# %%
without_bias = kept[HAND_CRAFTED].networks(recipe.epochs)
without_bias.get_parameter("layers.conv1.bias").data.zero_()
still = climb(without_bias, max_steps=2)

# %% tags=["hide-input"]
run.claim("beyond.zero-bias", (still.x == 0).flatten(1).all(1))

# %% [markdown]
# A control: the input that a *single layer* would ask for. With the ten digits equally likely and pixels that flip
# independently, the best classifier weighs each pixel by how much it tells, so its best input for a class is the
# digit less the mean of the others. That template, too, leaves out what digits share.

# %% tags=["hide-input"]
template = flat - (flat.sum(dim=0) - flat) / 9  # (class, pixel)
to_template = correlation(inputs, template).nan_to_num().mean(dim=(0, 2))
run.measure("correlation with digit less the others", to_template)
to_digit = own.nan_to_num().mean(dim=(0, 2))
run.say(
    f"Inputs correlate with their digit at {to_digit.mean():.2f} and with the digit less the others at "
    f"{to_template.mean():.2f}; that template itself correlates with the digit at "
    f"{correlation(template, flat).mean():.2f}."
)

# %% [markdown]
# If a class is composed of lower-level fragments, "some of these lower-level net fragments have to be active" at its maximising
# input (section 4.2). Which units of the head are on there: those that its digit activates, more than those of other digits?

# %%
overlap, active = [], []
for row, network in enumerate(networks.values()):
    at_input = network.activations(inputs[row].unflatten(-1, (9, 9)))["head"] > 0  # (seed, class, unit)
    at_digit = network.activations(digits)["head"] > 0  # (seed, digit, unit)
    both = (at_input.unsqueeze(2) & at_digit.unsqueeze(1)).sum(-1)  # (seed, class, digit)
    either = (at_input.unsqueeze(2) | at_digit.unsqueeze(1)).sum(-1)
    overlap.append(both / either.clamp(min=1))
    active.append(at_input.sum(-1).float().mean(-1))
overlap = torch.stack(overlap)  # (model, seed, class, digit)
own_units = overlap.diagonal(dim1=-2, dim2=-1).mean(dim=(0, 2))

# %% tags=["hide-input"]
run.measure("units of the head on at the maximising input", torch.stack(active).mean(0))
run.claim(
    "beyond.units-at-maximum",
    {"other digits": (overlap.sum(-1).mean(dim=(0, 2)) - own_units) / 9, "own digit": own_units},
)
run.say(f"On average {torch.stack(active).mean():.1f} of the 12 units are on at a maximising input.")

# %% [markdown]
# ## Robustness: flipped pixels
#
# All 81 single flips and all their pairs, on every digit, for every network. Two flips can turn a 5 into the 6, and
# one can leave an image in the middle between them, where no answer is wrong. A flip is *fair* where the digit is still
# the nearest of the ten.

# %%
few = {
    number: kept[number].networks(recipe.epochs)
    for number in run.by_scale(smoke=[9], laptop=list(networks), paper=list(networks))
}
searched = {number: pixel_flips.search(network) for number, network in tqdm(few.items(), disable=None)}


def fragile(kind: str) -> torch.Tensor:
    """Share of the digits whose prediction some flip of this kind changes: (model, seed)."""
    return torch.stack([getattr(found, kind).float().mean(dim=1) for found in searched.values()]).cpu()


one_fair, two_fair, one_unfair = map(fragile, ("single_still_nearest", "pair_still_nearest", "single"))

# %% tags=["hide-input"]
chosen = {number: min(row, len(few) - 1) for row, number in enumerate(networks)}  # one model only at smoke scale
run.claim_table(
    "Digits that a fair flip misleads",
    {
        f"model {number}": {
            "one pixel": (f"sec-4-2.not-robust-one.{number}", one_fair[chosen[number]]),
            "two pixels": (f"sec-4-2.not-robust-two.{number}", two_fair[chosen[number]]),
        }
        for number in networks
    },
    alt="For each model, the share of the ten digits whose prediction a fair flip of one pixel, and of two pixels, changes, a dot per seed.",
)
for name, values in {"one fair": one_fair, "two fair": two_fair, "one, fair or not": one_unfair}.items():
    run.measure(f"share of digits changed: {name}", values.mean(dim=0))
run.say(
    f"One flipped pixel, fair or not, changes {one_unfair.mean():.0%} of the answers; one that leaves the digit "
    f"the nearest changes {one_fair.mean():.0%}, two such {two_fair.mean():.0%}."
)

# %% [markdown]
# Examples: a pixel that changes the answer, found by trying all. Each opens in the [explorer](../explorer.md), which
# also finds the pixel for any other image.

# %% tags=["hide-input"]
weakest = {
    (n, d): int(found.weakest[0, d]) for n, found in searched.items() for d in range(10) if found.weakest[0, d] >= 0
}
examples = dict(list(weakest.items())[:: max(1, len(weakest) // 5)][:5])
pictures = {}
for (number, digit), pixel in examples.items():
    changed = pixel_flips.flipped(data.digits()[digit], pixel_flips.pixel_sets(1)[[pixel]])
    answer = int(networks[number].predict(changed.to(run.device))[0, 0])
    pictures[f"model {number}: {digit} → {answer}"] = changed[0]
if pictures:
    run.figure(
        images(pictures, columns=5),
        alt="Five digits, each with one pixel flipped so that the network of the first seed gives another answer.",
        caption="One flipped pixel and the answer it leads to (first seed).",
    )
    address = "../explorer.html#model={}&amp;seed={}&amp;epoch=last&amp;digit={}&amp;flipped={}"
    opened = [address.format(n, run.seeds[0], d, pixel) for (n, d), pixel in examples.items()]
    run.say(
        "In the explorer: " + ", ".join(f'<a href="{a}">{n}</a>' for a, n in zip(opened, pictures, strict=True)) + "."
    )

# %% [markdown]
# ## Robustness: noise and margins
#
# Flips are whole pixels. A slight perturbation can also be a little noise on every pixel, or the shortest change,
# pixel values free, that misleads. Beside the networks stands the classifier by the nearest digit: under Gaussian
# noise no classifier makes fewer mistakes, and no classifier has a larger margin on both sides of a boundary.

# %%
shown = generator(run.seeds[0], "noise")
draws = run.by_scale(smoke=20, laptop=500, paper=2_000)
noisy = {n: perturbations.under_noise(one, noise, draws=draws, generator=shown) for n, one in networks.items()}
mistakes = torch.stack([one.networks for one in noisy.values()]).cpu()  # (model, seed)
of_nearest = sum(one.nearest_digit for one in noisy.values()) / len(noisy)
margin = torch.stack([perturbations.margins(network) for network in networks.values()]).cpu()  # (model, seed, digit)
relative = (margin / perturbations.margins_of_nearest_digit()).mean(-1)  # (model, seed)

# %% tags=["hide-input"]
run.claim("sec-4-2.not-robust-noise", mistakes.mean(0), floor=[of_nearest] * len(run.seeds))
run.claim("sec-4-2.small-margin", relative.mean(0))
run.figure(
    by_model(
        {"wrong answers under noise": mistakes, "margin, as a share of the possible": relative},
        y_label="share",
        numbers=list(networks),
    ),
    alt="Share of wrong answers under noise, and margin relative to half the distance to the nearest digit, a point per seed, for models 1 to 11.",
    caption="Wrong answers with noise on every pixel, and the length of the shortest misleading change over half the distance to the nearest digit.",
)
run.say(
    f"With noise of standard deviation {noise:g} the networks are wrong in {mistakes.mean():.1%} of the cases, "
    f"the nearest digit in {of_nearest:.1%}. The shortest change found has {relative.mean():.0%} of "
    "the length that the digits allow."
)

# %% [markdown]
# ## What we now know


# %% tags=["hide-input"]
def tally(claim: str, numbers) -> str:
    """In how many models a claim holds, fails, and is undecided."""
    found = [run.verdict(f"{claim}.{number}") for number in numbers]
    return ", ".join(f"{word} in {found.count(word)}" for word in dict.fromkeys(found))


run.say(
    "The study says that the inputs that maximise a class look random in all models, show the wrong features and no "
    f"lines, and concludes that the networks are not robust. Of the eleven models, that inputs do not resemble their "
    f"digit {tally('fig-4-5.random-looking', networks)}; that their own digit is not the nearest "
    f"{tally('fig-4-5.wrong-features', networks)}; that no lines are visible {tally('fig-4-5.no-lines', networks)}. "
    "That they resemble their digits more than before training: "
    f"{run.verdict('beyond.inputs-learned')}. That one fair flip misleads "
    f"{tally('sec-4-2.not-robust-one', networks)}, two {tally('sec-4-2.not-robust-two', networks)}; that slight noise "
    f"does: {run.verdict('sec-4-2.not-robust-noise')}; that margins are small: {run.verdict('sec-4-2.small-margin')}."
)

# %% tags=["hide-input"]
run.finish()
