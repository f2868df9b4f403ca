"""A rule for each stage and each page, one that builds the book, and three for each sweep. People call `make`.

Digests and values in `params` stand for code, claims and parameters, so that an edit of prose reruns nothing.
In a command every value is quoted ({…:q}): a shell must not take apart what a user names.

Configuration (--config name=value): scale (smoke, laptop, paper), build (the folder of everything made),
sweep (a YAML file, for the target `sweep`), device (auto, cpu, cuda), limit (minutes per page or stage), at_once (how
many batches of a sweep there should at least be), thumbnails (yes, or no for a book that is published), repository and
branch (the address of the sources, for links from the book).
"""

import os
import sys
from pathlib import Path

from helpers.pages import sources, sweeps
from helpers.pages.parameters import SCALES
from workflow import dependencies, job_resources
from workflow.limits import LIMITS

PYTHON = sys.executable  # works even if the environment is not activated
SCALE = config.get("scale", "laptop")
DEVICE = config.get("device", "auto")
BUILD = config.get("build", "_build")
THUMBNAILS = config.get("thumbnails", "yes")
if THUMBNAILS not in ("yes", "no"):
    raise WorkflowError(f"thumbnails is {THUMBNAILS!r}; allowed is yes or no.")
if SCALE not in SCALES:
    raise WorkflowError(f"The scale is {SCALE!r}; allowed is one of {', '.join(SCALES)}.")
LIMIT = float(config.get("limit") or LIMITS[SCALE])  # no param: another limit is no reason to run a page again
PAGES = sources.every()


def waiting(page):
    """The number of other pages that cannot start before this one is done."""
    readers = [other for other in PAGES if page.name in other.reads]
    return len(readers) + sum(waiting(reader) for reader in readers)


def urgency(page, readers):
    """The priority of a job; a higher number starts sooner.
    Jobs that need several cores come first, since it is rare later that several are free at the same time. Then come
    jobs for which most pages wait, then long pages, which must not be the last to start.
    """
    return 10_000_000 * (page.threads - 1) + 100_000 * readers + len(page.code)


def assets(page):
    """The folder of assets, if the page depends on it: the page runs again if the folder's name changes."""
    return os.environ.get("HELPERS_ASSETS", "") if dependencies.ask_for_assets(page) else ""


def told_of_images(page):
    """The options of a page that shows images: with thumbnails of what must not be published, or without."""
    return f" -p thumbnails={THUMBNAILS}" if "thumbnails" in page.defaults else ""


def results(page):
    return f"{BUILD}/results/{page.name}/results.json"


def made(stage):
    """The file that lists the artefacts of a stage."""
    return f"{BUILD}/stages/{stage}.json"


def page_inputs(page):
    """The files that a run of a page reads: its source, artefacts of stages, results of other pages, a sweep's table."""
    return [
        f"notebooks/{page.name}.py",
        "requirements.lock",
        *map(made, page.stages),
        *(f"notebooks/{page.study}/conclusions.yml" for _ in page.reads[:1]),  # it sums up what others found
        *(results(sources.read(name)) for name in page.reads),
        *(f"{BUILD}/sweeps/{page.sweep}/{file}" for file in ("table.csv", "complete") if page.sweep),
    ]


# A stage uses the parameters of the first page that reads it.
STAGES = {stage: page for page in reversed(PAGES) for stage in page.stages}

# Stages that would keep one core busy for half an hour, and into how many jobs they are divided
LONG_STAGES = {"googlenet_neurons/optimised_images": 9, "googlenet_neurons/optimisation_checks": 6}
STAGE_PARTS = {} if SCALE == "smoke" else LONG_STAGES


def stage_inputs(stage):
    """What a stage reads of other stages, and what shows that its parts, if it has some, are made."""
    parts = [f"{BUILD}/stages/{stage}.parts/{number}.json" for number in range(1, STAGE_PARTS.get(stage, 0) + 1)]
    return [made(other) for other in dependencies.stages_read_by(stage)] + parts


def stage_params(stage):
    """What decides the artefacts of a stage, whole or in parts, and where they lie."""
    return {
        "stage": stage,
        "page": STAGES[stage].name,
        "parameters": STAGES[stage].defaults,
        "code": dependencies.of_stage(stage),
        "versions": dependencies.numerical_versions(),
        "build": BUILD,
        "scale": SCALE,
        "device": DEVICE,
    }


