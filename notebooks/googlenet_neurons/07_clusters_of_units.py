# ---
# jupyter:
#   book:
#     stages:
#     - googlenet_neurons/embedding_neighbours
#     - googlenet_neurons/unit_clusters
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
# # Clusters of units
#
# The study groups the units of each layer by their kernels (section 4.2.3.1, appendix 7.2): a table of distances, an embedding
# by UMAP {cite}`mcinnes2018`, Ward's dendrogram, and spectral clustering {cite}`vonluxburg2007`, for kernels of 3×3 and of 5×5.
# It describes clusters by their averaged kernels, and calls some embeddings circular. A method returns as many clusters as are
# asked for, so here each set of kernels stands beside sets without groups: which clusters are real?

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "googlenet"  # a network's name, or the path of a description of your own
layer = "auto"  # names of layers, separated by commas; auto: all with kernels
starts = 5  # of UMAP and of the spectral method: their random numbers
neighbours = 30  # of UMAP; the study's 30 are cut where a set has fewer kernels

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np

from helpers.metrics.clusters import adjusted_rand_index, sorted_shares, total_variation
from helpers.pages import runs
from helpers.pages.verdicts import HOLDS, as_predicate
from helpers.plots.curves import lines
from helpers.studies.googlenet_neurons import cluster_statements as statements
from helpers.studies.googlenet_neurons import cluster_table, cluster_tendency, round_embeddings
from helpers.studies.googlenet_neurons.cluster_inputs import CONTROLS
from helpers.studies.googlenet_neurons.cluster_readings import READINGS
from helpers.studies.googlenet_neurons.cluster_sets import sets_of
from helpers.studies.googlenet_neurons.cluster_statements import STUDYS, TOLD, Clustered
from helpers.studies.googlenet_neurons.columns.clusters import COLUMNS, of_clusters
from helpers.studies.googlenet_neurons.columns.identity import identities
from helpers.studies.googlenet_neurons.embedding_checks import METHODS
from helpers.studies.googlenet_neurons.inputs import record_inputs
from helpers.studies.googlenet_neurons.parameters import PARAMETERS
from helpers.studies.googlenet_neurons.plots import clusters as drawn
from helpers.studies.googlenet_neurons.stages import embedding_neighbours
from helpers.studies.googlenet_neurons.stages import unit_clusters as stage
from helpers.studies.googlenet_neurons.stated_characters import WITHOUT, short
from helpers.studies.googlenet_neurons.stated_sizes import SIZES
from helpers.studies.googlenet_neurons.subject import MISSING, subject
from helpers.studies.googlenet_neurons.unit_clusters import GAMMAS

# %% tags=["hide-input"]
run = runs.start(
    "googlenet_neurons/07_clusters_of_units",
    globals(),
    **PARAMETERS,
    starts=runs.Integer(1, 100),
    neighbours=runs.Integer(2, 10_000),
)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
record_inputs(run, seen)
studys = seen.is_studys and run.scale != "smoke"  # a smoke run looks at a few sets
sets = sets_of(seen, scale=run.scale, neighbours=neighbours)
made = run.stage(stage)
looked = {each.name: Clustered(set=each, made=made[each.name].history, seed=seed) for each in sets}
every, of = list(looked.values()), seen.captioned
small = [each.name for each in sets if each.neighbours < neighbours]
run.say(
    f"{seen.describe()} Sets of kernels looked at here: {len(sets)}, with {sum(len(each.kernels) for each in sets):,} units."
    + (f" UMAP's neighbours are cut to all other units in {', '.join(small)}." if small else "")
)


def judge(claim_id: str, values: object, floor: object = None) -> None:
    """Only on Inception V1 with all its sets are the study's sentences judged."""
    run.claim(claim_id, values if studys else None, floor=floor if studys else None, missing=MISSING)


