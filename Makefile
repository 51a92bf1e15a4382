# `make demo` and `make test` set up what they need in .venv and run; nothing has to be installed first but Python >= 3.11.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SEQUENCE ?=
DETECTOR ?=
MINUTES ?= 1
DEMO_OUTPUT ?= outputs/demo

.PHONY: setup setup-test demo test fuzz lint docs clean

setup: $(VENV)/.base
setup-test: $(VENV)/.test

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: setup.cfg | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@bash .ci/opencv $(BIN)/python
	@touch $@

$(VENV)/.test: setup.cfg | $(VENV)/.base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

$(VENV)/.docs: setup.cfg | $(VENV)/.base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

demo: setup  ## track the walkers scene (or SEQUENCE=path, DETECTOR=name), score it, write video and report
	$(BIN)/flatsort demo $(if $(SEQUENCE),"$(SEQUENCE)") $(if $(DETECTOR),--detector "$(DETECTOR)") --output "$(DEMO_OUTPUT)"

test: setup-test  ## everything CI runs but the linters
	$(BIN)/python -m pytest -n auto --dist loadgroup

fuzz: setup-test  ## hostile inputs for MINUTES, one by default
	$(BIN)/python tests/fuzz/run.py --minutes $(MINUTES)

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.docs  ## the documentation, into outputs/site; any warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean:
	rm -rf $(VENV) outputs build *.egg-info
