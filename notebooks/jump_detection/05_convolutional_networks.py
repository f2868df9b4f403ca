# ---
# jupyter:
#   book:
#     stages:
#     - jump_detection/convnets
#     - jump_detection/perceptrons
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
# # Convolutional networks
#
# Section 3.4 of the study gives the jump to convolutional networks with one filter per convolution: few enough
# weights to be read. It sees a filter of length 7 that is part smoother, part derivative; a shorter one that only
# smooths; two convolutions that share the work; and a third one that adds nothing (figures 3.17 to 3.23). Table 3.4
# then finds all of them better than the derivative filter and close to the perceptrons. Each was trained once.
# Here each is trained once per seed, what the study reads from the filters is counted beside what untrained filters
# show, and the lengths between 3 and 11 are tried.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many; each draws its own data, weights and shuffling
device = "auto"  # auto, cpu or cuda
jump = 3.0  # size of the jump
noise_std = 1.0  # standard deviation of the noise
learning_rate = 0.01
batch_size = 100
patience = 100  # training ends when the mean validation loss of so many epochs has not fallen for as many
longest = 11  # the longest filter of the test of lengths, odd
rectified = False  # a ReLU after each convolution

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import torch

from helpers.metrics import similarity
from helpers.pages import runs
from helpers.plots.curves import lines
from helpers.studies.jump_detection import averaged_activations, filters, weights
from helpers.studies.jump_detection.detectors import BayesDetector, GradientDetector
from helpers.studies.jump_detection.localisation import (
    TITLES,
    absolute_errors,
    claim_cells,
    cross_entropy,
    localisation_errors,
)
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.plots.filters import by_seed
from helpers.studies.jump_detection.plots.layers import Row, layer_rows
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import noise_free, sample, sample_per_class
from helpers.studies.jump_detection.stages import convnets as stage
from helpers.studies.jump_detection.stages import perceptrons

# %% tags=["hide-input"]
run = runs.start(
    "jump_detection/05_convolutional_networks",
    globals(),
    **PARAMETERS,
    learning_rate=runs.Number(1e-6, 10),
    batch_size=runs.Integer(1, 12_000),
    patience=runs.Integer(1, 1_000),
    longest=runs.Choice([7, 9, 11, 13, 15, 17, 19, 21]),
    rectified=runs.Choice([True, False]),
)

# %% [markdown]
# ## One convolution of length 7
#
# A convolution moves one filter along the signal; same padding keeps all 100 points, and one fully connected layer
# with softmax reads the last of them (figures 3.17, 3.20 and 3.22). Training is that of the perceptrons.
#
# Does a ReLU follow each convolution? The study names the activation function of every other network and leaves it
# out here; its convolution is equation 3.8, "exactly the same as in the signal processing approach", and its figure
# 5.3 shows signals after a convolution that drop below their base level. So there is no ReLU here. Its table is asked
# as well, in the section "With a ReLU". Without ReLU a filter and the layer after it may both change their signs and
# nothing else changes. What is shown here is turned so that each filter's weights sum to a positive number.

# %% tags=["hide-cell"]
chosen = setting(run.parameters)
task = chosen.task
kernels = stage.KERNELS
recipes = {name: stage.recipe(sizes, run.parameters, rectified=rectified) for name, sizes in kernels.items()}
made = run.stage(stage)
trained = {name: made[recipe.key] for name, recipe in recipes.items()}
convnets = {name: network if rectified else network.oriented() for name, (network, _) in trained.items()}
mlps = {name: found.networks for name, found in run.stage(perceptrons, "mlp-1", "mlp-2", "mlp-3", "mlp-4").items()}
test = sample(task, chosen.test_signals, seeds=run.seeds, purpose="test", device=run.device)
run.record_input("data", "test signals", "generated", [test.x, test.label])

# %% tags=["hide-cell"]
per_class = run.by_scale(smoke=20, laptop=1_000, paper=1_000)
probe = sample_per_class(task, per_class, seeds=run.seeds, purpose="averages", device=run.device)
signal_average = averaged_activations.class_means(probe.x, task.classes)  # (seed, class, time)
averages = {
    name: [averaged_activations.class_means(a, task.classes) for a in network.activations(probe.x)]
    for name, network in convnets.items()
}
slice_at = 50 - task.first  # the class of a jump at 50
shown = probe.x[0, slice_at * per_class]  # its first signal


