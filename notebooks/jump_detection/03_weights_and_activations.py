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
# What did the perceptrons of the last page learn? The study looks at their weights (section 3.3.2) and at each
# unit's activation averaged over a thousand signals per jump position (section 3.3.3, figures 3.11 to 3.16). It
# describes what it sees in words: small weights at the ends, stripes, silent units, and a one-layer network whose
# weights are a derivative filter. Here each of those words becomes a number with an interval and a control.

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

# %%
import torch

from helpers.metrics import similarity
from helpers.pages import runs
from helpers.studies.jump_detection import averaged_activations, weights
from helpers.studies.jump_detection.detectors import BayesDetector, GradientDetector, gaussian_derivative
from helpers.studies.jump_detection.localisation import localisation_errors
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample, sample_per_class
from helpers.studies.jump_detection.stages import perceptrons

run = runs.start(
    "jump_detection/03_weights_and_activations",
    globals(),
    **PARAMETERS,
)

# %% [markdown]
# The networks are those of the last page; where they are missing, or were trained otherwise, they are trained here.

# %%
task = setting(run.parameters).task
made = run.stage(perceptrons, "mlp-1", "mlp-2", "mlp-3", "mlp-4")
networks = {layers: made[f"mlp-{layers}"].networks for layers in perceptrons.LAYERS}

# %% [markdown]
# ## Weights of the two-layer network

# %%
from helpers.plots.heatmaps import weight_maps

first, second = networks[2].layers
run.figure(
    weight_maps(
        {"layer 1": first.weight[0], "layer 2": second.weight[0]},
        {"layer 1": first.bias[0], "layer 2": second.bias[0]},
    ),
    alt="Heat maps of the weight matrices of both layers of the two-layer network, with their biases below.",
    caption="Figure 3.11, first seed: weights (above) and biases (below); blue is negative, red positive, white zero.",
)

# %% [markdown]
# As in the study, little can be read from these maps but one thing: jumps occur between 21 and 80, so input points
# outside that range say little, and their weights should stay small. The ratio of mean absolute weights, outside
# over inside, beside the same ratio before training.

# %%
untrained = perceptrons.recipes(run.parameters)["mlp-2"].build(seeds=run.seeds, device=run.device)
ratio = weights.outside_ratio(first.weight, low=20, high=80)
before = weights.outside_ratio(untrained.layers[0].weight, low=20, high=80)
print(f"before training {before.mean():.2f}, after {ratio.mean():.2f}")
run.claim("fig-3-11.outside", ratio)

# %% [markdown]
# Early stopping leaves much of the initial noise in place: nothing pushes an unneeded weight to zero. What
# training *added* is cleaner.

# %%
added = weights.outside_ratio(first.weight - untrained.layers[0].weight, low=20, high=80)
run.measure("outside ratio of the change of the weights", added)
print(f"ratio of the change that training made: {added.mean():.2f}")

# %% [markdown]
# ## Averaged activations
#
# One thousand fresh signals for each of the 60 positions, each unit's activation averaged over each thousand
# (eqs. 3.6 and 3.7). Averaging the signals themselves leaves nearly the ideal step:

# %%
per_class = run.by_scale(smoke=20, laptop=1_000, paper=1_000)
probe = sample_per_class(task, per_class, seeds=run.seeds, purpose="averages", device=run.device)
averaged_signal = averaged_activations.class_means(probe.x, task.classes)  # (seed, class, time)
steps = jump * (torch.arange(1, task.length + 1) >= task.positions[:, None]).to(averaged_signal)
run.claim("sec-3-3-3.ideal-signal", (averaged_signal - steps).std(dim=(1, 2)))

# %%
from helpers.plots.heatmaps import activation_maps

hidden, output = networks[2].activations(probe.x)
averaged = {
    "hidden layer": averaged_activations.class_means(hidden, task.classes),
    "output layer": averaged_activations.class_means(output, task.classes),
}
run.figure(
    activation_maps({name: a[0].T for name, a in averaged.items()}, first_position=task.first),
    alt="Averaged activations of hidden and output units for every jump position: horizontal stripes in the hidden layer, a diagonal in the output layer.",
    caption="Figure 3.12, first seed: a row per unit, a column per jump position.",
)

# %% [markdown]
# The output is a diagonal; the hidden layer shows stripes. Two questions make the stripes measurable: does an
# activation depend more on the unit or on the position, and do neighbouring positions excite the same units?

# %%
run.claim("fig-3-12.diagonal", averaged_activations.near_diagonal(averaged["output layer"], reach=1))
shares = averaged_activations.variance_shares(averaged["hidden layer"])
run.claim("fig-3-12.unit-over-class", {"position": shares.position, "unit": shares.unit})
print(f"The rest, {shares.interaction.mean():.2f}, is their interaction: what actually tells the position.")