# %% [markdown]
# ## Which clusters are real?
#
# The silhouette of a unit compares its distance to its own cluster with that to the nearest other one: 1 is well inside,
# 0 between clusters. It is taken here among averaged kernels, not in an embedding, which moves points apart by itself. The
# clusters are those of the embedding of averaged kernels, as captions and section 7.2 tell, and as many as the study has in
# the set (in another network, as many as the widest step of the dendrogram says). Three controls get the same treatment:
# *random weights* with the mean and the variance of the trained ones, that is Gaussian vectors of the same number and
# dimension; kernels with their *positions shuffled*; and *one cloud*, a Gaussian with the mean and the covariance of the
# averaged kernels. Agreement is the adjusted Rand index: 1 for the same partition, 0 on average by chance.

# %%
CALLED = {"random": "random weights", "shuffled": "positions shuffled", "one cloud": "one cloud"}
silhouettes = [float(one.silhouettes().mean()) for one in every]
of_controls = {CALLED[name]: [one.control_silhouettes(name).mean(dim=1).numpy() for one in every] for name in CONTROLS}
beyond = {name: [one.beyond(name) for one in every] for name in CONTROLS}
real = [all(beyond[name][k] == 1 for name in CONTROLS) for k in range(len(every))]
marks = {f"above {CALLED[name]}": shares for name, shares in beyond.items()}
marks["other start"] = [one.starts_agree() for one in every]
marks["other draw of units"] = [one.bootstraps_agree() for one in every]

# %% tags=["hide-input"]
names = list(looked)
run.figure(
    drawn.which_are_real(names, silhouettes, of_controls, marks),
    alt="Left: for each set of kernels a black diamond, the mean silhouette of its clusters, and three coloured bars, the range of the draws of three controls. Right: for each set the share of the draws of each control that lie below, and how far the clusters come back with another start and in another draw of units, as numbers on colours.",
    caption=f"Which clusters of {of} are real: a set whose row is bright throughout has clusters that kernels without groups do not have, and that come back. Left: mean silhouette among averaged kernels, beside the range of {every[0].draws} draws of each control. Right: the share of draws with a smaller silhouette, and the adjusted Rand index with other starts and on units drawn with replacement.",
)
bright = [name for k, name in enumerate(names) if real[k]]
outlying = [one.name for one in every if min(one.beyond(name, "averages") for name in CONTROLS) == 1]
biggest, biggest_told = ([float(sorted_shares(one.label(r))[0]) for one in every] for r in ("averages", TOLD))
run.say(
    f"Sets whose clusters are better separated than every draw of all three controls: {len(bright)} of {len(names)}"
    + (f" ({', '.join(bright)}). " if bright else ". ")
    + f"Without the embedding, by the reading *averages* (see below), there are {len(outlying)} such sets; the largest "
    f"cluster then has {np.mean(biggest):.0%} of the units of a set on average, with an embedding {np.mean(biggest_told):.0%}: "
    "silhouettes are large where a cluster holds few units that lie far from all others."
)
judge("abstract.groups", real)
for name, claim_id in zip(CONTROLS, ("random", "shuffled", "cloud"), strict=True):
    judge(f"control.silhouette-{claim_id}", beyond[name])

# %% [markdown]
# How many clusters are there? The gap statistic {cite}`tibshirani2001` can answer one. And the heights of a dendrogram, from
# which the study reads its numbers, have a widest step.

# %% tags=["hide-input"]
counted = [one.gaps.clusters for one in every]
steps = [one.trees_step for one in every]
printed = SIZES if seen.is_studys else {}  # another network has other clusters
sizes = [len(printed.get(one.name, ())) for one in every]
told = [
    f"| {one.name} | {len(one.raw)} | {size or '–'} | {step} | {random} | {number} |"
    for one, size, (step, random), number in zip(every, sizes, steps, counted, strict=True)
]
run.say(
    "| set | units | the study's clusters | widest step | of random weights | gap statistic |\n|---|---|---|---|---|---|\n"
    + "\n".join(told)
)
judge("sec-4-2-3-1.one-cluster", [number == 1 for number in counted])
judge(
    "sec-7-2.cuts",
    [step == size for (step, _), size in zip(steps, sizes, strict=True)],
    [random == size for (_, random), size in zip(steps, sizes, strict=True)],
)
judge("sec-4-2-3-1.topology", [bool((one.made.control_bar < one.made.bar).all()) for one in every])