def rows(name, s=0):
    network = convnets[name].select([s])
    single = [a[0, 0].cpu() for a in network.activations(shown[None, None])]
    layers = list(zip(network.convolutions, averages[name], single, strict=False))
    found = {f"convolution {i + 1}": Row(c.weight[0].cpu(), a[s].cpu(), one) for i, (c, a, one) in enumerate(layers)}
    dense = Row(network.dense.weight[0].cpu(), averages[name][-1][s].cpu(), single[-1], task.first, "jump position")
    return {"input": Row(None, signal_average[s].cpu(), shown.cpu())} | found | {"output": dense}


# %% tags=["hide-input"]
run.figure(
    layer_rows(rows("cnn-7"), first_position=task.first, position=50),
    alt="Three rows for input, convolution and output of the network with a filter of length 7: weights, averaged activations, and the slice for a jump at 50.",
    caption="After figure 3.18, first seed: a filter of length 7, what it makes of the signals, and the layer that reads it. Middle: averages over a thousand signals for each jump position. Right: the slice for a jump at 50.",
)

# %% [markdown]
# The study reads three things from this figure: the filter makes a peak at the jump; it does so because one end of it
# averages and the other differentiates; and the dense layer picks the peak. A random filter may show the same, so
# untrained ones are measured beside the learned ones.

# %%
reach = max(kernels["cnn-7"]) // 2
begun = {name: recipe.build(seeds=range(1_000), device=run.device) for name, recipe in recipes.items()}


def peaks_at_the_jump(averaged):
    """Per network: share of the positions with the largest value near the jump, for the better of both signs."""
    peak = torch.stack([(sign * averaged).argmax(dim=-1).cpu() + 1 for sign in (1, -1)])  # (sign, network, class)
    return ((peak - task.positions).abs() <= reach).float().mean(dim=-1).amax(dim=0)


def one_ended(weight):
    """Per filter: share of the rarer sign's absolute weight in the three weights at one end, the better one."""
    rarer = torch.where(weight.sum(-1, keepdim=True) > 0, -1, 1)
    part = (rarer * weight).clamp(min=0)
    return torch.maximum(part[:, :3].sum(-1), part[:, -3:].sum(-1)) / part.sum(-1).clamp(min=1e-9)


at_jump = peaks_at_the_jump(averages["cnn-7"][0])
steps = noise_free(task).to(run.device).expand(1_000, -1, -1)
at_jump_untrained = peaks_at_the_jump(begun["cnn-7"].hidden(steps)[0])

# %% tags=["hide-input"]
seven, seven_untrained = (nets["cnn-7"].convolutions[0].weight for nets in (convnets, begun))
run.claim("fig-3-18.peak", at_jump >= 0.9, floor=at_jump_untrained >= 0.9)
run.claim("fig-3-18.mixed", filters.overshoot(seven) >= 0.25, floor=filters.overshoot(seven_untrained) >= 0.25)
run.claim("fig-3-18.parts", one_ended(seven) >= 0.8, floor=one_ended(seven_untrained) >= 0.8)
band = [weights.band_share(net["cnn-7"].dense.weight, first=task.first, reach=10) for net in (convnets, begun)]
run.claim("fig-3-18.diagonal", band[0], floor=band[1])
run.say(
    "By seed, the filter's response to a step lies beyond both its levels by "
    + ", ".join(f"{v:.0%}" for v in filters.overshoot(seven).tolist())
    + f" of its range; among untrained filters that is at least a quarter in"
    f" {(filters.overshoot(seven_untrained) >= 0.25).float().mean():.0%}. A peak at the jump for nine of ten positions is"
    f" found in {int((at_jump >= 0.9).sum())} of {len(run.seeds)} seeds and in"
    f" {(at_jump_untrained >= 0.9).float().mean():.0%} of the untrained networks."
)

