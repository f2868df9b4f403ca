"""The package behind the pages, built in floors: README.md shows the plan, and a test holds the code against it.

A module imports only from floors below its own. The data's way is one-directional: data, model, (training), hooks,
metrics, plots and claims. Arrays name their axes in the annotations; the first axis of most is ``seed``: independent
repetitions, computed side by side.
"""

import warnings

# The bar that tqdm has for notebooks needs ipywidgets, which the book does without. Libraries ask for it all the same,
# and every page would begin with a warning that names a folder of the machine.
warnings.filterwarnings("ignore", message="IProgress not found")
