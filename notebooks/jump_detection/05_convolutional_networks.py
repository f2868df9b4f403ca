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
# Here each is trained once per seed, what the study reads from the filters is counted, and the lengths between 3
# and 11 are tried.

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

# %%
import torch

from helpers.metrics import similarity
from helpers.pages import runs
from helpers.studies.jump_detection import averaged_activations, filters, signal_shape, weights
from helpers.studies.jump_detection.detectors import BayesDetector, GradientDetector, gaussian_smoother
from helpers.studies.jump_detection.localisation import absolute_errors, cross_entropy, localisation_errors
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample, sample_per_class
from helpers.studies.jump_detection.stages import convnets as stage
from helpers.studies.jump_detection.stages import perceptrons

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
# ## The networks
#
# A convolution moves one filter along the signal; same padding keeps all 100 points, and one fully connected layer
# with softmax reads the last of them (figures 3.17, 3.20 and 3.22). Training is that of the perceptrons.
#
# Does a ReLU follow each convolution? The study names the activation function of every other network, but none here;
# its convolution is equation 3.8, "exactly the same as in the signal processing approach", and its figure 5.3 shows
# signals after a convolution that drop below their base level. So we read it as none. Its table decides as well:
# without ReLU the numbers below are the study's, with one they are not (last section but one).
#
# Without ReLU a filter and the layer after it may both change their signs and nothing else changes. What is shown
# here is turned so that each filter's weights sum to a positive number.

# %%
chosen = setting(run.parameters)
task = chosen.task
kernels = stage.KERNELS
recipes = {name: stage.recipe(sizes, run.parameters, rectified=rectified) for name, sizes in kernels.items()}
made = run.stage(stage)
trained = {name: made[recipe.key] for name, recipe in recipes.items()}
convnets = {name: network if rectified else network.oriented() for name, (network, _) in trained.items()}
for name, (_, history) in trained.items():
    print(f"{name}: lowest validation loss at epoch {history.best_epoch.tolist()}")

# %%
mlps = {name: found.networks for name, found in run.stage(perceptrons, "mlp-1", "mlp-2", "mlp-3", "mlp-4").items()}
test = sample(task, chosen.test_signals, seeds=run.seeds, purpose="test", device=run.device)
run.record_input("data", "test signals", "generated", [test.x, test.label])
per_class = run.by_scale(smoke=20, laptop=1_000, paper=1_000)
probe = sample_per_class(task, per_class, seeds=run.seeds, purpose="averages", device=run.device)
signal_average = averaged_activations.class_means(probe.x, task.classes)  # (seed, class, time)
averages = {
    name: [averaged_activations.class_means(a, task.classes) for a in network.activations(probe.x)]
    for name, network in convnets.items()
}

# %% [markdown]
# ### Two slips first
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
print(f"an impulse at 10 comes out around {centres[0]:.0f} by eq. 3.8, around {centres[1]:.0f} with same padding")
run.claim("eq-3-8.centred", centres[0] == centres[1])
study_tau = {"eq. 3.2": (len(gaussian_smoother(19, 2.9)), 2.9), "eq. 3.8": (7, 7)}  # coefficients, tau
run.claim("eq-3-8.same-definition", all(taps == tau for taps, tau in study_tau.values()))
figures = {"3.18": (7,), "3.21": (5, 9), "3.23": (5, 7, 9)}  # by the sections they belong to
run.claim("sec-3-4-1.figure", figures["3.23"] == (7,))
run.claim("fig-3-23.caption", figures["3.23"] == (5, 9))

# %% [markdown]
# ## One convolution of length 7
#
# Figure 3.18: the weights, the activations averaged over a thousand signals per jump position, and one slice of
# these, for a jump at 50, with a single signal.

# %%
from helpers.studies.jump_detection.plots.layers import Row, layer_rows

slice_at = 50 - task.first  # the class of a jump at 50
shown = probe.x[0, slice_at * per_class]  # its first signal


def rows(name, s=0):
    network = convnets[name].select([s])
    single = [a[0, 0].cpu() for a in network.activations(shown[None, None])]
    matrices = [*(c.weight[0].cpu() for c in network.convolutions), network.dense.weight[0].cpu()]
    names = [*(f"convolution {i + 1}" for i in range(len(matrices) - 1)), "output"]
    layers = zip(names, matrices, averages[name], single, strict=True)
    return {"input": Row(None, signal_average[s].cpu(), shown.cpu())} | {
        n: Row(w, a[s].cpu(), one) for n, w, a, one in layers
    }


