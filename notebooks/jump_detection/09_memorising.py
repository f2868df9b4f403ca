# ---
# jupyter:
#   book:
#     stages:
#     - jump_detection/memorising
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
# # Memorising networks
#
# A network with enough weights can learn labels that mean nothing {cite}`zhang2017`. Section 6.2 of the study shuffles
# the labels of its training signals, trains the four-layer network until it knows all 12,000 by heart, and looks at
# its weights and activations; section 6.3 maps every layer by t-SNE, beside the network that learned. Here several
# networks memorise, what the maps show becomes a number, and an untrained network is the control.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many; at laptop scale the first four memorise
device = "auto"  # auto, cpu or cuda
jump = 3.0  # size of the jump
noise_std = 1.0  # standard deviation of the noise

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
import torch

from helpers.metrics import neighbours
from helpers.metrics.class_deviation import representations
from helpers.pages import runs
from helpers.studies.jump_detection import averaged_activations
from helpers.studies.jump_detection.localisation import accuracy
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample, sample_per_class
from helpers.studies.jump_detection.stages import memorising as stage
from helpers.studies.jump_detection.stages import perceptrons
from helpers.training.evaluation import evaluate

run = runs.start(
    "jump_detection/09_memorising",
    globals(),
    **PARAMETERS,
)

# %% [markdown]
# ## Learning by heart
#
# Same signals, same initial weights, same steps as the learning network (batches of 100, learning rate 0.01); only
# the labels are in a random order. Training goes on until not one of the 12,000 signals is classified wrongly. Two
# cores need minutes for that, so at laptop scale four of the five seeds do it.

# %%
task, signals = setting(run.parameters).task, setting(run.parameters).training_signals
made = run.stage(stage)
recipe = stage.false_labels(run.parameters)
memorising, by_heart = made["memorising-4"]
chosen = list(memorising.seeds)
false = recipe.signals(seeds=run.seeds, device=run.device)
true = sample(task, signals, seeds=chosen, purpose="train", device=run.device)
run.record_input("data", "training signals with false labels", "generated", [false.x, false.label])
print(f"epochs until all was known: {by_heart.epochs.tolist()}")
run.claim("sec-6-2-2.memorises", by_heart.error == 0)

# %% [markdown]
# The learning network, for comparison, is the four-layer network of the second page.

# %%
same = slice(0, len(chosen))
learning, learned = run.stage(perceptrons, "mlp-4")["mlp-4"]
learning, turned = learning.select(same), learned.best_epoch[same]
print(f"epochs until the validation loss turned: {turned.tolist()}")
run.claim("sec-7-2.more-steps", by_heart.epochs / turned)

# %% [markdown]
# That compares two different ends: a validation loss that turns, and a training set known by heart. The control is
# to learn the *true* labels by heart too (two seeds at laptop scale). About one true label in seven is not the most
# probable one even for a detector that knows everything, and has to be memorised as well.

# %%
same_end = made["by-heart-4"].history
run.measure("epochs to know the true labels by heart", same_end.epochs)
run.measure("epochs to know false labels by heart", by_heart.epochs)
print(f"true labels by heart: {same_end.epochs.tolist()} epochs, false ones {by_heart.epochs.tolist()}")

# %% [markdown]
# By the same end, false labels take about four times as many epochs as true ones, not seventeen times: most of the
# difference that the study reports is that learning was allowed to stop early.
#
# The section also says that training was stopped early, when the validation loss began to rise. With shuffled labels
# that loss never falls far. How much would a network have memorised by then?

# %%
early, history = made["memorising-4-stopped"]
print(f"lowest validation loss at epoch {history.best_epoch.tolist()}")
run.claim("sec-6-2-2.early-stopping", 1 - evaluate(early, false).error)

# %% [markdown]
# ## Weights and biases

# %%
from helpers.plots.heatmaps import weight_maps

names = ["first layer", "second layer", "third layer", "output layer"]
for pair in (slice(0, 2), slice(2, 4)):
    shown = list(zip(names[pair], memorising.layers[pair], strict=True))
    run.figure(
        weight_maps({name: layer.weight[0] for name, layer in shown}, {name: layer.bias[0] for name, layer in shown}),
        alt=f"Heat maps of weights and biases of {' and '.join(names[pair])} of a memorising network: no structure.",
        caption="Figure 6.2, first seed; the study leaves the output layer out. Blue is negative, red positive.",
    )