# %% [markdown]
# The study says that the dense layer "picks up the position of the peak". If it did no more, taking the largest
# output of the convolution would give the same answers.

# %%
answer = convnets["cnn-7"].predict(test.x) + task.first
response = convnets["cnn-7"].hidden(test.x)[-1]
largest = [(sign * response).argmax(dim=-1) + 1 for sign in (1, -1)]
agreement = [
    ((place + offset - answer).abs() <= 1).float().mean(dim=-1) for place in largest for offset in range(-4, 5)
]
l1 = {name: localisation_errors(net.predict(test.x), test.label).l1 for name, net in (convnets | mlps).items()}
unbiased = convnets["cnn-7"].select(range(len(run.seeds)))
for part in (unbiased.convolutions[0], unbiased.dense):
    part.bias.zero_()
without = localisation_errors(unbiased.predict(test.x), test.label).l1

# %% tags=["hide-input"]
run.claim("fig-3-18.picks-peak", torch.stack(agreement).amax(dim=0))
run.claim("fig-3-18.biases", without / l1["cnn-7"] - 1)

# %% [markdown]
# ### Four slips
#
# Equation 3.8 sums from $u = 1$, over points *before* $x$: the features of a signal move, by half the filter and
# one point more, where same padding would keep them in place. And it is not quite "the same" as equation 3.2, whose
# $\tau$ is the width of a Gaussian. The text also sends the reader to figure 3.23 for the network with one
# convolution, and the caption of figure 3.23 names the network of figure 3.21.

# %%
impulse = torch.zeros(21).index_fill(0, torch.tensor([10]), 1.0)
printed = torch.stack([sum(impulse[x - u] for u in range(1, 8)) for x in range(7, 21)])  # from the first full sum on
padded = torch.nn.functional.conv1d(impulse[None, None], torch.ones(1, 1, 7), padding="same")[0, 0]
centres = [float((r * torch.arange(len(r))).sum() / r.sum()) + first for r, first in ((printed, 7), (padded, 0))]

# %% tags=["hide-input"]
run.say(f"An impulse at 10 comes out around {centres[0]:.0f} by eq. 3.8, around {centres[1]:.0f} with same padding.")
run.claim("eq-3-8.centred", [centres[0] == centres[1]])
run.claim("eq-3-8.same-definition")
run.claim("sec-3-4-1.figure")
run.claim("fig-3-23.caption")

# %% [markdown]
# ## How long must a filter be?
#
# With length 5 the study found a smoother: all weights of one sign (figure 3.19). It concludes that a filter shorter
# than 7 "tends to only perform smoothing" and that a derivative needs "at least 7" weights. One run cannot show a
# tendency. We train every odd length from 3 to 11. A filter is called a smoother when the rarer sign holds less than
# 5% of its absolute weight, and a derivative when it holds at least a quarter: then at least half of the weight
# cancels where the signal is constant.

# %% tags=["hide-input"]
run.figure(
    layer_rows(rows("cnn-5"), first_position=task.first, position=50),
    alt="The same three rows for the network with a filter of length 5.",
    caption="After figure 3.19, first seed: a filter of length 5.",
)

# %%
lengths = stage.lengths(run.parameters)
by_length = {}
for length in lengths:
    network = made[stage.recipe((length,), run.parameters, rectified=rectified).key].networks
    by_length[length] = network if rectified else network.oriented()
filter_of = {length: net.convolutions[0].weight for length, net in by_length.items()}
untrained = {
    k: stage.recipe((k,), run.parameters).build(seeds=range(1_000), device=run.device).convolutions[0].weight
    for k in lengths
}
share = {length: filters.rarer_sign_share(weight) for length, weight in filter_of.items()}
chance = {length: filters.rarer_sign_share(weight) for length, weight in untrained.items()}
error = {k: localisation_errors(net.predict(test.x), test.label).l1 for k, net in by_length.items()}

