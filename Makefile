# The door of the project. Tests and lints use cargo's profile dev, what people run is built with release
# (docs/adr/0010). Whoever calls cargo by hand should set the same RUSTFLAGS.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PORT ?= 8080
ONCE ?=
CORPUS ?=
TARGET ?=
SECONDS ?= 60

export RUSTFLAGS ?= $(if $(shell command -v mold),-Clink-arg=-fuse-ld=mold)
target := $(or $(CARGO_TARGET_DIR),target)
binary := $(target)/release/twintrack
tested := $(target)/debug/twintrack
web_sources := $(shell find web/src web/public web/index.html web/package.json web/vite.config.ts web/tsconfig.json 2>/dev/null -type f)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: build ## Build, walk the whole road on a fresh folder, then serve (PORT=8080, ONCE=1 ends after the walk)
	@PORT='$(PORT)' ONCE='$(ONCE)' node scripts/demo.mjs '$(binary)'

.PHONY: build
build: web/dist/index.html ## Build the web UI and the release binary
	cargo build --release --locked

.PHONY: test
test: web/dist/index.html ## Run every test; sets up browser and PostgreSQL by itself
	scripts/test.sh '$(tested)'

.PHONY: corpus
corpus: web/dist/index.html ## Run the tests over a corpus: make corpus CORPUS=FOLDER
	@test -d '$(CORPUS)' || { echo "make corpus needs the folder of the corpus: make corpus CORPUS=FOLDER" >&2; exit 2; }
	CORPUS='$(abspath $(CORPUS))' cargo test --locked --workspace --test corpus
	cargo build --locked --workspace --bins --examples
	CORPUS='$(abspath $(CORPUS))' CHROMIUM="$$(scripts/chromium.sh)" TWINTRACK_BIN='$(abspath $(tested))' \
	  STAND_IN_BIN='$(abspath $(target)/debug/examples/stand_in)' npm --prefix web run test:recorded

.PHONY: clients
clients: build ## Run public clients of Dependency-Track, from their registries, against a server of this build
	node scripts/clients.mjs '$(binary)'

.PHONY: fuzz
fuzz: ## Fuzz the parsers: make fuzz [TARGET=NAME] [SECONDS=60 each]
	scripts/fuzz.sh '$(SECONDS)' '$(TARGET)'

.PHONY: schemathesis
schemathesis: web/dist/index.html ## Call every operation of the analyzer by its description, and otherwise
	cargo build --locked --workspace --bins --examples
	scripts/schemathesis.sh '$(tested)'

.PHONY: check
check: web/dist/index.html ## Format, lints and types, without running tests
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	npm --prefix web run lint
	npm --prefix web run typecheck

.PHONY: bench
bench: build ## Measure the road at 1x, 10x and 100x size, and vulnerability intelligence (CORPUS=FOLDER, OSV_SCANNER=BINARY)
	node scripts/bench-intelligence.mjs '$(binary)' '$(and $(CORPUS),$(abspath $(CORPUS))/corpus/advisories)'
	node scripts/bench.mjs '$(binary)'

.PHONY: dev
dev: build ## Serve on ./data with the web UI reloading on changes
	scripts/dev.sh '$(binary)'

.PHONY: gen
gen: build ## Generate what is made from the code: GraphQL schema and types, references, tables of a scan
	scripts/gen.sh '$(binary)'

.PHONY: dist
dist: web/dist/index.html ## Build the archive to ship: smaller and faster, slower to build
	cargo build --profile dist --locked --package twintrack
	tar -czf '$(target)/twintrack.tar.gz' -C '$(target)/dist' twintrack -C '$(CURDIR)' LICENSE README.md
	@echo '$(target)/twintrack.tar.gz'

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	npm --prefix web ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(web_sources)
	npm --prefix web run build
	@touch $@
