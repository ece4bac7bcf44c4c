# make demo: see what the program does. make test: all gates and tests. make bench: benchmarks.
# make fuzz: five minutes of guided fuzzing of each target; FUZZ_SECONDS=N for longer or shorter.
# Everything is installed into .venv; only Python 3.11 or newer is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
FUZZ_SECONDS ?= 300

.PHONY: demo test lint format bench fuzz mutants clean

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

fuzz: $(INSTALLED)
	@$(BIN)/pip install --quiet --group fuzz
	PYTHONPATH=tests $(BIN)/python -m fuzz $(FUZZ_SECONDS)

mutants: $(INSTALLED)
	@$(BIN)/pip install --quiet --group mutants
	$(BIN)/python tests/mutants.py

clean:
	rm -rf $(VENV) .coverage* .*_cache .fuzz .hypothesis .mutants dist

$(INSTALLED): pyproject.toml
	@echo "Installing into $(VENV), once ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/pip install --quiet --editable ".[postgres]" --group dev
	@touch $@