# %% tags=["hide-input"]
run.figure(
    by_seed({f"length {length}": weight for length, weight in filter_of.items()}),
    alt="The learned filters of lengths 3 to 11, a panel each and a row per seed; red weights have the sign of the sum, blue ones the other.",
    caption="One convolution: the learned filters of every length. Each row is a seed's filter, scaled to its largest weight.",
)
run.figure(
    lines(
        lengths,
        {
            "trained": torch.stack([share[k] for k in lengths], dim=1),
            "untrained": torch.stack([chance[k] for k in lengths], dim=1),
        },
        x_label="length of the filter",
        y_label="share of the rarer sign",
    ),
    alt="The share of the absolute weight with the rarer sign against the filter's length, for trained and untrained filters.",
    caption="0 is a smoother, 0.5 a filter that sums to zero: mean and 95% interval over seeds, and over 1,000 untrained filters.",
)

# %%
short, long = ([k for k in lengths if (k < 7) == is_short] for is_short in (True, False))


def smooth(shares):
    """Per seed, over the lengths: whether the filter is a smoother."""
    return torch.stack(shares) < filters.SMOOTHS


def differentiates(shares):
    return torch.stack(shares) >= filters.DIFFERENTIATES


padded_five, padded_untrained = (
    [torch.nn.functional.pad(w, (left, 2 - left)) for left in range(3)] for w in (filter_of[5], untrained[5])
)


def likeness(padded, weight):
    """Largest absolute cosine of the shorter filter with the longer one, at any shift, also mirrored."""
    return torch.stack([similarity.cosine(p, w).abs() for p in padded for w in (weight, weight.flip(-1))]).amax(dim=0)


# %% tags=["hide-input"]
for length in lengths:
    run.measure(f"length {length}: L1", error[length])
    run.measure(f"length {length}: rarer sign's share", share[length])
run.claim("fig-3-19.same-sign", smooth([share[5]])[0], floor=smooth([chance[5]])[0])
run.claim("fig-3-19.gap", filters.gap_over_noise(filter_of[5]), floor=filters.gap_over_noise(untrained[5]))
run.claim("sec-3-4-1.alike", likeness(padded_five, filter_of[7]), floor=likeness(padded_untrained, untrained[7]))
tendency = {
    "sec-3-4-1.short-smooths": (short, smooth),
    "sec-3-4-1.long-differentiates": (long, differentiates),
}
for name, (group, is_so) in tendency.items():
    ours, theirs = (is_so([each[k] for k in group]).float().mean(dim=0) for each in (share, chance))
    run.claim(name, ours, floor=theirs)
run.claim("sec-3-4-1.length", share, floor=chance)
run.claim("sec-3-4-5.at-least-7", ~differentiates([share[k] for k in short]).flatten())

# %% [markdown]
# Which of the two kinds is better? Lengths differ in more than that, so the kinds are compared at the length where
# both occur, if there is one.

# %% tags=["hide-input"]
run.say(
    "\n".join(
        [
            "| length | smoothers | derivatives | untrained: smoothers | derivatives | L1 error [points] |",
            "| --- | --- | --- | --- | --- | --- |",
            *(
                f"| {k} | {int(smooth([share[k]]).sum())} of {len(run.seeds)} | {int(differentiates([share[k]]).sum())} of {len(run.seeds)} "
                f"| {smooth([chance[k]]).float().mean():.0%} | {differentiates([chance[k]]).float().mean():.0%} | {error[k].mean():.3f} |"
                for k in lengths
            ),
        ]
    )
)
both = [k for k in lengths if 0 < smooth([share[k]]).sum() < len(run.seeds)]
for k in both:
    kinds = [error[k][smooth([share[k]])[0] == is_smooth].mean() for is_smooth in (True, False)]
    run.say(f"Length {k}: L1 error {kinds[0]:.3f} where the filter smooths, {kinds[1]:.3f} where it does not.")
if not both:
    run.say("No length has both smoothers and other filters, so that the two cannot be compared.")

# %% [markdown]
# ## Two convolutions
#
# Lengths 5 and 9: the study sees the first smooth and the second differentiate, a hierarchy (figure 3.21).