# %% [markdown]
# ## Figures 34 and 35: the last layer
#
# What the study shows in its main text, for its example 5b 3×3; for another network, its largest set.

# %% tags=["hide-input"]
example = looked.get("mixed5b 3×3") or max(every, key=lambda one: len(one.raw))


def embedded(one: Clustered) -> drawn.Embedded:
    return drawn.Embedded(
        one.name,
        one.plane(),
        one.label(),
        one.control_plane("random", 0),
        one.control_label("random"),
        one.trees,
        one.set.clusters,
        one.trees_step,
    )


def headed(one: Clustered) -> dict[str, np.ndarray]:
    """The pictures of a set's clusters, under number and size."""
    label, (rows, columns) = one.label(), one.set.branch.size
    found = one.representative().items()
    return {f"{k}: {int((label == k).sum())}": each.reshape(3, rows, columns).numpy() for k, each in found}


# %% tags=["hide-input"]
run.figure(
    drawn.embeddings([embedded(example)]),
    alt="Four panels: the embedding of the units with its clusters in colours and marks, their dendrogram with its cut as a dashed line, and the same two of as many units with random weights.",
    caption=f"After figure 34 of the study: averaged kernels of {example.name} of {of}, at the right with random weights. Legends have the number of each cluster and its units; the axes of an embedding have no unit. Dendrograms are Ward's; height is the distance at which clusters are joined, the dashed line the cut, and the widest step that of two to six clusters.",
)
run.figure(
    drawn.kernels_of_clusters({example.name: headed(example)}),
    alt="For each cluster three small pictures below each other: an averaged kernel in red and blue, the mean of its cluster in red and blue, and the standard deviation.",
    caption=f"After figure 35 of the study: for each cluster (number: units) of {example.name} the averaged kernel that lies nearest to the cluster's mean, the mean, and the standard deviation over the cluster. Weights as they are; red is positive, blue negative.",
)
for claim_id in ("sec-4-2-3-1.big-cluster", "sec-4-2-3-1.table-16", "fig-33.colours"):
    run.claim(claim_id)

# %% [markdown]
# ## Algorithm 5, and what it can mean
#
# Text, algorithm and captions differ in what is compared and what is clustered. All readings have an RBF affinity, exp(-d²),
# and as many clusters as the study has. The first five differ in what the study says, the other three in what it leaves open:
#
# | reading | compared | clustered |
# |---|---|---|
# | rows | whole kernels, normalised | rows of the table of distances, as line 8 has it |
# | printed | whole kernels, raw | rows of the table of distances |
# | averages | averaged kernels | rows of the table of distances |
# | embedded | whole kernels, normalised | UMAP of the rows, as the text has it |
# | averages embedded | averaged kernels | UMAP of the rows |
# | averages precomputed | averaged kernels | the distances themselves |
# | embedded precomputed | whole kernels, normalised | UMAP of the distances themselves |
# | spectral norm | whole kernels, normalised, by the largest singular value | UMAP of the rows |
#
# Ward's tree and k-means on averaged kernels stand beside them. Readings of whole kernels have a fourth control: the kernels
# of each unit *over its channels in another order*, which keeps their shapes.

