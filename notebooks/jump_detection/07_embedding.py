# ---
# jupyter:
#   book:
#     stages:
#     - jump_detection/bottlenecks
#     - jump_detection/output_initialisation
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
# # Out of the bottleneck: the pseudo-inverse
#
# How can an output layer make sixty classes out of two numbers? Section 4.3 of the study builds such a layer by hand:
# the points of the classes in the bottleneck are written as the image of the sixty unit vectors under a linear map,
# and that map is turned round with the Moore-Penrose inverse. It proves the construction on three points (4.3.2),
# generalises it (4.3.3) and counts how often it succeeds for random points (4.3.4, figures 4.14 and 4.15). It ends
# with a proposal it did not try: to begin training from there.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many
device = "auto"  # auto, cpu or cuda
jump = 3.0  # size of the jump
noise_std = 1.0  # standard deviation of the noise
p = 2  # your own case: dimensions of the bottleneck
n = 10  # and points in it

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from scipy import stats
from tqdm import tqdm

from helpers.models.stacks.perceptron import Perceptrons
from helpers.pages import runs
from helpers.plots.curves import lines
from helpers.randomness import generator
from helpers.statistics.intervals import Interval
from helpers.statistics.simulation import estimate_probability
from helpers.studies.jump_detection import output_layers, representation
from helpers.studies.jump_detection import points as draws
from helpers.studies.jump_detection.localisation import localisation_errors
from helpers.studies.jump_detection.output_initialisation import epochs_until, up_to
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.plots.plane import curves as plane_curves
from helpers.studies.jump_detection.plots.probabilities import log_probabilities
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import noise_free, sample, sample_per_class
from helpers.studies.jump_detection.stages import bottlenecks, output_initialisation

# %% tags=["hide-input"]
run = runs.start(
    "jump_detection/07_embedding",
    globals(),
    **PARAMETERS,
    p=runs.Integer(1, 100),
    n=runs.Integer(2, 200),
)
random = generator(run.seeds[0], "embedding")
task = setting(run.parameters).task

# %% [markdown]
# ## Curves in the plane
#
# A linear first layer places the noise-free signals along some curve (figure 4.11): the study says that a curve that
# does not cross itself makes a good network. Of all layers that make a curve, we take the one of least norm. The
# noise is Gaussian in the bottleneck too, with the same covariance around all points, so that the best possible
# output layer is known: nearest point in the metric of that covariance. It is linear, so a network could have it.
# What remains is the curve.

# %%
steps = noise_free(task).double()  # (class, time)
test = sample(task, run.by_scale(smoke=300, laptop=6_000, paper=6_000), seeds=run.seeds, purpose="test")
curves = {
    "half circle": [draws.half_circle(task.classes)] * len(run.seeds),
    "spiral": [draws.spiral(task.classes)] * len(run.seeds),
    "figure of eight": [draws.figure_of_eight(task.classes)] * len(run.seeds),
    "random walk": [draws.random_walk(task.classes, random=generator(s, "walk")) for s in run.seeds],
}
placed, crossed = {}, {}
for name, per_seed in curves.items():
    target = torch.stack(per_seed).double()
    first = torch.linalg.pinv(steps) @ target  # (seed, time, 2)
    best = output_layers.nearest_point(target, noise_std**2 * first.mT @ first)
    answer = best(test.x.double() @ first).argmax(dim=-1)
    placed[name], crossed[name] = localisation_errors(answer, test.label).l1, output_layers.crossings(target)

# %% tags=["hide-input"]
run.figure(
    plane_curves(
        {f"{name}: L1 {placed[name].mean():.2f}": c[0] for name, c in curves.items()}, positions=task.positions
    ),
    alt="Four curves of sixty points in the plane: half circle, spiral, figure of eight and random walk, with their errors.",
    caption="Figure 4.11 as an experiment: placements of the noise-free signals, and the error in points of the best readout.",
)
groups = {"self-avoiding": ("half circle", "spiral"), "crossing": ("figure of eight", "random walk")}
run.claim("fig-4-11.crossings-cost", {g: sum(placed[name] for name in names) / 2 for g, names in groups.items()})
run.claim("sec-4-3-1.any-curve-will-do", placed["spiral"] / placed["half circle"])
run.claim("sec-4-3-1.self-avoiding-text")
run.say(
    "Crossings and best L1 error: "
    + "; ".join(f"{name} {crossed[name].mean():.1f} and {placed[name].mean():.2f}" for name in curves)
    + ". A curve has to keep classes apart in the noise, and the noise grows with the norm of the map that makes the curve."
)

