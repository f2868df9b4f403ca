# ---
# jupyter:
#   book:
#     stages:
#     - jump_detection/general_problem
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
# # The general problem
#
# Equation 3.1 of the study asks for a jump whose position, size and noise are all unknown; the noise may differ before
# and after it. The study then solves a simplified problem: jump 3, one noise, no jump near an end. This page solves the
# general one, with the level before the jump unknown as well, and sets every method against the best possible detector.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many; each draws its own data, weights and shuffling
device = "auto"  # auto, cpu or cuda
jump = 3.0  # size of the jump in the simplified problem
noise_std = 1.0  # its noise
learning_rate = 0.01

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import torch

from helpers.pages import runs
from helpers.studies.jump_detection import general_problem
from helpers.studies.jump_detection.detectors import BayesDetector
from helpers.studies.jump_detection.general_problem import GeneralDetector, GeneralTask, standardised
from helpers.studies.jump_detection.localisation import absolute_errors
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample
from helpers.studies.jump_detection.stages import general_problem as stage
from helpers.studies.jump_detection.stages import perceptrons

# %% tags=["hide-input"]
run = runs.start("jump_detection/13_the_general_problem", globals(), **PARAMETERS, learning_rate=runs.Number(1e-6, 10))

# %% [markdown]
# ## The problem, and its best detector
#
# Before the jump and from it on, a signal has a noise variance from an inverse gamma distribution, and a level from a
# normal distribution that is wider for more noise. For this prior the probability of every jump position has a closed
# form. Its median is the answer with the smallest expected error: no method can do better on average.

# %%
task = GeneralTask()
chosen = setting(run.parameters)
drawn = general_problem.draw(task, chosen.test_signals, seeds=run.seeds, purpose="test", device=run.device)
test, levels = drawn.signals, drawn.levels
run.record_input("data", "test signals of the general problem", "generated", [test.x, test.label])
best = GeneralDetector(task)
log_posterior = best.log_posterior(test.x)  # (seed, signal, class)

# %% tags=["hide-input"]
from helpers.studies.jump_detection.plots.signals import signals_with_posterior

run.figure(
    signals_with_posterior(test.x[0, :4], test.label[0, :4] + task.first, log_posterior[0, :4].exp(), first=task.first),
    alt="Four signals with jumps of different size, direction and noise, each with the probability of every jump position below it.",
    caption="Four signals of the general problem; the jump is dashed, and the area is the probability of each position.",
)

# %% tags=["hide-input"]
probability, mode = (part.cpu() for part in log_posterior.exp().max(dim=-1))
hit = (mode == test.label.cpu()).double()
run.claim("beyond.general-calibrated", (hit - probability).mean(-1))

# %% [markdown]
# ## The methods
#
# The derivative filter takes the largest change of either sign, at the width that is best on the training signals. The
# networks are the study's perceptrons with one output per position; each signal is standardised before it enters, since its scale
# says nothing about the position.

# %%
train = general_problem.draw(
    task, chosen.validation_signals, seeds=run.seeds, purpose="train", device=run.device
).signals
filter_of = general_problem.best_filter(train, task)
trained = {name: made.networks for name, made in run.stage(stage).items()}


def answers(x):
    """Each method's answer, as a class: (seed, signal)."""
    networks = {name: network.predict(standardised(x)) for name, network in trained.items()}
    return {"best detector": best.predict(x), **networks, "filter": filter_of(x)}


errors = {name: absolute_errors(a, test.label).double().cpu() for name, a in answers(test.x).items()}  # (seed, signal)
l1 = {name: error.mean(-1) for name, error in errors.items()}  # (seed)

# %% tags=["hide-input"]
from helpers.plots.conditions import by_condition

names = {"mlp-2-more": "mlp-2, ten times the signals"}
run.figure(
    by_condition({"mean absolute error [points]": {names.get(name, name): values for name, values in l1.items()}}),
    alt="Mean absolute error of the best detector, four kinds of networks and the derivative filter; a point per seed.",
    caption="The general problem: a point per seed, grey lines join a seed's points, mean and 95% interval over them.",
)

# %% tags=["hide-input"]
run.claim("beyond.general-network-beats-filter", {name: l1[name] for name in ("mlp-2", "filter")})
run.claim("beyond.general-one-layer", {name: l1[name] for name in ("mlp-2", "mlp-1")})
run.claim("beyond.general-more-signals", {"ten times as many": l1["mlp-2-more"], "as many as the study": l1["mlp-2"]})

# %% [markdown]
# ## How far from the limit
#
# The same network in the simplified problem, against the best detector of that problem.

