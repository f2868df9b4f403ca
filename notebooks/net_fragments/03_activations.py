# ---
# jupyter:
#   book:
#     stages:
#     - net_fragments/encoders
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
# # Activations, layer by layer
#
# Figure 4.4 of the study shows the 12 units of the head for the ten digits, model by model, as dots: off, low or
# high. From it the study reads that some units are never active, that most others are similarly active for every
# class, that two pixels switch nothing on or off, and so that deep learning architectures do not comprise net fragments
# (sections 4.2 and 4.3). Each of these sentences becomes a number over 20 seeds here, beside that of the same networks
# before training; and fragments are looked for in every layer, among units and among groups of units.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 20  # how many
device = "auto"  # auto, cpu or cuda
samples_per_epoch = 10_000  # digits shown per epoch; the study does not say
epochs = 10
epoch = -1  # which stored epoch to look at; -1 is the last
permutations = 1_000  # of the ten digits, for the chance level

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-input"]
import pandas as pd
import torch

from helpers.metrics import selectivity
from helpers.pages import runs
from helpers.plots.curves import lines
from helpers.studies.net_fragments import digits as data
from helpers.studies.net_fragments import figure_4_4, fragments, plots, unit_states
from helpers.studies.net_fragments.networks import FragmentNetworks, wired_to
from helpers.studies.net_fragments.stages import encoders

run = runs.start(
    "net_fragments/03_activations",
    globals(),
    samples_per_epoch=runs.Integer(1, 1_000_000),
    epochs=runs.Integer(1, 1_000),
    epoch=runs.Integer(-1, 1_000),
    permutations=runs.Integer(19, 100_000),
)

# %% tags=["hide-input"]
recipe, made = encoders.usual(run.parameters), run.stage(encoders)
kept, opened = made["usual"].networks, made["open layout"].networks
shown = recipe.epochs if epoch == -1 else epoch
run.record_input("weights", "encoders", "page 02_eleven_models", [kept[number].loss for number in kept.numbers])
names = [f"model {number}" for number in kept.numbers]


def heads(networks, at: int) -> torch.Tensor:
    """Activations of the head for the ten digits: (seed, model, digit, unit)."""
    return torch.stack([networks[number].activations(at, "head") for number in networks.numbers], dim=1)


head, untrained = heads(kept, shown), heads(kept, 0)

# %% [markdown]
# ## Figure 4.4
#
# One seed of each model.

# %% tags=["hide-input"]
run.figure(
    plots.dots({name: head[0, row] for row, name in enumerate(names)}),
    alt="A dot plot for each of the eleven models: twelve units by ten digits, each dot larger and darker the more active the unit is, and an open circle where it is off.",
    caption="After figure 4.4 of the study: ours, first seed. Rows of open circles are units that no digit activates.",
)

# %% [markdown]
# What the study reads from its figure, as numbers: for the 12 units of a head, how many are off for every digit; of
# those that are on for some digit, how many are on for all, how many have a weakest activity of at least half of
# their strongest, and how much activity varies, as a standard deviation over the mean.

# %% tags=["hide-input"]
measured, floor = figure_4_4.sentences(head), figure_4_4.sentences(untrained)
run.claim("fig-4-4.not-all-twelve", measured["not-all-twelve"], floor=floor["not-all-twelve"])
for name in ("active-for-every-class", "similarly-strong"):
    run.claim(f"fig-4-4.{name}", measured[name])
run.claim("sec-4-3.slightly", measured["slightly"])

# %% tags=["hide-input"]
columns = {"active-for-every-class": "on for all", "similarly-strong": "similarly strong", "slightly": "variation"}
each = [figure_4_4.sentences(head[:, [row]]) for row in range(len(names))]
run.figure(
    plots.share_map(
        [[one[name].nanmean().item() for name in columns] for one in each],
        rows=names,
        columns=list(columns.values()),
        label="share of the units in use; for variation, standard deviation over mean",
    ),
    alt="A map of three numbers for each of the eleven models: share of units on for all digits, share similarly strong, variation.",
    caption="The sentences of section 4.2, model by model, mean over the seeds. The study asks for at least 0.5, 0.5, and at most 0.25.",
)
met = [name for name, one in zip(names, each, strict=True) if one["similarly-strong"].nanmean() >= 0.5]
run.say(f"Models in which most of the units in use are similarly strong for all digits: {', '.join(met) or 'none'}.")

