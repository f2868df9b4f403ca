# ---
# jupyter:
#   book:
#     stages:
#     - jump_detection/memorising
#     - jump_detection/perceptrons
#     - jump_detection/regularised
#     - jump_detection/training_moments
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
# # Deviation while learning, with dropout and batch normalisation
#
# Section 7.3 of the study names what it leaves for later: how the deviations of [page 10](10_deviation.ipynb) come
# about in the course of training, how much single signals matter to it {cite}`arpit2017`, and what dropout
# {cite}`srivastava2014` and batch normalisation {cite}`ioffe2015` do. Section 7.1 expects that these, and simple
# preprocessing, lower the error of the deeper networks. All are tried here, on the four-layer network.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many; at laptop scale the first four are followed in time and trained in each variant
device = "auto"  # auto, cpu or cuda
jump = 3.0  # size of the jump
noise_std = 1.0  # standard deviation of the noise
dropout = 0.2  # share of hidden activations that a training step silences

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import torch

from helpers.metrics import class_deviation
from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.pages import runs
from helpers.plots.conditions import by_condition
from helpers.plots.curves import line_panels
from helpers.studies.jump_detection.localisation import localisation_errors
from helpers.studies.jump_detection.loss_sensitivity import changed_answers, gini, loss_sensitivity
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample, sample_per_class
from helpers.studies.jump_detection.stages import memorising as memorising_stage
from helpers.studies.jump_detection.stages import perceptrons, regularised, training_moments

# %% tags=["hide-input"]
run = runs.start(
    "jump_detection/11_deviation_beyond",
    globals(),
    **PARAMETERS,
    dropout=runs.Number(0.01, 0.9),
)

# %% [markdown]
# ## In the course of training
#
# The same initial networks are trained on true and on false labels, and looked at after several epochs; the first point
# is the untrained network. The last point of the memorising network is that of [page 9](09_memorising.ipynb), when it knows
# every false label.

# %% tags=["hide-cell"]
chosen = setting(run.parameters)
task = chosen.task
learning_recipe = perceptrons.recipes(run.parameters)["mlp-4"]
learning = run.stage(perceptrons, "mlp-4")["mlp-4"].networks
memorising_recipe = memorising_stage.false_labels(run.parameters)
memorising, by_heart = run.stage(memorising_stage, "memorising-4")["memorising-4"]
untrained = learning_recipe.build(seeds=run.seeds, device=run.device)
per_class = run.by_scale(smoke=20, laptop=200, paper=1_000)
probe = sample_per_class(task, per_class, seeds=run.seeds, purpose="averages", device=run.device)
followed = list(memorising.seeds)
count = len(followed)
moments = training_moments.moments(run.parameters)
training = {
    "learning": sample(task, chosen.training_signals, seeds=followed, purpose="train", device=run.device),
    "memorising": memorising_recipe.signals(seeds=run.seeds, device=run.device),
}
made = run.stage(training_moments)


# %%
def followed_through(labels):
    """The networks before training and at each moment of it."""
    kind = {"learning": "by-heart-4", "memorising": "memorising-4"}[labels]
    return [untrained.select(range(count)), *(made[f"{kind}-at-{moment}"].networks for moment in moments)]


def measures(networks, data):
    """Each measure of page 10 over the layers: name -> (seed, layer)."""
    rows = slice(len(networks.seeds))
    x, label = data.x[rows], data.label[rows]
    layers = [x, *networks.activations(x)[:-1]]
    return class_deviation.by_layer(layers, label, classes=task.classes)


courses = {name: followed_through(name) for name in training}
views = {
    "learning, true labels": (courses["learning"], probe),
    "memorising, false labels": ([*courses["memorising"], memorising], training["memorising"]),
    "memorising, true labels": ([*courses["memorising"], memorising], probe),
}
measured = {name: [measures(networks, data) for networks in nets] for name, (nets, data) in views.items()}

