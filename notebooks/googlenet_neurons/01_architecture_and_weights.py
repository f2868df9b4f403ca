# ---
# jupyter:
#   book:
#     stages:
#     - googlenet_neurons/bottlenecks
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
# # Architecture and weights
#
# The study looks at the units of Inception V1 {cite}`szegedy2015`, and introduces convolutional networks with nine figures
# (sections 1.2 and 1.3), the way to its kernels (3.1), and a table of all sizes (appendix 7.1, figures 38 and 39). Here the
# table is computed from the network, the figures are small examples with real numbers, and what the study says of
# parameters, layers, savings and information is counted or measured.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "googlenet"  # a network's name, or the path of a description of your own
layer = "auto"  # names of layers, separated by commas; auto: all with kernels
images = "auto"  # a folder or tar file of images, or patterns; auto: ImageNet's validation images where they are

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import conv2d, max_pool2d

from helpers.data.images import PHOTOGRAPHS, open_images
from helpers.hooks.layer_table import layers
from helpers.models.googlenet import BLOCKS, GoogLeNet
from helpers.pages import runs
from helpers.randomness import generator
from helpers.studies.googlenet_neurons import architecture
from helpers.studies.googlenet_neurons.bottlenecks import bottlenecks
from helpers.studies.googlenet_neurons.columns.identity import identities
from helpers.studies.googlenet_neurons.columns.kernel_sizes import COLUMNS
from helpers.studies.googlenet_neurons.inputs import record_inputs
from helpers.studies.googlenet_neurons.kernels import averaged, effective_rank
from helpers.studies.googlenet_neurons.layer_inputs import layer_inputs
from helpers.studies.googlenet_neurons.parameters import IMAGES, PARAMETERS
from helpers.studies.googlenet_neurons.plots import architecture as drawn
from helpers.studies.googlenet_neurons.plots import building_blocks as parts
from helpers.studies.googlenet_neurons.plots.by_branch import by_branch
from helpers.studies.googlenet_neurons.plots.kernel_rows import kernel_rows
from helpers.studies.googlenet_neurons.stages import bottlenecks as bottlenecks_stage
from helpers.studies.googlenet_neurons.subject import MISSING, subject

# %% tags=["hide-input"]
run = runs.start("googlenet_neurons/01_architecture_and_weights", globals(), **PARAMETERS, **IMAGES)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
record_inputs(run, seen)
published = GoogLeNet()  # at full width; its weights do not enter
of_no_weights = {"independent_of": ("model", "layer", "images")}
run.say(f"{seen.describe()} What is said of the architecture alone is counted in the published network.")

# %% [markdown]
# ## Figures 38 and 39: the network
#
# The study prints the sizes of all layers as a table. Each row is counted here in the network itself, on an image of 224
# pixels: side and channels of the output, depth (convolutions on the longest way through), and units of the branches.

# %%
rows = architecture.specification(published)

# %% tags=["hide-input"]
run.figure(
    drawn.network(rows),
    alt="The whole network as columns of boxes from left to right, three lines: a convolution, a pool, two convolutions, a pool, nine blocks of four branches with two pools between them, and the classifier. Boxes are coloured by the size of kernel; below each column stands the size of its output.",
    caption="After figure 39 of the study, drawn from the network: kernels, units, and rows × columns × channels of the output. LRN is local response normalisation, which the study does not mention.",
)

# %% tags=["hide-input"]
printed = run.study("fig-38.table")
inception = [name for name in rows if name in BLOCKS]
heads = ("side", "channels", "depth", "1×1", "3×3 reduce", "3×3", "5×5 reduce", "5×5", "pool proj")
told = ["| " + " | ".join([name, *map(str, rows[name])]) + " |" for name in inception]
run.say(f"| layer | {' | '.join(heads)} |\n|{'---|' * (len(heads) + 1)}\n" + "\n".join(told))
run.claim("fig-38.table", [list(printed[name]) == rows[name] for name in printed], **of_no_weights)
run.claim("fig-38.sums")

# %% [markdown]
# A network of your own has another table: name, kernel, units and field of view of its first convolutions.

