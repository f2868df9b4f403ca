"""What a page costs, in a unit that does not hang on the machine: plain forward passes of 100 images."""

from __future__ import annotations

from time import perf_counter

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.pages.runs import Run


class Passes:
    """A clock that starts when it is made."""

    def __init__(self, network: nn.Module, inputs: Float[Tensor, "image channel row column"]) -> None:
        self._network, self._inputs = network, inputs
        self._start = perf_counter()
        self._before = self._seconds_of_a_pass()

    def say(self, run: Run) -> None:
        """Show how many passes of 100 images the page has taken so far, and keep the number.

        A pass is timed at the start and again now, since other programs may have slowed the machine down in between.
        """
        seconds = perf_counter() - self._start
        passes = seconds / ((self._before + self._seconds_of_a_pass()) / 2)
        run.measure("plain passes of 100 images", [passes])
        run.say(f"This page took {seconds:.0f} seconds, as long as {passes:.1f} plain passes of 100 images.")

    @torch.no_grad()
    def _seconds_of_a_pass(self) -> float:
        start = perf_counter()
        self._network(self._inputs)
        return 100 * (perf_counter() - start) / len(self._inputs)