run.figure(
    layer_rows(rows("cnn-7"), first_position=task.first, position=50),
    alt="Three rows for input, convolution and output of the network with a filter of length 7: weights, averaged activations, and the slice for a jump at 50.",
    caption="Figure 3.18, first seed: a filter of length 7, what it makes of the signals, and the layer that reads it.",
)

# %%
reach = max(kernels["cnn-7"]) // 2
peak = averages["cnn-7"][0].argmax(dim=-1) + 1  # (seed, class)
at_jump = ((peak.cpu() - task.positions).abs() <= reach).float().mean(dim=-1)
run.claim("fig-3-18.peak", at_jump >= 0.9)
off = averages["cnn-7"][0] - averages["cnn-7"][0].median(dim=-1, keepdim=True).values
extreme = off.abs().argmax(dim=-1).cpu() + 1  # peak or trough: the sign of a filter is a convention
print(f"peak near the jump, by seed: {at_jump.tolist()}")
print(f"peak or trough: {((extreme - task.positions).abs() <= reach).float().mean(dim=-1).tolist()}")
shares = {name: [filters.rarer_sign_share(c.weight) for c in net.convolutions] for name, net in convnets.items()}
print(f"rarer sign's share of the weight, by seed: {[round(v, 2) for v in shares['cnn-7'][0].tolist()]}")
run.claim("fig-3-18.mixed", shares["cnn-7"][0] >= 0.05)
run.claim("fig-3-18.diagonal", weights.band_share(convnets["cnn-7"].dense.weight, first=task.first, reach=10))

# %% [markdown]
# Smoother on one side, derivative on the other: the first seed is the study's picture, and all seeds have both signs.
# Where the weights nearly cancel, the filter's sign stays a convention and the peak can be a trough.

# %% [markdown]
# The study says that the dense layer "picks up the position of the peak". If it did no more, taking the largest
# output of the convolution would give the same answers.

# %%
answer = convnets["cnn-7"].predict(test.x) + task.first
largest = convnets["cnn-7"].hidden(test.x)[-1].argmax(dim=-1) + 1
agreement = [((largest + offset - answer).abs() <= 1).float().mean(dim=-1) for offset in range(-4, 5)]
run.claim("fig-3-18.picks-peak", torch.stack(agreement).amax(dim=0))
l1 = {name: localisation_errors(net.predict(test.x), test.label).l1 for name, net in (convnets | mlps).items()}
unbiased = convnets["cnn-7"].select(range(len(run.seeds)))
for part in (unbiased.convolutions[0], unbiased.dense):
    part.bias.zero_()
without = localisation_errors(unbiased.predict(test.x), test.label).l1
run.claim("fig-3-18.biases", without / l1["cnn-7"] - 1)

# %% [markdown]
# ## How long must a filter be?
#
# With length 5 the study found a smoother: all weights of one sign (figure 3.19). It concludes that a filter shorter
# than 7 "tends to only perform smoothing" and that a derivative needs "at least 7" weights. One run cannot show a
# tendency. We train every odd length from 3 to 11, and call a filter a smoother when the rarer sign holds less than
# 5 % of its absolute weight.

# %%
run.figure(
    layer_rows(rows("cnn-5"), first_position=task.first, position=50),
    alt="The same three rows for the network with a filter of length 5.",
    caption="Figure 3.19, first seed: a filter of length 5.",
)
run.claim("fig-3-19.same-sign", shares["cnn-5"][0] < 0.05)
places = signal_shape.levels(averages["cnn-5"][0][:, slice_at], 50, near=5, gap=6)
run.claim("fig-3-19.gap", (places.after - places.before).abs())

# %%
lengths = stage.lengths(run.parameters)
by_length = {}
for length in lengths:
    network = made[stage.recipe((length,), run.parameters, rectified=rectified).key].networks
    by_length[length] = network if rectified else network.oriented()
filter_of = {length: net.convolutions[0].weight for length, net in by_length.items()}
untrained = {
    k: recipe.build(seeds=range(1_000), device=run.device).convolutions[0].weight
    for k, recipe in ((k, stage.recipe((k,), run.parameters)) for k in lengths)
}

