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
# # What is active
#
# The study sends one image through VGG16 and looks at what each of the 13 convolutional layers makes of it (figure 2),
# and at how many features are active there (figure 6, section 5). The study calls the code very sparse, and says that about
# half of the features of the first layer are active, more in the second, with a tendency to fewer towards the end. Here
# they are counted over many photographs, in the study's own network; a narrow VGG16 stands beside it as a control.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "vgg16"  # a network's name, or the path of a description of your own
images = "auto"  # a folder or tar file, imagenette, photographs or patterns; auto: what fits the network
layer = "auto"  # the layer of the unit that is looked at; auto: a deep one, here relu5_3
unit = "auto"  # which of its units; auto: the one that the image excites most
image = 0  # which of the images that are shown
batch = 4  # images that go through the network at once: fewer take less memory

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
from itertools import pairwise
from math import prod

import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d

from helpers.data import photographs
from helpers.data.images import IMAGENETTE, imagenette_of_assets, open_images
from helpers.hooks import layer_table
from helpers.metrics.activations import as_planes
from helpers.models.initialisation import matched_gaussian, randomised
from helpers.models.pretrained import load
from helpers.models.pretrained.weights import WeightsError
from helpers.models.vgg import VGG16
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs

# %% tags=["hide-cell"]
from helpers.plots.depth import along_depth, count_histograms, spread_by_layer
from helpers.plots.images import grid
from helpers.studies.probing import active_share, equations_of_layers
from helpers.studies.probing.active_share import active_shares
from helpers.studies.probing.choice import evenly
from helpers.studies.probing.linear_probe import probe_accuracies
from helpers.studies.probing.networks import (
    MISSING,
    NARROW,
    STUDYS,
    is_narrow,
    is_studys,
    narrow_inputs,
    why_not_the_studys,
)
from helpers.studies.probing.one_pass import derivative_energy, one_pass, thinning

# %% tags=["hide-input"]
run = runs.start("probing/01_what_is_active", globals(), **PARAMETERS)

# %% [markdown]
# ## The network and the images
#
# Layer $i$ means what the ReLU behind the $i$-th convolution gives; in a network of your own, what its $i$-th
# non-linearity gives, whichever it is. One that runs more than once counts each time.

# %% tags=["hide-input"]
inspected = load_inputs(run, count=run.by_scale(smoke=30, laptop=240, paper=2_000))
narrow = narrow_inputs(run, inspected, count=run.by_scale(smoke=24, laptop=290, paper=1_000))
studys = is_studys(inspected.loaded)
used = STUDYS if studys else NARROW if is_narrow(inspected.loaded) else inspected.loaded.name
network = active_share.with_functions_as_layers(inspected.network)
listed = active_share.non_linear_layers(network, inspected.prepare.size)
names = [each.name for each in listed]
layers = active_share.calls_of(listed)
one = active_share.one_image(network, listed, inspected.prepare(inspected.shown[[image]]))
features = {name: len(maps) for name, maps in one.items()}
place = inspected.strongest(image)
FIVE = (1, 4, 7, 9, 13) if len(layers) == 13 else evenly(range(1, len(layers) + 1), 5)
owners = f" Photographs: {photographs.credits()}." if studys and images == "auto" else ""
run.say(why_not_the_studys(inspected.loaded) or f"{STUDYS[0].upper()}{STUDYS[1:]} is here, with its original weights.")

# %% [markdown]
# ## Figure 2
#
# A photograph, and six of the units of five layers: not chosen by what they show, but evenly spread over their numbers.
# All maps of a layer share one scale, from 0 to the layer's largest activation among them.

# %% tags=["hide-input"]
rows = {"input": {"image": inspected.shown[image].cpu()}}
for number in FIVE:
    maps = as_planes(one[layers[number - 1]]).cpu()
    rows[f"layer {number}"] = {f"unit {k}": maps[k] for k in evenly(range(len(maps)), 6)}
