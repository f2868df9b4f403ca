# ---
# jupyter:
#   book:
#     stages:
#     - conceptual_content/components
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
# # Patches and their independent components
#
# The study cuts out what a unit sees in each of its strongest images, and shows eight independent components of these patches
# (section 2.2, tables 2 and 3, figure 4, appendix B). Components that look alike are to tell a single-faceted unit, unlike ones
# a multi-faceted unit. Here are the study's own named units, and likeness as a number, with random patches beside it.

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
from helpers.plots.curves import lines
from helpers.plots.images import grid
from helpers.studies.conceptual_content import component_statements, statements
from helpers.studies.conceptual_content.component_measures import EIGHT, NUMBERS
from helpers.studies.conceptual_content.components import ComponentsError, as_8_bit, by_channel, components, grey
from helpers.studies.conceptual_content.facets import effective_classes, flatness, multi_faceted_degree
from helpers.studies.conceptual_content.parameters import PARAMETERS
from helpers.studies.conceptual_content.patches import patches_of_units
from helpers.studies.conceptual_content.plots.layers import curves_by_layer
from helpers.studies.conceptual_content.stages import components as components_stage
from helpers.studies.conceptual_content.stages import unit_statistics
from helpers.studies.conceptual_content.subject import MISSING, subject
from helpers.studies.conceptual_content.top_lists import whole

# %% tags=["hide-input"]
run = runs.start("conceptual_content/02_patches_and_components", globals(), **PARAMETERS)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
studys = seen.is_studys
lists = whole(seen, run.stage(unit_statistics, seen.key)[seen.key].history)
run.record_input("weights", seen.loaded.name, seen.loaded.weights.description, list(seen.loaded.network.parameters()))
run.record_input("data", seen.images.name, seen.images.source, [seen.images.identity()])
counts = lists.counts()[0]
degree, classes, flat = multi_faceted_degree(counts), effective_classes(counts), flatness(counts)
names, top, of = seen.names, lists.top, seen.called
layer_of = dict(zip(seen.units, names, strict=True))
run.say(f"{seen.describe()} A patch is the field of view of a unit at its maximum, moved to lie inside the image.")

# %% [markdown]
# ## Figure 4: the units that the study chose
#
# For each layer the unit that the study calls single-faceted, and the one that it calls multi-faceted: eight grey components of
# its patches, and four of the patches. In another network, the units with the lowest and the highest degree stand here.

# %%
if studys:
    chosen = {name: [seen.units[name].start + unit for unit in pair] for name, pair in statements.NAMED_PAIRS.items()}
