# ---
# jupyter:
#   book:
#     stages:
#     - googlenet_neurons/density_crops
#     - googlenet_neurons/digit_kernels
#     - googlenet_neurons/kernel_clouds
#     - googlenet_neurons/kernel_rings
#     - googlenet_neurons/mapper_grid
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
# # The shape of a layer
#
# The study takes every kernel of a layer as a point, keeps those in dense places, and draws their Mapper graph (section 4.2.3.2,
# algorithm 6). It sees a ring in each layer, and takes that as a sign that layers imitate the primary visual cortex (figures 36,
# 37 and 82 to 92, abstract). Here "a ring" is a measurement, with clouds beside it that have loops by chance alone.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "googlenet"  # a network's name, or the path of a description of your own
layer = "auto"  # names of layers, separated by commas; auto: all with kernels of 3×3 or more
neighbours = 0  # of the density crop; 0: the study's 100, or half of the kernels where these are few
kept = 0.3  # the share of the kernels that the crop keeps; the study does not say
bins = 5  # of each dimension of Mapper's cover
overlap = 0.1  # of neighbouring bins, as a share of their width
eps = 0.0  # DBSCAN's radius as a part of the kernels' norm; 0: the study's, in other networks what suits them

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np
import torch
from IPython.display import HTML, display

from helpers.data import photographs
from helpers.pages import runs
from helpers.plots.curves import line_panels, lines

# %% tags=["hide-cell"]
from helpers.studies.googlenet_neurons import crop_statements, ring_statements, shape_statements
from helpers.studies.googlenet_neurons.columns import shape as columns
from helpers.studies.googlenet_neurons.columns.identity import identities
from helpers.studies.googlenet_neurons.crop_sweep import NUMBERS
from helpers.studies.googlenet_neurons.inputs import record_inputs
from helpers.studies.googlenet_neurons.kernel_clouds import NEIGHBOURS, core, gaussian, neighbours_for
from helpers.studies.googlenet_neurons.kernel_directions import noisy_edges, turns_with
from helpers.studies.googlenet_neurons.kernel_graphs import dbscan, graph_of, loops_of, radius_for, reads_as_circle
from helpers.studies.googlenet_neurons.kernel_phases import turns_with_phase
from helpers.studies.googlenet_neurons.kernel_rings import CROPS, KEPT, percentile
from helpers.studies.googlenet_neurons.kernel_sets import kernel_sets
from helpers.studies.googlenet_neurons.mapper_grid import GRID_BINS, GRID_FACTORS, GRID_OVERLAPS
from helpers.studies.googlenet_neurons.parameters import PARAMETERS

# %% tags=["hide-cell"]
from helpers.studies.googlenet_neurons.plots.interactive.network_graph import network_graph
from helpers.studies.googlenet_neurons.plots.kernel_graphs import (
    graphs_beside_circles,
    kernels_of_all,
    one_kernel_per_node,
    small_multiples,
)
from helpers.studies.googlenet_neurons.plots.loops import bars_beside_nulls, roses
from helpers.studies.googlenet_neurons.shape_graph import check_nodes, to_look_into
from helpers.studies.googlenet_neurons.stages import (
    density_crops,
    digit_kernels,
    kernel_clouds,
    kernel_rings,
    mapper_grid,
)
from helpers.studies.googlenet_neurons.subject import MISSING, subject
from helpers.studies.googlenet_neurons.three_circles import noisy_circles, three_circles
from helpers.studies.googlenet_neurons.topology.angles import shares

# %% tags=["hide-input"]
run = runs.start(
    "googlenet_neurons/08_the_shape_of_a_layer",
    globals(),
    **PARAMETERS,
    neighbours=runs.Integer(0, 100_000),
    kept=runs.Number(0.001, 1),
    bins=runs.Integer(1, 100),
    overlap=runs.Number(0, 0.9),
    eps=runs.Number(0, 10),
)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
sets = kernel_sets(seen, run.stage(kernel_clouds), seed)
record_inputs(run, seen)
studys, of = seen.is_studys, seen.captioned
settings = {"neighbours", "kept", "bins", "overlap", "eps"}
check_nodes(sets, bins=bins, overlap=overlap, chosen=settings & {each.split()[0] for each in run.changed_parameters})


def judge(values: dict[str, object], *ids: str) -> None:
    """Claims without a floor, by the values of each."""
    for claim_id in ids:
        run.claim(claim_id, values[claim_id] if studys else None, missing=MISSING)