# %% [markdown]
# ### The curves of trained networks
#
# Is the curve arbitrary, as the study says? Two seeds' curves are compared up to any affine map. And does a network
# do better whose curve keeps neighbours further apart, measured in the noise around them?

# %% tags=["hide-cell"]
keys = {kind: f"bottleneck-{kind}-2" for kind in ("shallow", "deep")}
recipes = {kind: bottlenecks.recipes(run.parameters)[key] for kind, key in keys.items()}
made = run.stage(bottlenecks, *keys.values())
networks = {kind: made[key].networks for kind, key in keys.items()}
ideal = steps.float().expand(len(run.seeds), -1, -1).to(run.device)
probe = sample_per_class(
    task, run.by_scale(smoke=20, laptop=200, paper=1_000), seeds=run.seeds, purpose="averages", device=run.device
)
curve = {kind: network.activations(ideal)[recipes[kind].bottleneck].cpu() for kind, network in networks.items()}
hidden = {kind: network.activations(probe.x)[recipes[kind].bottleneck].cpu() for kind, network in networks.items()}
l1 = {
    kind: localisation_errors(network.predict(test.x.to(run.device)).cpu(), test.label).l1
    for kind, network in networks.items()
}

# %% tags=["hide-input"]
for kind, name in (("shallow", "100-2-60"), ("deep", "100-25-2-25-60")):
    run.figure(
        plane_curves(
            {f"seed {s}": c for s, c in zip(run.seeds, curve[kind], strict=True)}, positions=task.positions, columns=3
        ),
        alt=f"Curves of the noise-free signals in the bottleneck of {name}, a panel per seed.",
        caption=f"Noise-free signals in the bottleneck of {name}; every panel has its own axes.",
    )

# %%
means = hidden["shallow"].unflatten(1, (task.classes, -1)).mean(dim=2)
pairs = [
    [representation.shared_variance(means[[i]], means[[j]]) for j in range(len(means)) if j != i]
    for i in range(len(means))
]
alike = [float(torch.cat(row).mean()) if row else float("nan") for row in pairs]
walks = torch.stack(curves["random walk"])
chance = [float(representation.shared_variance(a[None], b[None])) for a, b in pairwise(walks)]
apart = {kind: representation.neighbour_separation(h, task.classes) for kind, h in hidden.items()}
order = {kind: stats.spearmanr(apart[kind], -l1[kind]).statistic for kind in apart}
times = {kind: output_layers.crossings(c) for kind, c in curve.items()}

# %% tags=["hide-input"]
run.claim("sec-4-3-1.self-avoiding", times["shallow"] == 0)
run.claim("sec-4-3-1.arbitrary", alike)
run.claim("sec-4-3-5.well-separated", list(order.values()))
run.say(
    f"Curves of two trained networks share {np.mean(alike):.0%} of their variance, two random walks"
    f" {np.mean(chance):.0%}. By seed, "
    + "; ".join(
        f"the curve of the {kind} network crosses itself {', '.join(str(int(v)) for v in values)} times,"
        f" with L1 errors of {', '.join(f'{float(v):.2f}' for v in l1[kind])}"
        for kind, values in times.items()
    )
    + "."
)

# %% [markdown]
# ## Three points in the plane
#
# Section 4.3.2, step by step, for thousands of random triples in the unit square: centre them, write the map $F$ that
# takes $e_k$ to $w_k$, and invert it.

