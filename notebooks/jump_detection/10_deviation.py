# ---
# jupyter:
#   book:
#     stages:
#     - jump_detection/memorising
#     - jump_detection/perceptrons
#     - jump_detection/written_digits
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
# # Deviation within and between classes
#
# Does a layer move signals of one class together, or the classes apart? Section 6.4 of the study measures both, in
# four ways, for the learning network, for the memorising network under both labellings, and for a network on
# handwritten digits. Here each curve has an interval over networks, the equations are tried as they are printed, and
# a control is added that the study lacks: the same networks before any training.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many
device = "auto"  # auto, cpu or cuda
jump = 3.0  # size of the jump
noise_std = 1.0  # standard deviation of the noise
images = "auto"  # auto takes MNIST where it can be had, mnist insists on it, small takes scikit-learn's digits

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
import time

import numpy as np
import torch
from scipy.spatial.distance import pdist

from helpers.metrics import class_deviation
from helpers.models.stacks.labelled_stack import LabelledStack
from helpers.models.stacks.perceptron import Perceptrons
from helpers.pages import runs
from helpers.studies.jump_detection.localisation import accuracy
from helpers.studies.jump_detection.parameters import PARAMETERS
from helpers.studies.jump_detection.setting import setting
from helpers.studies.jump_detection.signals import sample_per_class
from helpers.studies.jump_detection.stages import memorising as memorising_stage
from helpers.studies.jump_detection.stages import perceptrons, written_digits

run = runs.start(
    "jump_detection/10_deviation",
    globals(),
    **PARAMETERS,
    images=runs.Choice(["auto", "mnist", "small"]),
)

# %% [markdown]
# The learning networks are those of the second page, the memorising ones those of the ninth. Fresh signals, a
# thousand for each position, give the classes; the memorising networks are also seen on their own training signals
# with the false labels that they learned.

# %%
task = setting(run.parameters).task
learning_recipe = perceptrons.recipes(run.parameters)["mlp-4"]
learning = run.stage(perceptrons, "mlp-4")["mlp-4"].networks
memorising_recipe = memorising_stage.false_labels(run.parameters)
memorising = run.stage(memorising_stage, "memorising-4")["memorising-4"].networks
untrained = learning_recipe.build(seeds=run.seeds, device=run.device)
both = len(memorising.seeds)  # the seeds of which there is a learning and a memorising network

# %%
per_class = run.by_scale(smoke=20, laptop=1_000, paper=1_000)
probe = sample_per_class(task, per_class, seeds=run.seeds, purpose="averages", device=run.device)
false = memorising_recipe.signals(seeds=run.seeds, device=run.device)
run.record_input("data", "fresh signals, all positions", "generated", [probe.x, probe.label])


def curves(networks, data):
    """Every measure over the layers, input included, output left out: name -> (seed, layer)."""
    hidden = networks.activations(data.x)[:-1]
    return class_deviation.by_layer([data.x, *hidden], data.label, classes=task.classes)


measured = {
    "learning": curves(learning, probe),
    "memorising, false labels": curves(memorising, false),
    "memorising, true labels": curves(memorising, LabelledStack(probe.x[:both], probe.label[:both])),
    "untrained": curves(untrained, probe),
}

# %% [markdown]
# ## The equations as printed
#
# Equation 6.2 sums over all ordered pairs of different members but divides by the number of unordered ones, so that
# it is twice the mean; 6.3 divides 59 distances by 60; 6.5 and 6.6 leave the last class out of the level that 6.4
# defines, and 6.4 divides by a product in which only one factor is defined. None of this changes the direction of a
# curve. Below, every mean is divided by the number of what it sums.

# %%
n, classes = per_class, task.classes
run.claim("eq-6-2.pairs", 2 / (n * (n - 1)) * sum(n - 1 for _ in range(n)) == 1)
run.claim("eq-6-3.pairs", len(range(classes - 1)) / classes == 1)
level = class_deviation.activation_level(probe.x)
last = probe.label == classes - 1
printed = level - (probe.x.abs().sum(dim=-1) * last).double().sum(dim=1) / last.sum(dim=1) / classes
print(f"level by eq. 6.4: {level.mean():.1f}, as printed in 6.5: {printed.mean():.1f}")
run.claim("eq-6-5.classes", bool(torch.allclose(level, printed, rtol=1e-3)))

