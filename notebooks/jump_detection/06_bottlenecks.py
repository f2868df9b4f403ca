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

# %%
import numpy as np
import torch

from helpers.pages import runs
from helpers.statistics.permutation import slope_within_groups
from helpers.studies.jump_detection import averaged_activations, representation
from helpers.studies.jump_detection.detectors import BayesDetector, GradientDetector
from helpers.studies.jump_detection.localisation import localisation_errors
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample, sample_per_class
from helpers.studies.jump_detection.stages import bottlenecks, perceptrons

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
# Everything is as for the ordinary perceptrons (page 2), early stopping included; only that narrow networks learn
# slowly, and may train for longer. All widths and seeds of a kind are trained as one stack, in which a narrow network
# is padded with units that do nothing.

# %%
chosen = setting(run.parameters)
task = chosen.task
WIDTHS = bottlenecks.WIDTHS
recipes, made = bottlenecks.recipes(run.parameters), run.stage(bottlenecks)
keys = {(kind, width): f"bottleneck-{kind}-{width}" for kind in ("shallow", "deep") for width in WIDTHS}
recipes, trained = ({name: by_key[key] for name, key in keys.items()} for by_key in (recipes, made))

# %% [markdown]
# When has a network trained for long enough? The study stops "when the cross-entropy loss of the validation data starts
# to increase". Taken to the letter, that is a patience of one epoch: with batches of 100 a rise comes by chance, long
# before the minimum. Training ends here when the mean of the losses of many epochs (the parameter `patience`) has not
# fallen for as many epochs. The networks are those of the lowest loss.

# %%
for (kind, width), (_, history) in trained.items():
    ends = [history.best_epoch, *(history.best_epoch_with(waiting) for waiting in (20, 1))]
    loss = [float(history.validation_loss.gather(-1, epoch[:, None] - 1).mean()) for epoch in ends]
    print(
        f"{kind:8}{width:3}: minimum at {ends[0].tolist()} of {history.epochs} epochs, loss {loss[0]:.3f}; "
        f"with a patience of 20 epochs {loss[1]:.3f}, of 1 {loss[2]:.3f}"
    )

# %%
test = sample(task, chosen.test_signals, seeds=run.seeds, purpose="test", device=run.device)
run.record_input("data", "test signals", "generated", [test.x, test.label])
found = run.stage(perceptrons, "mlp-2", "mlp-4")
ordinary = {layers: found[f"mlp-{layers}"].networks for layers in (2, 4)}
others = {
    "mlp-2": ordinary[2].predict(test.x),
    "mlp-4": ordinary[4].predict(test.x),
    "detector": GradientDetector.of(task).predict(test.x),
    "bayes": BayesDetector.of(task).predict(test.x, "zero-one"),
}
reference = {name: localisation_errors(predicted, test.label) for name, predicted in others.items()}
errors = {name: localisation_errors(network.predict(test.x), test.label) for name, (network, _) in trained.items()}

# %% [markdown]
# ## Table 4.1
#
# Four of the eighteen stand in the study's table.

# %%
study = {
    "detector": [0.5532, 1.4946, 0.4917, 0.7443],
    "mlp-2": [0.3083, 0.7722, 0.2675, 0.6222],
    "mlp-4": [0.3913, 0.8428, 0.3531, 0.7075],
    "shallow-10": [0.7980, 1.4658, 0.7370, 1.0820],
    "shallow-4": [1.1626, 1.6809, 1.0993, 1.4755],
    "deep-10": [0.6478, 1.3121, 0.5742, 0.9255],
    "deep-4": [0.7000, 1.1795, 0.6450, 0.9661],
}
in_table = {name: (name.split("-")[0], int(name.split("-")[1])) for name in list(study)[3:]}
for name, network in in_table.items():
    for measure, values in errors[network]._asdict().items():
        run.claim(f"table-4-1.{name}.{measure.replace('_', '-')}", values)

# %%
from helpers.studies.jump_detection.plots.bars import methods

MEASURES = {"l1": "L1", "l2": "L2", "l1_99": "L1, best 99 %", "l2_99": "L2, best 99 %"}
shown = {**reference, **{name: errors[network] for name, network in in_table.items()}}
run.figure(
    methods({name: e._asdict() for name, e in shown.items()}, paper=study, measures=list(MEASURES.values())),
    alt="Bars of four error measures for four bottleneck networks, two ordinary perceptrons, the derivative filter and the Bayes limit, with the study's values marked.",
    caption="Table 4.1 with the limit: mean and 95 % interval over seeds; diamonds are the study's values.",
)

