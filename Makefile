# Two commands: `make verify` judges numpy, torch and JAX; `make test` runs every test, with each
# technique judged in one format, in turn.
# Each sets up .venv by itself on a fresh machine.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: verify test lint audit bench clean

verify: $(READY)
	$(BIN)/gradproof verify --report

test: $(READY) lint
	$(BIN)/python -m pytest -n 2 --in-turn

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

audit: $(READY)
	$(BIN)/gradproof audit

bench: $(READY)
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .asv runs .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable ".[torch,jax,dev]"
	touch $(READY)
