# SPDX-License-Identifier: Apache-2.0
# The door: run, test. Also build, install, deb, bench, fuzz, lint, format, clean. Everything else is Meson's.

BUILD ?= build
PYTHON := /usr/bin/python3

# Where `make install` puts things; DESTDIR goes before all of it.
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions

.PHONY: all deps-run deps-all run test bench fuzz lint format reference install install-files deb clean help

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

install: all
	@$(MAKE) -s install-files

# Without building. A settings file that is there stays as it is.
install-files:
	install -D -m 755 $(BUILD)/behalf $(DESTDIR)$(PREFIX)/bin/behalf
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(UNITDIR) \
	  $(DESTDIR)$(SYSCONFDIR)/behalfid $(DESTDIR)$(PREFIX)/share/doc/behalfid/docs
	$(BUILD)/behalf reference man > $(DESTDIR)$(PREFIX)/share/man/man1/behalf.1
	$(BUILD)/behalf completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/behalf
	$(BUILD)/behalf completion zsh > $(DESTDIR)$(ZSHDIR)/_behalf
	$(BUILD)/behalf completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/behalf.fish
	install -D -m 755 packaging/backup.sh $(DESTDIR)$(PREFIX)/lib/behalfid/backup.sh
	for unit in behalfid.service behalfid-backup.service behalfid-backup.timer; do \
	  sed -e 's|/usr/bin/behalf|$(PREFIX)/bin/behalf|' -e 's|/usr/lib/behalfid|$(PREFIX)/lib/behalfid|' \
	    -e 's|/etc/behalfid|$(SYSCONFDIR)/behalfid|' packaging/systemd/$$unit > $(DESTDIR)$(UNITDIR)/$$unit || exit 1; \
	done
	[ -e $(DESTDIR)$(SYSCONFDIR)/behalfid/behalfid.env ] || \
	  install -m 600 packaging/behalfid.env $(DESTDIR)$(SYSCONFDIR)/behalfid/behalfid.env
	install -m 644 README.md ARCHITECTURE.md SECURITY.md CHANGELOG.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/behalfid
	install -m 644 docs/*.md $(DESTDIR)$(PREFIX)/share/doc/behalfid/docs
	install -D -m 644 packaging/nginx/behalfid.conf \
	  $(DESTDIR)$(PREFIX)/share/doc/behalfid/examples/nginx/behalfid.conf
	install -D -m 644 packaging/caddy/Caddyfile $(DESTDIR)$(PREFIX)/share/doc/behalfid/examples/caddy/Caddyfile

deb: all
	@tools/build_deb.sh $(BUILD)

clean:
	rm -rf build build-*

help:
	@echo "make        build build/behalf"
	@echo "make run    build and start the server with demo data in ./data"
	@echo "make install  install below PREFIX (/usr/local), under DESTDIR; as root where that is needed"
	@echo "make deb    build a Debian package in build/deb"
	@echo "make test   everything that CI runs, with the vectors of ../shared/conformance; ends in 'N passed, N failed'"
	@echo "make bench  measure, and write bench/RESULTS.md"
	@echo "make fuzz   fuzz each target for SECONDS_EACH (600) seconds"
	@echo "make lint   formatters and linters"
	@echo "make reference  write docs/cli.md from the commands themselves"
