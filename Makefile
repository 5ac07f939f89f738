# Runnel. Needs Go 1.26 and make; anything else is put there by the commands.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Where "make run" listens.
ADDR ?= localhost:8080
# How long "make soak" runs.
SOAK ?= 30m
# How many times as long as in "make test" "make chaos" goes on.
CHAOS ?= 10
export CHROME

GOROOT := $(shell go env GOROOT)
NATIVE := $(shell go list ./... | grep -v /runnel/e2e)
WASM   := ./wasm/... ./jsbridge/...
COUNT  := build/testcount

.PHONY: help run cluster build test test-native test-wasm e2e bench bench-server soak chaos lint fmt clean

help: ## list what make can do
	@echo "Runnel: typed server-sent events for frontends written in Go"
	@echo
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  ADDR=host:port make run      listens elsewhere than on $(ADDR)"
	@echo "  CHROME=path make test        tests in that browser"

run: build ## build the demo and serve it on http://localhost:8080
	@exec build/demo -addr "$(ADDR)" -data build/data

cluster: build ## the same on three NATS nodes and two servers, to stop any of them
	@go build -trimpath -o build/cluster ./server/cmd/cluster
	@exec build/cluster -addr "$(ADDR)"

build: ## build the wasm program, compress it, and build the server
	@mkdir -p build static/dist
	@[ -e build/demo ] || echo "building for the first time; this takes about a minute ..."
	@GOOS=js GOARCH=wasm go build -trimpath -buildvcs=false -ldflags '-s -w' -o build/demo.wasm ./wasm/demo
	@go run ./static/pack -out static/dist build/demo.wasm "$(GOROOT)/lib/wasm/wasm_exec.js"
	@go build -trimpath -o build/demo ./server/cmd/demo

test: ## check everything: format, vet, native tests, tests in the browser
	@.ci/chrome
	@rm -rf build/tests
	@$(MAKE) lint
	@$(MAKE) tests
	@$(COUNT) -total build/tests

# The native tests wait for most of their time, for clusters that elect and the
# like, and compressing takes one processor only: they run beside the build and
# the tests in the browser, and are told of at the end. Where CI is set one thing comes
# after the other: a machine that is slow and shared has Chromium hang when it is asked
# for everything at once, and nobody waits there.
.PHONY: tests
tests: $(COUNT)
	@mkdir -p build/tests
	@if [ -n "$${CI:-}" ]; then $(MAKE) test-native && $(MAKE) build && $(MAKE) test-wasm && $(MAKE) e2e; exit; fi; \
		$(MAKE) test-native > build/tests/native.log 2>&1 & native=$$!; status=0; \
		$(MAKE) build && $(MAKE) test-wasm && $(MAKE) e2e || status=$$?; \
		wait $$native || status=$$?; cat build/tests/native.log; exit $$status

test-native: $(COUNT) ## run the native tests with the race detector
	@go test -race -json -timeout 30m $(NATIVE) | $(COUNT) -in build/tests -name 1-native -where "natively, with the race detector"

test-wasm: $(COUNT) build/wasmtest ## run the wasm packages' tests in headless Chromium, in a page and in a worker
	@.ci/chrome
	@GOOS=js GOARCH=wasm go test -count=1 -json -exec "$(CURDIR)/build/wasmtest" $(WASM) \
		| $(COUNT) -in build/tests -name 2-page -where "in the browser, in a page"
	@GOOS=js GOARCH=wasm WASMTEST_IN=worker go test -count=1 -json -exec "$(CURDIR)/build/wasmtest" $(WASM) \
		| $(COUNT) -in build/tests -name 3-worker -where "in the browser, in a worker"

e2e: $(COUNT) build ## run the end-to-end tests in headless Chromium
	@.ci/chrome
	@go test -count=1 -json -timeout 30m $(if $(CI),-p 1) ./e2e/suite ./e2e/... | $(COUNT) -in build/tests -name 4-e2e -where "end to end in the browser"

bench: ## measure against JavaScript and plain Go, in under ten minutes, into build/bench.json (BENCH=flags)
	@.ci/chrome
	@go build -o build/bench ./e2e/bench
	@build/bench $(BENCH)

bench-server: ## measure the server against go-sse, in under ten minutes, into build/bench-server.json (BENCH=flags)
	@go build -o build/bench-server ./server/bench
	@build/bench-server $(BENCH)

soak: build ## run the stream for 30 minutes and see that nothing grows (SOAK=duration)
	@.ci/chrome
	@RUNNEL_SOAK=$(SOAK) go test -count=1 -v -timeout 0 ./e2e/soak

chaos: build ## kill servers and cluster nodes for minutes and see that no event is lost (CHAOS=factor)
	@.ci/chrome
	@RUNNEL_CHAOS=$(CHAOS) go test -count=1 -v -timeout 0 ./e2e/chaos

lint: ## check the format and vet for both targets
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; }
	@go vet ./...
	@GOOS=js GOARCH=wasm go vet $(WASM) ./e2e/internal/probe ./e2e/bench/...

fmt: ## format the code
	@gofmt -w .

clean: ## remove what was built
	@rm -rf build
	@find static/dist -type f ! -name .keep -delete

# The tests in the browser run each time: the go command's cache of results knows
# nothing of the browser. What is built, the go command knows to be up to date.
.PHONY: $(COUNT) build/wasmtest
$(COUNT):
	@go build -o $@ ./e2e/cmd/testcount
build/wasmtest:
	@go build -o $@ ./e2e/cmd/wasmtest