# %%
from helpers.studies.jump_detection.plots.filters import by_seed

run.figure(
    by_seed({f"length {length}": weight for length, weight in filter_of.items()}),
    alt="The learned filters of lengths 3 to 11, a panel each and a line per seed.",
    caption="One convolution: the learned filters of every length, a line per seed.",
)

# %%
share = {length: filters.rarer_sign_share(weight) for length, weight in filter_of.items()}
chance = {length: filters.rarer_sign_share(weight) for length, weight in untrained.items()}
error = {k: localisation_errors(net.predict(test.x), test.label).l1 for k, net in by_length.items()}
for length in lengths:
    smoothers = int((share[length] < 0.05).sum())
    print(
        f"length {length:2}: {smoothers} of {len(run.seeds)} smooth (untrained {(chance[length] < 0.05).float().mean():.0%}), "
        f"rarer sign {share[length].mean():.2f} (untrained {chance[length].mean():.2f}), L1 error {error[length].mean():.3f}"
    )
    run.measure(f"length {length}: L1", error[length])
    run.measure(f"length {length}: rarer sign's share", share[length])
short, long = ([share[k] for k in lengths if (k < 7) == is_short] for is_short in (True, False))
run.claim("sec-3-4-1.short-smooths", (torch.stack(short) < 0.05).float().mean(dim=0))
run.claim("sec-3-4-1.long-differentiates", (torch.stack(long) >= 0.05).float().mean(dim=0))
run.claim("sec-3-4-1.length", share)
run.claim("sec-3-4-5.at-least-7", (torch.stack(short) < 0.05).all(dim=0))

# %%
from helpers.plots.curves import lines

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
    caption="0 is a smoother, 0.5 a filter that sums to zero: mean and 95 % interval over seeds, and over 1,000 untrained filters.",
)

# %% [markdown]
# The length does decide, but by degrees. Every filter of length 3 smooths; those of length 5 stand in between, and
# some put a good part of their weight on the other sign; from 7 on all of them differentiate. Untrained filters
# tend the same way, but less: training turns short ones into smoothers and long ones into derivatives. There is no
# smallest length for a derivative: 5 can be enough.

# %% [markdown]
# Which of the two kinds is better? Among the short filters both occur, so they can be compared directly.

# %%
kinds = {"smooths": [], "differentiates": []}
for length in lengths:
    for value, loss in zip(share[length].tolist(), error[length].tolist(), strict=True):
        kinds["smooths" if value < 0.05 else "differentiates"].append(loss)
for kind, losses in kinds.items():
    if losses:
        print(f"{len(losses)} networks whose filter {kind}: L1 error {sum(losses) / len(losses):.3f}")
        run.measure(f"L1 where the filter {kind}", losses)

# %% [markdown]
# It hardly matters: where the filter smooths, the dense layer differentiates in its place (see its columns below).

# %% [markdown]
# ## Two convolutions
#
# Lengths 5 and 9: the study sees the first smooth and the second differentiate, a hierarchy (figure 3.21).

# %%
run.figure(
    layer_rows(rows("cnn-5-9"), first_position=task.first, position=50),
    alt="Rows for input, two convolutions and output: weights, averaged activations, and the slice for a jump at 50.",
    caption="Figure 3.21, first seed: two convolutions of 5 and 9.",
)
named = {
    f"{name}: length {c.weight.shape[1]}": c.weight
    for name in ("cnn-5-9", "cnn-5-7-9")
    for c in convnets[name].convolutions
}
run.figure(
    by_seed(dict(named.items())),
    alt="The filters of the networks with two and three convolutions, a panel per filter and a line per seed.",
    caption="The filters of the networks with two and three convolutions, a line per seed.",
)

# %%
first, second = shares["cnn-5-9"]
run.claim("fig-3-21.first-smooths", first < 0.05)
run.claim("fig-3-21.second-differentiates", second >= 0.05)
run.claim("fig-3-21.hierarchy", (first < 0.05) & (second >= 0.05))
places = signal_shape.levels(averages["cnn-5-9"][0][:, slice_at], 50, near=5, gap=6)
run.claim("fig-3-21.gap", (places.after - places.before).abs())
start = recipes["cnn-5-9"].build(seeds=range(1_000), device=run.device)
one, two = (filters.rarer_sign_share(c.weight) for c in start.convolutions)
for name, a, b in (("trained", first, second), ("untrained", one, two)):
    smooth_first, smooth_second = a < 0.05, b < 0.05
    print(
        f"{name}: first smooths and second differentiates {(smooth_first & ~smooth_second).float().mean():.0%}, "
        f"the reverse {(~smooth_first & smooth_second).float().mean():.0%}"
    )