# %%
one_class = learning.activations(probe.x[:, :per_class])[1]  # (seed, signal, unit) of the second layer
worst = []
for members in one_class.double():
    centred = members - members.mean(dim=1, keepdim=True)
    of_centred = pdist(centred.cpu().numpy(), "cosine")
    worst.append(np.abs(of_centred - pdist(members.cpu().numpy(), "correlation")).max())
run.claim("eq-6-8.identity", worst)

# %% [markdown]
# ### All pairs, none of them kept
#
# A mean over all pairs needs no list of them. SciPy's `pdist` writes every distance down; here Euclidean distances
# are summed block by block, and for cosine and correlation the sum of the unit vectors is enough, since its squared
# length holds all dot products at once. `make bench` compares both for more sizes, with the memory they took.

# %%
many = probe.x[0, :: max(1, len(probe.x[0]) // run.by_scale(smoke=200, laptop=6_000, paper=12_000))]
pairs = len(many) * (len(many) - 1) // 2
for distance in ("euclidean", "cosine", "correlation"):
    started = time.perf_counter()
    ours = float(class_deviation.mean_pairwise(many, distance))
    between = time.perf_counter()
    scipys = pdist(many.cpu().double().numpy(), distance).mean()
    took = between - started, time.perf_counter() - between
    print(f"{distance:11} {pairs:,} pairs: {took[0]:.2f} s, pdist {took[1]:.2f} s; difference {abs(ours - scipys):.0e}")
print(f"distances in memory: {1024 * 1024 * 8 / 1e6:.0f} MB at most, pdist {pairs * 8 / 1e6:.0f} MB")

# %% [markdown]
# ## The learning network

# %%
from helpers.plots.curves import line_panels

LAYERS = [0, 1, 2, 3]


def panels(curve):
    """The four pictures of figures 6.7 to 6.9 and of 6.12 to 6.14."""
    free = ("normalised", "cosine", "correlation")
    return {
        "Euclidean": {"inner-class": curve["inner_euclidean"], "inter-class": curve["inter_euclidean"]},
        "activation level": {"mean L1 norm": curve["level"]},
        "inner-class": {name: curve[f"inner_{name}"] for name in free},
        "inter-class": {name: curve[f"inter_{name}"] for name in free},
    }


run.figure(
    line_panels(LAYERS, panels(measured["learning"]), x_label="layer (0 is the input)"),
    alt="Four panels over the layers of the learning network: Euclidean deviations, level, scale-free inner- and inter-class deviations.",
    caption="Figures 6.7 to 6.9: the learning network, mean and 95 % interval over five networks.",
)


# %%
def named(curve):
    """A curve over the layers as named values, for claims about an order of layers."""
    return {f"layer-{k}": column for k, column in enumerate(curve.T)}


def numbered(curve):
    """The same for claims about a trend."""
    return {str(k): column for k, column in enumerate(curve.T)}


learned = measured["learning"]
inner = learned["inner_euclidean"]
run.claim("fig-6-7.slight-drop", inner[:, 1] / inner[:, 0])
run.claim("fig-6-7.inner", named(inner))
run.claim("fig-6-7.inter", numbered(learned["inter_euclidean"]))
run.claim("fig-6-8.level", named(learned["level"]))

# %%
for measure in ("normalised", "cosine", "correlation"):
    run.claim(f"fig-6-9.inner-{measure}", numbered(learned[f"inner_{measure}"]))
run.claim("fig-6-8.inter-normalised", learned["inter_normalised"][:, 3] / learned["inter_normalised"][:, 0])

# %%
for measure in ("cosine", "correlation"):
    inter, inner = learned[f"inter_{measure}"], learned[f"inner_{measure}"]
    run.claim(f"fig-6-9.inter-{measure}", named(inter))
    lowest = inter.argmin(dim=1)
    run.claim(f"sec-6-4-3.inter-turns-{measure}", (lowest == 1) | (lowest == 2))
    ratios = {"inner": inner[:, 3] / inner[:, 0], "inter": inter[:, 3] / inter[:, 0]}
    run.claim(f"sec-6-4-4.inner-more-{measure}", ratios)

# %% [markdown]
# ### Is it learning that draws a class together?
#
# Layers of random weights with ReLU already shrink angles between whatever passes through them. The untrained
# networks, on the same signals, show how much of the drop needs no learning. A ratio of inner- to inter-class
# deviation says what a classifier needs: how far the members of a class scatter, in units of the step to the next.

# %%
run.figure(
    line_panels(
        LAYERS,
        {
            f"{kind} {measure}": {name: c[f"{kind}_{measure}"] for name, c in measured.items() if "," not in name}
            for measure in ("cosine", "correlation")
            for kind in ("inner", "inter")
        },
        x_label="layer (0 is the input)",
    ),
    alt="Inner- and inter-class cosine and correlation deviation over the layers, learning against untrained networks.",
    caption="Beyond the study: the learning networks beside the same networks before training.",
)

# %% [markdown]
# The untrained network draws classes together as well: its inner-class deviation falls to about 60 % of the input's,
# the learning network's to about 43 %. What only learning does is to keep the classes apart meanwhile. The ratio of
# the two halves in the learning network and grows in the untrained one. So the study's main reading, that learning
# works by shrinking the classes, describes what most layers do to anything; its "no significant sign" between the
# classes is where learning shows.

# %%
for name in ("learning", "untrained"):
    for kind in ("inner", "inter"):
        ratio = measured[name][f"{kind}_cosine"][:, 3] / measured[name][f"{kind}_cosine"][:, 0]
        run.measure(f"{name}: {kind}-class cosine, last hidden layer over input", ratio)
        print(f"{name:9} {kind}-class cosine deviation, layer 3 over layer 0: {ratio.mean():.2f}")
    scatter = measured[name]["inner_cosine"] / measured[name]["inter_cosine"]
    run.measure(f"{name}: inner over inter, last hidden layer", scatter[:, 3])
    print(f"{name:9} inner over inter by layer: {scatter.mean(dim=0).numpy().round(1)}")

# %% [markdown]
# ## The memorising network, false labels

# %%
run.figure(
    line_panels(LAYERS, panels(measured["memorising, false labels"]), x_label="layer (0 is the input)"),
    alt="The four panels for the memorising networks on their training signals with false labels.",
    caption="Figure 6.13: the memorising networks, classes by the false labels that they learned.",
)
lied = measured["memorising, false labels"]
run.claim("fig-6-13.euclidean", named(lied["inner_euclidean"]))
run.claim("fig-6-13.level", named(lied["level"]))
run.claim("fig-6-13.level-input", lied["level"][:, 0] / learned["level"][:both, 0])
hidden_level = {"learning": learned["level"][:both, 1:].mean(dim=1), "memorising": lied["level"][:, 1:].mean(dim=1)}
run.claim("fig-6-13.level-higher", hidden_level)

# %%
for measure in ("normalised", "cosine", "correlation"):
    inner = lied[f"inner_{measure}"]
    run.claim(f"fig-6-13.inner-{measure}-climbs", named(inner))
    hidden = inner[:, 1:]
    run.claim(f"fig-6-13.inner-{measure}-constant", (hidden.amax(dim=1) - hidden.amin(dim=1)) / hidden.mean(dim=1))
    run.claim(f"fig-6-13.inter-{measure}", numbered(lied[f"inter_{measure}"]))

# %% [markdown]
# With false labels everything spreads from the first layer on. "Remains constant" is not quite what happens: the
# deviation keeps growing a little, and by how much differs between networks. Between classes the growth is steep in
# the third layer: the false labels have begun to arrive there.
#
# ## The memorising network, true labels

# %%
run.figure(
    line_panels(LAYERS, panels(measured["memorising, true labels"]), x_label="layer (0 is the input)"),
    alt="The four panels for the memorising networks on fresh signals with true labels.",
    caption="Figure 6.14: the same networks, classes by the true positions of fresh signals.",
)
honest = measured["memorising, true labels"]
for measure in ("cosine", "correlation"):
    run.claim(f"fig-6-14.inner-{measure}", named(honest[f"inner_{measure}"]))
    run.claim(f"fig-6-14.inter-{measure}", named(honest[f"inter_{measure}"]))
run.claim("fig-6-14.caption", False)  # it names figure 6.3, the averages over false labels

# %%
run.claim("fig-6-14.as-false", (honest["inner_cosine"][:, 1:] / lied["inner_cosine"][:, 1:]).mean(dim=1))
last_layer = {"learning": learned["inner_cosine"][:both, 3], "memorising": honest["inner_cosine"][:, 3]}
run.claim("fig-6-14.unlike-learning", last_layer)

# %% [markdown]
# ## Handwritten digits
#
# Five layers of 784 units, 48,000 images for training and 12,000 for validation. At paper scale they are trained as
# the study says: batches of 1,000, learning rate 0.01, to the minimum of the validation loss. That is far too long
# for two cores. A gradient step's length grows with the learning rate, and small batches make nearly the same step
# from a tenth of the images, so at laptop scale batches of 100 and a rate of 0.1 cover in one epoch about the way
# of a hundred of the study's; two networks take five such epochs. Where MNIST cannot be had, scikit-learn's small
# digits (8 × 8 points) take its place, and the study's claims on MNIST are not judged.

# %%
recipe = written_digits.recipes(run.parameters)["digits-5"]
data = recipe.data()
print(
    f"{data.source}: {len(data.train_x):,} training images of {data.side} x {data.side}, {len(data.test_x):,} to test"
)
run.record_input("data", "digits", data.source, [data.train_x, data.test_x])
networks, history = run.stage(written_digits)["digits-5"]
digit_seeds = list(networks.seeds)

# %%
test = written_digits.for_all(data.test_x.to(run.device), data.test_label.to(run.device), len(digit_seeds))
digit_curves = class_deviation.by_layer(
    [test.x, *networks.activations(test.x)[:-1]], test.label, classes=10, pairs="all"
)
right = accuracy(networks.predict(test.x), test.label)
run.measure("accuracy on the test digits", right)
print(f"stopped at epoch {history.best_epoch.tolist()}; accuracy {right.numpy().round(4)}")
if not data.is_mnist:
    run.changed_parameters.append(f"digits = {data.source}")  # from here on no claim on MNIST can be judged

# %%
from helpers.plots.heatmaps import pictures

fives = data.test_x[data.test_label == 5]
run.figure(
    pictures({"one five": fives[0].view(data.side, -1), "average of all fives": fives.mean(0).view(data.side, -1)}),
    alt="A handwritten five, and the average of all test images of a five, which still looks like a five.",
    caption="Figure 6.10: one test image of the digit five and the average of all of them.",
)
averages = class_deviation.representations(test.x, test.label, classes=10).float()
run.claim("fig-6-10.average", accuracy(networks.predict(averages), torch.arange(10).expand(len(digit_seeds), 10)))
run.claim("sec-6-4-2.split", 48_000 + 12_000 == 60_000)
run.claim("sec-6-4-2.pairs", 10 * 9 // 2 == 45)
run.claim("sec-6-4-2.accuracy", right)

# %%
run.figure(
    line_panels([0, 1, 2, 3, 4], panels(digit_curves), x_label="layer (0 is the input)"),
    alt="The four panels for the digits' networks: inner-class deviations fall over the layers.",
    caption=f"Figure 6.12: five-layer networks on the test images of {data.source}.",
)
run.claim("fig-6-12.level", named(digit_curves["level"]))
inner = digit_curves["inner_euclidean"]
run.claim("fig-6-12.sharp-drop", inner[:, 1] / inner[:, 0])
for measure in ("normalised", "cosine", "correlation"):
    run.claim(f"fig-6-12.inner-{measure}", numbered(digit_curves[f"inner_{measure}"]))

# %%
for measure in ("cosine", "correlation"):
    inter = digit_curves[f"inter_{measure}"]
    falls_first = (inter.argmin(dim=1) >= 1) & (inter.argmin(dim=1) <= 3)
    run.claim(f"fig-6-12.inter-{measure}", falls_first & (inter[:, 4] > inter[:, 0]))
rise = {
    name: (curve["inter_cosine"][:, -1] / curve["inter_cosine"].amin(dim=1))[: len(digit_seeds)]
    for name, curve in {"jump": learned, "mnist": digit_curves}.items()
}
run.claim("sec-6-4-2.clearer", rise)

# %% [markdown]
# Ours have not the study's accuracy yet, and the rest of the figure should be read with that in mind. Within the
# classes all measures fall, steeply. Between them ours rise from the first layer on; the drop that the study saw first
# is missing. The control again: the same networks before training, in which classes draw together too, but each
# other's averages still more.

# %%
start = Perceptrons(networks.sizes, seeds=digit_seeds, device=run.device)
before = class_deviation.by_layer([test.x, *start.activations(test.x)[:-1]], test.label, classes=10, pairs="all")
for name, curve in {"trained": digit_curves, "untrained": before}.items():
    scatter = curve["inner_cosine"] / curve["inter_cosine"]
    print(f"{name:9} inner-class cosine by layer: {curve['inner_cosine'].mean(dim=0).numpy().round(3)}")
    print(f"{name:9} inner over inter by layer:   {scatter.mean(dim=0).numpy().round(2)}")
    run.measure(f"digits, {name}: inner over inter, last hidden layer", scatter[:, -1])

# %%
run.finish()
