# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
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
# # Four ways back
#
# Section 3 of the study takes one unit of layer 13 at one place and sends its activation back to the image: by
# deconvnet (equations 4 and 5), with the masks of the active units (6, 7), with these masks and random weights, and
# without any rectifying, which gives the exact local filter (8, 9). Figure 4 shows the results for two features. With
# random weights the image still appears, from which the study concludes that activations matter more than parameters;
# and the exact filter is no image patch but seems to compute gradients. Here both sentences become measurements over
# many images, with the controls that tell masks, switches and weights apart.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 8  # how many; each draws its own images, units and random weights
device = "auto"  # auto, cpu or cuda
model = "vgg16"  # a network's name, or the path of a description of your own
images = "auto"  # a folder or tar file, imagenette or patterns; auto: what fits the network
layer = "auto"  # the layer of the units that are sent back; auto: a deep one, here relu5_3
unit = "auto"  # the unit of figure 4; auto: the one that the image excites most
image = 0  # the image of figure 4, of those of the first seed

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
import warnings
from textwrap import fill

import pandas as pd
import torch
from tqdm import tqdm

from helpers.attribution.backward import DECONVNET, GRADIENT, GUIDED_BACKPROP, attribute, random_weights
from helpers.attribution.forward_pass import CannotReverse, forward, refusal
from helpers.data.images import open_images
from helpers.metrics.activations import in_words, strongest
from helpers.models.pretrained import load
from helpers.models.pretrained.weights import WeightsError
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs
from helpers.studies.probing import controls, equations, reconstruction_table
from helpers.studies.probing.measures import local_gradients

# %%
run = runs.start("probing/03_four_ways_back", globals(), **PARAMETERS)

# %%
drawn_by = run.by_scale(smoke=run.seeds[:2], laptop=run.seeds, paper=run.seeds)
GALLERY = run.by_scale(smoke=4, laptop=16, paper=16)  # images of a seed, among which one is to be recognised
sent = run.by_scale(smoke=2, laptop=8, paper=16)  # of them are sent back
inspected = load_inputs(run, count=GALLERY * len(drawn_by), every=len(drawn_by), least=2 * len(drawn_by))
layer = inspected.layer.name
if reason := refusal(inspected.network, layer, GUIDED_BACKPROP, inspected.prepare.size):
    raise CannotReverse(reason)
reconstruction_table.require_pictures(inspected.layer)
no_deconvnet = refusal(inspected.network, layer, DECONVNET, inspected.prepare.size)
if no_deconvnet:
    print(f"There is no deconvnet among the ways back: {no_deconvnet}.")
galleries = [inspected.prepare(inspected.x[k :: len(drawn_by)]) for k in range(len(drawn_by))]  # one per seed

# %% [markdown]
# ## Figure 4
#
# Two features at one place, the four ways side by side. Deconvnet with masks is guided backpropagation
# {cite:p}`springenberg2015`, started with the activation of the unit.

# %%
passage = forward(inspected.network, layer, galleries[0][image])
first = strongest(passage.activation, unit=inspected.unit)
values = passage.activation[:, *first.place].clone()
values[first.unit] = -torch.inf
pair = list(dict.fromkeys([first.unit, int(values.argmax())]))
drawn = random_weights(passage, seed=seed)
of = {"position": first.spatial, "units": pair}
columns = {} if no_deconvnet else {"deconvnet": attribute(passage, DECONVNET, **of)}
columns |= {
    "with masks": attribute(passage, GUIDED_BACKPROP, **of),
    "random weights": attribute(passage, GUIDED_BACKPROP, **of, weights=drawn),
    "exact filter": attribute(passage, GRADIENT, **of),
}

# %%
from helpers.plots.images import grid


def shown(signal: torch.Tensor) -> torch.Tensor:
    """A rectified signal as an image from 0 to 1."""
    image = (signal / signal.max().clamp(min=1e-12)).flip(-3 if inspected.prepare.order == "BGR" else ()).cpu()
    return image.expand(3, -1, -1) if len(image) == 1 else image