# %%
neighbours = averaged_activations.neighbour_correlation(averaged["hidden layer"])
far = averaged_activations.neighbour_correlation(averaged["hidden layer"], step=task.classes // 2)
print(f"positions next to each other {neighbours.mean():.3f}, {task.classes // 2} apart {far.mean():.3f}")
run.measure("correlation of positions 30 apart", far)
run.claim("fig-3-12.stripes", neighbours)
run.claim("fig-3-12.wide", averaged_activations.active_width(averaged["hidden layer"]).median(dim=-1).values)

# %% [markdown]
# ### Silent and superfluous units

# %%
active_share = (hidden > 0).float().mean(dim=1)  # (seed, unit)
run.claim("fig-3-12.never-active", (active_share <= 0.01).sum(dim=-1))

# %% [markdown]
# Can one unit tell the position alone? Its activation is cut into a hundred equally filled bins, and each bin
# answers with the median position of half of the signals in it; the error is measured on the other half. The best
# unit of the layer, chosen by that same error, is set against the network.

# %%
network_error = (output.argmax(dim=-1) - probe.label).abs().float().mean(dim=-1)
single = averaged_activations.single_unit_error(hidden, probe.label, bins=100)  # (seed, unit)
run.claim("fig-3-12.single-unit", {"network": network_error, "best-unit": single.min(dim=-1).values})

# %% [markdown]
# How many hidden units can be silenced before the L1 error grows by 5 %? They go in the order of their importance:
# the standard deviation of a unit's activation times the norm of its outgoing weights; a silenced unit keeps its
# mean.

# %%
importance = hidden.std(dim=1) * second.weight.norm(dim=-1)  # (seed, unit)
order = importance.argsort(dim=-1)
means = hidden.mean(dim=1, keepdim=True)
few = torch.arange(0, hidden.shape[1], run.by_scale(smoke=10, laptop=10, paper=1))
curve = []
for silenced in range(0, hidden.shape[-1] + 1, 5):
    mask = torch.zeros_like(importance, dtype=torch.bool).scatter_(1, order[:, :silenced], True)[:, None]
    answer = second(torch.where(mask, means, hidden[:, few])).argmax(dim=-1)
    curve.append((answer - probe.label[:, few]).abs().float().mean(dim=-1))
curve = torch.stack(curve)  # (silenced / 5, seed)

# %%
from helpers.plots.curves import lines

run.figure(
    lines(
        torch.arange(0, hidden.shape[-1] + 1, 5),
        {"two-layer network": curve.T},
        x_label="hidden units silenced, least important first",
        y_label="L1 error [points]",
        y_log=True,
    ),
    alt="The error of the two-layer network against the number of silenced hidden units: flat at first, then rising steeply.",
    caption="How many hidden units are needed: mean and 95 % interval over seeds.",
)
spare = (curve <= 1.05 * curve[0]).float().cumprod(dim=0).sum(dim=0) * 5 - 5
run.claim("fig-3-12.redundant", spare / hidden.shape[-1])

# %% [markdown]
# ### The deeper networks
#
# The study says that they look the same, and does not show them.

# %%
averages = {
    f"{layers} layers, hidden {i + 1}": averaged_activations.class_means(a, task.classes)
    for layers in (3, 4)
    for i, a in enumerate(networks[layers].activations(probe.x)[:-1])
}
run.figure(
    activation_maps({name: a[0].T for name, a in averages.items()}, first_position=task.first),
    alt="Averaged activations of the hidden layers of the three- and four-layer networks: stripes in all of them.",
    caption="The same map for every hidden layer of the three- and four-layer networks, first seed.",
)
run.claim(
    "sec-3-3-3.other-depths",
    torch.stack([averaged_activations.neighbour_correlation(a) for a in averages.values()]).amin(dim=0),
)

# %% [markdown]
# ## The one-layer network is a filter
#
# With no hidden layer each output has 100 weights, one per input point: a filter that can be looked at.

# %%
matrix = networks[1].layers[0].weight  # (seed, input, class)
one_layer_output = averaged_activations.class_means(networks[1].activations(probe.x)[0], task.classes)
run.figure(
    weight_maps({"one layer": matrix[0]}, {"one layer": networks[1].layers[0].bias[0]}),
    alt="The weight matrix of the one-layer network: a narrow band along the diagonal, negative before it and positive after.",
    caption="Figure 3.14, first seed: input points down, jump positions across.",
)
run.claim("fig-3-14.diagonal", weights.band_share(matrix, first=task.first, reach=10))
run.measure("diagonal of the one-layer output", averaged_activations.near_diagonal(one_layer_output, reach=1))

# %% [markdown]
# Is it one filter moved along? Every column is moved so that its position lies in the middle and compared with the
# mean of the others.

# %%
aligned = weights.aligned_columns(matrix, first=task.first, reach=20)  # (seed, class, 40 points)
others = (aligned.sum(dim=1, keepdim=True) - aligned) / (task.classes - 1)
run.claim("fig-3-14.one-filter", similarity.correlation(aligned, others).mean(dim=-1))

# %% [markdown]
# The thirtieth column answers for position 50. The derivative filter (window 19, tau 2.9), placed there, and the
# optimal weights beside it. The softmax does not see what is added to all columns alike, so from learned and
# optimal weights the mean over columns is taken off first.

# %%
column = 29
learned = matrix[:, :, column] - matrix.mean(dim=-1)  # (seed, input)
optimal_matrix, _ = BayesDetector.of(task).weights()
optimal = (optimal_matrix - optimal_matrix.mean(dim=-1, keepdim=True))[:, column].to(learned)
template = torch.zeros(task.length)
edge = gaussian_derivative(window=19, tau=2.9)  # one point longer than the window: the difference of two smoothers
start = task.first + column - 1 - len(edge) // 2
template[start : start + len(edge)] = edge.flip(0) if edge[: len(edge) // 2].sum() > 0 else edge

# %%
from helpers.studies.jump_detection.plots.filters import overlaid

run.figure(
    overlaid(
        {
            "thirtieth column": matrix[:, :, column],
            "derivative filter": template,
            "optimal weights": optimal,
        },
        x_label="input point",
    ),
    alt="The learned weights of position 50, the Gaussian-derivative filter and the optimal weights over the input points.",
    caption="Figures 3.15 and 3.16, each scaled to its largest absolute value: five seeds of the thirtieth column, the derivative filter and the Bayes-optimal weights.",
)

# %%
near = slice(start, start + len(edge))
run.claim("fig-3-15.derivative", similarity.correlation(matrix[:, near, column], template[near].to(matrix)))
with_optimum = similarity.correlation(learned, optimal)
run.measure("correlation of the thirtieth column with the optimal weights", with_optimum)
print(f"correlation with the optimal weights, over all 100 points: {with_optimum.mean():.2f}")
at = task.first + column - 1  # index of position 50
lobes = (matrix[:, at - 5 : at, column].mean(dim=-1) < 0) & (matrix[:, at : at + 5, column].mean(dim=-1) > 0)
run.claim("fig-3-15.lobes", lobes)

# %% [markdown]
# The learned weights do change sign at position 50, but not smoothly: they are largest right at the jump and fade
# with distance, where the Gaussian derivative is zero at the jump and largest three points away. The optimal weights
# jump there too and fade linearly over the whole signal. What training from small random weights, stopped early,
# finds is the local part of the optimal weights, where neighbouring positions compete.
#
# ### Is the filter better, or the network?
#
# The study credits the learned *filter* with the network's smaller error. The network, though, has 60 filters of
# 100 points and 60 biases. So we also move the mean learned filter along the signal alone, as the detector does; both
# may answer between 21 and 80 only.

# %%
test = sample(
    task, run.by_scale(smoke=300, laptop=6_000, paper=6_000), seeds=run.seeds, purpose="test", device=run.device
)
detectors = {
    "detector": GradientDetector.of(task),
    "detector, confined": GradientDetector.of(task, anywhere=False),
}
errors = {name: localisation_errors(d.predict(test.x), test.label).l1 for name, d in detectors.items()}
errors["network"] = localisation_errors(networks[1].predict(test.x), test.label).l1
kernel = aligned.mean(dim=1)  # (seed, 40): the filter from 20 points before the jump to 19 after it
windows = test.x.unfold(-1, kernel.shape[-1], 1)[:, :, task.first - 1 - 20 :][:, :, : task.classes]
answer = torch.einsum("sntk,sk->snt", windows, kernel).argmax(dim=-1)
errors["learned-filter"] = localisation_errors(answer, test.label).l1

# %%
for name, values in errors.items():
    run.measure(f"{name}: L1", values)
run.claim("sec-3-3-3.better-filter", {name: errors[name] for name in ("network", "detector")})
alone = {"learned-filter": errors["learned-filter"], "detector": errors["detector, confined"]}
run.claim("sec-3-3-3.better-filter-alone", alone)
print("  ".join(f"{name} {values.mean():.3f}" for name, values in errors.items()))

# %% [markdown]
# The filter alone is better than the network it was taken from. Averaging its 60 copies removes most of the noise
# that each column took from the training set, the same gain that convolutional networks build in by sharing weights
# (section 3.4 of the study, the page after next).

# %%
run.finish()
