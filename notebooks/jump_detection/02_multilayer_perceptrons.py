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
# # Multi-layer perceptrons
#
# Section 3.3 of the study hands the jump to small networks: one to four fully connected layers, 60 outputs, one
# for each possible position. It trains them with plain stochastic gradient descent, stops at the minimum of the
# validation loss, and finds them better than the derivative filter (tables 3.2 and 3.3), with one or two layers
# better than three or four. Here each network is trained once per seed, on its own data, and set against the limit
# that the last page computed.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many; each draws its own data, weights and shuffling
device = "auto"  # auto, cpu or cuda
jump = 3.0  # size of the jump
noise_std = 1.0  # standard deviation of the noise
learning_rate = 0.01
batch_size = 100
max_epochs = 1_500  # training stops after so many; at smoke scale after three
patience = 100  # training ends when the mean validation loss of so many epochs has not fallen for as many
long_training = True  # also train past the minimum, for figure 3.9

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
import torch

from helpers.pages import runs
from helpers.studies.jump_detection.detectors import BayesDetector, GradientDetector
from helpers.studies.jump_detection.localisation import absolute_errors, cross_entropy, localisation_errors
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample
from helpers.studies.jump_detection.stages import perceptrons

run = runs.start(
    "jump_detection/02_multilayer_perceptrons",
    globals(),
    **PARAMETERS,
    learning_rate=runs.Number(1e-6, 10),
    batch_size=runs.Integer(1, 12_000),
    max_epochs=runs.Integer(1, 100_000),
    patience=runs.Integer(1, 1_000),
    long_training=runs.Choice([True, False]),
)

# %% [markdown]
# ## Four networks, every seed at once
#
# Hidden layers have 100 units with ReLU, weights begin uniform after Glorot and Bengio {cite}`glorot2010`, a step
# takes 100 signals with learning rate 0.01. All seeds of a network are trained side by side, as one stack of
# matrices.

# %%
chosen = setting(run.parameters)
task = chosen.task
made = run.stage(perceptrons)
trained = {f"mlp-{layers}": made[f"mlp-{layers}"] for layers in perceptrons.LAYERS}

# %%
test = sample(task, chosen.test_signals, seeds=run.seeds, purpose="test", device=run.device)
run.record_input("data", "test signals", "generated", [test.x, test.label])
for name, (_, history) in trained.items():
    print(f"{name}: lowest validation loss at epoch {history.best_epoch.tolist()}")

# %% [markdown]
# ## The training curve
#
# Figure 3.9 follows the two-layer network far past that minimum, until it has learned its training set by heart.

# %%
from helpers.plots.curves import training_curves

long = made["mlp-2-long"].history if long_training else trained["mlp-2"].history.together()
run.figure(
    training_curves(
        {"training": long.train_loss, "validation": long.validation_loss},
        {"training": long.train_error, "validation": long.validation_error},
        best_epoch=trained["mlp-2"][1].best_epoch,
    ),
    alt="Loss and classification error of the two-layer network over the epochs, for training and validation signals.",
    caption="Figure 3.9: the training loss keeps falling, the validation loss turns early; the dotted line is where training stops.",
)

# %%
run.claim("fig-3-9.minimum", trained["mlp-2"][1].best_epoch)
zero = long.train_error == 0
first_zero = torch.where(zero.any(dim=-1), zero.float().argmax(dim=-1) + 1.0, torch.inf)
run.claim("fig-3-9.zero-error", first_zero)