whole = {name: way.full() for name, way in columns.items()}
rows = {
    f"unit {one}": {"image": inspected.x[image * len(drawn_by)].cpu()}
    | {name: full[k].cpu() if name == "exact filter" else shown(full[k]) for name, full in whole.items()}
    for k, one in enumerate(pair)
}
seen = columns["with masks"].receptive_field
run.figure(
    grid(rows, signed=["exact filter"], boxes={(row, "image"): seen for row in rows}),
    alt=f"A row for each unit: the image with the field of view framed, and what it sends back: {', '.join(columns)}.",
    caption=f"Figure 4: {layer}{in_words(first.place)}, two units. The frame is the field of view. The exact filter (mean over the colours) is red where positive and blue where negative.",
)

# %% [markdown]
# ## Are the equations carried out rightly?
#
# Captum is an independent library. Its gradient must be our exact filter, its deconvnet ours; it knows nothing of a
# field of view, so that it also tells whether anything leaves it. Filter times image plus effective bias must give the
# activation.

# %%
warnings.filterwarnings("ignore", message="Setting backward hooks on ReLU")  # Captum's, and it takes them off again
checks = []
for gallery in galleries:
    passage = forward(inspected.network, layer, gallery[0])
    best = strongest(passage.activation)
    axis = inspected.layer.unit_axis
    checks.append(equations.gaps(inspected.network, passage, best, unit_axis=axis, deconvnet=not no_deconvnet))


def gaps(name: str) -> list[float]:
    """One kind of gap, for every seed that has it."""
    return [value for check in checks if (value := getattr(check, name)) is not None]


# %%
run.claim("eq-8-9.gradient", gaps("gradient"))
run.claim("sec-3-1.affine", gaps("affine"), missing="a network that is linear part by part")
run.claim("check.captum", gaps("deconvnet"), missing="a deconvnet whose rectifiers are all layers of their own")
run.claim("sec-3.confined", gaps("outside"))

# %% [markdown]
# ### Three remarks of section 3
#
# The transposed matrices are not the inverses; random biases are drawn along with the weights, but occur in neither
# equation; and the source of deconvnet is reference 3 in section 1, reference 4 in section 3.

# %%
lost = []
weighted = [inspected.network.get_submodule(name) for name in drawn]
convolutions = [module for module in weighted if isinstance(module, torch.nn.Conv2d)]
for number in drawn_by if convolutions else ():
    random = torch.Generator().manual_seed(number)
    lost.append(torch.stack([equations.not_returned(conv, random=random) for conv in convolutions]).mean())
run.claim("sec-3.not-orthonormal", torch.stack(lost) if lost else None, missing="a convolution on the way")

# %%
other_biases = equations.with_random_biases(passage)
before, after = (
    None if p is None else attribute(p, GUIDED_BACKPROP, position=best.spatial, units=[best.unit]).signal
    for p in (passage, other_biases)
)
run.claim(
    "sec-3.random-biases",
    None if after is None else not torch.equal(before, after),
    missing="a chain of layers with biases",
)
cited = {"section 1": 3, "section 3": 4}  # the reference given for deconvnet
run.claim("sec-3.deconvnet-source", len(set(cited.values())) == 1)

# %% [markdown]
# ## How like the image?
#
# Now many images, up to four units each, and the ways back with their controls, each likened to the image within the
# field of view, in four measures: **outlines**, the correlation of the magnitudes of the gradients, after a blur that
# takes off what noise the weights and masks leave on single pixels; **pixels**, the correlation
# of the grey levels; **structure**, the structural similarity (SSIM); and whether the image is **recognised**, that is,
# more like the reconstruction in outlines than 15 other images are. A seed draws its own images, its place and units,
# and one set of random weights; its value is the mean.

