# ---
# jupyter:
#   book:
#     stages:
#     - googlenet_neurons/ablations
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
# # Do the groups matter?
#
# The study sorts units into groups: colour-blind ones, border-aware ones, clusters of kernels. Its conclusions (section 5) call
# this a step to the understanding of the network, and it does not ask whether the network uses these groups. Here units are
# taken out, group by group, and the answers counted, beside units like them.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0
device = "auto"  # auto, cpu or cuda
model = "googlenet"  # a network's name, or the path of a description of your own; it must give classes
layer = "auto"  # names of layers, separated by commas; auto: all
images = "auto"  # a folder or tar file of images, or patterns; auto: ImageNet's validation images where they are

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import numpy as np

from helpers.pages import runs
from helpers.statistics.intervals import mean_interval
from helpers.studies.googlenet_neurons.ablation import groups, moves, statements
from helpers.studies.googlenet_neurons.columns import ablation as columns
from helpers.studies.googlenet_neurons.columns.identity import identities
from helpers.studies.googlenet_neurons.images import natural_images
from helpers.studies.googlenet_neurons.inputs import record_inputs
from helpers.studies.googlenet_neurons.parameters import IMAGES, PARAMETERS
from helpers.studies.googlenet_neurons.plots import ablations as figures
from helpers.studies.googlenet_neurons.stages import ablations
from helpers.studies.googlenet_neurons.subject import MISSING, subject

# %% tags=["hide-input"]
run = runs.start("googlenet_neurons/09_do_the_groups_matter", globals(), **PARAMETERS, **IMAGES)

# %% tags=["hide-input"]
seen = subject(run.parameters, run.device)
made = {key: each.history for key, each in run.stage(ablations).items()}
found, of_clusters, moved = made["answers"], made["clusters"], made["moved"]
tried = natural_images(run.parameters, seen.loaded)._replace(most=len(found.whole)).open(seed)
record_inputs(run, seen, tried)
known = bool(found.known.all())  # else answers are compared with those of the whole network
right = "share of right answers" if known else "share of answers that stay the same"
whole = float(found.whole.double().mean())
run.say(
    f"{seen.describe()} {len(found.whole):,} images; "
    + (
        f"the whole network is right on {whole:.1%} of them."
        if known
        else "their classes are not known to the network."
    )
)

# %% [markdown]
# ## The groups, and units like them
#
# Groups of equal size hold the units at one end of a score, as large a part of every branch with kernels of 3×3 or more: of the
# border score of algorithm 4 ([page 5](05_border_aware_units.ipynb)), and of the colour index, of which both ends make a group
# ([page 4](04_colour_blind_units.ipynb)). The border-aware units by the study's own threshold are a group, too. Algorithm 3 is
# not asked who is colour-blind: it reads optimised images, and below paper scale only a sample of the units has one.
#
# Taking out any units may hurt. So each group stands beside groups *like it*: for each of its units another of the same branch,
# drawn from the five with the nearest mean activation over images and positions. Units are set to zero, or to their mean
# activation; the mean on the first images alone.

# %%
kinds = [kind for kind in groups.KINDS if kind != groups.CLUSTER]
zeroed = {kind: statements.pair(found, kind, "zero") for kind in kinds}
at_mean = {kind: statements.pair(found, kind, "mean") for kind in kinds}
sure = {kind: statements.pair(found, kind, "zero", measure="sure") for kind in kinds}
differences = {kind: statements.lost(pair) for kind, pair in zeroed.items()}