# %% tags=["hide-input"]
run.figure(
    layer_rows(rows("cnn-5-9"), first_position=task.first, position=50),
    alt="Rows for input, two convolutions and output: weights, averaged activations, and the slice for a jump at 50.",
    caption="After figure 3.21, first seed: two convolutions of 5 and 9.",
)
named = {
    f"{name}: length {c.weight.shape[1]}": c.weight
    for name in ("cnn-5-9", "cnn-5-7-9")
    for c in convnets[name].convolutions
}
run.figure(
    by_seed(named),
    alt="The filters of the networks with two and three convolutions, a panel per filter and a row per seed.",
    caption="The filters of the networks with two and three convolutions: each row is a seed's filter, scaled to its largest weight.",
)

# %%
shares, shares_untrained = (
    {name: [filters.rarer_sign_share(c.weight) for c in net.convolutions] for name, net in nets.items()}
    for nets in (convnets, begun)
)


def division(of):
    """Per network: whether the first filter smooths and the second differentiates."""
    return smooth([of[0]])[0] & differentiates([of[1]])[0]


def reverse(of):
    return differentiates([of[0]])[0] & smooth([of[1]])[0]


# %% tags=["hide-input"]
first, second = shares["cnn-5-9"]
first_0, second_0 = shares_untrained["cnn-5-9"]
run.claim("fig-3-21.first-smooths", smooth([first])[0], floor=smooth([first_0])[0])
run.claim("fig-3-21.second-differentiates", differentiates([second])[0], floor=differentiates([second_0])[0])
run.claim("fig-3-21.hierarchy", division([first, second]), floor=division([first_0, second_0]))
gains = [filters.gap_over_noise(nets["cnn-5-9"].convolutions[0].weight) for nets in (convnets, begun)]
run.claim("fig-3-21.gap", gains[0], floor=gains[1])
run.say(
    f"The division of labour that the study describes is found in {int(division([first, second]).sum())} of"
    f" {len(run.seeds)} seeds ({division([first_0, second_0]).float().mean():.0%} of untrained networks), the reverse in"
    f" {int(reverse([first, second]).sum())} ({reverse([first_0, second_0]).float().mean():.0%})."
)

# %% [markdown]
# ## Three convolutions
#
# Lengths 5, 7 and 9. The study calls the third redundant, because the signals before and after it look alike
# (figure 3.23). Looks are measured by the correlation of the averaged activations. A layer is redundant if a network
# can do without it: the network that was trained with two convolutions is that network. Beside it, the third layer
# is taken out of the trained network: its filter is replaced by a single weight, the one that comes nearest to what
# the layer did.

# %% tags=["hide-input"]
run.figure(
    layer_rows(rows("cnn-5-7-9"), first_position=task.first, position=50),
    alt="Rows for input, three convolutions and output: weights, averaged activations, and the slice for a jump at 50.",
    caption="After figure 3.23, first seed: three convolutions of 5, 7 and 9, with a single signal through the layers.",
)

# %%
after = averages["cnn-5-7-9"]
alike = {i: similarity.aligned_correlation(after[i], after[i + 1], reach=4).mean(dim=-1) for i in (0, 1)}
teach = sample(task, chosen.training_signals, seeds=run.seeds, purpose="train", device=run.device).x[:, :1_000]


def error_without(name, number):
    """L1 error of a network with one convolution replaced by the nearest copy of its input, over its own error."""
    network = convnets[name]
    signals = [teach, *network.hidden(teach)]
    half = network.convolutions[number].weight.shape[1] // 2
    copy = filters.nearest_copy(signals[number], signals[number + 1], reach=half)
    single = torch.zeros_like(network.convolutions[number].weight)
    single = single.scatter(1, (half + copy.shift)[:, None], copy.scale[:, None])
    cut = network.with_filter(number, weight=single, bias=copy.offset)
    return localisation_errors(cut.predict(test.x), test.label).l1 / l1[name]


growth = {(name, i): error_without(name, i) for name in ("cnn-5-9", "cnn-5-7-9") for i in range(len(kernels[name]))}


def kind(of):
    """0 for a smoother, 2 for a derivative, 1 between."""
    return (of >= filters.SMOOTHS).int() + (of >= filters.DIFFERENTIATES).int()


