"""One rule executes a page, one builds the book, three make a sweep; `make` is the front door.

Configuration (--config name=value): scale (smoke, laptop, paper), build (the folder of everything made),
sweep (a YAML file, for the target `sweep`), device (auto, cpu, cuda).
"""

import os
import sys
from pathlib import Path

from snakemake.utils import Paramspace

from helpers.pages import sources, sweeps
from helpers.pages.parameters import SCALES
from workflow import dependencies

PYTHON = sys.executable  # also where the environment is not activated
SCALE = config.get("scale", "laptop")
DEVICE = config.get("device", "auto")
BUILD = config.get("build", "_build")
if SCALE not in SCALES:
    raise WorkflowError(f"The scale is {SCALE!r}; allowed is one of {', '.join(SCALES)}.")
PAGES = pages.every()
FILES = {page.name: dependencies.of_page(page) for page in PAGES}  # of helpers/
COMMON = ["requirements.lock", "workflow/execute.py"]


def waiting(page):
    """How many other pages cannot start before this one is done."""
    readers = [other for other in PAGES if page.name in other.reads]
    return len(readers) + sum(waiting(reader) for reader in readers)


def urgency(page, readers):
    """A higher number starts sooner. Pages that need several cores first: they would otherwise wait for the moment at
    which they are free together. Then what most pages wait for; then long ones, which must not be the last to start."""
    return 10_000_000 * (page.threads - 1) + 100_000 * readers + len(page.code)


def assets(page):
    """The folder that a page is run again for when another one is named."""
    return os.environ.get("HELPERS_ASSETS", "") if dependencies.ask_for_assets(FILES[page.name]) else ""


def results(page):
    return f"{BUILD}/results/{page.name}/results.json"


def networks(page):
    return [f"{BUILD}/results/{page.name}/networks/{key}.safetensors" for key in page.saves]


def sources(page):
    return [f"notebooks/{page.name}.py", f"notebooks/{page.study}/claims.yml", *COMMON, *FILES[page.name]]


rule explorer:
    input:
        networks(pages.read("net_fragments/02_eleven_models")),
        "workflow/explorer.py",
    output:
        directory(f"{BUILD}/explorer"),
    shell:
        "{PYTHON} -m workflow.explorer {input[0]} {output}"


rule book:
    input:
        rules.explorer.output,
        executed=[f"{BUILD}/executed/{page.name}.ipynb" for page in PAGES],
        results=[results(page) for page in PAGES],
        prose=sorted(str(path) for path in Path("book").rglob("*") if path.is_file()),
        paired=[f"notebooks/{page.name}.ipynb" for page in PAGES],  # readers download them
        site=[
            "_toc.yml",
            "_config.yml",
            "workflow/site.py",
            "workflow/scorecard.py",
            "workflow/book_extension.py",
            "helpers/pages/claims.py",
            "requirements.lock",
        ],
    output:
        f"{BUILD}/html/index.html",
    params:
        build=BUILD,
    shell:
        "{PYTHON} -m workflow.site --build {params.build}"


for page in PAGES:

    rule:
        name:
            "execute_" + page.name.replace("/", "_")
        input:
            sources(page),
            [file for name in page.reads for file in (results(pages.read(name)), *networks(pages.read(name)))],
            [f"{BUILD}/sweeps/{page.sweep}/table.csv"] if page.sweep else [],
        output:
            f"{BUILD}/executed/{page.name}.ipynb",
            results(page),
            networks(page),
        params:
            source=f"notebooks/{page.name}.py",
            folder=f"{BUILD}/results/{page.name}",
            build=BUILD,
            scale=SCALE,
            device=DEVICE,
            assets=assets(page),
        # At smoke scale a page is mostly start-up.
        threads: 1 if SCALE == "smoke" else page.threads
        priority: urgency(page, readers=waiting(page))
        shell:
            "{PYTHON} -m workflow.execute {params.source} {output[0]} --folder {params.folder}"
            " --shared {params.build}/results --threads {threads} -p scale={params.scale} -p device={params.device}"


# The sweeps that pages show, and the one asked for by --config sweep=FILE.
SWEEPS = {page.sweep: f"sweeps/{page.sweep}.yml" for page in PAGES if page.sweep}
if "sweep" in config:
    SWEEPS[Path(config["sweep"]).stem] = config["sweep"]

for name, path in SWEEPS.items():
    one = sweeps.read(Path(path))
    page = pages.read(one.page)
    space = Paramspace(one.combinations, filename_params="*", param_sep="=", filename_sep=",")
    folder = f"{BUILD}/sweeps/{name}"

    rule:
        name:
            f"sweep_{name}_run"
        input:
            sources(page),
        output:
            f"{folder}/{space.wildcard_pattern}/executed.ipynb",
            f"{folder}/{space.wildcard_pattern}/results.json",
        params:
            source=f"notebooks/{page.name}.py",
            build=BUILD,
            scale=SCALE,
            device=DEVICE,
            values=lambda wildcards, space=space: [
                f"-p {name}={value}" for name, value in space.instance(wildcards).items()
            ],
        threads: 1
        priority: urgency(page, readers=1)  # the page that shows the sweep
        shell:
            "{PYTHON} -m workflow.execute {params.source} {output[0]} --folder $(dirname {output[1]})"
            " --shared {params.build}/results --threads {threads} -p scale={params.scale} -p device={params.device}"
            " {params.values}"

    rule:
        name:
            f"sweep_{name}_table"
        input:
            sweep=path,
            results=[
                *(f"{folder}/{instance}/results.json" for instance in space.instance_patterns),
                *([results(page)] if one.with_page else []),
            ],
        output:
            table=f"{folder}/table.csv",
            plot=f"{folder}/plot.png",
        shell:
            "{PYTHON} -m workflow.sweep {input.sweep} --table {output.table} --plot {output.plot} {input.results:q}"


rule sweep:
    input:
        [f"{BUILD}/sweeps/{Path(config['sweep']).stem}/table.csv"] if "sweep" in config else [],