run.figure(
    grid(rows, one_scale=True),
    alt=f"The input image, and below it for layers {', '.join(map(str, FIVE))} the maps of six units, dark where they are silent.",
    caption=f"After figure 2 of the study: activations for one image in {used}. Dark is zero, bright the largest activation of the row.{owners}",
)

# %% [markdown]
# ## How much is active
#
# Section 5 counts active features, as the histograms of figure 6 show. At any one position a number of the units is
# above 0; the mean of that number over positions, divided by the depth, is also the share of all activations above 0. So
# "very sparse" (section 2) and "about a half" (section 5) are said of one and the same number in the first layer.

# %% tags=["hide-input"]
counted = evenly(layers, 16)
run.figure(
    count_histograms({name: (as_planes(one[name]) > 0).sum(dim=0) for name in counted}, features),
    alt="A histogram for each layer: the number of units active at a position, from none to all; a dotted line at half.",
    caption=f"After figure 6 of the study, for the photograph above in {used}: units active at a position, over all positions of the layer. Dotted: half of the units.",
)

# %% [markdown]
# One image says little of a typical one. Counted are here, for every photograph and layer, the share of units that are
# active at a position, and the share of those that are active *somewhere* in the image: the two ways to read section 5.

# %%
activity = one_pass(network, inspected.inputs()) if studys else None
of_narrow = one_pass(narrow.network, narrow.inputs())
if activity is not None:
    share = activity.share  # (image, layer)
elif narrow is inspected:
    share = of_narrow.share
else:
    share = active_shares(network, names, inspected.inputs())

# %% tags=["hide-input"]
labels = [name.removeprefix("relu") for name in layers]
few = evenly(labels, 30)
both = {used: share} | ({f"{used}, active somewhere": activity.somewhere} if activity is not None else {})
run.figure(
    spread_by_layer(both, [name if name in few else "" for name in labels], y_label="share of the units", level=0.5),
    alt="Share of active units in each layer: median, middle half and middle 90 per cent over the images; a dotted line at one half.",
    caption=f"Units active at a position, and in {STUDYS} those active at one position of the image at least: median, middle half (thick), middle 90% (thin) over {len(share)} images. Dotted: half.",
)


# %% [markdown]
# The sentences of figure 2 and section 5, for every photograph.

# %%
at: dict[str, object] = {}  # the end of a claim's id -> its values, in the study's network
if activity is not None:
    one_, two, three, four, five = activity.share.T[:5]
    thin = thinning(activity.share)
    near_half = ((one_ - 0.5).abs() <= 0.1) & ((four - 0.5).abs() <= 0.1)
    alike = ((three - two).abs() <= 0.1) & ((five - four).abs() <= 0.1)
    at = {f"fig-2.very-sparse.layer-{k}": activity.share[:, k - 1] for k in (1, 4, 7, 9, 13)}
    at |= {
        "sec-5.first-half": one_,
        "sec-5.second-more": {"layer 1": one_, "layer 2": two},
        "sec-5.pooled-same": three - two,
        "sec-5.pooled-same-itself": activity.pooled[:, 0] - two,
        "sec-5.fourth-half": four,
        "sec-5.second-pooled-same": five - four,
        "fig-6.typical": (near_half & alike & (two > one_) & (thin <= 0.5)).float(),
        "beyond.active-somewhere": activity.somewhere[:, :12].mean(dim=1),
    }

# %% tags=["hide-input"]
OF_ACTIVITY = [f"fig-2.very-sparse.layer-{k}" for k in (1, 4, 7, 9, 13)]
OF_ACTIVITY += [f"sec-5.{what}" for what in ("first-half", "second-more", "pooled-same", "pooled-same-itself")]
OF_ACTIVITY += ["sec-5.fourth-half", "sec-5.second-pooled-same", "fig-6.typical", "beyond.active-somewhere"]
for claim_id in OF_ACTIVITY:
    run.claim(claim_id, at.get(claim_id), missing=MISSING)

