# ---
# jupyter:
#   book:
#     reads:
#     - jump_detection/01_signals_and_filters
#     - jump_detection/02_multilayer_perceptrons
#     - jump_detection/03_weights_and_activations
#     - jump_detection/04_noise_and_the_limit
#     - jump_detection/05_convolutional_networks
#     - jump_detection/06_bottlenecks
#     - jump_detection/07_embedding
#     - jump_detection/08_gradient_ascent
#     - jump_detection/09_memorising
#     - jump_detection/10_deviation
#     - jump_detection/11_deviation_beyond
#     stages:
#     - jump_detection/bottlenecks
#     - jump_detection/convnets
#     - jump_detection/perceptrons
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
# # Principal sub-patterns, and what stands
#
# Chapter 7 of the study draws its conclusions: the networks have learned one *principal sub-pattern*, the position of
# the steepest rise, and recognise signals that share nothing else with those they were trained on (figure 7.1); a
# table of all methods (table 7.1) is given beside. Here the signals are of our own design, with controls that lack the
# rise; the table is compared with ours and with the limit, and its arithmetic is checked; and the last section says,
# conclusion by conclusion, what the pages of this book found.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many
device = "auto"  # auto, cpu or cuda
jump = 3.0  # size of the jump
noise_std = 1.0  # standard deviation of the noise

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import torch
from scipy import stats

from helpers.ascent.loop import ascend
from helpers.ascent.objectives import probability
from helpers.ascent.parametrisations import uniform_starts
from helpers.ascent.steps import sgd_step
from helpers.pages import claims, conclusions, runs, sources
from helpers.studies.jump_detection import printed_tables, signal_shape
from helpers.studies.jump_detection.class_range import in_range, nearest_mean
from helpers.studies.jump_detection.designed_signals import larger_rise_elsewhere, rises, without_rise
from helpers.studies.jump_detection.detectors import BayesDetector, GradientDetector
from helpers.studies.jump_detection.localisation import TITLES, absolute_errors, cross_entropy, localisation_errors
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.plots.bars import methods
from helpers.studies.jump_detection.plots.shares import shares
from helpers.studies.jump_detection.plots.signals import designed_signals
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample, sample_per_class
from helpers.studies.jump_detection.stages import bottlenecks, convnets, perceptrons

# %% tags=["hide-input"]
run = runs.start(
    "jump_detection/12_subpatterns_and_conclusions",
    globals(),
    **PARAMETERS,
)

# %% [markdown]
# ## Signals that share only the rise
#
# Nine signals without noise: each rises by 3 (the jump size) at position 50, and by less than that elsewhere; what else
# they do, no training signal does. Above each, the two-layer network's most frequent answer over the seeds
# and its mean probability of position 50. The networks are those of pages [2](02_multilayer_perceptrons.ipynb),
# [5](05_convolutional_networks.ipynb) and [6](06_bottlenecks.ipynb).

# %% tags=["hide-cell"]
task = setting(run.parameters).task
narrow = {
    f"{'deep-' * deep}bottleneck-{w}": f"bottleneck-{('shallow', 'deep')[deep]}-{w}" for deep in (0, 1) for w in (10, 2)
}
made = run.stage(bottlenecks, *narrow.values())
networks = {
    **{name: found.networks for name, found in run.stage(perceptrons, "mlp-1", "mlp-2", "mlp-3", "mlp-4").items()},
    **{name: found.networks for name, found in run.stage(convnets, "cnn-7", "cnn-5-9", "cnn-5-7-9").items()},
    **{name: made[key].networks for name, key in narrow.items()},
}

# %%
height, position = jump, 50
at = position - task.first
designs = rises(length=task.length, position=position, height=height)
controls = without_rise(designs, position=position, height=height)


