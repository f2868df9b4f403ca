# ---
# jupyter:
#   book:
#     stages:
#     - probing/narrow_networks
#     threads: 2
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
# # The narrow networks that come with this book
#
# Two small networks come with this book: a narrow VGG16, and a narrow GoogLeNet. They are controls: [what is active](01_what_is_active) and the pages that follow it ask them
# the same questions as the study's network, to see what needs ImageNet's weights. And where a machine has no ImageNet
# weights and no network to fetch them, the pages show how everything is measured on these; nothing of the studies is
# judged on them. They are trained here, from scratch, on images that are drawn while they train: a page that looks for
# a kind of unit should look into a network in which there was a reason for it to arise.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
steps = 400  # batches of 128 images at laptop scale; at paper scale twice as many
learning_rate = 1.5e-3  # its highest value in the cycle

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import torch

from helpers.data.patterns import Patterns
from helpers.hooks.recording import record
from helpers.models.pretrained import load
from helpers.pages import runs
from helpers.plots.curves import lines
from helpers.plots.images import grid
from helpers.studies.probing.stages import narrow_networks
from helpers.training.embedded import EMBEDDED, PREPROCESSING, accuracy, save

# %% tags=["hide-input"]
run = runs.start(
    "probing/05_the_narrow_networks",
    globals(),
    steps=runs.Integer(1, 1_000_000),
    learning_rate=runs.Number(1e-6, 1),
)

# %% [markdown]
# ## The images
#
# Fifty-eight classes: textures, shapes, frames and whatever else touches the border, plain hues, edges between opponent
# colours, and some textures that occur in grey only. Everything that does not make the class is drawn at random:
# position, size, angle, phase, contrast, background, noise, and the colours where they do not make the class. So there is something
# to gain for units that see a colour whatever the pattern, for units that see a pattern whatever the colour, for
# units that know the border, and for units with a preferred orientation or size.

# %% tags=["hide-input"]
patterns = Patterns(size=PREPROCESSING.size)
names = patterns.class_names
examples, labels = patterns.draw(range(len(names)), seed=run.seeds[0], purpose="test")
by_class = dict(zip(labels.tolist(), examples, strict=True))
COLUMNS = 10
rows = {
    str(first): {names[k]: by_class[k] for k in range(first, min(first + COLUMNS, len(names)))}
    for first in range(0, len(names), COLUMNS)
}
run.figure(
    grid({row: {f"{int(row) + k}": image for k, image in enumerate(cells.values())} for row, cells in rows.items()}),
    alt="One drawn image of each of the 58 classes: textures, shapes, borders, hues and edges, in random colours.",
    caption="One image of each class, by its number.",
)
run.say("\n".join(f"- from {row}: {', '.join(cells)}" for row, cells in rows.items()))

# %% [markdown]
# ## Training
#
# AdamW with one cycle of the learning rate, weights that begin as He and colleagues propose, gradients cut at norm 1,
# no batch normalisation: the architectures are those of the studies. Every image is new.

# %%
held = run.by_scale(smoke=len(names), laptop=40 * len(names), paper=100 * len(names))
recipes, made = narrow_networks.recipes(run.parameters), run.stage(narrow_networks)
courses = {name: found.history for name, found in made.items()}
held_back = {}
for name, recipe in recipes.items():
    network = made[name].networks
    held_back[name] = accuracy(network, count=held)
    save(network, recipe.training, run.folder / f"{name}.json", seed=run.seeds[0], held_back=held_back[name])

# %% tags=["hide-input"]
stretch = run.by_scale(smoke=1, laptop=20, paper=20)
taken = len(courses["vgg16"].loss) // stretch * stretch
run.figure(
    lines(
        torch.arange(stretch, taken + 1, stretch),
        {name: history.accuracy[:taken].unflatten(0, (-1, stretch)).mean(1)[None] for name, history in courses.items()},
        x_label="step",
        y_label="share of the batch classified rightly",
    ),
    alt="Share of rightly classified images in each batch over the steps of training, for both networks.",
    caption=f"Both trainings, one seed each; means over stretches of {stretch} steps.",
)