# %% [markdown]
# ## Would other networks look like the study's?
#
# Is that a matter of how long the networks were trained? The variation over the ten digits, epoch by epoch, for some
# models; and all four sentences at every stored epoch, for every number of samples per epoch.

# %% tags=["hide-input"]
history = {
    f"model {number}": torch.stack(
        [
            unit_states.variation(kept[number].activations(at, "head")).nanmedian(dim=1).values
            for at in range(recipe.epochs + 1)
        ],
        dim=1,
    ).cpu()
    for number in (1, 6, 7, 9, 10, 11)
}
run.figure(
    lines(range(recipe.epochs + 1), history, x_label="epoch", y_label="variation over the digits"),
    alt="Median coefficient of variation of the head's units over the epochs, for models 1, 6, 7, 9, 10 and 11.",
    caption="How much a unit's activity varies with the digit: standard deviation over mean, median over the units in use.",
)

# %%
sizes = {size: made[f"{size} samples"].networks for size in encoders.sizes(run.parameters)}
points = [
    (size, at, figure_4_4.sentences(heads(networks, at)))
    for size, networks in {**sizes, recipe.samples_per_epoch: kept}.items()
    for at in range(recipe.epochs + 1)
]
alike = torch.stack([figure_4_4.looks_as_described(one) for _, _, one in points])  # (point, seed)

# %% tags=["hide-input"]
run.claim("beyond.figure-4-4-nowhere", ~alike.any(dim=0))
run.measure("variation before training", floor["slightly"])
run.measure("switched before training", floor["none-switches"])
steady = [
    name for row, name in enumerate(names) if figure_4_4.sentences(untrained[:, [row]])["slightly"].nanmedian() <= 0.25
]
run.say(
    f"Of {len(points)} points (epochs and numbers of samples, before training included), "
    f"{int(alike.any(dim=1).sum())} meet all four sentences in some seed. Before training a variation of at most 0.25 "
    f"is found in {', '.join(steady) or 'no model'} only. What made the study's figure look as it describes it is open."
)

# %% [markdown]
# ## Sparse, and different for different digits?
#
# With fragments the map would be sparse, and the 1 and the 4, which share nothing, would have no unit in common
# (section 4).

# %% tags=["hide-input"]
run.claim("sec-4.dense-map", measured["dense-map"], floor=floor["dense-map"])
run.claim("sec-4.one-and-four", measured["one-and-four"], floor=floor["one-and-four"])
pairs = [(a, b) for a in range(10) for b in range(a) if (b, a) != (1, 4)]
others = torch.stack([unit_states.shared_units(head, a, b).nanmean(1) for a, b in pairs]).mean(0)
run.claim("beyond.one-and-four-order", {"1 and 4": measured["one-and-four"], "other pairs": others})

# %% [markdown]
# ## Two pixels
#
# The pairs 5 and 6, 8 and 9, 0 and 8, 3 and 9 differ in one line, two pixels. Section 4.2 says: "almost always
# all activations change a little bit, and not one neuron is turned on or off".

# %% tags=["hide-input"]
for name in ("nearly-all-change", "change-a-little"):
    run.claim(f"sec-4-2.{name}", measured[name], floor=floor[name])
run.claim("sec-4-2.none-switches", measured["none-switches"])
switched = unit_states.switches(head, data.TWO_PIXELS_APART)  # (seed, model, pair, unit)
run.measure("units switched per pair", switched.sum(dim=-1).float().mean(dim=(1, 2)))
run.figure(
    plots.share_map(
        switched.any(-1).float().mean(0),
        rows=names,
        columns=[f"{a} and {b}" for a, b in data.TWO_PIXELS_APART],
        label="share of the seeds with a unit that is switched",
    ),
    alt="A map of eleven models by four pairs of digits: the share of seeds in which two pixels switch some unit on or off.",
    caption="Two pixels switch at least one unit of the head on or off, share of the seeds. The study saw none.",
)