run.claim("fig-6-2.no-insight")

# %% [markdown]
# ## Averaged activations, false labels
#
# Averages over the signals that bear each false label, about 200 of them.

# %%
from helpers.plots.heatmaps import activation_maps

layers = memorising.activations(false.x)
averaged_false = [representations(layer, false.label, classes=task.classes) for layer in layers]
run.figure(
    activation_maps({n: a[0].T for n, a in zip(names, averaged_false, strict=True)}, first_position=task.first),
    alt="Averaged activations over false labels: hidden layers show even horizontal lines, the output layer a diagonal.",
    caption="Figure 6.3, first seed: a row per unit, a column per false label of the training signals.",
)

# %% [markdown]
# Horizontal lines: at first sight a unit is as active for one label as for any other, and the unit's own level should
# explain all of the variance. Averages over 200 signals are noisy, so the share that depends on the label is set
# beside the share that this noise alone would give. In the first layer they agree. In the third the label's share is
# several times the noise: the false labels are already there, which the eye does not see in the picture.

# %%
unit_share = torch.stack([averaged_activations.variance_shares(a).unit for a in averaged_false[:3]])  # (layer, seed)
run.claim("fig-6-3.no-stripes", unit_share.amin(dim=0))
each = signals / task.classes  # signals of a label
for name, layer, a, unit in zip(names, layers, averaged_false, unit_share, strict=False):
    noise = (layer.double().var(dim=1) / each).mean(dim=-1) / a.var(dim=(1, 2), unbiased=False)
    run.measure(f"{name}: share of the variance that depends on the false label", 1 - unit)
    print(f"{name}: {1 - unit.mean():.3f} depends on the label, noise alone would be {noise.mean():.3f}")

# %% [markdown]
# Units differ in how active they are, and the output is the diagonal of the false labels. Silent units, though, are
# rare: one or two of three hundred in some networks, none in others.

# %%
level = torch.stack([a.mean(dim=1) for a in averaged_false[:3]])  # (layer, seed, unit)
run.claim("fig-6-3.uneven", (level.std(dim=-1) / level.mean(dim=-1)).amin(dim=0))
active = torch.stack([(layer > 0).float().mean(dim=1) for layer in layers[:3]])  # share of the signals
run.claim("fig-6-3.silent", (active <= 0.01).sum(dim=(0, 2)))
run.claim("fig-6-3.output", averaged_activations.near_diagonal(averaged_false[3], reach=0))

# %% [markdown]
# ## Averaged activations, true labels
#
# The same networks, a thousand fresh signals for each true position.

# %%
per_class = run.by_scale(smoke=20, laptop=1_000, paper=1_000)
probe = sample_per_class(task, per_class, seeds=chosen, purpose="averages", device=run.device)


def averages(networks):
    """Averaged activation of every layer on the fresh signals."""
    return [averaged_activations.class_means(layer, task.classes) for layer in networks.activations(probe.x)]


averaged_true = averages(memorising)
run.figure(
    activation_maps({n: a[0].T for n, a in zip(names, averaged_true, strict=True)}, first_position=task.first),
    alt="Averaged activations over true labels: stripes in the hidden layers, a blurred picture in the output layer.",
    caption="Figure 6.4, first seed: a row per unit, a column per true jump position.",
)

# %%
stripes = torch.stack([averaged_activations.neighbour_correlation(a) for a in averaged_true[:3]]).amin(dim=0)
run.claim("fig-6-4.stripes", stripes)
by_label = {
    name: 1 - torch.stack([averaged_activations.variance_shares(a).unit for a in averaged[:3]]).mean(dim=0)
    for name, averaged in {"false": averaged_false, "true": averaged_true}.items()
}
run.claim("fig-6-4.more-than-false", by_label)
run.claim("fig-6-4.fails", accuracy(memorising.predict(probe.x), probe.label))
run.claim("fig-6-4.caption", False)  # "similar stripe-like figures" in the text, "disappears" in the caption

