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
# for *net fragments*: groups of neurons that stand for a part of an object and are composed, layer by layer, into the
# whole {cite}`malsburg2022`. The images come first (section 4, figures 4.1 to 4.3). The study shows them without
# printing their pixels, but says a good deal about them; this page builds ten images for which all of it holds.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
device = "auto"  # auto, cpu or cuda

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
from itertools import pairwise

import torch

from helpers.pages import runs
from helpers.studies.net_fragments import digits as data

run = runs.start("net_fragments/01_ten_digits_nine_lines", globals())

# %% [markdown]
# ## The digits
#
# Nine lines, each four pixels long. Seven of them are laid out as on a pocket calculator; where two meet they share a
# corner, so that a line in the middle of a digit has only two pixels of its own. The other two make the 1, in a
# column that no other digit uses.

# %%
from helpers.studies.net_fragments import plots as plots

digits, present = data.digits(), data.presence()
run.record_input("data", "ten digits", "built from nine lines", [digits])
run.figure(
    plots.images({str(k): image for k, image in enumerate(digits)}, columns=5),
    alt="Ten images of 9 by 9 pixels with the digits 0 to 9 in calculator style; the 1 stands in a column of its own.",
    caption="Figure 4.1: the ten digits. Dark pixels are 1, light pixels 0.",
)

# %%
different = len({tuple(image.flatten().tolist()) for image in digits})
run.claim("fig-4-1.size", digits.shape == (10, 9, 9) and set(digits.unique().tolist()) == {0, 1} and different == 10)
run.claim("fig-4-2.nine-lines", len(data.LINES) == 9 and bool(present.any(dim=0).all() and present.any(dim=1).all()))

# %% [markdown]
# ## Lines to digits
#
# Each digit is a union of lines. The study's low-level fragments could stand for the lines, and the digits be
# composed of them in one step.

# %%
run.figure(
    plots.links(data.lines(), digits, present),
    alt="Nine images with one line each on top, the ten digits below, and a link from each line to every digit that holds it.",
    caption="Figure 4.2: which lines make which digit. The two lines of the 1 belong to no other digit.",
)

# %%
for a, b in data.TWO_PIXELS_APART:
    run.claim(f"sec-4-2.two-pixels.{a}-{b}", int((digits[a] != digits[b]).sum()) == 2)
for part, whole in ((7, 3), (3, 9), (9, 8)):
    run.claim(f"sec-4.contained.{part}-{whole}", data.contained(digits[part], digits[whole]))
no_line = not (present[1] & present[4]).any()
run.claim("sec-4.nothing-in-common", no_line and not (digits[1] * digits[4]).any())

# %% [markdown]
# Four pairs are named as examples of digits that differ in two pixels. Here are all of them: a pair is close exactly
# when one digit is the other and one line more.

# %%
distance = data.distances(digits)
close = [(a, b) for a in range(10) for b in range(a) if distance[a, b] == 2]
print("two pixels apart:", ", ".join(f"{b} and {a}" for a, b in close))
one_line = [(a, b) for a, b in close if int((present[a] ^ present[b]).sum()) == 1]
print(f"{len(one_line)} of {len(close)} differ in one line")

# %%
in_all_four = present[[7, 3, 9, 8]].all(dim=0)
more = [bool((present[8] & ~present[k]).any()) for k in (9, 3, 7)]
run.claim("sec-4.shared-fragment", bool(in_all_four.any()) and all(more))
holds = torch.stack([torch.tensor([data.contained(line, image) for line in data.lines()]) for image in digits])
run.claim("sec-4.presence", torch.equal(holds, present))

# %% [markdown]
# ## Composition over several levels
#
# A digit can also be composed in several steps, with other digits among the parts. The study's example is the 9; this
# is one way of ours, from six lines over the 7 and the 3.

# %%
levels = data.levels_of_nine()
links = [
    torch.tensor([[not (part & ~whole).any() for part in below] for whole in level])
    for below, level in pairwise(levels)
]
run.figure(
    plots.levels([data.compose(level) for level in levels], links),
    alt="Four rows of images: six lines; the 7, a pair of lines and one line; the 3 and that line; the 9. Links show what is composed of what.",
    caption="Figure 4.3: a composition of the 9 over four levels. The 7 and the 3 are fragments of it.",
)

# %%
chain = [data.compose(level)[0] for level in levels]
nested = all(data.contained(part, whole) for part, whole in pairwise(chain))
run.claim(
    "fig-4-3.levels",
    nested and len(chain) >= 3 and torch.equal(chain[-1], digits[9]) and torch.equal(chain[-2], digits[3]),
)

# %% [markdown]
# ## All compositions
#
# Ten images are few to judge by: a neuron that happens to be strongest for the 1 tells "both lines of the 1" without
# a mistake. The nine lines can be combined in $2^9 = 512$ ways, of which the digits are ten. A neuron that stands for
# a line should know it in any company, so the later pages ask about all 512 as well. The study did not do this.

# %%
compositions = data.compositions()
examples = torch.linspace(1, 511, 10).long()
run.figure(
    plots.images({f"no. {k}": data.compose(compositions)[k] for k in examples.tolist()}, columns=5),
    alt="Ten images with different sets of the nine lines; most of them are no digits.",
    caption="Ten of the 512 compositions of the nine lines.",
)
run.measure("compositions", len(compositions))

# %%
run.finish()