# %% [markdown]
# ## 7, 3, 9 and 8
#
# The 7 is contained in the 3, the 3 in the 9, the 9 in the 8. With fragments some unit is on for all four, while
# the units that are on for the 8 are not all on for the others (section 4). And whatever a fragment stands for, it is
# strongly active or weakly: its activities over the digits fall in two groups.

# %%
shared, lacking = unit_states.containment(head, (9, 3, 7), 8)  # (seed, model)
shared_before, lacking_before = unit_states.containment(untrained, (9, 3, 7), 8)
gap, gap_before = (unit_states.largest_gap(one).flatten(1).nanmedian(1).values for one in (head, untrained))

# %% tags=["hide-input"]
run.claim("beyond.shared-unit", shared.float().mean(1), floor=shared_before.float().mean(1))
run.claim("beyond.lacking-unit", lacking.float().mean(1), floor=lacking_before.float().mean(1))
run.claim("beyond.two-valued", gap, floor=gap_before)

# %% [markdown]
# The class units are fragments too, the study says: each stands for a whole digit. By its own definition the unit of
# the 3 has to be on for the 9, which contains the 3. A softmax does not allow that.

# %% tags=["hide-input"]
classes = torch.stack([kept[number].activations(shown, "classes") for number in kept.numbers], dim=1)
probability = torch.stack([classes[:, :, whole, part] for part, whole in data.CONTAINED], dim=-1)
run.claim("sec-4.class-units")
run.claim("sec-4.class-units-contained", probability.mean(dim=(1, 2)))
run.say(
    ", ".join(
        f"p({part} | image of the {whole}) = {value:.4f}"
        for (part, whole), value in zip(data.CONTAINED, probability.mean((0, 1)).tolist(), strict=True)
    )
    + f"; above one half in {int((probability > 0.5).any(-1).sum())} of {probability[..., 0].numel()} networks."
)

# %% [markdown]
# ## Fragments, in every layer
#
# A fragment is strongly active if its feature is present, and not or only weakly if it is not. For each unit and
# line, over all 512 compositions: the weakest activity with the line over the strongest without. A line is *told* if
# some unit reaches 2. Weaker readings ask only that every composition with the line activates a unit more than every
# one without (an AUC of 1); stronger ones that it be off without the line.

# %%
present = data.compositions()
layers = {number: [name for name in fragments.LAYERS if name in kept[number].layers] for number in kept.numbers}


def activities(networks, number: int, at: int, layer: str) -> torch.Tensor:
    """Activities of a layer's units for all compositions: (seed, composition, unit)."""
    images = data.compose(present, networks[number].layout).to(run.device)
    return networks[number].networks(at).activations(images)[layer].flatten(2)


def told(networks, at: int) -> dict[tuple[int, str], torch.Tensor]:
    """Share of the nine lines that some unit tells, per seed, by model and layer."""
    return {
        (n, layer): fragments.share_told(activities(networks, n, at, layer), present).cpu()
        for n in networks.numbers
        for layer in layers[n]
    }


after, before = told(kept, shown), told(kept, 0)

# %% tags=["hide-input"]
run.claim_table(
    "Lines told by some unit, after training",
    {
        f"model {n}": {layer: (f"sec-4-3.no-fragment.{n}.{layer}", after[n, layer]) for layer in layers[n]}
        for n in kept.numbers
    },
    alt="For each model and layer, the share of the nine lines that some unit tells, a dot per seed.",
)


# %%
def in_layer(values: dict[tuple[int, str], torch.Tensor], layer: str) -> torch.Tensor:
    """Mean over the models that have the layer, per seed."""
    return torch.stack([one for (_, name), one in values.items() if name == layer]).mean(0)


# %% tags=["hide-input"]
for layer in fragments.LAYERS:
    pair = {"untrained": in_layer(before, layer), "trained": in_layer(after, layer)}
    run.claim(f"beyond.learned-fragments.{layer}", pair)