def judge_pair(claim_id: str, pair: tuple[list[float], list[float]]) -> None:
    """A claim with a floor."""
    run.claim(claim_id, pair[0] if studys else None, floor=pair[1] if studys else None, missing=MISSING)


kernels = sum(len(each.everything) for each in sets)
run.say(
    f"{seen.describe()} These units have {kernels:,} kernels of 3×3 or more in {len(sets)} sets, one for each size and layer; "
    f"{sum(int(each.cloud.constant) for each in sets)} with equal values are left out."
)

# %% [markdown]
# ## Figures 37 and 82 to 92: the graphs
#
# Each kernel is normalised to mean 0 and variance 1. The kernels whose hundredth neighbour is near are kept; their first three
# principal components are cut into overlapping cubes, DBSCAN clusters the kernels of each cube, and clusters that share a kernel
# are joined. Beside each graph stands that of the same kernels with their values shuffled over the positions. The study's eleven
# graphs are among these (one of them, figure 90, without its simplified form); it does not say what share it kept. A graph *reads as a circle* if its largest part outweighs all
# others together, and has one loop that goes round seven nodes at least.

# %%
reads = {each.title: reads_as_circle(each.graph()) for each in sets}
reads_shuffled = {each.title: reads_as_circle(each.graph("shuffled")) for each in sets}

# %% tags=["hide-input"]
run.figure(
    small_multiples(sets),
    alt="For each set of kernels two drawings of nodes and edges, trained at the left and shuffled at the right, with nodes as large as their members are many and coloured by direction.",
    caption=f"After figures 82 to 92 of the study: Mapper graphs of {of}, {kept:.0%} of the kernels kept, {bins} bins, overlap {overlap:g}, and of shuffled kernels. Loops: those of at least seven nodes in the largest part, of all. Places: the first two principal components.",
)
told = [
    f"| {each.title} | {len(each.everything):,} | {len(each.core):,} | {shape_statements.share_in_graph(each):.0%} | "
    f"{each.graph().nodes} | {len(each.graph().edges)} | {shape_statements.parts(each)} | "
    f"{shape_statements.parts(each, 'shuffled')} | {loops_of(each.graph())} | {'yes' if reads[each.title] else 'no'} | "
    f"{'yes' if reads_shuffled[each.title] else 'no'} |"
    for each in sets
]
run.say(
    "| set | kernels | kept | of these in the graph | nodes | edges | parts | parts, shuffled | loops | a circle | shuffled |\n"
    f"|{'---|' * 11}\n" + "\n".join(told)
)

# %% [markdown]
# Does the method find a circle that is there? Kernels that are edges of every direction, with noise 0.1 times as large,
# go through the same cover; then the crop comes before it.

# %%
drawn = [noisy_edges(3_000, (3, 3), noise=0.1, seed=seed + k) for k in range(run.by_scale(smoke=1, laptop=5, paper=20))]
found_circle = [reads_as_circle(graph_of(points, clusterer=dbscan(0.5))) for points in drawn]
left = [points[core(points, neighbours=NEIGHBOURS, kept=KEPT)] for points in drawn]
found_cropped = [reads_as_circle(graph_of(points, clusterer=dbscan(0.5))) for points in left]

# %% tags=["hide-input"]
run.claim("control.mapper-circle", found_circle)
run.claim("control.crop-circle", found_cropped)
pitch = {each.title: reads_as_circle(each.graph("pitch")) for each in sets}
judge_pair("sec-4-2-3-2.graph-circle", (list(reads.values()), list(reads_shuffled.values())))
judge_pair("sec-4-2-3-2.neighbours", shape_statements.both(sets, shape_statements.nearness_of_joined))
judge(
    {
        "beyond.overlap-meaning": [reads[name] == pitch[name] for name in reads],
        "control.noise-free": [shape_statements.share_in_graph(each) for each in sets],
    },
    "beyond.overlap-meaning",
    "control.noise-free",
)
for place in ("quadrants", "cubes", "shown"):
    run.claim(f"sec-4-2-3-2.{place}")
for claim_id in ("appendix-7-3.simplified", "appendix-7-1.eps"):
    run.claim(claim_id)

# %% [markdown]
# ## Figure 36: a graph to look into
#
# The set that figure 37 shows stands first, if the network has it. A kernel that lies where cubes overlap is in several nodes.

