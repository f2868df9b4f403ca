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
# and at how many features are active there (figure 6, section 5). It calls the code very sparse, and says that about
# half of the features of the first layer are active, more in the second, with a tendency to fewer towards the end. Here
# they are counted over many images. Before that, the architecture and equations 1 and 2 are checked (section 2).

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "vgg16"  # a network's name, or the path of a description of your own
images = "auto"  # a folder or tar file, imagenette or patterns; auto: what fits the network
layer = "auto"  # the layer of the unit that is looked at; auto: a deep one, here relu5_3
unit = "auto"  # which of its units; auto: the one that the image excites most
image = 0  # which of the images drawn for this page
batch = 16  # images that go through the network at once: fewer take less memory

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

import torch
from torch.nn.functional import max_pool2d

from helpers.data.images import open_images
from helpers.hooks import layer_table
from helpers.hooks.recording import record
from helpers.metrics.activations import as_planes
from helpers.models.initialisation import randomised
from helpers.models.pretrained import load
from helpers.models.pretrained.weights import WeightsError
from helpers.models.vgg import VGG16
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs
from helpers.studies.probing import active_share
from helpers.studies.probing.active_share import active_shares, passed, passed_by_pooling
from helpers.studies.probing.choice import evenly

run = runs.start("probing/01_what_is_active", globals(), **PARAMETERS)

# %% [markdown]
# ## The architecture
#
# VGG16 as published, without weights, for images of 224 × 224. The study counts layers from the image, 0; a P marks a
# pooling in front of the layer.

# %%
with torch.device("meta"):
    published = layer_table.layers(VGG16(), 224)
weighted = [entry for entry in published if entry.kind in ("Conv2d", "Linear")]
pooled = {}  # number of a layer -> the pooling in front of it
for pool in (entry for entry in published if entry.kind == "MaxPool2d"):
    behind = next(entry for entry in published[published.index(pool) :] if entry in weighted)
    pooled[weighted.index(behind) + 1] = pool
for number, entry in enumerate(weighted, 1):
    extent = " × ".join(str(points) for points in entry.shape[1:]) or "no extent"
    print(f"{'P' if number in pooled else ' '}{number:3}  {entry.name:8} depth {entry.shape[0]:4}, {extent}")

