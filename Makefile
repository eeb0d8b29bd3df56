# Two commands do all the set-up on a machine with Python 3.11 or newer:
#   make review   a full offline review of an example design
#   make test     the whole test suite
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
DESIGN ?= examples/dynamic-pricing.md
export PIP_REQUIRE_VIRTUALENV := 1

.PHONY: review test setup dev lint lock model clean

review: setup
	@$(BIN)/reviewer review $(DESIGN)

test: dev
	@$(BIN)/python -m pytest $(ARGS)

setup: $(VENV)/.installed
dev: $(VENV)/.installed-dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: set PYTHON=/path/to/python3.11")'
	@echo "Making the virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages (about a minute the first time) …"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing the locked development packages …"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

lint: dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

lock:
	uv pip compile --universal --generate-hashes --no-header --no-annotate --group build --group dev pyproject.toml -o requirements-dev.lock
	uv pip compile --universal --generate-hashes --no-header --no-annotate --group build -c requirements-dev.lock pyproject.toml -o requirements.lock

model: dev
	@$(BIN)/python tools/make_offline_model.py

clean:
	rm -rf $(VENV)