# %% tags=["hide-input"]
names = [each.branch.layer for each in sets]
shown = "mixed5a_3x3" if "mixed5a_3x3" in names else names[-1]
graphs = to_look_into(sets, first=shown)
if graphs:
    display(HTML(network_graph(graphs, label=f"Mapper graph of kernels of {of}", member="kernel")))
else:
    run.say("The cover leaves no node: there is no graph to look into.")
chosen = next(each for each in sets if each.branch.layer == shown)
run.figure(
    one_kernel_per_node(chosen),
    alt="Two graphs side by side, trained and shuffled: at each node its mean kernel in grey, joined by lines.",
    caption=f"After figure 37 of the study: the mean kernel of each node, {chosen.title} of {of}, and of shuffled kernels; at most 36 nodes, those with most kernels.",
)

# %% tags=["hide-cell"]
run.figure(
    kernels_of_all(sets),
    alt="A graph for each set of kernels, with the mean kernel of each node in grey.",
    caption=f"After figures 82 to 92 of the study, simplified: the mean kernel of each node, of those sets of {of} whose graph has a node; at most 36 nodes of a set.",
)
run.figure(
    kernels_of_all(sets, kind="shuffled"),
    alt="A graph for each set of kernels with shuffled values, with the mean kernel of each node in grey.",
    caption=f"The same of kernels with their values shuffled over the positions, of those sets of {of} whose graph has a node; at most 36 nodes of a set.",
)

# %% [markdown]
# ## Is there a ring?
#
# Persistent homology {cite:p}`desilva2011` needs no cover: points are joined as a distance grows, and each loop has a bar from the distance at which
# it closes to that at which it is filled. A ring has one long bar; noise has short ones, of which one is the longest. So the
# longest bar is compared with those of null clouds that went through the same crop: Gaussian kernels, and shuffled ones. All
# of them are samples of a set, cropped after they were drawn.

# %%
stage = run.stage(kernel_rings)
recipes = kernel_rings.recipes(run.parameters)
nulls = {each.branch.layer: kernel_rings.gaussian_of(recipes[each.branch.layer]) for each in sets}
rings = ring_statements.rings(stage, nulls)
among = {each.title: rings[each.branch.layer] for each in sets}
patches = stage[kernel_rings.PHOTOGRAPHS].history
gaussian_patches = stage[kernel_rings.gaussian_key(9, *kernel_rings.photograph_sample(scale))].history
null_of_patches = gaussian_patches.null
of_patches = percentile(patches.own[:, 0], null_of_patches[:, 0])

# %% tags=["hide-input"]
rows = {
    name: {
        "trained": ring.own.own[:, 0],
        "random weights": ring.own.random[:, 0],
        "shuffled": ring.own.null[:, 0],
        "Gaussian": ring.gaussian[:, 0],
    }
    for name, ring in among.items()
}
none = torch.zeros(0)
rows["photographs 3×3"] = {
    "trained": patches.own[:, 0],
    "random weights": none,
    "shuffled": none,
    "Gaussian": null_of_patches[:, 0],
}
run.figure(
    bars_beside_nulls(rows, drawn=("trained", "random weights"), x_label="longest bar, in units of the kernels' norm"),
    alt="A row for each set of kernels, and one for patches of photographs: points of samples beside the middle 90 per cent of null clouds.",
    caption=f"Longest bars of {of}: samples of trained kernels (of patches in the last row), of random networks, and the middle 90% of {len(null_of_patches)} null clouds of each kind, with their median.",
)

# %% tags=["hide-input"]
sampled = {
    each.title: (len(each.everything), recipes[each.branch.layer].kernels, recipes[each.branch.layer].neighbours)
    for each in sets
}
run.say(ring_statements.summary(among, sampled))
run.say(ring_statements.sampling(sampled))

# %% [markdown]
# The share that the crop keeps is what the study does not print. Here are five of them, with fewer null clouds for each. Shuffled
# kernels, put in the place of the trained ones, show what the best of five crops gives by chance.

# %%
by_crop, by_crop_shuffled = ring_statements.by_crop(list(among.values()))
best, best_shuffled = ring_statements.best_crops(list(among.values()))
patches_by_crop = ring_statements.photographs_by_crop(patches, gaussian_patches)