# %% tags=["hide-cell"]
listed = {each.name: each for each in layers(seen.loaded.network, seen.loaded.preprocessing.size)}
own = ["| layer | kernel | units | rows and columns of the output | field of view |", "|---|---|---|---|---|"]
for branch in seen.branches[:60]:
    known = listed[branch.convolution]
    field = known.receptive_field
    size = " × ".join(map(str, branch.size))
    own.append(
        f"| {branch.title} | {size} | {branch.units} | {known.positions} | {field.size if field else 'not known'} |"
    )
run.say("\n".join(own))

# %% [markdown]
# ## Figures 1 to 4: convolution, padding, ReLU, pooling
#
# A convolution multiplies a part of its input by a kernel, point by point, and adds up. The kernel here is the averaged kernel
# of the first unit that has one, the part of the input is drawn at random.

# %%
kernel_set = seen.kernel_sets()[0]
kernel = averaged(seen.weights(kernel_set)[:1])[0]  # (row, column)
kernel = kernel / kernel.abs().max()
patch = torch.rand(kernel.shape, generator=generator(seed, "patch"))
by_hand = sum(float(a * b) for a, b in zip(patch.flatten(), kernel.flatten(), strict=True))
by_torch = float(conv2d(patch[None, None], kernel[None, None]))

# %% tags=["hide-input"]
run.figure(
    parts.convolution_step(patch, kernel),
    alt="Three small matrices with their numbers: a part of an input, a kernel with positive and negative values, and their product.",
    caption=f"After figure 1: one step of a convolution. The sum by hand is {by_hand:.4f}, and what PyTorch gives is {by_torch:.4f}. The kernel is the averaged one of {kernel_set.title}, unit 0, scaled to a largest value of 1.",
)

# %% [markdown]
# Figure 2 shows a kernel that moves by two points over an input with one point of padding on each side, to keep the shape of
# the input. The output has $\lfloor (n + 2p - k)/s \rfloor + 1$ points a side, with side $n$, padding $p$, kernel $k$ and
# stride $s$.

# %%
sides = range(3, 33)
kept = [conv2d(torch.zeros(1, 1, n, n), torch.zeros(1, 1, 3, 3), stride=2, padding=1).shape[-1] == n for n in sides]
ours = torch.tensor([[1.0, 3, 2, 1], [5, 6, 1, 0], [2, 2, 8, 4], [1, 0, 3, 7]])
pooled = max_pool2d(ours[None, None], 2)[0, 0]

# %% tags=["hide-input"]
run.figure(
    parts.padded(5, kernel=3, padding=1, strides=(1, 2)),
    alt="Two grids of 7 by 7 squares with a grey ring of padding. Dots mark where the middle of the kernel comes to stand: 25 with stride 1, 9 with stride 2.",
    caption="After figure 2: input (white), padding (grey), the kernel's first place (orange) and its middles (blue).",
)
run.claim("fig-2.same-size", kept, **of_no_weights)

# %% tags=["hide-input"]
x = torch.linspace(-2, 2, 81)
run.figure(
    parts.relu_and_pooling(x, x.relu(), ours, pooled),
    alt="The curve of the ReLU, zero at the left of 0 and the input itself at the right; a map of 4 by 4 numbers, and the 2 by 2 numbers that pooling makes of it.",
    caption="After figures 3 and 4: ReLU sets negative values to 0; max pooling keeps the largest value of each window. Inception V1 itself pools windows of 3×3.",
)
run.claim("fig-4.size")
run.claim("fig-4.label")

# %% [markdown]
# ## Figures 5 to 7: dense layer, softmax, a network for digits

# %%
random = generator(seed, "dense")
inputs = torch.rand(6, generator=random)
weights = torch.randn(3, 6, generator=random)  # (unit, input)
scores = weights @ inputs
probabilities = scores.softmax(dim=0)
digit = load_digits().images[0] / 16  # scikit-learn's, 8 × 8
small = nn.Sequential(
    *[nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)],
    *[nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)],
    *[nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)],
)
shapes, signal = {}, torch.tensor(digit[None, None], dtype=torch.float32)
for number, module in enumerate(small):
    signal = module(signal)
    if not isinstance(module, nn.ReLU | nn.Flatten):
        shapes[f"{number}: {type(module).__name__}"] = tuple(signal.shape[1:])

