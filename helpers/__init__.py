"""The small package behind the pages, built in floors. A module imports only from the floors below its own.

Floor 0: :mod:`helpers.metrics` (tensors to numbers), :mod:`helpers.data` (what goes in) and :mod:`helpers.models`
(the networks of the studies), which do not import each other; :mod:`helpers.pages.parameters` (what a page may be told),
:mod:`helpers.pages.provenance` (where a result comes from) and :mod:`helpers.pages.repository` (this checkout). Below all of
them :mod:`helpers.errors` (the sentence for what cannot be used) and :mod:`helpers.atomic_files`.

Floor 1: :mod:`helpers.hooks` (looking inside a running network), :mod:`helpers.studies.net_fragments.pixel_flips`, :mod:`helpers.studies.jump_detection.output_initialisation` and
:mod:`helpers.statistics.simulation` (what single pages try on networks), :mod:`helpers.pages.sources` (the sources of pages).

Floor 2: :mod:`helpers.training.stacks` (fit many networks at once), :mod:`helpers.ascent.signals` and :mod:`helpers.ascent.images`
(optimise an input, a signal or an image), :mod:`helpers.plots` (one function per kind of figure),
:mod:`helpers.pages.claims` (a study's claim, our measurement, the verdict) and :mod:`helpers.pages.sweeps` (tables of many runs).

Floor 3: :mod:`helpers.studies.jump_detection.recipes` and :mod:`helpers.studies.net_fragments.training` (networks that pages share, trained as the
studies say), :mod:`helpers.training.embedded` (the narrow networks of the package), :mod:`helpers.pages.runs` (one run of a
page: parameters, seeds, device, provenance, ``results.json``).

Floor 4: :mod:`helpers.pages.inspected` (the network and the images that a page on large networks looks at).

The data's way is one-directional: data, model, (training), hooks, metrics, plots and claims. Arrays name
their axes in the annotations; the first axis of most is ``seed``: independent repetitions, computed side by
side.
"""