def answers(signals):
    """For each network: probability of position 50 and most probable position, (seed, signal)."""
    x = torch.stack(list(signals.values())).to(run.device).expand(len(run.seeds), -1, -1)
    outputs = {name: network(x).softmax(dim=-1) for name, network in networks.items()}
    outputs["bayes"] = BayesDetector.of(task).log_posterior(x).exp()
    return {name: (p[..., at].double().cpu(), p.argmax(dim=-1).cpu() + task.first) for name, p in outputs.items()}


sharing, lacking = answers(designs), answers(controls)
confidence, placed = sharing["mlp-2"]

# %% tags=["hide-input"]
notes = {
    name: f"answer {int(placed[:, k].mode().values)}, P(50) = {float(confidence[:, k].mean()):.1%}"
    for k, name in enumerate(designs)
}
run.figure(
    designed_signals(designs, notes, position=position),
    alt="Nine signals whose steepest rise is at position 50 and that differ everywhere else.",
    caption="After figure 7.1 of the study, with signals of our own: the two-layer network's most frequent answer and its "
    "mean probability of 50.",
)

# %% tags=["hide-input"]
placed_without = (lacking["mlp-2"][1] == position).double().mean(dim=1)
run.claim("fig-7-1.recognised", (placed == position).double().mean(dim=1), floor=placed_without)
run.claim("sec-7-2.elsewhere", confidence.amin(dim=1))
run.claim("sec-7-2.controls", lacking["mlp-2"][0].mean(dim=1))
larger = {"larger rise at 35": larger_rise_elsewhere(length=task.length, position=position, height=height)}
run.claim("sec-7-2.larger-rise", answers(larger)["mlp-2"][0][:, 0])
means = {n: sharing[f"mlp-{n}"][0].mean(dim=1) for n in (1, 2, 3, 4)}
run.claim("sec-7-2.deeper-as-well", torch.stack([means[n] for n in (2, 3, 4)]).amin(dim=0) / means[1])

# %% [markdown]
# All networks, all signals. The Bayes detector, which knows that the level is flat on both sides, is the comparison:
# where it is *not* confident, a network that is has generalised beyond its task.

# %% tags=["hide-input"]
for what, found in {"with the rise": sharing, "without the rise": lacking}.items():
    run.figure(
        shares({name: p.mean(dim=0) for name, (p, _) in found.items()}, columns=list(designs)),
        alt=f"Heat map of the probability of position 50: a row per network and the Bayes detector, a column per signal {what}.",
        caption=f"Probability of position 50 for the signals {what}, mean over seeds.",
    )

# %% tags=["hide-input"]
right = {name: (answer == position).double().mean(dim=1) for name, (_, answer) in sharing.items()}
hardest = list(designs)[int(confidence.mean(dim=0).argmin())]
step = answers({"ideal step": height * (torch.arange(1, task.length + 1) >= position).float()})
run.say(
    f"The two-layer network places {right['mlp-2'].mean():.0%} of the designs at 50, the four-layer network "
    f"{right['mlp-4'].mean():.0%}, the network with two convolutions {right['cnn-5-9'].mean():.0%}, the "
    f"Bayes detector {right['bayes'].mean():.0%} (all recognised: **{run.verdict('fig-7-1.recognised')}**). The "
    f"design that the two-layer network finds hardest is *{hardest}*, with a mean probability of "
    f"{confidence.mean(dim=0).min():.2f}; that nothing away from the rise matters "
    f"**{run.verdict('sec-7-2.elsewhere')}**. On an ideal step of this height the optimal detector's probability is "
    f"{step['bayes'][0].mean():.3f}, the two-layer network's {step['mlp-2'][0].mean():.3f}."
)

# %% [markdown]
# ### The study's 99%
#
# The text has "over 99% confidence" from gradient ascent, which stops at 0.999 ([page 8](08_gradient_ascent.ipynb)):
# is what ascent makes a signal that drops gradually after its jump?

# %%
places, starts = [40, 60], run.by_scale(smoke=2, laptop=10, paper=50)
begin = uniform_starts(len(places) * starts, task.length, reach=0.05, seeds=run.seeds, device=run.device)
target = torch.tensor(places, device=run.device).repeat_interleave(starts) - task.first
most = run.by_scale(smoke=50, laptop=2_000, paper=10_000)