# %% tags=["hide-input"]
run.figure(
    lines(
        np.array(CROPS),
        {
            "trained kernels": np.array(list(by_crop.values())).T,
            "shuffled kernels": np.array(list(by_crop_shuffled.values())).T,
            "photographs, 3×3": np.array(patches_by_crop),
        },
        x_label="share of the kernels that the crop keeps",
        y_label="percentile of the longest bar",
        y_limits=(0, 1.02),
    ),
    alt="Three curves of the percentile of the longest bar against the share that the crop keeps: trained kernels, shuffled ones, and patches of photographs.",
    caption=f"Longest bars among {gaussian_patches.null_by_crop.shape[1]} null clouds of each kind, the lower of both percentiles: mean and 95% interval over {len(sets)} sets of {of}; of photographs, over samples of patches among Gaussian clouds.",
)
run.say(ring_statements.crop_table(among))

# %% tags=["hide-input"]
judge_pair("beyond.ring-crops", (best, best_shuffled))
run.claim(
    "beyond.crop-trend",
    by_crop if studys else None,
    floor=by_crop_shuffled if studys else None,
    missing=MISSING,
)
run.claim("beyond.natural-crops", [min(sample) for sample in patches_by_crop])

# %% [markdown]
# And the neighbours: the study says about 100, and not whether it takes the distance to the k-th one or the mean distance to all
# k. Here are both, with fewer and more neighbours, for a sample of each set, and for as many Gaussian and shuffled kernels:
# a crop can carve structure out of noise. In a sample of a large set, k is as large a part of it as of the set, and 1 at least.

# %%
swept = [made.history for made in run.stage(density_crops).values()]
best_k, best_k_shuffled = crop_statements.highest(swept)
panels_of = {
    "variance": ("three components", "share of the variance"),
    "bar": ("longest bar", "in units of the norm"),
    "rank": ("cycle rank", "loops"),
}

# %% tags=["hide-input"]
settings_of = {
    "crop": (CROPS, "share kept", "the share that the crop keeps", "k = 100"),
    "neighbours": (NUMBERS, "k", "the neighbours of the crop", f"{KEPT:.0%} of the kernels kept"),
}
for by, (x, x_label, said, fixed) in settings_of.items():
    run.figure(
        line_panels(
            np.array(x),
            {title: crop_statements.curves(swept, name, by=by) for name, (title, _) in panels_of.items()},
            x_label=x_label,
            y_label=dict(panels_of.values()),
            x_log=by == "neighbours",
        ),
        alt=f"Three panels against {said}, four curves in each: trained kernels by both distances, Gaussian and shuffled ones by one.",
        caption=f"What the crop leaves of {of}, {fixed}: share of the variance in three principal components, longest bar of H1 in units of the kernels' norm, and cycle rank of the Mapper graph; mean and 95% interval over {len(swept)} sets. Null clouds count by their mean.",
    )

# %% tags=["hide-input"]
run.say(
    "Percentiles of the longest bar, the lower of both kinds of null clouds, means over the sets; in brackets those of "
    f"shuffled kernels in place of the trained ones.\n\n{crop_statements.table(swept)}"
)

# %% tags=["hide-input"]
judge_pair("beyond.ring-best-k", (best_k, best_k_shuffled))
judge_pair("beyond.ring-any-k", crop_statements.spans(swept))
alike_crops = torch.stack([each.alike for each in swept]).tolist()
judge({"beyond.crop-readings": [readings for readings, _ in alike_crops]}, "beyond.crop-readings")
judge_pair(
    "beyond.crop-neighbours", ([each for _, each in alike_crops], [float(each.shuffled_alike[1]) for each in swept])
)
judge_pair("beyond.crop-carves-any-k", crop_statements.least_carved(swept))
judge_pair("beyond.rank-one", crop_statements.rank_one(swept))

# %% tags=["hide-input"]
lower = [ring.lower for ring in among.values()]
longest = ring_statements.longest(list(among.values()))
judge(
    {
        "control.random-network": [ring_statements.of_random_networks(ring) for ring in among.values()],
        "abstract.ring": lower,
        "sec-4-2-3-2.every-layer": [each > ring_statements.LONG for each in lower],
        "beyond.learned-ring": longest,
    },
    *("control.random-network", "abstract.ring", "sec-4-2-3-2.every-layer", "beyond.learned-ring"),
)
dominance = [ring_statements.dominance(ring.own.own) for ring in among.values()]
judge_pair("beyond.one-ring", (dominance, [ring_statements.dominance(ring.gaussian) for ring in among.values()]))
run.claim("beyond.natural-ring", of_patches)
for claim_id in ("abstract.cortex", "sec-2.cortex"):
    run.claim(claim_id)

