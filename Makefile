# make demo: see what the program does. make test: all gates and tests. make bench: benchmarks.
# Everything is installed into .venv; only Python 3.11 or newer is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint format bench mutants clean

demo: $(INSTALLED)
	@$(BIN)/trc-mee6 demo

test: lint
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

mutants: $(INSTALLED)
	@$(BIN)/pip install --quiet --group mutants
	$(BIN)/python tests/mutants.py

clean:
	rm -rf $(VENV) .coverage* .*_cache .hypothesis .mutants dist

$(INSTALLED): pyproject.toml
	@echo "Installing into $(VENV), once ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/pip install --quiet --editable ".[postgres]" --group dev
	@touch $@
