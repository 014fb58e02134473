# Everything a developer types. Needs Python 3.11, 3.12 or 3.13 and make; the rest is installed into
# .venv from requirements-dev.lock. `make` alone lists the targets.

.DEFAULT_GOAL := help
.PHONY: help setup demo up test unit integration e2e chaos soak check format bench quality records lock image screenshots site clean
# Bytecode lies beside the environment, not among the sources: a service starts in a third of the time.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/.bytecode
unexport PYTHONDONTWRITEBYTECODE

READY := .venv/.ready
BIN := .venv/bin

help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: $(READY) ## make .venv (the newest suitable Python, versions from the lock file)

$(READY): requirements-dev.lock pyproject.toml scripts/environment.sh
	@sh scripts/environment.sh .venv

demo: $(READY) ## watch stories form out of the seeds, within a minute; on a terminal their pages stay
	@$(BIN)/dateline demo --stay

up: $(READY) ## run everything on this machine until Ctrl-C
	@$(BIN)/dateline up

test: $(READY) ## unit tests on every Python there is, then integration, quality, e2e and the short chaos; ends with what was skipped
	@$(BIN)/python scripts/run_tests.py unit integration quality e2e chaos

unit: $(READY) ## unit tests on every Python there is
	@$(BIN)/python scripts/run_tests.py unit

integration: $(READY) ## parts against real servers
	@$(BIN)/python scripts/run_tests.py integration

e2e: $(READY) ## everything together, killed and restarted
	@$(BIN)/python scripts/run_tests.py e2e

chaos: $(READY) ## everything killed, cut off, filled up, for up to 20 minutes; ends with a table
	@$(BIN)/python -m tests.chaos $(CHAOS)

soak: $(READY) ## ten times the retention of steady traffic: the server and every process stay flat; 10 minutes
	@$(BIN)/python -m tests.chaos.soak $(SOAK)

check: $(READY) ## style, types, generated files, the docs as a site
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m dateline.schemas docs/reference --check
	$(BIN)/python -m scripts.write_codes --check
	$(BIN)/python seeds/check_seeds.py >/dev/null
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

format: $(READY) ## mend what can be mended by itself: style, generated files
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m dateline.schemas docs/reference
	$(BIN)/python -m scripts.write_codes

bench: $(READY) ## how fast, on this machine
	@$(BIN)/python -m benchmarks

records: $(READY) ## how good the records are, over the seeds and: make records SETS="labelled.jsonl.gz …"
	$(BIN)/python -m tests.quality.measure_records $(SETS)

quality: $(READY) ## how good the stories are: make quality SETS="labelled.jsonl.gz …"
	@test -n "$(SETS)" || { echo 'make quality SETS="labelled.jsonl.gz …" (see docs/quality.md)'; exit 2; }
	$(BIN)/python -m benchmarks.quality $(SETS)

# `make lock` keeps the versions it finds where it may; UPGRADE=--upgrade takes the newest.
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --custom-compile-command "make lock" --quiet $(UPGRADE)

lock: $(READY) ## write the lock files anew from pyproject.toml
	$(LOCK) --output-file requirements.lock
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock

screenshots: $(READY) ## make the pictures of the docs, in chromium
	@$(BIN)/python scripts/screenshots.py docs/images

site: $(READY) ## build the docs into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

image: ## build the container image
	docker compose build

clean: ## remove what make made
	rm -rf .venv .venv-3.* .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build site