# %%
kinds = [entry.kind for entry in weighted]
run.claim("fig-1.layers", kinds == ["Conv2d"] * 13 + ["Linear"] * 3 and list(pooled) == [3, 5, 8, 11, 14])
depths = [3, *(entry.shape[0] for entry in weighted)]
run.claim("sec-2.depths", depths == [3, 64, 64, 128, 128, *[256] * 3, *[512] * 6, 4096, 4096, 1000])
sizes = [224, *(entry.shape[1] for entry in weighted[:13])]
kept = [now == (was // 2 if n in pooled else was) for n, (was, now) in enumerate(pairwise(sizes), 1)]
kernels = {(entry.kernel, entry.stride) for entry in weighted[:13]}
run.claim("sec-2.sizes", all(kept) and kernels == {((3, 3), (1, 1))} and {len(e.shape) for e in weighted[13:]} == {1})
((side, _), (stride, _)) = kernels.pop()
run.claim("sec-2.overlap", side - stride == stride)

# %% [markdown]
# At a stride of one, neighbouring patches of 3 × 3 share two rows, not one: a slip of the pen. The next one is in the
# equations. As a vector, layer $i$ has $n_i$ entries. Equation 2 has a matrix $P_i$ of $n_i \times n_{i-1}$ for the
# pooling, then a square matrix $W_i$ of $n_i \times n_i$.

# %%
entries = [3 * 224**2, *(prod(entry.shape) for entry in weighted)]  # n_0, n_1, ...
for number, pool in pooled.items():
    print(f"layer {number:2}: the pooling leaves {prod(pool.shape):7,} entries, n_{number} is {entries[number]:9,}")
inside = [number for number in range(2, 14) if number not in pooled]
run.claim("eq-1.shapes", all(weighted[n - 1].shape[1:] == weighted[n - 2].shape[1:] for n in inside))
run.claim("eq-2.shapes", all(prod(pool.shape) == entries[number] for number, pool in pooled.items()))
run.claim("sec-2.one-of-four", all(4 * prod(pool.shape) == entries[number - 1] for number, pool in pooled.items()))

# %% [markdown]
# The shapes fit at layer 11 alone. Elsewhere the depth changes behind the pooling: $P_i$ is
# $\frac{n_{i-1}}{4} \times n_{i-1}$, and $W_i$ is $n_i \times \frac{n_{i-1}}{4}$. What the equations say is clear anyhow.
#
# ## The network and the images

# %%
inspected = load_inputs(run, count=run.by_scale(smoke=24, laptop=290, paper=2_000))

# %% [markdown]
# Layer $i$ means what the ReLU behind the $i$-th convolution gives; in a network of your own, what its $i$-th
# non-linearity gives, whichever it is. One that runs several times counts each time.

# %%
network = active_share.with_functions_as_layers(inspected.network)
listed = active_share.non_linear_layers(network, inspected.prepare.size)
names = [each.name for each in listed]
layers = active_share.calls_of(listed)
one = active_share.one_image(network, listed, inspected.prepare(inspected.x[[image]]))
features = {name: len(maps) for name, maps in one.items()}
place = inspected.strongest(image)
FIVE = (1, 4, 7, 9, 13) if len(layers) == 13 else evenly(range(1, len(layers) + 1), 5)

# %% [markdown]
# ## Figure 2
#
# The image, and the most active features of five layers. Every map has its own scale.

# %%
from helpers.plots.images import grid

rows = {"input": {"image": inspected.x[image].cpu()}}
for number in FIVE:
    maps = as_planes(one[layers[number - 1]]).cpu()
    strong = maps.flatten(1).sum(dim=1).argsort(descending=True)[:6].tolist()
    rows[f"layer {number}"] = {f"feature {k}": maps[k] for k in strong}
run.figure(
    grid(rows),
    alt=f"The input image, and below it for layers {', '.join(map(str, FIVE))} the maps of the six most active features.",
    caption="Figure 2: activations for one image. Dark is zero, bright the largest activation of the feature.",
)

# %% [markdown]
# In VGG16 the first maps keep the image's outlines; those of layer 13 are a few places on a coarse grid.
#
# ## How much is active
#
# Section 5 counts active features, as the histograms of figure 6 show. At any one place a number of the features is
# above 0; the mean of that number over places, divided by the depth, is also the share of all activations above 0. So
# "very sparse" (section 2) and "about a half" (section 5) are said of one and the same number in the first layer.

# %%
run.claim("sec-2.sparse-or-half", 0.5 <= 0.1)

# %% [markdown]
# Figure 6 for the image above: at how many places are how many features active?

# %%
from helpers.plots.depth import along_depth, count_histograms, spread_by_layer

counted = evenly(layers, 16)
run.figure(
    count_histograms({name: (as_planes(one[name]) > 0).sum(dim=0) for name in counted}, features),
    alt="A histogram for each layer: the number of features active at a place, from none to all; a dotted line at half.",
    caption="Figure 6 for one image: features active at a place, over all places of the layer.",
)

# %%
share = active_shares(network, names, inspected.inputs())  # (image, layer)
at = dict(enumerate(share.T, 1))  # the study's number of a layer -> the share there, per image
labels = [name.removeprefix("relu") for name in layers]
few = evenly(labels, 30)
run.figure(
    spread_by_layer(
        {inspected.loaded.name: share},
        [name if name in few else "" for name in labels],
        y_label="share active",
        level=0.5,
    ),
    alt="Share of active features in each layer: median, middle half and middle 90 per cent over the images; a dotted line at one half.",
    caption=f"Share of features active at a place, over {len(inspected.x)} images: median, middle half (thick), middle 90 % (thin).",
)


# %%
def judge(claim_id: str, numbers: Sequence[int], values: Callable[..., object]) -> None:
    """Report a claim on layers with these numbers, if the network has as many."""
    there = set(numbers) <= set(at)
    run.claim(
        claim_id,
        values(*(at[n] for n in numbers)) if there else None,
        missing=f"a network with {max(numbers)} non-linearities",
    )


# %%
for number in (1, 4, 7, 9, 13):
    judge(f"fig-2.very-sparse.layer-{number}.vgg16", [number], lambda there: there)
judge("sec-5.first-half.vgg16", [1], lambda first: first)
judge("sec-5.second-more.vgg16", [1, 2], lambda first, second: {"layer 1": first, "layer 2": second})
judge("sec-5.pooled-same.vgg16", [2, 3], lambda second, third: third - second)
judge("sec-5.fourth-half.vgg16", [4], lambda fourth: fourth)
judge("sec-5.second-pooled-same.vgg16", [4, 5], lambda fourth, fifth: fifth - fourth)
judge("sec-5.sparser.vgg16", range(5, 14), lambda *deep: {str(k): column for k, column in enumerate(deep, 5)})

# %% [markdown]
# In the narrow network of this book about half of the features of layer 1 are active at a place, fewer in layer 2, and between a
# fifth and a third or little more from layer 4 on; at no depth is it as few as a tenth. Nor is the way down steady:
# behind most poolings the share rises again, since the largest of four values is above 0 more often than one of them.
#
# Is the sparse end the work of training? A control: the same network with the weights of its convolutions drawn from
# normal distributions of the trained ones' means and variances, layer by layer, as in the study's section 3; the biases
# stay.

# %%
drawn = []
for draw in range(run.by_scale(smoke=1, laptop=10, paper=20)):
    other = randomised(network, seed=seed + draw)
    drawn.append(active_shares(other, names, inspected.inputs()))
random = [float(one[:, -1].mean()) for one in drawn]  # one value per draw: draws differ by more than images do
run.claim("control.untrained-half", {"trained": [float(share[:, -1].mean())] * len(random), "random": random})
run.figure(
    along_depth({"trained": share, "random weights": torch.stack(drawn).mean(dim=0)}, y_label="share active"),
    alt="Share of active features over the layers, with the trained weights and with random ones.",
    caption="With trained and with random weights: median and middle half over the images.",
)

# %% [markdown]
# In the narrow network training is not needed for it: with random weights and the trained biases just as few are active
# at the end.
#
# ## One unit
#
# The chosen unit on the images that excite it most.

# %%
of_unit = [inspected.activation(part)[:, place.unit] for part in inspected.inputs()]
peaks = torch.cat([part.reshape(len(part), -1).amax(dim=1) for part in of_unit]).cpu()  # one per image
most = peaks.argsort(descending=True)[:6].tolist()
maps = torch.cat([inspected.activation(inspected.prepare(inspected.x[[k]]))[:, place.unit] for k in most]).cpu()
run.figure(
    grid(
        {
            "image": {f"no. {k}": inspected.x[k] for k in most},
            f"unit {place.unit}": {f"no. {k}": plane for k, plane in zip(most, as_planes(maps), strict=True)},
        }
    ),
    alt="Six images, and below each the activations of the chosen unit.",
    caption=f"Unit {place.unit} of {inspected.layer.name}: the six images that excite it most.",
)
print(f"active somewhere on {100 * (peaks > 0).float().mean():.0f} % of the images")

# %% [markdown]
# ## What pooling lets through
#
# Max pooling passes one value of four. But are these one in four *activations*? Where only one of the four is above 0,
# it passes, and nothing is lost. Counted are the activations above 0 behind each max pooling, over those before it.

# %%
hundred = (inspected.prepare(part) for part in inspected.x[:100].split(batch))
pooling = passed_by_pooling(inspected.network, hundred)
run.claim(
    "sec-2.one-of-four-active.vgg16",
    None if pooling is None else pooling.share.mean(dim=0),
    missing="a max pooling that is a layer",
)

# %%
columns = None  # one 1 in each row, at these columns of P
if pooling is not None and pooling.switches is not None:
    columns = pooling.switches.flatten(2).flatten(0, 1)[:500].tolist()
run.claim(
    "sec-2.sub-permutation",
    None if columns is None else all(len(set(one)) == len(one) for one in columns),
    missing="a max pooling whose windows do not overlap",
)

# %% [markdown]
# In the narrow network more than a quarter of the activations get through, since where few are active they seldom meet in one window.

# %% [markdown]
# ## ImageNet's weights
#
# So far the network was the one in use, named above. The study's is trained on ImageNet; its first four convolutions
# are judged here with ImageNet's values and photographs, where the machine has them.

# %%
own = inspected.loaded
real = {"vgg16": own} if own.name == "vgg16" and own.weights.source in ("assets", "download") else {}
for name, weights in (("vgg16", "assets"), ("googlenet", None), ("squeezenet1_1", None)):
    try:
        real.setdefault(name, load(name, weights=weights, device=run.device))
    except WeightsError as error:
        print(error)
real = {name: found for name, found in real.items() if found.weights.source in ("assets", "download")}
photographs = open_images(images, size=224).choose(run.by_scale(smoke=4, laptop=64, paper=1_300), seed=seed)
print(f"ImageNet's weights here: {', '.join(real) or 'none'}; images: {photographs.name} ({photographs.source})")

# %%
measured: dict[str, object] = {}  # claim -> what was measured, where it could be
deep: dict[str, torch.Tensor] = {}  # network -> (image, layer)
for name, found in real.items():
    run.record_input("weights", f"{name} (ImageNet)", found.weights.description, list(found.network.parameters()))
    kinds = {entry.name: entry.kind for entry in layer_table.layers(found.network, 224)}
    chosen = {
        "vgg16": ["relu1_1", "relu1_2", "pool1", "relu2_1", "relu2_2"],
        "googlenet": [n for n in kinds if n.startswith(("conv2d", "mixed")) and "_" not in n],
        "squeezenet1_1": ["features.1", *(n for n in kinds if kinds[n] == "Fire")],
    }[name]
    inputs = (found.preprocessing(part.x) for part in photographs.batches(min(batch, 8), device=run.device))
    deep[name] = active_shares(found.network, chosen, inputs)

# %% [markdown]
# The first four layers of ImageNet's VGG16, and what stands behind the first pooling:

# %%
if "vgg16" in real:
    one_, two, behind, three, four = deep.pop("vgg16").T
    measured |= {
        "fig-2.very-sparse.layer-1.imagenet": one_,
        "fig-2.very-sparse.layer-4.imagenet": four,
        "sec-5.first-half.imagenet": one_,
        "sec-5.second-more.imagenet": {"layer 1": one_, "layer 2": two},
        "sec-5.pooled-same.imagenet": three - two,
        "sec-5.pooled-same-itself.imagenet": behind - two,
        "sec-5.fourth-half.imagenet": four,
    }
    halves = ((one_ - 0.5).abs() <= 0.1) & ((four - 0.5).abs() <= 0.1)
    measured["fig-6.typical.imagenet"] = (halves & (two > one_) & ((three - two).abs() <= 0.1)).float()
    run.figure(
        spread_by_layer(
            {"VGG16, ImageNet": torch.stack([one_, two, behind, three, four], dim=1)},
            ["layer 1", "layer 2", "pooling", "layer 3", "layer 4"],
            y_label="share active",
            level=0.5,
        ),
        alt="Share of active features in layers 1 and 2, behind the first pooling, and in layers 3 and 4 of VGG16 with ImageNet's weights.",
        caption=f"ImageNet's VGG16 on {len(one_)} images: median, middle half (thick), middle 90 % (thin).",
    )

# %% [markdown]
# How much of the activations above 0 the first two poolings let through, and whether the first layer's kernels answer
# to change: a kernel whose energy lies mostly in its mean over the nine places answers to colour or brightness.

# %%
if "vgg16" in real:
    found = real["vgg16"]
    ratios = []
    for part in photographs.batches(min(batch, 4), device=run.device):
        with record(found.network, ["relu1_2", "relu2_2"], stop=True) as outputs:
            found.network(found.preprocessing(part.x))
        both = [passed(outputs[name], max_pool2d(outputs[name], 2)) for name in ("relu1_2", "relu2_2")]
        ratios.append((both[0] + both[1]) / 2)
    measured["sec-2.one-of-four-active.imagenet"] = torch.cat(ratios)
    kernel = found.network.conv1_1.weight.flatten(2)  # (feature, colour, position)
    constant = kernel.mean(dim=2).square().sum(dim=1) * 9 / kernel.square().sum(dim=(1, 2))
    measured["fig-2.edges.imagenet"] = (constant < 0.5).float().mean().cpu()
    order = constant.argsort()[[0, 8, 16, 24, 32, 40, 48, 56, 63]].tolist()
    kernels = {f"{k}: {100 * constant[k]:.0f} %": found.network.conv1_1.weight[k].cpu() for k in order}
    run.figure(
        grid({"": kernels}, signed=kernels),
        alt="Nine kernels of 3 by 3 of the first layer, ordered by the share of their energy that is constant in space.",
        caption="Kernels of layer 1, mean over the colours, red positive and blue negative; above, the number of each and the constant share of its energy.",
    )

# %% [markdown]
# The way towards the end, in two networks that have ImageNet's weights in all layers.

# %%
for name, shares in deep.items():
    measured[f"sec-5.sparser.{name.removesuffix('1_1')}"] = {str(k): column for k, column in enumerate(shares.T, 1)}
run.figure(
    along_depth(
        {f"{inspected.loaded.name} ({inspected.loaded.weights.source})": share, **deep}, y_label="share active"
    ),
    alt="Share of active features against depth for the networks at hand.",
    caption="Share active from the first layer to the last: median and middle half over the images.",
)

# %%
ABOUT_IMAGENET = [
    *(f"fig-2.very-sparse.layer-{k}.imagenet" for k in (1, 4)),
    *("fig-2.edges.imagenet", "sec-2.one-of-four-active.imagenet", "fig-6.typical.imagenet"),
    *(f"sec-5.{what}.imagenet" for what in ("first-half", "second-more", "pooled-same", "pooled-same-itself")),
    *("sec-5.fourth-half.imagenet", "sec-5.sparser.googlenet", "sec-5.sparser.squeezenet"),
]
for claim_id in ABOUT_IMAGENET:
    run.claim(
        claim_id,
        measured.get(claim_id),
        missing="ImageNet's weights and photographs",
        independent_of=("model", "layer", "unit", "image"),
    )

# %%
run.finish()
