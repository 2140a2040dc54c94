# Thin: CMake does the work, this names the usual calls.  `make help` lists them.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
# Debian's, which has the modules that contrib/install-deps installs.
PYTHON = /usr/bin/python3
GENERATOR = $(if $(shell command -v ninja),-G Ninja,)
CONFIGURE = cmake --preset $(1) $(GENERATOR) $(2) >/dev/null

.PHONY: all deps clang peers packaging build test bench demo readme debug asan tsan fuzz lint format \
        install deb deb-test reproducible clean help

.NOTPARALLEL:

all: build

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

deps: ## install the Debian packages that building and testing need
	@contrib/install-deps

clang: ## the same, with clang-19 for the sanitizers and the linter
	@contrib/install-deps clang

peers: ## the same, with what `make bench` measures sotto against
	@contrib/install-deps bench

packaging: ## the same, with what makes Debian packages and tries them
	@contrib/install-deps packaging

build: ## build/sotto, optimised
	@$(call CONFIGURE,release,-DSOTTO_TESTS=OFF)
	@cmake --build build -j $(JOBS)

# What fails has one more try, and the output shows both (docs/hacking.md, "Tests").
test: deps ## build and run every test
	@$(call CONFIGURE,release,-DSOTTO_TESTS=ON)
	@cmake --build build -j $(JOBS)
	@ctest --test-dir build -j $(JOBS) --output-on-failure --repeat until-pass:2

bench: peers build ## measure the goals in numbers (FLAGS=--quick: two minutes, without Tor)
	@cmake --build build -j $(JOBS) --target bench_programs
	@SOTTO_BINARY=build/sotto $(PYTHON) -B tests/bench/bench.py $(FLAGS)

demo: deps build ## show the main job on this machine, with no network
	@contrib/demo build/sotto
	@contrib/demo-tor build/sotto

readme: build ## write the transcript of this program into README.md
	@SOTTO_BINARY=$(CURDIR)/build/sotto $(PYTHON) -B tests/integration/readme_test.py --write

debug: ## an unoptimised build in build-debug
	@$(call CONFIGURE,debug,)
	@cmake --build build-debug -j $(JOBS)

asan tsan: clang ## the tests under AddressSanitizer and UBSan, or ThreadSanitizer
	@$(call CONFIGURE,$@,)
	@cmake --build build-$@ -j $(JOBS)
	@ctest --test-dir build-$@ -j $(JOBS) --output-on-failure

fuzz: clang ## the libFuzzer programs, in build-fuzz
	@$(call CONFIGURE,fuzz,)
	@cmake --build build-fuzz -j $(JOBS)

lint: clang ## clang-tidy and clang-format over the tree
	@contrib/lint

format: ## rewrite the sources as .clang-format has them
	@git ls-files '*.cpp' '*.h' | xargs clang-format-19 -i

install: build ## install under PREFIX (default /usr/local), honouring DESTDIR
	@cmake --install build --prefix $(PREFIX)

deb: packaging ## Debian packages, in build-deb
	@contrib/build-deb build-deb

reproducible: packaging ## build them twice, in unlike surroundings: the same bytes come out
	@contrib/compare-builds build-reproducible

deb-test: packaging ## install, use and purge them in a fresh Debian 12 (needs root and a mirror)
	@contrib/test-deb build-deb build-deb-test

clean: ## remove every build folder
	@rm -rf build build-debug build-asan build-tsan build-fuzz build-deb build-deb-test \
	  build-reproducible