# %% tags=["hide-input"]
for (name, i), values in growth.items():
    run.measure(f"{name}: error without convolution {i + 1}", values)
three_parts, three_parts_0 = (each["cnn-5-7-9"] for each in (shares, shares_untrained))
run.claim("sec-3-4-3.first-two", division(three_parts), floor=division(three_parts_0))
run.claim("sec-3-4-3.third-alike", alike[1], floor=alike[0])
run.claim("sec-3-4-3.third-redundant", l1["cnn-5-9"] / l1["cnn-5-7-9"])
run.claim("sec-3-4-3.third-in-use", growth["cnn-5-7-9", 2])
known = [sum(kind(of[2]) == kind(of[i]) for i in (0, 1)) > 0 for of in (three_parts, three_parts_0)]
run.claim("sec-3-4-3.no-new-hierarchy", known[0], floor=known[1])
run.say(
    "Taken out without training again, a convolution makes the error grow to "
    + ", ".join(f"{v.mean():.1f} times (number {i + 1} of {name})" for (name, i), v in growth.items())
    + f". Trained without the third one, the network has {(l1['cnn-5-9'] / l1['cnn-5-7-9']).mean():.2f} times the error."
)

# %% [markdown]
# ## Table 3.4
#
# The numbers of the convolutional networks; those of the perceptrons and of the filter are measured on their own
# pages.

# %%
detector, bayes = GradientDetector.of(task), BayesDetector.of(task)
predictions = {name: net.predict(test.x) for name, net in (mlps | convnets).items()}
predictions |= {"detector": detector.predict(test.x), "bayes": bayes.predict(test.x, "zero-one")}
errors = {name: localisation_errors(p, test.label) for name, p in predictions.items()}
three = ("cnn-7", "cnn-5-9", "cnn-5-7-9")

# %% tags=["hide-input"]
run.claim_table(
    "Table 3.4",
    claim_cells("table-3-4", {name: errors[name] for name in three}),
    alt="Errors of the networks with one, two and three convolutions: a panel per measure, a dot per seed, and the printed numbers.",
)
run.claim("table-3-4.parity")

# %% tags=["hide-input"]
ids = [m.replace("_", "-") for m in TITLES]
elsewhere = {name.replace("-", "_"): [run.study(f"table-3-3.{name}.{m}") for m in ids] for name in mlps}
elsewhere["detector"] = [run.study(f"table-3-1.{m}") for m in ids]
repeated = run.study("table-3-4.repeats")
run.claim("table-3-4.repeats", [row == elsewhere[name] for name, row in repeated.items()])
own = {name: [run.study(f"table-3-4.{name}.{m}") for m in ids] for name in three}
every = [*repeated.values(), *own.values()]
run.claim("table-3-4.possible", [row[1] >= row[0] and row[3] >= row[2] for row in every])
run.claim("table-3-4.no-better")

# %% [markdown]
# ### Which is better?
#
# Seed by seed, on the same test signals.

# %%
beaten = [(errors[n].l1 < errors["detector"].l1) & (errors[n].l2_99 < errors["detector"].l2_99) for n in three]
cnn = torch.stack([errors[name].l1 for name in three])  # (network, seed)
l2 = torch.stack([errors[name].l2 for name in three])
far = {n: (absolute_errors(p, test.label) > 5).double().mean(dim=-1) for n, p in predictions.items()}
tails = {n: e.l2 / e.l1 for n, e in errors.items()}

# %% tags=["hide-input"]
run.claim("table-3-4.beat-the-detector", torch.stack(beaten).all(dim=0))
run.claim("table-3-4.close", cnn.amax(dim=0) / cnn.amin(dim=0) - 1)
run.claim("table-3-4.close-to-mlps", cnn.mean(dim=0) / torch.stack([errors[n].l1 for n in mlps]).mean(dim=0))
run.claim("table-3-4.one-layer-better", {"mlp-1": errors["mlp-1"].l1, "best-cnn": cnn.amin(dim=0)})
run.claim("table-3-4.two-layer-better", errors["cnn-5-9"].l1 / errors["mlp-2"].l1)
run.claim("table-3-4.two-best", {"cnn-5-9": cnn[1], "best-other": cnn[[0, 2]].amin(dim=0)})
run.claim("table-3-4.three-worst", {"worst-other": cnn[:2].amax(dim=0), "cnn-5-7-9": cnn[2]})

