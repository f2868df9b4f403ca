# ---
# jupyter:
#   book:
#     stages:
#     - jump_detection/perceptrons
#     sweep: noise
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
# # Noise and the limit
#
# The study varies the noise "from 0.5 to 2" in words (section 3.1) and shows one level. This page asks at every level
# where each method stands against the limit. Its table of networks is a *sweep*, the page on perceptrons executed
# once for every noise level by `make sweep FILE=sweeps/noise.yml`, one process each; the level 1 is that page itself.
# Any other page and any other parameters go the same way.
#
# Training takes at most 500 epochs here.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many; as many as the sweep has
device = "auto"
table = ""  # the sweep's table.csv; empty: the one of the build

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
from pathlib import Path

import torch

from helpers.metrics.similarity import correlation
from helpers.pages import runs, sweeps
from helpers.studies.jump_detection.detectors import gaussian_derivative
from helpers.studies.jump_detection.filter_search import best_filters
from helpers.studies.jump_detection.localisation import localisation_errors
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample
from helpers.studies.jump_detection.stages import perceptrons
from helpers.studies.jump_detection.weights import aligned_columns

# %% tags=["hide-input"]
run = runs.start("jump_detection/04_noise_and_the_limit", globals(), table=runs.String())
measured = sweeps.read_table("noise", Path(table or run.results_dir.parent / "sweeps/noise/table.csv"), scale=run.scale)

# %% [markdown]
# ## The filter with the width that suits the noise
#
# Section 3.2.2 of the study asks for a wider filter in stronger noise. So at each level the derivative filter gets
# the window and the width with the smallest mean absolute error on the training data of that level, and is tested on
# the same signals as the networks.

# %%
l1 = {name: sweeps.grid(measured, f"{name}: L1", over="noise_std") for name in ("bayes", "detector")}  # (seed, level)
for name in ("mlp-1", "mlp-2", "mlp-3", "mlp-4"):
    l1[name] = sweeps.grid(measured, f"{name}: L1", over="noise_std")
levels, used = [float(level) for level in l1["bayes"]], [int(s) for s in l1["bayes"].index]
settings = {level: setting({"scale": run.scale, "jump": 3.0, "noise_std": level}) for level in levels}
taus = torch.cat([torch.arange(0.4, 3, 0.2), torch.arange(3, 10.1, 0.4)])
windows = run.by_scale(smoke=(9, 19), laptop=(9, 19, 41), paper=(9, 15, 19, 29, 41, 61))

tuned, filter_l1 = {}, []
for level, chosen in settings.items():
    train, test = (
        sample(chosen.task, size, seeds=used, purpose=purpose, device=run.device)
        for size, purpose in ((chosen.training_signals, "train"), (chosen.test_signals, "test"))
    )
    tuned[level] = best_filters(chosen.task, train, windows=windows, taus=taus)
    answers = torch.cat([detector.predict(test.x[[row]]) for row, detector in enumerate(tuned[level])])
    filter_l1.append(localisation_errors(answers, test.label).l1.cpu())

# %% [markdown]
# ## Every method at every level
#
# The L1 error of the four networks, of the derivative filter with its best width and with the width fixed at 2.9, and
# of the most probable position under the true model.

# %% tags=["hide-input"]
from helpers.plots.curves import lines

shown = {name: grid.to_numpy() for name, grid in l1.items() if name.startswith("mlp")}
shown["filter"] = torch.stack(filter_l1, dim=1).numpy()
shown["filter, tau 2.9"], limit = l1["detector"].to_numpy(), l1["bayes"].to_numpy()
run.figure(
    lines(
        levels,
        {**shown, "limit": limit},
        x_label="noise (standard deviation)",
        y_label="L1 error [points]",
        y_log=True,
    ),
    alt="L1 error against the noise level for four networks, two derivative filters and the Bayes limit, on a logarithmic axis.",
    caption="All methods from noise 0.5 to 2 (jump 3): geometric mean and 95% interval over seeds.",
)

# %% [markdown]
# As multiples of the limit, seed by seed on the same test signals, with the smallest and the largest value over
# seeds:

