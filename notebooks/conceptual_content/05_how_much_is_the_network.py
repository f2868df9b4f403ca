# ---
# jupyter:
#   book:
#     stages:
#     - conceptual_content/other_networks
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
# # How much of it is the network?
#
# The study draws conclusions on depth from one network, one set of images and a hundred images for each unit, without a
# control. Here the same measures are taken with random weights, with permuted labels, with other numbers of strongest images,
# with superclasses, on other images and in other networks: which conclusions survive which control?

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
from functools import partial

import torch

from helpers.hooks.reducers.pass_tensors import from_stage
from helpers.models.pretrained import load
from helpers.pages import runs
from helpers.randomness import generator
from helpers.studies.conceptual_content import controls, superclasses, top_lists
from helpers.studies.conceptual_content.along_layers import by_depth, rank_correlations
from helpers.studies.conceptual_content.class_counts import merged
from helpers.studies.conceptual_content.facets import multi_faceted_degree
from helpers.studies.conceptual_content.inputs import record_inputs
from helpers.studies.conceptual_content.one_field_of_view import cut_and_whole
from helpers.studies.conceptual_content.parameters import PARAMETERS
from helpers.studies.conceptual_content.passes import image_sets
from helpers.studies.conceptual_content.plots.layers import curves_by_layer
from helpers.studies.conceptual_content.similarity_statements import with_permuted_names
from helpers.studies.conceptual_content.stages import other_networks, unit_statistics
from helpers.studies.conceptual_content.statements import share_in_high_layers
from helpers.studies.conceptual_content.subject import MISSING, deal, subject

# %% tags=["hide-input"]
run = runs.start("conceptual_content/05_how_much_is_the_network", globals(), **PARAMETERS)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
studys = seen.is_studys
kept = {key: each.history for key, each in run.stage(unit_statistics).items()}
record_inputs(run, seen)
lists, together = top_lists.by_part(seen, kept[seen.key]), top_lists.whole(seen, kept[seen.key])
names, layers, of = seen.names, lists.layers, seen.captioned
run.say(seen.describe())

# %% [markdown]
# ## Is the trend learned?
#
# Random weights of the same means and variances as the trained ones, layer by layer: the network has the same widths, pooling
# and fields of view. All networks of this section see the same images.

# %%
sets = image_sets(images, scale, seen.loaded)
few = unit_statistics.controls_of(sets[seen.key], scale).open(seed)  # the images of the control networks


def of_control(key: str) -> top_lists.TopLists:
    found = from_stage(kept[key], name=key)
    return top_lists.of_statistics(found, few.labels, classes=len(few.class_names)).first(top_lists.TOP)


random = [of_control(key) for key in kept if key.startswith("random")]
matched, mean_response = of_control("matched"), of_control("matched_mean")
trained = controls.mean_classes(matched.counts(), layers)  # (1, layer)
drawn = torch.cat([controls.mean_classes(each.counts(), layers) for each in random])  # (draw, layer)

# %% tags=["hide-input"]
run.figure(
    curves_by_layer({"trained": trained, "random weights": drawn}, names, y_label="mean effective classes"),
    alt="Mean effective number of classes, layer by layer, of the trained network and of networks with random weights.",
    caption=f"{of} and {len(random)} networks with random weights on {len(few):,} images, {matched.top} images a unit. Thin lines: draws of weights.",
)
left = controls.fall(drawn) / controls.fall(trained)
likeness = torch.cat([controls.mean_similarity(each.counts(), layers) for each in random])
run.claim("beyond.random-weights", controls.with_depth(drawn) if studys else None, missing=MISSING)
run.claim("beyond.learned-share", left if studys else None, missing=MISSING)
run.claim("beyond.random-similarity", -controls.fall(likeness) if studys else None, missing=MISSING)

# %% [markdown]
# ## Strongest images: how many, and by what?