# %%
agreement = {reading: [one.starts_agree(reading) for one in every] for reading in READINGS}
noise = {reading: [one.random_starts_agree(reading) for one in every] for reading in READINGS[:-2]}
in_draws = {reading: [one.bootstraps_agree(reading) for one in every] for reading in READINGS}
same_as_noise = [
    np.mean([adjusted_rand_index(one.label("rows", k), one.control_label("random", "rows", k)) for k in range(both)])
    for one in every
    if (both := min(one.starts, one.few))
]
between = [statements.readings_agree(one) for one in every]
whole_above = sum(one.beyond_all("embedded") for one in every)
off = ~np.eye(len(STUDYS), dtype=bool)

# %% tags=["hide-input"]
rows = []
for reading in READINGS:
    stable = [a >= 0.8 and b >= 0.6 for a, b in zip(agreement[reading], in_draws[reading], strict=True)]
    above = [one.beyond_all(reading) for one in every]
    random = f"{np.mean(noise[reading]):.2f}" if reading in noise else "–"
    counted_above = f"{sum(above)}" if reading != "k-means" else "–"
    rows.append(
        f"| {reading} | {np.mean(agreement[reading]):.2f} | {random} | {np.mean(in_draws[reading]):.2f} | {sum(stable)} | "
        f"{np.mean([float(one.silhouettes(reading).mean()) for one in every]):.2f} | {counted_above} |"
    )
run.say(
    "Means over the sets, of the adjusted Rand index and of the silhouette among averaged kernels. Stable: starts agree by "
    f"0.8 and draws of units by 0.6 at least. Above: a larger silhouette than all draws of all controls, {every[0].draws} of each "
    f"for averaged kernels, {every[0].few} for whole ones. Of {len(every)} sets.\n\n"
    "| reading | starts | starts, random weights | draws of units | sets that are stable | silhouette | sets above |\n"
    "|---|---|---|---|---|---|---|\n" + "\n".join(rows)
)

# %% tags=["hide-input"]
judge("control.affinity", [float(one.made.affinity[0]) for one in every])
judge("control.text-noise", np.round(same_as_noise, 6))
judge("control.text-starts", agreement["rows"])
for reading in ("averages", "embedded", TOLD):
    judge(f"control.starts-{reading.replace(' ', '-')}", agreement[reading], noise[reading])
for reading in ("averages", "embedded", TOLD):
    judge(f"control.bootstrap-{reading.replace(' ', '-')}", in_draws[reading])
judge("control.readings", [float(table.numpy()[off].mean()) for table in between])
judge("control.precomputed", [statements.precomputed_agrees(one) for one in every])
judge("control.norm", [one.agree("embedded", "spectral norm") for one in every])
judge("beyond.silhouette-embedded", [one.beyond_all("embedded") for one in every])
judge("control.silhouette-channels", [one.beyond("channels", "embedded") for one in every])
spreads = np.array([statements.spreads(one) for one in every])
judge("control.distances", {"random": spreads[:, 0], "trained": spreads[:, 1]})
for claim_id in ("alg-5.normalised", "alg-5.embedding", "alg-5.averages", "sec-4-2-3.former"):
    run.claim(claim_id)
judge("sec-4-2-3.clusterings", [len(every)])
run.claim("sec-4-2-3-1.at-most-500")

# %% [markdown]
# The width of the affinity is not printed. scikit-learn's default for gamma is 1; another one may repair the reading *rows*.

# %% tags=["hide-input"]
gammas = np.array([one.made.gamma.numpy() for one in every])  # (set, gamma, 2)
run.figure(
    lines(
        np.array(GAMMAS),
        {"two starts": gammas[..., 0], "trained and random weights, one start": gammas[..., 1]},
        x_label="gamma of the RBF affinity",
        y_label="adjusted Rand index",
        x_log=True,
    ),
    alt="Two curves against gamma on a logarithmic axis, with bands: the agreement of two starts, and that of trained with random weights.",
    caption=f"The reading called rows at other widths of the affinity: mean and 95% interval over the sets of {of}. A useful reading has the first curve near 1 and the second near 0.",
)
judge("beyond.gamma", (gammas[..., 0] - gammas[..., 1]).max(axis=1))
judge("control.neighbours", [float(one.made.neighbours.mean()) for one in every])
run.claim("sec-7.neighbours")

