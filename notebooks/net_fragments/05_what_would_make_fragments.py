# ---
# jupyter:
#   book:
#     stages:
#     - net_fragments/regularised
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
# # What would make fragments appear?
#
# "Deep learning architectures do not comprise net fragments by default" (section 4.3). So is there a training that
# makes them? The study did not try. Here the same eleven models are trained with four common remedies, each of which
# has been said to make single units more meaningful: a penalty on activity, weight decay, noisy pixels, dropout. Does
# any of them raise the fragment score without losing accuracy?

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many
device = "auto"  # auto, cpu or cuda
samples_per_epoch = 2_500  # digits shown per epoch
epochs = 10
l1 = 0.1  # weight of the mean activity of each layer in the loss
weight_decay = 1.0
noise = 0.05  # probability with which a pixel of a training sample is flipped
dropout = 0.25  # probability with which a neuron of the head is left out

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
import torch

from helpers.metrics import selectivity
from helpers.pages import runs
from helpers.studies.net_fragments import digits as data
from helpers.studies.net_fragments import unit_states
from helpers.studies.net_fragments.networks import FragmentNetworks
from helpers.studies.net_fragments.stages import regularised

run = runs.start(
    "net_fragments/05_what_would_make_fragments",
    globals(),
    samples_per_epoch=runs.Integer(1, 1_000_000),
    epochs=runs.Integer(1, 1_000),
    l1=runs.Number(0, 100),
    weight_decay=runs.Number(0, 1_000),
    noise=runs.Number(0, 0.99),
    dropout=runs.Number(0, 0.99),
)

# %% [markdown]
# ## The trainings
#
# Everything else is as on the [second page](02_eleven_models.ipynb), but for fewer samples per epoch: with noise or
# dropout no two samples of a digit are alike, so each has to be run. The plain training here is as long as the others.

# %%
made, numbers = run.stage(regularised), regularised.numbers(run.parameters)


def trained(number: int, how) -> FragmentNetworks:
    """The networks of one model after one training, every seed."""
    return made[regularised.recipe(number, how, run.parameters).key].networks


networks = {
    name: [trained(number, how) for number in numbers] for name, how in regularised.ways(run.parameters).items()
}

# %% [markdown]
# ## The fragment score
#
# Over all 512 compositions of the nine lines, for the 12 neurons of the head: the mean over the lines of the best
# neuron's AUC, as on the page on activations.

# %%
present = data.compositions()
images, digits = data.compose(present).to(run.device), data.digits().to(run.device)


def measured(stack: FragmentNetworks) -> torch.Tensor:
    """Score, share of lines told without a mistake, accuracy, neurons in use and variation: (measure, seed)."""
    everything, head = stack.activations(images)["head"], stack.activations(digits)["head"]
    right = (stack.predict(digits) == torch.arange(10, device=run.device)).double().mean(dim=1)
    in_use = unit_states.ever_active(head).sum(dim=1)
    variation = unit_states.variation(head).nanmedian(dim=1).values
    score, told = selectivity.fragment_score(everything, present), selectivity.share_perfect_auc(everything, present)
    return torch.stack([score, told, right, in_use.double(), variation.double()]).cpu()


found = {name: torch.stack([measured(one) for one in stacks], dim=1) for name, stacks in networks.items()}

# %%
from helpers.studies.net_fragments.plots import by_model

run.figure(
    by_model({name: values[0] for name, values in found.items()}, y_label="fragment score", numbers=numbers, level=1),
    alt="Fragment score over all compositions after five kinds of training, a point per seed, for each model; a dotted line at 1.",
    caption="Fragment score after each training. A neuron for each line would give 1.",
)

# %% [markdown]
# Against the plain training, seed by seed, mean over the models:

# %%
import pandas as pd

from helpers.statistics.intervals import mean_interval

rows = {}
for name, values in found.items():
    score, told, right, in_use, variation = values.mean(dim=1)
    run.measure(f"{name}: fragment score", score)
    run.measure(f"{name}: accuracy", right)
    gain = mean_interval((values - found["plain"])[0].mean(dim=0).numpy())
    known = gain.low is not None and gain.high is not None and name != "plain"
    rows[name] = {
        "score": f"{score.mean():.3f}",
        "gain over plain": f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]" if known else "",
        "lines told": f"{100 * told.mean():.1f} %",
        "accuracy": f"{100 * right.mean():.1f} %",
        "neurons in use": f"{in_use.mean():.1f}",
        "variation": f"{variation.mean():.2f}",
    }
pd.DataFrame(rows).T

# %% [markdown]
# ## Harder
#
# Would more of the same do it? Model 10, whose first layer could hold a neuron for each line, over a range of each
# strength: the score of the head, and of its 81 hidden neurons, which the wired control needs.

# %%
harder = {}
for name, how in regularised.harder(run.parameters).items():
    stack = trained(10, how)
    hidden = selectivity.fragment_score(stack.activations(images)["hidden"], present).mean()
    score, _, right, *_ = measured(stack).mean(dim=1)
    harder[name] = {"head": f"{score:.3f}", "hidden": f"{hidden:.3f}", "accuracy": f"{100 * right:.0f} %"}
pd.DataFrame(harder).T

# %% [markdown]
# The answer is no. Noisy pixels raise the score by a hundredth, at about the same accuracy; weight decay changes
# nothing; the L1 penalty and dropout lower it, although both make the neurons more selective: for digits, not for
# lines. Pushed harder, a penalty or decay ruins the network before a fragment appears, and noise and dropout end far
# below 1, with hidden neurons hardly better than the random ones of the control. Nothing in the task asks for lines:
# ten digits can be told apart by any twelve directions that differ between them. What would ask for lines may be a
# task with many more compositions than neurons; that is not tried here.

# %%
run.finish()
