# make run: the demo at http://127.0.0.1:8000 (PORT=8123 make run for another port).   make test: every check there is.
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
LOCALE ?= en_GB
export PORT

.DEFAULT_GOAL := help
.PHONY: help run test lint format messages bench chaos screenshots lock port clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile

run: port .venv/base.stamp ## Set up and serve the demo; PORT=8123 chooses another port
	@.venv/bin/python bin/run.py

test: .venv/dev.stamp ## Run every check and every test, on all installed databases
	@.venv/bin/python bin/test.py

lint: .venv/dev.stamp ## Run the checks that need no test
	@.venv/bin/python bin/test.py --lint

format: .venv/dev.stamp ## Format code and templates
	@.venv/bin/ruff check --quiet --fix --exit-zero . && .venv/bin/ruff format --quiet .
	@find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 {} + >/dev/null || true

messages: .venv/dev.stamp ## Write the sentences to translate to locale/; LOCALE=cy for Welsh (needs gettext)
	@DEMO=1 .venv/bin/python manage.py makemessages --locale $(LOCALE) --extension html,txt,py \
	  --no-location --ignore "var/*" --ignore "tests/*" --ignore "bench/*" --ignore ".venv/*"

bench: .venv/dev.stamp ## Measure pages, lists and messages
	@.venv/bin/python -m bench --write

chaos: .venv/dev.stamp ## Run the chaos tests of messages; CHAOS="--seeds 2 --messages 300" runs fewer
	@.venv/bin/python -m tests.chaos --write $(CHAOS)

screenshots: .venv/dev.stamp ## Take the pictures in docs/img again, from a new demo
	@.venv/bin/python bin/screenshots.py

lock: ## Lock requirements/*.in into requirements/*.txt (needs uv)
	@for name in base dev; do \
	  uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

clean: ## Delete the virtualenv and var/
	rm -rf .venv var

# Checked first: it is better to know about a taken port before anything slow.
port:
	@$(PYTHON) bin/run.py --check-port

# A stamp is as new as the lock file it was installed from, so a second start installs nothing.
.venv/%.stamp: requirements/%.txt | .venv/bin/python
	@echo "Installing requirements/$*.txt (once; a minute or two) ..."
	@if command -v uv >/dev/null 2>&1 && uv pip install --quiet --python .venv/bin/python --require-hashes -r $<; then :; \
	else .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<; fi
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Convenor needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: PYTHON=python3.12 make run")'
	@$(PYTHON) -m venv .venv
