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
# # Eleven models
#
# Table 4.1 of the study lists eleven encoders, each followed by the same head: 12 fully connected neurons with ReLU,
# then 10 with softmax. They are trained with Adam {cite}`kingma2015` at a learning rate of $5 \cdot 10^{-4}$ in
# batches of 32 for ten epochs, and weights and activations are kept after every epoch (section 4.1). The study
# trained each model once; here each is trained from 20 seeds. The next pages, and the
# [explorer](../explorer.md), read what this page keeps.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 20  # how many; each draws its own weights and its own digits
device = "auto"  # auto, cpu or cuda
samples_per_epoch = 10_000  # digits shown per epoch; the study does not say
epochs = 10
batch_size = 32
learning_rate = 0.0005

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %%
import pandas as pd
import torch

from helpers.pages import runs
from helpers.studies.net_fragments import networks as architecture
from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.stages import encoders

run = runs.start(
    "net_fragments/02_eleven_models",
    globals(),
    samples_per_epoch=runs.Integer(1, 1_000_000),
    epochs=runs.Integer(1, 1_000),
    batch_size=runs.Integer(1, 10_000),
    learning_rate=runs.Number(1e-6, 10),
)

# %% [markdown]
# ## The encoders
#
# The table gives kernels and channels; it does not give padding, stride, the size of the pooling, how weights begin,
# or the hand-crafted kernels of model 11. Here nothing is padded, the stride is 1, pooling takes the maximum of
# 2 × 2, weights and biases begin uniform in $\pm 1/\sqrt{\text{inputs}}$ as a framework has it, and model 11 has
# $(-1, 2, -1)$ across a line one pixel wide, once upright and once lying.

# %%
models = {number: architecture.FragmentNetworks(number, seeds=run.seeds) for number in architecture.TABLE}
table = pd.DataFrame(
    {
        "encoder": [architecture.describe(number) for number in models],
        "features": [network.layers["head"].weight.shape[1] for network in models.values()],
        "parameters": [sum(p[0].numel() for p in network.parameters()) for network in models.values()],
        "pixels seen by a unit": [
            f"{architecture.receptive_field(number)} × {architecture.receptive_field(number)}" for number in models
        ],
    },
    index=pd.Index(models, name="model"),
)
table

# %% [markdown]
# The study looks at the head alone, because no convolutional unit has a global view. By the letter that is so: none
# sees all 9 × 9 pixels. But the units after the pooling in models 7 and 8 see 8 × 8, and that is all of every digit.

# %%
field = {number: architecture.receptive_field(number) for number in models if "conv1" in models[number].layers}
run.claim("sec-4-2.global-view", all(side < 9 for side in field.values()))
varying = (digits() != digits()[0]).any(dim=0).nonzero()  # (pixel, row and column)
sees_every_digit = [number for number, side in field.items() if varying.max() < side]  # the unit in the first corner
print("a unit sees all that varies in models:", sees_every_digit)
run.claim("sec-4-2.global-view-digit", not sees_every_digit)

# %% [markdown]
# ## Training
#
# An epoch of ten images could mean ten samples or a million; here it is 10,000 digits drawn at random, and the effect
# of that choice is shown below. All seeds of a model are trained side by side. A batch only decides how often each of
# the ten digits is in it, so a step runs ten images, weighted, whatever the batch.

# %%
recipe, made = encoders.usual(run.parameters), run.stage(encoders)
kept = made["usual"].networks
size = sum(tensor.numel() * tensor.element_size() for tensor in kept.state_dict().values())
print(
    f"{len(kept.numbers)} models × {len(run.seeds)} seeds × {recipe.epochs + 1} epochs in one file of {size / 1e6:.1f} MB"
)

# %% [markdown]
# ## Do all of them learn the digits?

# %%
accuracy = torch.stack([kept[number].accuracy() for number in kept.numbers])  # (model, epoch, seed)
perfect = accuracy == 1
for row, number in enumerate(kept.numbers):
    run.claim(f"sec-4-2.perfect.{number}", perfect[row, -1])

# %%
from helpers.studies.net_fragments.plots import by_model

never = ~perfect.any(dim=1)
first = torch.where(never, torch.inf, perfect.float().argmax(dim=1))  # (model, seed)
run.claim("sec-4-2.few-epochs", first.median(dim=0).values)
run.figure(
    by_model(
        {"first epoch without a mistake": first.where(~never, recipe.epochs + 1)},
        y_label="epoch",
        numbers=kept.numbers,
    ),
    alt="The first epoch after which all ten digits are right, a point per seed, for models 1 to 11.",
    caption=f"How soon each model is perfect. Points at {recipe.epochs + 1} are networks that never are.",
)

