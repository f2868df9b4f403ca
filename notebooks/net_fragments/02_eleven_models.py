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
# Table 4.1 of the study lists eleven encoders, each followed by the same head: 12 fully connected units with ReLU,
# then 10 with softmax. They are trained with Adam {cite}`kingma2015` at a learning rate of $5 \cdot 10^{-4}$ in
# batches of 32 for ten epochs, and weights and activations are kept after every epoch (section 4.1). The study
# trained each model once, says that all learn the digits within a few epochs, and does not say how often an epoch
# shows them. Here each model is trained from 20 seeds, for several numbers of samples per epoch. The other pages, and
# the [explorer](../explorer.md), read what this page keeps.

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

# %% tags=["hide-input"]
import pandas as pd
import torch

from helpers.pages import runs
from helpers.plots.curves import line_panels
from helpers.studies.net_fragments import networks as architecture
from helpers.studies.net_fragments.digits import digits
from helpers.studies.net_fragments.plots import by_model
from helpers.studies.net_fragments.stages import encoders
from helpers.studies.net_fragments.unit_states import ever_active

run = runs.start(
    "net_fragments/02_eleven_models",
    globals(),
    samples_per_epoch=runs.Integer(1, 1_000_000),
    epochs=runs.Integer(1, 1_000),
    batch_size=runs.Integer(1, 10_000),
    learning_rate=runs.Number(1e-6, 10),
)

# %% [markdown]
# ## How many samples are an epoch?
#
# The data set has ten images, so an epoch is ten samples, one step of Adam, and ten epochs are ten steps: that is the
# protocol as it is printed. An epoch could also show each image again and again. All seeds of a model are trained side by
# side. A batch only decides how often each of the ten digits is in it, so a step runs ten images, weighted, whatever
# the batch.

# %%
recipe, made = encoders.usual(run.parameters), run.stage(encoders)
kept = made["usual"].networks
by_size = {size: made[f"{size} samples"].networks for size in encoders.sizes(run.parameters)}
by_size = dict(sorted({**by_size, recipe.samples_per_epoch: kept}.items()))
right = {size: torch.stack([one[k].accuracy() for k in one.numbers]) for size, one in by_size.items()}
perfect = {size: (accuracy == 1).float() for size, accuracy in right.items()}  # (model, epoch, seed)

# %% tags=["hide-input"]
labels = {"perfect": "share of the models", "loss": "cross-entropy [nats]"}
curves = {
    "perfect": {f"{size:,} samples": one.mean(0).T for size, one in perfect.items()},
    "loss": {
        f"{size:,} samples": torch.stack([one[k].loss for k in one.numbers]).mean(0).T.cpu()
        for size, one in by_size.items()
    },
}
run.figure(
    line_panels(range(recipe.epochs + 1), curves, x_label="epoch", y_label=labels),
    alt="Share of models with all digits right, and cross-entropy, over the epochs, a curve for each number of samples per epoch.",
    caption="What an epoch holds decides whether the models are perfect within a few of them: mean and 95% interval over the seeds.",
)