# %% tags=["hide-input"]
CHANCE = 1 / len(names)
rows = [f"| | right of {held} images held back | hardest classes |", "| --- | --- | --- |"]
for name, right in held_back.items():
    run.claim(f"narrow.{name}.learns", right[~right.isnan()], floor=CHANCE)
    hardest = ", ".join(f"{names[k]} {float(right[k]):.0%}" for k in right.nan_to_num(1).argsort()[:5].tolist())
    rows.append(f"| {name} | {float(right.nanmean()):.1%} | {hardest} |")
run.say("\n".join(rows))

# %% [markdown]
# ## The files of the package
#
# The weights that come with the book were made as on this page, at paper scale, and are kept as 16-bit numbers. They are judged here by the same images that were held back; the files that this run has just written
# lie beside its results.

# %% tags=["hide-input"]
shipped_right, rows = {}, ["| | right | the file |", "| --- | --- | --- |"]
for name in EMBEDDED:
    shipped = load(name, weights="embedded", device=run.device)
    run.record_input("weights", name, shipped.weights.description, list(shipped.network.state_dict().values()))
    right = accuracy(shipped.network, count=held)
    shipped_right[name] = float(right.nanmean())
    run.claim(f"narrow.{name}.shipped", right[~right.isnan()], floor=CHANCE)
    rows.append(f"| {name} | {shipped_right[name]:.1%} | {shipped.weights.description} |")
run.say("\n".join(rows))

# %% [markdown]
# ## Are there units of many kinds?
#
# A unit that no image excites is of no use to any page. And of the others, how many care for colour? Each image is
# shown once more in grey: the change is the mean difference of a unit's responses, over its mean response. This is
# only a look, to see that the kinds are there; the pages measure them properly.

# %%
images, label = patterns.draw(
    range(run.by_scale(smoke=58, laptop=1_160, paper=5_800)), seed=run.seeds[0], purpose="test"
)
grey = (images * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True).expand_as(images)
watched = {"vgg16": ["relu1_1", "relu2_2", "relu3_3", "relu4_3", "relu5_3"]}
watched["googlenet"] = ["conv2d0", "conv2d2", "mixed3b", "mixed4c", "mixed5b"]


# %%
def responses(network, layers, pictures):
    """The largest activation of every unit of every layer for each picture."""
    found = {layer: [] for layer in layers}
    for batch in pictures.split(64):
        with record(network, layers, stop=True) as outputs:
            network(PREPROCESSING(batch.to(run.device)))
        for layer in layers:
            found[layer].append(outputs[layer].amax((2, 3)).cpu())
    return {layer: torch.cat(parts) for layer, parts in found.items()}


# %% tags=["hide-input"]
alive_share = {}
table = [
    "| network | layer | units ever active | change without colour: 10% | median | 90% |",
    "|---|---|---|---|---|---|",
]
for name, layers in watched.items():
    network = load(name, weights="embedded", device=run.device).network
    coloured, without = (responses(network, layers, pictures) for pictures in (images, grey))
    for layer in layers:
        on = coloured[layer]
        alive = on.amax(0) > 0
        change = (on - without[layer]).abs().mean(0)[alive] / on.mean(0)[alive]
        quantiles = " | ".join(f"{q:.2f}" for q in change.quantile(torch.tensor([0.1, 0.5, 0.9])).tolist())
        table.append(f"| {name} | {layer} | {int(alive.sum())} of {len(alive)} | {quantiles} |")
        alive_share[name, layer] = float(alive.float().mean())
        run.measure(f"{name}, {layer}: share of units ever active", alive.float().mean())

run.say("\n".join(table))

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "Nothing of the study is claimed here. Of the images held back, "
    + " and ".join(
        f"{float(right.nanmean()):.1%} are named rightly by the {name} just trained"
        for name, right in held_back.items()
    )
    + f". That they learn: vgg16, {run.verdict('narrow.vgg16.learns')}; googlenet, "
    f"{run.verdict('narrow.googlenet.learns')}. "
    + "The files that come with the book reach "
    + " and ".join(
        f"{right:.1%} ({name}: {run.verdict(f'narrow.{name}.shipped')})" for name, right in shipped_right.items()
    )
    + "."
)
fewest = min(alive_share, key=alive_share.get)
run.say(
    f"Of the layers looked at, {fewest[1]} of {fewest[0]} has the smallest share of units that some image excites: "
    f"{alive_share[fewest]:.0%}. What these networks show is a control; what the study says of ImageNet's VGG16 is judged "
    "on that network alone."
)

# %% tags=["hide-input"]
run.finish()
