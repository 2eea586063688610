# Needs Python 3.11 or newer, make and a package index. Everything lands in .venv and in the user's cache.

VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/.made
INSTALLED := $(VENV)/.installed
DEVELOPED := $(VENV)/.developed
SECRET := .secrets/neo4j_auth

.DEFAULT_GOAL := help
.PHONY: help demo test soak check format docs bench bench-accuracy bench-collect servers internet neo4j clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

demo: $(INSTALLED)  ## load the bundled catalogue into the embedded store and answer the flagship question
	@$(BIN)/sousveil demo

test: $(DEVELOPED) servers  ## every test but the long trials, on the embedded store and on real Neo4j servers
	$(BIN)/pytest -m "not soak"

soak: $(DEVELOPED) servers  ## the long trials: hundreds of kills, big fuzz runs
	$(BIN)/pytest -m soak --timeout=7200

check: $(DEVELOPED)  ## format, lint, types, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy docs/generate.py
	$(BIN)/python docs/generate.py --check

format: $(DEVELOPED)  ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(DEVELOPED)  ## write the generated docs anew
	$(BIN)/python docs/generate.py

bench: $(DEVELOPED) servers  ## load rate and question latency on both stores, side by side
	@$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python bench/run.py

# nsd, dnsperf, zdns and massdns stand beside ours where they are installed.
bench-collect: $(DEVELOPED)  ## CPU of a question, of a host and of a whole collection, beside other programs
	@for trial in bench/dns_loop.py bench/collection.py bench/hosts.py; do \
		[ ! -e $$trial ] || $(BIN)/python $$trial || exit 1; \
	done

bench-accuracy: $(DEVELOPED)  ## how often attribution is right; TRUTH=DIR for other labelled files
	@$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python bench/accuracy.py $(if $(TRUTH),--truth $(TRUTH),--write)

# Neo4j is kept in the user's cache, outside the tree; nsd, unbound and nginx come from Debian, for root only.
# Without Java, or without those, the tests that need them are skipped, but not in CI.
servers: $(DEVELOPED)  ## fetch the servers that the tests use, once
	$(BIN)/python tests/servers/neo4j_server.py fetch || [ -z "$$CI" ]
	PYTHONSAFEPATH= $(BIN)/python tests/internet/world.py install || [ -z "$$CI" ]

internet: $(DEVELOPED)  ## a shell inside the miniature Internet of the tests
	@PYTHONSAFEPATH= $(BIN)/python tests/internet/world.py install
	@PYTHONSAFEPATH= $(BIN)/python tests/internet/world.py shell

neo4j: $(SECRET)  ## start Neo4j with docker compose, with a password of its own
	docker compose up --detach --wait

clean:  ## remove what make made here; your data, passwords and caches stay
	@if [ -e $(MADE) ]; then rm -rf $(VENV); else rm -f $(INSTALLED) $(DEVELOPED); fi
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . \( -name .git -o -name $(VENV) \) -prune -o -name __pycache__ -type d -exec rm -rf {} +

# PYTHON=/path/to/python3.12 make demo takes that one.
$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "making $(VENV) with $$("$$python" --version)"; \
			"$$python" -m venv $(VENV) && touch $(MADE); exit; \
		fi; \
	done; \
	echo "make: no Python 3.11 or newer with venv found; install one (Debian: apt install python3 python3-venv)" >&2; \
	echo "make: or name it: make demo PYTHON=/path/to/python3.12" >&2; exit 1

$(INSTALLED): pyproject.toml | $(BIN)/python
	@echo "installing sousveil into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEVELOPED): $(INSTALLED)
	@echo "installing the tools of development into $(VENV)"
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --group dev
	@touch $@

# The image reads this file as its own user: the folder keeps others out, not the file's mode.
$(SECRET):
	@mkdir -p $(@D) && chmod 700 $(@D)
	@python3 -c 'import secrets; print("neo4j/" + secrets.token_hex(16), end="")' > $@
	@chmod 644 $@
	@echo "wrote $@"
