"""The package behind the pages, built in floors: README.md shows the plan, and a test holds the code against it.

A module imports only from floors below its own. The data's way is one-directional: data, model, (training), hooks,
metrics, plots and claims. Arrays name their axes in the annotations; the first axis of most is ``seed``: independent
repetitions, computed side by side.
"""