# %% [markdown]
# The study takes the large L2 error of the one-layer network as a sign of exceptional errors, and the convolutional
# networks as more consistent.

# %% tags=["hide-input"]
run.claim("table-3-4.one-layer-l2", {"worst-cnn": l2.amax(dim=0), "mlp-1": errors["mlp-1"].l2})
run.claim("table-3-4.one-layer-outliers", {"cnn": sum(far[n] for n in three) / 3, "mlp-1": far["mlp-1"]})
run.claim("table-3-4.consistent", {"cnn": sum(tails[n] for n in three) / 3, "mlp-1": tails["mlp-1"]})
run.say(
    "Errors above five points, per thousand signals: "
    + ", ".join(f"{1e3 * v.mean().item():.2f} ({n})" for n, v in far.items())
    + "."
)

# %% [markdown]
# ## What the filters are
#
# The summary (section 3.4.5) says that the filters resemble those of figures 3.3 and 3.4, that the dense layer is a
# "targeted smoothing", and that the filters hold redundant weights.

# %%
templates = [torch.tensor(t).to(run.device) for t in ([1.0, 1, 1, 1, -1], [1.0, 1, 1], [1.0, -1])]
alike_templates, by_chance = (
    torch.stack([filters.resemblance(c.weight, templates) for n in three for c in nets[n].convolutions]).mean(dim=0)
    for nets in (convnets, begun)
)
columns = {}
for name in (*three, "cnn-5"):
    matrix = convnets[name].dense.weight - convnets[name].dense.weight.mean(dim=-1, keepdim=True)
    columns[name] = weights.aligned_columns(matrix, first=task.first, reach=10).mean(dim=1)  # (seed, offset)
read = {name: filters.rarer_sign_share(column) for name, column in columns.items()}
order = convnets["cnn-7"].convolutions[0].weight.abs().argsort(dim=-1)  # smallest first
kept, spare = torch.ones(len(run.seeds), dtype=torch.bool, device=run.device), torch.zeros(len(run.seeds))
for count in range(1, 8):
    pruned = convnets["cnn-7"].convolutions[0].weight.scatter(1, order[:, :count], 0.0)
    network = convnets["cnn-7"].with_filter(0, weight=pruned)
    kept &= localisation_errors(network.predict(test.x), test.label).l1 <= 1.05 * l1["cnn-7"]
    spare = spare + kept.float().cpu()

# %% tags=["hide-input"]
run.figure(
    by_seed(
        {f"{name}: dense layer": column for name, column in columns.items()}, columns=2, x_label="offset", first=-10
    ),
    alt="The mean column of the dense layer of four networks around the position it answers for, a row per seed.",
    caption="How the dense layer reads the convolutions: its mean column, from ten points before the position it answers for (offset 0) to nine after it; each row is a seed, scaled to its largest weight.",
)
run.claim("sec-3-4-5.templates", alike_templates, floor=by_chance)
run.claim("sec-3-4-5.targeted-smoothing", sum(read[name] for name in three) / 3)
run.claim("sec-3-4-5.redundant-weights", spare)
run.claim("sec-3-4-5.interpretable")
run.say(
    "The rarer sign's share of the dense layer's mean column is "
    + ", ".join(f"{v.mean():.2f} ({name})" for name, v in read.items())
    + f", where a smoother has 0. The likeness to the templates is {alike_templates.mean():.2f}, of untrained filters"
    f" {by_chance.mean():.2f}; {spare.mean():.1f} of seven weights can be spared."
)

# %% [markdown]
# ## With a ReLU
#
# Without ReLU every one of these networks is a single linear layer, held to fewer free weights. Convolutions can
# even be swapped, up to the ends of the signal: who smooths first is a matter of the starting weights. What happens
# if each convolution is followed by a ReLU?

