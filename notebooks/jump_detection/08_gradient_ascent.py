# ---
# jupyter:
#   book:
#     stages:
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
# # Inputs by gradient ascent
#
# What does a network want to see? Chapter 5 of the study starts from weak random noise and moves the input along the
# gradient of one output {cite}`erhan2009` until the network is 99.9% sure of that position. It sees a sharp rise at
# the right place without the plateau of a real signal, more noise in deeper networks, and sharper peaks in deeper
# layers of the convolutional ones (figures 5.1 to 5.5), and concludes that all these networks detect a derivative.
# Here the same ascent starts from many noises for every seed, what is seen is measured, and the optimal classifier,
# which is known not to be a derivative, is put through the same procedure.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many
device = "auto"  # auto, cpu or cuda
jump = 3.0  # size of the jump
noise_std = 1.0  # standard deviation of the noise
rate = 10.0  # step of the ascent: this times the gradient
reach = 0.05  # the starting noise is uniform in ± this
position = 50  # the jump position that the convolutional networks are asked for

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
from dataclasses import replace

import torch
from scipy import stats

from helpers.ascent.loop import ascend
from helpers.ascent.objectives import log_probability, probability
from helpers.ascent.parametrisations import uniform_starts
from helpers.ascent.steps import normalised_step, sgd_step
from helpers.metrics import similarity
from helpers.pages import runs
from helpers.studies.jump_detection import signal_shape
from helpers.studies.jump_detection.detectors import BayesDetector
from helpers.studies.jump_detection.localisation import localisation_errors
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.plots.grid import signal_grid
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample, sample_per_class
from helpers.studies.jump_detection.stages import convnets as convnets_stage
from helpers.studies.jump_detection.stages import perceptrons

# %% tags=["hide-input"]
run = runs.start(
    "jump_detection/08_gradient_ascent",
    globals(),
    **PARAMETERS,
    rate=runs.Number(1e-3, 1e3),
    reach=runs.Number(0, 10),
    position=runs.Integer(21, 80),
)

# %% tags=["hide-cell"]
task = setting(run.parameters).task
found = run.stage(perceptrons, "mlp-1", "mlp-2", "mlp-3", "mlp-4")
mlps = {n: found[f"mlp-{n}"].networks for n in perceptrons.LAYERS}
found = run.stage(convnets_stage, "cnn-7", "cnn-5-9", "cnn-5-7-9")
convnets = {name: made.networks.oriented() for name, made in found.items()}
bayes = BayesDetector.of(task)

# %% [markdown]
# ## One layer
#
# The outputs of positions 21, 40, 60 and 80, each from ten starting noises per seed, with the study's step of 10.

# %%
positions = [21, 40, 60, 80]
starts = run.by_scale(smoke=2, laptop=10, paper=50)
most = run.by_scale(smoke=50, laptop=2_000, paper=10_000)  # steps
begin = uniform_starts(len(positions) * starts, task.length, reach=reach, seeds=run.seeds, device=run.device)
target = torch.tensor(positions, device=run.device).repeat_interleave(starts) - task.first
rule = dict(step=sgd_step(rate), until=0.999, max_steps=most)
climbed = {n: ascend(probability(net, target), begin, progress_name=f"{n} layers", **rule) for n, net in mlps.items()}
begin = begin.unflatten(1, (len(positions), starts))  # (seed, position, start, time)
generated = {n: found.x.unflatten(1, begin.shape[1:3]) for n, found in climbed.items()}

# %% tags=["hide-input"]
columns = {f"position {p}": i for i, p in enumerate(positions)}
marks = dict(zip(columns, positions, strict=True))
run.figure(
    signal_grid({"1 layer": {name: generated[1][0, i] for name, i in columns.items()}}, marks=marks),
    alt="Generated inputs of the one-layer network for positions 21, 40, 60 and 80: each has a sharp rise at its position.",
    caption="After figure 5.1, first seed: inputs that the one-layer network takes for a jump at the dashed line.",
)


# %%
def at_positions(measure, x, places=positions):
    """(seed, position, start): a measure of the signals generated for each position."""
    return torch.stack([measure(x[:, positions.index(p)], p) for p in places], dim=1)


def located(x, p):
    """Whether the largest rise from one point to the next leads to the position, give or take one point."""
    return ((signal_shape.largest_rise(x) - p).abs() <= 1).float()