# %% [markdown]
# At the minimum of the validation loss the study's numbers come out; at the first rise they would be far larger, so
# that this must be what the study did, too. Only the L2 errors of the deep networks are further off than 15 %, and
# there the seeds differ as much.
#
# ### What the table is said to show
#
# Its own numbers do not bear out two of the sentences beside it: of the four bottleneck networks three have a
# *smaller* L2 error than the signal processing approach they are said to be worse than, and the deep network with
# fewer units has the smaller L2 error.

# %%
l1 = {kind: torch.stack([errors[kind, w].l1 for w in WIDTHS], dim=-1) for kind in ("shallow", "deep")}  # (seed, width)
column = {width: index for index, width in enumerate(WIDTHS)}
worse = (l1["shallow"] > reference["mlp-2"].l1[:, None]).all(-1) & (l1["deep"] > reference["mlp-4"].l1[:, None]).all(-1)
run.claim("table-4-1.worse-than-mlp", worse)
four = torch.stack([errors[network].l1 for network in in_table.values()])
run.claim("table-4-1.worse-than-detector", (four > reference["detector"].l1).all(0))
four_printed = [study[name] for name in in_table]
run.claim(
    "table-4-1.worse-than-detector-printed", all(np.greater(row, study["detector"]).all() for row in four_printed)
)
for kind in ("shallow", "deep"):
    run.claim(f"table-4-1.fewer-is-worse-{kind}", {f"{kind}-{w}": errors[kind, w].l1 for w in (10, 4)})
ordered = [np.greater(study[f"{kind}-4"], study[f"{kind}-10"]).all() for kind in ("shallow", "deep")]
run.claim("table-4-1.fewer-is-worse-printed", all(ordered))

# %% [markdown]
# Deep beats shallow. The study explains it with the number of parameters, which "are not sufficient" in a shallow
# bottleneck. Then a deep network with two units (4,212 parameters) should beat a shallow one with ten (1,670).

# %%
run.claim("table-4-1.deep-is-better", (l1["deep"] < l1["shallow"]).double().mean(-1))
run.claim("sec-4-2-2.mlp-depth", {name: reference[name].l1 for name in ("mlp-2", "mlp-4")})
run.claim("sec-4-2-2.parameters", {"deep-2": errors["deep", 2].l1, "shallow-10": errors["shallow", 10].l1})

# %% [markdown]
# ## Errors against the width
#
# Figures 4.3 and 4.4, both kinds in each panel, with the two methods that need no training.

# %%
from helpers.plots.curves import line_panels

curves = {
    title: {
        **{kind: torch.stack([getattr(errors[kind, w], m) for w in WIDTHS], dim=-1).cpu() for kind in l1},
        **{name: getattr(reference[name], m).cpu()[:, None].repeat(1, len(WIDTHS)) for name in ("detector", "bayes")},
    }
    for m, title in MEASURES.items()
}
run.figure(
    line_panels(list(WIDTHS), curves, x_label="units of the bottleneck"),
    alt="Four error measures of shallow and deep bottleneck networks for widths 2 to 10, falling, with the derivative filter and the Bayes limit as level lines.",
    caption="Figures 4.3 and 4.4 [points]: mean and 95 % interval over seeds.",
)

# %%
by_width = {kind: {m: curves[t][kind] for m, t in MEASURES.items()} for kind in l1}
for figure, kind in (("fig-4-3", "shallow"), ("fig-4-4", "deep")):
    for measure, values in by_width[kind].items():
        run.claim(f"{figure}.{measure.replace('_', '-')}-falls", dict(zip(map(str, WIDTHS), values.T, strict=True)))
reliable = ["l1", "l1_99", "l2_99"]
falls = {kind: torch.stack([by_width[kind][m].diff(dim=-1) < 0 for m in reliable]).all(0) for kind in l1}
run.claim("fig-4-3.monotone", falls["shallow"].all(-1))
run.claim("fig-4-4.not-monotone", (~falls["deep"]).any(-1))
for low, high in ((5, 6), (9, 10)):
    pair = {f"deep-{w}": errors["deep", w].l1 for w in (low, high)}
    run.claim(f"fig-4-4.rise-{low}-{high}", pair)