# %%
other = {
    name: made[stage.recipe(kernels[name], run.parameters, rectified=not rectified).key].networks for name in convnets
}
other_errors = {name: localisation_errors(net.predict(test.x), test.label) for name, net in other.items()}
away = torch.stack([(other_errors[n].l1 / run.study(f"table-3-4.{n}.l1") - 1).abs() for n in three]).amax(dim=0)

# %% tags=["hide-input"]
for name, values in other_errors.items():
    for measure, each in values._asdict().items():
        run.measure(f"other activation, {name}: {measure}", each)
run.figure(
    by_seed({f"{name}, length {c.weight.shape[1]}": c.weight for name, net in other.items() for c in net.convolutions}),
    alt="The filters of the networks with the other choice of activation function, a panel per filter and a row per seed.",
    caption="The filters of the same networks with a ReLU after each convolution: each row is a seed's filter, scaled to its largest weight.",
)
run.claim("sec-3-4.with-relu", away)
run.say(
    "With the other choice the L1 errors are, by seed: "
    + "; ".join(f"{name} " + ", ".join(f"{v:.3f}" for v in e.l1.tolist()) for name, e in other_errors.items())
    + ". The printed ones are "
    + ", ".join(f"{run.study(f'table-3-4.{name}.l1')} ({name})" for name in three)
    + "."
)

# %% [markdown]
# Why a ReLU can help: a filter that smooths, turned around and lifted by a large bias, cuts off everything behind the
# jump, noise included. Why it can harm: a first filter that differentiates throws half of the signals' values away,
# and a network of single filters is dead as soon as one of them lets nothing through.
#
# ## How far from the limit?

# %%
log_p = {name: net(test.x).log_softmax(dim=-1) for name, net in (mlps | convnets).items()}
surprise = {name: cross_entropy(p, test.label) for name, p in log_p.items()}
surprise["bayes"] = cross_entropy(bayes.log_posterior(test.x), test.label)
ratio = {name: errors[name].l1 / errors["bayes"].l1 for name in surprise}

# %% tags=["hide-input"]
for name, values in surprise.items():
    run.measure(f"{name}: L1", errors[name].l1)
    run.measure(f"{name}: cross-entropy", values)
run.say(
    "\n".join(
        [
            "| method | L1 error [points] | times the limit | cross-entropy [nats] |",
            "| --- | --- | --- | --- |",
            *(
                f"| {n} | {errors[n].l1.mean():.3f} | {ratio[n].mean():.2f} | {v.mean():.3f} |"
                for n, v in surprise.items()
            ),
        ]
    )
)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
n = len(run.seeds)
run.say(
    "The study reads from one training each that a filter of length 7 smooths and differentiates, that shorter ones only"
    " smooth, that two convolutions divide this work, and that a third adds nothing.\n\n"
    f"A derivative needs at least length 7: {run.verdict('sec-3-4-5.at-least-7')}; shorter filters tend to smooth:"
    f" {run.verdict('sec-3-4-1.short-smooths')}; longer ones find a derivative: {run.verdict('sec-3-4-1.long-differentiates')}"
    f" (beside untrained filters). The hierarchy of two convolutions: {run.verdict('fig-3-21.hierarchy')}, found in"
    f" {int(division([first, second]).sum())} of {n} seeds. That the third convolution is redundant:"
    f" {run.verdict('sec-3-4-3.third-redundant')}; that its output looks like its input: {run.verdict('sec-3-4-3.third-alike')}.\n\n"
    f"That all three beat the derivative filter: {run.verdict('table-3-4.beat-the-detector')}. Their L1 errors are"
    f" {', '.join(f'{v.mean():.3f}' for v in cnn)}, against {errors['mlp-1'].l1.mean():.3f} of the one-layer network, which"
    f" has no shared weights; that it is the better one: {run.verdict('table-3-4.one-layer-better')}. All are"
    f" {min(ratio[x].mean() for x in three):.1f} to {max(ratio[x].mean() for x in three):.1f} times the smallest possible error."
)

# %% tags=["hide-input"]
run.finish()
