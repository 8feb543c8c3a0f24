# The four commands people use, and what they share. Needs make, pip and a Python 3.11 or newer; nothing else.
# Another Python: make run PYTHON=python3.12    Arguments for the server: make run ARGS="--port 8001"

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; exit; }; done; echo python3)
BOOTSTRAP = $(PYTHON) -B .ci/bootstrap.py
IN_VENV = .venv/bin/python -m
NPM = $(BOOTSTRAP) npm --silent run
SLOW = $(wildcard tests/journeys tests/storm tests/browser)
ARGS ?=

.PHONY: run dev test check bench format help python prepare prepare-dev \
	check-style check-types check-layers check-front check-house test-front test-python test-slow

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

# Each part runs even if one before it failed, so that one run tells everything.
ALL_OF = @$(MAKE) --no-print-directory --keep-going

check: prepare-dev
	$(ALL_OF) check-style check-types check-layers check-front check-house

check-style:
	$(IN_VENV) ruff check --output-format concise .

check-types:
	$(IN_VENV) mypy

check-layers:
	.venv/bin/lint-imports --no-logo

check-front:
	$(NPM) types
	$(NPM) lint

check-house:
	$(IN_VENV) pytest -q tests/test_house_rules.py

test: prepare-dev
	$(IN_VENV) tests.support.packages
	$(ALL_OF) test-front test-python $(if $(SLOW),test-slow)

test-front:
	$(NPM) test

test-python:
	$(IN_VENV) pytest -n 2 --dist loadfile tests $(SLOW:%=--ignore=%)

# Tests with whole servers and browsers have the machine to themselves.
test-slow:
	$(IN_VENV) pytest $(SLOW)

bench: prepare-dev
	$(IN_VENV) tests.support.packages
	$(IN_VENV) tests.benchmarks $(ARGS)

format: prepare-dev
	$(IN_VENV) ruff check --fix .
	$(NPM) format