missing = torch.full((len(run.seeds),), torch.nan)
table = [
    [one.get((n, layer), missing).mean().item() for layer in fragments.LAYERS for one in (before, after)]
    for n in kept.numbers
]
run.figure(
    plots.share_map(
        table,
        rows=names,
        columns=[f"{layer}\n{when}" for layer in fragments.LAYERS for when in ("before", "after")],
        label="share of the nine lines that some unit tells",
    ),
    alt="A map of eleven models by four layers, before and after training: the share of lines that some unit tells.",
    caption="Units that are at least twice as active with a line as without, in all 512 compositions. Blank: the model lacks the layer.",
)

# %% tags=["hide-input"]
readings = {}
for layer in fragments.LAYERS:
    for when, at in (("before", 0), ("after", shown)):
        some = [activities(kept, n, at, layer) for n in kept.numbers if layer in layers[n]]
        ratio = [fragments.separation(one, present).amax(-2) for one in some]
        perfect = torch.stack([selectivity.share_perfect_auc(one, present) for one in some])
        readings[layer, when] = {
            "AUC of 1": f"{perfect.mean():.0%}",
            "twice as active": f"{torch.stack([(r >= fragments.STRONG).double() for r in ratio]).mean():.0%}",
            "off without": f"{torch.stack([r.isinf().double() for r in ratio]).mean():.0%}",
        }
        run.measure(f"lines told with an AUC of 1: {layer}, {when}", perfect.mean(0))
pd.DataFrame(readings).T

# %% [markdown]
# ## Groups of units
#
# "Neuron(s)", the definition says: a fragment may be a group. A group is on where all its units are on, and should be
# on exactly with the line. Its balanced accuracy is the mean of two shares: of the compositions with the line for
# which it is on, and of those without for which it is off.

# %%
groups = {
    (n, layer, at): fragments.best_groups(activities(kept, n, at, layer) > 0, present).cpu()  # (seed, size, line)
    for n in kept.numbers
    for layer in layers[n]
    for at in sorted({0, shown})
}


def grouped(layer: str, at: int) -> torch.Tensor:
    """Balanced accuracy of the best groups: (model, seed, size, line)."""
    return torch.stack([groups[n, layer, at] for n in kept.numbers if layer in layers[n]])


# %% tags=["hide-input"]
for layer in fragments.LAYERS:
    exact = grouped(layer, shown)[:, :, 2] > 1 - 1e-6
    run.claim(f"sec-4-3.no-group.{layer}", exact.double().mean(dim=(0, 2)))
for layer in fragments.LAYERS:
    pair = {name: grouped(layer, at)[:, :, 2].mean(dim=(0, 2)) for name, at in (("untrained", 0), ("trained", shown))}
    run.claim(f"beyond.learned-groups.{layer}", pair)
run.figure(
    plots.share_map(
        [
            [grouped(layer, at)[:, :, size].mean().item() for at in (0, shown) for size in range(3)]
            for layer in fragments.LAYERS
        ],
        rows=list(fragments.LAYERS),
        columns=[f"{size}\n{when}" for when in ("before", "after") for size in ("one", "two", "three")],
        label="balanced accuracy of the best group (one half is chance)",
    ),
    alt="A map of four layers by groups of one, two and three units, before and after training: balanced accuracy.",
    caption="How well the best group of at most one, two and three units is on exactly with a line, mean over lines and models.",
)

# %% [markdown]
# ## Chance
#
# Over the ten digits alone, a unit may tell a line by luck. The fragment score is the mean, over the lines, of the
# best unit's area under the ROC curve (AUC): 1 for a unit that any digit with the line activates more than any without. Its
# chance level comes from letting the ten digits swap their lines.

# %% tags=["hide-input"]
tries = run.by_scale(smoke=19, laptop=permutations, paper=permutations)
draws = torch.Generator().manual_seed(run.seeds[0])


def tests(activity: torch.Tensor) -> list[selectivity.Permuted]:
    """A permutation test per model."""
    return [
        selectivity.permutation_test(activity[:, row], data.presence(), permutations=tries, generator=draws)
        for row in range(activity.shape[1])
    ]


