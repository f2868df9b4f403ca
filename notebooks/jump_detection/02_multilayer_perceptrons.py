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
# that the page on [signals and filters](01_signals_and_filters.ipynb) computed.

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

# %% tags=["hide-cell"]
import torch
from scipy import stats

from helpers.pages import runs
from helpers.plots.curves import training_curves
from helpers.studies.jump_detection.detectors import BayesDetector, GradientDetector
from helpers.studies.jump_detection.localisation import (
    TITLES,
    absolute_errors,
    claim_cells,
    cross_entropy,
    localisation_errors,
)
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.plots.histograms import error_histograms
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample
from helpers.studies.jump_detection.stages import perceptrons

# %% tags=["hide-input"]
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
# ## The training curve
#
# Hidden layers have 100 units with ReLU, weights begin uniform after Glorot and Bengio {cite}`glorot2010`, a step
# takes 100 signals with learning rate 0.01. All seeds of a network are trained side by side, as one stack of
# matrices, each until its validation loss has stopped falling; what is kept is the network at the minimum. Figure 3.9
# follows the two-layer network far past that minimum, until it has learned its training set by heart.

# %% tags=["hide-cell"]
chosen = setting(run.parameters)
task = chosen.task
made = run.stage(perceptrons)
trained = {f"mlp-{layers}": made[f"mlp-{layers}"] for layers in perceptrons.LAYERS}
test = sample(task, chosen.test_signals, seeds=run.seeds, purpose="test", device=run.device)
run.record_input("data", "test signals", "generated", [test.x, test.label])
two = trained["mlp-2"].history
long = made["mlp-2-long"].history if long_training else two.together()

# %% tags=["hide-input"]
run.figure(
    training_curves(
        {"training": long.train_loss, "validation": long.validation_loss},
        {"training": long.train_error, "validation": long.validation_error},
        best_epoch=two.best_epoch,
    ),
    alt="Loss and classification error of the two-layer network over the epochs, for training and validation signals: the training curves fall to the end, the validation loss turns early.",
    caption="After figure 3.9: loss and classification error of the two-layer network; the dotted line is where the validation loss is lowest.",
)
run.say(
    "The validation loss is lowest at epoch "
    + "; ".join(f"{', '.join(map(str, found.history.best_epoch.tolist()))} ({name})" for name, found in trained.items())
    + "."
)