# %% tags=["hide-input"]
shown = {
    f"{kind} ({zeroed[kind].size})": {
        "the group at 0": zeroed[kind].own,
        "units like it at 0": zeroed[kind].like,
        "the group at its mean": at_mean[kind].own,
        "units like it at their mean": at_mean[kind].like,
    }
    for kind in kinds
    if zeroed[kind] is not None and at_mean[kind] is not None
}
tried_at_mean = min((len(pair.own) for pair in at_mean.values() if pair is not None), default=0)
if shown:
    run.figure(
        figures.accuracies(shown, x_label=right, level=whole, level_name="the whole network"),
        alt="Share of right answers without each group of units, and without units like them, set to zero and to their mean, with intervals; a dotted line marks the whole network.",
        caption=f"What {seen.captioned} answers without groups of its units (how many stands in brackets); means over {len(found.whole):,} images, at the units' mean over {tried_at_mean}, with 95% intervals.",
    )

# %% tags=["hide-input"]
judged = seen.is_studys and known
lines = []
for kind in kinds:
    if zeroed[kind] is None:
        continue
    mean, low, high = mean_interval(differences[kind].numpy())
    certain = mean_interval(statements.lost(sure[kind]).numpy())
    lines.append(
        f"| {kind} | {zeroed[kind].size} | {float(zeroed[kind].own.mean()):.1%} | {float(zeroed[kind].like.mean()):.1%} | "
        f"{mean:+.3f} ({low:+.3f} to {high:+.3f}) | {certain.mean:+.2f} ({certain.low:+.2f} to {certain.high:+.2f}) |"
    )
run.say(
    "| group | units | right without it | right without units like it | lost beyond them | the same in nats of the right class |\n"
    "|---|---|---|---|---|---|\n" + "\n".join(lines)
)
CLAIMS = dict(zip(kinds, ("border", "border-aware", "colour-blind", "coloured"), strict=True))
for kind, name in CLAIMS.items():
    values = differences[kind] if judged else None
    run.claim(f"beyond.ablate-{name}", values, missing=f"{MISSING}, and images of its classes")

# %% [markdown]
# Is there anything to lose? The whole network must know the images, and lose by units of no special kind. And zero is a value
# that later layers may not expect; the mean keeps what they get on average.

# %% tags=["hide-input"]
run.claim("control.ablate-whole", found.whole.double() if judged else None, missing=MISSING)
ordinary = zeroed[groups.BORDER]
spent = None if ordinary is None else found.whole.double() - ordinary.like.double()
run.claim("control.ablate-any", spent if judged else None, missing=MISSING)
run.claim("control.ablate-mean", statements.mean_minus_zero(found) if judged else None, missing=MISSING)

# %% [markdown]
# ## Border units, and where things are
#
# Could the network tell from border-aware units where the border is, and so where things are (section 6)? Then answers should
# stand less firm without them when the image is shifted; and if these units carry the padding into the network, answers should
# depend less on it without them. Each image is shown as it is, shifted to the right and down by the coarsest stride, with a
# mirrored rim coming in, and once more with copies of the border instead of zeros around the maps of all kernels of 3×3 and more.
# An answer is *firm* if it is that to the image as it is.

# %%
firm = {version: statements.steady(moved, version) for version in moves.VERSIONS[1:]}
right_on = {version: statements.right(moved, version) for version in moves.VERSIONS}
shift, copies = (firm[version] for version in (moves.SHIFTED, moves.COPIES))
less_firm = shift["like"] - shift["own"] if "own" in shift and "like" in shift else None
less_padding = copies["own"] - copies["like"] if "own" in copies and "like" in copies else None

# %% tags=["hide-input"]
NAMES = {"whole": "whole", "own": "without the units of large border scores", "like": "without units like them"}
rows = "".join(
    f"| {called} | {float(shift[name].mean()):.1%} | {float(copies[name].mean()):.1%} |"
    + "".join(f" {float(right_on[version][name].mean()):.1%} |" for version in moves.VERSIONS)
    + "\n"
    for name, called in NAMES.items()
    if name in shift
)
run.say(
    f"{len(moved.label):,} images, shifted by {moves.step_of(tried.size)} pixels.\n\n"
    "| the network | firm when shifted | firm with copies | right as it is | right when shifted | right with copies |\n"
    f"|---|---|---|---|---|---|\n{rows}"
)
run.claim("beyond.ablate-border-shift", less_firm if judged else None, missing=MISSING)
run.claim("beyond.ablate-border-padding", less_padding if judged else None, missing=MISSING)
run.claim("control.ablate-moved", statements.changed_in_parts(moved) if judged else None, missing=MISSING)