# %% tags=["hide-input"]
run.figure(
    parts.dense_and_softmax(inputs, weights, scores, probabilities, ["class a", "class b", "class c"]),
    alt="Six inputs joined to three units by lines as strong as the weights; the three scores as bars; and the three probabilities as bars, the largest one coloured.",
    caption=f"After figures 5 and 6: a dense layer (positive weights orange) and softmax. The probabilities add up to {float(probabilities.sum()):.4f}; the largest one is the prediction.",
)
run.figure(
    parts.chain(digit, shapes),
    alt="A digit, and boxes that get smaller: two convolutions, each followed by pooling, and two dense layers, the last with ten units.",
    caption="After figure 7: a network for digits, with channels × rows × columns of each layer's output. The digit is scikit-learn's.",
)

# %% [markdown]
# ## Figures 8 and 9: an inception layer, and its 1×1 convolutions
#
# In the study, an inception layer has kernels of different sizes side by side; 1×1 convolutions turn many channels into few,
# without changing rows and columns.

# %%
modules = dict(published.named_modules())


def sizes(name: str) -> list[tuple[int, ...]]:
    """The kernels of a branch, in their order; a pool stands for itself."""
    names = [f"{name}_bottleneck_pre_relu", f"{name}_pre_relu"]
    return [modules[each].kernel_size for each in names if each in modules]


as_drawn = [
    [sizes(f"{block}_{branch}") for branch in ("1x1", "3x3", "5x5", "pool_reduce")]
    == [[(1, 1)], [(1, 1), (3, 3)], [(1, 1), (5, 5)], [(1, 1)]]
    and isinstance(modules[f"{block}_pool"], nn.MaxPool2d)
    for block in BLOCKS
]

# %% tags=["hide-input"]
run.figure(
    drawn.block("mixed3a", rows["pool-2"][3], rows["mixed3a"]),
    alt="The input of a block goes four ways: a 1×1 convolution; a 1×1 and a 3×3 one; a 1×1 and a 5×5 one; pooling and a 1×1 one. All end in a concatenation.",
    caption="After figure 8: the first inception layer with its numbers of channels. Units are counted in the order of the branches from above.",
)
run.claim("fig-8.branches", as_drawn, **of_no_weights)

# %% tags=["hide-input"]
of_photographs = open_images(PHOTOGRAPHS, size=run.by_scale(smoke=64, laptop=224, paper=224))
photograph = next(iter(of_photographs.batches(1, progress=False))).x
with_1x1 = bottlenecks(seen)
if with_1x1:
    title, name = next(iter(with_1x1.items()))
    network = seen.loaded.network
    with torch.no_grad(), layer_inputs(network, [name]) as taken:
        network(seen.loaded.preprocessing(photograph.to(run.device)))
        after = network.get_submodule(name)(taken[name])[0].relu().cpu()
    before = taken[name][0].cpu()
    run.figure(
        parts.channels(before[:8], after[:8], names=(f"{len(before)} channels in", f"{len(after)} out")),
        alt="A row of maps of a photograph before a 1×1 convolution, and a row of maps behind it.",
        caption=f"After figure 9: the first channels before and behind the 1×1 convolution of {title}, on one photograph of {of_photographs.source}.",
    )

# %% [markdown]
# ## How many parameters, and where
#
# The study counts the parameters of a convolution as kernel size squared × input channels × output units, and says that
# convolutional layers have the majority of them.

# %%
formula = {
    name: each.kernel_size[0] ** 2 * each.in_channels * each.out_channels
    for name, each in architecture.convolutions(published)
}
every = dict(architecture.convolutions(published))
as_formula = [sum(p.numel() for p in every[name].parameters()) == count for name, count in formula.items()]
weights_alone = [every[name].weight.numel() == count for name, count in formula.items()]
others = {name: architecture.without_weights(make) for name, make in architecture.NETWORKS.items()}
where = {name: architecture.parameters_by_kind(other) for name, other in others.items()}
in_convolutions = {name: own["convolutions"] / sum(own.values()) for name, own in where.items()}

# %% tags=["hide-input"]
told = [
    f"| {name} | {own['convolutions']:,} | {own['dense layers']:,} | {own['others']:,} | {in_convolutions[name]:.1%} |"
    for name, own in where.items()
]
run.say(
    "| network | in convolutions | in dense layers | in others | share of convolutions |\n|---|---|---|---|---|\n"
    + "\n".join(told)
)
run.claim("sec-1-2.formula", as_formula, **of_no_weights)
run.claim("control.formula", weights_alone, **of_no_weights)
run.claim("sec-1-2.convolutions-most", [share > 0.5 for share in in_convolutions.values()], **of_no_weights)
run.claim("sec-1-2.dense-most")

