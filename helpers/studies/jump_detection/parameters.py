"""The parameters that the pages of the study share."""

from helpers.pages.parameters import Number, ParameterType

PARAMETERS: dict[str, ParameterType] = {
    "jump": Number(0.1, 100),  # level after the jump; the level before it is 0
    "noise_std": Number(0.05, 10),  # standard deviation of the noise
}
