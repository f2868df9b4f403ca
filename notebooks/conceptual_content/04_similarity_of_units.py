# ---
# jupyter:
#   book:
#     stages:
#     - conceptual_content/responses
#     - conceptual_content/unit_statistics
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
# # Similarity of units
#
# The study compares the rows of the CoF matrix of all pairs of units of a layer: Pearson's correlation is their conceptual
# similarity, the Euclidean distance their dissimilarity (section 2.4, figure 5, appendix C). It says that similarity falls with
# depth and dissimilarity rises, and takes high similarity for a sign of preference for many classes.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "vgg16"  # a network's name, or the path of a description of your own
layers = "auto"  # names of layers, separated by commas; auto: all non-linearities with positions
images = "auto"  # a folder or tar file with a folder for each class, or patterns; auto: Tiny-ImageNet where it is
draws = 5  # networks with random weights beside the trained one, on page 5

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np
import torch

from helpers.pages import runs
from helpers.randomness import generator
from helpers.studies.conceptual_content import similarity_statements as similarity
from helpers.studies.conceptual_content import unit_columns
from helpers.studies.conceptual_content.along_layers import by_depth
from helpers.studies.conceptual_content.inputs import record_inputs
from helpers.studies.conceptual_content.parameters import PARAMETERS
from helpers.studies.conceptual_content.plots.layers import curves_by_layer
from helpers.studies.conceptual_content.plots.matrices import unit_matrices
from helpers.studies.conceptual_content.stages import responses, unit_statistics
from helpers.studies.conceptual_content.subject import MISSING, subject
from helpers.studies.conceptual_content.top_lists import by_part, whole
from helpers.studies.conceptual_content.unit_similarity import clustered_order, correlations, distances

# %% tags=["hide-input"]
run = runs.start("conceptual_content/04_similarity_of_units", globals(), **PARAMETERS)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
studys = seen.is_studys
kept = run.stage(unit_statistics, seen.key)[seen.key].history
lists, together = by_part(seen, kept), whole(seen, kept)
layers = lists.layers
record_inputs(run, seen)
names, top, of = seen.names, together.top, seen.captioned
run.say(seen.describe())

# %% [markdown]
# ## Figure 5: averages over the pairs of a layer
#
# Averages are taken without the diagonal, which adds more to narrow layers. Beside the true counts: the same rows with the
# classes permuted in each row by itself, which keeps every row's counts and takes away what units share; and permuted labels.

# %%
true = lists.counts()
rows = similarity.with_permuted_names(true, seed=seed)
shuffles = [generator(seed, f"labels {k}") for k in range(run.by_scale(smoke=1, laptop=4, paper=4))]
labels = torch.cat([lists.permuted(random).counts() for random in shuffles])  # (permutation and part, unit, class)
alike = {
    kind: similarity.mean_similarity(each, layers)
    for kind, each in (("true", true), ("rows", rows), ("labels", labels))
}
apart = {
    kind: similarity.mean_distance(each, layers) for kind, each in (("true", true), ("rows", rows), ("labels", labels))
}

# %% tags=["hide-input"]
CALLED = {"true": "true counts", "rows": "classes permuted in each row", "labels": "permuted labels"}


def figure_5(values: dict, label: str, word: str) -> None:
    run.figure(
        curves_by_layer({CALLED[kind]: each for kind, each in values.items()}, names, y_label=label),
        alt=f"Average {word} of pairs of units, layer by layer: true counts, classes permuted within rows, and permuted labels.",
        caption=f"After figure 5 of the study: average {word} of the units of {of} by their {top} strongest images. Thin lines: the parts of the images.",
    )


# %%
of_rows = similarity.of_similarity(alike["rows"])
measured = similarity.of_similarity(alike["true"]) if studys else {}
distance = by_depth(apart["true"]) if studys else None
low = {kind: similarity.of_similarity(each)["beyond.shared-classes"] for kind, each in alike.items()}
shared = (
    low["labels"].unflatten(0, (-1, seen.parts)).mean(dim=0) / low["true"]
)  # of the similarity in low layers that needs no class
share = similarity.rise(apart["rows"]) / similarity.rise(apart["true"])  # of the rise that needs nothing in common

