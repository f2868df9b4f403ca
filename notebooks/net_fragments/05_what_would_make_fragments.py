# ---
# jupyter:
#   book:
#     stages:
#     - net_fragments/regularised
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
# # What would make fragments appear?
#
# "Deep learning architectures do not comprise net fragments by default" (section 4.3). So is there a training that
# makes them? The study did not try. Here the same eleven models are trained with seven remedies, each at several
# strengths: a penalty on activity, weight decay, noisy pixels, dropout, weights that cannot be negative, a head in which
# only the most active units stay on, and the last two together; and three models on another task, with many more
# classes than ten. Does any of them make units of the head tell lines?

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 5  # how many
device = "auto"  # auto, cpu or cuda
samples_per_epoch = 2_500  # digits shown per epoch; ten times as many compositions
epochs = 10

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-input"]
import pandas as pd
import torch

from helpers.metrics import selectivity
from helpers.pages import runs
from helpers.statistics.intervals import mean_interval
from helpers.studies.net_fragments import digits as data
from helpers.studies.net_fragments import fragments, unit_states
from helpers.studies.net_fragments.networks import FragmentNetworks
from helpers.studies.net_fragments.plots import share_map
from helpers.studies.net_fragments.stages import regularised
from helpers.studies.net_fragments.training import Regularisation, set_negative_weights_to_zero

run = runs.start(
    "net_fragments/05_what_would_make_fragments",
    globals(),
    samples_per_epoch=runs.Integer(1, 1_000_000),
    epochs=runs.Integer(1, 1_000),
)

# %% [markdown]
# ## The fragment score of the head
#
# Over all compositions of the nine lines, for the 12 units of the head: the mean over the lines of the best
# unit's AUC, and the share of lines *told*, which some unit answers at least `fragments.STRONG` = 2 times as strongly with the line as
# without, as on [the page on activations](03_activations.ipynb). A remedy stands for its best strength: the one with
# the highest score among those at which the networks still classify, with 0.9 of the digits right.

# %%
made, numbers = run.stage(regularised), regularised.numbers(run.parameters)
present = data.compositions()
compositions, digits = data.compose(present).to(run.device), data.digits().to(run.device)


def measured(stack: FragmentNetworks) -> torch.Tensor:
    """Score, share of lines told, digits right, units in use, variation: (measure, seed)."""
    everything, head = stack.activations(compositions)["head"], stack.activations(digits)["head"]
    score, told = selectivity.fragment_score(everything, present), fragments.share_told(everything, present)
    right = (stack.predict(digits) == torch.arange(10, device=run.device)).double().mean(dim=1)
    in_use = unit_states.ever_active(head).sum(dim=1).double()
    variation = unit_states.variation(head).nanmedian(dim=1).values.double()
    return torch.stack([score, told, right, in_use, variation]).cpu()


def of_all(how: Regularisation) -> torch.Tensor:
    """The measures of every model after one training: (measure, model, seed)."""
    stacks = [made[regularised.recipe(number, how, run.parameters).key].networks for number in numbers]
    return torch.stack([measured(one) for one in stacks], dim=1)


# %% tags=["hide-input"]
plain = of_all(Regularisation())
strengths = regularised.strengths(run.parameters)
tried = {name: [of_all(how) for how in some] for name, some in strengths.items()}


def best(some: list[torch.Tensor]) -> int:
    """Which strength has the highest mean score, among those that classify; the weakest if none does."""
    means = [one.mean(dim=(1, 2)) for one in some]
    able = [k for k, mean in enumerate(means) if mean[2] >= 0.9]
    return max(able, key=lambda k: float(means[k][0]), default=0)


chosen = {name: best(some) for name, some in tried.items()}
found = {"plain": plain} | {name: some[chosen[name]] for name, some in tried.items()}

# %% tags=["hide-input"]
run.figure(
    share_map(
        [values[0].mean(dim=1).tolist() for values in found.values()],
        rows=list(found),
        columns=[str(number) for number in numbers],
        label="fragment score of the head, by model",
    ),
    alt="A map of the trainings by the models: the fragment score of the head over all compositions.",
    caption="Fragment score after each training, at the best strength, mean over the seeds. A unit for each line would give 1.",
)

# %% [markdown]
# Two remedies change a network before it learns: without negative weights, or with few winners, random units tell lines
# otherwise than plain ones. So these have a floor: the same networks before training.


# %%
def scores_untrained(how: Regularisation) -> torch.Tensor:
    """Fragment score of the head before training, mean over the models, per seed."""
    scores = []
    for number in numbers:
        stack = FragmentNetworks(number, seeds=run.seeds, device=run.device, winners=how.winners)
        if how.nonnegative:
            set_negative_weights_to_zero(stack)
        scores.append(selectivity.fragment_score(stack.activations(compositions)["head"], present))
    return torch.stack(scores).mean(0).cpu()


# %% tags=["hide-input"]
ids = {"L1 on activity": "l1", "weight decay": "weight-decay", "noisy pixels": "noise", "dropout": "dropout"}
ids |= {"weights of one sign": "nonnegative", "k winners": "winners", "both": "both"}
for name, part in ids.items():
    score, told = found[name].mean(dim=1)[:2]
    how = strengths[name][chosen[name]]
    floor = {"plain": scores_untrained(Regularisation()), "remedy": scores_untrained(how)}
    changed = how.nonnegative or how.winners > 0
    run.claim(
        f"beyond.{part}.raises",
        {"plain": plain[0].mean(dim=0), "remedy": score},
        floor=floor if changed else None,
    )
    run.claim(f"beyond.{part}.fragments", told)