# %%
tables, example = [], None
for number, gallery in tqdm(zip(drawn_by, galleries, strict=True), total=len(galleries), disable=None):
    found = reconstruction_table.reconstruct(
        inspected.network, layer, gallery, count=sent, seed=number, deconvnet=not no_deconvnet
    )
    tables.append(reconstruction_table.tabulate(found, seed=number))
    if example is None and found:
        example = max(found, key=lambda one: len(one.units))  # of the first seed
if example is None:
    raise reconstruction_table.NothingActive(f"No unit of {layer} is active on these images: nothing is sent back.")
table = pd.concat(tables)

# %% [markdown]
# ### The study's own comparison
#
# Deconvnet, with masks, with masks and random weights.

# %%
DECONVNETS = "a deconvnet, which has no meaning for this layer"


def here(conditions: list[str]) -> list[str]:
    """Those of the conditions that have a meaning for this network."""
    return [name for name in conditions if name in example.signals]


THREE = here([controls.DECONVNET_TRUE, controls.OWN_TRUE, controls.OWN_RANDOM])

# %%
from helpers.plots.conditions import by_condition

run.figure(
    by_condition(
        {
            measure: {name: reconstruction_table.per_seed(table, name, measure) for name in THREE}
            for measure in (*reconstruction_table.LIKENESS, reconstruction_table.RECOGNISED)
        },
        level={reconstruction_table.RECOGNISED: 1 / len(galleries[0])},
    ),
    alt="Four measures of likeness to the image for deconvnet, with masks, and with masks and random weights; a line per seed, chance dotted.",
    caption="The three pictures of figure 4: likeness to the image in the field of view. A point per seed; bars are the mean and its 95 % interval; dotted, chance.",
)
run.claim(
    "fig-4.deconvnet-shows",
    reconstruction_table.per_seed(table, controls.DECONVNET_TRUE, reconstruction_table.RECOGNISED),
    missing=DECONVNETS,
)
run.claim(
    "fig-4.random-shows", reconstruction_table.per_seed(table, controls.OWN_RANDOM, reconstruction_table.RECOGNISED)
)

# %%
for measure in ("outlines", "pixels"):
    compared = {"deconvnet": controls.DECONVNET_TRUE, "masks": controls.OWN_TRUE}
    run.claim(
        f"fig-4.masks-clearer.{measure}",
        {name: reconstruction_table.per_seed(table, condition, measure) for name, condition in compared.items()},
        missing=DECONVNETS,
    )

# %%
run.claim(
    "fig-4.masks-influence",
    reconstruction_table.per_seed(table, controls.DECONVNET_TRUE, reconstruction_table.LIKE_MASKED),
    missing=DECONVNETS,
)
run.claim(
    "sec-3.other-units",
    reconstruction_table.per_seed(table, controls.DECONVNET_TRUE, reconstruction_table.OTHER_THAN_MASKED),
    missing=DECONVNETS,
)

# %% [markdown]
# In the narrow network of this book the masks more than double the likeness that deconvnet has, in outlines and in pixels. An image
# is recognised from deconvnet in three cases of ten, and from masks with random weights in four: five to seven times as
# often as by chance, but not in the half of them that we asked for; with masks and true weights in six of ten.
#
# ## Activations or parameters?
#
# If the image appears with its own masks and random weights, is it for the masks? Six conditions replace one thing at
# a time: the weights, the order of the masks' entries, the masks altogether (only the switches of the poolings remain), or masks
# and switches by those of another image.

# %%
SIX = here(
    [
        controls.OWN_TRUE,
        controls.OWN_RANDOM,
        controls.SWITCHES_RANDOM,
        controls.SHUFFLED_RANDOM,
        controls.OTHER_TRUE,
        controls.OTHER_RANDOM,
    ]
)
pictures = {name: shown(example.signals[name][0]) for name in (*SIX, controls.MIXED_TRUE)}
pictures = {"image": shown(example.patch - example.patch.min())} | {fill(k, 22): v for k, v in pictures.items()}
halves = [dict(list(pictures.items())[:4]), dict(list(pictures.items())[4:])]
run.figure(
    grid({" " * k: half for k, half in enumerate(halves)}),
    alt="The image within the field of view, and what one unit sends back under seven conditions.",
    caption=f"Unit {example.units[0]} under seven conditions, every picture on its own scale.",
)