for stage, page in STAGES.items():

    rule:
        name:
            "stage_" + stage.replace("/", "_")
        input:
            stage_inputs(stage),
        output:
            made(stage),
        log:
            f"{BUILD}/logs/stages/{stage}.log",
        message:
            f"{stage} (stage)"
        params:
            **stage_params(stage),
        threads: 1 if SCALE == "smoke" else page.threads
        resources:
            **job_resources.of("stage_" + stage.replace("/", "_"), SCALE, DEVICE),
        priority: urgency(page, readers=100 + sum(stage in other.stages for other in PAGES))
        shell:
            "{PYTHON:q} -m workflow.warm workflow.stage {params.stage:q} --like {params.page:q} --build {params.build:q}"
            " --limit {LIMIT} --threads {threads} -p scale={params.scale:q} -p device={params.device:q}"
            " > {log:q} 2>&1"


for stage, count in STAGE_PARTS.items():
    page = STAGES[stage]

    rule:
        name:
            f"stage_{stage.replace('/', '_')}_parts"
        input:
            [made(other) for other in dependencies.stages_read_by(stage)],
        output:
            f"{BUILD}/stages/{stage}.parts/{{number}}.json",
        log:
            f"{BUILD}/logs/stages/{stage}.parts/{{number}}.log",
        wildcard_constraints:
            number=r"\d+",
        message:
            f"{stage} (stage, part {{wildcards.number}} of {count})"
        params:
            **stage_params(stage),
            parts=count,
        threads: 1
        resources:
            **job_resources.of(f"stage_{stage.replace('/', '_')}_parts", SCALE, DEVICE),
        priority: urgency(page, readers=100 + sum(stage in other.stages for other in PAGES))
        shell:
            "{PYTHON:q} -m workflow.warm workflow.stage {params.stage:q} --part {wildcards.number}/{params.parts}"
            " --like {params.page:q} --build {params.build:q} --limit {LIMIT} --threads {threads}"
            " -p scale={params.scale:q} -p device={params.device:q} > {log:q} 2>&1"


# The code on which the book depends: workflow, and all of helpers, whose docstrings are the API reference.
SITE = sorted(str(path) for folder in ("workflow", "helpers") for path in Path(folder).rglob("*.py"))


# What the repository keeps of earlier builds
KEPT = ("verdicts.csv", "changes.yml")


rule explorer:
    input:
        made("net_fragments/encoders"),
        "workflow/explorer.py",
        "workflow/number_scripts.py",
    output:
        directory(f"{BUILD}/explorer"),
    log:
        f"{BUILD}/logs/explorer.log",
    localrule: True
    message:
        "data of the explorer"
    shell:
        "{PYTHON:q} -m workflow.explorer {input[0]:q} {output:q} > {log:q} 2>&1"


# The explorer of units: what takes long, as a stage does, and what is written from it and from the results of pages.
# At smoke scale a job is mostly start-up, and one makes all networks.
UNIT_NETWORKS = ["googlenet", "vgg16"] + ["squeezenet1_1", "narrow_googlenet", "narrow_vgg16"] * (SCALE != "smoke")
UNIT_GROUPS = [UNIT_NETWORKS] if SCALE == "smoke" else [[network] for network in UNIT_NETWORKS]
UNIT_IMAGES = "googlenet_neurons/optimised_images"

# What each step makes: its networks, and the modules on which it depends
UNIT_STEPS = {
    "look": (UNIT_NETWORKS, ["making", "looking", "layers"]),
    "climb": ([network for network in UNIT_NETWORKS if network != "googlenet"], ["making", "climbing", "layers"]),
}
UNIT_FILES = {"look": "look", "climb": "images"}  # how their files end


def unit_files(step, group):
    """The files that a step of the explorer of units makes for these networks."""
    own = [network for network in group if network in UNIT_STEPS[step][0]]
    return [f"{BUILD}/stages/units/{network}-{UNIT_FILES[step]}.safetensors" for network in own]


for step, (networks, modules) in UNIT_STEPS.items():
    for group in UNIT_GROUPS:
        own = [network for network in group if network in networks]
        if not own:
            continue
        called = "_".join(own)

        rule:
            name:
                f"units_{step}_{called}"
            output:
                unit_files(step, own),
            log:
                f"{BUILD}/logs/units/{step}_{called}.log",
            message:
                f"{'responses' if step == 'look' else 'optimised images'} of the units of {', '.join(own)}"
            params:
                step=step,
                group=own,
                folder=f"{BUILD}/stages/units",
                code=dependencies.of_units(*modules),
                versions=dependencies.numerical_versions(),
                assets=os.environ.get("HELPERS_ASSETS", ""),
                scale=SCALE,
                device=DEVICE,
            threads: 1 if SCALE == "smoke" else 2
            resources:
                **job_resources.of(f"units_{step}_{called}", SCALE, DEVICE),
            priority: 10_000_000
            shell:
                "{PYTHON:q} -m workflow.warm workflow.units.steps {params.step:q} {params.group:q}"
                " --folder {params.folder:q} --scale {params.scale:q} --device {params.device:q}"
                " --limit {LIMIT} --threads {threads} > {log:q} 2>&1"