# %% tags=["hide-input"]
if activity is not None:
    numbers = list(features.values())
    per_image = activity.share * torch.tensor(numbers)
    lines = [
        f"| {k} | {numbers[k - 1]} | {column.mean():.0f} | {column.quantile(0.05):.0f} to {column.quantile(0.95):.0f} |"
        for k, column in enumerate(per_image.T, 1)
    ]
    run.say(
        "The approximate cardinality of the code (section 5), in numbers of units active at a position:\n\n"
        "| layer | units | active, mean | middle 90% of the images |\n|---|---|---|---|\n" + "\n".join(lines)
    )

# %% [markdown]
# ## Is it the work of training?
#
# A control: the same network with the weights of its convolutions drawn from normal distributions of the trained ones'
# means and variances, layer by layer, as in the study's section 3; the biases stay.

# %%
DRAWS = run.by_scale(smoke=1, laptop=5, paper=20)
some = run.by_scale(smoke=4, laptop=12, paper=100)  # images for the random weights


def with_random_weights(of, layer_names: list[str]) -> torch.Tensor:
    """Share of active units, (draw, image, layer), for the first images."""
    others = (randomised(of.network, seed=seed + draw) for draw in range(DRAWS))
    inputs = list(of.prepare(of.x[:some]).split(batch))
    return torch.stack([active_shares(other, layer_names, inputs) for other in others])


random_of = {NARROW: with_random_weights(narrow, [each for each in narrow.network._modules if "relu" in each])}
if studys:
    random_of[used] = with_random_weights(inspected, names)
trained_of = {NARROW: of_narrow.share[:some], used: share[:some]}
last = {  # network -> share of active units in the last layer, per draw
    name: {
        "trained": [float(trained_of[name][:, -1].mean())] * DRAWS,
        "random": drawn[..., -1].mean(dim=1),
    }
    for name, drawn in random_of.items()
}

# %% tags=["hide-input"]
compared = {
    used: share,
    **{f"{name}, random".removeprefix("the "): drawn.mean(dim=0) for name, drawn in random_of.items()},
}
run.figure(
    along_depth(compared | {NARROW: of_narrow.share}, y_label="share active"),
    alt="Share of active units over the layers, with the trained weights and with random ones.",
    caption="With trained and with random weights: median and middle half over the images.",
)
random_share = random_of[used].mean(dim=0) if studys else None  # (image, layer)
run.claim(
    "sec-5.sparser",
    thinning(activity.share) if studys else None,
    floor=thinning(random_share) if studys else None,
    missing=MISSING,
)
run.claim("control.trained-sparser", last.get(STUDYS), missing=MISSING)

# %% [markdown]
# ## What pooling lets through
#
# The text says that max pooling lets one value of four through. But are these one in four *activations*? Where a
# window holds a single activation above 0, it passes, and nothing is lost. Counted are the activations above 0 behind
# each max pooling, over those before it.

# %% tags=["hide-input"]
run.claim("sec-2.one-of-four-active", activity.passed.mean(dim=1) if studys else None, missing=MISSING)
if activity is not None:
    each = ", ".join(f"{value:.2f}" for value in activity.passed.mean(dim=0).tolist())
    run.say(f"From the first pooling to the fifth, the share of the activations that gets through is {each}.")

# %% [markdown]
# ## Pixels or features
#
# Section 2 recalls that a classifier directly connected to the image would perform poorly. A linear classifier (ridge
# regression on the classes) is trained on the photographs that a draw does not hold back, and asked about the others:
# once from the pixels (averaged to 56 × 56), once from layer 13 (averaged to 7 × 7 positions).

# %%
accuracy = {}
if studys and imagenette_of_assets() and run.parameters["images"] == "auto":
    labelled = open_images(IMAGENETTE, size=inspected.prepare.size).choose(len(inspected.x), seed=seed)
    numbers_of = {"pixels": adaptive_avg_pool2d(inspected.x, 56).flatten(1).cpu(), "layer 13": activity.code}
    draws = run.by_scale(smoke=2, laptop=5, paper=20)
    for name, values in numbers_of.items():
        accuracy[name] = probe_accuracies(values, labelled.labels, draws=draws, seed=seed)

