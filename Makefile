# Everything a fresh machine needs is Python 3.11 or newer, git and make.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell for name in python3.14 python3.13 python3.12 python3.11 python3; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$name; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Two for each core where there are few: half of the time a test waits for programs that it has started.
WORKERS ?= $(shell $(PYTHON) -c 'import os; cores = os.cpu_count() or 1; print(max(cores, min(2 * cores, 8)))')

.PHONY: help
help: ## Show the commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "leadqueue needs Python 3.11 or newer on the PATH; none was found." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make a virtual environment; install its venv module." >&2; exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing leadqueue into $(VENV) …" >&2
	@$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing the tools for checks and tests …" >&2
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

.PHONY: install
install: $(VENV)/.installed ## Put the program into .venv.

.PHONY: install-dev
install-dev: $(VENV)/.installed-dev ## Put the program into .venv with all that tests and checks need.

.PHONY: demo
demo: install ## Open the demo: an embedded server, made-up leads and the terminal UI.
	@$(BIN)/leadqueue demo

.PHONY: test
test: install-dev ## Run the whole test suite, over SQLite and PostgreSQL, and in a browser.
	@tests/ensure-tools
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.PHONY: bench
bench: install-dev ## Measure speed as ratios; NAME=first_sync for one, JSON=file to keep the figures.
	@$(BIN)/python -m benchmarks $(NAME) $(if $(JSON),--json $(JSON))

SECONDS_OF_FUZZ ?= 240
SEED ?= 1

.PHONY: api-fuzz
api-fuzz: install-dev ## Call the API as every role with made-up requests; SECONDS_OF_FUZZ, SEED, DATABASE.
	@$(BIN)/python -W ignore -m tests.apifuzz --seconds $(SECONDS_OF_FUZZ) --seed $(SEED) $(if $(DATABASE),--database "$(DATABASE)")

EXAMPLES ?= 2000

.PHONY: fuzz
fuzz: install-dev ## Feed made-up files, requests and answers to every reader; EXAMPLES for each test.
	@LEADQUEUE_FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -n $(WORKERS) tests/fuzz

.PHONY: check
check: install-dev ## Format, lint, strict types and the layers of the house.
	@$(BIN)/ruff format --check src tests benchmarks
	@$(BIN)/ruff check src tests benchmarks
	@$(BIN)/mypy src tests benchmarks
	@$(BIN)/lint-imports

.PHONY: faults-mutants
faults-mutants: install-dev ## Find each broken program by fault schedules, and write docs/reliability.md's table.
	@$(BIN)/python -m tests.faults --mutants --record

.PHONY: faults
faults: install-dev ## Play N fault schedules, from seed FIRST on, over both sides of the sync.
	@$(BIN)/python -m tests.faults --count $(or $(N),3000) --first $(or $(FIRST),1)

.PHONY: feed-race
feed-race: install-dev ## Let 16 writers race on PostgreSQL for N commits, and readers follow the feed.
	@$(BIN)/python -m tests.feed_race --commits $(or $(N),50000) --variant $(or $(VARIANT),shipped)

.PHONY: faults-kill
faults-kill: install-dev ## Kill -9 the real programs, CLIENTS and SERVERS times, and hold what is left to its promises.
	@$(BIN)/python -m tests.kill --clients $(or $(CLIENTS),300) --servers $(or $(SERVERS),100) --seed $(or $(SEED),1)

.PHONY: format
format: install-dev ## Format the code and mend what lint can mend.
	@$(BIN)/ruff format src tests benchmarks
	@$(BIN)/ruff check --fix src tests benchmarks

.PHONY: snapshots
snapshots: install-dev ## Take the layout snapshots anew after a wanted change; look at each before you commit it.
	@$(BIN)/python -m pytest -n $(WORKERS) tests/tui --snapshot-update

.PHONY: pictures
pictures: install-dev ## Take the pictures of the README anew from the real program.
	@$(BIN)/python -m tests.pictures

.PHONY: clean
clean: ## Remove the virtual environment and all caches.
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
