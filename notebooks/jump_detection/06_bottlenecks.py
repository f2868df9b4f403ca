# ---
# jupyter:
#   book:
#     stages:
#     - jump_detection/bottlenecks
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
# # Bottleneck networks
#
# Sections 4.1 and 4.2 of the study send the signal through a layer of only $p$ units, 2 to 10: *shallow* networks
# 100-p-60, and *deep* ones, 100-25-p-25-60. Their errors fall as $p$ grows, deep networks do better, and where the
# curve of the deep ones has a bump the study blames units that have gone silent (figures 4.3 to 4.5). With $p = 2$
# the layer can be drawn, and the jump positions lie in it along a curve (figures 4.6 to 4.9).

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many; each draws its own data, weights and shuffling
device = "auto"  # auto, cpu or cuda
jump = 3.0  # size of the jump
noise_std = 1.0  # standard deviation of the noise
learning_rate = 0.01
patience = 100  # training ends when the mean validation loss of so many epochs has not fallen for as many

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np
import torch

from helpers.pages import runs
from helpers.pages.verdicts import as_predicate
from helpers.statistics.slopes import slope_within_groups, slopes_by_seed
from helpers.studies.jump_detection import averaged_activations, representation
from helpers.studies.jump_detection.detectors import BayesDetector, GradientDetector
from helpers.studies.jump_detection.localisation import TITLES, claim_cells, localisation_errors
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample, sample_per_class
from helpers.studies.jump_detection.stages import bottlenecks, perceptrons

# %% tags=["hide-input"]
run = runs.start(
    "jump_detection/06_bottlenecks",
    globals(),
    **PARAMETERS,
    learning_rate=runs.Number(1e-6, 10),
    patience=runs.Integer(1, 1_000),
)

# %% [markdown]
# ## Eighteen networks, five seeds each
#
# Everything is as for the ordinary perceptrons of [page 2](02_multilayer_perceptrons.ipynb), early stopping included;
# only that narrow networks learn slowly, and may train for longer. All widths and seeds of a kind are trained as one
# stack, in which a narrow network is padded with units that do nothing.

# %%
chosen = setting(run.parameters)
task = chosen.task
WIDTHS, KINDS = bottlenecks.WIDTHS, ("shallow", "deep")
recipes, made = bottlenecks.recipes(run.parameters), run.stage(bottlenecks)
keys = {(kind, width): f"bottleneck-{kind}-{width}" for kind in KINDS for width in WIDTHS}
recipes, trained = ({name: by_key[key] for name, key in keys.items()} for by_key in (recipes, made))
longest = max(recipe.max_epochs for recipe in recipes.values())
found = run.stage(perceptrons, "mlp-2", "mlp-4")
test = sample(task, chosen.test_signals, seeds=run.seeds, purpose="test", device=run.device)

# %% tags=["hide-input"]
run.record_input("data", "test signals", "generated", [test.x, test.label])
ordinary = {layers: found[f"mlp-{layers}"].networks for layers in (2, 4)}
others = {
    "mlp-2": ordinary[2].predict(test.x),
    "mlp-4": ordinary[4].predict(test.x),
    "detector": GradientDetector.of(task).predict(test.x),
    "bayes": BayesDetector.of(task).predict(test.x, "zero-one"),
}
reference = {name: localisation_errors(predicted, test.label) for name, predicted in others.items()}
errors = {name: localisation_errors(network.predict(test.x), test.label) for name, (network, _) in trained.items()}
by_width = {
    kind: {m: torch.stack([getattr(errors[kind, w], m) for w in WIDTHS], dim=-1).cpu() for m in TITLES}
    for kind in KINDS
}  # (seed, width)
l1 = {kind: by_width[kind]["l1"] for kind in KINDS}

# %% tags=["hide-input"]
from helpers.plots.curves import line_panels

levels = {name: reference[name] for name in ("detector", "bayes")}
curves = {
    title: {
        **{kind: by_width[kind][m] for kind in KINDS},
        **{name: getattr(level, m).cpu()[:, None].repeat(1, len(WIDTHS)) for name, level in levels.items()},
    }
    for m, title in TITLES.items()
}
run.figure(
    line_panels(list(WIDTHS), curves, x_label="units of the bottleneck", y_label="error [points]"),
    alt="Four error measures of shallow and deep bottleneck networks for widths 2 to 10, with the derivative filter and the Bayes limit as level lines; the shallow networks start high and fall, the deep ones lie below.",
    caption="After figures 4.3 and 4.4: mean and 95% interval over seeds.",
)