# %% tags=["hide-input"]
needed = f"{MISSING} and Imagenette"
run.claim("sec-2.pixels-poor", accuracy, missing=needed)
run.claim("beyond.pixels-above-chance", accuracy.get("pixels"), missing=needed)

# %% [markdown]
# ## What the first layer detects
#
# A kernel of 3 × 3 has nine directions in each colour: one is constant, two are first derivatives (across and down),
# six are finer patterns. An edge detector has its change in the derivatives. Kernels of noise stand beside it.

# %%
derivative = noise = None
if studys:
    kernel = inspected.network.conv1_1.weight.detach().cpu()
    derivative = derivative_energy(kernel)
    noise = derivative_energy(matched_gaussian(kernel, layer="conv1_1", seed=seed))

# %% tags=["hide-input"]
run.claim("fig-2.edges", derivative, floor=noise, missing=MISSING, independent_of=("layer", "unit", "image"))
if derivative is not None:
    order = derivative.argsort()[[0, 8, 16, 24, 32, 40, 48, 56, 63]].tolist()
    kernels = {f"{k}: {derivative[k]:.0%}": kernel[k].flip(0) for k in order}  # blue comes first in the file
    run.figure(
        grid({"": kernels}, signed=kernels),
        alt="Nine kernels of 3 by 3 of the first layer, ordered by the share of their change that lies in first derivatives.",
        caption="Kernels of layer 1, mean over the colours, red positive and blue negative; above, the number of each and the share of its change in first derivatives.",
    )

# %% [markdown]
# ## Other networks
#
# The study expects its findings to be common to most deep convolutional networks (section 6). Here are two others with
# ImageNet's weights, on the same photographs: GoogLeNet and SqueezeNet.

# %% tags=["hide-input"]
others: dict[str, torch.Tensor] = {}  # network -> (image, layer)
for name in ("googlenet", "squeezenet1_1"):
    try:
        found = load(name, device=run.device)
    except WeightsError as error:
        print(error)
        continue
    if not studys or found.weights.source not in ("assets", "download"):
        continue
    run.record_input("weights", f"{name} (ImageNet)", found.weights.description, list(found.network.parameters()))
    kinds = {entry.name: entry.kind for entry in layer_table.layers(found.network, 224)}
    chosen = [n for n in kinds if n.startswith(("conv2d", "mixed")) and "_" not in n]
    chosen = chosen or ["features.1", *(n for n in kinds if kinds[n] == "Fire")]
    part = inspected.x[: run.by_scale(smoke=4, laptop=64, paper=1_000)]
    others[name] = active_shares(found.network, chosen, map(found.preprocessing, part.split(8)))

# %% tags=["hide-input"]
for name in ("googlenet", "squeezenet1_1"):
    run.claim(
        f"sec-5.sparser.{name.removesuffix('1_1')}",
        thinning(others[name]) if name in others else None,
        missing="ImageNet's weights of this network, beside those of VGG16",
    )
run.figure(
    along_depth(
        {used: share, **({} if used == NARROW else {NARROW: of_narrow.share}), **others}, y_label="share active"
    ),
    alt="Share of active units against depth for the networks at hand.",
    caption="Units active at a position, from the first layer to the last: median and middle half over the images.",
)

# %% [markdown]
# ## The narrow network
#
# The same questions to the narrow VGG16 on the drawn images that it was trained on. They are controls, and count
# nothing for or against the study: do its sentences need ImageNet's weights and photographs?