# %% [markdown]
# ## What settings make of it
#
# The study tuned its parameters until graphs could be read. Here is a grid of crop, bins, overlap and DBSCAN's radius, for
# trained and for shuffled kernels, thinned to equal numbers; then what each of its rules for tuning changes in graphs of both,
# and other ways of clustering. The cycle rank counts all independent loops of a graph, also those of a few nodes that come
# about where cubes meet.

# %%
grids = [made.history for made in run.stage(mapper_grid).values()]
usual = GRID_FACTORS.index(1.0)  # what is judged is judged at the usual radius
circles = [float(each.circle[usual].float().mean()) for each in grids]
circles_shuffled = [float(each.shuffled_circle[usual].float().mean()) for each in grids]

# %% tags=["hide-input"]
run.say(
    f"{shape_statements.by_crop(grids)}\n\nBy the share that the crop keeps and DBSCAN's radius, as a multiple of the usual: "
    "the share of graphs that read as a circle, their loops of seven nodes or more, and their cycle rank; "
    f"means over {len(GRID_BINS)} numbers of bins, {len(GRID_OVERLAPS)} overlaps and {len(grids)} sets."
)
tables = {
    name: torch.stack([getattr(each, kind)[usual].float() for each in grids]).mean(dim=(0, 1))
    for name, kind in (("trained", "loops"), ("shuffled", "shuffled_loops"))
}
head = " | ".join(f"overlap {each:g}" for each in GRID_OVERLAPS)
run.say(
    f"| bins, kernels | {head} |\n|---|{'---|' * len(GRID_OVERLAPS)}\n"
    + "\n".join(
        f"| {bins_of}, {name} | " + " | ".join(f"{mean:.1f}" for mean in table[k].tolist()) + " |"
        for k, bins_of in enumerate(GRID_BINS)
        for name, table in tables.items()
    )
    + f"\n\nLoops of seven nodes or more at the usual radius, means over all crops of the grid and {len(grids)} sets."
)
run.say(shape_statements.tuning_table(grids))

# %% tags=["hide-input"]
run.figure(
    lines(
        np.array(CROPS),
        {
            "trained kernels": torch.stack([each.cloud.variance for each in sets]).numpy(),
            "shuffled kernels": torch.stack([each.cloud.shuffled_variance for each in sets]).numpy(),
        },
        x_label="share of the kernels that the crop keeps",
        y_label="share of the variance in three components",
    ),
    alt="Two curves against the share of the kernels kept: the share of the variance in three principal components.",
    caption=f"What the crop does to the projection: mean and 95% interval over {len(sets)} sets of {of}, trained and shuffled.",
)

# %% tags=["hide-input"]
judge_pair("beyond.ring-grid", (circles, circles_shuffled))
tuned = shape_statements.tuned(grids)
judge(tuned, *tuned)
judge({"beyond.tuning-alike": shape_statements.tuning_alike(grids)}, "beyond.tuning-alike")
halves, alike = shape_statements.of_clusterers(grids)
judge({"sec-4-2-3-2.dbscan": halves, "beyond.clusterers": alike}, *("sec-4-2-3-2.dbscan", "beyond.clusterers"))
for claim_id in ("algorithm-6.list", "algorithm-6.crop", "algorithm-6.clusterer", "sec-4-2-3-2.channels-5b"):
    run.claim(claim_id)
run.say(shape_statements.embedding_time(sets))
run.claim("sec-4-2-3-2.umap")
big = [len(each.everything) + int(each.cloud.constant) for each in sets if each.branch.layer == "mixed5b_3x3"]
run.claim("sec-4-2-3-2.samples-5b", [big[0] > 50_000] if studys else None, missing=MISSING)
judge_pair("beyond.crop-carves", shape_statements.both(sets, shape_statements.carved))

# %% [markdown]
# ## Along the ring: directions
#
# In the ring that the study reports of others, kernels turn. The direction of a kernel is the side on which it is larger (its
# edge), or that of its line; the longest loop gives each kernel an angle along it. And where the ring is thin, few kernels point.
# The study suspects the images of training, so that patches of photographs {cite:p}`lee2003` are counted, too.

