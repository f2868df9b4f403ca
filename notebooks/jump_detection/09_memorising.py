# ---
# jupyter:
#   book:
#     stages:
#     - jump_detection/memorising
#     - jump_detection/memorising_sizes
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
# networks memorise, narrower ones try to, what the maps show becomes a number, a linear probe asks each layer for the
# false labels, and an untrained network is the control.

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

# %% tags=["hide-cell"]
import numpy as np
import torch
from openTSNE import TSNE
from scipy import stats
from tqdm import tqdm

from helpers.metrics import neighbours
from helpers.metrics.class_deviation import representations
from helpers.pages import runs
from helpers.plots.conditions import by_condition
from helpers.plots.curves import lines
from helpers.plots.heatmaps import activation_maps, weight_maps
from helpers.plots.scatter import maps as draw_maps
from helpers.studies.jump_detection import averaged_activations
from helpers.studies.jump_detection.linear_probe import read_out
from helpers.studies.jump_detection.localisation import accuracy
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample, sample_per_class, shuffle_labels
from helpers.studies.jump_detection.stages import memorising as stage
from helpers.studies.jump_detection.stages import memorising_sizes, perceptrons
from helpers.training.evaluation import evaluate

# %% tags=["hide-input"]
run = runs.start(
    "jump_detection/09_memorising",
    globals(),
    **PARAMETERS,
)

# %% [markdown]
# ## Learning by heart
#
# Same signals, same initial weights, same steps as the learning network of [page 2](02_multilayer_perceptrons.ipynb);
# only the labels are in a random order. Training goes on until no training signal is classified wrongly. The study
# compares the steps that this takes with those of a learning network that stops early. These are two different ends;
# here the same network also learns its *true* labels by heart.

# %% tags=["hide-cell"]
task, signals = setting(run.parameters).task, setting(run.parameters).training_signals
made = run.stage(stage)
recipe = stage.false_labels(run.parameters)
memorising, by_heart = made["memorising-4"]
same_end = made["by-heart-4"].history
chosen = list(memorising.seeds)
same = slice(0, len(chosen))
learning, learned = run.stage(perceptrons, "mlp-4")["mlp-4"]
learning, turned = learning.select(same), learned.best_epoch[same]
false = recipe.signals(seeds=run.seeds, device=run.device)
true = sample(task, signals, seeds=chosen, purpose="train", device=run.device)
run.record_input("data", "training signals with false labels", "generated", [false.x, false.label])

# %% tags=["hide-input"]
run.figure(
    by_condition(
        {
            "epochs": {
                "learning, to its early stop": turned,
                "true labels, by heart": same_end.epochs,
                "false labels, by heart": by_heart.epochs,
            }
        }
    ),
    alt="Epochs of three trainings of the same networks: early stop, true labels by heart, false labels by heart.",
    caption="Epochs of training until the end of each: a dot per network, the mean and its 95% interval over them.",
)

# %% tags=["hide-input"]
run.claim("sec-6-2-2.memorises", by_heart.error == 0)
run.claim("sec-7-2.more-steps", by_heart.epochs / same_end.epochs)
early, history = made["memorising-4-stopped"]
early_share = 1 - evaluate(early, false).error
run.claim("sec-6-2-2.early-stopping", early_share)
run.measure("epochs to know the true labels by heart", same_end.epochs)
run.measure("epochs to know false labels by heart", by_heart.epochs)

# %% tags=["hide-input"]
run.say(
    f"False labels take {(by_heart.epochs / turned).mean():.0f} times the epochs of a learning network that stops early, "
    f"and {(by_heart.epochs / same_end.epochs).mean():.1f} times those of the same network that goes on until it knows the "
    f"true labels by heart (much more than learning: **{run.verdict('sec-7-2.more-steps')}**). Stopped where the "
    "validation loss is lowest, as the section says it was, the network has memorised "
    f"{early_share.mean():.1%} of its false labels (**{run.verdict('sec-6-2-2.early-stopping')}**)."
)

# %% [markdown]
# ### How many weights does it take?
#
# The study calls a huge number of parameters necessary for remembering, and tried no smaller network. Narrower networks
# of four layers get as many epochs as the full one needs.

# %% tags=["hide-cell"]
narrow = {found.networks.sizes[1]: found for found in run.stage(memorising_sizes).values()}
kept_right = {width: 1 - evaluate(found.networks, false).error for width, found in narrow.items()}
kept_right[memorising.sizes[1]] = 1 - by_heart.error
widths = list(kept_right)
weights = {
    w: sum(p[0].numel() for p in (narrow[w].networks if w in narrow else memorising).parameters()) for w in widths
}

