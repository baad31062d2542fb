# The words that a newcomer types. Each prints what it does and stops at the
# first failure. A machine needs Rust, git, make and apt; docs/environments.md
# says what happens to it.

SUITE ?= trixie
enter := $(CURDIR)/tests/env/enter
# System tests run inside the Debian root: Cargo starts them through `enter`.
inside := "$(enter)", "--suite", "$(SUITE)"
runner := target."cfg(unix)".runner=[$(inside)]
daemon := target."cfg(unix)".runner=[$(inside), "--daemon"]
closed := target."cfg(unix)".runner=[$(inside), "--daemon", "--nix-conf", "$(CURDIR)/tests/env/nix-closed.conf"]
again := $(MAKE) --no-print-directory
say = @printf '\n==> %s  %s\n' "$$(date +%T)"

.PHONY: help demo test test-nix test-nixpkgs test-system test-guest test-catalogue test-machines page begin soundness descriptions fuzz check bench docs clean-env
.NOTPARALLEL:

help:
	@echo 'make demo                build a real Haskell program in full, edit it, build it incrementally'
	@echo 'make test [SUITE=sid]    checks, unit tests, and tests with real Nix and GHC'
	@echo 'make page                 the page of the report in a browser, with pictures of it'
	@echo 'make soundness            incremental builds beside clean ones: every known kind of edit, long random walks'
	@echo 'make descriptions        package descriptions of Debian, as hinc reads them and as Cabal does'
	@echo 'make fuzz                 bytes that nobody wrote, for ten minutes to each reader of what others wrote (FUZZ_SECONDS)'
	@echo 'make check               formatting, lints, shell scripts, Nix files, workflows'
	@echo 'make bench               hinc beside git and nix, in numbers'
	@echo 'make docs                write the command line reference anew'
	@echo 'make clean-env           remove the Debian roots (2 to 3 GB each) with their Nix stores, and the guests'

demo:
	$(say) 'building hinc'
	cargo build --locked
	$(say) 'the demo, in a Debian root with Nix and GHC'
	$(enter) --suite $(SUITE) tests/demo/run

test: begin check
	$(say) 'unit and hermetic tests'
	cargo test --locked --lib --test it
	$(say) 'the page of the report in a headless Chromium of Debian $(SUITE)'
	cargo test --locked --test page --config '$(runner)'
	$(say) 'the Nix functions, packages of nixpkgs, hinc with Nix and GHC of Debian $(SUITE), a guest of QEMU, machines behind ssh, a part of the catalogue (make soundness has all of it)'
	tests/env/build-guest $(SUITE)
	tests/env/beside --sweep $(SUITE) 8 '$(again) test-guest' '$(again) test-system' '$(again) test-nix' '$(again) test-catalogue' '$(again) test-nixpkgs' '$(again) test-machines'
	$(say) 'hinc for a user who has Nix through a daemon'
	cargo test --locked --test daemon --config '$(daemon)' open::
	cargo test --locked --test daemon --config '$(closed)' closed::
	$(say) 'make test: all tests passed ($(SUITE))'

# Two of them at a time, the longest first: much of what they wait for is not a processor.
test-nix:
	$(enter) --suite $(SUITE) tests/nix/run

test-nixpkgs:
	$(enter) --suite $(SUITE) tests/nixpkgs/run

test-system:
	cargo test --locked --test system --config '$(runner)'

test-guest:
	cargo test --locked --test builder --config '$(runner)' -- --test-threads=1 guest::

test-catalogue:
	tests/soundness/part --config '$(runner)'

test-machines:
	cargo test --locked --test builder --config '$(runner)' -- --skip guest::

page:
	$(say) 'the page of the report in a headless Chromium of Debian $(SUITE)'
	cargo test --locked --test page --config '$(runner)'
	$(say) 'pictures of it: target/screenshots'

begin:
	@tests/env/begin $(SUITE)

soundness:
	$(say) 'the catalogue of edits, and 300 random ones three times, with Nix and GHC of Debian $(SUITE)'
	HINC_WALK_STEPS=300 HINC_WALK_SEEDS=1,2,3 HINC_PREDICTED_EDITS=300 cargo test --locked --test soundness --config '$(runner)'
	$(say) 'a package of 3,000 modules'
	cargo build --locked
	$(enter) --suite $(SUITE) tests/soundness/many-modules $(CURDIR)/target/debug/hinc 3000
	$(say) 'make soundness: every incremental build is what a clean one gives ($(SUITE))'

descriptions:
	$(say) 'the descriptions of a thousand Haskell packages of Debian, as hinc reads them and as Cabal does'
	tests/cabal/fetch target/cabal
	HINC_CABAL_FILES=$(CURDIR)/target/cabal cargo test --locked --test system --config '$(runner)' -- --nocapture descriptions::

fuzz:
	$(say) 'what has to hold for any bytes at all: each target of cargo-fuzz'
	fuzz/run

check:
	$(say) 'formatting and lints'
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	$(say) 'shell scripts, Nix files and workflows'
	tests/lint/scripts $(SUITE)
	tests/lint/nix $(SUITE)
	tests/lint/workflows

bench:
	$(say) 'building hinc, optimised'
	cargo build --locked --release
	$(say) 'reading logs'
	mkdir -p target/bench
	cargo bench --locked --bench log >target/bench/log.txt
	$(say) 'scanning sources'
	cargo bench --locked --bench imports >target/bench/imports.txt
	$(say) 'rendering reports'
	cargo bench --locked --bench report >target/bench/report.txt
	$(say) 'measuring, in a Debian root with git and Nix'
	HINC_BIN=$(CURDIR)/target/release/hinc $(enter) --suite $(SUITE) tests/bench/run

docs:
	HINC_UPDATE_DOCS=1 cargo test --locked --test it documents::the_command_line

clean-env:
	tests/env/clean
