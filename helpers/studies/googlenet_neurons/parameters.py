"""The parameters that all pages of the study have, beside scale, seed and device, and those of pages with images."""

from __future__ import annotations

from helpers.pages.parameters import ParameterType, String

PARAMETERS: dict[str, ParameterType] = {"model": String(), "layer": String()}
IMAGES: dict[str, ParameterType] = {"images": String()}
