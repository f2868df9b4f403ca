"""The parameters that all pages of the study have, beside scale, seed and device."""

from __future__ import annotations

from helpers.pages.parameters import Integer, ParameterType, String

PARAMETERS: dict[str, ParameterType] = {
    "model": String(),
    "layers": String(),
    "images": String(),
    "draws": Integer(1, 100),
}