# %% tags=["hide-input"]
run.claim("fig-5-1.discontinuity", at_positions(located, generated[1]).mean(dim=(1, 2)), floor=3 / 99)

# %% [markdown]
# The study describes these curves closely: for 40 and 60 a drop, the jump, and a fall to slightly above the first
# level, so that there are two peaks; for 21 no drop before, for 80 none after.

# %%
places = {p: signal_shape.levels(generated[1][:, i], p, near=5, gap=15) for i, p in enumerate(positions)}
dip = {p: (at.before - at.just_before).mean(dim=-1) for p, at in places.items()}  # depth of the drop before
fall = {p: (at.just_after - at.after).mean(dim=-1) for p, at in places.items()}  # from the peak after
rise = {p: (at.after - at.before).mean(dim=-1) for p, at in places.items()}  # from the first level to the last
height = {p: signal_shape.step_height(generated[1][:, i], p).mean(dim=-1) for i, p in enumerate(positions)}


def peaks(p, least=0.1):
    """Per seed, how many of trough before and peak after stand out by a tenth of the step."""
    return sum((part[p] >= least * height[p]).int() for part in (dip, fall))


# %% tags=["hide-input"]
run.say(
    "\n".join(
        [
            "| position | drop before | step | fall after | last level less first |",
            "| --- | --- | --- | --- | --- |",
            *(
                f"| {p} | {dip[p].mean():.2f} | {height[p].mean():.2f} | {fall[p].mean():.2f} | {rise[p].mean():+.3f} |"
                for p in positions
            ),
        ]
    )
)
run.claim("fig-5-1.dips-before", (dip[40] > 0) & (dip[60] > 0))
run.claim("fig-5-1.falls-back", (rise[40] / height[40] + rise[60] / height[60]) / 2)
run.claim("fig-5-1.two-peaks", (peaks(40) == 2) & (peaks(60) == 2) & (peaks(21) == 1) & (peaks(80) == 1))
run.claim("fig-5-1.edge-21", 2 * dip[21] / (dip[40] + dip[60]))
run.claim("fig-5-1.edge-80", 2 * fall[80] / (fall[40] + fall[60]))

# %% [markdown]
# ## More layers
#
# "As the network goes deeper, the resulting artificial inputs are more blurred with noise." Noisiness is the root
# mean square of the differences between neighbouring points, away from the jump, over the step at the jump. The
# starting noise itself is in it, and its own roughness is given beside. All panels have one vertical axis.

# %% tags=["hide-input"]
run.figure(
    signal_grid(
        {f"layers: {n}": {name: x[0, i] for name, i in columns.items()} for n, x in generated.items()}, marks=marks
    ),
    alt="Generated inputs of the networks of one to four layers in rows, for four positions in columns; the single input becomes rougher from row to row, the mean keeps its rise at the position.",
    caption="After figure 5.2, first seed: rows are networks of one to four layers.",
)

# %%
noise = {n: at_positions(signal_shape.noisiness, x).mean(dim=(1, 2)) for n, x in generated.items()}
found_at = {n: at_positions(located, x).mean(dim=-1) for n, x in generated.items()}  # (seed, position)
reached = {n: found.reached.float().mean(dim=-1) for n, found in climbed.items()}
rough = {n: x.diff(dim=-1).square().mean(dim=(1, 2, 3)).sqrt().mean() for n, x in generated.items()}
rough_start = begin.diff(dim=-1).square().mean().sqrt()

# %% tags=["hide-input"]
run.say(
    "\n".join(
        [
            "| layers | steps (median) | noisiness | largest rise at the position | differences of neighbours |",
            "| --- | --- | --- | --- | --- |",
            *(
                f"| {n} | {climbed[n].steps.float().median():.0f} | {noise[n].mean():.3f} | {found_at[n].mean():.0%} | {rough[n]:.3f} |"
                for n in mlps
            ),
        ]
    )
)
run.claim("fig-5-2.noisier", noise)
run.claim("fig-5-2.unrecognisable", found_at[4][:, [0, 1]].mean(dim=-1))
run.claim("sec-5-1.confident", reached[4])
run.say(
    f"Neighbouring points of the starting noise differ by {rough_start:.3f}. From one layer to four the noisiness goes from"
    f" {noise[1].mean():.2f} to {noise[4].mean():.2f}. With four layers the largest rise is at the position asked for in"
    f" {found_at[4].mean():.0%} of the inputs: whether an eye recognises it is another question than whether it is there,"
    " and the study shows one start of each."
)