# %% tags=["hide-input"]
own = ("model", "images", "layer", "unit", "image")
first, second, _, fourth = of_narrow.share.T[:4]
values = {
    "fig-2.very-sparse.layer-13.narrow": of_narrow.share[:, 12],
    "sec-5.first-half.narrow": first,
    "sec-5.second-more.narrow": {"layer 1": first, "layer 2": second},
    "sec-5.fourth-half.narrow": fourth,
    "sec-5.sparser.narrow": thinning(of_narrow.share),
    "sec-2.one-of-four-active.narrow": of_narrow.passed.mean(dim=1),
    "control.trained-sparser.narrow": last[NARROW],
}
for claim_id, found in values.items():
    run.claim(claim_id, found, independent_of=own)

# %% [markdown]
# ## One unit
#
# The chosen unit on the images that excite it most.

# %% tags=["hide-input"]
parts = inspected.shown.split(batch)
of_unit = torch.cat([inspected.activation(inspected.prepare(part))[:, place.unit].cpu() for part in parts])
peaks = of_unit.reshape(len(of_unit), -1).amax(dim=1)  # one per image
most = peaks.argsort(descending=True)[:6].tolist()
planes = as_planes(of_unit)
run.figure(
    grid(
        {
            "image": {f"no. {k}": inspected.shown[k].cpu() for k in most},
            f"unit {place.unit}": {f"no. {k}": planes[k] for k in most},
        }
    ),
    alt="Six images, and below each the activations of the chosen unit.",
    caption=f"Unit {place.unit} of {inspected.layer.name}: of the images shown, the six that excite it most.",
)

# %% [markdown]
# ## The architecture and its equations
#
# VGG16 as published, without weights, for images of 224 × 224. The study counts layers from the image, 0; a P marks a
# pooling in front of the layer.

# %% tags=["hide-input"]
with torch.device("meta"):
    published = layer_table.layers(VGG16(), 224)
weighted = [entry for entry in published if entry.kind in ("Conv2d", "Linear")]
pooled = {}  # number of a layer -> the pooling in front of it
for pool in (entry for entry in published if entry.kind == "MaxPool2d"):
    behind = next(entry for entry in published[published.index(pool) :] if entry in weighted)
    pooled[weighted.index(behind) + 1] = pool
entries = [3 * 224**2, *(prod(entry.shape) for entry in weighted)]  # n_0, n_1, ...
table = ["| layer | name | depth | extent | $n_i$ | behind the pooling |", "|---|---|---|---|---|---|"]
for number, entry in enumerate(weighted, 1):
    extent = " × ".join(str(points) for points in entry.shape[1:]) or "none"
    left = f"{prod(pooled[number].shape):,}" if number in pooled else ""
    mark = "P" if number in pooled else ""
    table.append(f"| {mark}{number} | {entry.name} | {entry.shape[0]} | {extent} | {entries[number]:,} | {left} |")
run.say("\n".join(table))