# %% tags=["hide-input"]
end = float(by_heart.epochs.double().mean()) if run.scale != "smoke" else 4.0  # where all false labels are known
drawn_at = [moments[0] / 2, *moments, round(end)]
for kind in ("inner", "inter"):
    panels = {}
    for name, at in measured.items():
        stacked = torch.stack([m[f"{kind}_cosine"] for m in at], dim=1)  # (seed, moment, layer)
        panels[name] = {"input" if k == 0 else f"layer {k}": stacked[:, :, k] for k in range(4)}
        if name.startswith("learning"):  # it was not trained for as long
            panels[name] = {n: torch.cat([c, c[:, -1:] * torch.nan], dim=1) for n, c in panels[name].items()}
    run.figure(
        line_panels(
            drawn_at,
            panels,
            x_label=f"epoch ({moments[0] / 2}: before training)",
            y_label=f"{kind}-class cosine distance",
            x_log=True,
            one_scale=kind == "inner",
        ),
        alt=f"Cosine {kind}-class deviation of input and hidden layers over the epochs, in three panels.",
        caption=f"Cosine {kind}-class deviation in the course of training; the first point is the untrained network.",
    )


# %% tags=["hide-cell"]
def course(name, measure):
    """A measure of the last hidden layer at each moment, by "untrained", "epoch-1", ... and "end" if there is one."""
    names = ["untrained", *(f"epoch-{moment}" for moment in moments), "end"]
    return {moment: m[measure][:, 3] for moment, m in zip(names, measured[name], strict=False)}


def smallest_scale(moment):
    """The moment of a claim, or the last one of a smoke run, which has few."""
    return f"epoch-{moment if moment in moments else moments[-1]}"


early, late = smallest_scale(10), smallest_scale(100)
wanted = {"untrained": "untrained", "epoch-10": early, "epoch-100": late, "epoch-1": "epoch-1"}

# %% tags=["hide-input"]
inner, inter, lied = (
    course("learning, true labels", "inner_cosine"),
    course("learning, true labels", "inter_cosine"),
    course("memorising, false labels", "inner_cosine"),
)
run.claim("beyond-7-3.shrinks-first", {name: inner[at] for name, at in wanted.items()})
run.claim("beyond-7-3.moves-together", {name: inter[at] for name, at in wanted.items()})
run.claim("beyond-7-3.false-spreads", {**{name: lied[at] for name, at in wanted.items()}, "end": lied["end"]})
run.say(
    "Inner-class cosine deviation of the last hidden layer while true labels are learned: "
    + ", ".join(f"{name.replace('-', ' ')} {values.mean():.3f}" for name, values in inner.items())
    + "; while false ones are memorised: "
    + ", ".join(f"{name.replace('-', ' ')} {values.mean():.3f}" for name, values in lied.items())
    + f". Classes shrink first and then spread again: **{run.verdict('beyond-7-3.shrinks-first')}**; false classes are "
    f"wider after 100 epochs than after one, and widest at the end: **{run.verdict('beyond-7-3.false-spreads')}**."
)
for name, at in measured.items():
    scatter = [m["inner_cosine"][:, 3] / m["inter_cosine"][:, 3] for m in at]
    run.measure(f"{name}: inner over inter, untrained", scatter[0])
    run.measure(f"{name}: inner over inter, at the end", scatter[-1])

# %% [markdown]
# ## How much single signals matter
#
# Arpit et al. find that on real data some examples matter more than others, while on random labels all of them matter,
# and that random labels need more decision boundaries. Loss sensitivity is the mean absolute derivative of a signal's
# loss by its points; a Gini coefficient near 0 means that all signals matter alike.

# %%
sensitivity = {
    name: [loss_sensitivity(networks, training[name]) for networks in nets[1:]] for name, nets in courses.items()
}
inequality = {name: torch.stack([gini(s).cpu() for s in at], dim=1) for name, at in sensitivity.items()}
near_boundary = {
    name: torch.stack([changed_answers(networks, training[name], step=0.1).cpu() for networks in nets[1:]], dim=1)
    for name, nets in courses.items()
}
at = moments.index(int(late.split("-")[1]))

# %% tags=["hide-input"]
run.figure(
    line_panels(
        moments,
        {"Gini coefficient of the loss sensitivity": inequality, "answers changed by 0.1": near_boundary},
        x_label="epoch",
        y_label={
            "Gini coefficient of the loss sensitivity": "Gini coefficient",
            "answers changed by 0.1": "share of the signals",
        },
        x_log=True,
    ),
    alt="Gini coefficient of the loss sensitivity and share of answers that a small step changes, over the epochs.",
    caption="After Arpit et al.: training signals with their true labels (learning) and false labels (memorising).",
)
run.claim("beyond-7-3.few-matter", {name: values[:, at] for name, values in inequality.items()})
run.claim("beyond-7-3.boundaries", {name: values[:, at] for name, values in near_boundary.items()})

