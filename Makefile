# `make help` lists what can be made. Every target can be run again at any time.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMPS := .venv/.stamps
WIDGET := feedback/static/embed/manifest.json
PORT ?= 8000
# Some machines forbid it; then every process would compile every module anew, which takes longer than all else at its start.
export PYTHONDONTWRITEBYTECODE :=
DEMO = PORT=$(PORT) FEEDBACK_VENDOR_NAME="$${FEEDBACK_VENDOR_NAME:-Wellnow}"

.PHONY: help run test check bench soak durability requirements screenshots clean build lock chromium

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: $(STAMPS)/runtime $(WIDGET) ## Install, build, fill with demo data, start everything (PORT=8000)
	@$(DEMO) $(BIN)/feedback demo --if-empty
	@$(DEMO) exec $(BIN)/feedback up

test: $(STAMPS)/dev $(WIDGET) chromium ## Install what tests need, then all tests: Python, TypeScript, browser
	npm --prefix widget test
	$(BIN)/pytest -n 2 --dist loadgroup

check: $(STAMPS)/dev $(WIDGET) ## Lint, types, import contracts, secrets, file lengths, sizes of scripts
	$(BIN)/ruff check .
	$(BIN)/bandit -q -c pyproject.toml -r feedback workers tools asgi.py wsgi.py 2> >(grep -v 'nosec encountered' >&2)
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_files.py
	$(BIN)/python -m tools.check_secrets
	npm --prefix widget run check

bench: $(STAMPS)/dev ## Measure: ratios against a floor, in the same run
	$(BIN)/python -m bench

soak: $(STAMPS)/dev $(WIDGET) ## The same, longer: every fault under more load, ten minutes of it, thousands of random worlds, every page in every look
	$(MAKE) durability
	FEEDBACK_SOAK=1 $(BIN)/pytest -n 3 --dist loadgroup tests/tallies tests/runtime/test_steady.py tests/desk tests/imports tests/browser/test_every_page.py tests/browser/test_for_everybody.py tests/trust tests/doors/test_contract.py

durability: $(STAMPS)/dev $(WIDGET) ## Cause every fault under load, recount, write the table of docs/explanation/durability.md
	@told=$$(mktemp) && trap 'rm -f $$told' EXIT && FEEDBACK_SOAK=1 FEEDBACK_DURABILITY=$$told \
	  $(BIN)/pytest -n 2 --dist loadgroup $(addprefix tests/runtime/test_,nothing_lost.py disk_full.py without_valkey.py) \
	  && $(BIN)/python tools/durability_table.py $$told

requirements: $(STAMPS)/dev $(WIDGET) chromium ## Run every test that shows a requirement, write the table of docs/reference/requirements.md
	@told=$$(mktemp) && trap 'rm -f $$told' EXIT && { \
	  $(BIN)/pytest -n 2 --dist loadgroup -m requirement -o junit_family=xunit1 --junitxml=$$told; \
	  $(BIN)/python tools/requirements_table.py $$told; }

screenshots: $(STAMPS)/dev $(WIDGET) chromium ## Take the README's pictures anew, on the demo world
	$(BIN)/python tools/screenshots.py

clean: ## Take away what was built and installed; data in var/ stay
	rm -rf .venv widget/node_modules feedback/static .pytest_cache .mypy_cache .ruff_cache .hypothesis dist

build: $(WIDGET) ## Build the widget and the charts of the desk

lock: $(STAMPS)/uv ## Write the lock files anew from pyproject.toml
	$(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

$(STAMPS)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which with make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check 'uv>=0.9,<1'
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: $(STAMPS)/uv requirements.lock pyproject.toml
	$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	$(BIN)/python -m compileall -q feedback workers  # where PYTHONDONTWRITEBYTECODE is set, each start would do it anew
	@touch $@

$(STAMPS)/dev: $(STAMPS)/runtime requirements-dev.lock
	$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

widget/node_modules/.package-lock.json: widget/package.json widget/package-lock.json
	@node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || { echo "Node 20 or newer is needed."; exit 1; }
	npm --prefix widget ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WIDGET): widget/node_modules/.package-lock.json $(shell find widget/src widget/*.ts -type f 2>/dev/null)
	npm --prefix widget run build --silent
	@touch $@

chromium:
	@tools/chromium.sh >/dev/null
