# ---
# jupyter:
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
# # Ten digits, nine lines
#
# The net fragments study trains eleven small networks on ten images of 9 × 9 pixels, one for each digit, and looks
# for *net fragments*: groups of units that stand for a part of an object and are composed, layer by layer, into the
# whole {cite}`malsburg2022`. The images come first (section 4, figures 4.1 to 4.3). The study shows them without
# printing their pixels, but says a good deal about them; this page builds ten images for which all of it holds, in
# two ways.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
device = "auto"  # auto, cpu or cuda

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-input"]
from itertools import pairwise

import torch

from helpers.pages import runs
from helpers.studies.net_fragments import digits as data
from helpers.studies.net_fragments import plots as plots

run = runs.start("net_fragments/01_ten_digits_nine_lines", globals())

# %% [markdown]
# ## The digits
#
# Nine lines, each four pixels long. Seven of them are laid out as on a pocket calculator; where two meet they share a
# corner, so that a line in the middle of a digit has only two pixels of its own. The other two make the 1, in a
# column that no other digit uses.

# %% tags=["hide-input"]
digits, present = data.digits(), data.presence()
run.record_input("data", "ten digits", "built from nine lines", [digits])
run.figure(
    plots.images({str(k): image for k, image in enumerate(digits)}, columns=5),
    alt="Ten images of 9 by 9 pixels with the digits 0 to 9 in calculator style; the 1 stands in a column of its own.",
    caption="After figure 4.1 of the study: our ten digits. Dark pixels are 1, light pixels 0.",
)

# %% [markdown]
# ## Lines to digits
#
# Each digit is a union of lines. The study's low-level fragments could stand for the lines, and the digits be
# composed of them in one step.

# %% tags=["hide-input"]
run.figure(
    plots.part_matrix(data.lines(), digits, present),
    alt="A table of dots: the nine lines across, the ten digits down, and a dot where a line is part of a digit.",
    caption="After figure 4.2 of the study: which lines make which digit. The two lines of the 1 belong to no other digit.",
)

# %% [markdown]
# ## Composition over several levels
#
# A digit can also be composed in several steps, with other digits among the parts. The study's example is the 9; this
# is one way of ours, from six lines over the 7 and the 3.

# %% tags=["hide-input"]
levels = data.levels_of_nine()
links = [
    torch.tensor([[not (part & ~whole).any() for part in below] for whole in level])
    for below, level in pairwise(levels)
]
run.figure(
    plots.levels([data.compose(level) for level in levels], links),
    alt="Four rows of images: six lines; the 7, a pair of lines and one line; the 3 and that line; the 9. Links show what is composed of what.",
    caption="After figure 4.3 of the study: a composition of the 9 over four levels. The 7 and the 3 are fragments of it.",
)

# %% [markdown]
# ## What the study says of its images
#
# Everything at once, as yes or no.


# %%
def of_images(layout: str) -> dict[str, bool]:
    """What the study says of its images: size, pairs that two pixels tell apart, digits that contain others."""
    images = data.digits(layout)
    size = images.shape == (10, 9, 9) and set(images.unique().tolist()) == {0, 1}
    different = len(images.flatten(1).unique(dim=0)) == 10
    pairs = {f"{a} and {b} differ in two pixels": (a, b) for a, b in data.TWO_PIXELS_APART}
    parts = {f"the {part} is contained in the {whole}": (part, whole) for part, whole in data.CONTAINED}
    return {
        "ten different binary images of 9 × 9": size and different,
        **{name: int((images[a] != images[b]).sum()) == 2 for name, (a, b) in pairs.items()},
        **{name: data.contained(images[part], images[whole]) for name, (part, whole) in parts.items()},
    }


# %%
def of_lines(layout: str) -> dict[str, bool]:
    """What the study says of the lines: that they compose the digits, and which digits share some."""
    images, single = data.digits(layout), data.lines(layout)
    holds = torch.tensor([[data.contained(line, image) for line in single] for image in images])
    chain = [data.compose(level, layout)[0] for level in levels]
    apart = not (holds[1] & holds[4]).any() and not (images[1] * images[4]).any()
    more = all(bool((holds[8] & ~holds[k]).any()) for k in (9, 3, 7))
    return {
        "nine lines compose all digits, and all are used": len(single) == 9 and bool(holds.any(0).all()),
        "the 1 shares no line and no pixel with the 4": apart,
        "the 7, 3, 9 and 8 share a line, and the 8 has more": bool(holds[[7, 3, 9, 8]].all(0).any()) and more,
        "the 9 is composed over several levels": all(data.contained(*step) for step in pairwise(chain)),
        "no digit holds a line that it was not composed of": torch.equal(holds, present),
    }


# %% tags=["hide-input"]
import pandas as pd

found = {layout: of_images(layout) | of_lines(layout) for layout in data.LAYOUTS}
pd.DataFrame(found).map(lambda held: "yes" if held else "no").rename(columns=lambda name: f"{name} layout")

# %% tags=["hide-input"]
run.claim("sec-4.images-exist", list(found["closed"].values()))

# %% [markdown]
# Four pairs are named as examples of digits that differ in two pixels. Here are all of them.

# %% tags=["hide-input"]
distance = data.distances(digits)
close = [(a, b) for a in range(10) for b in range(a) if distance[a, b] == 2]
one_line = [(a, b) for a, b in close if int((present[a] ^ present[b]).sum()) == 1]
run.say(
    f"Two pixels apart are {', '.join(f'{b} and {a}' for a, b in close)}; of these {len(close)} pairs, {len(one_line)} "
    "differ in one line."
)

# %% [markdown]
# ## A second layout
#
# What the study says leaves room for other images. Here is a second layout: lines are two pixels long, and no two
# of them share a pixel or touch. [The page on activations](03_activations.ipynb) repeats its main measures on it.

# %% tags=["hide-input"]
run.figure(
    plots.images({str(k): image for k, image in enumerate(data.digits("open"))}, columns=5),
    alt="Ten digits made of short lines of two pixels that do not touch; the 1 stands in a column of its own.",
    caption="The digits in the second layout, with open corners.",
)
run.claim("layout.images-exist", list(found["open"].values()))

# %% [markdown]
# ## All compositions
#
# Ten images are few to judge by: a unit that happens to be strongest for the 1 tells "both lines of the 1" without
# a mistake. The nine lines can be combined in $2^9 = 512$ ways, of which the digits are ten. A unit that stands for
# a line should know it in any company, so the later pages ask about all 512 as well. The study did not do this.

# %% tags=["hide-input"]
compositions = data.compositions()
examples = torch.linspace(1, 511, 10).long()
run.figure(
    plots.images({f"no. {k}": data.compose(compositions)[k] for k in examples.tolist()}, columns=5),
    alt="Ten images with different sets of the nine lines.",
    caption="Ten of the 512 compositions of the nine lines.",
)
run.measure("compositions", [len(compositions)])

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
both = {layout: f"{sum(held.values())} of {len(held)}" for layout, held in found.items()}
run.say(
    "The study shows ten images without their pixels, and says what they have in common. Of its statements, "
    f"{both['closed']} hold at once for the ten images built here ({run.verdict('sec-4.images-exist')}), and "
    f"{both['open']} for a second layout of the lines. So more than one set of such images exists, and what the next "
    "pages measure is measured on ours, not on the study's own pixels."
)

# %% tags=["hide-input"]
run.finish()