# %% [markdown]
# ## How many layers
#
# The study counts 22 layers, of which nine are inception layers, and finds fewer than in ResNet {cite}`he2016`. Here a layer
# is a convolution or a dense layer, and the longest way from the image to the scores is counted.

# %%
depth = architecture.depth(others["Inception V1"])
depths = {name: architecture.depth(architecture.without_weights(make)) for name, make in architecture.RESNETS.items()}
stem = [name for name in formula if not name.startswith("mixed")]
strides = [each.stride == (1, 1) for each in every.values()]
same = [architecture.keeps_size(each) for each in every.values()]
rectified = [isinstance(modules.get(name.removesuffix("_pre_relu")), nn.ReLU) for name in formula]

# %% tags=["hide-input"]
run.say(
    f"The longest way through Inception V1 has {depth} layers, {len(inception) * 2} of them in its {len(inception)} inception "
    f"layers; through ResNets: {', '.join(f'{name} {count}' for name, count in depths.items())}."
)
run.claim("sec-1-3-1.layers", [depth], **of_no_weights)
run.claim("sec-4.three-before", [len(stem)], **of_no_weights)
run.claim("sec-1-3.fewer-layers", [depth < count for count in depths.values()], **of_no_weights)
run.claim("sec-7-1.stride", strides, **of_no_weights)
run.claim("sec-7-1.same", same, **of_no_weights)
run.claim("sec-7-1.relu", rectified, **of_no_weights)
for claim_id in ("sec-4.nine-of-22", "sec-1-3.why", "sec-1-3.lenet"):
    run.claim(claim_id)

# %% [markdown]
# ## What a unit sees
#
# The field of view of a unit, along the widest way to it, beside the side of the image that the network was trained on.

# %% tags=["hide-input"]
seen_of = {branch.title: listed[branch.convolution].receptive_field for branch in seen.branches}
fields = {title: max(field.size) for title, field in seen_of.items() if field is not None}
kinds = list(dict.fromkeys(branch.name for branch in seen.branches)) if len(seen.branches) > len(seen.blocks) else [""]
blocks = [block for block in seen.blocks if len(block.branches) == len(kinds)][:40]
series = {
    kind or "units": [fields.get(block.branches[k].title, np.nan) for block in blocks] for k, kind in enumerate(kinds)
}
if fields:
    run.figure(
        by_branch(
            {name.replace("_reduce", ", then 1x1").replace("x", "×"): values for name, values in series.items()},
            [block.name for block in blocks],
            y_label="side of the field of view [pixels]",
            level=seen.loaded.preprocessing.size,
        ),
        alt="Side of the field of view of the units of each layer, by the branch, in the order of the network; a dotted line at the side of the image.",
        caption=f"Fields of view in {seen.captioned}; dotted: the image of {seen.loaded.preprocessing.size} pixels.",
    )
    wide = [title for title, size in fields.items() if size > seen.loaded.preprocessing.size]
    run.say(
        f"In {len(wide)} of {len(fields)} branches a unit sees more than the image has, so that each of its positions sees "
        f"the image's border{f'; the first of them is {wide[0]}' if wide else ''}."
    )

# %% [markdown]
# ## What 1×1 convolutions save
#
# Multiply-adds and memory of a branch as it is, and of the same kernels over all channels of the block's input. Memory is the
# numbers that weights and maps hold for one image of 224 pixels; the maps of the 1×1 units are counted.

# %%
reduced = architecture.branches_with_bottleneck(published)
costs = {branch.name: (architecture.direct_cost(branch), architecture.cost(branch)) for branch in reduced}
operations = [direct.operations / ours.operations for direct, ours in costs.values()]
memory = [direct.memory / ours.memory for direct, ours in costs.values()]
CONSIDERABLE = 1.5  # a third less