# %% [markdown]
# The stripes are there, although nothing about positions was learned. The study suspects that they come from the
# data. The test of that is a network that has learned nothing at all, and it has them, smoother still: the suspicion
# was right, and stripes say nothing about learning. What learning adds is their share of the variance, which grows
# from layer to layer in the learning network alone.

# %%
untrained = averages(recipe.build(seeds=run.seeds, device=run.device))
control = torch.stack([averaged_activations.neighbour_correlation(a) for a in untrained[:3]]).amin(dim=0)
run.claim("fig-6-4.artefact", control)
parts = {"memorising": averaged_true, "learning": averages(learning), "untrained": untrained}
for name, averaged in parts.items():
    shares = torch.stack([1 - averaged_activations.variance_shares(a).unit for a in averaged[:3]])  # (layer, seed)
    print(
        f"{name:10} share of the variance that depends on the position, by layer: {shares.mean(dim=1).numpy().round(3)}"
    )

# %% [markdown]
# ## Maps of every layer
#
# t-SNE maps of the training signals and of every layer's activations. At laptop scale 2,000 signals of the first seed
# are mapped, for the figures, and 1,000 of each other one; at paper scale all 12,000 as in the study.

# %%
from openTSNE import TSNE
from tqdm import tqdm


def tsne(points, random_state, early, late):
    """A map of the points after so many iterations of early exaggeration, and so many more."""
    fast = TSNE(
        n_jobs=torch.get_num_threads(),
        random_state=random_state,
        neighbors="exact",
        early_exaggeration_iter=early,
        n_iter=late,
    )
    return fast.fit(points.cpu().double().numpy())


# %%
mapped = [run.by_scale(smoke=100, laptop=2_000, paper=12_000)] + [
    run.by_scale(smoke=100, laptop=1_000, paper=12_000)
] * (len(chosen) - 1)
maps = {}  # (network, layer, row of the seed) -> points of the map
for row, (s, size) in enumerate(tqdm(list(zip(chosen, mapped, strict=True)), desc="maps", disable=None)):
    x = true.x[:, :size]
    steps = run.by_scale(smoke=(10, 10), laptop=(250, 250) if row == 0 else (100, 250), paper=(250, 500))
    maps["input", 0, row] = tsne(x[row], s, *steps)
    for name, networks in {"memorising": memorising, "learning": learning}.items():
        for depth, layer in enumerate(networks.activations(x), start=1):
            maps[name, depth, row] = tsne(layer[row], s, *steps)

# %%
import numpy as np

from helpers.plots.scatter import maps as draw_maps

titles = ["input", *names]
first = {title: maps["memorising" if k else "input", k, 0] for k, title in enumerate(titles)}
colours = {
    "true": true.label[0, : mapped[0]].cpu() + task.first,
    "false": false.label[0, : mapped[0]].cpu() + task.first,
}
run.figure(
    draw_maps(
        {f"{title}, {kind}": points for title, points in first.items() for kind in colours},
        {f"{title}, {kind}": colours[kind] for title in first for kind in colours},
        columns=2,
        label="jump position by the true or the false labels",
    ),
    alt="t-SNE maps of input and four layers of a memorising network, coloured by true and by false labels.",
    caption="Figure 6.5, first seed: order by true position fades from layer to layer; the output layer groups false labels.",
)

# %%
run.figure(
    draw_maps(
        {
            f"{who}: {title}": maps[who if k else "input", k, 0]
            for k, title in enumerate(titles)
            for who in ("memorising", "learning")
        },
        {f"{who}: {t}": colours[kind] for t in titles for who, kind in (("memorising", "false"), ("learning", "true"))},
        columns=2,
        label="jump position by the labels that were learned",
    ),
    alt="t-SNE maps of every layer of a memorising network and of a learning network side by side.",
    caption="Figure 6.6, first seed: each network's layers, coloured by the labels it was trained on.",
)

# %% [markdown]
# How well is a map ordered by the jump position? The mean position of a point's ten nearest neighbours in the map
# guesses its own; the share of the variance that this explains is 1 for perfect order and 0 for none. Below it the
# same number in the layer itself, without a map, and how often ten neighbours vote for the false label.

