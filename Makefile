# The front door. Snakemake does the work (see Snakefile); every target installs what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
ifndef CORES
CORES := $(shell nproc)
endif
SCALE ?= laptop
DEVICE ?= auto
LIMIT ?=
FROM ?=
FILE ?=
PROFILE ?=
AT_ONCE ?=
PUBLISH ?=
MODEL ?=
IMAGES ?=
OPTIMISE ?=
UNIT ?=
REPOSITORY ?=
BRANCH ?=
# for programs that call others by name
export PATH := $(CURDIR)/$(BIN):$(PATH)
# One build at a time in this checkout, and nothing to unlock after a kill
SNAKEMAKE = @$(BIN)/python -m workflow.build --device "$$DEVICE" $${LIMIT:+--limit "$$LIMIT"} \
	$${PROFILE:+--profile "$$PROFILE"} $${AT_ONCE:+--at-once "$$AT_ONCE"} $${PUBLISH:+--publish} \
	$${REPOSITORY:+--repository "$$REPOSITORY"} $${BRANCH:+--branch "$$BRANCH"}

# Programs are modules of this interpreter: the first line of a script would not bear every name of a folder
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Which build of PyTorch, default or cpu. An environment stays what it was made as: TORCH=cpu has to be said only once.
MADE := $(or $(shell cat .venv/torch 2>/dev/null),default)
ifndef TORCH
TORCH := $(MADE)
endif

# What people name reaches the recipes as text, in the environment ("$$FILE"): neither make nor a shell takes it apart
NAMED := PYTHON CORES SCALE DEVICE LIMIT FROM FILE PROFILE AT_ONCE PUBLISH REPOSITORY BRANCH TORCH MODEL IMAGES OPTIMISE UNIT
$(foreach name,$(NAMED),$(eval override export $(name) := $$(value $(name))))

.PHONY: book archive env dev notebooks test lint types unit test-without-browser test-slow smoke sweep explorer row verdicts untrained bench lock clean browser help other-torch

book: env ## execute the pages whose sources changed and build the book: _build/html/index.html; PUBLISH=yes: without images that must not be published; REPOSITORY=https://github.com/owner/name BRANCH=main: with links into the sources
	$(SNAKEMAKE) --cores "$$CORES" --scale "$$SCALE" --build _build
	@$(BIN)/python -m workflow.verdicts --build _build
	@echo "The book: _build/html/index.html"

archive: env ## the results of the last build in one file to deposit, with digests and a README: _build/archive
	@$(BIN)/python -m workflow.passing_on.archive --build _build $${REPOSITORY:+--repository "$$REPOSITORY"}

env: .venv/installed ## what the book needs (requirements.lock), in .venv; TORCH=cpu: with PyTorch's CPU build

dev: .venv/dev ## what development needs on top (requirements-dev.lock)

.venv/installed: requirements.lock pyproject.toml $(if $(filter-out $(MADE),$(TORCH)),other-torch)
	@"$$PYTHON" -c 'import sys; ok = (3, 11) <= sys.version_info[:2] < (3, 14); sys.exit(not ok and f"Python 3.11, 3.12 or 3.13 is needed; {sys.argv[1]} is {sys.version.split()[0]}. Name another one: make PYTHON=python3.12")' "$$PYTHON"
ifeq ($(TORCH),cpu)
	@"$$PYTHON" -m workflow.cpu_torch
else ifeq ($(TORCH),default)
	"$$PYTHON" -m venv $(if $(filter cpu,$(MADE)),--clear) .venv
	$(PIP) --no-deps --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true # pip compiles on one core; some files are of later Pythons
else
	@echo "TORCH is $$TORCH; allowed are default and cpu." >&2; exit 1
endif
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# Without dependencies: they stand in the lock, or are there already. One pip at a time, also under make -j.
.venv/dev .venv/bench: .venv/%: requirements-%.lock .venv/installed
	flock .venv $(PIP) --no-deps --require-hashes -r $<
	@touch $@