# %% tags=["hide-input"]
run.figure(
    lines(
        list(weights.values()),
        {"training signals known": torch.stack([kept_right[w].cpu() for w in widths], dim=1)},
        x_label="parameters",
        y_label="share memorised",
    ),
    alt="Share of the false labels memorised against the number of parameters of four-layer networks.",
    caption="Share of the false labels that networks of several widths have memorised; mean and 95% interval over networks.",
)
run.claim("sec-6-2-2.narrower", kept_right[max(narrow)])
run.say(
    "Memorised, by width: "
    + "; ".join(f"{w} units ({weights[w]:,} parameters) {kept_right[w].mean():.0%}" for w in widths)
    + f". That remembering needs the huge number **{run.verdict('sec-6-2-2.narrower')}**."
)

# %% [markdown]
# ## Weights and biases

# %% tags=["hide-input"]
names = ["first layer", "second layer", "third layer", "output layer"]
for pair in (slice(0, 2), slice(2, 4)):
    shown = list(zip(names[pair], memorising.layers[pair], strict=True))
    run.figure(
        weight_maps({name: layer.weight[0] for name, layer in shown}, {name: layer.bias[0] for name, layer in shown}),
        alt=f"Heat maps of weights and biases of {' and '.join(names[pair])} of a memorising network: no structure.",
        caption="After figure 6.2 of the study, first seed; the study leaves the output layer out. Blue is negative, red "
        "positive.",
    )
run.claim("fig-6-2.no-insight")

# %% [markdown]
# ## Averaged activations, false labels
#
# Averages over the signals that bear each false label. Such averages are noisy, so the share of
# their variance that depends on the label is set beside the share that this noise alone would give.

# %% tags=["hide-cell"]
layers = memorising.activations(false.x)
averaged_false = [representations(layer, false.label, classes=task.classes) for layer in layers]
blank = recipe.build(seeds=run.seeds, device=run.device)  # the same networks before training
blank_layers = blank.activations(false.x)

# %% tags=["hide-input"]
run.figure(
    activation_maps(
        {n: a[0].T for n, a in zip(names, averaged_false, strict=True)},
        first_position=task.first,
        x_label="false label (as a position)",
    ),
    alt="Averaged activations over false labels: hidden layers show even horizontal lines, the output layer a diagonal.",
    caption="After figure 6.3 of the study, first seed: a row per unit, a column per false label of the training signals.",
)

# %%
unit_share = torch.stack([averaged_activations.variance_shares(a).unit for a in averaged_false[:3]])  # (layer, seed)
each = signals / task.classes  # signals of a label
noise_share = torch.stack(
    [
        (layer.double().var(dim=1) / each).mean(dim=-1) / a.var(dim=(1, 2), unbiased=False)
        for layer, a in zip(layers[:3], averaged_false[:3], strict=True)
    ]
)

# %% tags=["hide-input"]
run.claim("fig-6-3.no-stripes", unit_share.amin(dim=0))
run.claim("beyond-6-3.labels-in-averages", (1 - unit_share[2]) / noise_share[2])
run.say(
    "Share of the variance that depends on the false label, and what noise alone gives: "
    + "; ".join(
        f"{name} {1 - unit.mean():.3f} and {noise.mean():.3f}"
        for name, unit, noise in zip(names, unit_share, noise_share, strict=False)
    )
    + f". No stripes at all: **{run.verdict('fig-6-3.no-stripes')}**; the third layer holds the labels: "
    f"**{run.verdict('beyond-6-3.labels-in-averages')}**."
)


# %%
def unevenness(outputs):
    """Standard deviation over mean of the units' average activation, the smallest of the hidden layers."""
    level = torch.stack([layer.mean(dim=1) for layer in outputs[:3]])  # (layer, seed, unit)
    return (level.std(dim=-1) / level.mean(dim=-1)).amin(dim=0)


def silent(outputs):
    """The number of hidden units that are active for at most 1% of the signals."""
    return (torch.stack([(layer > 0).float().mean(dim=1) for layer in outputs[:3]]) <= 0.01).sum(dim=(0, 2))


def listed(counts):
    return ", ".join(map(str, counts.tolist()))