# %% [markdown]
# ## Tables 5 to 17: sizes of clusters
#
# Sizes are compared as sorted shares: the order of clusters means nothing. The distance is the share of
# units that would have to move to another cluster. The study does not say which reading is its own, so the nearest
# counts, also for random weights.

# %%
shares = {name: np.sort(np.array(each) / sum(each))[::-1].copy() for name, each in printed.items()}
distances = {name: looked[name].nearest_sizes(statements.as_tensor(shares[name])) for name in shares if name in looked}

# %% tags=["hide-input"]
TABLES = {"4b-3x3": 6, "4b-5x5": 7, "4c-3x3": 8, "4c-5x5": 9, "4d-3x3": 10, "4d-5x5": 11, "4e-3x3": 12, "4e-5x5": 13}
TABLES |= {"5a-3x3": 14, "5a-5x5": 15, "5b-3x3": 5, "5b-5x5": 17}
told = []
for name, one in looked.items():
    listed = ", ".join(map(str, sorted(printed.get(name, ()), reverse=True))) or "–"
    ours = [", ".join(f"{n}" for n in one.label(r).unique(return_counts=True)[1].sort(descending=True).values.tolist()) for r in STUDYS]  # fmt: skip
    told.append(f"| {name} | {listed} | {' | '.join(ours)} |")
run.say(
    f"Sizes, first start, the largest cluster first.\n\n| set | the study | {' | '.join(STUDYS)} |\n|{'---|' * 7}\n"
    + "\n".join(told)
)
for name in SIZES:
    number = TABLES.get(short(name))
    claim_id = f"table-{number}.sizes" if number else f"sec-7-2.sizes-{short(name)}"
    judge(claim_id, *distances.get(name, (None, None)))
for claim_id in (
    "sec-7-2.sums",
    "sec-7-2.sum-4a-3x3",
    "sec-7-2.number-4c",
    "sec-7-2.size-4c",
    "sec-7-2.tables-numbered",
):
    run.claim(claim_id)

# %% [markdown]
# Are the sizes those of the layer, in two trainings of one architecture, or would any table of the study be as near?

# %%
own_table, other_tables = [], []
for name in distances if studys else ():
    ours = sorted_shares(looked[name].label())
    alike = [other for other in shares if len(shares[other]) == len(shares[name])]
    far = {other: total_variation(ours, statements.as_tensor(shares[other])) for other in alike}
    if len(far) > 1:  # one set alone has six clusters
        own_table.append(far.pop(name))
        other_tables.append(np.mean(list(far.values())))

# %% tags=["hide-input"]
judge("beyond.own-table", {"own": own_table, "others": other_tables})

# %% [markdown]
# ## Section 7.2: the characters of clusters
#
# The study describes clusters by the signs of their averaged kernels. A description is written here as signs of marked
# positions, and a unit shows it if enough of these have the sign, the centre in any case where the description
# names it. Does some cluster, of at least half the share that the
# study's has, show it? Random groups of the same sizes, and clusters of shuffled kernels, are searched in the same way: a
# pattern that any group shows is no character of a cluster.

# %%
described = statements.characters(looked) if studys else {}
followers = {
    alike: [statements.validation(every, shuffled=shuffled, alike=alike) for shuffled in (False, True)]
    for alike in (statements.ALIKE, 1.0)
}

# %% tags=["hide-input"]
if described:
    titles = [f"{each.set}, cluster {each.number}" for each in described]
    run.figure(
        drawn.beside_controls(
            titles,
            [np.mean(each.own) for each in described.values()],
            {
                "random groups": [each.grouped for each in described.values()],
                "positions shuffled": [each.shuffled for each in described.values()],
            },
            x_label="largest share of a cluster that shows the pattern",
            level=0.5,
        ),
        alt="A row for each description of a cluster: a diamond for the largest share of a cluster of trained kernels that shows it, a bar for the range in random groups of the same sizes, and one for that in clusters of shuffled kernels.",
        caption=f"Stated characters in the clusters of {of}: mean over starts, and the range over as many draws of random groups and of shuffled kernels. The dotted line is half a cluster.",
    )
