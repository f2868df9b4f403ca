# ---
# jupyter:
#   book:
#     stages:
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
# # Weights and averaged activations
#
# What did the perceptrons of the page on [perceptrons](02_multilayer_perceptrons.ipynb) learn? The study looks at
# their weights (section 3.3.2) and at each unit's activation averaged over a thousand signals per jump position
# (section 3.3.3, figures 3.11 to 3.16). It describes what it sees in words: small weights at the ends, stripes,
# silent units, and a one-layer network whose weights are a derivative filter. Here each of those words becomes a
# number with an interval, and the same networks before training are measured beside it.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many
device = "auto"  # auto, cpu or cuda
jump = 3.0  # size of the jump
noise_std = 1.0  # standard deviation of the noise

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import torch
from scipy import stats

from helpers.metrics import similarity
from helpers.pages import runs
from helpers.plots.curves import lines
from helpers.plots.heatmaps import activation_maps, weight_maps
from helpers.studies.jump_detection import averaged_activations, weights
from helpers.studies.jump_detection.detectors import (
    BayesDetector,
    GradientDetector,
    gaussian_derivative,
    gaussian_smoother,
)
from helpers.studies.jump_detection.localisation import localisation_errors
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.plots.filters import overlaid
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample, sample_per_class
from helpers.studies.jump_detection.stages import perceptrons

# %% tags=["hide-input"]
run = runs.start(
    "jump_detection/03_weights_and_activations",
    globals(),
    **PARAMETERS,
)

# %% tags=["hide-cell"]
task = setting(run.parameters).task
recipes = perceptrons.recipes(run.parameters)
made = run.stage(perceptrons, "mlp-1", "mlp-2", "mlp-3", "mlp-4")
networks = {layers: made[f"mlp-{layers}"].networks for layers in perceptrons.LAYERS}
untrained = {n: recipes[f"mlp-{n}"].build(seeds=run.seeds, device=run.device) for n in perceptrons.LAYERS}

# %% [markdown]
# ## Weights of the two-layer network

# %% tags=["hide-input"]
first, second = networks[2].layers
run.figure(
    weight_maps(
        {"layer 1": first.weight[0], "layer 2": second.weight[0]},
        {"layer 1": first.bias[0], "layer 2": second.bias[0]},
    ),
    alt="Heat maps of the weight matrices of both layers of the two-layer network, with their biases below.",
    caption="After figure 3.11, first seed: weights (above) and biases (below); blue is negative, red positive, white zero.",
)

# %% [markdown]
# The study reads one thing from these maps: jumps occur between 21 and 80, so input points outside that range say
# little, and their weights should stay small. The measure is the mean absolute weight outside over that inside,
# beside the same ratio before training, and for the change that training made.

# %%
ratio = weights.outside_ratio(first.weight, low=20, high=80)
before = weights.outside_ratio(untrained[2].layers[0].weight, low=20, high=80)
added = weights.outside_ratio(first.weight - untrained[2].layers[0].weight, low=20, high=80)

# %% tags=["hide-input"]
run.claim("fig-3-11.outside", ratio, floor=before)
run.claim("sec-3-3-2.shape")
run.measure("outside ratio of the change of the weights", added)
run.say(
    f"Before training the ratio is {before.mean():.2f}, after it {ratio.mean():.2f}, and for what training added"
    f" {added.mean():.2f}. Nothing pushes an unneeded weight to zero, so that early stopping leaves initial noise in place."
)

# %% [markdown]
# ## Averaged activations
#
# One thousand fresh signals for each of the 60 positions, each unit's activation averaged over each thousand
# (eqs. 3.6 and 3.7). Averaging the signals themselves should leave the ideal step.

# %% tags=["hide-cell"]
per_class = run.by_scale(smoke=20, laptop=1_000, paper=1_000)
probe = sample_per_class(task, per_class, seeds=run.seeds, purpose="averages", device=run.device)
averaged_signal = averaged_activations.class_means(probe.x, task.classes)  # (seed, class, time)
steps = jump * (torch.arange(1, task.length + 1) >= task.positions[:, None]).to(averaged_signal)
hidden, output = networks[2].activations(probe.x)
hidden_before, _ = untrained[2].activations(probe.x)
averaged, averaged_before, averaged_output = (
    averaged_activations.class_means(a, task.classes) for a in (hidden, hidden_before, output)
)