# %% tags=["hide-input"]
figure_5(alike, "mean correlation", "similarity")
for claim_id in ("abstract.similarity", "fig-5.similarity", "beyond.shared-classes"):
    run.claim(claim_id, measured.get(claim_id), floor=of_rows[claim_id] if studys else None, missing=MISSING)
run.claim("beyond.shared-images", shared if studys else None, missing=MISSING)

# %% tags=["hide-input"]
figure_5(apart, "mean distance [images]", "dissimilarity")
floor = by_depth(apart["labels"]) if studys else None
run.claim("fig-5.dissimilarity", distance, floor=floor, missing=MISSING)
run.claim("beyond.distance-is-sparsity", share if studys else None, missing=MISSING)
for claim_id in ("fig-5.distance", "sec-2-4.both-drop", "sec-2-4.explanation"):
    run.claim(claim_id)

# %% [markdown]
# Rows of unit length have a distance that is a matter of shared classes alone.

# %% tags=["hide-input"]
unit = {
    kind: similarity.mean_distance(each, layers, unit_length=True) for kind, each in (("true", true), ("rows", rows))
}
run.figure(
    curves_by_layer({CALLED[kind]: each for kind, each in unit.items()}, names, y_label="distance at unit length"),
    alt="Average distance of rows of unit length, layer by layer: true counts, and classes permuted within rows.",
    caption=f"As figure 5b, with rows divided by their length, units of {of}. Two rows without a common class have the distance {2**0.5:.2f}.",
)

# %% [markdown]
# ## Appendix C: all pairs
#
# For each layer two matrices of all pairs of units: of the true counts, and at their right of the same rows with the classes
# permuted in each row by itself. Units are ordered by clustering of the distances, each matrix by its own, so that units alike
# are neighbours: blocks in the left matrix alone are units that share classes.

# %%
counts = together.counts()[0]
permuted = similarity.with_permuted_names(counts[None], seed=seed)[0]
where = list(layers.values())
near, far, near_permuted, far_permuted = (
    [measure(table[each]) for each in where] for table in (counts, permuted) for measure in (correlations, distances)
)
order, order_permuted = ([clustered_order(each.nan_to_num()) for each in table] for table in (far, far_permuted))

# %% tags=["hide-input"]
APPENDIX_C = (  # the true matrices, the control, what they are, whether they have signs
    (far, far_permuted, "distance [images]", False),
    (near, near_permuted, "correlation", True),
)


def pairs_of_matrices(true: list, control: list, orders: tuple[list, list] | None) -> dict[str, torch.Tensor]:
    """For each layer its matrix and the control's, in these orders or as they are numbered."""
    shown = {}
    for k in range(0, len(names), run.by_scale(smoke=6, laptop=1, paper=1)):  # a smoke run draws a few layers
        name = names[k]
        for title, tables, chosen in ((name, true, 0), (f"{name}, permuted", control, 1)):
            o = orders[chosen][k] if orders else torch.arange(len(tables[k]))
            shown[title] = tables[k][o][:, o]
    return shown


def appendix_c(orders: tuple[list, list] | None, ordered: str) -> None:
    for true, control, label, signed in APPENDIX_C:
        what = label.partition(" ")[0]
        run.figure(
            unit_matrices(pairs_of_matrices(true, control, orders), label=label, signed=signed, columns=6),
            alt=f"For each layer two matrices of the {what} of all pairs of units, {ordered}: of the true counts, and with classes permuted in each row.",
            caption=f"After appendix C of the study: {what} of all pairs of units of {of}, {ordered}, all on one scale; the diagonal is drawn, too. Permuted: the classes in each row by itself.",
        )