# %% tags=["hide-input"]
simple = sample(chosen.task, chosen.test_signals, seeds=run.seeds, purpose="test", device=run.device)
study = run.stage(perceptrons, "mlp-2", long_training=False)["mlp-2"].networks
limit = BayesDetector.of(chosen.task).predict(simple.x, "absolute")
behind = {
    "simplified": (absolute_errors(study.predict(simple.x), simple.label).double().mean(-1)
    / absolute_errors(limit, simple.label).double().mean(-1)).cpu(),
    "general": l1["mlp-2"] / l1["best detector"],
}  # fmt: skip
run.claim("beyond.general-gap", behind)

# %% [markdown]
# ## Near an end
#
# The study keeps jumps 20 points away from the ends, where they are difficult. For known levels and noise they are not;
# for unknown ones a short stretch has to tell its level and noise before the jump can be seen.

# %% tags=["hide-input"]
from helpers.plots.curves import lines

position = (test.label + task.first).cpu()
bins = [range(start, start + 7) for start in range(task.first, task.last, 7)]  # 14 bins of seven positions
inside = [(position >= part[0]) & (position <= part[-1]) for part in bins]
by_position = {
    name: torch.stack([(errors[name] * where).sum(-1) / where.sum(-1) for where in inside], dim=-1)
    for name in ("best detector", "mlp-2", "filter")
}
run.figure(
    lines(
        [part[3] for part in bins],
        by_position,
        x_label="jump position",
        y_label="mean absolute error [points]",
    ),
    alt="Mean absolute error of the best detector, the two-layer network and the filter against the jump position.",
    caption="Error by position, in bins of seven: mean and 95% interval over seeds.",
)

# %% tags=["hide-input"]
edge = (position <= 20) | (position >= 82)
run.claim(
    "beyond.general-edge",
    {
        name: (errors["best detector"] * where).sum(-1) / where.sum(-1)
        for name, where in {"middle": ~edge, "edge": edge}.items()
    },
)

# %% [markdown]
# ## The study's network on unknown jumps
#
# It knows one jump and one noise. Every test signal with a jump at 21 to 80 is made as much like the simplified problem
# as can be without moving the jump: level 0 and noise 1 before it, upwards. The size of the jump and the noise after it
# remain what they are.

# %% tags=["hide-input"]
allowed = ((position >= chosen.task.first) & (position <= chosen.task.last)).double()
upwards = torch.sign(levels.mean[..., 1] - levels.mean[..., 0])[..., None]
helped = noise_std * upwards * (test.x - levels.mean[..., :1]) / levels.noise[..., :1]
shift = chosen.task.first - task.first  # between the numbers of the classes
transferred = absolute_errors(study.predict(helped) + shift, test.label).double().cpu()
run.claim(
    "beyond.general-transfer",
    {
        name: (error * allowed).sum(-1) / allowed.sum(-1)
        for name, error in {"filter": errors["filter"], "study's network": transferred}.items()
    },
)

# %% [markdown]
# ## The noise alone
#
# New signals keep their level; only the noise changes at the jump. A derivative filter looks at levels.

# %% tags=["hide-input"]
alone = general_problem.draw(
    task, chosen.test_signals, seeds=run.seeds, purpose="noise alone", device=run.device, same_level=True
).signals
found = {name: absolute_errors(a, alone.label).double().mean(-1).cpu() for name, a in answers(alone.x).items()}
untrained = stage.recipes(run.parameters)["mlp-2"].build(seeds=run.seeds, device=run.device)
before = absolute_errors(untrained.predict(standardised(alone.x)), alone.label).double().mean(-1).cpu()
run.claim(
    "beyond.general-noise-alone",
    {name: found[name] for name in ("mlp-2", "filter")},
    floor={"mlp-2": before, "filter": found["filter"]},
)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
mean = {name: float(values.mean()) for name, values in l1.items()}
ratio = {name: float(values.mean()) for name, values in behind.items()}
run.say(
    f"The study states the general problem and leaves it. Its best detector errs by {mean['best detector']:.2f} points on "
    f"average, the derivative filter by {mean['filter']:.2f}, the two-layer network by {mean['mlp-2']:.2f} and a single "
    f"layer by {mean['mlp-1']:.2f} (a network beats the filter: {run.verdict('beyond.general-network-beats-filter')}; one "
    f"layer is not enough: {run.verdict('beyond.general-one-layer')}).\n\n"
    f"The two-layer network's error is {ratio['general']:.1f} times the limit here and {ratio['simplified']:.1f} times in "
    f"the simplified problem. With ten times the training signals it errs by {mean['mlp-2-more']:.2f} points (better than "
    f"before: {run.verdict('beyond.general-more-signals')}).\n\n"
    f"Jumps near an end are harder even for the best detector: {run.verdict('beyond.general-edge')}. Where the noise alone "
    f"changes, the network errs by {float(found['mlp-2'].mean()):.1f} points, the filter by "
    f"{float(found['filter'].mean()):.1f} and the best detector by {float(found['best detector'].mean()):.1f}."
)

# %% tags=["hide-input"]
run.finish()