# %% [markdown]
# The models with pooling leave only four or eight numbers for the head; where some of those are stuck at 0, there is
# not enough left to tell ten digits apart.

# %%
from helpers.studies.net_fragments.unit_states import ever_active

features = {7: kept[7].activations(recipe.epochs, "conv2"), 8: kept[8].activations(recipe.epochs, "conv2")}
for number, activity in features.items():
    alive = ever_active(activity.flatten(2)).sum(dim=-1).cpu()  # (seed)
    for count in alive.unique().tolist():
        share = accuracy[number - 1, -1][alive == count].mean()
        print(
            f"model {number}: {count} features alive in {int((alive == count).sum())} seeds, mean accuracy {share:.2f}"
        )

# %% [markdown]
# ## A loss of zero
#
# "Some models achieve a cross-entropy loss of 0.0, meaning that they can find a global minimum."

# %%
loss = torch.stack([kept[number].loss for number in kept.numbers])  # (model, epoch, seed)
run.claim("sec-4-2.loss-zero", (loss[:, -1] < 0.05).any(dim=0))
run.figure(
    by_model(
        {"cross-entropy after the last epoch": loss[:, -1]},
        y_label="cross-entropy [nats]",
        numbers=kept.numbers,
        level=0.05,
        y_log=True,
    ),
    alt="The final cross-entropy of every seed of models 1 to 11 on a logarithmic axis, with a dotted line at 0.05.",
    caption="The loss after the last epoch. Below the dotted line it is printed as 0.0; it is never 0.",
)
for row, number in enumerate(kept.numbers):
    run.measure(f"model {number}: loss", loss[row, -1])

# %% [markdown]
# It is no minimum. With all digits right, larger weights in the last layer give a smaller loss, for ever: the
# cross-entropy of a softmax has a limit, 0, and no place where it is reached.

# %%
best = int(loss[:, -1].median(dim=1).values.argmin())
networks = kept[kept.numbers[best]].networks(recipe.epochs).double()
logits = networks(digits().double().to(run.device))  # (seed, digit, class)
losses = [-(c * logits).log_softmax(-1).diagonal(dim1=1, dim2=2).mean(dim=1) for c in (1.0, 1.1)]
right = networks.predict(digits().double().to(run.device)).cpu().eq(torch.arange(10)).all(dim=1)
print(f"model {kept.numbers[best]}: loss {losses[0].mean():.2e}, last layer 10 % larger {losses[1].mean():.2e}")
run.claim("sec-4-2.global-minimum", not bool((losses[1] < losses[0])[right.to(run.device)].any()))

# %%
active = torch.stack(
    [ever_active(kept[number].activations(recipe.epochs, "head")).sum(dim=-1) for number in kept.numbers]
)
run.claim("sec-4-1.fewer-than-12", (active < 12).float().mean(dim=0))
run.measure("active neurons of the head", active.float().mean(dim=0))

# %% [markdown]
# ## How many samples are an epoch?
#
# The same networks with fewer samples per epoch, five seeds each, all else equal.

# %%
few = run.seeds[:5]
runs_by_size = {size: made[f"{size} samples"].networks for size in encoders.sizes(run.parameters)} | {
    recipe.samples_per_epoch: kept
}

# %%
from helpers.plots.curves import line_panels

measured = {
    "accuracy, mean over the models": lambda one: one.accuracy()[:, : len(few)],
    "cross-entropy [nats]": lambda one: one.loss[:, : len(few)],
}
curves = {
    name: {
        f"{n:,} samples": torch.stack([of(one[k]) for k in one.numbers]).mean(dim=0).T.cpu()
        for n, one in runs_by_size.items()
    }
    for name, of in measured.items()
}
run.figure(
    line_panels(range(recipe.epochs + 1), curves, x_label="epoch"),
    alt="Accuracy and cross-entropy over the epochs, averaged over the eleven models, a curve for each number of samples per epoch.",
    caption="What an epoch holds decides whether the models are perfect within a few of them: mean and 95 % interval over five seeds.",
)

# %%
for n, one in sorted(runs_by_size.items()):
    final = torch.stack([one[k].accuracy()[-1, : len(few)] for k in one.numbers])
    small = torch.stack([one[k].loss[-1, : len(few)] for k in one.numbers]) < 0.05
    print(
        f"{n:6,} samples: perfect {100 * (final == 1).float().mean():3.0f} %, loss below 0.05 {100 * small.float().mean():3.0f} %"
    )

# %% [markdown]
# With a hundred or a thousand samples an epoch, ten epochs are not enough for most models, and the study's sentences
# would be false; with ten thousand they are mostly true. So the study showed its ten images thousands of times per
# epoch, or trained longer than it says.

# %%
run.finish()