for each, found in described.items():
    judge(each.claim, found.own, found.floor)
for claim_id in [each.claim for each in statements.CHARACTERS if each not in described]:
    judge(claim_id, None)
run.claim("sec-7-2.3a-5x5-cluster-3")

# %% tags=["hide-input"]
for name in WITHOUT:
    if name in looked:
        one = looked[name]
        labels = [one.label(start=k) for k in range(one.starts)]
        own = [statements.share_of_followers(one.raw, each) for each in labels]
        gain = [a - statements.in_random_groups(one.raw, b, seed=seed) for a, b in zip(own, labels, strict=True)]
    judge(f"sec-7-2.{short(name)}-none", gain if name in looked else None)
averaged = {
    "shuffled": [np.mean(each.shuffled) for each in described.values()],
    "trained": [np.mean(each.own) for each in described.values()],
}
judge("control.characters", averaged)
judge("sec-4-2-3-1.validation", *followers[statements.ALIKE])
judge("control.validation-all", *followers[1.0])
for claim_id in ("fig-50.size", "sec-7-2.second-first", "sec-7-2.figure-56", "sec-1.assign"):
    run.claim(claim_id)

# %% [markdown]
# ## The shape of embeddings
#
# A circle has one radius: the standard deviation of the distances from the mean point, over their mean, is 0, and it is 0.35 for
# a disc that is filled evenly. Does an embedding of trained kernels differ from one of as many Gaussian vectors?

# %% tags=["hide-input"]
variations = [one.variations for one in every]
run.figure(
    drawn.beside_controls(
        names,
        [own[0] for own, _ in variations],
        {
            "random weights": [random for _, random in variations],
            "trained weights, other starts": [own for own, _ in variations],
        },
        x_label="radial variation of the embedding (0: circle, 0.35: disc)",
        level=8**-0.5,
    ),
    alt="A row for each set: a diamond for the radial variation of its embedding, a bar for the range of random weights and one for the range of other starts; a dotted line at 0.35.",
    caption=f"How circular the embeddings of averaged kernels of {of} are, beside {every[0].draws} draws of random weights. The dotted line is a disc that is filled evenly.",
)
# %% tags=["hide-input"]
rounder, longer = (
    sum(bool(compare(own[0], np.array(random)).all()) for own, random in variations)
    for compare in (np.less, np.greater)
)
run.say(
    f"More circular than every draw of random weights: {rounder} of {len(every)} sets; less circular than every draw: {longer}."
)
judge("abstract.circle", [own[0] < min(random) for own, random in variations])
judge("sec-4-2-3-1.shapeless", [not one.has_known_shape for one in every])
by_depth = statements.variation_by_depth(every)
judge("sec-4-2-3-1.deeper", *by_depth)
for number, name in ((67, "mixed4d 3×3"), (73, "mixed4e 5×5"), (80, "mixed5b 5×5")):
    judge(f"fig-{number}.circle", *(looked[name].variations if name in looked else (None, None)))
run.claim("sec-4-2-3-1.figure-73")

# %% [markdown]
# Does the circle hang on UMAP's setting? The study has 30 neighbours; here are fewer and more, too, or all other units where a set
# has not as many. Measured are the radial variation, the share of the units near the centre (a circle is empty there), and the longest
# bar of H1 over the median distance of two units.

# %%
others = run.stage(embedding_neighbours)
rounds = [round_embeddings.Round(one=one, made=others[one.name].history, own_neighbours=neighbours) for one in every]
numbers = [str(number) for number in rounds[0].numbers]
larger = np.array([each.larger() for each in rounds])  # (set, number)

