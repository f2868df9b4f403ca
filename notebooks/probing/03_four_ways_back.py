# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
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
# # Four ways back
#
# Section 3 of the study takes one unit of layer 13 at one position and sends its activation back to the image: by
# deconvnet (equations 4 and 5), with the masks of the active units (6, 7), with these masks and random weights, and
# without any rectifying, which gives the exact local filter (8, 9). Figure 4 shows the results for two features. With
# random weights the study still sees the image, and concludes that activations matter more than parameters; of the
# exact filter it says that it is no image patch, but seems to compute gradients. Here both sentences become
# measurements over many images, with controls that tell masks, switches and weights apart.
#
# A *mask* says which units of a layer were active, a *switch* where the maximum of a pooling window was.

# %% tags=["parameters"]
scale = "laptop"  # smoke, laptop or paper
seed = 0  # the first seed
seeds = 8  # how many; each draws its own images, units and random weights
device = "auto"  # auto, cpu or cuda
model = "vgg16"  # a network's name, or the path of a description of your own
images = "auto"  # a folder or tar file, imagenette, photographs or patterns; auto: what fits the network
layer = "auto"  # the layer of the units that are sent back; auto: a deep one, here relu5_3
unit = "auto"  # the unit of figure 4; auto: the one that the image excites most
image = 0  # the image of figure 4, of those that are shown

# %% tags=["remove-cell"]
import sys

sys.path.sort(key="".__eq__)  # a file in the folder of this run hides no package

# %% tags=["hide-cell"]
import warnings

import torch

from helpers.attribution.backward import DECONVNET, GUIDED_BACKPROP, attribute
from helpers.attribution.forward_pass import CannotReverse, forward, refusal
from helpers.data.photographs import credits
from helpers.metrics.activations import in_words, strongest
from helpers.models.pretrained import load
from helpers.models.pretrained.weights import WeightsError
from helpers.pages import runs
from helpers.pages.inspected import PARAMETERS, load_inputs
from helpers.studies.probing import controls, equations, galleries, networks, reconstruction_table

# %% tags=["hide-cell"]
from helpers.studies.probing.filter_table import CENTROID, DERIVATIVES, IMAGE, NOISE, PATCH, RELATIVE_SUM, UNTRAINED
from helpers.studies.probing.measures import visible
from helpers.studies.probing.passes import Passes
from helpers.studies.probing.pictures import stretched
from helpers.studies.probing.reconstruction_table import (
    EXACT,
    LIKE_MASKED,
    LIKENESS,
    ONE_IMAGE,
    ONE_UNIT,
    OUTSIDE_TREE,
    PIXELS,
    RECOGNISED,
    SAME_UNITS,
    VISIBLE,
    VISIBLE_OTHER,
    box_of,
    per_seed,
)

# %% tags=["hide-input"]
run = runs.start("probing/03_four_ways_back", globals(), **PARAMETERS)