def drops_gradually(x, place):
    """Whether a signal rises most at the place and ends lower, without one fall as large as the rise."""
    rise, fall = x.diff(dim=-1).amax(dim=-1), -x.diff(dim=-1).amin(dim=-1)
    near = signal_shape.levels(x, place, near=5, gap=15)
    located = (signal_shape.largest_rise(x) - place).abs() <= 1
    return located & (near.after < near.just_after) & (fall < rise)


shown = []
for n in (1, 2, 3, 4):
    climbed = ascend(probability(networks[f"mlp-{n}"], target), begin, step=sgd_step(10), until=0.999, max_steps=most)
    sure = (climbed.value >= 0.99).unflatten(1, (len(places), starts))
    made_signals = climbed.x.unflatten(1, (len(places), starts))
    shaped = torch.stack([drops_gradually(made_signals[:, k], place) for k, place in enumerate(places)], dim=1)
    shown.append((sure & shaped).double().mean(dim=(1, 2)).cpu())
run.claim("sec-7-2.gradual-drop", torch.stack(shown).mean(dim=0))

# %% [markdown]
# ### Is it the first derivative?
#
# "The network learns only the maximum first derivative." Two good detectors agree on an easy signal. The test signals
# that can tell are those on which the largest smoothed first derivative (the study's own detector) and the optimal
# detector lie more than one point apart: whom does a network follow there?

# %%
test = sample(
    task, run.by_scale(smoke=300, laptop=6_000, paper=6_000), seeds=run.seeds, purpose="test", device=run.device
)
run.record_input("data", "test signals", "generated", [test.x, test.label])
bayes = BayesDetector.of(task)
predictions = {
    "detector": GradientDetector.of(task).predict(test.x),
    **{name: net.predict(test.x) for name, net in networks.items()},
}
limit = bayes.predict(test.x, "zero-one")
apart = absolute_errors(predictions["detector"], limit) > 1


def followed(answer):
    """Of the telling signals, the shares that are within a point of the derivative and of the optimum, per seed."""
    near = [(absolute_errors(answer, other) <= 1) & apart for other in (predictions["detector"], limit)]
    return [each.double().sum(dim=1) / apart.sum(dim=1).clamp(min=1) for each in near]


follows = {name: followed(predictions[name]) for name in networks if name.startswith(("mlp", "cnn"))}
derivative, optimum = follows["mlp-2"]
run.claim("sec-7-2.first-derivative", derivative / (derivative + optimum).clamp(min=1e-9))

# %% tags=["hide-input"]
agree = {
    name: (absolute_errors(predictions["mlp-2"], other) <= 1).double().mean()
    for name, other in (("derivative", predictions["detector"]), ("optimum", limit))
}
run.say(
    f"Of all test signals the two-layer network is within one point of the derivative on {agree['derivative']:.1%} "
    f"and of the optimum on {agree['optimum']:.1%}. The two differ by more than a point on "
    f"{apart.double().mean():.1%} of the signals. There the networks follow the derivative and the optimum: "
    + "; ".join(f"{n} {a.mean():.0%} and {b.mean():.0%}" for n, (a, b) in follows.items())
    + f". That the two-layer network follows the derivative there **{run.verdict('sec-7-2.first-derivative')}**."
)

# %% [markdown]
# ### Do they enter the range of their class?
#
# "The data instances with the similar principal subpatterns are also converged to the range of encoding." The range
# of class 50 in a hidden layer: the radius around its mean that holds 95% of its own signals.

# %%
per_class = run.by_scale(smoke=20, laptop=300, paper=1_000)
members = sample_per_class(task, per_class, seeds=run.seeds, purpose="averages", device=run.device)
asked = torch.stack(list(designs.values())).to(run.device).expand(len(run.seeds), -1, -1)