# %% [markdown]
# The division of labour that the study describes occurs, more often than by chance, but in less than half of the
# seeds; the reverse occurs too.

# %% [markdown]
# ## Three convolutions
#
# Lengths 5, 7 and 9. The study calls the third redundant, because the signals before and after it look alike
# (figure 3.23). Looks are measured by the correlation of the averaged activations; redundancy by taking the layer
# out: its filter is replaced by a single weight, the one that comes nearest to what the layer did.

# %%
run.figure(
    layer_rows(rows("cnn-5-7-9"), first_position=task.first, position=50),
    alt="Rows for input, three convolutions and output: weights, averaged activations, and the slice for a jump at 50.",
    caption="Figure 3.23, first seed: three convolutions of 5, 7 and 9, with a single signal through the layers.",
)
run.claim("sec-3-4-3.first-two", (shares["cnn-5-7-9"][0] < 0.05) & (shares["cnn-5-7-9"][1] >= 0.05))
after = averages["cnn-5-7-9"]
alike = {i: similarity.aligned_correlation(after[i], after[i + 1], reach=4).mean(dim=-1) for i in (0, 1)}
run.claim("sec-3-4-3.third-alike", alike[1])
print(f"control: before and after the second convolution {alike[0].mean():.2f}")

# %%
teach = sample(task, chosen.training_signals, seeds=run.seeds, purpose="train", device=run.device).x[:, :1_000]
for name in ("cnn-5-9", "cnn-5-7-9"):
    network = convnets[name]
    signals = [teach, *network.hidden(teach)]
    for number, convolution in enumerate(network.convolutions):
        half = convolution.weight.shape[1] // 2
        copy = filters.nearest_copy(signals[number], signals[number + 1], reach=half)
        single = torch.zeros_like(convolution.weight).scatter(1, (half + copy.shift)[:, None], copy.scale[:, None])
        cut = network.with_filter(number, weight=single, bias=copy.offset)
        growth = localisation_errors(cut.predict(test.x), test.label).l1 / l1[name]
        print(f"{name}: without convolution {number + 1} the error grows to {growth.mean():.1f} times")
        run.measure(f"{name}: error without convolution {number + 1}", growth)
run.claim("sec-3-4-3.third-redundant", growth)

# %% [markdown]
# The third layer is as much at work as the others: its output looks different, and without it the network errs far
# more, since the dense layer has learned to read that output. What is redundant is the *number* of layers: table 3.4
# gives the same errors, or smaller ones, to networks that were trained with fewer.

# %% [markdown]
# ## Table 3.4
#
# The twelve numbers of the convolutional networks; those of the perceptrons and of the filter are measured on their
# own pages, and only repeated here.

# %%
detector, bayes = GradientDetector.of(task), BayesDetector.of(task)
predictions = {name: net.predict(test.x) for name, net in (mlps | convnets).items()}
predictions |= {"detector": detector.predict(test.x), "bayes": bayes.predict(test.x, "zero-one")}
errors = {name: localisation_errors(p, test.label) for name, p in predictions.items()}
three = ("cnn-7", "cnn-5-9", "cnn-5-7-9")
for name in three:
    for measure, values in errors[name]._asdict().items():
        run.claim(f"table-3-4.{name}.{measure.replace('_', '-')}", values)

# %%
from helpers.studies.jump_detection.plots.bars import methods

study = {
    "detector": [0.5532, 1.4946, 0.4917, 0.7443],
    "mlp-1": [0.3065, 0.8043, 0.2606, 0.6304],
    "mlp-2": [0.3083, 0.7722, 0.2675, 0.6222],
    "mlp-3": [0.3583, 0.8132, 0.3169, 0.6667],
    "mlp-4": [0.3913, 0.8428, 0.3531, 0.7075],
    "cnn-7": [0.3248, 0.7862, 0.2854, 0.6452],
    "cnn-5-9": [0.3213, 0.7592, 0.2839, 0.6309],
    "cnn-5-7-9": [0.3458, 0.7946, 0.3089, 0.6721],
}
run.figure(
    methods(
        {name: errors[name]._asdict() for name in (*study, "cnn-5", "bayes")},
        paper=study,
        measures=["L1", "L2", "L1, best 99 %", "L2, best 99 %"],
    ),
    alt="Bars of four error measures for the derivative filter, the perceptrons, the convolutional networks and the Bayes limit, with the study's values marked.",
    caption="Table 3.4 with the limit: mean and 95 % interval over seeds; diamonds are the study's values.",
)

