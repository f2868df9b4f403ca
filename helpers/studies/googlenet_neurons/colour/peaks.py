"""Algorithm 3 of the study (section 4.2.1): an image is colour-blind if its three channels have the same density peak.

The study does not say what a peak is. A reading here says it: where the density of a channel is highest (position), or
how high it is (height); of a histogram, or of a kernel density; in levels from 0 to 255 or from 0 to 1; with the
standard deviation of a population or of a sample; of the image of the unit's maximum alone, or of that of its minimum,
too. The spread of an image is the standard deviation of its three peaks. A unit is flagged if this is at most a
threshold.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

LEVELS = 256
THRESHOLDS = {"the text of the study": 2.0, "its algorithm 3": 3.0}
USED = THRESHOLDS["the text of the study"]  # "a small value of 2 has been used"

Images = UInt8[Tensor, "*rest 3 row column"]
Density = Float[Tensor, "*rest bin"]


class Reading(NamedTuple):
    """What a density peak is, how its spread is taken, and of which images.

    bins: of the histogram over the 256 levels, a power of two; 0 for a kernel density, evaluated at every level.
    scale: the levels go from 0 to this.
    """

    peak: Literal["position", "height"] = "position"
    bins: int = LEVELS
    sample: bool = False
    scale: float = 255.0
    both: bool = False


READINGS = {
    "position of the histogram's peak": Reading(),
    "histogram of 64 bins": Reading(bins=64),
    "histogram of 32 bins": Reading(bins=32),
    "kernel density": Reading(bins=0),
    "sample standard deviation": Reading(sample=True),
    "maximum and minimum": Reading(both=True),
    "levels from 0 to 1": Reading(scale=1.0),
    "height of the histogram's peak": Reading(peak="height"),
}
MAIN = "position of the histogram's peak"


def histogram(images: Images, *, bins: int = LEVELS) -> Float[Tensor, "*rest 3 bin"]:
    """The share of the pixels of each channel in each bin of levels; bins of equal width, their shares sum to 1."""
    levels = images.flatten(-2).long() * bins // LEVELS
    counts = torch.zeros(*levels.shape[:-1], bins)
    return counts.scatter_add_(-1, levels, torch.ones(levels.shape)) / levels.shape[-1]


def kernel_density(images: Images) -> Float[Tensor, "*rest 3 level"]:
    """The Gaussian kernel density of each channel at the levels 0 to 255, with Scott's bandwidth, a density per level.

    The bandwidth is the sample's standard deviation times n^(-1/5), with n the number of pixels, as in SciPy; of a
    channel with one level alone, a hundredth of a level.
    """
    share, pixels = histogram(images).double(), images.shape[-1] * images.shape[-2]
    level = torch.arange(LEVELS, dtype=torch.double)
    mean = (share * level).sum(-1, keepdim=True)
    variance = (share * (level - mean).square()).sum(-1) * pixels / max(1, pixels - 1)
    width = (variance.sqrt() * pixels ** (-1 / 5)).clamp(min=0.01)[..., None]  # (..., 3, 1)
    # the kernel is symmetric in the distance of two levels: one row of 256 distances, then a Toeplitz matrix
    kernel = (-(level / width).square() / 2).exp() / (width * (2 * torch.pi) ** 0.5)  # (..., 3, distance)
    distance = (level[:, None] - level[None, :]).abs().long()  # (level, level)
    found = torch.stack([(share * kernel[..., row]).sum(-1) for row in distance], -1)  # (..., 3, level)
    return found.float()


def peaks(images: Images, reading: Reading) -> Float[Tensor, "*rest 3"]:
    """The density peak of each channel: a level from 0 to the reading's scale, or a height, with shares summing to 1.

    Of several equal peaks the one at the lowest level counts; the position of a bin is its middle.
    """
    density = kernel_density(images) if reading.bins == 0 else histogram(images, bins=reading.bins)
    height, place = density.max(-1)
    if reading.peak == "height":
        return height
    width = LEVELS / density.shape[-1]  # levels
    return (place * width + (width - 1) / 2) * (reading.scale / (LEVELS - 1))


def spread(values: Float[Tensor, "*rest 3"], *, sample: bool = False) -> Float[Tensor, "*rest"]:
    """The standard deviation of three peaks: of a population, as NumPy has it, or of a sample, 1.22 times as large."""
    return values.std(-1, correction=1 if sample else 0) if values.numel() else values.sum(-1)  # of no image, none


def scores(images: UInt8[Tensor, "unit direction 3 row column"], reading: Reading) -> Float[Tensor, " unit"]:
    """The spread of each unit's optimised image, direction 0 being its maximum and 1 its minimum.

    Where both images count, the larger spread is the score: both have to be colour-blind.
    """
    chosen = images[:, :2] if reading.both else images[:, :1]
    return spread(peaks(chosen, reading), sample=reading.sample).amax(1)


def flagged(score: Float[Tensor, " unit"], threshold: float) -> Bool[Tensor, " unit"]:
    """Which units algorithm 3 calls colour-blind."""
    return score <= threshold


def chroma(images: Images) -> Float[Tensor, "*rest"]:
    """The mean over the pixels of the largest minus the smallest of the three levels: 0 for a grey image, up to 255."""
    return (images.amax(-3).float() - images.amin(-3).float()).mean((-2, -1))


def balanced_patches(side: int = 96) -> UInt8[Tensor, "3 row column"]:
    """A counter-example: stripes of pure red, green and blue. All channels have one density, and no pixel is grey.

    side: pixels, a multiple of 3.
    """
    image = torch.zeros(3, side, side, dtype=torch.uint8)
    for channel, part in enumerate(image.split(1)):
        part[:, :, channel * side // 3 : (channel + 1) * side // 3] = LEVELS - 1
    return image