# %% [markdown]
# The shallow networks' errors fall with nearly every unit; the deep ones' are small from the start and hardly change
# from five units on, so that the seeds decide where a single run shows a bump. The two rises that the study names are
# not a property of these widths.
#
# Which measure is reliable? One that gives much the same for networks that differ only in their seed.

# %%
spread = {m: ((v - v.mean(0)).abs() / v.mean(0)).mean(-1) for m, v in by_width["shallow"].items()}  # (seed)
for measure, values in spread.items():
    print(f"{MEASURES[measure]:14} relative spread over seeds {values.mean():.3f}")
run.claim(
    "fig-4-3.l2-less-reliable", {"others": torch.stack([spread[m] for m in reliable]).mean(0), "l2": spread["l2"]}
)
gain = 1 - errors["shallow", 10].l1 / errors["shallow", 5].l1
run.claim("sec-4-3-1.enough-room", gain)
run.claim("sec-4-3-1.enough-room-printed", bool(1 - study["shallow-10"][0] / study["shallow-4"][0] <= 0.1))
run.claim("sec-4-3.acceptable", errors["shallow", 2].l1)
run.claim("sec-4-3.figure-4-1", "auto-encoder, six inputs" == "errors of the bottleneck networks")

# %% [markdown]
# The text of section 4.3 sends the reader to figure 4.1 for these errors: that is the drawing of an auto-encoder. Its
# remark that more than three to five units need not help agrees neither with its own table nor with ours.
#
# ## Silent units
#
# A unit counts as de-activated if at most 1 % of the test signals activate it, in each hidden layer, at each width.

# %%
masks = {  # name -> (seed, unit) of each hidden layer
    name: [representation.silent_units(a).cpu() for a in network.activations(test.x)[:-1]]
    for name, (network, _) in trained.items()
}
silent = {  # (seed, width, hidden layer)
    kind: torch.stack([torch.stack([mask.sum(-1) for mask in masks[kind, w]], dim=-1) for w in WIDTHS], dim=1)
    for kind in l1
}
layers = ["25 units before", "bottleneck", "25 units after"]
run.figure(
    line_panels(
        list(WIDTHS),
        {
            "deep": {name: silent["deep"][..., i].double() for i, name in enumerate(layers)},
            "shallow": {"hidden layer": silent["shallow"][..., 0].double()},
        },
        x_label="units of the bottleneck",
    ),
    alt="Number of de-activated units in each hidden layer of the deep and the shallow networks, for widths 2 to 10.",
    caption="De-activated units: mean and 95 % interval over seeds.",
)

# %%
dead = silent["deep"][..., 1]  # (seed, width), in the bottleneck
print("de-activated bottleneck units of the deep networks, a row per seed, widths 2 to 10:")
print(dead)
for width in (5, 6, 9, 10):
    run.claim(f"fig-4-5.dead-{width}", dead[:, column[width]])
run.claim("sec-4-2-2.deep-layers-die", (silent["deep"].sum(1) > 0).all(-1))
run.claim("sec-4-2-2.shallow-none-dies", (silent["shallow"] == 0).all(-1).all(-1))

# %%
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
    caption="Figure 4.5, first seed: a row per unit of the deep networks' bottleneck; a row without any light is a de-activated unit.",
)

# %% [markdown]
# ### Do they explain the bumps?
#
# The study saw one run, and reads its bumps off it: where a unit died, the error rose. Over five seeds the question
# can be put in three ways. When the error rises from one width to the next, did the number of active units fail to
# grow? Among networks of one width, do those with more silent units make larger errors? And among networks with as
# many *active* units, is the width without influence?

# %%
width = torch.tensor(WIDTHS).expand_as(dead)
active = width - dead
log_error = l1["deep"].cpu().log()
rises, fails = l1["deep"].cpu().diff(dim=-1) > 0, active.diff(dim=-1) <= 0
print(
    f"the error rises in {int(rises.sum())} of {rises.numel()} steps; active units fail to grow in {int(fails.sum())}"
)
print(
    f"share of such steps: among rises {fails[rises].double().mean():.2f}, among falls {fails[~rises].double().mean():.2f}"
)
run.claim("fig-4-4.rises-are-deaths", fails[rises].double().mean())
arrays = [part.flatten().numpy() for part in (dead, log_error, width, active)]
cost = slope_within_groups(arrays[0], arrays[1], arrays[2])
same = slope_within_groups(arrays[2], arrays[1], arrays[3])
print(f"a silent unit more at the same width: error × {np.exp(cost.slope):.3f} (p = {cost.p_value:.4f})")
print(f"a unit more at the same number of active ones: error × {np.exp(same.slope):.3f} (p = {same.p_value:.4f})")
run.claim("fig-4-4.dead-units-cost", cost.p_value)
run.claim("fig-4-5.same-active-same-error", same.p_value)