# %% [markdown]
# The study explains this by vanishing gradients, and takes it to mean that deeper networks are easier to attack. The
# gradient at the start can be measured. An attack too: starting from test signals, the smallest steps that lead to an
# answer twenty positions away; and the size of the input that convinces a network from noise alone.

# %%
slope = {}
for n, net in mlps.items():
    x = begin.flatten(1, 2).clone().requires_grad_()
    (gradient,) = torch.autograd.grad(probability(net, target)(x).sum(), x)
    slope[n] = gradient.norm(dim=-1).mean(dim=-1)
size = {n: x.norm(dim=-1).mean(dim=(1, 2)) for n, x in generated.items()}
count = run.by_scale(smoke=20, laptop=100, paper=1_000)
victims = sample(task, count, seeds=run.seeds, purpose="test", device=run.device)
wrong = torch.where(victims.label + 20 < task.classes, victims.label + 20, victims.label - 20)
small_steps = dict(step=normalised_step(0.1), until=-0.6931, max_steps=run.by_scale(smoke=30, laptop=300, paper=300))
attacks = {
    n: ascend(log_probability(net, wrong), victims.x, progress_name="attack", **small_steps)
    for n, net in {**mlps, "bayes": bayes.log_posterior}.items()
}
distance = {n: (found.x - victims.x).norm(dim=-1).mean(dim=-1) for n, found in attacks.items()}

# %% tags=["hide-input"]
for n in attacks:
    run.measure(f"norm of an attack on {n}", distance[n])
run.claim("sec-5-1.vanishing", slope)
run.claim("sec-5-1.fooled-from-noise", size)
run.claim("sec-5-1.attacked", {n: distance[n] for n in mlps})
run.say(
    "From one layer to four, the norm of the gradient at the start goes "
    + ", ".join(f"{slope[n].mean():.4f}" for n in mlps)
    + "; the norm of the change that moves an answer by twenty positions "
    + ", ".join(f"{distance[n].mean():.2f}" for n in mlps)
    + f". The optimal classifier takes a change of {distance['bayes'].mean():.2f}."
)

# %% [markdown]
# What the study also says: the networks with larger errors have the noisier inputs.

# %%
count = run.by_scale(smoke=300, laptop=6_000, paper=6_000)
test = sample(task, count, seeds=run.seeds, purpose="test", device=run.device)
errors = torch.stack([localisation_errors(net.predict(test.x), test.label).l1.cpu() for net in mlps.values()])
clarity = torch.stack([noise[n].cpu() for n in mlps])  # (network, seed)

# %% tags=["hide-input"]
run.claim("sec-5-1.clarity", [stats.spearmanr(a, b).statistic for a, b in zip(errors.T, clarity.T, strict=True)])
run.claim("sec-5-1.table-order")

# %% [markdown]
# ## Convolutional networks
#
# For these the signal between the layers can be shown as well (figures 5.3 to 5.5). The text sends the reader to
# figure 3.23 for the network with one convolution, which is that of the network with three. An ascent need not
# succeed: without ReLU the outputs differ much already on noise, an output can start at practically zero, and then so
# does its gradient; or the first steps of 10 overshoot. Two things are counted: the ascents that get there by the
# study's rule, and among these the inputs with their rise at the position.

# %%
four = {
    name: ascend(probability(net, target), begin.flatten(1, 2), progress_name=name, **rule)
    for name, net in convnets.items()
}
right, arrived = {}, {}
for name, found in four.items():
    there = at_positions(located, found.x.unflatten(1, begin.shape[1:3])).flatten(1)
    right[name] = (there * found.reached).sum(dim=-1), found.reached.sum(dim=-1)  # located, and reached at all
    arrived[name] = found.reached.float().mean(dim=-1)