# %% [markdown]
# ### When has a network trained for long enough?
#
# The study stops "when the cross-entropy loss of the validation data starts to increase". Taken to the letter, that
# is a patience of one epoch: with batches of 100 a rise comes by chance, long before the minimum. Training ends here
# when the mean of the losses of many epochs (the parameter `patience`) has not fallen for as many epochs, or at the
# largest number of epochs of this scale. The networks are those of the lowest loss.


# %%
def fall(loss: torch.Tensor, epochs: int) -> torch.Tensor:
    """By how many nats the mean validation loss of a seed's last epochs lies below that of the epochs before."""
    lasted = (~loss.isnan()).sum(dim=-1).tolist()
    half = [min(epochs, n // 2) for n in lasted]
    rows = zip(loss, lasted, half, strict=True)
    return torch.stack([row[n - 2 * h : n - h].mean() - row[n - h : n].mean() for row, n, h in rows])


# %% tags=["hide-input"]
histories = {name: history for name, (_, history) in trained.items()}
last = {name: (~h.validation_loss.isnan()).sum(dim=-1) for name, h in histories.items()}
rows = ["| network | ends after | lowest loss | with a patience of 20 | of 1 | still falls |", "| --- |" + " --- |" * 5]
for (kind, width), history in histories.items():
    ends = [history.best_epoch, *(history.best_epoch_with(waiting) for waiting in (20, 1))]
    loss = [float(history.validation_loss.gather(-1, epoch[:, None] - 1).mean()) for epoch in ends]
    falls = float(fall(history.validation_loss, patience).mean())
    span = f"{int(last[kind, width].min())} to {int(last[kind, width].max())}"
    name = f"100-{width}-60" if kind == "shallow" else f"100-25-{width}-25-60"
    rows.append(f"| {name} | {span} | {loss[0]:.3f} | {loss[1]:.3f} | {loss[2]:.3f} | {falls:.4f} |")
run.say("\n".join(rows))

# %% tags=["hide-input"]
cut = [f"{kind} {width}" for (kind, width), epochs in last.items() if int(epochs.max()) >= longest]
dearest = max(
    float(
        (
            h.validation_loss.gather(-1, h.best_epoch_with(20)[:, None] - 1)
            / h.validation_loss.nan_to_num(9).amin(-1, True)
        ).mean()
    )
    for h in histories.values()
)
run.say(
    "The columns give epochs, validation losses in nats (means over seeds), and by how much the mean loss of the "
    "last "
    f"{patience} epochs lies below that of the {patience} before. A patience of 20 epochs on single losses would "
    "cost up to "
    f"{dearest - 1:.0%} of the loss. Some seed was ended by the limit of {longest:,} epochs in: "
    f"{', '.join(cut) or 'no network'}."
)

# %% [markdown]
# ## Table 4.1
#
# The study prints the errors of two widths of each kind.

# %% tags=["hide-input"]
in_table = {"shallow-10": ("shallow", 10), "shallow-4": ("shallow", 4), "deep-10": ("deep", 10), "deep-4": ("deep", 4)}
run.claim_table("Table 4.1", claim_cells("table-4-1", {name: errors[key] for name, key in in_table.items()}))
run.claim("table-4-1.whole-number")

# %% [markdown]
# ### What the table is said to show

# %% tags=["hide-input"]
worse = (l1["shallow"] > reference["mlp-2"].l1.cpu()[:, None]).all(-1)
worse &= (l1["deep"] > reference["mlp-4"].l1.cpu()[:, None]).all(-1)
run.claim("table-4-1.worse-than-mlp", worse)
four = torch.stack([errors[network].l1 for network in in_table.values()])
run.claim("table-4-1.worse-than-detector", (four > reference["detector"].l1).all(0))
run.claim("table-4-1.worse-than-detector-printed")
for kind in KINDS:
    run.claim(f"table-4-1.fewer-is-worse-{kind}", {f"{kind}-{w}": errors[kind, w].l1 for w in (10, 4)})
run.claim("table-4-1.fewer-is-worse-printed")

# %% [markdown]
# Deep beats shallow, in the study's table. The study explains it with the number of parameters, which "are not
# sufficient" in a shallow bottleneck; an ordinary perceptron, it says, does worse with four layers than with two,
# since the gradient is lost on its way. Both reasons can be asked by themselves: a deep network with two units has
# 4,212 parameters, a shallow one with ten 1,670; and the gradient can be followed down through the untrained network.


# %%
def gradient_norms(networks, x: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """Mean norm of a signal's gradient with respect to the activations of each hidden layer (seed, layer)."""
    activations = []
    for layer, relu in zip(networks.layers, networks.relus, strict=False):
        x = relu(layer(x)).requires_grad_()
        activations.append(x)
    log_probability = networks.layers[-1](x).log_softmax(dim=-1).gather(-1, label[..., None])
    gradients = torch.autograd.grad(-log_probability.sum(), activations)
    return torch.stack([g.norm(dim=-1).mean(dim=-1) for g in gradients], dim=-1)


# %% tags=["hide-input"]
run.claim("table-4-1.deep-is-better", (l1["deep"] < l1["shallow"]).double().mean(-1))
run.claim("sec-4-2-2.mlp-depth", {name: reference[name].l1 for name in ("mlp-2", "mlp-4")})
untrained = perceptrons.recipes({**run.parameters, "long_training": False})["mlp-4"].build(
    seeds=run.seeds, device=run.device
)
norms = gradient_norms(untrained, test.x[:, :500], test.label[:, :500])
run.claim("sec-4-2-2.lost-gradients", norms[:, 0] / norms[:, -1])
run.claim("sec-4-2-2.parameters", {"deep-2": errors["deep", 2].l1, "shallow-10": errors["shallow", 10].l1})

# %% [markdown]
# ## Errors against the width

# %% tags=["hide-input"]
for figure, kind in (("fig-4-3", "shallow"), ("fig-4-4", "deep")):
    for m, values in by_width[kind].items():
        named = dict(zip(map(str, WIDTHS), values.T, strict=True))
        run.claim(f"{figure}.{m.replace('_', '-')}-falls", named)
column = {width: index for index, width in enumerate(WIDTHS)}
reliable = ["l1", "l1_99", "l2_99"]
falls = {kind: torch.stack([by_width[kind][m].diff(dim=-1) < 0 for m in reliable]).all(0) for kind in KINDS}
run.claim("fig-4-3.monotone", falls["shallow"].all(-1))
run.claim("fig-4-4.not-monotone", (~falls["deep"]).any(-1))
for low, high in ((5, 6), (9, 10)):
    run.claim(f"fig-4-4.rise-{low}-{high}", {f"deep-{w}": errors["deep", w].l1 for w in (low, high)})
steps = {kind: float(falls[kind].double().mean()) for kind in KINDS}
run.say(
    f"All three reliable errors fall together in {steps['shallow']:.0%} of the steps from one width to the next in "
    "shallow "
    f"networks, and in {steps['deep']:.0%} in deep ones. The rises that the study names: from five to six units "
    f"{as_predicate(run.verdict('fig-4-4.rise-5-6'))}, from nine to ten "
    f"{as_predicate(run.verdict('fig-4-4.rise-9-10'))}."
)

# %% [markdown]
# Which measure is reliable? One that gives much the same for networks that differ only in their seed.

# %% tags=["hide-input"]
spread = {m: ((v - v.mean(0)).abs() / v.mean(0)).mean(-1) for m, v in by_width["shallow"].items()}  # (seed)
run.claim(
    "fig-4-3.l2-less-reliable", {"others": torch.stack([spread[m] for m in reliable]).mean(0), "l2": spread["l2"]}
)
said = "; ".join(f"{TITLES[m]} {float(values.mean()):.3f}" for m, values in spread.items())
run.say(f"Relative spread over seeds: {said}.")

# %% [markdown]
# Three remarks on these errors stand in section 4.3, which takes them as its starting point, and one in its summary.

# %% tags=["hide-input"]
run.claim("sec-4-3.acceptable")
run.claim("sec-4-3.figure-4-1")
run.claim("sec-4-3-1.enough-room", 1 - errors["shallow", 10].l1 / errors["shallow", 5].l1)
run.claim("sec-4-3-1.enough-room-printed")
run.claim("sec-4-3-5.p10-enough", errors["shallow", 10].l1 / reference["mlp-2"].l1)
epochs = histories["shallow", 2].best_epoch.double() / found["mlp-2"].history.best_epoch.double()
run.claim("sec-4-3-5.p2-difficult", epochs)

# %% [markdown]
# ## Silent units
#
# A unit counts as de-activated if at most 1% of the test signals activate it, in each hidden layer, at each width.

# %%
masks = {  # name -> (seed, unit) of each hidden layer
    name: [representation.silent_units(a).cpu() for a in network.activations(test.x)[:-1]]
    for name, (network, _) in trained.items()
}
silent = {  # (seed, width, hidden layer)
    kind: torch.stack([torch.stack([mask.sum(-1) for mask in masks[kind, w]], dim=-1) for w in WIDTHS], dim=1)
    for kind in KINDS
}
dead = silent["deep"][..., 1]  # (seed, width), in the bottleneck
width = torch.tensor(WIDTHS).expand_as(dead)
active = width - dead

# %% tags=["hide-input"]
names = ["25 units before", "bottleneck", "25 units after"]
run.figure(
    line_panels(
        list(WIDTHS),
        {
            "deep": {name: silent["deep"][..., i].double() for i, name in enumerate(names)},
            "shallow": {"hidden layer": silent["shallow"][..., 0].double()},
        },
        x_label="units of the bottleneck",
        y_label="de-activated units",
    ),
    alt="Number of de-activated units in each hidden layer of the deep and the shallow networks, for widths 2 to 10.",
    caption="De-activated units: mean and 95% interval over seeds.",
)
for w in (5, 6, 9, 10):
    run.claim(f"fig-4-5.dead-{w}", dead[:, column[w]])
run.claim("sec-4-2-2.deep-layers-die", (silent["deep"].sum(1) > 0).all(-1))
run.claim("sec-4-2-2.shallow-none-dies", (silent["shallow"] == 0).all(-1).all(-1))

# %% tags=["hide-input"]
from helpers.plots.heatmaps import activation_maps

per_class = run.by_scale(smoke=20, laptop=200, paper=1_000)
probe = sample_per_class(task, per_class, seeds=run.seeds, purpose="averages", device=run.device)
maps = {
    f"p = {w}": averaged_activations.class_means(trained["deep", w][0].activations(probe.x)[1], task.classes)[0].T.cpu()
    for w in (5, 6, 9, 10)
}
run.figure(
    activation_maps(maps, first_position=task.first),
    alt="Averaged activations of the bottleneck units of four deep networks for every jump position; de-activated units are dark rows.",
    caption="After figure 4.5, first seed: a row per unit of the deep networks' bottleneck; a row without any light is a de-activated unit.",
)

# %% [markdown]
# ### Do they explain the bumps?
#
# The study saw one run, and reads its bumps off it: where a unit died, the error rose. Over the seeds the question
# can be put in three ways. When the error rises from one width to the next, did the number of active units fail to
# grow? Among networks of one width, do those with more silent units make larger errors? And among networks with as
# many *active* units, is the width without influence?

# %%
log_error = l1["deep"].log()
rises, fails = l1["deep"].diff(dim=-1) > 0, active.diff(dim=-1) <= 0
outer = silent["deep"][..., 0] + silent["deep"][..., 2]  # in the two layers of 25
pairs = {  # what the logarithm of the error is set against, and within which groups
    "fig-4-4.dead-units-cost": (dead, width),
    "fig-4-5.same-active-same-error": (width, active),
    "sec-4-2-2.tolerated": (outer, width),
}
slopes = {}
for claim, (x, group) in pairs.items():
    arrays = [part.numpy() for part in (x, log_error, group)]
    slopes[claim] = slopes_by_seed(*arrays) if len(run.seeds) > 1 else [slope_within_groups(*map(np.ravel, arrays))]

# %% tags=["hide-input"]
from helpers.metrics.similarity import correlation

run.claim("fig-4-4.rises-are-deaths", fails[rises])
for claim, values in slopes.items():
    run.claim(claim, values)
explains = {
    name: correlation(units.clamp(min=0.5).log(), log_error) ** 2
    for name, units in (("width", width.double()), ("active", active.double()))
}
run.claim("fig-4-4.active-not-width", explains)
price, same, tolerated = (np.expm1(np.mean(values)) for values in slopes.values())
run.say(
    f"The error rises in {int(rises.sum())} of {rises.numel()} steps. In {float(fails[rises].double().mean()):.0%} "
    "of the "
    f"rises, and in {float(fails[~rises].double().mean()):.0%} of the falls, the number of active units failed to "
    "grow. A "
    f"silent unit more at the same width changes the error by {price:+.1%}; a unit more at the same number of "
    "active ones "
    f"by {same:+.1%}; a silent unit more in the layers of 25 by {tolerated:+.1%}."
)

# %% tags=["hide-input"]
from helpers.studies.jump_detection.plots.plane import error_by_units

run.figure(
    error_by_units(active.flatten(), l1["deep"].flatten(), width.flatten()),
    alt="L1 error of all deep bottleneck networks against the number of their active bottleneck units, coloured by width.",
    caption="All deep networks of all seeds. Points above each other have as many active units; their colour is the width.",
)

# %% [markdown]
# Why does a unit fall silent? The study thinks of gradients that get lost on the way and of activations that fall
# below zero during training. The other possibility is that a unit was silent before training began: in the deep
# networks the bottleneck's inputs are themselves activations, which have no sign, so that a unit whose weights are
# negative enough starts out dead and, without a gradient, remains so.

# %% tags=["hide-input"]
at_first = {
    w: representation.silent_units(recipes["deep", w].build(seeds=run.seeds, device=run.device).activations(test.x)[1])
    for w in WIDTHS
}
born = torch.stack([mask.sum(-1).cpu() for mask in at_first.values()], dim=-1)  # (seed, width)
died = torch.cat([~at_first[w].cpu()[masks["deep", w][1]] for w in WIDTHS])  # one per unit that is silent now
revived = sum(int((at_first[w].cpu() & ~masks["deep", w][1]).sum()) for w in WIDTHS)
run.measure("bottleneck units silent before training", born.double().sum(-1))
run.measure("bottleneck units silent after training", dead.double().sum(-1))
run.claim("sec-4-2-2.die-in-training", died if len(died) else [False])
run.say(
    f"Of the bottleneck units of the deep networks {int(born.sum())} are silent before training and "
    f"{int(dead.sum())} after it. "
    f"Of the latter, {len(died) - int(died.sum())} were silent from the start; {revived} that were silent at first "
    "came to "
    "life, when the layer below changed."
)

# %% [markdown]
# ## Two units, to look at
#
# Averaged activations of 100-2-60, and its output (figure 4.6); the same for 100-25-2-25-60 (figure 4.9). What was
# found for the hidden layers of ordinary perceptrons, the study says, holds for these as well.

# %%
hidden, raw, output, means = {}, {}, {}, {}
for kind in KINDS:
    place, layers_of = recipes[kind, 2].bottleneck, trained[kind, 2][0].activations(probe.x)
    before = recipes[kind, 2].build(seeds=run.seeds, device=run.device)
    hidden[kind], output[kind], raw[kind] = layers_of[place], layers_of[-1], before.activations(probe.x)[place]
    means[kind] = averaged_activations.class_means(hidden[kind], task.classes)  # (seed, class, 2)

# %% tags=["hide-input"]
for kind, figure in (("shallow", "4.6"), ("deep", "4.9")):
    pictures = {"bottleneck": means[kind], "output": averaged_activations.class_means(output[kind], task.classes)}
    run.figure(
        activation_maps({name: a[0].T for name, a in pictures.items()}, first_position=task.first),
        alt=f"Averaged activations of the two bottleneck units and of the 60 outputs of the {kind} network for every jump position.",
        caption=f"After figure {figure}, first seed: a row per unit, a column per jump position.",
    )


def likeness(networks, place: int) -> torch.Tensor:
    """Correlation of the averaged activations of neighbouring positions in a layer."""
    averaged = averaged_activations.class_means(networks.activations(probe.x)[place], task.classes)
    return averaged_activations.neighbour_correlation(averaged)


stripes = {}  # smallest likeness of the hidden layers (seed)
for name in ("trained", "untrained"):
    networks = [
        trained[kind, 10][0] if name == "trained" else recipes[kind, 10].build(seeds=run.seeds, device=run.device)
        for kind in KINDS
    ]
    alike = [likeness(net, place) for net in networks for place in range(len(net.layers) - 1)]
    stripes[name] = torch.stack(alike).nan_to_num(0).amin(0)
run.claim("sec-4-2-1.like-mlps", stripes["trained"], floor=stripes["untrained"])
run.claim("sec-4-2-3.figure-4-9")

# %% [markdown]
# Which classes does 100-2-60 tell apart worst? The study names the classes 21 to 23 and 78 to 80, and explains them
# with a unit that is off.

# %% tags=["hide-input"]
right = output["shallow"].argmax(-1) == probe.label
right = right.double().unflatten(1, (task.classes, -1)).mean(-1).cpu()  # (seed, class)
run.claim("fig-4-6.adjacent-classes", (right < 0.05).sum(-1))
at_ends = torch.zeros(task.classes, dtype=torch.bool)
at_ends[[0, 1, 2, -3, -2, -1]] = True
run.claim("fig-4-6.at-the-ends", {"ends": right[:, at_ends].mean(-1), "others": right[:, ~at_ends].mean(-1)})
off = representation.silent_classes(means["shallow"]).bool().cpu()
grouped = {
    name: [float(r[m].mean()) for r, m in zip(right, mask, strict=True)]
    for name, mask in (("one-silent", off), ("both-active", ~off))
}
run.claim("fig-4-6.poorest-where-one-is-off", grouped)
run.claim("sec-4-2-3.off-explains")
ends = representation.silent_ends(means["shallow"])
run.claim("fig-4-7.off-at-both-ends", (ends.first > 0) & (ends.last > 0))
run.claim("fig-4-7.off-long", torch.maximum(*ends))
run.claim("fig-4-7.off-short", torch.minimum(*ends))

# %% tags=["hide-input"]
listed = [", ".join(map(str, one.tolist())) for one in (ends.first, ends.last, off.sum(-1))]
run.say(
    f"Classes with a silent unit, a number per seed: {listed[0]} from the first on, {listed[1]} up to the last, "
    f"{listed[2]} in "
    f"all. There the accuracy is {np.nanmean(grouped['one-silent']):.2f}, elsewhere "
    f"{np.nanmean(grouped['both-active']):.2f}."
)

# %% [markdown]
# ### The plane
#
# Every signal is a point of the plane of both activations.

# %% tags=["hide-input"]
from helpers.studies.jump_detection.plots.plane import curves as plane_curves
from helpers.studies.jump_detection.plots.plane import representation as plane

run.claim("sec-4-2-3.self-reference")
for kind, figure in (("shallow", "4.7"), ("deep", "4.8")):
    run.figure(
        plane(
            hidden[kind][0].unflatten(0, (task.classes, -1))[:, :100],
            means[kind][0],
            positions=task.positions,
            unit_names=("unit 1", "unit 2"),
        ),
        alt=f"Activations of the two bottleneck units of the {kind} network for single signals and averaged per class, coloured by jump position.",
        caption=f"After figure {figure}, first seed: single signals, at most 100 of each class, and class means.",
    )

# %% [markdown]
# Is that curve a rule or one seed's? All class means:

# %% tags=["hide-input"]
for kind in KINDS:
    run.figure(
        plane_curves(
            {f"seed {s}": means[kind][i].cpu() for i, s in enumerate(run.seeds)},
            positions=task.positions,
            columns=min(3, len(run.seeds)),
        ),
        alt=f"Curves of the class means in the plane of both bottleneck units, for the {kind} network of every seed.",
        caption=f"Class means of every seed, {kind} networks. Each panel has its own axes.",
    )

# %% [markdown]
# Does each class have an area of its own, do neighbours lie side by side, and does the distance grow with that of the
# positions? The floor is the same layer before training, where two random weighted sums of the signal are all there
# is.

# %% tags=["hide-input"]
for kind, figure in (("shallow", "fig-4-7"), ("deep", "fig-4-8")):
    raw_means = averaged_activations.class_means(raw[kind], task.classes)
    floor = [representation.neighbour_separation(x, task.classes) for x in (hidden[kind], raw[kind])]
    run.claim(f"{figure}.area", floor[0], floor=floor[1].nan_to_num(0))
    pair = [representation.adjacent_is_nearest(m) for m in (means[kind], raw_means)]
    run.claim(f"{figure}.ordered", pair[0], floor=pair[1])
    pair = [representation.order_correlation(m).nan_to_num(0) for m in (means[kind], raw_means)]
    run.claim(f"{figure}.closer", pair[0], floor=pair[1])
    classes = 1 / float(floor[0].mean())
    run.say(
        f"In the {kind} network a signal lies {classes:.1f} times as far from the mean of its class as that mean "
        "lies from the "
        "next one."
    )

# %% [markdown]
# The summary of the section widens this to all signals: what is close in the input remains close in the hidden
# layer. The distance between two signals of the input is the distance of their jumps, and noise.

# %% tags=["hide-input"]
from scipy import stats
from scipy.spatial.distance import pdist

few = run.by_scale(smoke=100, laptop=1_500, paper=3_000)
networks = trained["shallow", 2][0], recipes["shallow", 2].build(seeds=run.seeds, device=run.device)
distances = [pdist(x) for x in test.x[:, :few].cpu().numpy()]
seen = [net.activations(test.x[:, :few])[0].cpu().numpy() for net in networks]
kept = [[stats.spearmanr(d, pdist(h)).statistic for d, h in zip(distances, both, strict=True)] for both in seen]
run.claim("sec-4-2-3.neighbours-stay", kept[0], floor=np.nan_to_num(kept[1]))

# %% [markdown]
# ### The two non-linearities
#
# Section 4.3.1 calls that of the hidden layer mild, and leaves it out of its analysis; that of the output is to play
# "a crucial role". Each can be taken away from the trained network.

# %% tags=["hide-input"]
two = trained["shallow", 2][0]
without = two.layers[1](two.layers[0](test.x)).argmax(-1)
linear = localisation_errors(without, test.label).l1
run.claim("sec-4-3-1.mild", linear / errors["shallow", 2].l1)
answers = [two(test.x).argmax(-1), two.activations(test.x)[-1].argmax(-1)]
run.claim("sec-4-3-1.softmax", (answers[0] != answers[1]).double().mean(-1))

# %% [markdown]
# ## How far from the limit?

# %% tags=["hide-input"]
rows = ["| | L1 [points] | times the limit |", "| --- | --- | --- |"]
for name, e in {**reference, **{"-".join(map(str, n)): e for n, e in errors.items()}}.items():
    run.measure(f"{name}: L1", e.l1)
    rows.append(f"| {name} | {e.l1.mean():.3f} | {(e.l1 / reference['bayes'].l1).mean():.2f} |")
run.say("\n".join(rows))

# %% [markdown]
# ## What we now know


# %% tags=["hide-input"]
def verdict(claim: str) -> str:
    return as_predicate(run.verdict(claim))


numbers = [run.verdict(f"table-4-1.{name}.{m.replace('_', '-')}") for name in in_table for m in TITLES]
run.say(
    f"Of the sixteen numbers of table 4.1, {numbers.count('holds')} hold, {numbers.count('fails')} fail and "
    f"{numbers.count('undecided')} are undecided. That deep networks beat shallow ones of the same width "
    f"{verdict('table-4-1.deep-is-better')}; that all bottlenecks are worse than the derivative filter "
    f"{verdict('table-4-1.worse-than-detector')}.\n\n"
    f"That a silent unit costs something {verdict('fig-4-4.dead-units-cost')} ({price:+.1%} of the error each); that "
    f"silent units cause the bumps {verdict('fig-4-4.rises-are-deaths')}; that they fall silent in training "
    f"{verdict('sec-4-2-2.die-in-training')}. That the classes lie along a curve in the plane of two units, "
    f"neighbour beside neighbour: shallow network, {run.verdict('fig-4-7.ordered')}; deep network, "
    f"{run.verdict('fig-4-8.ordered')}. That each class has an area of its own: shallow network, "
    f"{run.verdict('fig-4-7.area')}; deep network, {run.verdict('fig-4-8.area')}. That "
    f"the non-linearity of the two units is mild {verdict('sec-4-3-1.mild')}."
)

# %% tags=["hide-input"]
run.finish()
