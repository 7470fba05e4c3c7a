# `make demo` and `make test` are all a fresh clone needs: each sets up .venv by itself, from pinned versions.

PYTHON ?= python3
HYDRA := 1.3.8
HYDRAS := 1.3.2 1.3.8 1.4.0rc3
BIN := .venv/bin

# Two workers, each with one thread: more threads than cores make torch slower, not faster. Tests that start processes
# of their own share one worker (loadgroup), so that they never compete with each other.
PYTEST_ARGS ?= -n 2 --dist loadgroup
RUN_PYTEST = OMP_NUM_THREADS=1 $(1)/bin/python -m pytest $(PYTEST_ARGS)

# $(call INSTALL,folder,hydra version,extra): a new environment with this checkout in it, at the pinned versions. The build
# backend is installed first and used from there, because a constraint does not reach an isolated build environment.
# An interrupted installation leaves no stamp, so the next run starts over.
define INSTALL
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
    echo 'safe_instantiate needs Python 3.10 or newer, and PYTHON=$(PYTHON) is not that.' \
         'Name another: make PYTHON=python3.11 $(MAKECMDGOALS)' >&2; exit 1; }
@echo 'Setting up $(1) with hydra-core $(2) (a minute or two)'
@$(PYTHON) -m venv --clear $(1)
@$(1)/bin/python -m pip install -qq -c constraints/common.txt pip
@$(1)/bin/python -m pip install -qq -c constraints/common.txt hatchling editables
@$(1)/bin/python -m pip install -qq --no-build-isolation \
    -c constraints/common.txt -c constraints/hydra-$(2).txt -e '.[$(3)]'
@touch $(1)/.installed
endef

.DEFAULT_GOAL := help
.PHONY: help demo test style types unit test-distributed test-hydra bench format clean

help:
	@echo 'make demo        train a small network on handwritten digits, in two processes'
	@echo 'make test        style, types and tests'
	@echo 'make test-distributed  of these, the harness under real process groups'
	@echo 'make test-hydra  the tests with each supported Hydra: $(HYDRAS)'
	@echo 'make bench       how long everything takes, beside Hydra and others; writes docs/performance.md'
	@echo 'make format      put the code in the style that `make test` asks for'
	@echo 'make clean       remove environments and caches'

demo: .venv/.installed
	$(BIN)/python -m examples.digits

test: style types unit

style: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.installed
	$(BIN)/mypy
	$(BIN)/pyright

unit: .venv/.installed
	$(call RUN_PYTEST,.venv)

test-distributed: .venv/.installed
	$(call RUN_PYTEST,.venv) tests/distributed

test-hydra: $(HYDRAS:%=test-hydra-%)

test-hydra-%: .venv-hydra-%/.installed
	$(call RUN_PYTEST,.venv-hydra-$*)

bench: .venv-bench/.installed
	OMP_NUM_THREADS=1 .venv-bench/bin/python -m benchmarks --write

format: .venv/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .venv-bench .venv-hydra-* .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: pyproject.toml constraints/common.txt constraints/hydra-$(HYDRA).txt
	$(call INSTALL,.venv,$(HYDRA),dev)

# The other libraries are measured as far as they can be installed: none of them is needed.
.venv-bench/.installed: pyproject.toml benchmarks/peers.txt constraints/common.txt constraints/hydra-$(HYDRA).txt
	$(call INSTALL,.venv-bench,$(HYDRA),bench)
	-@grep -v '^#' benchmarks/peers.txt | while read peer; do \
	    .venv-bench/bin/python -m pip install -qq -c constraints/common.txt -c constraints/hydra-$(HYDRA).txt \
	        "$$peer" || echo "$$peer can't be installed, and is left out"; done

.venv-hydra-%/.installed: pyproject.toml constraints/common.txt constraints/hydra-%.txt
	$(call INSTALL,.venv-hydra-$*,$*,test$(comma)examples)

comma := ,
# Built through a pattern rule, the environments would be taken for intermediate files and removed.
.PRECIOUS: .venv-hydra-%/.installed
