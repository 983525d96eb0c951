# Every target creates .venv on first use; a second call starts at once.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup

.PHONY: demo test test-all campaigns lint bench clean

demo: .venv/ready     ## run the trial on the embedded card-fraud sample
	$(BIN)/scarce demo

test: .venv/ready     ## the tests, under ten minutes on two cores
	$(PYTEST)

test-all: .venv/ready ## the same, and no face, framework or browser may be skipped
	SCARCE_REQUIRE_ALL=1 $(PYTEST)

campaigns: .venv/ready ## the full fuzz, kill and simulation counts
	SCARCE_CAMPAIGN=1 $(PYTEST) -m campaign

lint: .venv/ready     ## style, types in the strict rooms, and the layers
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/basedpyright && $(BIN)/lint-imports

bench: .venv/ready    ## every benchmark; each prints a table
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv build dist

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[trial,dev]'
	touch $@
