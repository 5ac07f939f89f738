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
WASM   := ./wasm/... ./jsbridge/...
# What the demo is built from, so that nothing else is fetched for it.
DEMO   := ./server/cmd/demo ./static/pack
# Further flags for go test: make test TESTFLAGS='-run TestShot -count 3'
TESTFLAGS ?=

.PHONY: help run cluster build test test-native test-wasm e2e bench bench-server soak chaos lint fmt clean

help: ## list what make can do
	@echo "Runnel: typed server-sent events for frontends written in Go"
	@echo
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  ADDR=host:port make run      listens elsewhere than on $(ADDR)"
	@echo "  CHROME=path make test        tests in that browser"
	@echo "  make test TESTFLAGS='-run TestShot -count 3'   gives flags to go test"

run: build ## build the demo and serve it on http://localhost:8080
	@exec build/demo -addr "$(ADDR)" -data build/data

cluster: build ## the same on three NATS nodes and two servers, to stop any of them
	@go build -trimpath -o build/cluster ./server/cmd/cluster
	@exec build/cluster -addr "$(ADDR)"

build: ## build the wasm program, compress it, and build the server
	@mkdir -p build static/dist
	@.ci/step "fetching modules" .ci/fetch $(DEMO) -- ./wasm/demo
	@.ci/step "building the frontend" env GOOS=js GOARCH=wasm go build -trimpath -buildvcs=false -ldflags '-s -w' -o build/demo.wasm ./wasm/demo
	@$(MAKE) -j2 compressed packages
	@.ci/step "building the server" go build -trimpath -o build/demo ./server/cmd/demo

# Compressing keeps one core busy, so what the server is made of is built beside it.
.PHONY: compressed packages
compressed:
	@.ci/step "compressing it" go run ./static/pack -out static/dist build/demo.wasm "$(GOROOT)/lib/wasm/wasm_exec.js"
packages:
	@.ci/step "building the server's packages" go build -trimpath ./server/jetstream ./server/demo/...

test: ## check everything: format, vet, native tests, tests in the browser (TESTFLAGS=flags of go test)
	@.ci/chrome
	@$(RUNTESTS) $(TESTFLAGS)

test-native: ## run the native tests with the race detector
	@$(RUNTESTS) -parts native,others $(TESTFLAGS)

test-wasm: ## run the wasm packages' tests in headless Chromium, in a page and in a worker
	@.ci/chrome
	@$(RUNTESTS) -parts build,page,worker $(TESTFLAGS)

e2e: ## run the end-to-end tests in headless Chromium
	@.ci/chrome
	@$(RUNTESTS) -parts build,e2e $(TESTFLAGS)

# Run as a program of its own, so that an interrupt reaches it and not "go run".
RUNTESTS = go build -o build/runtests ./e2e/cmd/runtests && build/runtests

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

# What is built, the go command knows to be up to date.
.PHONY: build/wasmtest
build/wasmtest:
	@go build -o $@ ./e2e/cmd/wasmtest
