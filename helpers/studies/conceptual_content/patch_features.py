"""What a layer says of patches: the activity of its units at one position of an image.

All units of a layer see the same patch at the same position, neither less nor more of the image. The unit whose patches
are described is left out by the caller: all its strongest patches would agree in its own activity.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.data.images import Images
from helpers.hooks.layer_table import Layer
from helpers.hooks.recording import record
from helpers.hooks.unit_axis import units_first
from helpers.models.pretrained import Pretrained

_BATCH = 32  # images


def activity_at(
    loaded: Pretrained,
    layer: Layer,
    images: Images,
    places: Int[Tensor, " patch"],
    position: Int[Tensor, "patch 2"],
    *,
    device: torch.device,
) -> Float[Tensor, "patch unit"]:
    """The activity of all units of a layer at one position of an image for each patch; NaN for unreadable images.

    places: of the patches' images; an image is run once, however many patches it has.
    """
    found = torch.full((len(places), layer.units), torch.nan)
    wanted, index = places.unique(return_inverse=True)
    for batch in images.at(wanted.tolist()).batches(_BATCH, progress=False):
        with torch.no_grad(), record(loaded.network, [layer.name], stop=True, clone=False) as outputs:
            loaded.network(loaded.preprocessing(batch.x.to(device)))
        activity = units_first(outputs[layer.name], layer.unit_axis)
        row = torch.full((len(wanted),), -1)
        row[batch.places] = torch.arange(len(batch.places))
        here = (row[index] >= 0).nonzero().flatten()
        at = [each.to(device) for each in (row[index[here]], *position[here].long().unbind(1))]
        found[here] = activity[at[0], :, at[1], at[2]].float().cpu()
    return found


def rooted(activity: Float[Tensor, "patch unit"]) -> Float[Tensor, "patch unit"]:
    """Shares of the summed activity, then their roots, with the sign: vectors of length 1, 0 for a silent patch.

    How strong a patch is drops out, and few units with a large activity do not decide alone (Arandjelović and Zisserman
    2012, "RootSIFT").
    """
    total = activity.abs().sum(dim=1, keepdim=True).clamp(min=1e-12)
    return activity.sign() * (activity.abs() / total).sqrt()
