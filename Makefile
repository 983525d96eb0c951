# Every target but gpu creates .venv on first use; a second call starts at once.
PYTHON ?= python3
BIN := .venv/bin
# A file's tests go to one process: what its fixtures train and its kernels compile is made once.
SHARED := -n 2 --dist loadfile
PYTEST := $(BIN)/python -m pytest $(SHARED)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
FRAMEWORKS := torch,jax,keras,tensorflow,trainers,xgboost,catboost,samplers,onnx,mlflow
BESIDE := torch==2.13.0 'triton; sys_platform == "linux"' onnxscript optax polars
BENCH_INSTALL := .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test test-all campaigns floors lint format bench bench-losses gpu clean

help:                 ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 20

demo: .venv/trial     ## the trial on the embedded demo sample of card fraud
	$(BIN)/scarce demo

test: .venv/ready     ## the tests, about a quarter of an hour on two cores
	$(PYTEST)

test-all: .venv/full  ## the same, and no framework or browser may be missing
	SCARCE_REQUIRE_ALL=1 $(PYTEST)

campaigns: .venv/ready ## the full fuzz, kill and simulation counts
	SCARCE_CAMPAIGN=1 $(PYTEST) --dist worksteal -m campaign --timeout 1800

floors: .venv-floors/ready ## the tests with every dependency at the oldest version that pyproject.toml promises
	SCARCE_REQUIRE_ALL=1 .venv-floors/bin/python -m pytest $(SHARED)

lint: .venv/ready     ## style, types in the strict rooms, and the layers
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/basedpyright && $(BIN)/lint-imports

format: .venv/ready   ## let ruff mend what it can
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

bench: .venv/ready    ## every benchmark; each prints a table
	$(BIN)/python -m benchmarks

bench-losses: .venv-bench/ready ## the losses for networks against others; TABLES="sigmoid softmax" for some only
	.venv-bench/bin/python -m benchmarks.torch_losses $(TABLES)
	$(if $(TABLES),,.venv-bench/bin/python -m benchmarks linear)

gpu:                  ## the losses on a CUDA machine, by its own python3 and PyTorch: tests and times, in eight minutes
	PYTHONPATH=src $(PYTHON) -m benchmarks.gpu_check

clean:                ## forget the environments and everything built
	rm -rf .venv .venv-bench .venv-floors build dist

.venv/trial: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable '.[trial]'
	touch $@

.venv/ready: .venv/trial
	$(INSTALL) --editable '.[trial,dev]'
	$(INSTALL) torch==2.13.0+cpu onnxruntime onnxscript || echo 'no CPU build of PyTorch: its tests are skipped'
	touch $@

.venv/full: .venv/ready
	$(INSTALL) --editable '.[trial,dev,$(FRAMEWORKS)]' $(BESIDE)
	touch $@

.venv-floors/ready: pyproject.toml constraints.txt .ci/floors.py
	$(PYTHON) -m venv .venv-floors
	.venv-floors/bin/python .ci/floors.py > .venv-floors/floors.txt
	.venv-floors/bin/python -m pip install --quiet --disable-pip-version-check --constraint .venv-floors/floors.txt --editable '.[trial,dev,$(FRAMEWORKS)]' $(BESIDE)
	touch $@

.venv-bench/ready: pyproject.toml constraints.txt benchmarks/peers.txt
	$(PYTHON) -m venv .venv-bench
	$(BENCH_INSTALL) --constraint constraints.txt torch==2.13.0 --editable '.[torch,jax,keras,tensorflow]' optax pillow
	grep -v '^#' benchmarks/peers.txt | xargs -n 1 $(BENCH_INSTALL) --no-deps || echo 'a peer is missing: its lines will say so'
	touch $@