# %% tags=["hide-input"]
times = {name: values / limit for name, values in shown.items()}  # (seed, level)
rows = ["| | " + " | ".join(f"noise {level:g}" for level in levels) + " |", "| --- |" + " --- |" * len(levels)]
for name, ratio in times.items():
    cells = [f"{column.mean():.2f} ({column.min():.2f} to {column.max():.2f})" for column in ratio.T]
    rows.append(f"| {name} | " + " | ".join(cells) + " |")
widths = [f"{sum(detector.tau for detector in best) / len(best):.1f}" for best in tuned.values()]
rows.append("| tau of the filter | " + " | ".join(widths) + " |")
run.say("\n".join(rows))

# %% tags=["hide-input"]
run.claim("sec-3-1.harder", {str(level): l1["bayes"][level].to_numpy() for level in l1["bayes"]})
run.claim("sec-3-3.noise-order", (shown["mlp-2"] < shown["filter"]).all(axis=1))
below = {
    level: [name for name in ("mlp-1", "mlp-2", "mlp-3", "mlp-4") if (shown[name] < shown["filter"])[:, k].all()]
    for k, level in enumerate(levels)
}
run.say(
    "Networks that are better than the filter in every seed: "
    + "; ".join(f"at noise {level:g} {', '.join(names) or 'none'}" for level, names in below.items())
    + "."
)

# %% [markdown]
# ## The width that a network finds
#
# The study counts it among the advantages of a network that training determines the width of its filter (section
# 3.2.2). The one-layer network has a filter for each position. Their mean, each moved to its own position, is
# compared with derivative filters of all widths: which one is it most correlated with?


# %%
def width_found(matrix: torch.Tensor, first: int) -> torch.Tensor:
    """The width tau of the derivative filter most correlated with the mean filter of a layer, one per seed."""
    free = matrix - matrix.mean(dim=-1, keepdim=True)  # the softmax does not see what all columns share
    mean = aligned_columns(free, first=first, reach=20).mean(dim=1)  # (seed, 40 points); the jump is at index 20
    filters = torch.stack([gaussian_derivative(39, float(tau)).flip(0) for tau in taus])
    filters = filters * filters[:, 20:].sum(dim=-1, keepdim=True).sign()  # positive from the jump on
    return taus[correlation(mean.cpu()[:, None], filters).argmax(dim=-1)]


# %%
found = {}
for level in levels:
    values = {"jump": 3.0, "noise_std": level, "max_epochs": 500}
    network = run.stage(perceptrons, "mlp-1", **values)["mlp-1"].networks
    found[level] = width_found(network.layers[0].weight, settings[level].task.first)

# %% tags=["hide-input"]
run.claim("sec-3-2-2.width-found", {str(level): values for level, values in found.items()})
run.say(
    "The widths are "
    + "; ".join(f"{float(v.mean()):.1f} at noise {level:g}" for level, v in found.items())
    + ", where the best widths of the filter on the training data are "
    + ", ".join(widths)
    + "."
)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
from helpers.pages.verdicts import as_predicate


def verdict(claim: str) -> str:
    return as_predicate(run.verdict(claim))


last = len(levels) - 1
networks = ("mlp-1", "mlp-2", "mlp-3", "mlp-4")
ends = {k: [float(times[name][:, k].mean()) for name in networks] for k in (0, last)}
run.say(
    "The study shows one noise level and lets the reader expect the same order at others. That the two-layer "
    "network is "
    f"better than a well chosen filter at all of them {verdict('sec-3-3.noise-order')}. At noise "
    f"{levels[last]:g} the "
    f"networks lie between {min(ends[last]):.2f} and {max(ends[last]):.2f} times the limit; at noise "
    f"{levels[0]:g}, where the "
    f"limit falls to {limit[:, 0].mean():.4f} points, between {min(ends[0]):.0f} and {max(ends[0]):.0f} times, and "
    "the filter "
    f"at {float(times['filter'][:, 0].mean()):.0f} times. That training finds a wider filter in stronger noise "
    f"{verdict('sec-3-2-2.width-found')}."
)

# %% tags=["hide-input"]
run.finish()