# %% tags=["hide-input"]
run.claim("sec-5-2-1.figure")
run.claim("sec-5.reaches", torch.stack([*reached.values(), *arrived.values()]).mean(dim=0))
in_place, there_at_all = (sum(part) for part in zip(*right.values(), strict=True))
run.claim("sec-5-2.positions", in_place / there_at_all, floor=3 / 99)
run.say(
    "By the study's rule 0.999 is reached by "
    + ", ".join(f"{share.mean():.0%} ({name})" for name, share in (reached | arrived).items())
    + " of the ascents, where a number is that of the layers of an MLP. Of the convolutional ones that got there, "
    + ", ".join(f"{(found.sum() / count.sum()).item():.0%} ({name})" for name, (found, count) in right.items())
    + " have the largest rise at the position."
)

# %% [markdown]
# For the signals between the layers, the ascents that failed begin again on the *logarithm* of the
# output, whose gradient has the same direction but does not vanish. (Our addition: the study shows no ascent that
# fails.)

# %%
asked = torch.tensor([position - task.first], device=run.device)
noise_50 = uniform_starts(starts, task.length, reach=reach, seeds=run.seeds, device=run.device)
signals, got_there = {}, {}  # (seed, start, time) at the input and after each convolution
for name, net in convnets.items():
    found = ascend(probability(net, asked), noise_50, progress_name=name, **rule)
    by_logarithm = rule | dict(step=sgd_step(0.1), until=-0.001)
    again = ascend(log_probability(net, asked), noise_50, progress_name=name, **by_logarithm)
    x = torch.where(found.reached[..., None], found.x, again.x)
    signals[name] = [x, *net.hidden(x)]
    got_there[name] = [found.reached.float().mean(), (found.reached | again.reached).float().mean()]

# %% tags=["hide-input"]
run.say(
    f"Position {position} is reached by the study's rule, and with the logarithm, by "
    + "; ".join(f"{a:.0%} and {b:.0%} ({name})" for name, (a, b) in got_there.items())
    + "."
)
for number, (name, layers) in zip((3, 4, 5), signals.items(), strict=True):
    titles = ["input", *(f"convolution {i}" for i in range(1, len(layers)))]
    run.figure(
        signal_grid(
            {f"seed {s}": {t: x[k] for t, x in zip(titles, layers, strict=True)} for k, s in enumerate(run.seeds[:2])},
            marks=dict.fromkeys(titles, position),
            shared="column",
        ),
        alt=f"The generated input of {name} for position {position}, and the signal after each of its convolutions.",
        caption=f"After figure 5.{number}, {name}, two seeds: the generated input and the signal after each convolution; panels of a column share their axis.",
    )

# %% [markdown]
# ### One convolution

# %%
one = signals["cnn-7"][1]
drop, rest = (part.median(dim=-1).values for part in signal_shape.undershoot(one, points=7))
only = sample_per_class(
    replace(task, first=position, last=position),
    run.by_scale(smoke=20, laptop=1_000, paper=1_000),
    seeds=run.seeds,
    purpose="averages",
    device=run.device,
).x
averaged = convnets["cnn-7"].hidden(only)[0].mean(dim=1, keepdim=True)  # (seed, 1, time)
near = slice(position - 11, position + 9)

# %% tags=["hide-input"]
run.claim("fig-5-3.undershoot", (drop >= 0.02) & (rest < drop))
run.claim("fig-5-3.coherent", similarity.correlation(one[..., near], averaged[..., near]).mean(dim=-1))

# %% [markdown]
# ### Two and three convolutions
#
# Sharper peaks, and signals that are more alike, nearer to the output: for each layer, the height of the peak over
# the signal's spread, and the correlation between the signals of two starts.


# %%
def alike(a, b):
    """Per seed: correlation of two layers' signals over time, at the best shift of up to four points."""
    return similarity.aligned_correlation(a, b, reach=4).mean(dim=-1)


def same_for_all_starts(x):
    """Per seed: mean correlation of the signals from two different starts."""
    count = x.shape[1]
    pairs = similarity.correlation(x[:, :, None], x[:, None])  # (seed, start, start)
    return (pairs.sum(dim=(1, 2)) - count) / (count * (count - 1))


# %% tags=["hide-input"]
for figure, name in (("fig-5-4", "cnn-5-9"), ("fig-5-5", "cnn-5-7-9")):
    layers = signals[name]
    run.claim(f"{figure}.sharper", {i: signal_shape.crest(x).mean(dim=-1) for i, x in enumerate(layers)})
    run.claim(f"{figure}.same-shape", alike(layers[0], layers[1]))
    run.claim(f"{figure}.serrated", signal_shape.turns_before_peak(layers[2].mean(dim=1), points=10, least=0.05) >= 2)
    identical = {i: same_for_all_starts(x) for i, x in enumerate(layers)}
    run.claim(f"sec-5-3.more-identical-{len(layers) - 1}", identical)