ours, luck = tests(head), tests(untrained)
above, above_before = (torch.stack([test.p <= 0.05 for test in some]).double().mean(0) for some in (ours, luck))
run.claim("beyond.above-chance", above, floor=above_before)
scores = {
    "after training": torch.stack([t.score for t in ours]).cpu(),
    "before training": torch.stack([t.score for t in luck]).cpu(),
    "permuted digits": torch.stack([t.chance for t in ours]).cpu(),
}
run.figure(
    plots.by_model(scores, y_label="fragment score", numbers=kept.numbers, level=1),
    alt="Fragment score of the head over the ten digits, after and before training and with permuted digits, a point per seed, for models 1 to 11.",
    caption="Ten digits: the score of the head. A head with a unit for each line would reach 1.",
)

# %% [markdown]
# ## A second layout of the lines
#
# The same measures for networks trained on [the second layout](01_ten_digits_nine_lines.ipynb), whose lines are short
# and do not meet.

# %% tags=["hide-input"]
second, told_second = figure_4_4.sentences(heads(opened, shown)), told(opened, shown)
for name in ("not-all-twelve", "active-for-every-class", "similarly-strong", "slightly", "dense-map", "none-switches"):
    run.claim(f"layout.{name}", second[name])
for layer in ("conv1", "head"):
    run.claim(f"layout.no-fragment.{layer}", in_layer(told_second, layer))

# %% [markdown]
# ## Controls
#
# A first layer wired by hand, one unit to each line, must have a fragment score of 1. Random weights should not; where
# they do, the score is owed to the architecture.

# %% tags=["hide-input"]
images = data.compose(present)
wired = wired_to(data.lines()).activations(images)["hidden"]
run.claim("control.wired", selectivity.fragment_score(wired, present).round(decimals=9))
random = {"conv3x3": (2, "conv1"), "conv5x5": (4, "conv1"), "conv2": (6, "conv2"), "hidden": (10, "hidden")}
for name, (number, layer) in {**random, "head": (9, "head")}.items():
    activity = FragmentNetworks(number, seeds=run.seeds).activations(images)[layer].flatten(2)
    run.claim(f"control.random.{name}", selectivity.fragment_score(activity, present))

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
read = {name: run.verdict(f"fig-4-4.{name}") for name in ("active-for-every-class", "similarly-strong")}
in_head = [run.verdict(f"sec-4-3.no-fragment.{n}.head") for n in kept.numbers]
in_conv = [run.verdict(f"sec-4-3.no-fragment.{n}.conv1") for n in kept.numbers if "conv1" in layers[n]]
same = [
    run.verdict(f"layout.{name}") == run.verdict(known)
    for name, known in {
        "active-for-every-class": "fig-4-4.active-for-every-class",
        "similarly-strong": "fig-4-4.similarly-strong",
        "slightly": "sec-4-3.slightly",
        "none-switches": "sec-4-2.none-switches",
    }.items()
]
run.say(
    "The study says that units stay on whatever the class, change little, and are no fragments. That units in use are on "
    f"for every class: {read['active-for-every-class']}; that most are similarly strong: {read['similarly-strong']}; "
    f"that they change slightly: {run.verdict('sec-4-3.slightly')}; that two pixels switch none: "
    f"{run.verdict('sec-4-2.none-switches')}. On a second layout of the lines {sum(same)} of these {len(same)} verdicts "
    "are the same.\n\n"
    f"That there are no fragments of lines holds for the head of {in_head.count('holds')} of {len(in_head)} models and "
    f"fails for the first convolution of {in_conv.count('fails')} of {len(in_conv)}, where units tell "
    f"{in_layer(after, 'conv1').mean():.0%} of the lines after training and "
    f"{in_layer(before, 'conv1').mean():.0%} before it: a small kernel gives line detectors without learning. "
    f"In the head it is {in_layer(after, 'head').mean():.1%}; that no group of three units is a fragment there: "
    f"{run.verdict('sec-4-3.no-group.head')}. By the study's own definition its class units are no fragments either."
)

# %% tags=["hide-input"]
run.finish()
