# ---
# jupyter:
#   book:
#     stages:
#     - googlenet_neurons/optimised_images
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
# # What a unit looks for, and what it avoids
#
# The study optimises an image for each unit of nine layers, once so that the unit answers as strongly as it can, once as
# weakly (section 3.2, algorithm 2), and shows a sample of each layer (appendix 7.1, figures 40 to 48). Here are units drawn
# at random, with the number that each image reaches.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "googlenet"  # a network's name, or the path of a description of your own
layer = "auto"  # names of layers or of their branches, separated by commas; auto: all

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
from helpers.pages import runs
from helpers.plots.sheets import sheets
from helpers.studies.googlenet_neurons.inputs import record_inputs
from helpers.studies.googlenet_neurons.optimised import MAXIMUM, MINIMUM, images, of_stage
from helpers.studies.googlenet_neurons.parameters import PARAMETERS
from helpers.studies.googlenet_neurons.stages import optimised_images
from helpers.studies.googlenet_neurons.subject import subject

# %% tags=["hide-input"]
run = runs.start("googlenet_neurons/02_what_a_unit_looks_for", globals(), **PARAMETERS)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
record_inputs(run, seen)
found = of_stage(run.stage(optimised_images))
run.say(seen.describe())

# %% [markdown]
# ## Figures 40 to 48: a sample of each layer
#
# A column is a unit, drawn at random from all branches of the layer: its maximum above, its minimum below.

# %% tags=["hide-input"]
shown = {
    f"{name}: units {', '.join(map(str, each.unit[:12].tolist()))}": [
        images(each, direction)[:12].numpy() for direction in (MAXIMUM, MINIMUM)
    ]
    for name, each in found.items()
}
run.figure(
    sheets(shown, columns=1),
    alt="For each layer a row of optimised images that excite a unit, and below it those that inhibit the same unit.",
    caption=f"Optimised images of units of {seen.captioned}.",
)

# %% [markdown]
# ## Algorithm 2, as printed

# %% tags=["hide-input"]
for claim_id in ("eq-1.minimum", "algorithm-2.counter", "appendix-7.padding", "figure-10.unit", "figure-11.unit"):
    run.claim(claim_id)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say("The study shows a sample of optimised images of each layer, and measures nothing of them.")

# %% tags=["hide-input"]
run.finish()