# %% tags=["hide-input"]
appendix_c((order, order_permuted), "ordered by clustering")

# %% [markdown]
# The same matrices with the units in the order of their numbers are folded here.

# %% tags=["hide-cell"]
appendix_c(None, "ordered by number")

# %% tags=["hide-input"]
square = [
    a.shape == b.shape
    and bool(((a - a.T).abs().nan_to_num() < 1e-9).all())
    and bool((b.diagonal() == 0).all())
    and bool(((a.diagonal() - 1).abs().nan_to_num() < 1e-9).all())
    for a, b in zip(near, far, strict=True)
]
run.claim("sec-2-4.matrices", [float(each) for each in square])
for claim_id in ("sec-2-4.appendix", "appendix-c.distances", "appendix-c.correlations"):
    run.claim(claim_id)

# %% [markdown]
# ## Is high similarity a sign of many classes?

# %% tags=["hide-input"]
sign, by_rows = (similarity.similar_and_multi_faceted(each, layers) for each in (counts, permuted))
run.claim("sec-2-4.similar-multi", sign if studys else None, floor=by_rows if studys else None, missing=MISSING)
run.claim("sec-2-4.two-single")

# %% [markdown]
# ## Like classes, like function, like form?
#
# The study compares classes of the strongest images only. Beside it stand the responses of units to all images of a part, and
# the weights of their kernels: do pairs of units that are alike in one table tend to be alike in the other?

# %%
answers = run.stage(responses)["responses"].history.value.float()  # (image, unit)
function = [similarity.pair_correlation(counts[each], answers[:, each].T) for each in where]
function_floor = [similarity.pair_correlation(permuted[each], answers[:, each].T) for each in where]
weights = [similarity.kernels(seen.loaded.network, name) for name in layers]
form = [similarity.pair_correlation(counts[each], w) for each, w in zip(where, weights, strict=True) if w is not None]
form_floor = [
    similarity.pair_correlation(permuted[each], w) for each, w in zip(where, weights, strict=True) if w is not None
]

# %% tags=["hide-input"]
by_layer = (
    {"responses": np.array([function]), "kernels": np.array([form])} if form else {"responses": np.array([function])}
)
run.figure(
    curves_by_layer(by_layer, names, y_label="rank correlation over pairs"),
    alt="Rank correlation, over pairs of units, of similarity by classes with similarity of responses and of kernels, layer by layer.",
    caption=f"Pairs of units of {of}: similarity by the classes of the strongest images, against that of responses to {len(answers)} of the images and of kernels.",
)
run.claim("sec-3.functional", function if studys else None, floor=function_floor if studys else None, missing=MISSING)
run.claim("beyond.form-and-function", form if studys else None, floor=form_floor if studys else None, missing=MISSING)

# %% tags=["hide-input"]
run.units(unit_columns.identities(seen), unit_columns.of_similarity(counts, layers), unit_columns.COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study says that units become less similar with depth, that their dissimilarity rises, and that high similarity "
    "is a sign of many classes."
)
if studys:
    run.say(
        f"On these images similarity goes from {float(alike['true'][:, 0].mean()):.2f} in the first layer to "
        f"{float(alike['true'][:, -1].mean()):.2f} in the last (falls: {run.verdict('fig-5.similarity')}); with permuted "
        f"labels {float(shared.mean()):.0%} of it is left in the low layers: units share images. Dissimilarity "
        f"rises: {run.verdict('fig-5.dissimilarity')}; with permuted labels it rises by "
        f"{float(similarity.rise(apart['labels']).mean() / similarity.rise(apart['true']).mean()):.0%} of that, and with classes permuted in each row, where nothing is shared, the rise is "
        f"{float(share.mean()):.0%} of it. Within a layer, similarity and degree have a rank correlation of "
        f"{np.mean(sign):.2f} ({run.verdict('sec-2-4.similar-multi')})."
    )

# %% tags=["hide-input"]
run.finish()