# %% tags=["hide-input"]
run.claim("fig-6-3.uneven", unevenness(layers), floor=unevenness(blank_layers))
run.claim("fig-6-3.silent", silent(layers) >= 1, floor=silent(blank_layers) >= 1)
blank_output = representations(blank_layers[3], false.label, classes=task.classes)
run.claim(
    "fig-6-3.output",
    averaged_activations.near_diagonal(averaged_false[3], reach=0),
    floor=averaged_activations.near_diagonal(blank_output, reach=0),
)
run.say(
    f"Units that are silent: {listed(silent(layers))} of 300 in the memorising networks, {listed(silent(blank_layers))} "
    "before training."
)

# %% [markdown]
# ## Averaged activations, true labels
#
# The same networks, with fresh signals of each true position. The study sees stripes here, and suspects that they come
# from the data. The test of that is a network that has learned nothing.

# %% tags=["hide-cell"]
per_class = run.by_scale(smoke=20, laptop=1_000, paper=1_000)
probe = sample_per_class(task, per_class, seeds=chosen, purpose="averages", device=run.device)


def averages(networks):
    """Averaged activation of every layer on the fresh signals."""
    return [averaged_activations.class_means(layer, task.classes) for layer in networks.activations(probe.x)]


averaged_true = averages(memorising)
parts = {"memorising": averaged_true, "learning": averages(learning), "untrained": averages(blank)}
by_position = {
    name: torch.stack([1 - averaged_activations.variance_shares(a).unit for a in averaged[:3]])  # (layer, seed)
    for name, averaged in parts.items()
}
striped = {
    name: torch.stack([averaged_activations.neighbour_correlation(a) for a in averaged[:3]]).amin(dim=0)
    for name, averaged in parts.items()
}

# %% tags=["hide-input"]
run.figure(
    activation_maps({n: a[0].T for n, a in zip(names, averaged_true, strict=True)}, first_position=task.first),
    alt="Averaged activations over true labels: stripes in the hidden layers, a blurred picture in the output layer.",
    caption="After figure 6.4 of the study, first seed: a row per unit, a column per true jump position.",
)
run.claim("fig-6-4.stripes", torch.stack(list(striped.values())).amin(dim=0))
by_label = {"false": 1 - unit_share.mean(dim=0), "true": by_position["memorising"].mean(dim=0)}
run.claim("fig-6-4.more-than-false", by_label)
run.claim("fig-6-4.fails", accuracy(memorising.predict(probe.x), probe.label))
run.claim("sec-6-2-4.alike", by_position["learning"][2] / by_position["memorising"][2])
for name in ("fig-6-4.caption", "sec-6-2-2.details", "sec-6-2-4.figure"):
    run.claim(name)

# %% tags=["hide-input"]
run.say(
    "Correlation of neighbouring positions, the smallest of three layers: "
    + ", ".join(f"{name} {values.mean():.3f}" for name, values in striped.items())
    + f". That the stripes come from the data **{run.verdict('fig-6-4.stripes')}**. The share of the variance that depends "
    "on the position, by hidden layer: "
    + "; ".join(
        f"{name} " + ", ".join(f"{value:.2f}" for value in values.mean(dim=1)) for name, values in by_position.items()
    )
    + f". Memorising and learning networks hard to tell apart: **{run.verdict('sec-6-2-4.alike')}**."
)

# %% [markdown]
# ## Maps of every layer
#
# t-SNE maps of the training signals and of every layer's activations. At laptop scale 2,000 signals of the first seed
# are mapped, for the figures, and 1,000 of each other one; at paper scale all 12,000 as in the study.


# %% tags=["hide-cell"]
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


mapped = [run.by_scale(smoke=100, laptop=2_000, paper=12_000)] + [
    run.by_scale(smoke=100, laptop=1_000, paper=12_000)
] * (len(chosen) - 1)

# %% tags=["hide-cell"]
maps = {}  # (network, layer, row of the seed) -> points of the map
for row, (s, size) in enumerate(tqdm(list(zip(chosen, mapped, strict=True)), desc="maps", disable=None)):
    x = true.x[:, :size]
    steps = run.by_scale(smoke=(10, 10), laptop=(250, 250) if row == 0 else (100, 250), paper=(250, 500))
    maps["input", 0, row] = tsne(x[row], s, *steps)
    for name, networks in {"memorising": memorising, "learning": learning}.items():
        for depth, layer in enumerate(networks.activations(x), start=1):
            maps[name, depth, row] = tsne(layer[row], s, *steps)

