# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

PYTHON ?= python3
BASE ?= main
NOX := .venv/bin/python -m nox
SHELL := bash
# Without bytecode, each start of a program compiles what it imports.
unexport PYTHONDONTWRITEBYTECODE
# The longest first, but those that start several processes of pytest apart.
LANES := coverage brief-suites brief-sanity oldest lint artefact brief-integration
ALL_LANES := units suites coverage sanity exhaustive integration lint artefact

.DEFAULT_GOAL := help
.PHONY: help check test test-all lint format artefact fragment bench clean demo demo-events demo-wave
.PHONY: coverage exhaustive oldest units sanity integration suites brief-sanity brief-integration brief-suites

help: ## show this list
	@awk -F ':.*## ' '/^[a-z -]+:.*## / {printf "make %-23s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

check: .venv/nox ## lint what changed, run the unit tests on the newest ansible-core; or make check FILE=tests/unit/…
	@$(NOX) --session check -- $(FILE)

test: .venv/nox ## run what a change has to pass, in 20 minutes on two processors
	@$(MAKE) --no-print-directory --jobs 2 --keep-going $(addprefix lane-,$(LANES))

test-all: .venv/nox ## run all checks and tests, on every supported ansible-core
	@$(MAKE) --no-print-directory --jobs 2 --keep-going $(addprefix lane-,$(ALL_LANES))

# Two at a time; each line of output begins with the name of its lane, the last one has the time that the lane took.
lane-%:
	@set -o pipefail; TIMEFORMAT='took %0lR, of the processors %0U s + %0S s'; \
		{ time $(MAKE) --no-print-directory $*; } 2>&1 | while IFS= read -r line; do echo "$*: $$line"; done

lint: .venv/nox ## check style, types, documentation and metadata
	@# in CI, formatters only check
	CI=true $(NOX) --session antsibull-nox-config formatters codeqa yamllint typing docs-check license-check \
		extra-checks changelog ansible-lint

# One of these alone, for the hooks of .pre-commit-config.yaml.
session-%: .venv/nox
	@CI=true $(NOX) --session $*

format: .venv/nox ## format the code
	env -u CI $(NOX) --session formatters

artefact: .venv/nox ## build the collection, check that Galaxy would import it, and use what was built
	$(NOX) --session artefact

fragment: .venv/nox ## check that changes since BASE have a changelog fragment: make fragment BASE=origin/main
	$(NOX) --session changelog -- $(BASE)

coverage: .venv/nox ## run the unit tests on the newest ansible-core, and show what they leave out
	$(NOX) --session coverage

exhaustive oldest: .venv/nox
	$(NOX) --session $@

units integration: .venv/nox ## run one of ansible-test's kinds of tests on every supported ansible-core
	@# what failed stands at the end of the output
	$(NOX) --stop-on-first-error --session ansible-test-$@

sanity: .venv/nox ## run ansible-test's sanity tests on every supported ansible-core
	$(NOX) --stop-on-first-error --session ansible-test-sanity ansible-test-pylint

brief-sanity brief-integration: .venv/nox
	$(NOX) --stop-on-first-error --tags $@

suites: .venv/nox ## run what needs more than Ansible: molecule, AWX's tools, a browser, the rulebook engine
	$(NOX) --stop-on-first-error --session molecule suite

brief-suites: .venv/nox
	$(NOX) --stop-on-first-error --session brief-suite

demo: .venv/demo ## watch the collection work against an emulator of the service
	@.venv/bin/python tests/tools/demo.py

demo-events: .venv/events ## watch rules fire while a fleet migrates; needs Java 17
	@.venv/bin/python tests/demo/events/run.py

demo-wave: .venv/wave ## watch a wave of 30 servers, of which six fail in different steps; needs ssh
	@.venv/bin/python tests/demo/wave/run.py

bench: .venv/demo ## measure the inventory plugin, and write the result into its guide; or make bench BASELINE=COMMIT
	@.venv/bin/python tests/bench/bench.py $(BASELINE)

clean: ## remove everything that the other commands made
	rm -rf .venv .nox .ansible build collections tests/output

.venv/nox: tests/requirements-nox.txt | .venv/bin/python
	.venv/bin/python -m pip install --quiet --requirement $<
	@touch $@

.venv/demo: requirements.txt | .venv/bin/python
	.venv/bin/python -m pip install --quiet ansible-core --requirement $<
	@touch $@

.venv/events: tests/eda/requirements.txt .venv/demo
	.venv/bin/python -m pip install --quiet --requirement $<
	@touch $@

.venv/wave: tests/targets/requirements.txt .venv/demo
	.venv/bin/python -m pip install --quiet --requirement $<
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("Python 3.10 or newer is needed: make PYTHON=…")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