# %%
from helpers.pages import claims, sources

written = claims.load(sources.NOTEBOOKS / "jump_detection/claims.yml")
measures = ("l1", "l2", "l1-99", "l2-99")
tables = {name: [written[f"table-3-3.{name}.{m}"].value for m in measures] for name in mlps}
tables["detector"] = [written[f"table-3-1.{m}"].value for m in measures]
run.claim("table-3-4.repeats", all(study[name] == row for name, row in tables.items()))
run.claim("table-3-4.possible", all(row[1] >= row[0] and row[3] >= row[2] for row in study.values()))
run.claim("table-3-4.no-better", all(a >= b for a, b in zip(study["cnn-5-9"], study["mlp-2"], strict=True)))

# %% [markdown]
# ### Which is better?
#
# Seed by seed, on the same test signals.

# %%
beaten = [torch.stack([(errors[n][k] < errors["detector"][k]) for k in range(4)]).all(dim=0) for n in three]
run.claim("table-3-4.beat-the-detector", torch.stack(beaten).all(dim=0))
cnn = torch.stack([errors[name].l1 for name in three])  # (network, seed)
run.claim("table-3-4.close", cnn.amax(dim=0) / cnn.amin(dim=0) - 1)
run.claim("table-3-4.close-to-mlps", cnn.mean(dim=0) / torch.stack([errors[n].l1 for n in mlps]).mean(dim=0))
run.claim("table-3-4.one-layer-better", {"mlp-1": errors["mlp-1"].l1, "best-cnn": cnn.amin(dim=0)})
run.claim("table-3-4.two-layer-better", {"mlp-2": errors["mlp-2"].l1, "cnn-5-9": errors["cnn-5-9"].l1})
run.claim("table-3-4.two-best", {"cnn-5-9": cnn[1], "best-other": cnn[[0, 2]].amin(dim=0)})
run.claim("table-3-4.three-worst", {"worst-other": cnn[:2].amax(dim=0), "cnn-5-7-9": cnn[2]})

# %% [markdown]
# The one-layer network is ahead of all convolutional ones. Between these the study's order cannot be shown: the seeds
# differ as much as the networks do.

# %% [markdown]
# The study takes the large L2 error of the one-layer network as a sign of exceptional errors, and the convolutional
# networks as more consistent.

# %%
l2 = torch.stack([errors[name].l2 for name in three])
run.claim("table-3-4.one-layer-l2", {"worst-cnn": l2.amax(dim=0), "mlp-1": errors["mlp-1"].l2})
far = {n: (absolute_errors(p, test.label) > 5).double().mean(dim=-1) for n, p in predictions.items()}
run.claim("table-3-4.one-layer-outliers", {"cnn": sum(far[n] for n in three) / 3, "mlp-1": far["mlp-1"]})
print("errors above five points, per thousand signals:", {n: round(1e3 * v.mean().item(), 2) for n, v in far.items()})

# %% [markdown]
# ## What the filters are
#
# The summary (section 3.4.5) says that the filters resemble those of figures 3.3 and 3.4, that the dense layer is a
# "targeted smoothing", and that the filters hold redundant weights.

# %%
templates = [torch.tensor(t).to(run.device) for t in ([1.0, 1, 1, 1, -1], [1.0, 1, 1], [1.0, -1])]
alike = torch.stack([filters.resemblance(c.weight, templates) for n in three for c in convnets[n].convolutions])
run.claim("sec-3-4-5.templates", alike.mean(dim=0))
begun = [recipes[n].build(seeds=range(1_000), device=run.device) for n in three]
by_chance = torch.stack([filters.resemblance(c.weight, templates) for net in begun for c in net.convolutions])
print(f"largest cosine with a template: trained {alike.mean():.2f}, untrained {by_chance.mean():.2f}")
columns = {}
for name in (*three, "cnn-5"):
    matrix = convnets[name].dense.weight - convnets[name].dense.weight.mean(dim=-1, keepdim=True)
    columns[name] = weights.aligned_columns(matrix, first=task.first, reach=10).mean(dim=1)  # (seed, offset)
