# The five commands: demo, test, check, fix, bench. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export DJANGO_SETTINGS_MODULE ?= config.settings

# How each test of the last run ended, for `bin/conformance.py --outcomes`.
export TEST_OUTCOMES ?= var/outcomes/desk.jsonl

BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: help demo test peers lighthouse check fix audit bench size lock screenshots recording conformance messages chaos soak scale mutants image

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(STAMP): requirements.lock bin/bootstrap
	@bin/bootstrap
	@touch $@

demo: $(STAMP) ## site, worker and demo payer on loopback, stopped together by Ctrl-C
	@exec $(BIN)/python bin/demo.py

test: $(STAMP) ## the whole suite; journeys run where Chromium is present
	@bin/with-test-env $(BIN)/pytest -n auto --dist loadgroup --durations=20 $(ARGS)
	@$(if $(strip $(ARGS)),:,$(BIN)/python bin/conformance.py --outcomes $(TEST_OUTCOMES) --may-skip)

peers: $(STAMP) ## journeys at real servers of others, on loopback: oidc-provider, Medplum's FHIR router, Canaille (needs npm)
	@bin/install-peers
	@bin/with-test-env $(BIN)/pytest tests/peers $(ARGS)

lighthouse: $(STAMP) ## the ten main pages of a member on a telephone by Lighthouse, the median of RUNS (5) (needs npm)
	@bin/install-lighthouse
	@bin/with-test-env $(BIN)/python -m tests.lighthouse

check: $(STAMP) ## format, lint, types, import contracts, migrations, deploy checks
	@bin/check

fix: $(STAMP) ## format and repair what ruff can repair
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(STAMP) ## the claims about speed, measured side by side
	@bin/with-test-env $(BIN)/python -m benchmarks

audit: $(STAMP) ## known weaknesses of the packages that are shipped; needs a way to PyPI's database, and fails without one
	@said="$$($(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.production.lock 2>&1)" && echo "$$said" || { \
	  echo "$$said" >&2; [[ "$$said" != *ERROR:* ]] || echo "Nothing was audited: PyPI's database of weaknesses did not answer here. That says nothing about the packages." >&2; exit 1; }

chaos: $(STAMP) ## the fault matrix: ROUNDS (600) kills and the rest as often, on both databases; docs/reliability.md
	@rm -f var/faults/chaos.jsonl
	@for database in sqlite:///var/chaos.sqlite3 "$${CHAOS_DATABASE_URL:-postgres:///postgres}"; do \
	  CI=true ROUNDS="$${ROUNDS:-600}" FAULTS_RESULTS=var/faults/chaos.jsonl DATABASE_URL="$$database" \
	    bin/with-test-env $(BIN)/pytest -q -n auto tests/faults $(ARGS) || exit 1; done
	@$(BIN)/python -m tests.faults.report var/faults/*.jsonl

soak: $(STAMP) ## members, syncs, a moody plan and random kills for MINUTES (30), into docs/reliability.md
	@bin/with-test-env $(BIN)/python -m tests.faults.soak
	@$(BIN)/python -m tests.faults.report var/faults/*.jsonl

scale: $(STAMP) ## a site of SIZES (250000,1000000) claims on PgBouncer, RabbitMQ and Celery; each engine killed; SOAK (0) minutes more
	@bin/with-test-env $(BIN)/python -m tests.faults.scale

mutants: $(STAMP) ## code made wrong in hundreds of places: its tests have to notice, in at most 40 minutes; those of PostgreSQL alone at MUTANTS_POSTGRESQL (postgres://); ARGS="--drawn 50 --seed 7", "--only apps/vault"
	@bin/with-test-env $(BIN)/python bin/mutants.py $(ARGS)

screenshots: $(STAMP) ## every page into var/screenshots, both languages, light and dark, 390 and 1280 px; ARGS=--kept: those of the docs anew
	@$(BIN)/python -m tests.journeys.screenshots $(ARGS)

recording: $(STAMP) ## a member's whole journey in a real browser, as numbered pictures and one moving picture, into var/recording
	@$(BIN)/python -m tests.journeys.recording

image: ## the container's image by buildah (Debian: buildah, netavark), without an engine; its base comes from a registry
	@bin/image

size: $(STAMP) ## statements, files, tables, lines of tests; files and functions that a claim's page and storing run through
	@bin/with-test-env $(BIN)/python bin/size.py
	@bin/with-test-env $(BIN)/pytest -q -n0 -s tests/repository/test_paths.py | grep 'runs through'

conformance: $(STAMP) ## docs/conformance.md from the lists and the tests
	@$(BIN)/python bin/conformance.py && $(BIN)/python -W ignore bin/sbom.py

messages: $(STAMP) ## the texts members see into the Spanish catalogues, and those compiled
	@bin/with-test-env $(BIN)/python bin/messages.py

lock: ## recompile requirements.lock from pyproject.toml
	@bin/lock