# %% tags=["hide-input"]
panels = ["input", *names]
first = {title: maps["memorising" if k else "input", k, 0] for k, title in enumerate(panels)}
colours = {kind: data.label[0, : mapped[0]].cpu() + task.first for kind, data in (("true", true), ("false", false))}
run.figure(
    draw_maps(
        {f"{title}, {kind}": points for title, points in first.items() for kind in colours},
        {f"{title}, {kind}": colours[kind] for title in first for kind in colours},
        columns=2,
        label="jump position by the true or the false labels",
    ),
    alt="t-SNE maps of input and four layers of a memorising network, coloured by true and by false labels.",
    caption="After figure 6.5 of the study, first seed: each layer of a memorising network, by true and by false labels.",
)

# %% tags=["hide-input"]
run.figure(
    draw_maps(
        {
            f"{who}: {title}": maps[who if k else "input", k, 0]
            for k, title in enumerate(panels)
            for who in ("memorising", "learning")
        },
        {f"{who}: {t}": colours[kind] for t in panels for who, kind in (("memorising", "false"), ("learning", "true"))},
        columns=2,
        label="jump position by the labels that were learned",
    ),
    alt="t-SNE maps of every layer of a memorising network and of a learning network side by side.",
    caption="After figure 6.6 of the study, first seed: each network's layers, coloured by the labels it was trained on.",
)

# %% [markdown]
# How well is a map ordered by the jump position? The mean position of a point's ten nearest neighbours in the map
# guesses its own; the share of the variance that this explains is 1 for perfect order and 0 for no order. Distances in
# a map are another matter, since t-SNE does not keep them: their rank correlation with those in the layer says how far
# they can be read.

# %%
positions, labels = (part.label.cpu().numpy() for part in (true, false))
order = {key: neighbours.knn_r2(np.asarray(m), positions[key[2], : len(m)]) for key, m in maps.items()}
rows = range(len(chosen))
memorised = {str(k): [order["memorising" if k else "input", k, r] for r in rows] for k in range(4)}
kept = {str(k): [order["learning" if k else "input", k, r] for r in rows] for k in range(4)}


def distances_kept(layer, drawn):
    """Rank correlation of the distances of 500 random pairs in a layer and in its map."""
    a, b = np.random.default_rng(0).integers(len(drawn), size=(2, 500))
    return stats.spearmanr(
        np.linalg.norm(layer[a] - layer[b], axis=1), np.linalg.norm(drawn[a] - drawn[b], axis=1)
    ).statistic


in_layers = [part.cpu().numpy() for part in [true.x, *memorising.activations(true.x)[:3]]]
same_order = [
    min(
        distances_kept(layer[r, : mapped[r]], np.asarray(maps["memorising" if k else "input", k, r]))
        for k, layer in enumerate(in_layers)
    )
    for r in rows
]

# %% tags=["hide-input"]
run.claim("fig-6-5.looser", memorised)
run.claim("fig-6-5.third-layer", memorised["3"])
run.claim("fig-6-6.learning", np.min([kept[k] for k in "123"], axis=0))
run.claim("fig-6-6.different", {"memorising": memorised["3"], "learning": kept["3"]})
run.claim("sec-6-3.distances", same_order)
votes, votes_input = (
    [neighbours.knn_accuracy(np.asarray(maps[who, k, r]), labels[r, : mapped[r]]) for r in rows]
    for who, k in (("memorising", 4), ("input", 0))
)
run.claim("fig-6-5.output", votes, floor=votes_input)

# %% tags=["hide-input"]
run.say(
    "The position is explained by neighbours in the maps, from input to third layer, for "
    + "; ".join(
        f"{np.mean(at['0']):.2f}, {np.mean(at['1']):.2f}, {np.mean(at['2']):.2f}, {np.mean(at['3']):.2f} ({name})"
        for name, at in (("memorising", memorised), ("learning", kept))
    )
    + f". No manifold of positions left in the memorising network's third layer: **{run.verdict('fig-6-5.third-layer')}**. "
    f"The maps keep the order of distances with a correlation of {np.mean(same_order):.2f} in the worst layer "
    f"({run.verdict('sec-6-3.distances')}), so distances are measured in the layers, on [page 10](10_deviation.ipynb)."
)

# %% [markdown]
# ### Is the regrouping abrupt?
#
# The study sees the false labels only in the output layer's map. A linear map, fitted by least squares to all training
# signals, asks each layer for them; what it finds for the same labels in yet another order is what a layer of so many
# units gives for nothing.