# %% tags=["hide-input"]
run.figure(
    drawn.beside_numbers(names, larger, numbers, x_label="share of draws of random weights that are less round"),
    alt="A row for each set with a mark for each number of neighbours: the share of the draws of random weights whose embedding has a larger radial variation.",
    caption=f"How round embeddings of {of} are beside {every[0].draws} draws of random weights, with {', '.join(numbers)} neighbours of UMAP. At 1 a set is rounder than every draw.",
)
run.say(f"Means over the sets.\n\n{round_embeddings.table(rounds)}")
judge(
    "beyond.circle-neighbours", [each.is_round() for each in rounds], floor=[each.is_round(cloud=1) for each in rounds]
)
judge("beyond.circle-alike", [round_embeddings.spread(each.larger()) for each in rounds])
judge("control.neighbours-round", round_embeddings.variation_by_neighbours(rounds))

# %% [markdown]
# Are there clusters at all? The Hopkins statistic {cite}`hopkins1954` compares distances from even places in the box of the
# points with those between points: 0.5 is even, 1 is clusters. One Gaussian cloud is not even either, so it stands beside. A few
# units far from all others raise the statistic, too: they widen the box, and places in it are then far from any unit.

# %%
tendencies = {
    "embedding": [cluster_tendency.of_embedding(one) for one in every],
    "averaged kernels": [cluster_tendency.of_kernels(one) for one in every],
}
planted_groups = [cluster_tendency.of_planted_groups(one) for one in every]

# %% tags=["hide-input"]
for what, found in tendencies.items():
    run.figure(
        drawn.beside_controls(
            names,
            [each.own for each in found],
            {CALLED[name]: [each.drawn[name] for each in found] for name in cluster_tendency.BESIDE},
            x_label=f"Hopkins statistic of the {what}",
            level=0.5,
        ),
        alt=f"A row for each set: a diamond for the Hopkins statistic of its {what}, a bar for the range of one cloud and one for that of shuffled positions; a dotted line at 0.5.",
        caption=f"Hopkins statistic of the {what} of {of}, beside {every[0].draws} draws of each control. The dotted line is an even spread.",
    )
within = {what: [each.in_range_of("one cloud") for each in found] for what, found in tendencies.items()}
run.say(
    f"Within the range of one cloud: {sum(within['embedding'])} embeddings and {sum(within['averaged kernels'])} sets of "
    f"averaged kernels, of {len(every)}."
)
judge("beyond.hopkins-embedding", within["embedding"])
judge("beyond.hopkins-kernels", within["averaged kernels"])
judge("control.hopkins-groups", [each.above("one cloud") for each in planted_groups])

# %% [markdown]
# ## Why UMAP
#
# The study's reasons (appendix 7): it is faster than t-SNE and MDS, it keeps the overall picture, it helps methods after it, and
# it makes clustering cheap. All are measured on the averaged kernels of each set, on one thread, and on planted groups.

# %% tags=["hide-input"]
seconds = {name: [float(one.made.seconds[k]) for one in every] for k, name in enumerate(METHODS)}
kept = {name: [float(one.made.kept[k]) for one in every] for k, name in enumerate(METHODS)}
run.say(
    "Means over the sets.\n\n| method | milliseconds | rank correlation of distances before and after |\n|---|---|---|\n"
    + "\n".join(f"| {name} | {1000 * np.mean(seconds[name]):.1f} | {np.mean(kept[name]):.2f} |" for name in METHODS[:4])
)
judge("sec-7.faster-tsne", {name: seconds[name] for name in ("UMAP", "t-SNE")})
judge("sec-7.faster-mds", {name: seconds[name] for name in ("UMAP", "MDS")})
judge("sec-7.global", {name: kept[name] for name in ("t-SNE", "UMAP")})
planted = np.array([one.made.planted.numpy() for one in every])
judge("sec-7.general", {"table": planted[:, 0], "embedding": planted[:, 1]})
with_embedding = np.add(seconds["UMAP"], seconds["embedding clustered"])
judge("sec-4-2-3-1.cost", {"with embedding": with_embedding, "table alone": seconds["table clustered"]})
separated = {r: [float(one.silhouettes(r).mean()) for one in every] for r in ("k-means", "averages")}
judge("sec-4-2-3-1.spectral-silhouette", {"k-means": separated["k-means"], "spectral": separated["averages"]})
judge("sec-4-2-3-1.spectral-stability", {"k-means": in_draws["k-means"], "spectral": in_draws["averages"]})
run.claim("sec-4-2-3-2.compared")