# %%
from helpers.metrics.similarity import correlation

explains = {
    name: correlation(units.clamp(min=0.5).log(), log_error) ** 2
    for name, units in (("width", width.double()), ("active", active.double()))
}
run.claim("fig-4-4.active-not-width", explains)

# %%
from helpers.studies.jump_detection.plots.plane import error_by_units

run.figure(
    error_by_units(active.flatten(), l1["deep"].cpu().flatten(), width.flatten()),
    alt="L1 error of all deep bottleneck networks against the number of their active bottleneck units, coloured by width.",
    caption="All deep networks of all seeds. Points above each other have as many active units; their colour is the width.",
)

# %% [markdown]
# The study's idea is right, and does not explain its bumps. A silent unit has its price, about 6 % of the error at
# laptop scale, and networks with as many active units are alike whatever their width. But of the steps in which the
# error rises only a third have a silent unit to show for it; the others rise because two networks with different
# luck are compared.
#
# Why does a unit fall silent? The study thinks of gradients that get lost on the way and of activations that fall
# below zero during training. The other possibility is that a unit was silent before training began: in the deep
# networks the bottleneck's inputs are themselves activations, never negative, so that a unit with mostly negative
# weights starts out dead and, without a gradient, remains so.

# %%
lost, born = 0, []
for w in WIDTHS:
    untrained = recipes["deep", w].build(seeds=run.seeds, device=run.device)
    at_first = representation.silent_units(untrained.activations(test.x)[1]).cpu()
    born.append(at_first.sum(-1))
    lost += int((masks["deep", w][1] & ~at_first).sum())
born_dead = torch.stack(born, dim=-1)  # (seed, width)
print(f"silent bottleneck units of the deep networks: before training {int(born_dead.sum())}, after {int(dead.sum())}")
print(f"of the latter {lost} were active before training")
run.measure("bottleneck units silent before training", born_dead.double().sum(-1))
run.measure("bottleneck units silent after training", dead.double().sum(-1))
run.claim("sec-4-2-2.die-in-training", lost / max(int(dead.sum()), 1))

# %% [markdown]
# Most of the silent units were born so, and some of those that were silent at first came to life in training, when
# the layer below changed. Gradients that get lost on the way are not needed to explain them.
#
# ## Two units, to look at
#
# Averaged activations of 100-2-60, and its output (figure 4.6); the same for 100-25-2-25-60 (figure 4.9).

# %%
hidden, output, means = {}, {}, {}
for kind in l1:
    layers_of = trained[kind, 2][0].activations(probe.x)
    hidden[kind], output[kind] = layers_of[recipes[kind, 2].bottleneck], layers_of[-1]
    means[kind] = averaged_activations.class_means(hidden[kind], task.classes)  # (seed, class, 2)
for kind, figure in (("shallow", "4.6"), ("deep", "4.9")):
    pictures = {"bottleneck": means[kind], "output": averaged_activations.class_means(output[kind], task.classes)}
    run.figure(
        activation_maps({name: a[0].T for name, a in pictures.items()}, first_position=task.first),
        alt=f"Averaged activations of the two bottleneck units and of the 60 outputs of the {kind} network for every jump position.",
        caption=f"Figure {figure}, first seed: a row per unit, a column per jump position.",
    )

# %%
right = (
    (output["shallow"].argmax(-1) == probe.label).double().unflatten(1, (task.classes, -1)).mean(-1)
)  # (seed, class)
run.claim("fig-4-6.adjacent-classes", (right < 0.05).sum(-1))
off = representation.silent_classes(means["shallow"]).bool()
grouped = {
    name: [float(r[m].mean()) for r, m in zip(right, mask, strict=True)]
    for name, mask in (("one-silent", off), ("both-active", ~off))
}
run.claim("fig-4-6.poorest-where-one-is-off", grouped)
ends = representation.silent_ends(means["shallow"])
print(
    f"classes with a silent unit: first {ends.first.tolist()}, last {ends.last.tolist()}, in all {off.sum(-1).tolist()}"
)
run.claim("fig-4-7.off-at-both-ends", (ends.first > 0) & (ends.last > 0))
run.claim("fig-4-7.off-long", torch.maximum(*ends))
run.claim("fig-4-7.off-short", torch.minimum(*ends))