# %% tags=["hide-cell"]
drawn_by = run.by_scale(smoke=run.seeds[:2], laptop=run.seeds, paper=run.seeds)
GALLERY = run.by_scale(smoke=4, laptop=20, paper=20)  # images of a seed, among which one is to be recognised
sent = run.by_scale(smoke=2, laptop=3, paper=10)  # of them are sent back
untrained_on = run.by_scale(smoke=1, laptop=2, paper=5)  # of them the network with random weights looks at
inspected = load_inputs(run, count=GALLERY * len(drawn_by), least=2)
drawn_by = drawn_by[: max(1, len(inspected.x) // 2)]  # a gallery has two images at least
network, prepare, layer = inspected.network, inspected.prepare, inspected.layer.name
if reason := refusal(network, layer, GUIDED_BACKPROP, prepare.size):
    raise CannotReverse(reason)
reconstruction_table.require_pictures(inspected.layer)
no_deconvnet = refusal(network, layer, DECONVNET, prepare.size)
if no_deconvnet:
    print(f"There is no deconvnet among the ways back: {no_deconvnet}.")
in_its_place = model == "vgg16" and not networks.is_studys(inspected.loaded)
if in_its_place:
    print(networks.why_not_the_studys(inspected.loaded))
passes = Passes(network, prepare(inspected.x[:8]))


def judge(claim_id, values=None, *, floor=None, needs=""):
    """Report a claim about the network that the page looks at; about the study's only where that is the network."""
    if in_its_place:
        values, floor, needs = None, None, networks.MISSING
    run.claim(claim_id, values, floor=floor, missing=needs)


# %% [markdown]
# ## Figure 4
#
# Two features at one position, the four ways side by side. Deconvnet with masks is guided backpropagation
# {cite:p}`springenberg2015`, started with the activation of the unit. Above each picture stands how much of it the image
# explains (*visible*, below).

# %% tags=["hide-cell"]
gallery = prepare(inspected.shown)
number = image % len(gallery)
other_number = (number + 1) % len(gallery)
passage, other_passage = (forward(network, layer, gallery[k]) for k in (number, other_number))
first = reconstruction_table.strongest_in_view(passage, unit=inspected.unit)
values = passage.activation[:, *first.place].clone()
values[first.unit] = -torch.inf
pair = list(dict.fromkeys([first.unit, int(values.argmax())]))
shown = reconstruction_table.reconstruct_one(
    gallery,
    (passage, number),
    (other_passage, other_number),
    place=first.place,
    units=pair,
    seed=seed,
    order=prepare.order,
    deconvnet=not no_deconvnet,
)
frame = box_of([shown])
seen = {
    name: visible(signal[..., *frame.slices], shown.patch[None, ..., *frame.slices])[:, 0]
    for name, signal in shown.signals.items()
}

# %% tags=["hide-input"]
from helpers.plots.images import grid

WAYS = {
    "deconvnet": controls.DECONVNET_TRUE,
    "with masks": controls.OWN_TRUE,
    "random weights": controls.OWN_RANDOM,
    "exact filter": EXACT,
}
WAYS = {title: name for title, name in WAYS.items() if name in shown.signals}
published = images == "auto" and inspected.source != "patterns"
credited = f" Photographs: {credits()}." if published else ""

# %% tags=["hide-input"]
inside = stretched(shown.patch[..., *frame.slices], like_image=True)
rows = {
    f"unit {one}": {"the image": inside}
    | {
        f"{title}\n{float(seen[name][k]):.2f}": shown.signals[name][k][..., *frame.slices]
        if name == EXACT
        else stretched(shown.signals[name][k][..., *frame.slices])
        for title, name in WAYS.items()
    }
    for k, one in enumerate(pair)
}
run.figure(
    grid(rows, signed=[title for row in rows.values() for title in row if title.startswith("exact")]),
    alt=f"A row for each unit: the image in the middle of the field of view, and what it sends back: {', '.join(WAYS)}.",
    caption=f"Figure 4: {layer}{in_words(first.place)}, {len(pair)} units; the middle of the field of view, {frame.height} × {frame.width} pixels, which holds 90% of the energy of the reconstruction with masks. Pictures are stretched (square root); numbers are the share of the variance that the image explains. The exact filter (mean over the colours) is red where positive and blue where negative.{credited}",
)

# %% [markdown]
# ## Are the equations carried out rightly?
#
# Captum is an independent library. Its gradient must be our exact filter, its deconvnet ours; it knows nothing of a
# field of view, so that it also tells whether anything leaves it. Filter times image plus effective bias must give the
# activation.

# %% tags=["hide-input"]
warnings.filterwarnings("ignore", message="Setting backward hooks on ReLU")  # Captum's, and it takes them off again
checks = []
for k in range(run.by_scale(smoke=2, laptop=3, paper=8)):
    tried = forward(network, layer, prepare(inspected.x[[k % len(inspected.x)]])[0])
    best = strongest(tried.activation)
    axis = inspected.layer.unit_axis
    checks.append(equations.gaps(network, tried, best, unit_axis=axis, deconvnet=not no_deconvnet))


def gaps(name):
    """One kind of gap, for every image that has it."""
    return [value for check in checks if (value := getattr(check, name)) is not None]


judge("eq-8-9.gradient", gaps("gradient"))
judge("sec-3-1.affine", gaps("affine"), needs="a network that is linear part by part")
judge("check.captum", gaps("deconvnet"), needs="a deconvnet whose rectifiers are all layers of their own")
judge("sec-3.confined", gaps("outside"), needs="units that do not see the whole image")

# %% [markdown]
# ### Remarks on section 3
#
# The transposed matrices are not the inverses; random biases are drawn along with the weights, but occur in neither
# equation; with random weights the study names the masks alone, while equation 7 takes the switches as well; and
# equation 4, which rectifies, ends in the image plane.

# %% tags=["hide-input"]
lost = []
weighted = [network.get_submodule(name) for name in controls.random_weights(passage, seed=seed)]
convolutions = [module for module in weighted if isinstance(module, torch.nn.Conv2d)]
for one in drawn_by if convolutions else ():
    random = torch.Generator().manual_seed(one)
    lost.append(torch.stack([equations.not_returned(conv, random=random) for conv in convolutions]).mean())
judge("sec-3.not-orthonormal", torch.stack(lost) if lost else None, needs="a convolution on the way")
other_biases = equations.with_random_biases(passage)
before, after = (
    None if p is None else attribute(p, GUIDED_BACKPROP, position=first.spatial, units=[first.unit]).signal
    for p in (passage, other_biases)
)
judge(
    "sec-3.random-biases",
    None if after is None else [not torch.equal(before, after)],
    needs="a chain of layers with biases",
)
judge("eq-4.image-plane", [bool((shown.signals[controls.OWN_TRUE] < 0).any())])
run.claim("eq-7.only-masks")

# %% [markdown]
# ## How like the image?
#
# Now many images, up to two units each, and the ways back with their controls. A reconstruction is bright in the middle
# of the field of view and dark at its rim, whatever the image; over the whole field a likeness would measure that. So
# all pictures of a seed are compared inside one box: that which holds 90% of the energy of its reconstructions with
# masks and true weights. Three measures:
#
# - **visible**: the share of the picture's variance that the image explains, by a linear combination of its grey levels
#   and its outlines. Random weights draw an image as speckle in colours of their own, here denser, there thinner; a
#   correlation of outlines or grey levels is blind to that, an eye is not.
# - **pixels**: the correlation of the grey levels.
# - **recognised**: whether no other image of the seed is as visible as the right one.
#
# A seed draws its own images, its position and units, and one set of random weights; its value is the mean. Chance is
# measured beside it: with another image's masks and random weights nothing of the image is left.

# %% tags=["hide-cell"]
table = galleries.measure(
    network,
    layer,
    inspected.x,
    prepare,
    seeds=drawn_by,
    sent=sent,
    untrained=untrained_on,
    deconvnet=not no_deconvnet,
)
if table.empty:
    raise reconstruction_table.NothingActive(f"No unit of {layer} is active on these images: nothing is sent back.")
NEEDED = "a deconvnet, or masks, which have no meaning for this layer"


def values_of(condition, measure):
    """One value per seed."""
    return per_seed(table, condition, measure)


# %% [markdown]
# ### The study's own comparison
#
# Deconvnet, with masks, with masks and random weights; and the floor.

# %% tags=["hide-input"]
from helpers.plots.conditions import by_condition

nothing = values_of(controls.OTHER_RANDOM, RECOGNISED)
THREE = [controls.DECONVNET_TRUE, controls.OWN_TRUE, controls.OWN_RANDOM, controls.OTHER_RANDOM]
THREE = [name for name in THREE if name in shown.signals]
run.figure(
    by_condition(
        {measure: {name: values_of(name, measure) for name in THREE} for measure in (VISIBLE, PIXELS, RECOGNISED)},
        level={RECOGNISED: 1 / GALLERY, VISIBLE: float(values_of(controls.OTHER_RANDOM, VISIBLE).mean()), PIXELS: 0},
    ),
    alt="Three measures of likeness to the image for deconvnet, with masks, with masks and random weights, and with another image's masks; a line per seed, chance dotted.",
    caption="The pictures of figure 4: likeness to the image inside the box. A point per seed; bars are the mean and its 95% interval; dotted, chance.",
)
judge("fig-4.deconvnet-shows", values_of(controls.DECONVNET_TRUE, RECOGNISED), floor=nothing, needs=NEEDED)
judge("fig-4.random-shows", values_of(controls.OWN_RANDOM, RECOGNISED), floor=nothing)
for measure in (VISIBLE, PIXELS):
    compared = {"deconvnet": controls.DECONVNET_TRUE, "masks": controls.OWN_TRUE}
    judge(
        f"fig-4.masks-clearer.{measure}",
        {name: values_of(condition, measure) for name, condition in compared.items()},
        needs=NEEDED,
    )

# %% tags=["hide-input"]
NO_TREE = "a deconvnet, and trees of contributions"
judge("fig-4.masks-influence", values_of(controls.DECONVNET_TRUE, LIKE_MASKED), needs=NEEDED)
judge("sec-3.other-units", values_of(controls.DECONVNET_TRUE, SAME_UNITS), needs=NO_TREE)
judge("beyond.leaves-the-tree", values_of(controls.DECONVNET_TRUE, OUTSIDE_TREE), needs=NO_TREE)


def mean(values):
    """A mean in the digits that a sentence can bear."""
    return f"{float(torch.as_tensor(values).float().mean()):.2f}"


run.say(
    f"Of {GALLERY} images the right one is the most visible in {mean(values_of(controls.OWN_TRUE, RECOGNISED))} of the "
    f"cases with masks and true weights, in {mean(values_of(controls.DECONVNET_TRUE, RECOGNISED)) if not no_deconvnet else 'no case (there is none)'} with deconvnet, and in "
    f"{mean(values_of(controls.OWN_RANDOM, RECOGNISED))} with masks and random weights; by chance, measured, it is "
    f"{mean(nothing)}."
)

# %% [markdown]
# ## Activations or parameters?
#
# If the image appears with its own masks and random weights, is it for the masks? Each condition replaces one thing:
# the weights, the order of the masks' entries, the switches, the masks altogether (only the switches of the poolings
# remain), or masks and switches by those of another image.

# %% tags=["hide-input"]
CONDITIONS = [name for name in controls.ALL if name in shown.signals]
pictures = {
    f"{title}\n{float(seen[name][0]):.2f}": stretched(shown.signals[name][0][..., *frame.slices])
    for name in CONDITIONS
    for title in [name.replace(", ", ",\n").replace("another image's", "another's")]
}
pictures = {"the image\n": inside} | pictures
parts = [dict(list(pictures.items())[k : k + 4]) for k in range(0, len(pictures), 4)]
run.figure(
    grid({" " * k: part for k, part in enumerate(parts)}),
    alt="The image in the middle of the field of view, and what one unit sends back under each condition.",
    caption=f"Unit {pair[0]} under every condition, stretched, each with the share of its variance that the image explains. Another's masks are those of another photograph.",
)

# %% tags=["hide-input"]
for measure in (VISIBLE, *LIKENESS, RECOGNISED):
    for name in CONDITIONS:
        run.measure(f"{measure}: {name}", values_of(name, measure))
run.figure(
    by_condition(
        {measure: {name: values_of(name, measure) for name in CONDITIONS} for measure in (VISIBLE, RECOGNISED)},
        level={RECOGNISED: 1 / GALLERY, VISIBLE: float(values_of(controls.OTHER_RANDOM, VISIBLE).mean())},
    ),
    alt="How visible the image is and the share recognised under every condition; a line per seed.",
    caption="Likeness to the image when one thing after another is replaced. A point per seed; bars are the mean and its 95% interval; dotted, chance.",
)


def ordered(claim_id, low, high, measure=VISIBLE):
    """Report a claim that one condition shows less of the image than another."""
    judge(claim_id, {name: values_of(name, measure) for name in (low, high)}, needs=NEEDED)


for measure in (VISIBLE, PIXELS):
    ordered(f"sec-6.activations-first.{measure}", controls.OTHER_TRUE, controls.OWN_RANDOM, measure)
judge("sec-1.mostly-activations", galleries.kept(table, VISIBLE))

# %% tags=["hide-input"]
ordered("beyond.not-sparsity", controls.SHUFFLED_RANDOM, controls.OWN_RANDOM)
ordered("beyond.more-than-switches", controls.SWITCHES_RANDOM, controls.OWN_RANDOM)
ordered("beyond.masks-need-switches", controls.MASKS_RANDOM, controls.OWN_RANDOM)
ordered("beyond.switches-tell", controls.OTHER_RANDOM, controls.SWITCHES_RANDOM)
ordered("beyond.weights-add", controls.OWN_RANDOM, controls.OWN_TRUE, RECOGNISED)

# %% [markdown]
# Masks of one image with the switches of another: which of the two is seen? And does a picture belong to the unit, or to
# the image?

# %% tags=["hide-input"]
sides = {"the image of the switches": VISIBLE, "the image of the masks": VISIBLE_OTHER}
judge(
    "beyond.another-image-shows-other",
    {name: values_of(controls.MIXED_TRUE, measure) for name, measure in sides.items()},
    needs=NEEDED,
)
judge(
    "beyond.whose-unit",
    {measure: values_of(controls.OWN_TRUE, measure) for measure in (ONE_UNIT, ONE_IMAGE)},
    needs="two units that are active on two images",
)
run.say(
    "Of a picture's variance the image explains, with own masks and random weights, "
    f"{mean(values_of(controls.OWN_RANDOM, VISIBLE))}; with another image's masks and the true weights "
    f"{mean(values_of(controls.OTHER_TRUE, VISIBLE))}; with own masks and true weights "
    f"{mean(values_of(controls.OWN_TRUE, VISIBLE))}."
)

# %% [markdown]
# ## The exact filter
#
# What the unit computes on this image, in this region of linearity. Is it a patch of the image, does it alternate, does
# it sum to nothing, and does it compute gradients?
#
# A filter that computes gradients at a few positions, along any direction and at several scales, is a sum of a few
# derivatives of Gaussians, which may overlap. Matching pursuit looks for them, one for every 64 pixels, and the share of
# the energy that they explain is set between two filters of the same size and envelope: white noise, and a sum of as
# many random derivatives. (One derivative for each window, which was asked for before, even a sum of central
# differences does not pass.) The same network with random weights of the same means and variances, run forth and back,
# says what training adds.

# %% tags=["hide-cell"]
from helpers.metrics.images import main_colour
from helpers.models.initialisation import randomised
from helpers.randomness import generator
from helpers.studies.probing.derivative_fit import derivative_bank, envelope, explained_by_derivatives
from helpers.studies.probing.measures import energy_box

exact = shown.signals[EXACT]
box = energy_box(exact)
plane = main_colour(exact[:1, :, *box.slices])
size = (plane.shape[-2], plane.shape[-1])
random = forward(randomised(network, seed=seed), layer, gallery[number])
at = strongest(random.activation)
back = attribute(random, equations.GRADIENT, position=at.spatial, units=[at.unit]).full()
of_random = main_colour(back[..., *energy_box(back).slices])
noise = torch.randn(1, *size, generator=generator(seed, "noise")).to(plane)
bank = derivative_bank(1, size, seed=seed).to(plane)
examples = {
    "exact filter": plane,
    "random weights": of_random,
    "sum of derivatives": envelope(plane) * bank,
    "white noise": envelope(plane) * noise,
}

# %% tags=["hide-input"]
titled = {f"{name}\n{float(explained_by_derivatives(filters)):.2f}": filters[0] for name, filters in examples.items()}
run.figure(
    grid({"": titled}, signed=list(titled)),
    alt="The exact filter, a filter of the network with random weights, a sum of random derivatives, and white noise.",
    caption=f"Four filters along their main colour, each on its own scale, with the share of the energy that derivatives explain. The exact filter is that of unit {pair[0]} in figure 4; sum and noise have its envelope.",
)
judge("fig-4.filter-no-patch", values_of(EXACT, PATCH))
centroids = {"image": values_of(IMAGE, CENTROID), "filter": values_of(EXACT, CENTROID)}
judge("fig-4.filter-alternates", centroids)
judge("beyond.smoother-than-random", {"filter": centroids["filter"], "random weights": values_of(UNTRAINED, CENTROID)})
judge("fig-4.filter-sums-to-nothing", values_of(EXACT, RELATIVE_SUM), floor=values_of(NOISE, RELATIVE_SUM))

# %% tags=["hide-input"]
trained, random_ones = (galleries.gradients(table, name) for name in (EXACT, UNTRAINED))
judge("fig-4.filter-gradients", trained)
judge("control.gradients-can-be-told", values_of("derivatives", DERIVATIVES) - values_of(NOISE, DERIVATIVES))
judge("sec-3-1.found-by-training", {"random weights": random_ones, "trained": trained})
run.figure(
    by_condition(
        {
            "from noise (0) to derivatives (1)": {"exact filter": trained, "random weights": random_ones},
            CENTROID: {"exact filter": centroids["filter"], "random weights": values_of(UNTRAINED, CENTROID)},
        },
        level={"from noise (0) to derivatives (1)": 0.5, CENTROID: float(centroids["image"].mean())},
    ),
    alt="How much derivatives explain of the exact filters and of those of random weights, and the spectral centroids of both; a line per seed.",
    caption="Left: what derivatives explain of exact filters, from white noise to sums of derivatives; dotted, half-way. Right: how fast the filters alternate; dotted, the images.",
)
for claim_id in ("sec-3-1.relevant", "sec-3-1.statistics", "sec-1.sift"):
    run.claim(claim_id)

# %% [markdown]
# ## Other networks
#
# Are the findings common to deep convolutional networks, as section 6 expects? Here are GoogLeNet and SqueezeNet with
# ImageNet's weights, at a deep ReLU of each; and the narrow VGG16 of this book, which was trained on drawn images.

# %% tags=["hide-cell"]
from helpers.data.images import PHOTOGRAPHS, imagenette_of_assets, open_images
from helpers.hooks.deep_layer import deep_layer

few = run.seeds[: run.by_scale(smoke=2, laptop=5, paper=8)]
elsewhere, lacks = {}, {}
for name in ("googlenet", "squeezenet1_1"):
    try:
        one = load(name, weights="assets", device=run.device)
    except WeightsError as error:
        lacks[name] = f"ImageNet's weights of {name}"
        print(error)
        continue
    size = one.preprocessing.size
    photographs = open_images(imagenette_of_assets() or PHOTOGRAPHS, size=size).choose(GALLERY * len(few), seed=seed)
    x = torch.cat([part.x for part in photographs.batches(64, progress=False)]).to(run.device)
    run.record_input("weights", name, one.weights.description, list(one.network.parameters()))
    elsewhere[name] = galleries.measure(
        one.network,
        deep_layer(one.network, size),
        x,
        one.preprocessing,
        seeds=few[: max(1, len(x) // 2)],
        sent=run.by_scale(smoke=1, laptop=3, paper=5),
        conditions=galleries.FEW,
    )

# %% tags=["hide-input"]
ELSEWHERE = ("model", "images", "layer", "unit", "image")
for name, ending in (("googlenet", "googlenet"), ("squeezenet1_1", "squeezenet")):
    found, needs = elsewhere.get(name), lacks.get(name, "")

    def report(claim_id, of, floor=None, *, found=found, needs=needs, ending=ending):
        """Report a claim about another network."""
        values, beside = (None if found is None or get is None else get(found) for get in (of, floor))
        run.claim(f"{claim_id}.{ending}", values, floor=beside, missing=needs, independent_of=ELSEWHERE)

    report(
        "sec-6.random-shows",
        lambda t: per_seed(t, controls.OWN_RANDOM, RECOGNISED),
        lambda t: per_seed(t, controls.OTHER_RANDOM, RECOGNISED),
    )
    report("sec-6.no-patch", lambda t: per_seed(t, EXACT, PATCH))
    report(
        "sec-6.alternates",
        lambda t: {"image": per_seed(t, IMAGE, CENTROID), "filter": per_seed(t, EXACT, CENTROID)},
    )
    report(
        "sec-6.sums-to-nothing",
        lambda t: per_seed(t, EXACT, RELATIVE_SUM),
        lambda t: per_seed(t, NOISE, RELATIVE_SUM),
    )
    report("sec-6.gradients", lambda t: galleries.gradients(t, EXACT))

# %% tags=["hide-input"]
narrow = networks.narrow_inputs(run, inspected, count=GALLERY * len(run.seeds))
in_narrow = (
    table
    if narrow is inspected
    else galleries.measure(
        narrow.network,
        narrow.layer.name,
        narrow.x,
        narrow.prepare,
        seeds=run.seeds[: len(narrow.x) // 2],
        sent=sent,
        conditions=galleries.FEW,
    )
)
run.claim(
    "fig-4.random-shows.narrow",
    per_seed(in_narrow, controls.OWN_RANDOM, RECOGNISED),
    floor=per_seed(in_narrow, controls.OTHER_RANDOM, RECOGNISED),
    independent_of=ELSEWHERE,
)
run.claim("sec-1.mostly-activations.narrow", galleries.kept(in_narrow, VISIBLE), independent_of=ELSEWHERE)
run.claim("fig-4.filter-gradients.narrow", galleries.gradients(in_narrow, EXACT), independent_of=ELSEWHERE)

# %% [markdown]
# ## What we now know

# %% tags=["hide-input"]
called = networks.NARROW if networks.is_narrow(inspected.loaded) else inspected.loaded.name
called = networks.STUDYS if networks.is_studys(inspected.loaded) else called
run.say(
    f"All numbers are of {called}. The study says that with the image's masks and random weights the image still "
    f"appears: among {GALLERY} images it is recognised in {mean(values_of(controls.OWN_RANDOM, RECOGNISED))} of the "
    f"cases, against {mean(nothing)} by chance and {mean(values_of(controls.OWN_TRUE, RECOGNISED))} with the true "
    f"weights (claim *{run.verdict('fig-4.random-shows')}*). What is in "
    f"the activations: with random weights the image "
    f"explains {mean(values_of(controls.OWN_RANDOM, VISIBLE))} of a picture's variance, with true weights "
    f"{mean(values_of(controls.OWN_TRUE, VISIBLE))}, and by chance {mean(values_of(controls.OTHER_RANDOM, VISIBLE))}; "
    f"with the true weights, but another image's masks, {mean(values_of(controls.OTHER_TRUE, VISIBLE))}. That random "
    f"weights keep at least half of it: *{run.verdict('sec-1.mostly-activations')}*; that activations matter "
    f"more than weights: *{run.verdict('sec-6.activations-first.visible')}*."
)
run.say(
    f"That the exact filter is no patch of the image: *{run.verdict('fig-4.filter-no-patch')}* (correlation "
    f"{mean(values_of(EXACT, PATCH))} at the best shift); that it alternates: "
    f"*{run.verdict('fig-4.filter-alternates')}*; that it sums to nothing: "
    f"*{run.verdict('fig-4.filter-sums-to-nothing')}*. That it computes local gradients: "
    f"*{run.verdict('fig-4.filter-gradients')}*; it lies at {mean(trained)} on the way from white noise to sums of "
    f"derivatives, and without training at {mean(random_ones)}."
)
passes.say(run)

# %% tags=["hide-input"]
run.finish()