run.claim("fig-5-5.last-two", alike(layers[2], layers[3]), floor=alike(layers[1], layers[2]))

# %% [markdown]
# ## No plateau: what does it show?
#
# The networks were trained on steps, but what they ask for is a peak. The study concludes that they detect a
# derivative, and that the ascent "leaves the other values as they are". The plateau is measured up to position 80:
# behind it all outputs gain alike, and no ascent moves anything.
#
# Two controls. The ideal signal, measured the same way, has a plateau of 1 and no noise. The Bayes-optimal classifier
# is a linear layer with softmax, like the one-layer network, but its weights are steps that reach to the end of the
# signal: it adds up every point after the jump. If an input without plateau showed that a network detects a
# derivative, this classifier would have to ask for a plateau. From weak noise the output of a position other than 80
# is zero to machine precision and so is its gradient; it climbs the log-probability instead, and the one-layer
# network does so beside it.

# %%
inner = positions[:3]


def plateau(x, p):
    """Mean level from fifteen points after the jump to position 80, less that before the jump, over the step."""
    at = signal_shape.levels(x[..., :80], p, near=5, gap=15)
    return (at.after - at.before) / signal_shape.step_height(x, p)


def share_near(change, p):
    return signal_shape.share_near(change, p, reach=10)


level = {n: at_positions(plateau, x, inner).mean(dim=(1, 2)) for n, x in generated.items()}
local = {n: at_positions(share_near, x - begin, inner).mean(dim=(1, 2)) for n, x in generated.items()}

# %%
climbs = {"Bayes": (bayes.log_posterior, 0.1), "1 layer": (mlps[1], 1.0)}
control = {}
for name, (logits, length) in climbs.items():
    by_logarithm = dict(step=sgd_step(length), until=-0.001, max_steps=2 * most)
    found = ascend(log_probability(logits, target), begin.flatten(1, 2), progress_name=name, **by_logarithm)
    control[name] = found.x.unflatten(1, begin.shape[1:3])
ideal = jump * (torch.arange(1, task.length + 1) >= torch.tensor(positions)[:, None]).float()
control["ideal signal"] = ideal[None, :, None].expand(len(run.seeds), -1, starts, -1).to(run.device)
flat = {name: at_positions(plateau, x, inner).mean(dim=(1, 2)) for name, x in control.items()}

# %% tags=["hide-input"]
run.figure(
    signal_grid(
        {name: {c: x[0, i] for c, i in columns.items()} for name, x in control.items()}, marks=marks, shared="row"
    ),
    alt="Generated inputs of the Bayes-optimal classifier and of the one-layer network by ascent on the log-probability, and the ideal signals, for four positions.",
    caption="The controls, first seed: ascent on the log-probability for the optimal classifier and the one-layer network, and the signals they were made for; panels of a row share their axis.",
)
for name, values in flat.items():
    run.measure(f"{name}: plateau up to 80", values)
run.claim("sec-5-3.no-plateau", sum(level.values()) / len(mlps), floor=flat["Bayes"])
run.claim("sec-5-3.local", torch.stack(list(local.values())).amin(dim=0), floor=0.21)
run.say(
    f"Up to position 80 the plateau is {flat['Bayes'].mean():.2f} of the step in the optimal classifier's input and"
    f" {flat['ideal signal'].mean():.2f} in the ideal signal; in the inputs of one to four layers it is "
    + ", ".join(f"{v.mean():.2f}" for v in level.values())
    + ". The procedure can show a plateau where a classifier uses one, so that its absence says something about the"
    " learned networks. Of the change that ascent makes, the share within ten points of the jump is "
    + ", ".join(f"{v.mean():.0%}" for v in local.values())
    + " for one to four layers."
)

# %% [markdown]
# "There exist drops before and after the jump, but the drops are less sharp."


# %%
def steepest(x, p):
    """The largest rise and the largest fall from one point to the next, within fifteen points of the jump."""
    change = x[..., max(0, p - 16) : p + 15].diff(dim=-1)
    return torch.stack([change.amax(dim=-1), -change.amin(dim=-1)], dim=-1)


