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
# # Activations of the head
#
# Figure 4.4 of the study shows the 12 neurons of the head for the ten digits, model by model, as dots: off, low or
# high. From it the study reads that some neurons are never active, that most others are similarly active for every
# class, that two pixels switch nothing on or off, and so that there are no net fragments (sections 4.2 and 4.3). Each
# of these sentences becomes a number over 20 seeds here, and "no net fragments" a score with a chance level.

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

# %%
import torch

from helpers.metrics import selectivity
from helpers.pages import runs
from helpers.studies.net_fragments import digits as data
from helpers.studies.net_fragments import unit_states
from helpers.studies.net_fragments.stages import encoders

run = runs.start(
    "net_fragments/03_activations",
    globals(),
    samples_per_epoch=runs.Integer(1, 1_000_000),
    epochs=runs.Integer(1, 1_000),
    epoch=runs.Integer(-1, 1_000),
    permutations=runs.Integer(19, 100_000),
)

# %%
recipe = encoders.usual(run.parameters)
kept = run.stage(encoders, "usual")["usual"].networks
shown = recipe.epochs if epoch == -1 else epoch
head = torch.stack([kept[number].activations(shown, "head") for number in kept.numbers])  # (model, seed, digit, neuron)
run.record_input("weights", "encoders", "page 02_eleven_models", [kept[number].loss for number in kept.numbers])

# %% [markdown]
# ## Figure 4.4
#
# One seed of each model. "High" is at least half of the strongest activity of that network.

# %%
from helpers.studies.net_fragments.plots import by_model, dots

run.figure(
    dots({f"model {number}": unit_states.levels(head[row, 0]) for row, number in enumerate(kept.numbers)}),
    alt="A dot plot for each of the eleven models: twelve neurons by ten digits, each dot off, low or high.",
    caption="Figure 4.4 for the first seed. Rows of open circles are neurons that no digit activates.",
)

# %% [markdown]
# As in the study, whole rows are empty, and many are dots from end to end. But most rows are mixed: off for some
# digits, on for others.

# %%
ever, always = unit_states.ever_active(head), unit_states.always_active(head)  # (model, seed, neuron)
counts = {"active for some digit": ever.sum(dim=-1).cpu(), "active for every digit": always.sum(dim=-1).cpu()}
run.figure(
    by_model(counts, y_label="neurons of the head", numbers=kept.numbers, level=12),
    alt="Number of head neurons active for some digit and for every digit, a point per seed, for models 1 to 11; a dotted line at 12.",
    caption="How many of the 12 neurons are used at all, and how many for every class.",
)
run.claim("fig-4-4.not-all-twelve", (~ever).any(dim=-1).float().mean(dim=0))

# %%
per_seed = head.transpose(0, 1)  # (seed, model, digit, neuron)
used = unit_states.ever_active(per_seed).flatten(1)  # (seed, model and neuron)


def share(mask: torch.Tensor) -> torch.Tensor:
    """Share of the neurons in use, per seed."""
    return (mask & used).sum(dim=1) / used.sum(dim=1)


run.claim("fig-4-4.active-for-every-class", share(unit_states.always_active(per_seed).flatten(1)))
run.claim("fig-4-4.similarly-strong", share((unit_states.weakest_share(per_seed) >= 0.5).flatten(1)))
variation = unit_states.variation(per_seed).flatten(1)
run.claim("sec-4-3.slightly", variation.nanmedian(dim=1).values)

# %% [markdown]
# Not as the study has it: neurons vary a good deal with the digit. Is that a matter of how long they were trained? The
# coefficient of variation over the ten digits, epoch by epoch:

# %%
from helpers.plots.curves import lines


def median_variation(number: int, at: int) -> torch.Tensor:
    """Median over the neurons in use, per seed."""
    return unit_states.variation(kept[number].activations(at, "head")).nanmedian(dim=1).values


history = {
    f"model {number}": torch.stack([median_variation(number, at) for at in range(recipe.epochs + 1)], dim=1).cpu()
    for number in (1, 6, 7, 9, 10, 11)
}
run.figure(
    lines(range(recipe.epochs + 1), history, x_label="epoch", y_label="variation over the digits"),
    alt="Median coefficient of variation of the head neurons over the epochs, for models 1, 6, 7, 9, 10 and 11.",
    caption="How much a neuron's activity varies with the digit: standard deviation over mean, median over the neurons in use.",
)

# %% [markdown]
# Only before training, and in the deeper convolutional models, is the variation as small as the study describes: a
# network that has learned little would look like figure 4.4 as the study reads it. After one epoch of 10,000 samples
# no model does.

# %%
dense = (per_seed > 0).sum(dim=(1, 2, 3)) / (10 * used.sum(dim=1))
run.claim("sec-4.dense-map", dense)
run.claim("sec-4.one-and-four", unit_states.shared_units(per_seed, 1, 4).nanmean(dim=1))

# %% [markdown]
# ## Two pixels
#
# The pairs 5 and 6, 8 and 9, 0 and 8, 3 and 9 differ in one line, two pixels. Section 4.2 says that nearly all
# activations change a little and that none is switched.