# %% tags=["hide-input"]
run.figure(
    activation_maps({"hidden layer": averaged[0].T, "output layer": averaged_output[0].T}, first_position=task.first),
    alt="Averaged activations of hidden and output units for every jump position: horizontal stripes in the hidden layer, a diagonal in the output layer.",
    caption="After figure 3.12, first seed: a row per unit, a column per jump position.",
)
run.claim("sec-3-3-3.ideal-signal", (averaged_signal - steps).std(dim=(1, 2)))
run.claim("eq-3-7.shape")
run.claim("fig-3-12.labels")
run.claim("fig-3-12.diagonal", averaged_activations.near_diagonal(averaged_output, reach=1), floor=3 / 60)

# %% [markdown]
# Stripes become measurable by three questions. How much of the activations' variance does the unit alone explain, so
# that only the rest varies with the position? Do neighbouring positions excite the same units? Over how many
# positions is a unit active? A network before training answers them too.


# %%
def by_unit(averages):
    """Per seed: the share of the variance that the unit explains, and the rest, which varies with the position."""
    unit = averaged_activations.variance_shares(averages).unit
    return {"with-position": 1 - unit, "unit": unit}


def width(averages):
    """Per seed: over how many positions the median active unit is active."""
    return averaged_activations.active_width(averages).nanmedian(dim=-1).values


def never_active(activation):
    """Per seed: the number of units that are active for at most 1% of the signals."""
    return ((activation > 0).float().mean(dim=1) <= 0.01).sum(dim=-1)


