"""Activation maximisation of thousands of units: many in one batch, each image with its own start and transforms.

    jobs = jobs_of({"mixed4a_3x3_pre_relu": [0, 1, 2]}, directions=(1, -1))
    found = maximise(network, preprocessing, jobs, Setting(size=128, steps=2048), seed=0)

What an image starts from and what it draws hangs on (seed, layer, unit, start, step) alone: it is the same in any
batch, in any order, and however often others begin anew. The image itself differs by as much as the network rounds
otherwise in batches of another size; at one batch size it is the same to the bit, also after interruptions.

The network is cut behind each layer, and may run in bfloat16; numbers, views, optimiser and scores are in float32.
"""

from __future__ import annotations

import hashlib
import time
import warnings
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from helpers.ascent.counted import stream
from helpers.ascent.errors import AscentError
from helpers.ascent.memory import batch_that_fits, free_bytes, is_out_of_memory, kept_bytes
from helpers.ascent.spectra import image_of_pixels, image_of_spectrum, pixels, spectrum
from helpers.ascent.steps import AdamState, adam
from helpers.ascent.unit_jobs import Jobs, Setting
from helpers.ascent.unit_progress import Progress
from helpers.ascent.unit_response import Responses, peak_of, value_of
from helpers.models.preprocessing import Preprocessing

_ANEW = 1000  # by how much the number of a start grows when it begins anew
_BATCH = {"cpu": 16, "cuda": 512}  # more images at once are no faster


def maximise(
    network: nn.Module,
    preprocessing: Preprocessing,
    jobs: Jobs,
    setting: Setting,
    *,
    seed: int,
    device: torch.device | str = "cpu",
    batch: int | None = None,
    path: Path | None = None,
    save_every: float = 30.0,
    progress_name: str = "",
) -> Progress:
    """The images that excite units most, or least: of all jobs.

    network, preprocessing: as :func:`helpers.models.pretrained.load` gives them; the network stays as it is.
    batch: at most so many images at once; fewer where they do not fit into memory, which is measured.
    path: a file from which an interrupted ascent goes on, and to which its state is written every ``save_every``
    seconds; whoever names it removes it.

    An image whose unit has no gradient at the start, or whose score is no better than the start's, begins anew from
    another start. Raises UnknownLayer and OutputError for layers and units that there are not, and AscentError for
    images that do not fit into memory and numbers that are not finite.
    """
    device = torch.device(device)
    about = _about(jobs, setting, seed)
    found = (path and Progress.read(path, about)) or Progress.begun(jobs, setting)
    bar = tqdm(total=len(jobs.unit), initial=int(found.done.sum()), desc=progress_name, unit="image", disable=None)
    with torch.inference_mode(False), bar:
        for place, layer in enumerate(jobs.layers):
            waiting = (jobs.layer == place) & ~found.done
            if not waiting.any():
                continue
            responses = Responses(network, preprocessing, layer, half=setting.half, device=device)
            climb = _Climb(responses, jobs, setting, seed, device, found)
            if not found.batch[place]:
                found.batch[place] = climb.measured(batch or _BATCH.get(device.type, 16))
            keep = _Keeper(found, path, about, save_every)
            while (waiting := ((jobs.layer == place) & ~found.done).nonzero().flatten()).numel():
                before = int(found.done.sum())
                _one_batch(climb, waiting[: int(found.batch[place])], place, keep)
                bar.update(int(found.done.sum()) - before)
    return found


class _Keeper:
    """Writes what is found every so often."""

    def __init__(self, found: Progress, path: Path | None, about: dict[str, Any], every: float) -> None:
        self.found, self.path, self.about, self.every = found, path, about, every
        self.last = time.monotonic()

    def __call__(self) -> None:
        if self.path is not None and time.monotonic() - self.last >= self.every:
            self.found.save(self.path, self.about)
            self.last = time.monotonic()


def _one_batch(climb: _Climb, members: Tensor, place: int, keep: _Keeper) -> None:
    """Climb with these jobs; with half as many at once from now on where memory does not suffice."""
    found = climb.found
    if found.running:
        members = found.running["members"]
    try:
        climb(members, keep)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error) or len(members) < 2:
            raise
        found.running, found.batch[place] = {}, len(members) // 2
        warnings.warn(f"{len(members)} images at once did not fit; {len(members) // 2} are taken.", stacklevel=2)
    keep()