read = {name: filters.rarer_sign_share(column) for name, column in columns.items()}
run.claim("sec-3-4-5.targeted-smoothing", sum(read[name] for name in three) / 3)

# %%
run.figure(
    by_seed(
        {f"{name}: dense layer": column for name, column in columns.items()},
        columns=2,
        x_label="weight, 11 at the position",
    ),
    alt="The mean column of the dense layer of four networks around the position it answers for, a line per seed.",
    caption="How the dense layer reads the convolutions: its mean column from ten points before the position it answers for (weight 1) to nine after it; the position itself is weight 11.",
)
order = convnets["cnn-7"].convolutions[0].weight.abs().argsort(dim=-1)  # smallest first
kept, spare = torch.ones(len(run.seeds), dtype=torch.bool, device=run.device), 0
for count in range(1, 8):
    pruned = convnets["cnn-7"].convolutions[0].weight.scatter(1, order[:, :count], 0.0)
    network = convnets["cnn-7"].with_filter(0, weight=pruned)
    kept &= localisation_errors(network.predict(test.x), test.label).l1 <= 1.05 * l1["cnn-7"]
    spare = spare + kept.float()
run.claim("sec-3-4-5.redundant-weights", spare)
run.claim("sec-3-4-5.interpretable")

# %% [markdown]
# The likeness to the templates is hardly more than that of untrained filters, and hardly a weight can be spared. As to the
# dense layer, it is no smoother: it takes differences, most clearly behind the filter of length 5.

# %% [markdown]
# ## With a ReLU
#
# Without ReLU every one of these networks is a single linear layer, held to fewer free weights. Convolutions can
# even be swapped, up to the ends of the signal: who smooths first is a matter of the starting weights. What happens
# if each convolution is followed by a ReLU?

# %%
other = {}
for name in convnets:
    recipe = stage.recipe(kernels[name], run.parameters, rectified=not rectified)
    network = other[recipe.key] = made[recipe.key].networks
    values = localisation_errors(network.predict(test.x), test.label)
    signs = [filters.rarer_sign_share(c.weight) for c in network.convolutions]
    smooth = ", ".join(f"{int((s < 0.05).sum())} of {len(run.seeds)}" for s in signs)
    print(f"{recipe.key}: L1 by seed {[round(v, 3) for v in values.l1.tolist()]}, smoothers by layer: {smooth}")
    for measure, each in values._asdict().items():
        run.measure(f"{recipe.key}: {measure}", each)

# %%
run.figure(
    by_seed(
        {
            f"{name.removeprefix('relu-')}, length {c.weight.shape[1]}": c.weight
            for name, net in other.items()
            for c in net.convolutions
        }
    ),
    alt="The filters of the networks with the other choice of activation function, a panel per filter and a line per seed.",
    caption="The filters of the same networks with a ReLU after each convolution, a line per seed.",
)

# %% [markdown]
# The numbers part with the study's, in both directions. With a ReLU a filter that smooths, turned around and lifted
# by a large bias, cuts off everything behind the jump, noise included, and such networks come closer to the limit
# than any of the study's; a first filter that differentiates throws half of the signal away and does worse than
# without ReLU; and a network of single filters may die, when one of them lets nothing through.

# %% [markdown]
# ## How far from the limit?

# %%
log_p = {name: net(test.x).log_softmax(dim=-1) for name, net in (mlps | convnets).items()}
surprise = {name: cross_entropy(p, test.label) for name, p in log_p.items()}
surprise["bayes"] = cross_entropy(bayes.log_posterior(test.x), test.label)
for name, values in surprise.items():
    ratio = errors[name].l1 / errors["bayes"].l1
    print(
        f"{name:9} L1 {errors[name].l1.mean():.3f}, {ratio.mean():.2f} times the limit; cross-entropy {values.mean():.3f}"
    )
    run.measure(f"{name}: L1", errors[name].l1)
    run.measure(f"{name}: cross-entropy", values)

# %% [markdown]
# A filter moved along the signal saves weights, but gains nothing here on the one-layer network, which stays nearer
# to the limit than any of them. The errors of all are about twice the smallest possible.

# %%
run.finish()