# %% [markdown]
# Where one unit is off for a whole range of positions the other alone must tell them apart, and the accuracy is
# lower. That range is longer than the study's, and lies at one end or in the middle, where the curve below turns a
# corner at the origin: both ends at once, as in the study's network, is one seed's picture.
#
# ### The plane
#
# Every signal is a point of the plane of both activations. (The text says that figure 4.7(a) averages the points of
# figure 4.7(a); the averages are 4.7(b).)

# %%
from helpers.studies.jump_detection.plots.plane import curves as plane_curves
from helpers.studies.jump_detection.plots.plane import representation as plane

run.claim("sec-4-2-3.self-reference", "4.7(a)" == "4.7(b)")
for kind, figure in (("shallow", "4.7"), ("deep", "4.8")):
    run.figure(
        plane(
            hidden[kind][0].unflatten(0, (task.classes, -1))[:, :100],
            means[kind][0],
            positions=task.positions,
            unit_names=("unit 1", "unit 2"),
        ),
        alt=f"Activations of the two bottleneck units of the {kind} network for single signals and averaged per class, coloured by jump position.",
        caption=f"Figure {figure}, first seed: single signals, at most 100 of each class, and class means.",
    )

# %% [markdown]
# Is that curve a rule or one seed's? All class means:

# %%
names = {f"{kind} {s}": means[kind][i].cpu() for kind in l1 for i, s in enumerate(run.seeds)}
run.figure(
    plane_curves(names, positions=task.positions, columns=min(5, len(run.seeds))),
    alt="Curves of the class means in the plane of both bottleneck units, for shallow and deep networks of every seed.",
    caption="Class means of every seed (the number): shallow networks, then deep ones. Each panel has its own axes.",
)

# %%
for kind, figure in (("shallow", "fig-4-7"), ("deep", "fig-4-8")):
    run.claim(f"{figure}.area", representation.scatter(hidden[kind], task.classes)._asdict())
    run.claim(f"{figure}.ordered", representation.adjacent_is_nearest(means[kind]))
    run.claim(f"{figure}.closer", representation.order_correlation(means[kind]))

# %% [markdown]
# Controls: the same numbers before training, where two random weighted sums of the signal are all there is.

# %%
for kind in l1:
    raw = recipes[kind, 2].build(seeds=run.seeds, device=run.device).activations(probe.x)[recipes[kind, 2].bottleneck]
    scattered = representation.scatter(raw, task.classes)
    raw_means = averaged_activations.class_means(raw, task.classes)
    print(
        f"{kind:8} untrained: within {scattered.within.mean():.2f}, between {scattered.between.mean():.2f}, nearest is "
        f"adjacent {representation.adjacent_is_nearest(raw_means).mean():.2f}, "
        f"order {representation.order_correlation(raw_means).nanmean():.2f}"
    )

# %% [markdown]
# In the shallow networks the curve is the same for all seeds, but for a reflection: an arc that the two axes cut
# off. (Next page: an arc is about the best that two linear units can do.) The deep networks' curves have more turns,
# and fill the plane better. Untrained, there is some order already, since neighbouring positions share most of their
# signal; but no class has an area of its own.
#
# The summary of the section widens this to all signals: what is close in the input remains close in the hidden
# layer. Close in the input means little here, since most of the distance between two signals is noise.

# %%
from scipy import stats
from scipy.spatial.distance import pdist

few = run.by_scale(smoke=100, laptop=1_500, paper=3_000)
bottleneck = trained["shallow", 2][0].activations(test.x)[0]
pairs = zip(test.x[:, :few].cpu().numpy(), bottleneck[:, :few].cpu().numpy(), strict=True)
run.claim("sec-4-2-3.neighbours-stay", [stats.spearmanr(pdist(x), pdist(h)).statistic for x, h in pairs])

# %% [markdown]
# ## How far from the limit?

# %%
for name, e in {**reference, **{"-".join(map(str, n)): e for n, e in errors.items()}}.items():
    run.measure(f"{name}: L1", e.l1)
    print(f"{name:10} L1 {e.l1.mean():.3f}: {(e.l1 / reference['bayes'].l1).mean():.2f} times the limit")

# %%
run.finish()
