"""The small package behind the pages, built in floors. A module imports only from the floors below its own.

Floor 0, pure ground: :mod:`helpers.metrics` (tensors to numbers), :mod:`helpers.data` (what goes in) and
:mod:`helpers.models` (the networks of the studies). They do not import each other.

Floor 1: :mod:`helpers.hooks` (looking inside a running network).

Floor 2: :mod:`helpers.training` (fit many networks at once), :mod:`helpers.plots` (one function per kind of
figure) and :mod:`helpers.claims` (a study's claim, our measurement, the verdict).

Floor 3: :mod:`helpers.runs` (one run of a page: parameters, seeds, device, provenance, ``results.json``).

The data's way is one-directional: data, model, (training), hooks, metrics, plots and claims. Arrays name
their axes in the annotations; the first axis of most is ``seed``: independent repetitions, computed side by
side.
"""