# %%
pairs = data.TWO_PIXELS_APART
change = unit_states.relative_change(per_seed, pairs).flatten(1)  # (seed, model, pair and neuron)
concerned = ~change.isnan()
run.claim("sec-4-2.nearly-all-change", ((change > 0.001) & concerned).sum(dim=1) / concerned.sum(dim=1))
run.claim("sec-4-2.change-a-little", change.nanmedian(dim=1).values)
switched = unit_states.switches(per_seed, pairs)  # (seed, model, pair, neuron)
run.claim("sec-4-2.none-switches", switched.any(dim=-1).float().mean(dim=(1, 2)))
run.measure("neurons switched per pair", switched.sum(dim=-1).float().mean(dim=(1, 2)))

# %%
per_pair = {f"{a} and {b}": switched[:, :, k].sum(dim=-1).float().T.cpu() for k, (a, b) in enumerate(pairs)}
run.figure(
    by_model(per_pair, y_label="neurons switched", numbers=kept.numbers),
    alt="How many head neurons are off for one digit of a pair and on for the other, for four pairs and eleven models.",
    caption="Neurons that two pixels switch on or off. The study saw none.",
)

# %% [markdown]
# ## The fragment score
#
# For every neuron and every line: how well does activity tell presence? The area under the ROC curve (AUC) is 1 for a
# neuron that is always more active with the line than without, 0.5 for one that knows nothing. A network's score is
# the mean, over the nine lines, of its best neuron's AUC. The best of twelve neurons is above 0.5 by luck: the chance
# level comes from letting the ten digits swap their lines a thousand times.

# %%
present = data.presence()
draws = torch.Generator().manual_seed(run.seeds[0])
tries = run.by_scale(smoke=19, laptop=permutations, paper=permutations)
tests = [selectivity.permutation_test(one, present, permutations=tries, generator=draws) for one in head]
run.claim("sec-4-3.at-chance", torch.stack([test.p > 0.05 for test in tests]).float().mean(dim=0))
untrained = torch.stack([kept[number].activations(0, "head") for number in kept.numbers])
by_luck = [
    selectivity.permutation_test(one, present, permutations=tries, generator=draws).p > 0.05 for one in untrained
]
run.measure("untrained networks at chance", torch.stack(by_luck).float().mean(dim=0))
scores = {
    "fragment score": torch.stack([t.score for t in tests]).cpu(),
    "permuted digits": torch.stack([t.chance for t in tests]).cpu(),
}
run.figure(
    by_model(scores, y_label="fragment score", numbers=kept.numbers, level=1),
    alt="Fragment score over the ten digits and its mean over permuted digits, a point per seed, for models 1 to 11; a dotted line at 1.",
    caption="Ten digits: the score and its chance level. A network with a neuron for each line would reach 1.",
)

# %% [markdown]
# The score is above chance almost everywhere. But ten images are little evidence, and a network of random weights is
# often above that chance level too, since lines are sums of pixels and a neuron adds pixels up. All 512 compositions of the nine lines, and the same networks before training, are the harder test.

# %%
present_all = data.compositions()
every = data.compose(present_all).to(run.device)


def scored(number: int, at: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Score for lines, score for pairs of lines, share of the lines told without a mistake, per seed."""
    activity = kept[number].networks(at).activations(every)["head"]
    both = selectivity.fragment_score(activity, data.line_pairs(present_all).to(run.device))
    return selectivity.fragment_score(activity, present_all), both, selectivity.share_perfect_auc(activity, present_all)


after = [torch.stack(column).cpu() for column in zip(*(scored(n, shown) for n in kept.numbers), strict=True)]
before = [torch.stack(column).cpu() for column in zip(*(scored(n, 0) for n in kept.numbers), strict=True)]

# %%
run.claim("sec-4-3.not-by-training", (after[0] - before[0]).mean(dim=0))
run.claim("sec-4-3.no-line-told", after[2].mean(dim=0))
run.figure(
    by_model(
        {"after training": after[0], "before training": before[0]},
        y_label="fragment score, lines",
        numbers=kept.numbers,
        level=1,
    ),
    alt="Fragment score over all 512 compositions after and before training, a point per seed, for models 1 to 11.",
    caption="All 512 compositions: training raises the score in every model, and leaves it far from 1.",
)

# %%
run.figure(
    by_model(
        {"after training": after[1], "before training": before[1]},
        y_label="fragment score, pairs",
        numbers=kept.numbers,
        level=1,
    ),
    alt="Fragment score for pairs of lines over all 512 compositions, after and before training, for models 1 to 11.",
    caption="The same for the 36 pairs of lines: a fragment may also stand for two lines together.",
)
for name, values in {"lines, after": after[0], "lines, before": before[0], "pairs, after": after[1]}.items():
    run.measure(f"fragment score: {name}", values.mean(dim=0))

# %% [markdown]
# So there is more than chance, and more than before training, but no neuron is a fragment in the study's sense: hardly
# a line of a hundred is told without a mistake. The study's conclusion stands, most of its reasons do not.
#
# ## Controls
#
# A first layer wired by hand, one neuron to each line, must score 1; a first layer of random weights must not.

# %%
from helpers.studies.net_fragments.networks import FragmentNetworks, wired_to

wired = wired_to(data.lines()).activations(data.compose(present_all))["hidden"]
random = FragmentNetworks(10, seeds=run.seeds).activations(data.compose(present_all))["hidden"]
run.claim("control.wired", selectivity.fragment_score(wired, present_all).round(decimals=9))
run.claim("control.random", selectivity.fragment_score(random, present_all))

# %%
run.finish()