def entered(net):
    """(seed, layer, design): whether a design is in the range of class 50, and whether that mean is the nearest one."""
    inside, nearest = [], []
    for own, theirs in zip(net.activations(members.x)[:-1], net.activations(asked)[:-1], strict=True):
        grouped = own.unflatten(1, (task.classes, per_class))
        inside.append(in_range(grouped[:, at], theirs))
        nearest.append((nearest_mean(grouped.mean(dim=2), theirs) - at).abs() <= 1)
    return torch.stack(inside, dim=1).cpu(), torch.stack(nearest, dim=1).cpu()


ranges = {name: entered(networks[name]) for name in ("mlp-2", "mlp-4")}
untrained = perceptrons.recipes(run.parameters)["mlp-4"].build(seeds=run.seeds, device=run.device)
in_last = ranges["mlp-4"][0][:, -1].double().mean(dim=1)
run.claim("sec-7-2.enter-range", in_last, floor=entered(untrained)[0][:, -1].double().mean(dim=1))

# %% tags=["hide-input"]
run.say(
    "Designs inside the range of class 50, by hidden layer: "
    + "; ".join(
        f"{name} " + ", ".join(f"{v:.0%}" for v in inside.double().mean(dim=(0, 2)))
        for name, (inside, _) in ranges.items()
    )
    + ". Designs whose nearest class mean is that of 50 or of a neighbour: "
    + "; ".join(
        f"{name} " + ", ".join(f"{v:.0%}" for v in nearest.double().mean(dim=(0, 2)))
        for name, (_, nearest) in ranges.items()
    )
    + f". That they enter the range of their class **{run.verdict('sec-7-2.enter-range')}**."
)

# %% [markdown]
# ## Table 7.1
#
# Ten of its twelve rows repeat tables 3.1, 3.3, 3.4 and 4.1, and are judged on the pages of these tables; the two
# networks with two units in the bottleneck are new.

# %% tags=["hide-cell"]
columns = ("l1", "l2", "l1-99", "l2-99")
titles = list(TITLES.values())
repeated = run.study("table-7-1.repeats")
errors = {name: localisation_errors(p, test.label) for name, p in predictions.items()}
best_possible = localisation_errors(limit, test.label)
new = {
    f"{name}.{m}": run.study(f"table-7-1.{name}.{m}")
    for name in ("bottleneck-2", "deep-bottleneck-2")
    for m in columns
    if (name, m) != ("deep-bottleneck-2", "l2-99")
}
last = run.study("table-7-1.last-entry")["root_mean_square"]
study = {
    **repeated,
    "bottleneck-2": [new[f"bottleneck-2.{m}"] for m in columns],
    "deep-bottleneck-2": [*(new[f"deep-bottleneck-2.{m}"] for m in columns[:3]), last],
}

# %% tags=["hide-input"]
shown_rows = {**{name: errors[name] for name in study}, "bayes": best_possible}
run.figure(
    methods({name: e._asdict() for name, e in shown_rows.items()}, paper=study, measures=titles),
    alt="Bars of four error measures for all twelve methods of table 7.1 and the Bayes limit, with the study's values marked.",
    caption="Table 7.1 with the limit: mean and 95% interval over seeds; diamonds are the study's values.",
)
run.claim_table(
    "Table 7.1, the rows that are new",
    {
        name: {
            title: (f"table-7-1.{name}.{m}", getattr(errors[name], m.replace("-", "_")))
            for title, m in zip(titles, columns, strict=True)
            if f"{name}.{m}" in new
        }
        for name in ("bottleneck-2", "deep-bottleneck-2")
    },
)

