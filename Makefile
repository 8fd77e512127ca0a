# The whole life of the project in a few words. `make run` and `make test` work on a fresh machine.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PEERS  := $(VENV)/.installed-peers
SITE   := $(VENV)/.installed-docs

.PHONY: run explore examples calibrate docs test suite test-slow bench coverage lint types format clean

run: $(STAMP)
	$(BIN)/timeline run configs/backchannel/cadence.toml
	@echo 'What if? "make explore" installs and opens a page on which levers and assumptions are moved.'

# The what-if room of the main question, in a browser of this machine; Ctrl-C ends it.
explore: $(STAMP)
	$(BIN)/timeline explore configs/backchannel/cadence.toml

# Every shipped question of every model, and every case of history; some minutes.
QUESTIONS := $(filter-out configs/cases/%,$(wildcard configs/*/*.toml))
examples: $(STAMP)
	@for config in $(QUESTIONS); do echo "$$config"; $(BIN)/timeline run $$config || exit 1; done
	@for case in $(wildcard configs/cases/*.toml); do echo "$$case"; $(BIN)/timeline case $$case || exit 1; done

# Which sizes fit the record of agreements and of secret alliances, as the tables that ship; some minutes.
calibrate: $(STAMP)
	@for model in backchannel secret_pact; do rm -f configs/$$model/posterior.*; \
		$(BIN)/timeline calibrate configs/$$model/calibration.toml --posterior configs/$$model/posterior.parquet || exit 1; done

# The site, into build/site/index.html, with every example run; two or three minutes.
docs: $(SITE)
	$(BIN)/python docs/site

# Types are looked at while the tests run, for that has one core only; both have to be right.
test: lint
	@$(MAKE) --no-print-directory --jobs=2 types suite

suite: $(STAMP)
	$(BIN)/python -m pytest -n auto

test-slow: $(STAMP)
	$(BIN)/python -m pytest -n auto -m slow

# Some minutes; make bench BENCH=--quick takes one, BENCH=--full most of an hour.
bench: $(PEERS)
	$(BIN)/python tests/benchmarks $(BENCH)

# How often 95% intervals hold what they say; some minutes.
coverage: $(STAMP)
	$(BIN)/python tests/interval_coverage $(COVERAGE)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; run: make PYTHON=python3.11 ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	-$(BIN)/timeline schema >/dev/null  # for editors; see docs/editors-and-shells.md
	touch $(STAMP)

$(PEERS): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,bench]'
	touch $(PEERS)

$(SITE): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,docs]'
	touch $(SITE)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
