# The four commands people use, and what they share. Needs make, pip and a Python 3.11 or newer; nothing else.
# Another Python: make run PYTHON=python3.12    Arguments for the server: make run ARGS="--port 8001"

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; exit; }; done; echo python3)
BOOTSTRAP = $(PYTHON) -B .ci/bootstrap.py
IN_VENV = .venv/bin/python -m
NPM = $(BOOTSTRAP) npm --silent run
SLOW = $(wildcard tests/journeys tests/browser)
ARGS ?=

.PHONY: run dev test check bench format help python prepare prepare-dev

help:
	@echo 'make run     set up what is missing and start the desk with demo data'
	@echo 'make dev     the same, with live reload of the front end'
	@echo 'make check   style, types, import rules and documentation links'
	@echo 'make test    set up what the tests need and run all of them'
	@echo 'make bench   measure against the baselines in tests/benchmarks'
	@echo 'make format  put sources into shape'

python:
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { echo 'Casefeed needs Python 3.11 or newer, and there is no $(PYTHON) on this machine: install one, or name it: make run PYTHON=/path/to/python3' >&2; exit 1; }

run: python
	@$(BOOTSTRAP) run $(ARGS)

dev: python
	@$(BOOTSTRAP) dev $(ARGS)

prepare: python
	@$(BOOTSTRAP) prepare

prepare-dev: python
	@$(BOOTSTRAP) prepare-dev

check: prepare-dev
	$(IN_VENV) ruff check .
	$(IN_VENV) mypy
	.venv/bin/lint-imports
	$(NPM) types
	$(NPM) lint
	$(IN_VENV) pytest -q tests/test_house_rules.py

# Tests with whole servers and browsers have the machine to themselves; the others share both cores.
test: prepare-dev
	$(IN_VENV) tests.support.packages
	$(NPM) test
	$(IN_VENV) pytest -n 2 --dist loadfile tests $(SLOW:%=--ignore=%)
	$(if $(SLOW),$(IN_VENV) pytest $(SLOW))

bench: prepare-dev
	$(IN_VENV) tests.support.packages
	$(IN_VENV) tests.benchmarks $(ARGS)

format: prepare-dev
	$(IN_VENV) ruff check --fix .
	$(NPM) format