notebooks: env ## write the .ipynb beside every page's .py, or the .py if the .ipynb was edited; FROM=py or ipynb if both
	@$(BIN)/python -m workflow.jupytext_pairs $${FROM:+--from "$$FROM"}

lint: dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: dev
	$(BIN)/python -m mypy

verdicts: env ## keep the verdicts of the last laptop build in the repository, and list what changed
	@$(BIN)/python -m workflow.verdicts --build _build --write

untrained: env ## run all pages on networks before training, after a build; the boxes of the claims show what comes out
	@$(BIN)/python -m workflow.untrained --build _build --cores "$$CORES"

smoke: env ## every page at smoke scale, and the book of them: _build/smoke/html
	$(SNAKEMAKE) --cores "$$CORES" --scale smoke --build _build/smoke

# Side by side, for neither keeps all processors busy: pages, and what needs more installed. Where that is there
# already, lint comes first, since it takes a second.
SIDE_BY_SIDE = +@$(MAKE) --no-print-directory -j 2 lint types smoke .venv/bench
LINT_FIRST = $(if $(wildcard .venv/dev),lint)

test: $(LINT_FIRST) browser env ## everything that must hold
	$(SIDE_BY_SIDE)
	BOOK_HTML=_build/smoke/html $(BIN)/python -m pytest -n "$$CORES" --dist worksteal

test-without-browser: $(LINT_FIRST) env ## the same, but for the book in a browser
	$(SIDE_BY_SIDE)
	$(BIN)/python -m pytest -n "$$CORES" --dist worksteal --ignore tests/book

test-slow: smoke .venv/bench ## what takes too long for every change
	$(BIN)/python -m pytest --slow -m slow

unit: dev ## the tests of helpers alone
	$(BIN)/python -m pytest tests/helpers

browser:
	@command -v chromium chromium-browser google-chrome >/dev/null \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
		|| { echo "The book is tested in Chromium; install it, for instance: apt-get install chromium" >&2; exit 1; }

sweep: env ## FILE=sweeps/noise.yml: a page over all combinations of lists of parameters
	@test -n "$$FILE" || { echo "Which sweep? For instance: make sweep FILE=sweeps/noise.yml" >&2; exit 1; }
	$(SNAKEMAKE) --cores "$$CORES" --scale "$$SCALE" --build _build --sweep "$$FILE"

explorer: env ## MODEL=resnet18 IMAGES=photos: every unit of your own network in a page to browse; OPTIMISE=12: units a layer with an optimised image
	@$(BIN)/python -m workflow.units.own --model="$$MODEL" --images="$$IMAGES" --scale="$$SCALE" --device="$$DEVICE" \
		$${OPTIMISE:+--optimise="$$OPTIMISE"} $${PUBLISH:+--publish}

row: env ## UNIT=googlenet/mixed4b/5x5/23: what the last build, or an explorer of your own network, measured of one unit
	@$(BIN)/python -m workflow.unit_row --unit="$$UNIT" --build _build

bench: .venv/bench ## speed, as ratios in one run
	$(BIN)/python -m benchmarks.training_stack
	$(BIN)/python -m benchmarks.convolution
	$(BIN)/python -m benchmarks.deviation
	$(BIN)/python -m benchmarks.backward --layers conv4_3
	$(BIN)/python -m benchmarks.strongest_inputs
	$(BIN)/python -m benchmarks.unit_statistics
	$(BIN)/python -m benchmarks.conceptual_content
	$(BIN)/python -m benchmarks.border
	$(BIN)/python -m benchmarks.ascent
	$(BIN)/python -m benchmarks.units_in_browser
	@test ! -f _build/html/explorer.html || $(BIN)/python -m benchmarks.explorer

COMPILE = $(BIN)/python -m uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet

lock: dev ## resolve pyproject.toml again into the three locks
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra dev -c requirements.lock --output-file requirements-dev.lock
	$(COMPILE) --extra bench -c requirements.lock -c requirements-dev.lock --output-file requirements-bench.lock
	$(BIN)/python -m workflow.locks

clean: ## remove everything made
	rm -rf _build .snakemake

help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'