else:
    few = list(seen.units.items())[:: max(1, len(seen.units) // 5)]
    ends = {name: degree[where].nan_to_num(float(degree.nanmean())) for name, where in few}
    chosen = {
        name: [seen.units[name].start + int(end) for end in (values.argmin(), values.argmax())]
        for name, values in ends.items()
    }
cuts = patches_of_units(seen, lists, chosen)


# %% tags=["hide-input"]
def pictures(unit: int, *, shown: int = 4) -> dict[str, torch.Tensor]:
    """The components of a unit, as grey images, and some of its patches; nothing where there are too few."""
    try:
        found = components(grey(cuts[unit]), count=EIGHT, seed=seed)
    except ComponentsError:
        return {}
    drawn = (as_8_bit(found.pictures) / 255).expand(-1, 3, -1, -1)
    marks = "" if found.converged else "*"
    of_components = {f"{k + 1}{marks}": each for k, each in enumerate(drawn)}
    return of_components | {f"patch {k + 1}": each for k, each in enumerate(cuts[unit][:shown])}


rows = {}
for name, pair in chosen.items():
    for kind, unit in zip(("single", "multi"), pair, strict=True):
        if drawn := pictures(unit):
            rows[f"{layer_of[name]}\n{kind} {unit - seen.units[name].start}"] = drawn
if rows:
    run.figure(
        grid(rows),
        alt="For each named unit a row: eight grey pictures, which are independent components, and four patches of images.",
        caption=f"After figure 4 of the study, units of {of}. Numbers: independent components (sign and order mean nothing; * did not converge). Patches are thumbnails of the images in use.",
    )

# %% tags=["hide-input"]
told = [
    f"| {layer_of[name]} | {kind} | {unit - seen.units[name].start} | {degree[unit]:.2f} | {classes[unit]:.0f} | {int(counts[unit].max())} |"
    for name, pair in chosen.items()
    for kind, unit in zip(("single", "multi"), pair, strict=True)
]
run.say(
    f"| layer | called | unit | degree | effective classes | of {top} images in one class |\n|---|---|---|---|---|---|\n"
    + "\n".join(told)
)

# %% [markdown]
# ## Tables 2 and 3: three renderings
#
# Components of grey patches; of each channel by itself, put together as colours; and the latter as whole numbers of eight bits.
# The k-th component of one channel has nothing to do with the k-th of another.

# %% tags=["hide-input"]
unit = chosen[list(chosen)[-1]][-1]
try:
    coloured = by_channel(cuts[unit], count=EIGHT, seed=seed).pictures
    reach = coloured.abs().amax(dim=(1, 2, 3), keepdim=True)
    three = {
        "grey": (as_8_bit(components(grey(cuts[unit]), count=EIGHT, seed=seed).pictures) / 255).expand(-1, 3, -1, -1),
        "by channel": 0.5 + coloured / (2 * reach),
        "8 bit": as_8_bit(coloured) / 255,
    }
    run.figure(
        grid({kind: {str(k + 1): each for k, each in enumerate(drawn)} for kind, drawn in three.items()}),
        alt="Eight components of one unit in three rows: grey, by channel, and as eight-bit numbers.",
        caption=f"After tables 2 and 3 of the study: eight components of one unit of {layer_of[list(chosen)[-1]]} of {of} in three renderings.",
    )
except ComponentsError as error:
    print(error)
for claim_id in ("tables-2-3.renderings", "table-2.rows", "tables-2-3.pictures", "sec-2-3.objects", "appendix-b.units"):
    run.claim(claim_id)

# %% [markdown]
# ## Likeness as a number
#
# Likeness of two components is their largest absolute correlation over all shifts: neither sign nor place matters. Beside the
# patches of a unit stand others of the same size and number, cut anywhere from any of the images.

# %%
stage = run.stage(components_stage)["components"].history
looked = component_statements.looked_at(stage, lists.layers, degree, flat)
beside = component_statements.compared_with_random(looked)
measured = component_statements.over_layers(looked)

# %% tags=["hide-input"]
run.figure(
    curves_by_layer(
        {
            "components of a unit": np.array([looked.by_layer(looked.likeness("shifted"))]),
            "of random patches": np.array([looked.by_layer(looked.likeness("shifted", random=True))]),
            "principal components of a unit": np.array([looked.by_layer(looked.likeness("principal"))]),
        },
        names,
        y_label="mean likeness of eight components",
    ),
    alt="Mean likeness of eight components, layer by layer: of units, of random patches, and of principal components.",
    caption=f"Likeness of the components of {len(stage.unit)} units of {of}, and of random patches of the same size and number.",
)


def judge_beside(*ids: str) -> None:
    for claim_id in ids:
        values, floor = beside[claim_id] if studys else (None, None)
        run.claim(claim_id, values, floor=floor, missing=MISSING)


def judge(*ids: str) -> None:
    for claim_id in ids:
        run.claim(claim_id, measured[claim_id] if studys else None, missing=MISSING)


# %% tags=["hide-input"]
judge_beside("sec-2-2.alike-single", "control.alike.spectra")
judge("beyond.alike.principal")
judge_beside("sec-3.single-alike", "sec-2-3.blurred")
judge("sec-2-3.exception")
judge_beside("beyond.shallow-alike")

# %% [markdown]
# ## Do the components come back?
#
# The patches are drawn anew, with replacement, and components are matched to those of another draw: the pairs are chosen whose
# absolute correlations have the largest sum. Components of a number that the patches really have would come back best.

# %% tags=["hide-input"]
curves = component_statements.by_number(looked)
if all(curves.values()):
    run.figure(
        lines(
            np.array(NUMBERS),
            {"units": np.array(list(curves.values())).T},
            x_label="number of independent components",
            y_label="matched likeness",
        ),
        alt="Matched likeness of components over bootstraps of the patches, against the number of components.",
        caption=f"How alike the components of two draws of a unit's patches are: mean and 95 % interval over the layers of {of}.",
    )
judge_beside("sec-2-2.eight")
judge("beyond.how-many", "control.converged", "control.seeds")
judge_beside("beyond.components-real")
judge("beyond.principal")
judge_beside("sec-2-2.several")
run.claim("sec-2-2.sources")

# %% [markdown]
# ## Channels, and classes
#
# Are channels better taken by themselves? And do components tell the classes of the patches, more than principal components do?

# %% tags=["hide-input"]
judge("beyond.channels", "sec-2-3.concatenated", "sec-3.aspects")
for claim_id in ("sec-3.first", "sec-1.one-reference", "sec-1.saliency", "sec-1.section-c"):
    run.claim(claim_id)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study reads from eight independent components whether a unit is single- or multi-faceted: alike, or unlike."
)
if studys:
    alike = np.mean(beside["sec-2-2.alike-single"][0])
    again, other = (np.mean(each) for each in beside["beyond.components-real"])
    run.say(
        f"Within a layer, likeness and degree have a rank correlation of {alike:.2f} on average "
        f"({run.verdict('sec-2-2.alike-single')}). Components come back with a matched likeness of {again:.2f}, those of random "
        f"patches with {other:.2f} ({run.verdict('beyond.components-real')}). That eight suit best: {run.verdict('sec-2-2.eight')}. "
        f"Likeness of independent components says no more of the degree than that of principal ones: "
        f"{run.verdict('beyond.alike.principal')}."
    )

# %% tags=["hide-input"]
run.finish()