# %% tags=["hide-input"]
run.figure(
    by_branch(
        {"multiply-adds": operations, "weights and maps": memory},
        list(costs),
        y_label="direct, over with 1×1 units",
        level=1,
        logarithmic=True,
    ),
    alt="For each of eighteen branches, how many times the multiply-adds and the memory of the branch the direct kernels would take, on a logarithmic axis with a dotted line at 1.",
    caption="What 1×1 units before 3×3 and 5×5 kernels save in the published network, from the sizes of figure 38.",
)
run.claim("sec-1-3-1.operations", [ratio >= CONSIDERABLE for ratio in operations], **of_no_weights)
run.claim("sec-1-3-1.memory", [ratio >= CONSIDERABLE for ratio in memory], **of_no_weights)

# %% [markdown]
# ## What 1×1 convolutions keep
#
# The study says that the reduced channels keep the majority of what the features represent. Here the block's input is
# predicted from the 1×1 units by the best linear map, fitted on some images and tested on others. Beside them: units with
# random kernels, and principal components, which no linear map to as few numbers surpasses.

# %%
found = run.stage(bottlenecks_stage)
kept_by = found["kept"].history if found else None
studys = seen.is_studys and kept_by is not None

# %% tags=["hide-input"]
if kept_by is None:
    run.say(f"{seen.called} has no 1×1 units before larger kernels: nothing is reduced.")
else:
    run.figure(
        by_branch(
            {
                "1×1 units": kept_by.rectified,
                "before the ReLU": kept_by.linear,
                "random units": kept_by.random,
                "principal components": kept_by.principal,
            },
            list(with_1x1),
            y_label="share of the input's variance kept",
            level=0.5,
            y_limits=(-0.1, 1.02),
        ),
        alt="For each branch, the share of the variance of the block's input that a linear map predicts from the 1×1 units, from the same before the ReLU, from random units, and from principal components; a dotted line at one half.",
        caption=f"{seen.captioned}: {int(kept_by.rows):,} positions of images to fit on, as many others to test. Values below 0, where the mean would predict better, lie below the axis.",
    )
    run.say(
        f"On average over branches the 1×1 units keep {float(kept_by.rectified.mean()):.0%} of the variance, random ones "
        f"{float(kept_by.random.mean()):.0%}, principal components {float(kept_by.principal.mean()):.0%}. For the median "
        f"channel, however weak, these are {float(kept_by.each.mean()):.0%} and {float(kept_by.each_random.mean()):.0%}."
    )

# %% tags=["hide-input"]
mine = None if not studys else kept_by.rectified.tolist()
by_chance = None if not studys else kept_by.random.mean(dim=1).tolist()
run.claim("sec-7-1.keeps-information", mine, floor=by_chance, missing=MISSING)
best = None if not studys else {"1x1 units": mine, "principal components": kept_by.principal.tolist()}
run.claim("beyond.best-projection", best, missing=MISSING)

# %% [markdown]
# The study calls what other 1×1 units make "artificial features by a linear combination". How many directions do their
# kernels take, for each unit? The effective rank {cite}`roy2007` is the exponential of the entropy of the squared singular values.

# %%
one_by_one = [branch for branch in seen.branches if branch.size == (1, 1)]
by_random = seen.with_random_weights(0)
ranks = {
    name: [effective_rank(each.weights(branch).flatten(1)) / branch.units for branch in one_by_one]
    for name, each in {"trained": seen, "random": by_random}.items()
}

# %% tags=["hide-input"]
if one_by_one:
    run.figure(
        by_branch(
            ranks, [branch.title for branch in one_by_one][:40], y_label="effective rank over units", y_limits=(0, 1)
        ),
        alt="Effective rank over the number of units, for each 1×1 branch, of trained and of random kernels.",
        caption=f"1×1 kernels of {seen.captioned}, and random ones of the same mean and variance.",
    )
run.claim("sec-7-1.linear-combination")
run.claim("beyond.effective-rank", ranks if seen.is_studys else None, missing=MISSING)

# %% [markdown]
# ## Kernels by name
#
# Algorithm 1 takes tensors by parts of their names. The study then averages a unit's kernels over the channels, or draws a
# histogram of each channel (section 4.1). Red is positive, blue is negative.