# %%
tens = long.train_loss[:, : long.train_loss.shape[1] // 10 * 10].unflatten(1, (-1, 10)).mean(dim=-1)  # (seed, stretch)
run.claim("fig-3-9.keeps-falling", (tens.diff(dim=-1) < 0).all(dim=-1))
for quantity, curve in {"loss": long.validation_loss, "error": long.validation_error}.items():
    run.claim(f"fig-3-9.{quantity}-rises", {"minimum": curve.min(dim=-1).values, "end": curve[:, -10:].mean(dim=-1)})

# %% [markdown]
# Equation 3.5 is called the categorical cross-entropy. As printed it also counts $(1-y)\ln(1-h)$, which makes it
# the binary cross-entropy, summed over the outputs. On the trained network the two differ; the networks here, and
# every library's function of that name, use the categorical one.

# %%
log_p = trained["mlp-2"][0](test.x).log_softmax(dim=-1)
categorical = cross_entropy(log_p, test.label)
others = (
    torch.log1p(-log_p.exp().clamp(max=1 - 1e-6)).sum(dim=-1)
    - torch.log1p(-log_p.exp().clamp(max=1 - 1e-6)).gather(-1, test.label[..., None])[..., 0]
)
printed = categorical - others.mean(dim=-1)
print(f"categorical {categorical.mean():.3f}, as printed {printed.mean():.3f}")
run.claim("eq-3-5.name", bool(torch.allclose(categorical, printed, rtol=0.01)))

# %% [markdown]
# ## Errors of the two-layer network
#
# Stopped early, the two-layer network makes no wild mistakes: its errors, beside those of the derivative filter on
# the same test signals.

# %%
from helpers.studies.jump_detection.plots.histograms import error_histograms

detector = GradientDetector.of(task)
bayes = BayesDetector.of(task)
predictions = {
    **{name: network.predict(test.x) for name, (network, _) in trained.items()},
    "detector": detector.predict(test.x),
    "bayes": bayes.predict(test.x, "zero-one"),
}
absolute = {name: absolute_errors(p, test.label) for name, p in predictions.items()}
run.figure(
    error_histograms({"two-layer network": absolute["mlp-2"][0], "derivative filter": absolute["detector"][0]}),
    alt="Histograms of the absolute errors of the two-layer network and of the derivative filter, on a logarithmic axis.",
    caption="Figure 3.10 beside 3.7: first seed, 6,000 test signals.",
)

# %%
largest = {name: absolute[name].max(dim=-1).values for name in ("mlp-2", "detector")}
run.claim("fig-3-10.maximum", largest["mlp-2"])
run.claim("fig-3-10.no-outliers", largest)

# %% [markdown]
# ## Table 3.3
#
# The sixteen numbers of the networks (the two-layer row is also table 3.2), each with its verdict.

# %%
errors = {name: localisation_errors(p, test.label) for name, p in predictions.items()}
for name in trained:
    for measure, values in errors[name]._asdict().items():
        run.claim(f"table-3-3.{name}.{measure.replace('_', '-')}", values)

# %%
from helpers.studies.jump_detection.plots.bars import methods

study = {
    "mlp-1": [0.3065, 0.8043, 0.2606, 0.6304],
    "mlp-2": [0.3083, 0.7722, 0.2675, 0.6222],
    "mlp-3": [0.3583, 0.8132, 0.3169, 0.6667],
    "mlp-4": [0.3913, 0.8428, 0.3531, 0.7075],
    "detector": [0.5532, 1.4946, 0.4917, 0.7443],
}
run.figure(
    methods(
        {name: e._asdict() for name, e in errors.items()},
        paper=study,
        measures=["L1", "L2", "L1, best 99 %", "L2, best 99 %"],
    ),
    alt="Bars of four error measures for the networks of one to four layers, the derivative filter and the Bayes limit, with the study's values marked.",
    caption="Table 3.3 with the limit: mean and 95 % interval over seeds; diamonds are the study's values.",
)

# %% [markdown]
# ### Which is better?
#
# The study orders its methods from one run each. Compared seed by seed, on the same signals:

# %%
l1 = {name: e.l1 for name, e in errors.items()}
networks = [l1[name] for name in trained]
run.claim("table-3-3.beat-the-detector", torch.stack(networks).lt(l1["detector"]).all(dim=0))
run.claim("table-3-3.order", {name: l1[name] for name in study})
run.claim("table-3-3.third-layer", {"one-or-two": (l1["mlp-1"] + l1["mlp-2"]) / 2, "mlp-3": l1["mlp-3"]})
run.claim("table-3-3.possible", all(row[1] >= row[0] and row[3] >= row[2] for row in study.values()))

# %% [markdown]
# ## How far from the limit?
#
# The most probable position under the true model is the best that any method can answer (last page). The cost
# that the networks minimise has a limit too: the mean surprise of the true posterior.

# %%
for name, values in l1.items():
    run.measure(f"{name}: L1", values)
    print(f"{name:9} L1 {values.mean():.3f}: {(values / l1['bayes']).mean():.2f} times the limit")
surprise = {
    name: cross_entropy(network(test.x).log_softmax(dim=-1), test.label) for name, (network, _) in trained.items()
}
surprise["bayes"] = cross_entropy(bayes.log_posterior(test.x), test.label)
for name, values in surprise.items():
    run.measure(f"{name}: cross-entropy", values)
    print(f"{name:9} cross-entropy {values.mean():.3f}")

# %% [markdown]
# More layers do not help here, and even one layer stays well above the limit although the optimal detector *is* a
# single linear layer with softmax: what is missing is not capacity but data and training. The next page looks at
# what the weights became instead.

# %%
run.finish()