for group in UNIT_GROUPS:
    called = "_".join(group)

    rule:
        name:
            f"unit_data_{called}"
        input:
            unit_files("look", group),
            unit_files("climb", group),
            made(UNIT_IMAGES),
            [results(page) for page in PAGES if "model" in page.defaults],
        output:
            [directory(f"{BUILD}/unit_data/{network}") for network in group],
        log:
            f"{BUILD}/logs/unit_data/{called}.log",
        message:
            f"data of the explorer of units: {', '.join(group)}"
        params:
            group=group,
            folder=f"{BUILD}/unit_data",
            page=STAGES[UNIT_IMAGES].name if UNIT_IMAGES in STAGES else "",
            code=dependencies.of_units(),
            build=BUILD,
            thumbnails=THUMBNAILS,
            scale=SCALE,
            device=DEVICE,
        threads: 1
        resources:
            **job_resources.of(f"unit_data_{called}", SCALE, DEVICE),
        shell:
            "{PYTHON:q} -m workflow.warm workflow.units.steps write {params.group:q} --folder {params.folder:q}"
            " --build {params.build:q} --like {params.page:q} --thumbnails {params.thumbnails:q} --scale {params.scale:q}"
            " --device {params.device:q} --limit {LIMIT} --threads {threads} > {log:q} 2>&1"


rule jump:
    input:
        made("jump_detection/perceptrons"),
        made("jump_detection/convnets"),
        "workflow/jump_data.py",
        "workflow/number_scripts.py",
    output:
        directory(f"{BUILD}/jump"),
    log:
        f"{BUILD}/logs/jump.log",
    localrule: True
    message:
        "data of the page on a jump"
    shell:
        "{PYTHON:q} -m workflow.jump_data {input[0]:q} {input[1]:q} {output:q} > {log:q} 2>&1"


rule book:
    input:
        rules.explorer.output,
        rules.jump.output,
        units=[f"{BUILD}/unit_data/{network}" for network in UNIT_NETWORKS],
        executed=[f"{BUILD}/executed/{page.name}.ipynb" for page in PAGES],
        results=[results(page) for page in PAGES],
        prose=sorted(str(path) for path in Path("book").rglob("*") if path.is_file()),
        paired=[f"notebooks/{page.name}.ipynb" for page in PAGES],  # readers download them
        site=["_toc.yml", "_config.yml", "CITATION.cff", "requirements.lock", "pyproject.toml", *SITE],
        kept=sorted(str(path) for path in Path("notebooks").glob("*/[vc]*") if path.name in KEPT),
    output:
        touch(f"{BUILD}/html/.built"),  # Snakemake removes outputs first; the published pages stay until the new ones
    log:
        f"{BUILD}/logs/book.log",
    localrule: True
    message:
        "the book"
    params:
        build=BUILD,
        repository=config.get("repository", ""),
        branch=config.get("branch", "main"),
    shell:
        "{PYTHON:q} -m workflow.site --build {params.build:q} --repository={params.repository:q}"
        " --branch={params.branch:q} > {log:q} 2>&1"


# The book up to date, and nothing of it missing that somebody deleted since.
rule everything:
    input:
        rules.book.input,
        rules.book.output,
        map(made, STAGES),


for page in PAGES:

    rule:
        name:
            "execute_" + page.name.replace("/", "_")
        input:
            page_inputs(page),
        output:
            f"{BUILD}/executed/{page.name}.ipynb",
            results(page),
        log:
            f"{BUILD}/logs/{page.name}.log",
        message:
            page.name
        params:
            code=dependencies.of_page(page),
            claims=dependencies.of_claims(page),
            source=f"notebooks/{page.name}.py",
            folder=f"{BUILD}/results/{page.name}",
            build=BUILD,
            scale=SCALE,
            device=DEVICE,
            assets=assets(page),
            thumbnails=told_of_images(page),
        # At smoke scale a page spends most of its time on starting.
        threads: 1 if SCALE == "smoke" else page.threads
        resources:
            **job_resources.of("execute_" + page.name.replace("/", "_"), SCALE, DEVICE),
        priority: urgency(page, readers=waiting(page))
        shell:
            "{PYTHON:q} -m workflow.warm workflow.execute {params.source:q} {output[0]:q} --folder {params.folder:q}"
            " --build {params.build:q} --limit {LIMIT} --threads {threads}"
            " -p scale={params.scale:q} -p device={params.device:q}{params.thumbnails}"
            " > {log:q} 2>&1"