neighbours, neighbours_before = map(averaged_activations.neighbour_correlation, (averaged, averaged_before))
far = averaged_activations.neighbour_correlation(averaged, step=task.classes // 2)

# %% tags=["hide-input"]
run.measure("correlation of positions 30 apart", far)
run.claim("fig-3-12.unit-over-class", by_unit(averaged), floor=by_unit(averaged_before))
run.claim("fig-3-12.stripes", neighbours, floor=neighbours_before)
run.claim("fig-3-12.wide", width(averaged), floor=width(averaged_before))
run.claim("fig-3-12.never-active", never_active(hidden), floor=never_active(hidden_before))
run.say(
    f"Between neighbouring positions the correlation is {neighbours.mean():.3f} after training and"
    f" {neighbours_before.mean():.3f} before it; between positions {task.classes // 2} apart {far.mean():.3f} after training."
    " Stripes that an untrained network shows as well come from the signals, which hardly differ between neighbours."
)

# %% [markdown]
# ### What one unit tells
#
# A unit may indicate a range of positions: then it is more active for signals with a jump there than for others. And
# can one unit tell the position alone? Its activation is cut into a hundred equally filled bins, and each bin
# answers with the median position of every second signal in it; the error is measured on the others. The best
# unit of the layer, chosen by that same error, is set against the network.

# %%
few = torch.arange(0, hidden.shape[1], run.by_scale(smoke=10, laptop=10, paper=1))


def best_indicator(activation, last=40):
    """Per seed: area under the curve of the unit that best tells jumps up to a position from later ones."""
    early = (probe.label[0, few] + task.first <= last).cpu().numpy()
    ranks = torch.tensor(stats.rankdata(activation[:, few].cpu().numpy(), axis=1)[:, early])  # (seed, signal, unit)
    area = (ranks.mean(dim=1) - (early.sum() + 1) / 2) / (~early).sum()
    return area.amax(dim=-1)


network_error = (output.argmax(dim=-1) - probe.label).abs().float().mean(dim=-1)
single = averaged_activations.single_unit_error(hidden, probe.label, bins=100)  # (seed, unit)

# %% tags=["hide-input"]
run.claim("fig-3-12.indicative", best_indicator(hidden), floor=best_indicator(hidden_before))
run.claim("fig-3-12.single-unit", {"network": network_error, "best-unit": single.min(dim=-1).values})

# %% [markdown]
# How many hidden units can be silenced before the L1 error grows by 5%? They go in the order of their importance:
# the standard deviation of a unit's activation times the norm of its outgoing weights; a silenced unit keeps its
# mean.

# %%
importance = hidden.std(dim=1) * second.weight.norm(dim=-1)  # (seed, unit)
order = importance.argsort(dim=-1)
means = hidden.mean(dim=1, keepdim=True)
curve = []
for silenced in range(0, hidden.shape[-1] + 1, 5):
    mask = torch.zeros_like(importance, dtype=torch.bool).scatter_(1, order[:, :silenced], True)[:, None]
    answer = second(torch.where(mask, means, hidden[:, few])).argmax(dim=-1)
    curve.append((answer - probe.label[:, few]).abs().float().mean(dim=-1))
curve = torch.stack(curve)  # (silenced / 5, seed)
spare = (curve <= 1.05 * curve[0]).float().cumprod(dim=0).sum(dim=0) * 5 - 5

# %% tags=["hide-input"]
run.figure(
    lines(
        torch.arange(0, hidden.shape[-1] + 1, 5),
        {"two-layer network": curve.T},
        x_label="hidden units silenced, least important first",
        y_label="L1 error [points]",
        y_log=True,
    ),
    alt="The error of the two-layer network against the number of silenced hidden units: flat at first, then rising steeply.",
    caption="How many hidden units are needed: mean and 95% interval over seeds.",
)
run.claim("fig-3-12.redundant", spare / hidden.shape[-1])

# %% [markdown]
# ### The deeper networks
#
# The study says that they look the same, and does not show them. For each observation the layer decides in which it
# holds least.

# %% tags=["hide-cell"]
deep, deep_before = {}, {}  # hidden layer -> activations of a few signals, averages
for layers in (3, 4):
    for found, network in ((deep, networks[layers]), (deep_before, untrained[layers])):
        for i, a in enumerate(network.activations(probe.x)[:-1]):
            key = f"{layers} layers, hidden {i + 1}"
            found[key] = (never_active(a), averaged_activations.class_means(a, task.classes))

# %% tags=["hide-input"]
run.figure(
    activation_maps({name: a[0].T for name, (_, a) in deep.items()}, first_position=task.first),
    alt="Averaged activations of the hidden layers of the three- and four-layer networks: stripes in all of them.",
    caption="The same map for every hidden layer of the three- and four-layer networks, first seed.",
)


# %%
def least(measure, layers):
    """Per seed: the smallest value over the hidden layers."""
    return torch.stack([measure(a).float() for _, a in layers.values()]).amin(dim=0)


def least_unit_share(layers):
    unit = least(lambda a: by_unit(a)["unit"], layers)
    return {"with-position": 1 - unit, "unit": unit}


stripes, stripes_before = (least(averaged_activations.neighbour_correlation, x) for x in (deep, deep_before))
silent, silent_before = (torch.stack([n for n, _ in x.values()]).amin(dim=0) for x in (deep, deep_before))

# %% tags=["hide-input"]
run.claim("sec-3-3-3.other-depths", stripes, floor=stripes_before)
run.claim("sec-3-3-3.deeper-unit-over-class", least_unit_share(deep), floor=least_unit_share(deep_before))
run.claim("sec-3-3-3.deeper-wide", least(width, deep), floor=least(width, deep_before))
run.claim("sec-3-3-3.deeper-never-active", silent, floor=silent_before)

# %% [markdown]
# ## The one-layer network is a filter
#
# With no hidden layer each output has 100 weights, one per input point: a filter that can be looked at.

# %% tags=["hide-input"]
matrix = networks[1].layers[0].weight  # (seed, input, class)
matrix_before = untrained[1].layers[0].weight
one_layer_output = averaged_activations.class_means(networks[1].activations(probe.x)[0], task.classes)
run.figure(
    weight_maps({"one layer": matrix[0]}, {"one layer": networks[1].layers[0].bias[0]}),
    alt="The weight matrix of the one-layer network: a narrow band along the diagonal, negative before it and positive after.",
    caption="After figure 3.14 (left), first seed: input points down, jump positions across.",
)
run.figure(
    activation_maps({"output of the one-layer network": one_layer_output[0].T}, first_position=task.first),
    alt="Averaged output of the one-layer network for every jump position: a diagonal.",
    caption="After figure 3.14 (right), first seed: averaged output, a row per output, a column per jump position.",
)

# %% [markdown]
# Is it one filter moved along? Every column is moved so that its position lies in the middle and compared with the
# mean of the others.


# %%
def one_filter(weight):
    """Per seed: mean correlation of each column, moved to a common centre, with the mean of the others."""
    aligned = weights.aligned_columns(weight, first=task.first, reach=20)  # (seed, class, 40 points)
    others = (aligned.sum(dim=1, keepdim=True) - aligned) / (task.classes - 1)
    return similarity.correlation(aligned, others).mean(dim=-1)


band, band_before = (weights.band_share(w, first=task.first, reach=10) for w in (matrix, matrix_before))

# %% tags=["hide-input"]
run.measure("diagonal of the one-layer output", averaged_activations.near_diagonal(one_layer_output, reach=1))
run.claim("fig-3-14.diagonal", band, floor=band_before)
run.claim("fig-3-14.one-filter", one_filter(matrix), floor=one_filter(matrix_before))
run.claim("sec-3-3-3.column")

# %% [markdown]
# The thirtieth column answers for position 50. The derivative filter (window 19, tau 2.9), placed there, and the
# optimal weights beside it. The softmax does not see what is added to all columns alike, so from learned and
# optimal weights the mean over columns is taken off first. The derivative filter itself is made of two parts: a
# Gaussian smoother, and the difference of neighbouring points.

# %%
column = 29
learned, learned_before = (w[:, :, column] - w.mean(dim=-1) for w in (matrix, matrix_before))  # (seed, input)
optimal_matrix, _ = BayesDetector.of(task).weights()
optimal = (optimal_matrix - optimal_matrix.mean(dim=-1, keepdim=True))[:, column].to(learned)
edge = gaussian_derivative(window=19, tau=2.9)  # one point longer than the window: the difference of two smoothers
edge = edge.flip(0) if edge[: len(edge) // 2].sum() > 0 else edge
at = task.first + column - 1  # index of position 50
start = at - len(edge) // 2


def placed(taps, begin):
    """A filter among zeros, in a signal's length."""
    return torch.nn.functional.pad(taps, (begin, task.length - begin - len(taps)))


template = placed(edge, start)
parts = {
    "(a), (b) Gaussian smoother": placed(gaussian_smoother(19, 2.9), at - 9),
    "(c) first derivative": placed(torch.tensor([-1.0, 1.0]), at - 1),
    "(d) both: derivative filter": template,
}

# %% tags=["hide-input"]
run.figure(
    overlaid(
        {"thirtieth column": matrix[:, :, column], "derivative filter": template, "optimal weights": optimal},
        x_label="input point",
    ),
    alt="The learned weights of position 50, the Gaussian-derivative filter and the optimal weights over the input points.",
    caption="After figures 3.15 and 3.16 (d), each scaled to its largest absolute value: the thirtieth column of every seed, the derivative filter and the Bayes-optimal weights.",
)
run.figure(
    overlaid(parts, x_label="input point"),
    alt="A Gaussian bell around position 50, the difference of the points 49 and 50, and the derivative filter that both make together.",
    caption="After figure 3.16, each scaled to its largest absolute value: the two steps of the signal processing approach at position 50, and the filter that they make together.",
)

# %%
near = slice(start, start + len(edge))
shape, shape_before = (
    similarity.correlation(w[:, near, column], template[near].to(w)) for w in (matrix, matrix_before)
)
lobes = (matrix[:, at - 5 : at, column].mean(dim=-1) < 0) & (matrix[:, at : at + 5, column].mean(dim=-1) > 0)


def response_over_noise(weight):
    """Per seed: height of the response to a jump at 50 over the deviation of the response to noise, 20 points around."""
    around = weight[:, at - 20 : at + 20]
    return around[:, 20:].sum(dim=-1).abs() / around.norm(dim=-1)


with_optimum = similarity.correlation(learned, optimal)

# %% tags=["hide-input"]
run.claim("fig-3-15.derivative", shape, floor=shape_before)
run.claim("fig-3-15.lobes", lobes)
run.claim("fig-3-15.smooths", response_over_noise(learned), floor=response_over_noise(learned_before))
run.measure("correlation of the thirtieth column with the optimal weights", with_optimum)
run.say(
    f"With the derivative filter the column correlates by {shape.mean():.2f}, with the optimal weights, over all 100 points,"
    f" by {with_optimum.mean():.2f}. Its response to the jump is {response_over_noise(learned).mean():.2f} times the noise's,"
    f" where a plain difference has {0.5**0.5:.2f} and the derivative filter"
    f" {response_over_noise(template[None]).item():.2f}."
)

# %% [markdown]
# The Gaussian derivative is zero at the jump and largest three points away. The optimal weights jump at position 50
# and fade linearly over the whole signal. The learned ones lie between: the figure shows where they change sign and
# how far they reach.
#
# ### Is the filter better, or the network?
#
# The study credits the learned *filter* with the network's smaller error. The network, though, has 60 filters of
# 100 points and 60 biases. So we also move the mean learned filter along the signal alone, as the detector does; both
# may answer between 21 and 80 only.

# %%
count = run.by_scale(smoke=300, laptop=6_000, paper=6_000)
test = sample(task, count, seeds=run.seeds, purpose="test", device=run.device)
detectors = {
    "detector": GradientDetector.of(task),
    "detector, confined": GradientDetector.of(task, anywhere=False),
}
errors = {name: localisation_errors(d.predict(test.x), test.label).l1 for name, d in detectors.items()}
errors["network"] = localisation_errors(networks[1].predict(test.x), test.label).l1
kernel = weights.aligned_columns(matrix, first=task.first, reach=20).mean(dim=1)  # (seed, 40): 20 before, 20 from it on
windows = test.x.unfold(-1, kernel.shape[-1], 1)[:, :, task.first - 1 - 20 :][:, :, : task.classes]
answer = torch.einsum("sntk,sk->snt", windows, kernel).argmax(dim=-1)
errors["learned-filter"] = localisation_errors(answer, test.label).l1

# %% tags=["hide-input"]
for name, values in errors.items():
    run.measure(f"{name}: L1", values)
run.claim("sec-3-3-3.better-filter", {name: errors[name] for name in ("network", "detector")})
alone = {"learned-filter": errors["learned-filter"], "detector": errors["detector, confined"]}
run.claim("sec-3-3-3.better-filter-alone", alone)
run.claim("sec-3-3-3.filter-beats-its-network", {name: errors[name] for name in ("learned-filter", "network")})
run.say("L1 errors in points: " + ", ".join(f"{values.mean():.3f} ({name})" for name, values in errors.items()) + ".")

# %% [markdown]
# Averaging the 60 copies of the filter removes noise that each column took from the training set. Whether networks
# that share one filter from the start gain the same is measured on the page on [convolutional
# networks](05_convolutional_networks.ipynb).
#
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study sees small weights at the ends, stripes, silent units, and in the one-layer network a derivative filter.\n\n"
    f"Weights outside 20 to 80 are {ratio.mean():.2f} of those inside ({run.verdict('fig-3-11.outside')}). Stripes:"
    f" {run.verdict('fig-3-12.stripes')}, since the correlation of neighbouring positions is {neighbours.mean():.3f} after and"
    f" {neighbours_before.mean():.3f} before training. Silent units: {run.verdict('fig-3-12.never-active')}; that the network"
    f" has too many units: {run.verdict('fig-3-12.redundant')} ({(spare / hidden.shape[-1]).mean():.0%} can go).\n\n"
    f"The one-layer network is one filter moved along: {run.verdict('fig-3-14.one-filter')}. That this filter has the shape of"
    f" the Gaussian derivative: {run.verdict('fig-3-15.derivative')} (correlation {shape.mean():.2f}; with the optimal weights"
    f" {with_optimum.mean():.2f}). Alone, without its network, it errs by {errors['learned-filter'].mean():.3f}, the network by"
    f" {errors['network'].mean():.3f} and the Gaussian derivative by {errors['detector, confined'].mean():.3f}: that the filter"
    f" is better than the network it comes from {run.verdict('sec-3-3-3.filter-beats-its-network')}."
)

# %% tags=["hide-input"]
run.finish()
