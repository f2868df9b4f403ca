"""Two other libraries that optimise images of units, for ``benchmarks.ascent``: Lucent and dreamlens.

Neither is in our locks. They are timed where they can be imported; install them beside our packages into a folder of
their own, and name it in ``PYTHONPATH``::

    pip install --no-deps --target peers torch-lucent kornia==0.4.1 decorator dreamlens==0.1.1
    PYTHONPATH=peers python -m benchmarks.ascent

Each works on a copy of the network: both leave hooks behind.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable

from helpers.ascent.unit_jobs import Setting
from helpers.models.initialisation import copied
from helpers.models.pretrained import Pretrained

Rate = Callable[[Pretrained, str, list[int], Setting], float]


def here() -> dict[str, Rate]:
    """Units × steps a second of each library that is installed, by what the call is."""
    found: dict[str, Rate] = {}
    if importlib.util.find_spec("lucent") is not None:
        found["Lucent"] = _lucent_at_equal_pixels
        found["Lucent as it comes"] = _lucent_as_it_comes
    if importlib.util.find_spec("dreamlens") is not None:
        found["dreamlens, one unit"] = _dreamlens_one
        found["dreamlens, all units in a call"] = _dreamlens
    return found


def _lucent_at_equal_pixels(loaded: Pretrained, layer: str, units: list[int], setting: Setting) -> float:
    return _lucent(loaded, layer, units, setting, size=setting.size)


def _lucent_as_it_comes(loaded: Pretrained, layer: str, units: list[int], setting: Setting) -> float:
    """Lucent enlarges what is smaller than 224 pixels unless told otherwise."""
    return _lucent(loaded, layer, units, setting, size=None)


def _lucent(loaded: Pretrained, layer: str, units: list[int], setting: Setting, *, size: int | None) -> float:
    """A unit at a time, as ``render_vis`` works; one unit is enough to tell."""
    from lucent.optvis import param, render  # type: ignore[import-not-found]

    network = copied(loaded.network).eval()
    begun = time.perf_counter()
    render.render_vis(
        network,
        f"{layer}:{units[0]}",
        lambda: param.image(setting.size, fft=True, decorrelate=True),
        thresholds=(setting.steps,),
        show_image=False,
        progress=False,
        fixed_image_size=size,
    )
    return setting.steps / (time.perf_counter() - begun)


def _dreamlens_one(loaded: Pretrained, layer: str, units: list[int], setting: Setting) -> float:
    return _dreamlens(loaded, layer, units[:1], setting)


def _dreamlens(loaded: Pretrained, layer: str, units: list[int], setting: Setting) -> float:
    """All units in one call, with the transforms that the library brings."""
    from dreamlens import FeatureVisualizer, RenderConfig  # type: ignore[import-not-found]

    seen = FeatureVisualizer(copied(loaded.network).eval(), quiet=True)
    config = RenderConfig(width=setting.size, height=setting.size, steps=setting.steps)
    begun = time.perf_counter()
    seen.maximize_channels(layer, units, config)
    return len(units) * setting.steps / (time.perf_counter() - begun)