# %%
asked = {"input": true.x} | {f"layer-{k}": layer for k, layer in enumerate(memorising.activations(true.x)[:3], start=1)}
order_again = shuffle_labels(false, seeds=[1_000 + s for s in chosen]).label
found = {name: read_out(layer, false.label, classes=task.classes).cpu() for name, layer in asked.items()}
for_nothing = {name: read_out(layer, order_again, classes=task.classes).cpu() for name, layer in asked.items()}
excess = {name: found[name] - for_nothing[name] for name in asked}
in_learning = {
    "input": true.x,
    **{f"layer-{k}": layer for k, layer in enumerate(learning.activations(true.x)[:3], start=1)},
}
unfolded = {name: read_out(layer, true.label, classes=task.classes).cpu() for name, layer in in_learning.items()}

# %% tags=["hide-input"]
run.claim("sec-7-3.abrupt", excess["layer-3"])
run.claim("beyond-7-3.gradual", excess)
run.claim("beyond-7-3.unfolding", unfolded)
run.say(
    "False labels read out of a layer, and labels in yet another order: "
    + "; ".join(
        f"{name.replace('-', ' ')} {found[name].mean():.1%} and {for_nothing[name].mean():.1%}" for name in asked
    )
    + f". Abrupt in the output layer: **{run.verdict('sec-7-3.abrupt')}**; layer by layer: "
    f"**{run.verdict('beyond-7-3.gradual')}**. Neighbours in a map do not see it: they vote for "
    f"{np.mean([neighbours.knn_accuracy(np.asarray(maps['memorising', 3, r]), labels[r, : mapped[r]]) for r in rows]):.1%} "
    "of the labels in the third layer. True positions read out of the learning network: "
    + ", ".join(f"{name.replace('-', ' ')} {values.mean():.1%}" for name, values in unfolded.items())
    + f" (layer by layer: **{run.verdict('beyond-7-3.unfolding')}**)."
)

# %% [markdown]
# ## How sure, and how wrong
#
# The learning network stays undecided where two positions are possible; the memorising one has no reason to. The study
# thinks of noise that looks like a second jump, which would be somewhere else.

# %%
outputs = {"learning": learning.activations(true.x)[-1], "memorising": layers[-1]}
top = outputs["learning"].topk(2, dim=-1)
unsure = (top.values[..., 0] < 0.9).double()
elsewhere = (top.indices[..., 0] - top.indices[..., 1]).abs() >= 3
run.claim("fig-6-6.softer", {name: p.amax(dim=-1).mean(dim=-1) for name, p in outputs.items()})
run.claim("sec-6-3.two-answers", (elsewhere * unsure).sum(dim=-1) / unsure.sum(dim=-1).clamp(min=1))

# %% [markdown]
# Figure 7.3 describes the memorising network's answer to a new signal as case-based: the label of the nearest case in
# the last hidden layer. Nearest cases in the input are the comparison.

# %%
thinned = slice(None, None, run.by_scale(smoke=10, laptop=30, paper=6))
fresh = probe.x[:, thinned]
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
run.claim("fig-7-3.case-based", agreement["last hidden layer"], floor=agreement["input"])

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
at_two = (elsewhere * unsure).sum(dim=-1) / unsure.sum(dim=-1).clamp(min=1)
run.say(
    f"That the four-layer network memorises shuffled labels **{run.verdict('sec-6-2-2.memorises')}**; that this takes many "
    f"more steps than learning **{run.verdict('sec-7-2.more-steps')}**: to the same end "
    f"{(by_heart.epochs / same_end.epochs).mean():.1f} times the epochs. That the stripes of averaged activations come from "
    f"the data **{run.verdict('fig-6-4.stripes')}**. That the false labels arrive abruptly in the output layer "
    f"**{run.verdict('sec-7-3.abrupt')}**: a linear probe reads {found['layer-3'].mean():.0%} of them out of the "
    f"last hidden layer, and {for_nothing['layer-3'].mean():.0%} for labels in yet another order. Where the learning network is unsure, its second "
    f"answer is at least three points away for {at_two.mean():.0%} of the signals "
    f"(**{run.verdict('sec-6-3.two-answers')}**). Answers to new signals are those of the nearest case for "
    f"{agreement['last hidden layer'].mean():.0%} (**{run.verdict('fig-7-3.case-based')}**)."
)

# %% tags=["hide-input"]
run.finish()