# %%
turning = [float(ring.own.turning.mean()) for ring in among.values()]
turning_shuffled = [float(ring.own.shuffled_turning.mean()) for ring in among.values()]
turned = [(each.cloud.angle, each.core, each.branch.size) for each in sets]
both_turns = {
    "direction": [turns_with(*each) for each in turned],
    "phase": [turns_with_phase(*each) for each in turned],
}
like = [shape_statements.like_directions(each.cloud.edge, patches.edge) for each in sets if each.is_3x3]

# %% tags=["hide-input"]
digits = run.stage(digit_kernels)["digits"].history
directions = {each.title: shares(each.cloud.edge, sectors=16) for each in sets if each.is_3x3}
directions |= {
    "photographs": shares(patches.edge, sectors=16),
    "digit networks": shares(digits.edge.flatten(), sectors=16),
}
run.figure(
    roses(directions),
    alt="A closed curve around a dotted circle for each layer, for photographs and for digit networks: it lies outside where many edges point.",
    caption=f"Directions in which cropped 3×3 kernels of {of} rise, in sixteen sectors: to the right where the right side of the kernel is the larger one, down where it is the lower. The dotted circle is an even share. Photographs: {photographs.credits()}.",
)
judge_pair("sec-4-2-3-2.turning", (turning, turning_shuffled))
run.claim("beyond.phase", both_turns if studys else None, missing=MISSING)
judge_pair("sec-4-2-3-2.uneven", shape_statements.of_edges(sets, shape_statements.emptiest_sector))
judge_pair("beyond.cardinal", shape_statements.of_edges(sets, shape_statements.along_the_grid))
judge_pair("sec-4-2-3-2.data-set", ([pair[0] for pair in like], [pair[1] for pair in like]))
of_digits = shape_statements.like_directions(digits.edge.flatten(), patches.edge)[0]
judge({"beyond.other-data-set": [pair[0] - of_digits for pair in like]}, "beyond.other-data-set")

# %% [markdown]
# ## All patterns?
#
# A layer that holds all patterns would cover the sphere of normalised kernels as evenly as Gaussian kernels do. And if the
# kinds of kernels went with the layers, as the study sets out to see, the nearest kernels would tell the layer.

# %%
covered = [shape_statements.coverage(each, seed) for each in sets]
told_right, told_permuted = shape_statements.told_by_kernels(sets, seed)

# %% tags=["hide-input"]
run.say(
    "| set | patterns covered, of what Gaussian kernels cover |\n|---|---|\n"
    + "\n".join(f"| {each.title} | {share:.2f} |" for each, share in zip(sets, covered, strict=True))
)
judge({"sec-4-2-3-2.all-patterns": covered}, "sec-4-2-3-2.all-patterns")
run.claim("sec-4-2-3-2.all-and-ring")
judge_pair("beyond.kernel-tells-layer", (told_right, told_permuted))

# %% [markdown]
# ## Figure 14: the simple model
#
# The ring that the study reports was found by others in networks that read digits. Here are such networks, with one
# convolution of 3×3, in groups whose kernels are pooled; some learn permuted labels. And two things that the study leaves for
# later: to follow the shape during training, and to start with kernels of a trained layer. Beside the graphs stands the model
# of three circles: edges of all directions, and level and upright bars that shift; kernels drawn from it, with noise 0.2
# times as large, go through the same crop and cover.

# %%
by_step, by_step_permuted = ring_statements.over_training(digits)
of_groups = percentile(digits.bars[:, -1, 0], digits.null[:, 0])
small = [ring for each, ring in zip(sets, among.values(), strict=True) if each.is_3x3]
simple = float(digits.bars[:, -1, 0].mean())
losses = ring_statements.early_losses(digits)

# %%
clouds = {
    "digit networks": digits.kernels,
    "Gaussian kernels": gaussian(len(digits.kernels), 9, seed=seed, name="beside digits"),
    "drawn from the model": noisy_circles(len(digits.kernels), noise=0.2, seed=seed),
}
graphs_14 = {}
for name, points in clouds.items():
    left = points[core(points, neighbours=neighbours_for(len(points), 0, of=name), kept=kept)]
    radius = radius_for(left, eps, studys=False)
    graphs_14[name] = (graph_of(left, bins=bins, overlap=overlap, clusterer=dbscan(radius)), left)