# %%
tensors = [name.replace("_pre_relu.weight", "_w").replace("_pre_relu.bias", "_b") for name in published.state_dict()]
caught = [
    architecture.caught_by_names(tensors, block)
    == {f"{block}_{branch}_w" for branch in ("1x1", "3x3", "5x5", "pool_reduce")}
    for block in BLOCKS
]
sets = seen.kernel_sets()[: run.by_scale(smoke=4, laptop=18, paper=18)]
galleries = {}
for branch in sets:
    numbers = np.linspace(0, branch.units - 1, 8).astype(int).tolist()
    pictures = averaged(seen.weights(branch))
    galleries[branch.title.replace(" ", "\n")] = {f"{branch.first + unit}": pictures[unit] for unit in numbers}

# %% tags=["hide-input"]
run.figure(
    kernel_rows(galleries),
    alt="Averaged kernels of eight units of each branch, three or five points a side, red for positive and blue for negative values.",
    caption=f"Averaged kernels of {seen.captioned}: eight units of each branch, evenly spread over its numbers, with their numbers in the layer. Each has its own scale, centred at 0.",
)
several = seen.weights(sets[-1])[0].flatten(1)  # (channel, point)
run.figure(
    parts.channel_histograms(several, title=f"{sets[-1].title}, unit 0"),
    alt="A map with a row for each channel of one unit: how many of the channel's weights lie in each bin of value.",
    caption="After section 4.1: the histogram of each channel's weights, the channels in the order of their means.",
)
run.claim("alg-1.tensors", caught, **of_no_weights)
for claim_id in ("alg-1.biases", "sec-4.one-by-one", "sec-4.denominators", "sec-3.software"):
    run.claim(claim_id)

# %% [markdown]
# ## The text itself
#
# What the study says of earlier work and of its objectives, and what its lists and captions lack.

# %% tags=["hide-input"]
for claim_id in ("sec-1.nobody-grouped", "sec-1.reference-14", "sec-1.footnote-10", "sec-1-1.classifiers"):
    run.claim(claim_id)
for claim_id in ("sec-1-1.weights-only", "list.figures", "captions.complete", "sec-4-2.unsupervised"):
    run.claim(claim_id)

# %% tags=["hide-input"]
norms = [[each.weights(branch).flatten(1).norm(dim=1) for branch in seen.branches] for each in (seen, by_random)]
percentiles = [
    torch.searchsorted(theirs.sort().values, ours) / len(theirs) for ours, theirs in zip(*norms, strict=True)
]
counts = [branch.units for branch in seen.branches]
measured = {
    "kernel_side": np.repeat([branch.size[0] for branch in seen.branches], counts),
    "kernel_channels": np.repeat([seen.weights(branch).shape[1] for branch in seen.branches], counts),
    "field_side": np.repeat([float(fields.get(branch.title, np.nan)) for branch in seen.branches], counts),
    "weight_norm": torch.cat(norms[0]),
    "weight_norm_percentile": torch.cat(percentiles),
}
run.units(identities(seen), measured, COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    f"The table of figure 38 and the network built here agree ({run.verdict('fig-38.table')}); its layers are {depth} on the "
    f"longest way, of which the nine inception layers are {2 * len(inception)}. That all convolutions have stride 1 "
    f"{run.verdict('sec-7-1.stride')}; that stride 2 keeps the size of the input {run.verdict('fig-2.same-size')}."
)
run.say(
    f"Convolutions have {in_convolutions['Inception V1']:.0%} of the parameters of Inception V1, and "
    f"{in_convolutions['VGG16']:.0%} of those of VGG16: that they have the majority in general "
    f"{run.verdict('sec-1-2.convolutions-most')}. The printed formula leaves out the biases."
)
little = [name for name, ratio in zip(costs, memory, strict=True) if ratio < CONSIDERABLE]
run.say(
    f"1×1 units save {min(operations):.1f} to {max(operations):.1f} times the multiply-adds of a branch "
    f"({run.verdict('sec-1-3-1.operations')}), and {min(memory):.2f} to {max(memory):.1f} times the memory "
    f"({run.verdict('sec-1-3-1.memory')}: a third or more is not saved in {', '.join(little) or 'no branch'}, where the maps of "
    "the 1×1 units weigh against the weights saved)."
)
if studys:
    run.say(
        f"That they keep the majority of the information: {run.verdict('sec-7-1.keeps-information')}. They keep "
        f"{np.mean(mine):.0%} of the variance of the block's input on average, random units of the same number "
        f"{np.mean(by_chance):.0%}, and principal components {float(kept_by.principal.mean()):.0%}."
    )

# %% tags=["hide-input"]
run.finish()
