# make demo: see what the program does. make test: all gates and tests. make bench: benchmarks.
# make docs: make anew what is made of docs/: the table of settings, the pictures.
# make crashes, histories, overlap, soak, fuzz, mutants: the long forms of what is tested;
# STOPS=20 make crashes and the like for shorter or longer. make lock: lock the newest packages for
# the container image.
# Everything is installed into .venv; only Python 3.11 or newer is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
STOPS ?= 200
HISTORIES ?= 300
OVERLAP_SECONDS ?= 240
SOAK_DAYS ?= 30
SOAK_RUNS ?= 10
FUZZ_SECONDS ?= 300
ALL := --editable ".[alerts,charts,metrics,postgres,sentry]" --group dev
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --custom-compile-command "make lock"

.PHONY: demo test lint format docs bench crashes histories overlap soak fuzz mutants lock clean

demo: $(INSTALLED)
	@$(BIN)/trc-mee6 demo

test: lint
	$(BIN)/pytest -n 3 --dist worksteal --cov --cov-report=term -rs

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(INSTALLED)
	$(BIN)/python tests/settings_page.py
	$(BIN)/python tests/terminal_picture.py
	$(BIN)/python tests/chart_pictures.py

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

crashes: $(INSTALLED)
	STOPS=$(STOPS) $(BIN)/pytest -n auto --dist worksteal -rP tests/system/test_crashes.py

histories: $(INSTALLED)
	HISTORIES=$(HISTORIES) $(BIN)/pytest -n auto tests/jobs/test_ledger_model.py \
		tests/jobs/test_streaks_model.py

overlap: $(INSTALLED)
	OVERLAP_SECONDS=$(OVERLAP_SECONDS) $(BIN)/pytest tests/system/test_all_at_once.py

soak: $(INSTALLED)
	SOAK_DAYS=$(SOAK_DAYS) SOAK_RUNS=$(SOAK_RUNS) $(BIN)/pytest -n auto tests/system/test_soak.py

fuzz: $(INSTALLED)
	@$(BIN)/pip install --quiet --group fuzz
	PYTHONPATH=tests $(BIN)/python -m fuzz $(FUZZ_SECONDS)

mutants: $(INSTALLED)
	@$(BIN)/pip install --quiet --group mutants
	$(BIN)/python tests/mutants.py

lock: $(INSTALLED)
	@$(BIN)/pip install --quiet --group lock
	$(COMPILE) --all-extras --output-file deploy/container/requirements.lock pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(COMPILE) --output-file deploy/container/build.lock -

clean:
	rm -rf $(VENV) .coverage* .*_cache .fuzz .hypothesis .mutants dist

# uv takes seconds where pip takes a minute; but only pip reads pip's settings, such as another index.
$(INSTALLED): pyproject.toml
	@echo "Installing into $(VENV), once ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --upgrade "pip>=25.1" uv
	@$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python $(ALL) \
		|| $(BIN)/pip install --quiet $(ALL)
	@touch $@
