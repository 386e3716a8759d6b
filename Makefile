# Two commands matter: `make demo` and `make test`. Both set up what is missing first.
# The first build takes 15 to 30 minutes on two cores, because RocksDB is compiled from source once.

SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
LEBOMBO := $(TARGET)/release/lebombo

.PHONY: help setup build demo test interop bench lint doc fuzz

help:
	@echo "make demo               build, start a ledger in a temporary folder, run the main job and show it"
	@echo "make demo DATA=../shared/data   the same with the real records in that folder"
	@echo "make test               build and run every test"
	@echo "make interop            let other people's programs judge the formats (Go, Python, openssl where present)"
	@echo "make bench              measure, beside the machine's own limits"
	@echo "make fuzz               run each fuzz target for a minute (needs cargo-fuzz)"
	@echo "make lint doc           formatting, clippy, documentation"
	@echo
	@echo "The first build compiles RocksDB from source: 15 to 30 minutes on two cores, once."

setup:
	@scripts/setup.sh

build: setup
	@test -e $(LEBOMBO) || echo "First build: RocksDB is compiled from source, 15 to 30 minutes on two cores. Later builds take seconds."
	$(CARGO) build --release --locked

demo: build
	$(LEBOMBO) demo $(if $(DATA),--data $(DATA))

test: build
	$(CARGO) test --release --locked --workspace

interop: build
	tests/interop/run.sh $(LEBOMBO)

bench: build
	$(CARGO) bench --locked -p lebombo-benches --profile release

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --locked --workspace --all-targets -- -D warnings
	$(CARGO) clippy --release --locked -p lebombo --no-default-features -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --locked --no-deps -p lebombo-verifier -p lebombo-ledger

fuzz:
	scripts/fuzz.sh
