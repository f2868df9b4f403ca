"""The small package behind the pages, built in floors. A module imports only from the floors below its own.

Floor 0: :mod:`helpers.metrics` (tensors to numbers), :mod:`helpers.data` (what goes in) and :mod:`helpers.models`
(the networks of the studies), which do not import each other; :mod:`helpers.parameters` (what a page may be told),
:mod:`helpers.provenance` (where a result comes from) and :mod:`helpers.repository` (this checkout). Below all of
them :mod:`helpers.bad_input` (the sentence for what cannot be used) and :mod:`helpers.whole_files`.

Floor 1: :mod:`helpers.hooks` (looking inside a running network), :mod:`helpers.flips`, :mod:`helpers.starts` and
:mod:`helpers.trials` (what single pages try on networks), :mod:`helpers.pages` (the sources of pages).

Floor 2: :mod:`helpers.training` (fit many networks at once), :mod:`helpers.ascent` and :mod:`helpers.image_ascent`
(optimise an input, a signal or an image), :mod:`helpers.plots` (one function per kind of figure),
:mod:`helpers.claims` (a study's claim, our measurement, the verdict) and :mod:`helpers.sweeps` (tables of many runs).

Floor 3: :mod:`helpers.recipes` and :mod:`helpers.fragment_training` (networks that pages share, trained as the
studies say), :mod:`helpers.pattern_training` (the narrow networks of the package), :mod:`helpers.runs` (one run of a
page: parameters, seeds, device, provenance, ``results.json``).

Floor 4: :mod:`helpers.subjects` (the network and the images that a page on large networks looks at).

The data's way is one-directional: data, model, (training), hooks, metrics, plots and claims. Arrays name
their axes in the annotations; the first axis of most is ``seed``: independent repetitions, computed side by
side.
"""
