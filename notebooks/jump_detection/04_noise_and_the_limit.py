# ---
# jupyter:
#   book:
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
# The study varies the noise "from 0.5 to 2" in words (section 3.1) and shows one level. This page asks at every
# level where each method stands against the limit. It computes nothing itself: its table is a *sweep*, the page on
# perceptrons executed once for every noise level by `make sweep FILE=sweeps/noise.yml`, one process each; the level 1
# is that page itself. Any other page and any other parameters go the same way.
#
# Training takes at most 500 epochs here. In the weakest noise the loss of the networks with one and two layers is
# still falling then; with 1,500 epochs (`-p max_epochs 1500` on that page) their errors are the same within 5 %.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
table = ""  # the sweep's table.csv; empty: the one of the build

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
from pathlib import Path

from helpers.pages import runs, sweeps

run = runs.start("jump_detection/04_noise_and_the_limit", globals(), table=runs.String())
measured = sweeps.read_table("noise", Path(table or run.results_dir.parent / "sweeps/noise/table.csv"), scale=run.scale)

# %% [markdown]
# ## Every method at every level
#
# The L1 error of the four networks, the derivative filter (with its width fixed at 2.9) and the most probable
# position under the true model.

# %%
from helpers.plots.curves import lines

methods = ["mlp-1", "mlp-2", "mlp-3", "mlp-4", "detector", "bayes"]
l1 = {name: sweeps.grid(measured, f"{name}: L1", over="noise_std") for name in methods}  # (seed, level)
levels = l1["bayes"].columns.to_numpy(dtype=float)
run.figure(
    lines(
        levels,
        {name: table.to_numpy() for name, table in l1.items()},
        x_label="noise (standard deviation)",
        y_label="L1 error [points]",
        y_log=True,
    ),
    alt="L1 error against the noise level for four networks, the derivative filter and the Bayes limit, on a logarithmic axis.",
    caption="All methods from noise 0.5 to 2 (jump 3): geometric mean and 95 % interval over seeds.",
)

# %% [markdown]
# ## As multiples of the limit

# %%
times = {name: l1[name].to_numpy() / l1["bayes"].to_numpy() for name in methods[:-1]}
run.figure(
    lines(levels, times, x_label="noise (standard deviation)", y_label="L1 error / Bayes limit", y_log=True),
    alt="The error of each method divided by the Bayes limit, against the noise level.",
    caption="One is the limit. Seed by seed on the same test signals.",
)
for name, ratio in times.items():
    print(
        f"{name:9}",
        "  ".join(f"{level:g}: {r:.2f}" for level, r in zip(levels, ratio.mean(axis=0), strict=True)),
    )

# %% [markdown]
# In strong noise depth no longer matters: all four networks lie at about 1.4 times the limit. In weak noise the limit
# falls to almost nothing, the networks do not follow it, and each layer more costs most. The filter, with its width
# fixed for a noise of about 1, is farther from the limit on either side.

# %%
run.claim("sec-3-1.harder", {str(level): l1["bayes"][level].to_numpy() for level in l1["bayes"]})
run.claim("sec-3-3.noise-order", (l1["mlp-2"].to_numpy() < l1["detector"].to_numpy()).all(axis=1))

# %%
run.finish()
