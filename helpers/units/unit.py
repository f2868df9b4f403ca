"""One unit of a network: its strongest images, its receptive field, its gradient, the image that it would like best."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.ascent.activation import activation
from helpers.ascent.errors import AscentError
from helpers.ascent.loop import ascend
from helpers.ascent.objectives import Objective
from helpers.ascent.parametrisations import gaussian_starts, numbers_of, smooth_image
from helpers.ascent.steps import adam
from helpers.ascent.transforms import jitter
from helpers.attribution.backward import GUIDED_BACKPROP, attribute
from helpers.attribution.forward_pass import forward
from helpers.hooks.layer_output import OutputError, layer_output, require_unit
from helpers.hooks.modes import evaluating
from helpers.hooks.strongest_inputs import StrongestInputs
from helpers.hooks.windows import Window
from helpers.units import pictures
from helpers.units.pictures import Picture
from helpers.units.subject import Subject

_STARTS, _SPREAD = 16, 0.5  # images of noise of which the ascent begins with the best, and their spread

Position = tuple[int, ...]  # (row, column) in a map, (token,) in a layer of tokens, () in one without positions


class Hit(NamedTuple):
    """One image of those that excite a unit most."""

    name: str  # its path in the folder, or its number in the stream
    class_name: str  # the folder that it lies in
    value: float  # the unit's largest activation on it
    position: Position  # where in the layer that is
    window: Window  # what of the image is seen there
    image: Float[Tensor, "channel height width"]  # from 0 to 1, as the network saw it

    def __repr__(self) -> str:
        return f"Hit({self.name}, {self.value:.4g} at {self.position})"

    @property
    def patch(self) -> Float[Tensor, "channel rows columns"]:
        """The part of the image that the unit sees."""
        return self.image[:, *self.window.slices]


class Optimised(NamedTuple):
    """An image that an ascent made for a unit."""

    image: Float[Tensor, "channel height width"]  # from 0 to 1
    value: float  # the activation on that image
    start: float  # the activation on the image that the ascent began with
    position: Position

    def __repr__(self) -> str:
        return f"Optimised({self.value:.4g} at {self.position}, from {self.start:.4g})"


@dataclass(frozen=True)
class Unit:
    """A unit of a layer, by its number.

    In a layer of maps a unit is a channel, in one of tokens an entry of the last axis, else one output, such as that of
    a class. ``Network.unit`` makes it.
    """

    subject: Subject
    layer: str
    number: int
    call: int = -1  # of a layer that runs more than once

    def activation(self, picture: Picture) -> Tensor:
        """The unit's activations on an image: (row, column), (token) or a single number.

        Raises OutputError for a layer without such a unit, and for an image on which the network does not run.
        """
        return self._activations(self._tensor(picture)[None])[0].float().cpu()

    def strongest(self, images: object, *, count: int = 9, batch_size: int = 16) -> list[Hit]:
        """The images that excite the unit most, the strongest first, each with the patch that the unit sees there.

        images: a folder, a tar file or any other source of :func:`helpers.data.images.open_images`, or an iterable of
            tensors (channel, row, column) from 0 to 1, of batches of them, or of pairs with a label, as a data loader
            gives.
        batch_size: how many images the network sees at once; memory grows with it, and not with the number of images.

        Raises OutputError for a layer without such a unit, ImagesError or PictureError for images that cannot be read,
        and ActivationError where there are none.
        """
        kept, shown = StrongestInputs(count, first_unit=self.number), dict[int, tuple[str, str, Tensor]]()
        for batch in pictures.batches(images, size=self.subject.size, batch_size=batch_size):
            first = kept.seen
            kept.add(self._activations(batch.x)[:, None])
            numbers = kept.found().number[0].tolist()
            new = {n: n - first for n in numbers if n >= first}
            shown = {n: shown[n] for n in numbers if n < first} | {
                # a copy: a view would hold the whole batch
                n: (batch.names[here], batch.classes[here], batch.x[here].clone())
                for n, here in new.items()
            }
        hits = []
        for value, number, position in zip(*(part[0].tolist() for part in kept.found()), strict=True):
            name, class_name, image = shown[number]
            height, width = image.shape[-2:]
            window = self.subject.seen(self.layer, tuple(position), (height, width))
            hits.append(Hit(name, class_name, value, tuple(position), window, image))
        return hits

    def receptive_field(self, position: Position | None = None, *, size: int | tuple[int, int] | None = None) -> Window:
        """The pixels that the unit sees at a position of its layer; by default in the middle.

        size: of the image, where it is not that of the network. Raises FieldError where it is not known, as behind
        attention, and for a position outside the layer.
        """
        size = self.subject.size if size is None else size
        field = self.subject.receptive_field(self.layer, (size, size) if isinstance(size, int) else size)
        middle = tuple(n // 2 for n in field.units)
        return field.window(*(middle if position is None else _whole(position)))

    def gradient(self, picture: Picture, *, position: Position | None = None) -> Float[Tensor, "channel height width"]:
        """The gradient of the unit's activation with respect to an image from 0 to 1, in the image's colours.

        position: where in the layer; by default where the image excites the unit most.
        """
        image = self._tensor(picture)
        objective = self._objective(self._position(image, position))
        with torch.inference_mode(False), torch.enable_grad():
            x = image.detach().clone()[None].requires_grad_()
            (gradient,) = torch.autograd.grad(objective(self.subject.prepare(x)).sum(), x)
        return gradient[0]

    def guided(self, picture: Picture, *, position: Position | None = None) -> Float[Tensor, "channel height width"]:
        """Guided backpropagation (Springenberg et al., 2015) from the unit to an image, in the image's colours.

        position: where in the layer; by default where the image excites the unit most.

        Raises CannotReverse for a network that has no such way back.
        """
        image = self._tensor(picture)
        where = self._position(image, position)
        with torch.inference_mode(False), torch.enable_grad():
            x = image.detach().clone()[None].requires_grad_()
            prepared = self.subject.prepare(x)
            with evaluating(self.subject.module):
                passage = forward(self.subject.module, self.layer, prepared[0].detach(), call=self.call)
                back = attribute(
                    passage, GUIDED_BACKPROP, position=where or None, units=[self.number], rectify_image=False
                )
            (signal,) = torch.autograd.grad(prepared, x, back.full())
        return signal[0]

    def optimised(
        self,
        *,
        steps: int = 128,
        seed: int = 0,
        rate: float = 0.05,
        shift: int = 4,
        position: Position | None = None,
        start: Picture | None = None,
    ) -> Optimised:
        """An image from 0 to 1 that activates the unit as strongly as an ascent finds (activation maximisation).

        steps: of Adam, of this ``rate``, on the numbers of which :func:`helpers.ascent.parametrisations.smooth_image`
            makes the image.
        seed: decides the shifts, and the start where none is given: the best of some images of noise.
        shift: pixels by which the network sees the image moved at each step, at most; 0 for none.
        position: where in the layer; by default in the middle, or where the start that is given excites the unit most.
        start: an image to begin with, such as one that excites a unit which noise does not.

        Raises AscentError where the unit has no gradient at the start, so that there is nothing to climb, and where the
        ascent leaves the finite numbers.
        """
        starts, where = self._starts(start, seed, position)
        objective = self._objective(where)

        def value(numbers: Tensor) -> Tensor:
            return objective(self.subject.prepare(smooth_image(numbers)))

        with torch.no_grad():
            begin = starts[value(starts).argmax()][None]
        found = ascend(
            value,
            begin,
            step=adam(rate),
            max_steps=steps,
            transform=jitter(shift, seed=seed) if shift else None,
            progress_name=f"unit {self.number} of {self.layer}",
        )
        if torch.equal(found.x, begin):
            raise AscentError(
                f"unit {self.number} of {self.layer} has no gradient on any image to start with, so that there is "
                f"nothing to climb: behind a ReLU a silent unit has none, so give start= an image that excites it, or "
                f"take the layer before"
            )
        image = smooth_image(found.x)[0].cpu()
        return Optimised(image, float(found.value), float(found.history[0, 0]), where)

    def _starts(self, start: Picture | None, seed: int, position: Position | None) -> tuple[Tensor, Position]:
        """The numbers of images to begin an ascent with, on the network's device, and the position to climb at."""
        if start is not None:
            image = self._tensor(start)
            return numbers_of(image)[None].to(self.subject.device), self._position(image, position)
        shape = (self.subject.channels, self.subject.size, self.subject.size)
        numbers = gaussian_starts(_STARTS, shape, seed=seed, spread=_SPREAD).to(self.subject.device)
        middle = tuple(n // 2 for n in self.activation(torch.full(shape, 0.5)).shape)
        return numbers, middle if position is None else _whole(position)

    def _tensor(self, picture: Picture) -> Tensor:
        return pictures.tensor_of(picture, size=self.subject.size)

    def _objective(self, position: Position) -> Objective:
        network, axis = self.subject.module, self.subject.unit_axis(self.layer)
        where = position or None
        return activation(network, self.layer, self.number, position=where, call=self.call, unit_axis=axis)

    def _activations(self, x: Tensor) -> Float[Tensor, "image ..."]:
        prepared, axis = self.subject.prepare(x), self.subject.unit_axis(self.layer)
        output = layer_output(self.subject.module, self.layer, prepared, call=self.call, unit_axis=axis)
        require_unit(self.layer, self.number, output.shape[1])
        return output[:, self.number].cpu()

    def _position(self, image: Tensor, position: Position | None) -> Position:
        """The position that was asked for, or else the one at which the image excites the unit most."""
        if position is not None:
            return _whole(position)
        found = self.activation(image)
        return tuple(int(place) for place in torch.unravel_index(found.argmax(), found.shape)) if found.dim() else ()


def _whole(position: Position) -> Position:
    """A position as whole numbers, also of a list or a tensor."""
    try:
        return tuple(operator.index(place) for place in position)
    except TypeError:
        raise OutputError(
            f"position = {position!r}; allowed are (row, column) in a map, (token,) in a layer of tokens, and ()"
        ) from None