# %%
def in_tens(curve):
    """Means over stretches of ten epochs: (seed, stretch)."""
    return curve[:, : curve.shape[1] // 10 * 10].unflatten(1, (-1, 10)).mean(dim=-1)


def order_in_time(curve, start):
    """Per seed: rank correlation with time of the means over ten epochs, from an epoch to the end."""
    parts = [in_tens(one[None, first:])[0] for one, first in zip(curve, start.tolist(), strict=True)]
    return [stats.spearmanr(range(len(part)), part.cpu()).statistic for part in parts]


zero = long.train_error == 0
first_zero = torch.where(zero.any(dim=-1), zero.float().argmax(dim=-1) + 1.0, torch.inf)
lowest_error = two.validation_error.nan_to_num(torch.inf).argmin(dim=-1) + 1
turned = long.validation_loss.argmin(dim=-1)

# %% tags=["hide-input"]
run.claim("fig-3-9.minimum", two.best_epoch)
run.claim("fig-3-9.error-minimum", lowest_error)
run.claim("fig-3-9.zero-error", first_zero)
run.claim("fig-3-9.keeps-falling", (in_tens(long.train_loss).diff(dim=-1) < 0).all(dim=-1))
run.claim("fig-3-9.loss-rises", order_in_time(long.validation_loss, turned))
run.claim("fig-3-9.error-rises", order_in_time(long.validation_error, turned))

# %% [markdown]
# Equation 3.5 is called the categorical cross-entropy. As printed it also counts $(1-y)\ln(1-h)$, which makes it
# the binary cross-entropy, summed over the outputs. The networks here, and every library's function of that name, use
# the categorical one. The text looks for it in section 2.2, which is about something else.

# %%
log_p = trained["mlp-2"].networks(test.x).log_softmax(dim=-1)
categorical = cross_entropy(log_p, test.label)
log_rest = torch.log1p(-log_p.exp().clamp(max=1 - 1e-6))  # ln(1 - h) of every output
others = log_rest.sum(dim=-1) - log_rest.gather(-1, test.label[..., None])[..., 0]
printed = categorical - others.mean(dim=-1)

# %% tags=["hide-input"]
run.say(
    f"On the two-layer network the categorical one is {categorical.mean():.3f}, the printed one {printed.mean():.3f}."
)
run.claim("eq-3-5.name")
run.claim("sec-3-3-1.reference")

# %% [markdown]
# ## Errors of the two-layer network
#
# Figure 3.10 counts the errors of the two-layer network, all of them and the lowest 99%; figure 3.7 those of the
# derivative filter. Both answer the same test signals here.

# %% tags=["hide-cell"]
detector = GradientDetector.of(task)
bayes = BayesDetector.of(task)
predictions = {
    **{name: found.networks.predict(test.x) for name, found in trained.items()},
    "detector": detector.predict(test.x),
    "bayes": bayes.predict(test.x, "zero-one"),
}
absolute = {name: absolute_errors(p, test.label) for name, p in predictions.items()}


def best_99(values):
    """The lowest 99% of the errors."""
    return values.sort().values[: round(0.99 * len(values))]


# %% tags=["hide-input"]
shown = {"two-layer network": absolute["mlp-2"][0], "derivative filter": absolute["detector"][0]}
run.figure(
    error_histograms(
        {
            f"{name}, {part}": of(v)
            for name, v in shown.items()
            for part, of in (("all", lambda v: v), ("best 99%", best_99))
        }
    ),
    alt="Histograms of the absolute errors of the two-layer network and of the derivative filter, all of them and the best 99%, on a logarithmic axis.",
    caption="After figures 3.10 and 3.7, first seed: errors on the test signals, all and the lowest 99%.",
)
largest = {name: absolute[name].max(dim=-1).values for name in ("mlp-2", "detector")}
run.claim("fig-3-10.maximum", largest["mlp-2"])
run.claim("fig-3-10.no-outliers", largest)

# %% [markdown]
# ## Table 3.3
#
# The numbers of the networks; the two-layer row is also table 3.2.

# %%
errors = {name: localisation_errors(p, test.label) for name, p in predictions.items()}

# %% tags=["hide-input"]
run.claim_table(
    "Table 3.3",
    claim_cells("table-3-3", {name: errors[name] for name in trained}),
    alt="Errors of the networks of one to four layers: a panel per measure, a dot per seed, and the printed numbers.",
)
ids = [m.replace("_", "-") for m in TITLES]
printed = [[run.study(f"table-3-3.{name}.{m}") for m in ids] for name in trained]
printed.append([run.study(f"table-3-1.{m}") for m in ids])
run.claim("table-3-3.possible", [row[1] >= row[0] and row[3] >= row[2] for row in printed])

# %% [markdown]
# ### Which is better?
#
# The study orders its methods from one run each. Compared seed by seed, on the same signals:

# %%
l1 = {name: e.l1 for name, e in errors.items()}
filter_ = errors["detector"]
beaten = [(errors[name].l1 < filter_.l1) & (errors[name].l2_99 < filter_.l2_99) for name in trained]
lowest = torch.stack([l1[name] for name in trained]).amin(dim=0)

# %% tags=["hide-input"]
run.claim("table-3-3.beat-the-detector", torch.stack(beaten).all(dim=0))
run.claim("table-3-3.order", {name: l1[name] for name in (*trained, "detector")})
run.claim("table-3-3.third-layer", {"one-or-two": (l1["mlp-1"] + l1["mlp-2"]) / 2, "mlp-3": l1["mlp-3"]})

# %% [markdown]
# ## How far from the limit?
#
# The most probable position under the true model is the best that any method can answer. It is itself a single
# linear layer with softmax, with computed weights. The cost that the networks minimise has a limit too: the mean
# surprise of the true posterior.

# %%
surprise = {
    name: cross_entropy(found.networks(test.x).log_softmax(dim=-1), test.label) for name, found in trained.items()
}
surprise["bayes"] = cross_entropy(bayes.log_posterior(test.x), test.label)

# %% tags=["hide-input"]
for name, values in l1.items():
    run.measure(f"{name}: L1", values)
for name, values in surprise.items():
    run.measure(f"{name}: cross-entropy", values)
run.say(
    "\n".join(
        [
            "| method | L1 error [points] | times the limit | cross-entropy [nats] |",
            "| --- | --- | --- | --- |",
            *(
                f"| {n} | {v.mean():.3f} | {(v / l1['bayes']).mean():.2f} | {surprise[n].mean() if n in surprise else float('nan'):.3f} |"
                for n, v in l1.items()
            ),
        ]
    ).replace("nan", "")
)
run.claim("sec-3-3-3.capacity", l1["bayes"] / lowest)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
verdicts = [run.verdict(f"table-3-3.{name}.{m}") for name in trained for m in ids]
run.say(
    "The study finds small networks better than the derivative filter, and one or two layers better than three or"
    " four.\n\n"
    f"Of the {len(verdicts)} printed errors, {verdicts.count('holds')} hold. That every network beats the filter:"
    f" {run.verdict('table-3-3.beat-the-detector')}; that a third layer makes it worse: {run.verdict('table-3-3.third-layer')};"
    f" the whole order of the table: {run.verdict('table-3-3.order')}. The L1 errors are"
    f" {', '.join(f'{l1[name].mean():.3f}' for name in trained)} for one to four layers and {l1['detector'].mean():.3f} for the"
    " filter.\n\n"
    f"The smallest possible error is {l1['bayes'].mean():.3f}, and a single layer can reach it: the best of the four networks"
    f" errs {(lowest / l1['bayes']).mean():.1f} times as much. What the weights became instead is the subject of page 3."
)

# %% tags=["hide-input"]
run.finish()
