"""How like an image is a reconstruction, and how like a patch of an image a filter? (probing, sections 3 and 3.1)

A reconstruction is bright in the middle of the receptive field and dark at its rim, whatever the image. So pictures are
compared inside a box in the middle: the one that holds most of the energy of the reconstructions with true weights.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional
from torchvision.transforms.functional import gaussian_blur

from helpers.hooks.windows import Window
from helpers.metrics.images import edge_correlation, luminance

ENERGY = 0.9  # share that a box holds
LEAST_SIDE = 3  # of a box, in pixels
REACH = 8  # pixels by which a filter may be shifted against an image


def energy_box(pictures: Float[Tensor, "picture channel height width"], *, share: float = ENERGY) -> Window:
    """The box that holds a share of the energy of some pictures, each of which counts alike.

    Along either axis, what lies before it and what lies behind it hold a quarter of the rest at most. It has no fewer
    than 3 pixels on a side. Pictures of zeros count nothing; without any other, the box is the whole picture.
    """
    energy = pictures.square().sum(dim=1)  # (picture, height, width)
    energy = (energy / energy.sum((1, 2), keepdim=True).clamp(min=torch.finfo(energy.dtype).tiny)).sum(dim=0)
    if not energy.sum() > 0:
        return Window(0, energy.shape[0], 0, energy.shape[1])
    (top, bottom), (left, right) = (_middle(energy.sum(dim=axis), (1 - share) / 4) for axis in (1, 0))
    return Window(top, bottom, left, right)


def _middle(line: Tensor, tail: float) -> tuple[int, int]:
    """From where to where a line of energies lies, without its tails."""
    line = line.double() / line.double().sum()
    first = int((line.cumsum(0) <= tail).sum())
    last = len(line) - int((line.flip(0).cumsum(0) <= tail).sum())
    missing = max(0, min(LEAST_SIDE, len(line)) - (last - first))
    first = max(0, min(first - missing // 2, len(line) - LEAST_SIDE))
    return first, max(last, min(first + LEAST_SIDE, len(line)))


def outline_correlation(
    a: Float[Tensor, "*#rest channel height width"], b: Float[Tensor, "*#rest channel height width"]
) -> Float[Tensor, "*rest"]:
    """Correlation of the magnitudes of the gradients of two pictures, after a blur.

    It is a Gaussian of a 32nd of the width, and takes off what noise the weights and masks leave on single pixels.
    """
    return edge_correlation(_blurred(a), _blurred(b))


def visible(
    pictures: Float[Tensor, "picture channel height width"], images: Float[Tensor, "image channel height width"]
) -> Float[Tensor, "picture image"]:
    """How much of each image can be seen in each picture, 0 to 1, whatever the colours and the sign it is drawn in.

    Random weights draw an image as speckle, in colours that have nothing to do with it: where it has an edge, the
    speckle is denser or thinner, green or red. So the question is how much of the picture the image explains: the share
    of variance that a linear combination of the image's grey levels and outlines leaves to nothing else. The picture's
    square root is smoothed by a Gaussian of a 40th of the shorter side, and its average over four times that is taken
    off, as are the image's. The outlines are the magnitudes of the gradient and of its two components, at two scales.

    A picture without contrast shows nothing: 0. What is explained by chance grows with the number of combined maps,
    which is the same for all images: compare with other images.
    """
    sigma = min(pictures.shape[-2:]) / 40
    targets = _detail(pictures.clamp(min=0).sqrt()[..., 1:-1, 1:-1], sigma).double()  # (picture, channel, row, column)
    targets = targets.flatten(2) - targets.flatten(2).mean(dim=2, keepdim=True)  # (picture, channel, pixel)
    maps = _detail(_structure(images, sigma), sigma).double().flatten(2)  # (image, map, pixel)
    basis, _ = torch.linalg.qr((maps - maps.mean(dim=2, keepdim=True)).mT)  # (image, pixel, map)
    found = torch.einsum("pcx,ixm->picm", targets, basis).square().sum(dim=(2, 3))  # (picture, image)
    total = targets.square().sum(dim=(1, 2)).clamp(min=torch.finfo(targets.dtype).tiny)
    return (found / total[:, None]).clamp(max=1).to(pictures)


def _structure(images: Tensor, sigma: float) -> Tensor:
    """Grey levels and outlines of images, without the outermost pixels: (image, map, row, column)."""
    grey = luminance(images)[:, None, 1:-1, 1:-1]
    maps = [grey]
    for scale in (sigma / 2, sigma):
        smooth = _gaussian(images, scale)
        down = smooth[..., 2:, 1:-1] - smooth[..., :-2, 1:-1]
        across = smooth[..., 1:-1, 2:] - smooth[..., 1:-1, :-2]
        every = (down.square() + across.square()).sum(dim=1, keepdim=True).sqrt()
        maps += [every, down.abs().mean(dim=1, keepdim=True), across.abs().mean(dim=1, keepdim=True)]
    return torch.cat(maps, dim=1)


def _detail(maps: Tensor, sigma: float) -> Tensor:
    """Maps without what is finer than ``sigma``, and without what is coarser than four times that."""
    smooth = _gaussian(maps, sigma)
    return smooth - _gaussian(smooth, 4 * sigma)


def _gaussian(pictures: Tensor, sigma: float) -> Tensor:
    reach = min(int(3 * sigma + 0.5), min(pictures.shape[-2:]) - 1)
    return gaussian_blur(pictures, 2 * reach + 1, sigma) if reach else pictures


def as_colours(
    signal: Float[Tensor, "*rest channel height width"], order: str
) -> Float[Tensor, "*rest channel height width"]:
    """Inputs of a network, or signals on them, with their channels as images have them: red, green, blue.

    order: "RGB" or "BGR", that of the network's preprocessing.
    """
    return signal.flip(-3) if order == "BGR" else signal


def largest_correlation(
    filters: Float[Tensor, "filter height width"], images: Float[Tensor, "image rows columns"]
) -> Float[Tensor, "filter image"]:
    """The largest magnitude of the correlation of a filter with a patch of an image, over all places of the patch.

    A patch without any contrast correlates with nothing: 0. Raises ValueError for images smaller than the filters.
    """
    height, width = filters.shape[-2:]
    if images.shape[-2] < height or images.shape[-1] < width:
        raise ValueError(f"filters of {height} × {width} pixels do not fit images of {tuple(images.shape[-2:])}")
    centred = filters - filters.mean((1, 2), keepdim=True)
    kernels = centred / centred.flatten(1).norm(dim=1).clamp(min=torch.finfo(filters.dtype).tiny)[:, None, None]
    planes = (images - images.mean((1, 2), keepdim=True)).double()[:, None]  # (image, 1, row, column)
    found = functional.conv2d(planes, kernels.double()[:, None])  # (image, filter, row, column)
    mean = functional.avg_pool2d(planes, (height, width), 1)
    variance = functional.avg_pool2d(planes.square(), (height, width), 1) - mean.square()
    scale = planes.square().mean((2, 3), keepdim=True)
    deviation = (variance.clamp(min=0) * height * width).sqrt()
    likeness = torch.where(variance > 1e-9 * scale, found.abs() / deviation.clamp(min=1e-30), 0.0)
    return likeness.flatten(2).amax(dim=2).T.to(filters)


def widened(
    pictures: Float[Tensor, "*rest height width"], box: Window, *, reach: int = REACH
) -> Float[Tensor, "*rest rows columns"]:
    """Pictures inside a box, with ``reach`` pixels more on every side where they have them."""
    height, width = pictures.shape[-2:]
    rows = slice(max(0, box.top - reach), min(height, box.bottom + reach))
    return pictures[..., rows, max(0, box.left - reach) : min(width, box.right + reach)]


def _blurred(pictures: Tensor) -> Tensor:
    sigma = pictures.shape[-1] / 32
    flat = gaussian_blur(pictures.reshape(-1, *pictures.shape[-3:]), 2 * int(4 * sigma + 0.5) + 1, sigma)
    return flat.view(pictures.shape)