# %% tags=["hide-input"]
l1 = {name: e.l1.cpu() for name, e in errors.items()}
wide = [name for name in study if name.startswith(("mlp", "cnn"))]
others = [l1[name] for name in wide if name not in ("mlp-1", "mlp-2")]
shallow = {"shallow": torch.maximum(l1["mlp-1"], l1["mlp-2"]), "others": torch.stack(others).amin(dim=0)}
run.claim("sec-7-1.shallow", shallow)
room = {name: l1[name] / best_possible.l1.cpu() for name in study}
run.claim("sec-7-1.room", torch.minimum(room["mlp-3"], room["mlp-4"]))

# %%
losses = torch.stack([cross_entropy(net(test.x).log_softmax(dim=-1), test.label).cpu() for net in networks.values()])


def agreement(measure):
    """Rank correlation with the cross-entropy over the networks, per seed."""
    values = torch.stack([getattr(errors[name], measure).cpu() for name in networks])
    return torch.tensor([float(stats.spearmanr(a, b).statistic) for a, b in zip(losses.T, values.T, strict=True)])


agreements = {m: agreement(m) for m in ("l1", "l2", "l1_99", "l2_99")}
reliable = torch.stack([agreements[m] for m in ("l1", "l1_99", "l2_99")]).amin(dim=0)
run.claim("sec-7-1.measures", {"l2": agreements["l2"], "others": reliable})

# %% tags=["hide-input"]
lowest = min(wide, key=lambda name: float(l1[name].mean()))
run.say(
    f"The lowest L1 error of ours is {l1[lowest].mean():.3f} points, of {lowest}; the optimal detector's is "
    f"{best_possible.l1.mean():.3f}. The networks without a bottleneck have "
    f"{min(room[n].mean() for n in wide):.1f} to {max(room[n].mean() for n in wide):.1f} times the limit (room for "
    f"improvement: **{run.verdict('sec-7-1.room')}**). That the shallow networks are best "
    f"**{run.verdict('sec-7-1.shallow')}**. Rank correlation of the four measures with the loss: "
    + ", ".join(f"{m.replace('_', '-')} {values.mean():.2f}" for m, values in agreements.items())
    + "."
)

# %% [markdown]
# ### Its arithmetic
#
# Errors are whole points, so that each number must fit the others of its row, and what is left out of the best 99%
# must be the largest errors. The text of chapters 1, 2 and 7 is checked beside it.

# %% tags=["hide-input"]
earlier = claims.load(run.page.source.with_name("claims.yml"))
tables = {
    "detector": "table-3-1",
    **{f"mlp-{n}": f"table-3-3.mlp-{n}" for n in (1, 2, 3, 4)},
    **{name: f"table-3-4.{name}" for name in ("cnn-7", "cnn-5-9", "cnn-5-7-9")},
    "bottleneck-10": "table-4-1.shallow-10",
    "deep-bottleneck-10": "table-4-1.deep-10",
}
run.claim(
    "table-7-1.repeats",
    [
        earlier[f"{there}.{m}"].value == repeated[name][k]
        for name, there in tables.items()
        for k, m in enumerate(columns)
    ],
)
whole_rows = {name: row for name, row in study.items() if name != "deep-bottleneck-2"}
left = {name: printed_tables.left_out(*row) for name, row in whole_rows.items()}
run.claim("table-7-1.left-out", [printed_tables.consistent(each, tolerance=0.02) for each in left.values()])
for name in ("table-7-1.last-entry", "table-7-1.pair", "table-7-1.rounded", "sec-7-1.shallow-table"):
    run.claim(name)

# %%
fits = [printed_tables.attainable(row[0], count=6_000, decimals=4) for row in study.values()]
kept = [printed_tables.attainable(row[2], count=5_940, decimals=4) for row in study.values()]
chance = sum(printed_tables.attainable(k / 10_000, count=6_000, decimals=4) for k in range(10_000)) / 10_000
by_chance = stats.binom.sf(sum(fits) - 1, len(fits), chance)
repaired = printed_tables.left_out(*study["deep-bottleneck-2"][:3], 1 + last)