class _Climb:
    """Images of one layer as they climb, side by side."""

    def __init__(
        self, responses: Responses, jobs: Jobs, setting: Setting, seed: int, device: torch.device, found: Progress
    ) -> None:
        self.responses, self.jobs, self.setting, self.seed = responses, jobs, setting, seed
        self.device, self.found = device, found
        self.rule = adam(setting.rate)

    def measured(self, at_most: int) -> int:
        """How many images fit at once."""
        numbers = self._starts(torch.tensor([0]))
        draws = self._drawn_by(torch.tensor([0]))
        units = torch.zeros(1, dtype=torch.long)
        return batch_that_fits(
            kept_bytes(lambda: self._value(numbers.requires_grad_(), units, draws, 0)),
            free=free_bytes(self.device),
            at_most=at_most,
        )

    def __call__(self, members: Int[Tensor, " member"], keep: _Keeper) -> None:
        """Climb to the end from the start, or from where ``found.running`` stands; then judge who is done."""
        found, setting = self.found, self.setting
        running = found.running or self._begun(members)
        found.running = running
        unit, sign = self.jobs.unit[members], self.jobs.direction[members].to(self.device)
        draws = self._drawn_by(members)
        for step in range(int(running["step"]), setting.steps):
            with torch.enable_grad():
                numbers = running["numbers"].detach().requires_grad_()
                value = self._value(numbers, unit, draws, step)
                found.history[members, step] = value.detach().cpu()
                (gradient,) = torch.autograd.grad((sign * value).sum(), numbers)
            state = AdamState(running["mean"], running["square"], step)
            moved, (mean, square, _) = self.rule(numbers.detach(), gradient, state)
            if not moved.isfinite().all():
                raise AscentError(f"an image is not finite after {step + 1} steps; take a smaller rate")
            running |= {"numbers": moved, "mean": mean, "square": square, "step": torch.tensor(step + 1)}
            if step + 1 in setting.kept:
                self._look(members, setting.kept.index(step + 1))
            keep()
        self._judge(members)
        found.running = {}

    def _begun(self, members: Tensor) -> dict[str, Tensor]:
        numbers = self._starts(members).to(self.device)
        zero = torch.zeros_like(numbers)
        self.found.running = {"members": members, "numbers": numbers, "mean": zero, "square": zero.clone()}
        self.found.running["step"] = torch.tensor(0)
        image = _rounded(self._image_of(numbers))
        maps = self.responses.maps(image.float() / 255, self.jobs.unit[members], exact=True)
        self.found.first[members] = value_of(maps, self.setting.where).cpu()
        if 0 in self.setting.kept:
            self._look(members, 0)
        return self.found.running

    def _start_number(self, members: Tensor) -> Tensor:
        return self.jobs.start[members] + _ANEW * self.found.restarts[members]

    def _starts(self, members: Tensor) -> Float[Tensor, "member ..."]:
        """The numbers from which each job starts; the same for both directions."""
        make = spectrum if self.setting.fourier else pixels
        layer, numbers = self.responses.layer, []
        for unit, start in zip(self.jobs.unit[members].tolist(), self._start_number(members).tolist(), strict=True):
            numbers.append(make(self.setting.size, seed=self.seed, purpose=f"start {start} of {layer} {unit}"))
        return torch.stack(numbers)

    def _drawn_by(self, members: Tensor) -> tuple[Tensor, Tensor]:
        """The streams of numbers that the members draw from, and the numbers of their starts."""
        layer = self.responses.layer
        streams = [stream(self.seed, f"views of {layer} {unit}") for unit in self.jobs.unit[members].tolist()]
        return torch.tensor(streams, device=self.device), self._start_number(members).to(self.device)

    def _image_of(self, numbers: Tensor) -> Float[Tensor, "member 3 row column"]:
        return image_of_spectrum(numbers) if self.setting.fourier else image_of_pixels(numbers)

    def _value(
        self, numbers: Tensor, unit: Tensor, draws: tuple[Tensor, Tensor], step: int
    ) -> Float[Tensor, " member"]:
        """What each image climbs on at a step, of its view."""
        images = self._image_of(numbers.to(self.device))
        views = self.setting.views
        if views is not None:
            images = views.look(images, views.draw(*draws, step))
        return value_of(self.responses.maps(images, unit), self.setting.where)

    @torch.no_grad()
    def _look(self, members: Tensor, look: int) -> None:
        """Keep the images as they are, and how their units answer to what is kept."""
        found = self.found
        image = _rounded(self._image_of(found.running["numbers"]))
        maps = self.responses.maps(image.float() / 255, self.jobs.unit[members], exact=True)
        found.image[members, look] = image.cpu()
        found.score[members, look] = value_of(maps, self.setting.where).cpu()
        found.peak[members, look] = peak_of(maps, self.jobs.direction[members].to(maps.device)).cpu()

    def _judge(self, members: Tensor) -> None:
        """Who has climbed is done; who has not begins anew, or is dead after the last restart."""
        found = self.found
        gained = self.jobs.direction[members] * (found.score[members, -1] - found.first[members])
        last = found.restarts[members] >= self.setting.restarts
        found.done[members] = (gained > 0) | last
        found.dead[members] = (gained <= 0) & last
        found.restarts[members] += ((gained <= 0) & ~last).long()


def _rounded(image: Tensor) -> Tensor:
    return (image.detach() * 255).round().to(torch.uint8)


def _about(jobs: Jobs, setting: Setting, seed: int) -> dict[str, Any]:
    """What decides all but the network."""
    listed = torch.stack(jobs[1:]).numpy().tobytes()
    return {
        "setting": setting.described(),
        "seed": seed,
        "layers": list(jobs.layers),
        "jobs": hashlib.sha256(listed).hexdigest(),
    }