# %% [markdown]
# ## Every strength
#
# The gain in score over plain training, seed by seed, mean over the models, and what a remedy costs.


# %%
def strength(how: Regularisation) -> str:
    """The strength in words."""
    parts = {"l1": "{:g}", "weight_decay": "{:g}", "noise": "{:g} of the pixels", "dropout": "{:g} of the units"}
    parts |= {"winners": "{:g} units stay on"}
    given = [text.format(value) for name, text in parts.items() if (value := getattr(how, name))]
    return ", ".join(given) or "all layers but the last"


def row(values: torch.Tensor) -> dict[str, str]:
    """The measures of one training in words."""
    score, told, right, in_use, variation = values.mean(dim=1)
    gain = mean_interval((values - plain)[0].mean(dim=0).tolist())
    ends = "" if gain.low is None else f" [{gain.low:+.3f}, {gain.high:+.3f}]"
    return {
        "score": f"{score.mean():.3f}",
        "gain over plain": f"{gain.mean:+.3f}{ends}",
        "lines told": f"{told.mean():.1%}",
        "digits right": f"{right.mean():.1%}",
        "units in use": f"{in_use.mean():.1f}",
        "variation": f"{variation.nanmean():.2f}",
    }


# %% tags=["hide-input"]
rows = {
    (name, strength(how)): row(values)
    for name, some in strengths.items()
    for how, values in zip(some, tried[name], strict=True)
}
pd.DataFrame({("plain", ""): row(plain) | {"gain over plain": ""}, **rows}).T

# %% tags=["hide-input"]
for name, values in found.items():
    run.measure(f"{name}: fragment score", values[0].mean(dim=0))
    run.measure(f"{name}: digits right", values[2].mean(dim=0))
run.figure(
    share_map(
        [[values[1][k].mean().item() for k in range(len(numbers))] for values in found.values()],
        rows=list(found),
        columns=[str(number) for number in numbers],
        label="share of the nine lines that some unit of the head tells, by model",
    ),
    alt="A map of the trainings by the models: the share of lines that some unit of the head tells.",
    caption="Lines told by the head after each training, at the best strength, mean over the seeds.",
)

# %% [markdown]
# ## Many compositions
#
# Ten digits can be told apart by any few directions that differ between them: nothing in the task asks for lines.
# Compositions of the lines, each a class of its own, may: with hundreds of classes and twelve units, the head has to
# use what the compositions share.

# %%
tasks, models = regularised.tasks(run.parameters), regularised.task_models(run.parameters)


def of_task(count: int) -> torch.Tensor:
    """Score, share of lines told, and share of the compositions told apart, for each model: (measure, model, seed)."""
    every = []
    for number in models:
        recipe = regularised.recipe(number, Regularisation(), run.parameters, compositions=count)
        stack, classes = made[recipe.key].networks, data.compose(regularised.chosen(count)).to(run.device)
        right = (stack.predict(classes) == torch.arange(count, device=run.device)).double().mean(dim=1)
        head = stack.activations(compositions)["head"]
        score, told = selectivity.fragment_score(head, present), fragments.share_told(head, present)
        every.append(torch.stack([score, told, right]).cpu())
    return torch.stack(every, dim=1)


by_task = {count: of_task(count) for count in tasks}

# %% tags=["hide-input"]
scores = {str(count): values[0].mean(dim=0) for count, values in by_task.items()}
run.claim("beyond.compositions.trend", scores)
run.claim("beyond.compositions.fragments", by_task[max(tasks)][1].mean(dim=0))
pd.DataFrame(
    {
        count: {
            "score": f"{values[0].mean():.3f}",
            "lines told": f"{values[1].mean():.1%}",
            "compositions right": f"{values[2].mean():.1%}",
        }
        for count, values in by_task.items()
    }
).T.rename_axis("compositions told apart")

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
verdicts = {
    end: {name: run.verdict(f"beyond.{part}.{end}") for name, part in ids.items()} for end in ("raises", "fragments")
}
raising = [name for name, verdict in verdicts["raises"].items() if verdict == "holds"]
making = [name for name, verdict in verdicts["fragments"].items() if verdict == "holds"]
top = max(ids, key=lambda name: float(found[name][1].mean()))
run.say(
    "The study says that deep learning architectures do not comprise net fragments by default, and tries nothing else. "
    f"Of seven remedies, {len(raising)} raise the fragment score of the head over plain training "
    f"({', '.join(raising) or 'none'}), and {len(making)} make units of the head tell half of the lines "
    f"({', '.join(making) or 'none'}). Plain training tells {plain[1].mean():.1%} of the lines, the best remedy, "
    f"{top}, {found[top][1].mean():.1%}. With more compositions to tell apart the score goes from "
    f"{by_task[min(tasks)][0].mean():.2f} ({min(tasks)}) to {by_task[max(tasks)][0].mean():.2f} ({max(tasks)}); that it "
    f"rises with them: {run.verdict('beyond.compositions.trend')}; that fragments form: "
    f"{run.verdict('beyond.compositions.fragments')}. These are remedies at these strengths, for ten epochs: others may do better."
)

# %% tags=["hide-input"]
run.finish()