# %% [markdown]
# ## Dropout, batch normalisation, preprocessing
#
# The four-layer network once more, stopped early, with each hidden layer's activations dropped at random while training,
# with batch normalisation before each ReLU, and with inputs shifted and scaled to mean 0 and variance 1. The plain networks are those of [page 2](02_multilayer_perceptrons.ipynb).

# %% tags=["hide-cell"]
variants = regularised.recipes(run.parameters)
made_variants = run.stage(regularised)
tried = list(made_variants["dropout"].networks.seeds)
nets = {"plain": learning.select(range(len(tried)))} | {n: found.networks for n, found in made_variants.items()}


def shown(name, data):
    """What the networks of a variant see of signals."""
    return variants[name].shown(data, seeds=run.seeds) if name in variants else data


test = sample(task, chosen.test_signals, seeds=tried, purpose="test", device=run.device)
l1 = {n: localisation_errors(networks.predict(shown(n, test).x), test.label).l1 for n, networks in nets.items()}

# %% tags=["hide-input"]
for name, values in l1.items():
    run.measure(f"{name}: L1", values)
run.figure(
    by_condition({"L1 error [points]": l1}),
    alt="L1 error of the four-layer network plain, with dropout, with batch normalisation, and with preprocessed inputs.",
    caption="L1 error on test signals: a dot per seed, grey lines join seeds, mean and 95% interval over them.",
)
run.claim("sec-7-1.dropout", l1)
run.claim("sec-7-1.batch-norm", l1)
run.claim("sec-7-1.preprocessing", {"preprocessed": l1["preprocessed"], "plain": l1["plain"]})

# %% tags=["hide-input"]
few = LabelledStack(probe.x[: len(tried)], probe.label[: len(tried)])
by_variant = {name: measures(networks, shown(name, few)) for name, networks in nets.items()}
kinds = [(kind, measure) for measure in ("cosine", "correlation") for kind in ("inner", "inter")]
run.figure(
    line_panels(
        [0, 1, 2, 3],
        {f"{k}-class {m}": {name: curve[f"{k}_{m}"] for name, curve in by_variant.items()} for k, m in kinds},
        x_label="layer (0 is the input)",
        y_label={f"{k}-class {m}": f"{m} distance" for k, m in kinds},
    ),
    alt="Inner- and inter-class deviations over the layers for plain, dropout, batch-normalised and preprocessed networks.",
    caption="Deviations by layer for each variant, mean and 95% interval over networks.",
)

# %% tags=["hide-input"]
shrinks = {name: c["inner_cosine"][:, 3] / c["inner_cosine"][:, 0] for name, c in by_variant.items()}
run.claim("sec-6-4-4.every-network", torch.stack(list(shrinks.values())).amax(dim=0))
spread = {name: c["inner_cosine"][:, 3] / c["inter_cosine"][:, 3] for name, c in by_variant.items()}
for name, values in spread.items():
    run.measure(f"{name}: inner over inter, last hidden layer", values)
run.say(
    "Inner-class cosine deviation of the last hidden layer over that of the input: "
    + ", ".join(f"{name} {values.mean():.2f}" for name, values in shrinks.items())
    + "; inner over inter there: "
    + ", ".join(f"{name} {values.mean():.1f}" for name, values in spread.items())
    + f". That every network that learns draws its classes together **{run.verdict('sec-6-4-4.every-network')}**."
)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
run.say(
    "The study expected dropout, batch normalisation and preprocessing to lower the error of the deeper networks: "
    + ", ".join(f"{name} {values.mean():.3f} points" for name, values in l1.items())
    + f" (dropout **{run.verdict('sec-7-1.dropout')}**, batch normalisation **{run.verdict('sec-7-1.batch-norm')}**, "
    f"preprocessing **{run.verdict('sec-7-1.preprocessing')}**). That in each of these networks "
    f"learning draws classes together **{run.verdict('sec-6-4-4.every-network')}**: with batch normalisation the ratio to the "
    f"input is {shrinks['batch-norm'].mean():.2f}. That classes shrink first and spread later "
    f"**{run.verdict('beyond-7-3.shrinks-first')}**; that a smaller part of the signals decides the loss on true labels "
    f"**{run.verdict('beyond-7-3.few-matter')}** (Gini coefficients {inequality['learning'][:, at].mean():.2f} and "
    f"{inequality['memorising'][:, at].mean():.2f} on false labels); that memorising puts more decision boundaries near the "
    f"signals **{run.verdict('beyond-7-3.boundaries')}**."
)

# %% tags=["hide-input"]
run.finish()
