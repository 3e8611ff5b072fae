# `make help` lists the targets. Nothing here needs Node, and nothing but git, make and Python is expected.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all:
export MARQUEE_MODE ?= local
DATA ?=
export PORT ?= 8000
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run dev test coverage e2e bench push spark lint format check lock messages system spark-for-tests clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/local ## Start everything: database, site, worker (DATA=<MovieLens folder>, PORT=8000)
	@exec $(BIN)/python manage.py run --port $(PORT) $(if $(DATA),--data "$(DATA)")

dev: $(VENV)/dev ## The same with automatic reload and tracebacks
	@exec $(BIN)/python manage.py run --dev --port $(PORT) $(if $(DATA),--data "$(DATA)")

test: $(VENV)/dev system spark-for-tests ## Run every test (ARGS="-k name" narrows it)
	$(BIN)/python -m pytest -n auto $(ARGS)

coverage: $(VENV)/dev system spark-for-tests ## Run every test and list the lines that none of them reached (half as long again)
	$(BIN)/python -m pytest -n auto --cov --cov-report=term $(ARGS)

e2e: $(VENV)/dev system ## Run the browser journeys only
	$(BIN)/python -m pytest -n auto -m e2e $(ARGS)

bench: $(VENV)/dev system ## Measure speed as ratios to baselines of the same run
	$(BIN)/python -m bench $(ARGS)

push: $(VENV)/push ## Install what Web Push needs (docs/notifications.md)

spark: $(VENV)/spark ## Install Apache Spark, for training on a cluster (450 MB; needs Java 17 or newer)

lint: $(VENV)/dev ## Look for mistakes: ruff, templates, types, imports, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates
	cd site && MYPYPATH=.:.. ../$(BIN)/mypy --config-file ../pyproject.toml ../catalog ../accounts ../recs ../notify ../insights config web
	PYTHONPATH=.:site $(BIN)/lint-imports
	$(BIN)/deptry .

format: $(VENV)/dev ## Lay out Python and templates
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --target-version 5.2

check: $(VENV)/dev lint ## Lint, then Django's own checks and missing migrations
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run

messages: $(VENV)/dev ## Collect the texts to translate into locale/
	$(BIN)/python manage.py makemessages --all --no-location --ignore "var/*" --ignore ".venv/*"

lock: ## Pin the dependencies anew (needs uv)
	@for set in "base:" "local:--extra embedded" "spark:--extra spark" "push:--extra push" "dev:--extra embedded --extra push --extra anymail --group dev"; do \
	  uv pip compile pyproject.toml $${set#*:} -o requirements/$${set%%:*}.txt --python-version 3.11 --quiet \
	    --generate-hashes --universal --no-header --no-emit-index-url --no-emit-find-links; done

clean: ## Remove the environment and every run-time file (database included)
	rm -rf $(VENV) var

system:
	@sh tests/system.sh

# Without Java, or when the download fails, the tests of Spark are skipped, visibly.
spark-for-tests: $(VENV)/dev system
	@! java -version >/dev/null 2>&1 || $(MAKE) --no-print-directory $(VENV)/spark \
	  || echo "Spark could not be installed: its tests do not run." >&2

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Marquee needs Python 3.11 or newer; none was found." >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/local: requirements/local.txt | $(BIN)/python
	@echo "Installing the pinned dependencies"
	@$(PIP) -r requirements/local.txt
	@touch $@

$(VENV)/dev: requirements/dev.txt | $(BIN)/python
	@echo "Installing the pinned dependencies for development"
	@$(PIP) --no-binary http-ece -r requirements/dev.txt
	@touch $@ $(VENV)/local

# One small library of the cipher comes as source only.
$(VENV)/push: requirements/push.txt | $(BIN)/python
	@echo "Installing Web Push"
	@$(PIP) --no-binary http-ece -r requirements/push.txt
	@touch $@

# Spark comes as source only: Java's archives and no compiler needed.
$(VENV)/spark: requirements/spark.txt | $(VENV)/dev
	@echo "Installing Apache Spark (450 MB)"
	@$(PIP) --no-binary pyspark -r requirements/spark.txt
	@touch $@
