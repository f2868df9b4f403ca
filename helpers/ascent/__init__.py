"""Optimise an input, a signal or an image, so that units answer as strongly as they can.

    found = ascend(activation(network, "relu4_3", 17, position=(4, 4)), gaussian_starts(8, (3, 64, 64), seed=0),
                   step=adam(0.05), transform=jitter(2, seed=0), penalty=total_variation(0.01), max_steps=200)

``loop`` climbs. What climbs is made of plain functions. An objective gives every input a value (``objectives``; of
units of a layer: ``activation``), and a penalty is an objective that is taken off. A transform moves what the network
sees (``transforms``). A step rule turns gradients into steps (``steps``). ``parametrisations`` has the starts.
"""
