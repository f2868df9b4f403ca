"""The units of a network of your own: what excites them most, what they see of it, and what they would like best.

    from helpers import units

    net = units.load("resnet18")  # or an nn.Module: units.load(module, size=224, mean=(…), std=(…))
    unit = net.unit("layer4", 7)
    hits = unit.strongest("photos", count=9)
    found = unit.optimised(steps=128, seed=0)
    units.sheet(unit, hits, found).save("unit.png")

What the book measured of a unit stands in its table: ``units.row("vgg16/conv4_3/13", "units.parquet")``.

Images are RGB, or of as many channels as the network takes, with values from 0 to 1; the network's preprocessing is
applied here. A network is left as it was: its mode, its parameters and their gradients.
"""

from helpers.units.networks import Network, load
from helpers.units.pictures import PictureError
from helpers.units.rows import row
from helpers.units.sheets import Sheet, sheet
from helpers.units.unit import Hit, Optimised, Unit

__all__ = ["Hit", "Network", "Optimised", "PictureError", "Sheet", "Unit", "load", "row", "sheet"]
