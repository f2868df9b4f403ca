"""VGG-16 (Simonyan and Zisserman, configuration D), the network of the probing study, as one flat chain of layers."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

# Convolutions per block and their channels; every block ends in a 2 × 2 max-pooling.
BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
_HIDDEN = 4096


class VGG16(nn.Sequential):
    """Thirteen 3 × 3 convolutions in five blocks, then the head; images in, logits out.

    The layers go by the names of the Caffe network, in this order: ``conv1_1`` (before the non-linearity), ``relu1_1``
    (after it), ``conv1_2``, ``relu1_2``, ``pool1``, ..., ``conv5_3``, ``relu5_3``, ``pool5``. The study's layers 1 to
    13 are the convolutions. No ReLU works in place, so whatever a hook is given stays as it was.

    ``width`` scales the channels (0.25: 16, 32, 64, 128, 128). The head is "dense", as published (``avgpool`` to 7 × 7,
    ``flatten``, ``fc6``, ``relu6``, ``fc7``, ``relu7``, ``fc8``; without dropout, which is off in a trained network),
    or "average" (``avgpool`` to 1 × 1, ``flatten``, ``fc``). ``last`` names the layer after which the network ends.

    Input: (image, 3, height, width), at least 32 × 32; output: (image, class), or what the layer ``last`` gives.
    Raises ValueError for a width that leaves a block without channels, an unknown head, or a ``last`` that is no layer.
    """

    def __init__(
        self,
        *,
        width: float = 1.0,
        classes: int = 1000,
        head: str = "dense",
        last: str | None = None,
    ) -> None:
        super().__init__()
        if round(BLOCKS[0][1] * width) < 1:
            raise ValueError(
                f"width is {width}, which leaves a block without channels; 0.02 is enough, 1 is the study's"
            )
        if head not in ("dense", "average"):
            raise ValueError(f"head is {head!r}; allowed are dense and average")
        for name, layer in _layers(width, classes, head):
            self.add_module(name, layer)
            if name == last:
                return
        if last is not None:
            raise ValueError(f"VGG16 has no layer {last!r} to end with; its layers are {', '.join(self._modules)}")


def _layers(width: float, classes: int, head: str) -> Iterator[tuple[str, nn.Module]]:
    """The layers one by one, so that those behind ``last`` are never made."""
    inputs = 3
    for block, (convolutions, full_width) in enumerate(BLOCKS, 1):
        channels = round(full_width * width)
        for number in range(1, convolutions + 1):
            yield f"conv{block}_{number}", nn.Conv2d(inputs, channels, 3, padding=1)
            yield f"relu{block}_{number}", nn.ReLU()
            inputs = channels
        yield f"pool{block}", nn.MaxPool2d(2)
    if head == "average":
        yield "avgpool", nn.AdaptiveAvgPool2d(1)
        yield "flatten", nn.Flatten()
        yield "fc", nn.Linear(inputs, classes)
        return
    hidden = round(_HIDDEN * width)
    yield "avgpool", nn.AdaptiveAvgPool2d(7)
    yield "flatten", nn.Flatten()
    yield "fc6", nn.Linear(inputs * 7 * 7, hidden)
    yield "relu6", nn.ReLU()
    yield "fc7", nn.Linear(hidden, hidden)
    yield "relu7", nn.ReLU()
    yield "fc8", nn.Linear(hidden, classes)
