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
layer = "relu5_3"  # the layer of the unit that is looked at
unit = -1  # which of its units; -1 is the one that the image excites most
image = 0  # which of the images drawn for this page

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
from itertools import pairwise
from math import prod

import torch
from torch.nn import functional

from helpers.data.images import open_images
from helpers.hooks import layer_table
from helpers.hooks.recording import record
from helpers.metrics.activations import strongest
from helpers.models.initialisation import randomised
from helpers.models.pretrained import load
from helpers.models.pretrained.weights import WeightsError
from helpers.models.vgg import VGG16
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs

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
# Layer $i$ means what the ReLU behind the $i$-th convolution gives.

# %%
listed = [
    entry
    for entry in layer_table.layers(inspected.network, inspected.prepare.size)
    if entry.kind == "ReLU" and len(entry.shape) == 3
]
layers = [entry.name for entry in listed]
features = {entry.name: entry.shape[0] for entry in listed}
with record(inspected.network, dict.fromkeys([*layers, layer]), stop=True) as one:
    inspected.network(inspected.prepare(inspected.x[[image]]))
place = strongest(one[layer][0], unit=unit)

# %% [markdown]
# ## Figure 2
#
# The image, and the most active features of five layers. Every map has its own scale.

# %%
from helpers.plots.images import grid

rows = {"input": {"image": inspected.x[image].cpu()}}
for number in (1, 4, 7, 9, 13):
    maps = one[layers[min(number, len(layers)) - 1]][0].cpu()
    strong = maps.flatten(1).sum(dim=1).argsort(descending=True)[:6].tolist()
    rows[f"layer {number}"] = {f"feature {k}": maps[k] for k in strong}
run.figure(
    grid(rows),
    alt="The input image, and below it for layers 1, 4, 7, 9 and 13 the maps of the six most active features.",
    caption="Figure 2: activations for one image. Dark is zero, bright the largest activation of the feature.",
)

# %% [markdown]
# The first maps keep the image's outlines; those of layer 13 are a few places on a coarse grid.
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

run.figure(
    count_histograms({name: (one[name][0] > 0).sum(dim=0) for name in layers}, features),
    alt="A histogram for each layer: the number of features active at a place, from none to all; a dotted line at half.",
    caption="Figure 6 for one image: features active at a place, over all places of the layer.",
)


# %%
def active(network: torch.nn.Module, names: list[str], inputs: torch.Tensor) -> torch.Tensor:
    """Share of the activations above 0: (image, layer)."""
    shares = []
    for part in inputs.split(16):
        with record(network, names, stop=True) as outputs:
            network(part)
        shares.append(torch.stack([(outputs[name] > 0).float().mean(dim=(1, 2, 3)) for name in names], dim=1))
    return torch.cat(shares).cpu()


share = active(inspected.network, layers, inspected.prepare(inspected.x))


def share_at(number: int) -> torch.Tensor:
    """The share in the study's layer of this number, per image (in the last layer, where a network has fewer)."""
    return share[:, min(number, len(layers)) - 1]


# %%
run.figure(
    spread_by_layer(
        {inspected.loaded.name: share},
        [name.removeprefix("relu") for name in layers],
        y_label="share active",
        level=0.5,
    ),
    alt="Share of active features in each layer: median, middle half and middle 90 per cent over the images; a dotted line at one half.",
    caption=f"Share of features active at a place, over {len(inspected.x)} images: median, middle half (thick), middle 90 % (thin).",
)
for number in (1, 4, 7, 9, 13):
    run.claim(f"fig-2.very-sparse.layer-{number}.vgg16", share_at(number))

# %%
run.claim("sec-5.first-half.vgg16", share_at(1))
run.claim("sec-5.second-more.vgg16", {"layer 1": share_at(1), "layer 2": share_at(2)})
run.claim("sec-5.pooled-same.vgg16", share_at(3) - share_at(2))
run.claim("sec-5.fourth-half.vgg16", share_at(4))
run.claim("sec-5.second-pooled-same.vgg16", share_at(5) - share_at(4))
run.claim("sec-5.sparser.vgg16", {str(number): share_at(number) for number in range(5, 14)})

# %% [markdown]
# In the narrow network about half of the features of layer 1 are active at a place, fewer in layer 2, and between a
# fifth and a third or little more from layer 4 on; at no depth is it as few as a tenth. Nor is the way down steady:
# behind most poolings the share rises again, since the largest of four values is above 0 more often than one of them.
#
# Is the sparse end the work of training? A control: the same network with weights drawn from normal distributions of
# the trained ones' means and variances, layer by layer, as in the study's section 3; the biases stay.