# %%
for measure in (*reconstruction_table.LIKENESS, reconstruction_table.RECOGNISED):
    for name in here([*SIX, controls.DECONVNET_TRUE, controls.MIXED_TRUE]):
        run.measure(f"{measure}: {name}", reconstruction_table.per_seed(table, name, measure))
run.figure(
    by_condition(
        {
            measure: {name: reconstruction_table.per_seed(table, name, measure) for name in SIX}
            for measure in reconstruction_table.LIKENESS
        }
    ),
    alt="Three measures of likeness to the image under six conditions; a line per seed.",
    caption="Likeness to the image when one thing after another is replaced. A point per seed; bars are the mean and its 95 % interval.",
)


def ordered(claim_id: str, low: str, high: str, measure: str) -> None:
    """Report a claim that one condition shows less of the image than another."""
    measured = {name: reconstruction_table.per_seed(table, name, measure) for name in (low, high)}
    run.claim(claim_id, measured, missing=DECONVNETS)


# %%
for measure in ("outlines", "pixels"):
    ordered(f"sec-6.activations-first.{measure}", controls.OTHER_TRUE, controls.OWN_RANDOM, measure)
random_kept = reconstruction_table.per_seed(table, controls.OWN_RANDOM, reconstruction_table.OUTLINES)
middle = (
    reconstruction_table.per_seed(table, controls.OWN_TRUE, reconstruction_table.OUTLINES)
    + reconstruction_table.per_seed(table, controls.OTHER_RANDOM, reconstruction_table.OUTLINES)
) / 2
run.claim("sec-1.mostly-activations", random_kept - middle)
for measure in ("outlines", "pixels"):
    ordered(f"beyond.not-sparsity.{measure}", controls.SHUFFLED_RANDOM, controls.OWN_RANDOM, measure)
    ordered(f"beyond.more-than-switches.{measure}", controls.SWITCHES_RANDOM, controls.OWN_RANDOM, measure)
    ordered(f"beyond.weights-add.{measure}", controls.OWN_RANDOM, controls.OWN_TRUE, measure)
ordered("beyond.switches-tell", controls.OTHER_RANDOM, controls.SWITCHES_RANDOM, "outlines")

# %% [markdown]
# In the narrow network the study's picture holds in outlines: with its own masks and random weights an image shows more of itself than under
# any control. It is the masks, and which entries of them: the same masks in random order, the switches alone and another
# image's masks show next to nothing. But the weights do more than the study grants them. With random ones less than
# half of the likeness is left, and in grey levels none at all.
#
# Masks of one image with the switches of another: which of the two is seen? And does a picture belong to the unit, or to
# the image?

# %%
sides = {
    "the image of the switches": reconstruction_table.OUTLINES,
    "the image of the masks": reconstruction_table.OUTLINES_OTHER,
}
run.claim(
    "beyond.another-image-shows-other",
    {name: reconstruction_table.per_seed(table, controls.MIXED_TRUE, measure) for name, measure in sides.items()},
)
alike = {
    measure: table.loc[table["measure"] == measure, "value"].tolist()
    for measure in (reconstruction_table.ONE_UNIT, reconstruction_table.ONE_IMAGE)
}
run.claim("beyond.whose-unit", alike if all(alike.values()) else {kind: [float("nan")] for kind in alike})

# %% [markdown]
# In the narrow network the image of the masks is seen, and the same one whatever the unit: a reconstruction tells what was active, hardly
# which unit was asked.
#
# ## The exact filter
#
# What the unit computes on this image, in this region of linearity. Is it a patch of the image, or does it alternate
# as a derivative would?