# The sweeps that pages show, and the sweep of --config sweep=FILE.
SWEEPS = {page.sweep: f"sweeps/{page.sweep}.yml" for page in PAGES if page.sweep}
if "sweep" in config:
    ASKED = sweeps.name_of(Path(config["sweep"]))
    SWEEPS[ASKED] = config["sweep"]

for name, path in SWEEPS.items():
    one = sweeps.read(Path(path))
    page = sources.read(one.page)
    execute = "execute_" + page.name.replace("/", "_")  # the rule that runs the page as often as one run of the sweep
    folder = f"{BUILD}/sweeps/{name}"
    # a sweep that a page shows has the same batches on every machine, or the page would run again on another one
    at_once = 4 if any(page.sweep == name for page in PAGES) else int(config.get("at_once", 4))
    batches = sweeps.batches(len(one.runs), seconds=job_resources.seconds(execute, SCALE), at_once=at_once)
    reports = [f"{folder}/batches/{first}-{last}.json" for first, last in batches]

    rule:
        name:
            f"sweep_{name}_runs"
        input:
            page_inputs(page),
        output:
            f"{folder}/batches/{{first}}-{{last}}.json",
        log:
            f"{BUILD}/logs/sweeps/{name}/{{first}}-{{last}}.log",
        wildcard_constraints:
            first=r"\d+",
            last=r"\d+",
        message:
            f"sweep {name}: runs {{wildcards.first}} to {{wildcards.last}} of {len(one.runs)}"
        params:
            code=dependencies.of_page(page),
            claims=dependencies.of_claims(page),
            sweep=lambda wildcards, path=path: path,  # a function, since its name may have braces
            asked=lambda wildcards, runs=one.runs: runs[int(wildcards.first) : int(wildcards.last) + 1],
            runs=f"{folder}/runs",
            build=BUILD,
            scale=SCALE,
            device=DEVICE,
            assets=assets(page),
        threads: 1
        resources:
            mem_mb=job_resources.MEMORY[SCALE],
            runtime=lambda wildcards, execute=execute: job_resources.minutes(
                execute, SCALE, times=int(wildcards.last) - int(wildcards.first) + 1
            ),
            **job_resources.gpu(DEVICE),
        priority: urgency(page, readers=1)  # the page that shows the sweep
        shell:
            "{PYTHON:q} -m workflow.warm workflow.sweep_batch {params.sweep:q} {output:q} --runs {params.runs:q}"
            " --first {wildcards.first} --last {wildcards.last} --build {params.build:q} --limit {LIMIT}"
            " --scale {params.scale:q} --device {params.device:q} --inputs {input:q} > {log:q} 2>&1"

    rule:
        name:
            f"sweep_{name}_table"
        input:
            reports=reports,
            page=[results(page)] if one.with_page else [],
        output:
            f"{folder}/table.csv",
            f"{folder}/plot.png",
            f"{folder}/runs.csv",
        log:
            f"{BUILD}/logs/sweeps/{name}/table.log",
        localrule: True
        message:
            f"sweep {name}: table and plot"
        params:
            sweep=lambda wildcards, path=path: path,
            asked=lambda wildcards, runs=one.runs: runs,
            folder=folder,
        shell:
            "{PYTHON:q} -m workflow.warm workflow.sweep {params.sweep:q} {input.reports:q} --folder {params.folder:q}"
            " --page {input.page:q} > {log:q} 2>&1"

    # A rule of its own, since Snakemake would delete the table if the job that makes it failed.
    rule:
        name:
            f"sweep_{name}_complete"
        input:
            reports=reports,
            listed=f"{folder}/runs.csv",
        output:
            f"{folder}/complete",
        log:
            f"{BUILD}/logs/sweeps/{name}/complete.log",
        localrule: True
        message:
            f"sweep {name}: check of its runs"
        params:
            sweep=lambda wildcards, path=path: path,
            asked=lambda wildcards, runs=one.runs: runs,
            folder=folder,
        shell:
            "{PYTHON:q} -m workflow.warm workflow.sweep {params.sweep:q} {input.reports:q} --folder {params.folder:q}"
            " --complete {output:q} > {log:q} 2>&1"


rule sweep:
    input:
        [f"{BUILD}/sweeps/{ASKED}/complete", f"{BUILD}/sweeps/{ASKED}/table.csv"] if "sweep" in config else [],
