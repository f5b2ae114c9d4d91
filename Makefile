# SPDX-License-Identifier: Apache-2.0
# The door: run, test. Also build, bench, fuzz, lint, format, clean. Everything else is Meson's.

BUILD ?= build
PYTHON := /usr/bin/python3

.PHONY: all deps-run deps-all run test bench fuzz lint format reference clean help

all: deps-run $(BUILD)/build.ninja
	@ninja -C $(BUILD) -j $$(nproc) behalf

$(BUILD)/build.ninja: | deps-run
	meson setup $(BUILD) --buildtype=release -Db_lto=true -Dtests=false

deps-run:
	@tools/install_deps.sh run

deps-all:
	@tools/install_deps.sh all

run: all
	@$(BUILD)/behalf serve --demo --data ./data

test: deps-all
	@$(PYTHON) tests/run.py

bench: deps-all all
	@$(PYTHON) bench/measure.py

fuzz: deps-all
	@$(PYTHON) tests/run.py --only fuzz --fuzz-seconds $(or $(SECONDS_EACH),600)

lint: deps-all
	@$(PYTHON) tests/run.py --only lint

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i
	@git ls-files '*.py' | xargs black -q

reference: all
	@$(BUILD)/behalf reference markdown > docs/cli.md

clean:
	rm -rf build build-*

help:
	@echo "make        build build/behalf"
	@echo "make run    build and start the server with demo data in ./data"
	@echo "make test   everything that CI runs, with the vectors of ../shared/conformance; ends in 'N passed, N failed'"
	@echo "make bench  measure, and write bench/RESULTS.md"
	@echo "make fuzz   fuzz each target for SECONDS_EACH (600) seconds"
	@echo "make lint   formatters and linters"
	@echo "make reference  write docs/cli.md from the commands themselves"