# %%
drawn = []
for draw in range(run.by_scale(smoke=1, laptop=10, paper=20)):
    other = randomised(inspected.network, seed=seed + draw)
    drawn.append(active(other, layers, inspected.prepare(inspected.x)))
random = [float(one[:, -1].mean()) for one in drawn]  # one value per draw: draws differ by more than images do
run.claim("control.untrained-half", {"trained": [float(share_at(13).mean())] * len(random), "random": random})
run.figure(
    along_depth({"trained": share, "random weights": torch.stack(drawn).mean(dim=0)}, y_label="share active"),
    alt="Share of active features over the layers, with the trained weights and with random ones.",
    caption="With trained and with random weights: median and middle half over the images.",
)

# %% [markdown]
# Training is not needed for it: with random weights and the trained biases just as few are active at the end.
#
# ## One unit
#
# The chosen unit on the images that excite it most.

# %%
with record(inspected.network, [layer], stop=True) as outputs:
    inspected.network(inspected.prepare(inspected.x))
maps = outputs[layer][:, place.unit].cpu()
most = maps.flatten(1).amax(dim=1).argsort(descending=True)[:6].tolist()
run.figure(
    grid(
        {
            "image": {f"no. {k}": inspected.x[k] for k in most},
            f"unit {place.unit}": {f"no. {k}": maps[k] for k in most},
        }
    ),
    alt="Six images, and below each the activations of the chosen unit.",
    caption=f"Unit {place.unit} of {layer}: the six images that excite it most.",
)
print(f"active somewhere on {100 * (maps.flatten(1) > 0).any(dim=1).float().mean():.0f} % of the images")

# %% [markdown]
# ## What pooling lets through
#
# Max pooling passes one value of four. But are these one in four *activations*? Where only one of the four is above 0,
# it passes, and nothing is lost.


# %%
def passed(before: torch.Tensor) -> torch.Tensor:
    """Activations above 0 behind a 2 × 2 max pooling, over those before it, per image."""
    behind = functional.max_pool2d(before, 2)
    return ((behind > 0).sum(dim=(1, 2, 3)) / (before > 0).sum(dim=(1, 2, 3)).clamp(min=1)).cpu()


def before_pools(network: torch.nn.Module, size: int) -> list[str]:
    """The ReLUs that a max pooling stands behind."""
    order = [(entry.name, entry.kind) for entry in layer_table.layers(network, size)]
    return [name for (name, _), (_, kind) in pairwise(order) if kind == "MaxPool2d"]


with record(inspected.network, before_pools(inspected.network, inspected.prepare.size), stop=True) as outputs:
    inspected.network(inspected.prepare(inspected.x[:100]))
run.claim("sec-2.one-of-four-active.vgg16", torch.stack([passed(a) for a in outputs.values()]).mean(dim=0))

# %%
_, switches = functional.max_pool2d(
    next(iter(outputs.values())), 2, return_indices=True
)  # (image, feature, row, column)
columns = switches.flatten(2)  # one 1 in each row, at these columns of P
run.claim("sec-2.sub-permutation", all(len(set(c)) == len(c) for c in columns.flatten(0, 1)[:500].tolist()))

# %% [markdown]
# More than a quarter of the activations get through, since where few are active they seldom meet in one window.

# %% [markdown]
# ## ImageNet's weights
#
# So far the network was the one in use, named above. The study's is trained on ImageNet; its first four convolutions
# are judged here with ImageNet's values and photographs, where the machine has them.

# %%
real: dict[str, object] = (
    {"vgg16": inspected.loaded} if inspected.loaded.weights.source in ("assets", "download") else {}
)
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
    inputs = (found.preprocessing(batch.x) for batch in photographs.batches(8, device=run.device))
    deep[name] = torch.cat([active(found.network, chosen, part) for part in inputs])

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
    for batch in photographs.batches(4, device=run.device):
        with record(found.network, ["relu1_2", "relu2_2"], stop=True) as outputs:
            found.network(found.preprocessing(batch.x))
        ratios.append((passed(outputs["relu1_2"]) + passed(outputs["relu2_2"])) / 2)
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
        claim_id, measured.get(claim_id), missing="" if claim_id in measured else "ImageNet's weights and photographs"
    )

# %%
run.finish()
