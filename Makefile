# Thin: CMake does the work, this names the usual calls.  `make help` lists them.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
GENERATOR = $(if $(shell command -v ninja),-G Ninja,)
CONFIGURE = cmake --preset $(1) $(GENERATOR) $(2) >/dev/null

.PHONY: all deps clang peers build test bench demo debug asan tsan fuzz lint format install clean help

.NOTPARALLEL:

all: build

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

deps: ## install the Debian packages that building and testing need
	@contrib/install-deps

clang: ## the same, with clang-19 for the sanitizers and the linter
	@contrib/install-deps clang

peers: ## the same, with what `make bench` measures sotto against
	@contrib/install-deps bench

build: ## build/sotto, optimised
	@$(call CONFIGURE,release,-DSOTTO_TESTS=OFF)
	@cmake --build build -j $(JOBS)

test: deps ## build and run every test
	@$(call CONFIGURE,release,-DSOTTO_TESTS=ON)
	@cmake --build build -j $(JOBS)
	@ctest --test-dir build -j $(JOBS) --output-on-failure

bench: peers build ## measure the goals in numbers (FLAGS=--quick: two minutes, without Tor)
	@cmake --build build -j $(JOBS) --target bench_programs
	@SOTTO_BINARY=build/sotto python3 -B tests/bench/bench.py $(FLAGS)

demo: deps build ## show the main job on this machine, with no network
	@contrib/demo build/sotto
	@contrib/demo-tor build/sotto

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

clean: ## remove every build folder
	@rm -rf build build-debug build-asan build-tsan build-fuzz