# %%
run.claim(
    "fig-4.filter-no-patch",
    reconstruction_table.per_seed(table, reconstruction_table.EXACT, reconstruction_table.PATCH),
)
centroids = {
    "image": reconstruction_table.per_seed(table, reconstruction_table.IMAGE, reconstruction_table.CENTROID),
    "filter": reconstruction_table.per_seed(table, reconstruction_table.EXACT, reconstruction_table.CENTROID),
}
run.claim("fig-4.filter-alternates", centroids)
run.claim(
    "fig-4.filter-sums-to-nothing",
    reconstruction_table.per_seed(table, reconstruction_table.EXACT, reconstruction_table.RELATIVE_SUM),
)
explained = reconstruction_table.per_seed(table, reconstruction_table.EXACT, reconstruction_table.DERIVATIVES)
run.claim("fig-4.filter-gradients", explained)

# %% [markdown]
# And without training? The same network with random weights of the same means and variances, run forth and back.

# %%
untrained = pd.concat(
    reconstruction_table.tabulate_untrained(inspected.network, layer, gallery, count=sent, seed=number)
    for number, gallery in zip(drawn_by, galleries, strict=True)
)
random = {measure: values["value"].tolist() for measure, values in untrained.groupby("measure")}  # one value per seed
run.claim("fig-4.filter-gradients-random", {"random": random[reconstruction_table.DERIVATIVES], "trained": explained})
noise = torch.randn(16, *example.patch.shape, generator=torch.Generator().manual_seed(seed))
chance = float(local_gradients(noise).mean())

# %%
run.figure(
    by_condition(
        {
            reconstruction_table.CENTROID: {**centroids, "random weights": random[reconstruction_table.CENTROID]},
            reconstruction_table.DERIVATIVES: {
                "image": reconstruction_table.per_seed(
                    table, reconstruction_table.IMAGE, reconstruction_table.DERIVATIVES
                ),
                "filter": explained,
                "random weights": random[reconstruction_table.DERIVATIVES],
            },
        },
        level={reconstruction_table.DERIVATIVES: chance},
    ),
    alt="Spectral centroid of image and exact filter, and the share of their local energy that oriented derivatives explain, with a random network's filters; white noise dotted.",
    caption="Exact filters against the image and against the filters of a network with random weights. Dotted: white noise.",
)
run.claim("sec-3-1.statistics")
run.claim("sec-1.sift")

# %% [markdown]
# The narrow network's filters are no patch of the image, alternating, its sum next to nothing: so far the study's description stands. That it computes local
# gradients is too much said. Oriented derivatives explain a sixth of the filter's energy, no more than they explain
# of the images themselves; of white noise it is a twentieth, and hardly more without training, so that training does
# bring structure into the filters.

# %% [markdown]
# ## With ImageNet's weights
#
# The first four convolutions of VGG16 have ImageNet's values here, if the machine has them: layer 4, on photographs.

# %%
measured, missing = None, ""
try:
    own = inspected.loaded
    downloaded = own.name == "vgg16" and own.weights.source == "download"
    real = own if downloaded else load("vgg16", weights="assets", device=run.device)
    photographs = open_images(images, size=224).choose(GALLERY * len(drawn_by), seed=seed)
    y = torch.cat([real.preprocessing(batch.x) for batch in photographs.batches(64, device=run.device)])
    parts = [y[k :: len(drawn_by)] for k in range(len(drawn_by))]
    fourth = pd.concat(
        reconstruction_table.tabulate(
            reconstruction_table.reconstruct(real.network, "relu2_2", part, count=sent, seed=number), seed=number
        )
        for number, part in zip(drawn_by, parts, strict=True)
    )
    names = (controls.OTHER_TRUE, controls.OWN_RANDOM)
    measured = {name: reconstruction_table.per_seed(fourth, name, reconstruction_table.OUTLINES) for name in names}
    run.record_input("weights", "vgg16 (ImageNet)", real.weights.description, list(real.network.parameters()))
except WeightsError as error:
    print(error)
    missing = "ImageNet's weights"
run.claim(
    "sec-6.activations-first.imagenet",
    measured,
    missing=missing,
    independent_of=("model", "layer", "unit", "image"),
)

# %%
run.finish()