# %%
def summary(size: int) -> dict[str, str]:
    """What is left of the study's sentences with so many samples per epoch."""
    last = torch.stack([by_size[size][k].loss[-1] for k in kept.numbers])  # (model, seed)
    within = (right[size][:, : recipe.epochs // 2 + 1] == 1).any(1)
    return {
        "each image is shown": f"{size / 10:,.0f} times an epoch",
        "perfect": f"{perfect[size][:, -1].mean():.0%}",
        f"perfect by epoch {recipe.epochs // 2}": f"{within.float().mean():.0%}",
        **{f"loss below {bound}": f"{(last < bound).float().mean():.0%}" for bound in (0.05, 0.005, 0.00005)},
        "digits right": f"{right[size][:, -1].mean():.0%}",
    }


pd.DataFrame({f"{size:,} samples": summary(size) for size in by_size}).T

# %% tags=["hide-input"]
printed = min(by_size)
run.claim("sec-4-1.printed-protocol", perfect[printed][:, -1].mean(0))
run.claim("sec-4-1.batch")
run.claim("beyond.perfect-with-samples", {str(size): one[:, -1].mean(0) for size, one in perfect.items()})
enough = [size for size, one in perfect.items() if one[:, -1].mean() >= 0.9]
run.say(
    f"As printed, {printed} samples an epoch, the models end with {right[printed][:, -1].mean():.0%} of the "
    f"digits right, and {perfect[printed][:, -1].mean():.0%} of the networks are perfect. "
    + (
        f"The first of these numbers with nine networks of ten perfect is {enough[0]:,}: each image {enough[0] // 10:,} times an epoch. "
        if enough
        else ""
    )
    + "So the study showed its images far more often than once an epoch, or trained for longer than it says. All that "
    f"follows reads the networks with {recipe.samples_per_epoch:,} samples an epoch."
)

# %% [markdown]
# ## The encoders
#
# The table gives kernels and channels; it does not give padding, stride, the size of the pooling, how weights begin,
# or the hand-crafted kernels of model 11, which the text calls kernels for lines and the table kernels for edges.
# Here nothing is padded, the stride is 1, pooling takes the maximum of 2 × 2, weights and biases begin uniform in
# $\pm 1/\sqrt{\text{inputs}}$ as a framework has it, and the kernels of model 11 are $(-1, 2, -1)$ across a line one
# pixel wide, once upright and once lying; its biases begin as those of other layers, and learn.

# %% tags=["hide-input"]
models = {number: architecture.FragmentNetworks(number, seeds=[0]) for number in architecture.TABLE}
field = {number: architecture.receptive_field(number) for number in models}
table = pd.DataFrame(
    {
        "encoder": [architecture.describe(number) for number in models],
        "inputs of the head": [network.layers["head"].weight.shape[1] for network in models.values()],
        "parameters": [sum(p[0].numel() for p in network.parameters()) for network in models.values()],
        "pixels seen by a unit": [f"{side} × {side}" for side in field.values()],
    },
    index=pd.Index(models, name="model"),
)
table

# %% tags=["hide-input"]
for name in ("sec-4-1.lines-or-edges", "sec-4-1.same-head", "sec-4-1.table-number", "sec-4-2.section-section"):
    run.claim(name)

# %% [markdown]
# The study looks at the first layer of the head alone, because it is the only one with a global view. Which units see
# all pixels in which the digits differ?

# %% tags=["hide-input"]
convolutional = [number for number, network in models.items() if "conv1" in network.layers]
varying = (digits() != digits()[0]).any(dim=0).nonzero()  # (pixel, row and column)
sees_all = [bool(varying.max() < field[number]) for number in convolutional]  # the unit in the first corner
run.claim("sec-4-2.global-view")
run.claim("sec-4-2.only-layer")
run.claim("beyond.global-view-digit", [not sees for sees in sees_all])
seeing = [str(number) for number, sees in zip(convolutional, sees_all, strict=True) if sees]
run.say(
    "No convolutional unit sees all 9 × 9 pixels, but a unit behind the pooling sees 8 × 8. "
    f"Models in which a unit sees all that varies between our digits: {', '.join(seeing) or 'none'}."
)

# %% [markdown]
# ## Do all of them learn the digits?

# %% tags=["hide-input"]
accuracy = right[recipe.samples_per_epoch]
early = (accuracy[:, : recipe.epochs // 2 + 1] == 1).any(1)  # (model, seed)
run.claim_table(
    "Perfect, and within a few epochs",
    {
        f"model {number}": {
            "perfect": (f"sec-4-2.perfect.{number}", perfect[recipe.samples_per_epoch][row, -1]),
            "within five epochs": (f"sec-4-2.few-epochs.{number}", early[row]),
        }
        for row, number in enumerate(kept.numbers)
    },
    alt="For each model, a dot per seed at yes or no: whether it is perfect at the end, and by the fifth epoch.",
)

# %% tags=["hide-input"]
never = ~(accuracy == 1).any(dim=1)
first = (accuracy == 1).float().argmax(dim=1).float().masked_fill(never, torch.nan)  # (model, seed)
run.figure(
    by_model({"": first}, y_label="first epoch without a mistake", numbers=kept.numbers, missing="never"),
    alt="The first epoch after which all ten digits are right, a point per seed, for models 1 to 11; networks that never are perfect are counted above.",
    caption="How soon each model is perfect. Networks that never are stand as a count above their model, and in no mean.",
)

# %% [markdown]
# The models with pooling leave only four or eight features for the head. How many of them are above 0 for some digit,
# and does it matter?

# %% tags=["hide-input"]
alive = {
    number: ever_active(kept[number].activations(recipe.epochs, "conv2").flatten(2)).sum(dim=-1).cpu()
    for number in (7, 8)
}
rows = [
    {
        "model": number,
        "features alive": count,
        "seeds": int((living == count).sum()),
        "digits right": f"{accuracy[number - 1, -1][living == count].mean():.0%}",
    }
    for number, living in alive.items()
    for count in living.unique().tolist()
]
pd.DataFrame(rows).set_index(["model", "features alive"])

# %% tags=["hide-input"]
few = torch.cat([alive[n] <= 1 for n in alive])
both = torch.cat([accuracy[n - 1, -1].cpu() for n in alive])
if few.any() and not few.all():
    run.say(
        f"With at most one feature alive, {both[few].mean():.0%} of the digits are right; with two or more, "
        f"{both[~few].mean():.0%}."
    )

# %% [markdown]
# ## A loss of zero
#
# "Some models achieve a cross-entropy loss of 0.0, meaning that they can find a global minimum."

# %% tags=["hide-input"]
loss = torch.stack([kept[number].loss for number in kept.numbers])  # (model, epoch, seed)
run.claim("sec-4-2.loss-zero", (loss[:, -1] < 0.05).sum(dim=0))
run.figure(
    by_model(
        {"": loss[:, -1]},
        y_label="final cross-entropy [nats]",
        numbers=kept.numbers,
        level=0.05,
        y_log=True,
    ),
    alt="The final cross-entropy of every seed of models 1 to 11 on a logarithmic axis, with a dotted line at 0.05.",
    caption="The loss after the last epoch. Below the dotted line one decimal prints it as 0.0; it is never 0.",
)
for decimals, bound in {1: 0.05, 2: 0.005, 4: 0.00005}.items():
    run.measure(f"models with a loss of 0 to {decimals} decimals", (loss[:, -1] < bound).sum(dim=0))

# %% [markdown]
# Is it a minimum? With all digits right, larger weights in the last layer give a smaller loss, for ever: the
# cross-entropy of a softmax has a limit, 0, and no place where it is reached.

# %%
kept_up = []  # for each perfect network, whether its loss does not fall when the last layer grows
for number in kept.numbers:
    networks = kept[number].networks(recipe.epochs).double()
    logits = networks(digits().double().to(run.device))  # (seed, digit, class)
    small, large = (-(c * logits).log_softmax(-1).diagonal(dim1=1, dim2=2).mean(dim=1) for c in (1.0, 1.1))
    correct = (logits.argmax(-1) == torch.arange(10, device=run.device)).all(dim=1)
    kept_up += (large >= small)[correct].tolist()

# %% tags=["hide-input"]
run.claim("sec-4-2.global-minimum", kept_up or [False])

# %% [markdown]
# ## Is a head of 12 enough?
#
# The study chose 12 units because "there are always fewer than 12 neurons active and ... this capacity is therefore
# sufficient". Does one follow from the other? Untrained heads, and heads of other sizes, tell.


# %%
def active(networks, number: int, epoch: int) -> torch.Tensor:
    """How many units of the head are active for some digit, per seed."""
    return ever_active(networks[number].activations(epoch, "head")).sum(dim=-1).float()


at_once = torch.stack([(kept[n].activations(recipe.epochs, "head") > 0).sum(-1).amax(-1) for n in kept.numbers])
heads = {size: made[f"head of {size}"].networks for size in encoders.heads(run.parameters)}
some = len(next(iter(heads.values()))[1].seeds)  # heads of other sizes have fewer seeds
heads = dict(sorted({**heads, architecture.HEAD_UNITS: kept}.items()))
used = {size: torch.stack([active(one, n, recipe.epochs)[:some] for n in kept.numbers]) for size, one in heads.items()}
before = {size: torch.stack([active(one, n, 0)[:some] for n in kept.numbers]) for size, one in heads.items()}

# %%
silent = torch.stack([~ever_active(kept[n].activations(recipe.epochs, "head")) for n in kept.numbers])
born = torch.stack([~ever_active(kept[n].activations(0, "head")) for n in kept.numbers])  # (model, seed, unit)
born_silent = (silent & born).sum((0, 2)) / silent.sum((0, 2))

# %% tags=["hide-input"]
run.claim("sec-4-1.fewer-than-12", (at_once < architecture.HEAD_UNITS).float().mean(dim=0))
run.claim("sec-4-1.capacity", (used[max(used)] / used[architecture.HEAD_UNITS]).mean(0))
run.claim("beyond.active-with-size", {str(size): units.mean(0) for size, units in used.items()})
small_head = torch.stack([heads[min(heads)][n].accuracy()[-1] == 1 for n in kept.numbers])
run.claim("beyond.small-head", small_head.float().mean(0))
run.claim("beyond.born-silent", born_silent)

# %% tags=["hide-input"]
pd.DataFrame(
    {
        "active before training": {size: f"{units.mean():.1f}" for size, units in before.items()},
        "active after training": {size: f"{units.mean():.1f}" for size, units in used.items()},
        "perfect": {
            size: f"{torch.stack([one[n].accuracy()[-1, :some] == 1 for n in kept.numbers]).float().mean():.0%}"
            for size, one in heads.items()
        },
    }
).rename_axis("units of the head")

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
verdicts = {kind: [run.verdict(f"sec-4-2.{kind}.{n}") for n in kept.numbers] for kind in ("perfect", "few-epochs")}
count = {kind: verdict.count("holds") for kind, verdict in verdicts.items()}
run.say(
    f"The study says that all eleven models learn the digits perfectly within a few epochs. As printed, with ten "
    f"images an epoch, {perfect[printed][:, -1].mean():.0%} of the networks do "
    f"({run.verdict('sec-4-1.printed-protocol')}). With {recipe.samples_per_epoch:,} samples an epoch, perfect "
    f"learning holds for {count['perfect']} of 11 models, learning within five epochs for {count['few-epochs']}. "
    f"That some losses are 0.0: {run.verdict('sec-4-2.loss-zero')}; that they are minima: "
    f"{run.verdict('sec-4-2.global-minimum')}. That a capacity of 12 is sufficient because fewer are active: "
    f"{run.verdict('sec-4-1.capacity')}; heads of {max(used)} have {used[max(used)].mean():.1f} active units, heads "
    f"of 12 {used[12].mean():.1f}, heads of {min(used)} {used[min(used)].mean():.1f}, and "
    f"{born_silent.mean():.0%} of the units that are silent at the end were silent before the first step."
)

# %% tags=["hide-input"]
run.finish()
