# The front door. Snakemake does the work (see Snakefile); every target installs what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
CORES ?= $(shell nproc)
SCALE ?= laptop
DEVICE ?= auto
# Jupyter Book, Snakemake and papermill are called by name
export PATH := $(CURDIR)/$(BIN):$(PATH)
# One build at a time in this checkout, and nothing to unlock after a kill
SNAKEMAKE = @$(BIN)/python -m workflow.build --device $(DEVICE)

.PHONY: book env notebooks test lint types unit smoke sweep bench lock clean browser help

book: env ## execute the pages whose sources changed and build the book: _build/html/index.html
	$(SNAKEMAKE) --cores $(CORES) --scale $(SCALE) --build _build
	@echo "The book: _build/html/index.html"

env: .venv/installed ## the environment of requirements.lock, in .venv

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] < (3, 14); sys.exit(not ok and f"Python 3.11, 3.12 or 3.13 is needed; $(PYTHON) is {sys.version.split()[0]}. Name another one: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

notebooks: env ## write the .ipynb beside every page's .py
	$(BIN)/jupytext --quiet --sync notebooks/*/[0-9]*.py

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: env
	$(BIN)/mypy

# One page more than there are cores: at smoke scale a page is mostly start-up, and often waits for its kernel.
smoke: env ## every page at smoke scale, and the book of them: _build/smoke/html
	$(SNAKEMAKE) --cores $$(($(CORES) + 1)) --scale smoke --build _build/smoke

test: lint types browser smoke ## everything that must hold
	BOOK_HTML=_build/smoke/html $(BIN)/pytest -n $(CORES) --dist loadfile

unit: env ## the tests of helpers alone
	$(BIN)/pytest tests/helpers

browser:
	@command -v chromium chromium-browser google-chrome >/dev/null \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
		|| { echo "The book is tested in Chromium; install it, for instance: apt-get install chromium" >&2; exit 1; }

sweep: env ## FILE=sweeps/noise.yml: a page over all combinations of lists of parameters
	@test -n "$(FILE)" || { echo "Which sweep? For instance: make sweep FILE=sweeps/noise.yml" >&2; exit 1; }
	$(SNAKEMAKE) --cores $(CORES) --scale $(SCALE) --build _build --sweep $(FILE)
	@echo "The table and the plot: _build/sweeps/$(basename $(notdir $(FILE)))/"

bench: env ## speed, as ratios in one run
	$(BIN)/python -m benchmarks.training_stack
	$(BIN)/python -m benchmarks.convolution
	$(BIN)/python -m benchmarks.deviation
	$(BIN)/python -m benchmarks.backward --layers conv4_3
	@test ! -f _build/html/explorer.html || $(BIN)/python -m benchmarks.explorer

lock: env ## resolve pyproject.toml again into requirements.lock
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet --output-file requirements.lock

clean: ## remove everything made
	rm -rf _build .snakemake

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'