# %%
classes = partial(controls.mean_classes, layers=layers)
full = classes(lists.counts())  # (part, layer)
order = {n: controls.between(classes(lists.counts(top=min(n, lists.top))), full) for n in (10, 25)}
longest = top_lists.of_statistics(from_stage(kept[seen.key], name=seen.key), seen.images.labels, classes=seen.classes)
most = controls.between(classes(longest.counts()), classes(together.counts()))
by_mean = controls.between(classes(mean_response.counts()), trained)
top_of_half = min(top_lists.TOP, max(1, longest.top // 2))
halves = top_lists.in_parts(longest, deal(seen.images.labels, parts=2), top=top_of_half)
first, second = (
    multi_faceted_degree(halves.counts()) if len(halves.number) == 2 else [multi_faceted_degree(halves.counts())[0]] * 2
)
agree = rank_correlations(first, second, layers)

# %% tags=["hide-input"]
for n, values in order.items():
    run.claim(f"control.top.{n}", values if studys else None, missing=MISSING)
run.claim("control.top.500", float(most[0]) if studys else None, missing=MISSING)
run.claim("control.mean-over-positions", float(by_mean[0]) if studys else None, missing=MISSING)
run.claim("control.halves", agree if studys else None, missing=MISSING)

# %% [markdown]
# ## Superclasses, other images, other networks

# %%
shuffled = lists.permuted(generator(seed, "labels"))
grouped = superclasses.of_classes(seen.images.class_names)
groups = (
    torch.arange(seen.classes) if grouped is None else grouped.groups
)  # not in WordNet: classes stand for themselves
by_chance = partial(controls.of_permuted_labels, permutations=run.by_scale(smoke=1, laptop=20, paper=20), seed=seed)
others = {"superclasses": lists}
titles = {"superclasses": "superclasses (WordNet)"}
sharp: list[torch.Tensor | None] = [None, None]
if "imagenette" in kept:
    opened = sets["imagenette"].open(seed)
    found = from_stage(kept["imagenette"], name="imagenette")
    long = top_lists.of_statistics(found, opened.labels, classes=len(opened.class_names))
    dealt = deal(opened.labels, parts=seen.parts)
    own = top_lists.in_parts(long, dealt, top=min(lists.top, len(opened) // (8 * seen.parts)))
    sharp = [share_in_high_layers(each) for each in (own, own.permuted(generator(seed, "labels of Imagenette")))]
    others["imagenette"], titles["imagenette"] = own, "Imagenette"

# %%
if studys:
    for key, artefact in run.stage(other_networks).items():
        loaded = load(key)
        run.record_input("weights", key, loaded.weights.description, list(loaded.network.parameters()))
        other = top_lists.of_statistics(
            from_stage(artefact.history, name=key), seen.images.labels, classes=seen.classes
        )
        others[key], titles[key] = top_lists.in_parts(other, seen.part_of, top=lists.top), key
counted = {key: each.counts() for key, each in others.items()}
counted["superclasses"] = merged(counted["superclasses"], groups)

# %% tags=["hide-input"]
IDS = {
    "imagenette": "imagenette",
    "superclasses": "superclasses",
    "googlenet": "googlenet",
    "squeezenet1_1": "squeezenet",
}
for key, name in IDS.items():
    true = permuted = None
    if studys and key in others:
        true = by_depth(controls.mean_classes(counted[key], others[key].layers))
        permuted = by_depth(by_chance(others[key], groups=groups if key == "superclasses" else None))
    run.claim(f"control.{name}", true, floor=permuted, missing=f"{MISSING}, and {key}")
true, permuted = sharp if studys else (None, None)
run.claim("control.majority-imagenette", true, floor=permuted, missing=f"{MISSING}, and Imagenette")

# %% [markdown]
# ## The layer, or its field of view?
#
# In the middle 32 pixels of an image, a layer with a larger field of view sees them all, and so does every deeper one.

# %%
field = cut_and_whole(seen, kept, images=images, scale=scale, seed=seed)
curves = {}
if field is not None:
    inside = field.layers
    curves = {"whole images": controls.mean_classes(field.whole.counts(), inside)}
    curves["their middle"] = controls.mean_classes(field.cut.counts(), inside)
    deeper = [list(layers).index(name) for name in inside]

# %% tags=["hide-input"]
deep = [dict(zip(layers, names, strict=True))[name] for name in field.layers] if field else []
if curves:
    run.figure(
        curves_by_layer(curves, deep, y_label="mean effective classes"),
        alt="Mean effective number of classes, layer by layer, with whole images and with their middle.",
        caption=f"{field.cut.top} strongest images of each part for the units of {of}, of {len(field.cut.labels):,} images, whole and cut to their middle 32 pixels. Thin lines: the parts of the images.",
    )
true = floor = share = None
if studys and curves:
    true, floor = by_depth(curves["their middle"]), by_depth(by_chance(field.cut)[:, deeper])
    falls = [each[:, 0] - each[:, -1] for each in curves.values()]
    share = falls[1] / falls[0]
run.claim("beyond.one-field-of-view", true, floor=floor, missing=MISSING)
run.claim("beyond.field-share", share, missing=MISSING)

# %% [markdown]
# ## Which conclusion survives which control?
#
# A word for each: as said, reversed, or no trend, by the rank correlation of the layers' means with depth, which stands beside it.

# %%
survived = {
    "the study's way": controls.in_words(lists.counts(), layers),
    "permuted labels": controls.in_words(shuffled.counts(), layers),
    "random weights": controls.in_words(torch.cat([each.counts() for each in random]), layers),
    "trained, the same images": controls.in_words(matched.counts(), layers),
    "mean over positions": controls.in_words(mean_response.counts(), layers),
    "classes permuted in each row": controls.in_words(with_permuted_names(lists.counts(), seed=seed), layers),
    "10 images": controls.in_words(lists.counts(top=min(10, lists.top)), layers),
    f"{longest.top} of all images": controls.in_words(longest.counts(), layers),
}
if field is not None:
    survived["middle of the images, deeper layers"] = controls.in_words(field.cut.counts(), field.layers)
survived |= {"half of the images": controls.in_words(halves.counts()[:1], layers)}
survived |= {titles[key]: controls.in_words(counted[key], each.layers) for key, each in others.items()}

# %% tags=["hide-input"]
heads = list(controls.CONCLUSIONS)
told = [f"| {control} | " + " | ".join(words[head] for head in heads) + " |" for control, words in survived.items()]
run.say(f"| control | {' | '.join(heads)} |\n|{'---|' * (len(heads) + 1)}\n" + "\n".join(told))

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
kept_by = {head: sum(words[head].startswith("as said") for words in survived.values()) for head in heads}
run.say("The study takes its trends with depth for what the network has learned, and has no control.")
run.say(
    f"Of the {len(survived)} ways to measure in the table, "
    + ", ".join(f"{count} give what is said of {head!r}" for head, count in kept_by.items())
    + "."
)
if studys:
    run.say(
        f"With random weights the number of classes has a rank correlation with depth of "
        f"{float(controls.with_depth(drawn).mean()):+.2f}, trained ones on the same images {float(controls.with_depth(trained).mean()):+.2f} "
        f"(that half of the fall at most is there without learning: {run.verdict('beyond.learned-share')}). Where all layers see "
        f"no more than the middle of an image, the number of classes falls with depth: {run.verdict('beyond.one-field-of-view')}. "
        f"That the majority of units in higher layers are single-faceted on Imagenette: {run.verdict('control.majority-imagenette')}."
    )

# %% tags=["hide-input"]
run.finish()