# %%
positions, labels = (part.label.cpu().numpy() for part in (true, false))
order = {key: neighbours.knn_r2(np.asarray(m), positions[key[2], : len(m)]) for key, m in maps.items()}
rows = range(len(chosen))
memorised = {str(k): [order["memorising" if k else "input", k, r] for r in rows] for k in range(4)}
kept = {str(k): [order["learning" if k else "input", k, r] for r in rows] for k in range(4)}
for k in memorised:
    print(f"layer {k}: memorising {np.mean(memorised[k]):.2f}, learning {np.mean(kept[k]):.2f}")
run.claim("fig-6-5.input", memorised["0"])
run.claim("fig-6-5.looser", memorised)
run.claim("fig-6-5.third-layer", memorised["3"])
run.claim("fig-6-6.learning", np.min([kept[k] for k in "123"], axis=0))
run.claim("fig-6-6.different", {"memorising": memorised["3"], "learning": kept["3"]})

# %%
in_layer = {}
for name, networks in {"memorising": memorising, "learning": learning}.items():
    for k, layer in enumerate([true.x, *networks.activations(true.x)][:4]):
        points = layer[:, : mapped[0]].cpu().numpy()
        in_layer[name, k] = [neighbours.knn_r2(points[r], positions[r, : mapped[0]]) for r in rows]
        run.measure(f"{name}, layer {k}: position explained by neighbours in the layer", in_layer[name, k])
        print(f"{name}, layer {k}: {np.mean(in_layer[name, k]):.2f}")

# %%
votes = {
    k: [neighbours.knn_accuracy(np.asarray(maps["memorising", k, r]), labels[r, : mapped[r]]) for r in rows]
    for k in range(1, 5)
}
print("vote for the false label by layer:", {k: round(float(np.mean(v)), 3) for k, v in votes.items()})
run.claim("fig-6-5.output", votes[4])
run.claim("sec-7-3.abrupt", votes[3])

# %% [markdown]
# The third layer shows next to nothing of the labels in a map, yet one linear layer after it separates all of them: in
# a hundred dimensions points of one label can lie on one side of a hyperplane without being neighbours. The averages
# above did see the labels there. So "abrupt" holds for maps and neighbours, not for every way of looking; and of the
# true position the third layer has kept about half, by this measure.
#
# ## How sure, and how wrong
#
# The learning network stays undecided where two positions are possible; the memorising one has no reason to.

# %%
outputs = {"learning": learning.activations(true.x)[-1], "memorising": layers[-1]}
run.claim("fig-6-6.softer", {name: p.amax(dim=-1).mean(dim=-1) for name, p in outputs.items()})
top = outputs["learning"].topk(2, dim=-1).values
unsure = (top[..., 0] < 0.9).float()
run.claim("sec-6-3.two-answers", (top.sum(dim=-1) * unsure).sum(dim=-1) / unsure.sum(dim=-1))

# %% [markdown]
# Figure 7.3 describes the memorising network's answer to a new signal as case-based: the label of the nearest case in
# the last hidden layer. It need not be, for the output layer is linear; and it is not: about one answer in fifteen is
# the nearest case's. Nearest cases in the input are the comparison; chance is one in sixty.

# %%
asked = slice(None, None, run.by_scale(smoke=10, laptop=30, paper=6))
fresh = probe.x[:, asked]
answers = memorising.predict(fresh).cpu().numpy()
agreement = {}
for name, cases, points in (
    ("last hidden layer", layers[2], memorising.activations(fresh)[2]),
    ("input", false.x, fresh),
):
    nearest = [
        neighbours.nearest_label(c.cpu().numpy(), t.cpu().numpy(), p.cpu().numpy())
        for c, t, p in zip(cases, false.label, points, strict=True)
    ]
    agreement[name] = (np.stack(nearest) == answers).mean(axis=1)
    print(f"nearest case in the {name}: {agreement[name].mean():.3f}")
run.claim("fig-7-3.case-based", agreement["last hidden layer"])
run.measure("answers of the nearest case in the input", agreement["input"])

# %%
run.finish()
