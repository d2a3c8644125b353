# Each target is one or two commands; the work is done by the programs they call.
PYTHON := .venv/bin/python
RUN := .venv/.installed
DEV := .venv/.installed-dev
BENCH := .venv/.installed-bench

.PHONY: help run tablet test test-long bench lint format

help: ## Show these lines
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

run: $(RUN) ## Install, prepare the database, print the links and serve (HOST, PORT)
	@# A line for each request would carry the links and the password off the screen.
	@LOG_LEVEL=$${LOG_LEVEL:-WARNING} exec $(PYTHON) -m flask serve

tablet: $(RUN) ## Build the enumerators' app (needs the network once, for npm packages)
	@exec .ci/tablet

test: $(DEV) ## Every test but the long ones; says which groups ran
	@exec $(PYTHON) -m tests.support.run

test-long: $(DEV) ## Every test, the long ones too
	@exec $(PYTHON) -m tests.support.run --long

bench: $(BENCH) ## Measurements; they print figures and judge nothing
	@exec $(PYTHON) -m tests.support.run --bench

lint: $(DEV) ## Style and the arrows between the rooms
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .
	@.venv/bin/lint-imports

format: $(DEV) ## Put every file into the house's shape
	@$(PYTHON) -m ruff check --fix . && $(PYTHON) -m ruff format .

# No recipe: a Python that is gone makes the stamps old, and .ci/venv starts again.
$(PYTHON):

$(RUN): $(PYTHON) requirements.txt .ci/constraints.txt
	@.ci/venv $@ requirements.txt

$(DEV): $(PYTHON) requirements.txt requirements-fast.txt requirements-spark.txt tests/requirements.txt .ci/constraints.txt
	@.ci/venv $@ requirements.txt requirements-fast.txt requirements-spark.txt tests/requirements.txt

$(BENCH): $(DEV) tests/requirements-bench.txt
	@.ci/venv $@ requirements.txt requirements-fast.txt requirements-spark.txt tests/requirements.txt tests/requirements-bench.txt