# %% tags=["hide-input"]
run.say(
    f"Rounded to four decimals, {chance:.0%} of all numbers can be a whole number over 6,000. "
    f"{sum(fits)} of the {len(fits)} L1 errors of the complete data are (p = {by_chance:.2f} by chance), which agrees with "
    f"6,000 test signals; of the 99% column {sum(kept)} fit 5,940 signals, so the number kept may differ from row to row. "
    f"The last entry, {last}, lies below the mean of the same errors. With a leading 1 in place of the 0 what is left out "
    f"has a mean of {repaired.mean:.2f} and a root mean square of {repaired.root_mean_square:.2f}, which can be; ours is "
    f"{errors['deep-bottleneck-2'].l2_99.mean():.2f}."
)

# %%
generator = torch.Generator().manual_seed(run.seeds[0])
sums = torch.randn(20, 10, generator=generator, dtype=torch.float64, requires_grad=True)  # (draw, unit)
wanted = torch.nn.functional.one_hot(torch.randint(10, (20,), generator=generator), 10)
output = sums.softmax(dim=-1)
cost = -(wanted * output.log() + (1 - wanted) * (1 - output).log()).sum()  # eq. 1.7
by_output, true_error = torch.autograd.grad(cost, [output, sums])
slope = output * (1 - output)  # the derivative of softmax, taken for each unit alone
run.claim("sec-1-3-2.softmax", (by_output * slope - true_error).abs().amax(dim=-1))

# %% tags=["hide-input"]
for name in ("sec-1-3-1.shapes", "sec-1-3-2.gradient", "sec-2-2-2.fcn", "sec-7-1.all-models", "sec-7-1.reference"):
    run.claim(name)

# %% [markdown]
# ## Conclusion by conclusion
#
# Each conclusion of the study with the claims of this book that bear on it, as the last runs of the pages judged them.
# Numbers and sentences of the study count; its slips and our own claims do not. The word follows from the share
# of the decided claims that hold (`conclusions.STANDS` and `FALLS`). The first page of this study's part shows it, too.

# %% tags=["hide-input"]
pages = {each.name: run.verdicts(each.name.split("/")[1]) for each in sources.every() if each.study == run.page.study}
known = {name: verdict for found in pages.values() for name, verdict in (found or {}).items() if name in earlier}
folder, kinds = run.page.source.parent, {name: claim.kind for name, claim in earlier.items()}
listed = conclusions.load(folder / conclusions.FILE).listed
outcomes = conclusions.outcomes(listed, known, kinds, conclusions.unlearned(folder))
run.say(conclusions.table(outcomes))
run.say(conclusions.how_the_word_follows())
if absent := [name for name, found in pages.items() if found is None]:
    run.say(f"Pages that have not been run here: {', '.join(absent)}; their claims are missing above.")
run.measure("claims of the study judged so far", [len(known)])

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
words = {word: sum(each.word == word for each in outcomes) for word in conclusions.WORDS}
run.say(
    "The study concluded that networks learn one principal sub-pattern, the largest first derivative. On designs that "
    f"share only the rise the two-layer network is right for {right['mlp-2'].mean():.0%} "
    f"(**{run.verdict('fig-7-1.recognised')}**); where the derivative and the optimum differ it follows the derivative in "
    f"{(derivative / (derivative + optimum)).nanmean():.0%} of the cases (**{run.verdict('sec-7-2.first-derivative')}**); "
    f"the designs enter the range of their class in {in_last.mean():.0%} (**{run.verdict('sec-7-2.enter-range')}**). "
    f"Of the inputs that ascent makes, {torch.stack(shown).mean():.0%} drop gradually and are recognised with 99% "
    f"(**{run.verdict('sec-7-2.gradual-drop')}**). The table's last entry: {run.verdict('table-7-1.last-entry')}. That there "
    f"is much room for improvement **{run.verdict('sec-7-1.room')}**. Of the study's {len(outcomes)} conclusions the count is: "
    + ", ".join(f"{word} {count}" for word, count in words.items() if count)
    + "."
)

# %% tags=["hide-input"]
run.finish()