# %% [markdown]
# ## Clusters, one at a time
#
# If a cluster of kernels does what no other units do, then the network loses more without it than without as many units of all
# clusters of the branch. A *cluster* is one of Ward's of the averaged kernels of a branch, as many as the study finds in that
# branch (section 7.2), of six units or more; what is larger than the rest of its branch is cut down to as many units as the rest
# has, so that there are as many others. Ward's method has no start and no embedding, so the clusters are the same in every
# run; [page 7](07_clusters_of_units.ipynb) compares it with the study's own method.

# %%
clusters = statements.by_member(of_clusters, groups.CLUSTER, "zero")
branch_of = {int(member): int(branch) for member, branch in zip(of_clusters.member, of_clusters.branch, strict=True)}
few = of_clusters.whole.double()
beyond = np.array([float(statements.lost(pair).mean()) for pair in clusters.values()])

# %% tags=["hide-input"]
by_branch: dict[str, list[tuple[float, float, int]]] = {}
for member, pair in clusters.items():
    lost = tuple(float(few.mean() - each.mean()) for each in (pair.own, pair.like))
    by_branch.setdefault(seen.branches[branch_of[member]].title, []).append((*lost, pair.size))
if clusters:
    run.figure(
        figures.losses_of_clusters(by_branch, y_label="share of right answers lost"),
        alt="Share of right answers lost without each cluster of kernels, branch by branch, beside the share lost without as many units like its own.",
        caption=f"Clusters of kernels of {seen.captioned}, taken out one at a time: {len(clusters)} clusters, {len(few):,} images. Large points are large clusters.",
    )
if len(few) < len(found.whole):
    run.say(
        f"Each cluster is taken out on {len(few)} of the {len(found.whole):,} images: all would take "
        f"{len(found.whole) / len(few):.0f} times as long, at about one second of a processor's core for each image."
    )
run.claim("beyond.ablate-clusters", beyond if judged and len(beyond) else None, missing=MISSING)

# %% [markdown]
# ## The study's conclusions
#
# Section 5 sums up. What its sentences sum up is judged on other pages.

# %% tags=["hide-input"]
for name in ("mixed", "diagnose", "detect", "embedding", "important"):
    run.claim(f"sec-5.{name}")

# %% tags=["hide-input"]
run.units(identities(seen), columns.of_units(found, of_clusters), columns.COLUMNS)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say("The study names groups of units, and concludes that they help to understand the network.")
if judged:
    told = ", ".join(
        f"{kind} {float(differences[kind].mean()):+.1%}" for kind in kinds if differences[kind] is not None
    )
    run.say(
        f"The whole network is right on {whole:.0%} of the images. Beyond what it loses without units like them, it loses without "
        f"each group: {told} of the answers."
    )
    run.say(
        f"That a group matters more than units like it: border scores, {run.verdict('beyond.ablate-border')}; border-aware by the "
        f"study's threshold, {run.verdict('beyond.ablate-border-aware')}; colour-blind units, {run.verdict('beyond.ablate-colour-blind')}; "
        f"colour-selective units, {run.verdict('beyond.ablate-coloured')}; clusters of kernels, {run.verdict('beyond.ablate-clusters')}, "
        f"with a mean of {beyond.mean():+.1%} over {len(beyond)} clusters."
    )
    run.say(
        f"Answers change more under a shift without units of large border scores than without units like them: "
        f"{run.verdict('beyond.ablate-border-shift')}, by {float(less_firm.mean()):+.1%} of the answers. They depend less on the "
        f"padding: {run.verdict('beyond.ablate-border-padding')}, by {float(less_padding.mean()):+.1%}."
    )

# %% tags=["hide-input"]
run.finish()