# %% tags=["hide-input"]
kinds = [entry.kind for entry in weighted]
run.claim("fig-1.layers", [kinds == ["Conv2d"] * 13 + ["Linear"] * 3 and list(pooled) == [3, 5, 8, 11, 14]])
depths = [3, *(entry.shape[0] for entry in weighted)]
run.claim("sec-2.depths", [depths == [3, 64, 64, 128, 128, *[256] * 3, *[512] * 6, 4096, 4096, 1000]])
sizes = [224, *(entry.shape[1] for entry in weighted[:13])]
kept = [now == (was // 2 if n in pooled else was) for n, (was, now) in enumerate(pairwise(sizes), 1)]
kernels_used = {(entry.kernel, entry.stride) for entry in weighted[:13]}
flat = {len(entry.shape) for entry in weighted[13:]} == {1}
run.claim("sec-2.sizes", [*kept, kernels_used == {((3, 3), (1, 1))}, flat])
run.claim("sec-2.one-of-four", [4 * prod(pool.shape) == entries[number - 1] for number, pool in pooled.items()])
for claim_id in ("sec-2.overlap", "sec-2.deeper-and-deeper", "sec-2.last-layer"):
    run.claim(claim_id)

# %% [markdown]
# As a vector, layer $i$ has $n_i$ entries. Equation 1 sends layer $i-1$ through a matrix $W_i$ of
# $n_i \times n_{i-1}$; here the matrix is built, for a small copy of the network, and compared with the convolution.
# Equation 2 has a matrix $P_i$ of $n_i \times n_{i-1}$ for the pooling, then a square matrix $W_i$.

# %%
small = VGG16(width=1 / 16, last="pool5")
without = [f"conv{block}_{n}" for block, count in ((1, 2), (2, 2), (3, 3), (4, 3), (5, 3)) for n in range(2, count + 1)]
differences = [equations_of_layers.matrix_difference(getattr(small, name), side=4, seed=seed) for name in without]
maps_of_noise = torch.randn(20, 8, 8, generator=torch.Generator().manual_seed(seed))
is_sub_permutation = [equations_of_layers.is_sub_permutation(nn.MaxPool2d(2), one_map) for one_map in maps_of_noise]

# %% tags=["hide-input"]
run.claim("eq-1.shapes", differences)
run.claim("eq-2.shapes")
run.claim("sec-2.sub-permutation", is_sub_permutation)

# %% [markdown]
# Where the depth changes behind the pooling, $P_i$ is $\frac{n_{i-1}}{4} \times n_{i-1}$, and $W_i$ is
# $n_i \times \frac{n_{i-1}}{4}$. What the equations mean is clear anyhow.
#
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study calls the code of VGG16 very sparse in all layers (section 2), and says that about half of the units are "
    "active at first, with a tendency to a sparse code towards the end (section 5)."
)
if activity is not None:
    means = activity.share.mean(dim=0)
    verdicts = [run.verdict(f"fig-2.very-sparse.layer-{k}") for k in (1, 4, 7, 9, 13)]
    run.say(
        f"Over {len(share)} photographs {means[0]:.0%} of the units of layer 1 are active at a position, {means[1]:.0%} of "
        f'layer 2, {means[3]:.0%} of layer 4, and {means[12]:.0%} of layer 13. "Very sparse", read as one in ten at most, '
        f"gets these verdicts for layers 1, 4, 7, 9 and 13: {', '.join(verdicts)}. Of the six sentences of section 5, "
        f"about a half at first: {run.verdict('sec-5.first-half')}; more in layer 2: {run.verdict('sec-5.second-more')}; "
        f"sparser towards the end: {run.verdict('sec-5.sparser')}."
    )

# %% tags=["hide-input"]
if activity is not None:
    run.say(
        f'"About half" is said of a position: somewhere in a photograph {activity.somewhere[:, :12].mean():.1%} of the '
        f"units of layers 1 to 12 are active. With random weights {float(last[used]['random'].mean()):.0%} of layer 13 "
        f"are active instead of {last[used]['trained'][0]:.0%} (training makes it sparser: "
        f"{run.verdict('control.trained-sparser')})."
    )
# %% tags=["hide-input"]
if others:
    thinned = ", ".join(f"{float(thinning(part).mean()):.2f} in {name}" for name, part in others.items())
    run.say(
        f"In the last quarter of the layers as many units are active as in the second, times {thinning(share).mean():.2f} in "
        f"{STUDYS}, {thinned}: that the code thins out to a half or less is common to other networks: "
        f"{run.verdict('sec-5.sparser.googlenet')} for GoogLeNet, {run.verdict('sec-5.sparser.squeezenet')} for SqueezeNet."
    )

# %% tags=["hide-input"]
if accuracy:
    right = {name: sum(part) / len(part) for name, part in accuracy.items()}
    run.say(
        f"A linear classifier names {right['pixels']:.0%} of held-back photographs rightly from the pixels, and "
        f"{right['layer 13']:.0%} from layer 13; guessing gives 10%."
    )
run.say(
    f"In the narrow network {of_narrow.share[:, 12].mean():.0%} of layer 13 are active, against "
    f"{float(last[NARROW]['random'].mean()):.0%} with random weights: what holds of ImageNet's VGG16 need not hold of "
    "every VGG16."
)

# %% tags=["hide-input"]
run.finish()