# %% tags=["hide-input"]
run.figure(
    graphs_beside_circles(graphs_14, three_circles(torch.arange(12) * 2 * torch.pi / 12)),
    alt="Four panels: three graphs with a small grey kernel at each node, and a circle of kernels that two ellipses of kernels cross.",
    caption=f"After figure 14 of the study: Mapper graphs of the {len(digits.kernels):,} kernels of all networks that read digits, of as many Gaussian kernels, and of about as many drawn from the model, {kept:.0%} kept, at most 36 nodes; then the model itself, in which the two ellipses do not meet. Loops: those of at least seven nodes in the largest part, of all.",
)
told = [f"{name} {'yes' if reads_as_circle(graph) else 'no'}" for name, (graph, _) in graphs_14.items()]
run.say(f"Whether these graphs read as a circle: {', '.join(told)}.")
run.figure(
    lines(
        digits.step.numpy(),
        {"true labels": digits.bars[:, :, 0].numpy(), "permuted labels": digits.permuted[:, :, 0].numpy()},
        x_label="steps of training",
        y_label="longest bar, in units of the norm",
    ),
    alt="Two curves of the longest bar over the steps of training, for true and for permuted labels.",
    caption=f"Longest bars of the pooled kernels of networks that read digits, mean and 95% interval over {len(digits.bars)} groups.",
)

# %% tags=["hide-input"]
run.claim("fig-14.ring", of_groups)
run.claim("fig-14.circles")
run.claim(
    "sec-2.rotations",
    [shape_statements.emptiest_sector(group) for group in digits.edge],
    floor=[shape_statements.emptiest_sector(group) for group in digits.untrained_edge],
)
judge_pair(
    "sec-4-2-3-2.simple-model",
    ([ring.bar / simple for ring in small], [float(ring.gaussian[:, 0].mean()) / simple for ring in small]),
)
run.claim("sec-6.during-training", by_step, floor=by_step_permuted)
starts = ("sec-6.initialise", "beyond.initialise-shape", "beyond.initialise-covariance")
judge(dict.fromkeys(starts, losses), *starts)

# %% [markdown]
# ## Units
#
# What was found of single units goes into the table of units: which share of a unit's kernels is in the dense core, and whether
# these lie at one place of the longest loop.

# %% tags=["hide-input"]
run.units(identities(seen, [each.branch for each in sets]), columns.values(sets, seed), columns.COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.claim("sec-5.definition")
run.say(
    "The study reads the graph of every layer as a circle, and takes the ring as a sign that layers imitate the visual cortex. "
    f"In {of}, {sum(reads.values())} of {len(sets)} graphs read as a circle, and {sum(reads_shuffled.values())} of shuffled "
    f"kernels; {sum(shape_statements.in_two_parts(each) for each in sets)} fall into two large parts, which the crop has left of a shape."
)
if studys:
    above = sum(each > ring_statements.LONG for each in lower)
    run.say(
        f"The longest loop is longer than those of 95% of the null clouds in {above} of {len(sets)} sets: that every layer is a "
        f"circle {run.verdict('sec-4-2-3-2.every-layer')}, that layers form a ring on average: {run.verdict('abstract.ring')}. "
        f"That there is one ring and not several: {run.verdict('beyond.one-ring')} (the longest bar is {np.mean(dominance):.1f} times "
        f"as long as the second). At the crop that suits each set best: {run.verdict('beyond.ring-crops')}; the percentile is then "
        f"{np.mean(best):.2f} on average, that of shuffled kernels {np.mean(best_shuffled):.2f}. Over its neighbours, too: "
        f"{run.verdict('beyond.ring-best-k')} ({np.mean(best_k):.2f}, {np.mean(best_k_shuffled):.2f}). Kernels turn along the loop by {np.mean(turning):.2f} on a scale from 0 to 1, shuffled ones by "
        f"{np.mean(turning_shuffled):.2f} ({run.verdict('sec-4-2-3-2.turning')}). Patches of photographs have a ring without any "
        f"network: {run.verdict('beyond.natural-ring')}. That graphs read as circles whatever the settings: "
        f"{run.verdict('beyond.ring-grid')}; they do in {np.mean(circles):.0%} of the settings, those of shuffled kernels in "
        f"{np.mean(circles_shuffled):.0%}."
    )
run.say(
    f"Networks that read digits have longest bars of {simple:.2f} of the norm, at the mean percentile {float(of_groups.mean()):.2f} among "
    f"Gaussian clouds ({run.verdict('fig-14.ring')}). Nothing here or in the study measures cortex."
)

# %% tags=["hide-input"]
run.finish()