# %% [markdown]
# ## Figures 49 to 81: all sets
#
# Embeddings and dendrograms, then kernels of clusters, layer by layer. What these figures show is first told in numbers.

# %% tags=["hide-input"]
run.say(
    "In brackets: means over draws of random weights, and of one cloud for the Hopkins statistic of the embedding.\n\n"
    + cluster_table.table(every, rounds, tendencies["embedding"])
)

# %% tags=["hide-cell"]
at_once = 4  # sets in a figure
for first in range(0, len(every), at_once):
    part = every[first : first + at_once]
    run.figure(
        drawn.embeddings([embedded(one) for one in part]),
        alt="Rows of four panels, a row for each set: its embedding by clusters, its dendrogram with the cut, and both of random weights.",
        caption=f"After figures 49 to 80 of the study: {', '.join(one.name for one in part)} of {of}, at the right with random weights. Legends have the number of each cluster and its units; dashed lines are cuts.",
    )
    run.figure(
        drawn.kernels_of_clusters({one.name: headed(one) for one in part}),
        alt="For each set and cluster three small pictures: an averaged kernel, the mean of the cluster, and the standard deviation.",
        caption=f"After figures 50 to 81 of the study: kernels of the clusters of {', '.join(one.name for one in part)}. Below each column: number of the cluster, and of its units.",
    )

# %% tags=["hide-input"]
run.units(identities(seen, [one.set.branch for one in every]), of_clusters(every), COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study finds several groups of units in every layer, describes many of them by the signs of averaged kernels, and sees circles in some embeddings."
)
if studys:
    run.say(
        f"In {len(bright)} of {len(names)} sets clusters are better separated than in every draw of all three controls, and "
        f"the gap statistic chooses one cluster in {sum(number == 1 for number in counted)}: that there are groups in every "
        f"layer {as_predicate(run.verdict('abstract.groups'))}. Where it clusters the rows of normalised kernels, "
        f"as line 8 has it, the algorithm cannot see the weights: trained and random ones get partitions with an agreement "
        f"of {np.mean(same_as_noise):.2f}. By the text's own reading, which embeds whole kernels, {whole_above} sets stand out "
        f"against {every[0].few} draws of each control. With averaged "
        f"kernels and an embedding, two starts agree by {np.mean(agreement[TOLD]):.2f} ({np.mean(noise[TOLD]):.2f} in random "
        f"weights), and other draws of units by {np.mean(in_draws[TOLD]):.2f}. Of {len(described)} stated characters, "
        f"{sum(run.verdict(each.claim) == HOLDS for each in described)} are found in a cluster beyond random groups and "
        f"shuffled kernels. Embeddings are more circular than every draw of random weights in {rounder} sets and less in "
        f"{longer}; that deeper layers are more circular {as_predicate(run.verdict('sec-4-2-3-1.deeper'))}. With "
        f"{', '.join(numbers)} neighbours alike they are so in {sum(each.is_round() for each in rounds)} sets. By the Hopkins "
        f"statistic, {sum(within['embedding'])} embeddings lie within the range of one cloud."
    )

# %% tags=["hide-input"]
run.finish()