sharp = {n: at_positions(steepest, x).unbind(-1) for n, x in generated.items()}  # (seed, position, start) each
ratio = {n: (falls / rises).mean(dim=(1, 2)) for n, (rises, falls) in sharp.items()}

# %% tags=["hide-input"]
run.claim("sec-5-3.gentler", {k: v.mean(dim=(1, 2)) for k, v in zip(("rise", "fall"), sharp[1], strict=True)})
run.claim("sec-5-3.gentler-deeper", torch.stack([ratio[n] for n in (2, 3, 4)]).amax(dim=0))
run.claim("sec-5-3.derivative-of-the-gradient")

# %% [markdown]
# ## Is it a derivative?
#
# "The network in fact detects the unique most significant positive first derivative." A test that needs no ascent:
# noiseless signals with two rises, one of 3 and one of 1.5, each fading within twelve points, at every pair of
# positions at least twenty apart. Which one does the network name? The optimal classifier, which weighs the whole
# signal, is asked beside it.

# %%
large, small = (p.flatten() for p in torch.meshgrid(task.positions, task.positions, indexing="ij"))
apart = (large - small).abs() >= 20
time = torch.arange(1, task.length + 1)


def pulse(p, tall):
    return tall * (1 - (time - p[:, None]) / 12).clamp(0, 1) * (time >= p[:, None])


two_rises = (pulse(large[apart], 3.0) + pulse(small[apart], 1.5)).expand(len(run.seeds), -1, -1).to(run.device)
named = {n: net.predict(two_rises).cpu() + task.first for n, net in (mlps | convnets).items()}
named["bayes"] = bayes.predict(two_rises).cpu() + task.first
chosen = {n: ((p - large[apart]).abs() <= 1).float().mean(dim=-1) for n, p in named.items()}

# %% tags=["hide-input"]
for n, values in chosen.items():
    run.measure(f"{n}: names the larger rise", values)
poorest = {
    what: torch.stack([chosen[n] for n in group]).amin(dim=0)
    for what, group in (("deep", (2, 3, 4)), ("cnn", convnets))
}
run.claim("sec-5-3.largest-rise", chosen[1], floor=chosen["bayes"])
run.claim("sec-5-3.deeper-alike", poorest["deep"], floor=chosen["bayes"])
run.claim("sec-5-3.convolutional-alike", poorest["cnn"], floor=chosen["bayes"])
run.say(
    "The larger rise is named in "
    + ", ".join(f"{values.mean():.0%} ({n if isinstance(n, str) else f'layers: {n}'})" for n, values in chosen.items())
    + "."
)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study reads from a few generated inputs that all its networks detect a smoothed first derivative, and that"
    " deeper ones are noisier and easier to fool.\n\n"
    f"Each further layer makes the input noisier: {run.verdict('fig-5-2.noisier')}. That the place of the jump can no longer"
    f" be located with four layers: {run.verdict('fig-5-2.unrecognisable')} (located in"
    f" {found_at[4][:, [0, 1]].mean():.0%} of the inputs for 21 and 40). That gradients vanish:"
    f" {run.verdict('sec-5-1.vanishing')}; that deeper networks are easier to attack: {run.verdict('sec-5-1.attacked')}.\n\n"
    f"The learned networks ask for no plateau ({run.verdict('sec-5-3.no-plateau')}), where the optimal classifier does"
    f" ({flat['Bayes'].mean():.2f} of the step). A direct test of the reading: that the one-layer network names the larger of"
    f" two rises, {run.verdict('sec-5-3.largest-rise')} ({chosen[1].mean():.0%}); that all deeper perceptrons do,"
    f" {run.verdict('sec-5-3.deeper-alike')} ({chosen[4].mean():.0%} with four layers); that all convolutional networks do,"
    f" {run.verdict('sec-5-3.convolutional-alike')} ({poorest['cnn'].mean():.0%} in the poorest).\n\n"
    f"The study's rule of ascent, step 10 on the output, reaches 0.999 in {torch.stack(list(reached.values())).mean():.0%} of the"
    f" ascents on perceptrons and {torch.stack(list(arrived.values())).mean():.0%} of those on convolutional networks."
)

# %% tags=["hide-input"]
run.finish()