# %%
triples = draws.uniform(run.by_scale(smoke=100, laptop=10_000, paper=10_000), 3, 2, random=random).double()
centred = triples - triples.mean(dim=1, keepdim=True)
layer = output_layers.centred_pseudo_inverse(triples)
images = layer(triples)  # (triple, point, output)
projection = torch.eye(3).double() - 1 / 3
on_a_line = torch.tensor([[[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]]).double()
middle = output_layers.centred_pseudo_inverse(on_a_line)(on_a_line)[0, 1]

# %% tags=["hide-input"]
run.claim("sec-4-3-2.kernel", centred.sum(dim=1).abs().max())
run.claim("sec-4-3-2.projection", (images - projection).abs().max())
run.claim("sec-4-3-2.always-right", output_layers.classifies(layer, triples).double().mean())
run.say(
    f"The pseudo-inverse takes the first point to ({', '.join(f'{float(v):.4f}' for v in images[0, 0])}); the middle one of"
    f" three points on a line to ({', '.join(f'{float(v):.4f}' for v in middle)})."
)

# %% [markdown]
# The study writes that image as $(1 - 1/\sqrt 3)\,e_1 - (e_2 + e_3)/\sqrt 3$. But $\langle e_1, k\rangle$ is
# $1/\sqrt 3$ and multiplies $k$, which brings another $1/\sqrt 3$: the image is $(2/3, -1/3, -1/3)$. The conclusion
# stands: its first entry alone is positive. It does not stand for *any* three points: on a line, the kernel of $F$ is
# larger, and the middle point fails. Nor does a softmax "map it to the correct unit vector"; the hard max does.

# %% tags=["hide-input"]
run.claim("sec-4-3-2.coefficient")
run.claim("sec-4-3-2.signs", [bool((images[:, 0, 0] > 0).all() and (images[:, 0, 1:] < 0).all())])
run.claim("sec-4-3-2.arbitrary-points", [bool(middle[1] > 1e-9)])
run.claim("sec-4-3-3.softmax")

# %% [markdown]
# ## The general case
#
# Section 4.3.3 appends a one to every point and solves for weights and bias together, in least squares.

# %%
sets = draws.uniform(run.by_scale(smoke=20, laptop=500, paper=500), 12, 4, random=random).double()
extended = torch.cat([sets, torch.ones_like(sets[..., :1])], dim=-1)  # V, (set, point, p + 1)
best = output_layers.least_squares(sets)
stacked = torch.cat([best.weight, best.bias.unsqueeze(-2)], dim=-2)  # (W b) transposed
printed = (extended @ torch.linalg.inv(extended.mT @ extended)).mT
library = torch.linalg.lstsq(extended, torch.eye(12).double().expand(len(sets), 12, 12), driver="gelsd").solution
hat = extended @ printed

# %% tags=["hide-input"]
run.claim("sec-4-3-3.standard-embedding", (best(sets) - extended @ stacked).abs().max())
run.claim("eq-4-2.least-squares", max((printed - library).abs().max(), (best(sets) - hat).abs().max()))

# %% [markdown]
# A smaller slip: for a single output the printed equation equates a column with the row $e_i^T$. And a larger one:
# the three points above are called the case $n = p + 1$, in which the system can be solved exactly. The general
# solution does solve it exactly; the construction of 4.3.2 does not, since it fixes the bias at $-F^+m$. The two
# differ by $1/n$ in every bias, which no maximum notices.

# %%
exact, over = (draws.uniform(50, size, 4, random=random).double() for size in (5, 6))
residual = {
    len(s[0]): (output_layers.least_squares(s)(s) - torch.eye(len(s[0]))).abs().amax(dim=(1, 2)) for s in (exact, over)
}
general = output_layers.least_squares(triples)
difference = (general.bias - layer.bias)[0]

# %% tags=["hide-input"]
run.claim("sec-4-3-3.overdetermined", [bool((residual[5] < 1e-6).all() and (residual[6] > 1e-3).all())])
run.claim("sec-4-3-3.single-system")
run.claim("sec-4-3-3.case-above", [bool(torch.allclose(general(triples), images, atol=1e-3))])
run.say(f"Differences of the biases: {', '.join(f'{float(v):.4f}' for v in difference)}.")

# %% [markdown]
# ### Two more sentences
#
# The noise-free signals are linearly independent, so a linear map can put them anywhere. The way back is said to be
# impossible *because* the way there is surjective; a square matrix that can be inverted is surjective too. And hard
# max and nearest unit vector are the same question.

# %%
asked = draws.uniform(200, task.classes, 2, random=random).double()
misplaced = (steps @ (torch.linalg.pinv(steps) @ asked) - asked).abs().max()
square = draws.normal(1, 2, 2, random=random)[0]
vectors = draws.normal(1, 1_000, 8, random=random)[0]
nearest = torch.cdist(vectors, torch.eye(8)).argmin(dim=-1)

# %% tags=["hide-input"]
run.claim("sec-4-3-1.any-placement", misplaced)
run.claim("sec-4-3-1.surjective", [bool(torch.linalg.matrix_rank(square) < 2)])
run.claim("sec-4-3-4.hard-max", [bool((nearest == vectors.argmax(dim=-1)).all())])
run.claim("sec-4-3-4.distribution")
run.claim("sec-4-3-4.figure")

# %% [markdown]
# ## How often does the pseudo-inverse succeed?
#
# n random points in p dimensions; success means that every point's largest output is its own. The study does not say
# how its points are distributed, nor whether its map has a bias: it announces the first and writes two versions of
# the second. So we try four readings, and two numbers tell them apart: below $10^{-5}$ for $p = 2$, $n = 10$,
# above 0.1 for $p = 10$, $n = 50$.

# %%
DISTRIBUTIONS = {"uniform": draws.uniform, "normal": draws.normal}


def trial(size, random, *, dimensions, points, distribution="uniform", affine=False, apart=0.0):
    sets = draws.separated(DISTRIBUTIONS[distribution](size, points, dimensions, random=random), apart)
    return output_layers.pseudo_inverse_succeeds(sets, affine=affine)


def probability(*, dimensions, points, most, **reading):
    one = partial(trial, dimensions=dimensions, points=points, **reading)
    batch = max(1_000, 2_000_000 // (dimensions * points) // 4)
    return estimate_probability(
        one, most=most, enough=run.by_scale(smoke=20, laptop=500, paper=5_000), batch=batch, random=random
    )


READINGS = {
    f"{distribution}, {'affine' if affine else 'linear'}": dict(distribution=distribution, affine=affine)
    for affine in (False, True)
    for distribution in DISTRIBUTIONS
}

# %% tags=["hide-cell"]
many = run.by_scale(smoke=2_000, laptop=200_000, paper=10_000_000)
most = {2: 10 * many, 4: 2 * many}  # sets in few dimensions are cheap, and rarely succeed
found = {name: {} for name in READINGS}  # reading -> width -> points -> count
for width in tqdm((2, 4, 6, 8, 10), desc="figure 4.14", disable=None):
    for name, reading in READINGS.items():
        found[name][width] = {
            points: probability(dimensions=width, points=points, most=most.get(width, many), **reading)
            for points in range(2 * width, 5 * width + 1, width // 2)
        }

# %% tags=["hide-input"]
run.figure(
    log_probabilities(
        {
            name: {f"p = {w}": {x: c.interval for x, c in counts.items()} for w, counts in widths.items()}
            for name, widths in found.items()
        },
        x_label="points n",
    ),
    alt="Probability of a successful pseudo-inverse against the number of points for five widths, on a logarithmic axis, in four readings of the experiment.",
    caption="After figure 4.14, in four readings: with 95% Wilson intervals; an arrow is the upper end where no trial succeeded.",
)

# %%
cube = found["uniform, affine"]  # the reading by which figures 4.14 and 4.15 are judged
fits = {name: w[2][10].interval.high < 1e-5 and w[10][50].interval.low > 0.1 for name, w in found.items()}
yours = probability(dimensions=p, points=n, most=many, affine=True).interval

# %% tags=["hide-input"]
run.say(
    "\n".join(
        [
            "| reading | " + " | ".join(f"p = {w}, n = {5 * w}" for w in cube) + " |",
            "| --- |" + " --- |" * len(cube),
            *(
                f"| {name} | "
                + " | ".join(f"{c[5 * w].successes} of {c[5 * w].trials:,}" for w, c in widths.items())
                + " |"
                for name, widths in found.items()
            ),
        ]
    )
)
run.claim("fig-4-14.any-reading", [any(fits.values())])
run.claim("fig-4-14.p2-n10", cube[2][10].interval.high)
run.claim("fig-4-14.p10-n50", cube[10][50].interval.low)
run.claim("fig-4-14.falls", [all(np.diff([c.interval.mean for c in cube[w].values()]) <= 0) for w in cube])
run.claim("fig-4-14.easier-when-wide", {str(w): [cube[w][5 * w].interval.mean] for w in cube})
run.say(
    f"Readings that give both of the study's numbers: {', '.join(name for name, fit in fits.items() if fit) or 'none'}."
    f" Your case, p = {p}, n = {n}, uniform and affine: {yours.mean:.2g}, at most {yours.high:.2g}."
)

# %% [markdown]
# The reading that fits is taken for this figure and the next; other readings that nobody tried may fit as well. The
# linear map is drawn beside it where it can be seen at all: for it the points' distance from the origin matters,
# which has nothing to do with their distance from each other.
#
# ### Well-separated points
#
# Figure 4.15: two dimensions, n = 5 to 8 points in the unit square that keep a minimum distance r. The dashed line
# bounds the first curve from above: where the pseudo-inverse succeeds, every point is a corner of the convex hull,
# and the probability that n uniform points of a square are in convex position is known exactly
# {cite}`valtr1995`.

# %% tags=["hide-cell"]
close = {}  # map -> r -> points -> count
rounds = run.by_scale(smoke=3_000, laptop=1_000_000, paper=50_000_000)
for affine, name in ((True, "affine"), (False, "linear")):
    one = partial(probability, dimensions=2, most=rounds * (5 if affine else 1), affine=affine)
    close[name] = {r: {points: one(points=points, apart=r) for points in range(5, 9)} for r in (0.0, 0.1, 0.2)}
bound = {x: Interval(*[output_layers.convex_position_in_square(x)] * 3) for x in range(5, 9)}
outlines = {
    name: {
        **{f"r = {r:g}": {x: c.interval for x, c in counts.items()} for r, counts in by_r.items()},
        "convex position": bound,
    }
    for name, by_r in close.items()
}

# %% tags=["hide-input"]
run.figure(
    log_probabilities(outlines, x_label="points n"),
    alt="Probability of success for 5 to 8 points in the plane with minimum distances of 0, 0.1 and 0.2, and the exact probability of convex position.",
    caption="After figure 4.15, affine and linear: with 95% Wilson intervals. Dashed: the exact bound for r = 0.",
)
for less, more, claim in ((0.0, 0.1, "fig-4-15.r-0-1"), (0.1, 0.2, "fig-4-15.r-0-2")):
    by_r = close["affine"]
    run.claim(claim, [by_r[less][x].interval.high < by_r[more][x].interval.low for x in range(5, 9)])

# %% [markdown]
# ## Is it the network's difficulty?
#
# The study takes these probabilities as a measure of how hard the task is for a network. They measure the
# pseudo-inverse. One line writes down an output layer that puts each point right: give output k the weights $v_k$ and
# the bias $-|v_k|^2/2$, and the largest output is that of the nearest point. Without a bias, $v_k / |v_k|$ does it
# unless two points lie on one ray. Both hold in any number of dimensions from two on, for any number of points. And
# can training find one? A softmax layer is trained for each of many random sets of ten points, by plain gradient
# descent on all points at once.

# %%
ten = draws.uniform(run.by_scale(smoke=200, laptop=1_000, paper=1_000), 10, 2, random=random).double()
by_direction = output_layers.classifies(output_layers.nearest_direction(ten), ten)
by_distance = output_layers.classifies(output_layers.nearest_point(ten), ten)
sets = draws.uniform(run.by_scale(smoke=20, laptop=200, paper=1_000), 10, 2, random=random)
softmax = Perceptrons((2, 10), seeds=range(len(sets)))
label = torch.arange(10).expand(len(sets), 10)
train, steps_taken = softmax.sgd_step_for(10), run.by_scale(smoke=200, laptop=20_000, paper=100_000)
solved = {}  # steps -> share of the sets without an error
for step in tqdm(range(1, steps_taken + 1), desc="softmax", disable=None):
    train(sets, label, 2.0)
    if step in (100, 1_000, 10_000, 20_000, 100_000):
        solved[step] = (softmax.predict(sets) == label).all(-1).double().mean()

# %% tags=["hide-input"]
run.claim("sec-4-3-5.hard-to-construct", by_direction)
run.claim("sec-4-3-4.difficult-for-networks", (softmax.predict(sets) == label).all(-1))
run.say(
    f"Of ten points in the plane, the nearest direction is right for {by_direction.double().mean():.1%} of the sets, the"
    f" nearest point for {by_distance.double().mean():.1%}. Trained softmax layers have no error in "
    + ", ".join(f"{share:.1%} after {step:,} steps" for step, share in solved.items())
    + "."
)

# %% [markdown]
# ## Does it speed up training?
#
# The study's closing proposal: begin with the pseudo-inverse in the output layer. Five beginnings of the same shallow
# networks, which share their first layer, their signals and the order of these: the usual one of the page on
# [bottlenecks](06_bottlenecks.ipynb); the least-squares layer of eq. 4.2 for the points to which the untrained first
# layer takes the noise-free signals; random weights of the norm of that layer; that layer at the norm of the usual
# one; and the nearest point in the metric of the noise, which would be the best output layer for this first layer if
# it had no ReLU. Each network is trained until its validation loss is within 2% of the lowest that the usual
# beginning came to with the same seed.

# %% tags=["hide-cell"]
begun = run.stage(output_initialisation)
loss, target = {}, {}
for width in output_initialisation.WIDTHS:
    key = f"bottleneck-shallow-{width}"
    usual = run.stage(bottlenecks, key)[key].history
    target[width] = torch.tensor(output_initialisation.target(usual), dtype=torch.float64)
    history = begun[f"{key}-from-outputs"].history
    parts = history.validation_loss.unflatten(
        0, (len(output_initialisation.BEGINNINGS), -1)
    )  # (beginning, seed, epoch)
    longest = output_initialisation.LONGEST[run.scale][width]
    beginnings = {
        "glorot": usual.validation_loss[:, :longest],
        **dict(zip(output_initialisation.BEGINNINGS, parts, strict=True)),
    }
    loss[width] = up_to(beginnings, target[width])
needed = {
    width: {name: epochs_until(each, target[width]) for name, each in by_name.items()}
    for width, by_name in loss.items()
}

# %% tags=["hide-input"]
for width, by_name in loss.items():
    shown = np.unique(np.geomspace(1, by_name["glorot"].shape[1], 40).astype(int))
    run.figure(
        lines(
            shown,
            {name: each[:, shown - 1] for name, each in by_name.items()},
            x_label="epoch",
            y_label="validation loss [nats]",
            x_log=True,
        ),
        alt=f"Validation loss of 100-{width}-60 over the epochs for five beginnings of the output layer.",
        caption=f"100-{width}-60 from five beginnings: mean and 95% interval over seeds, up to where the first of them is within 2% of the usual beginning's lowest loss; the epochs' axis is logarithmic.",
    )

# %% tags=["hide-input"]
for width, by_name in needed.items():
    for name, values in by_name.items():
        run.measure(f"100-{width}-60, {name}: epochs to within 2%", values)
    run.claim(f"sec-4-3-5.faster-{width}", {name: by_name[name] for name in ("pseudo-inverse", "glorot")})
    run.claim(
        f"sec-4-3-5.faster-than-control-{width}", {name: by_name[name] for name in ("pseudo-inverse", "same-norm")}
    )
run.say(
    "\n".join(
        [
            "| network | beginning | epochs to within 2% | loss after 10 epochs [nats] |",
            "| --- | --- | --- | --- |",
            *(
                f"| 100-{w}-60 | {name} | {values.mean():.0f} | {loss[w][name][:, :10][:, -1].nanmean():.3f} |"
                for w, by_name in needed.items()
                for name, values in by_name.items()
            ),
        ]
    )
)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study proves a construction on three points, measures how rarely it succeeds for more, and takes that as the"
    " difficulty of a bottleneck.\n\n"
    f"Read with points uniform in the cube and an affine map, its numbers come out (p = 2: {run.verdict('fig-4-14.p2-n10')};"
    f" p = 10: {run.verdict('fig-4-14.p10-n50')}). The difficulty is the pseudo-inverse's: a layer written down in one line is"
    f" right for {by_direction.double().mean():.0%} of the sets of ten points, and that a right expansion is hard to construct"
    f" {run.verdict('sec-4-3-5.hard-to-construct')}; that it is difficult for networks"
    f" {run.verdict('sec-4-3-4.difficult-for-networks')}.\n\n"
    f"That any curve that does not cross itself makes a good network: {run.verdict('sec-4-3-1.any-curve-will-do')} (a spiral"
    f" errs by {placed['spiral'].mean():.1f}, a half circle by {placed['half circle'].mean():.1f}). Begun at the pseudo-inverse,"
    f" 100-2-60 needs {(needed[2]['pseudo-inverse'] / needed[2]['glorot']).mean():.2f} times the epochs"
    f" ({run.verdict('sec-4-3-5.faster-2')}), and 100-10-60 {(needed[10]['pseudo-inverse'] / needed[10]['glorot']).mean():.2f}"
    f" times ({run.verdict('sec-4-3-5.faster-10')}); that it beats random weights of the same norm:"
    f" with 2 units, {run.verdict('sec-4-3-5.faster-than-control-2')}; with 10,"
    f" {run.verdict('sec-4-3-5.faster-than-control-10')}."
)

# %% tags=["hide-input"]
run.finish()
