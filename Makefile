# @HELP lines are printed by `make`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
# Flags of the sandbox, such as ARGS="--count 500 --kontur-latency 400ms"
ARGS ?=

.PHONY: help
help:
	@echo "counterparty-sync: make TARGET"; echo; grep -E '^## ' $(MAKEFILE_LIST) | sed -E 's/^## /  /'

## run       the main job on the sandbox: Temporal, Web UI, simulators, worker, sample data (ARGS="--help" for flags)
.PHONY: run
run:
	@cd sandbox && $(GO) build -o ../bin/sandbox . && cd .. && exec bin/sandbox $(ARGS)

## test      all tests: root module with the race detector, sandbox module with the embedded Temporal server
.PHONY: test
test: test-root test-sandbox test-deploy

.PHONY: test-root
test-root:
	$(GO) test -race ./...

# One package at a time: each has a server, worker processes and more.
.PHONY: test-sandbox
test-sandbox:
	cd sandbox && $(GO) test -timeout 30m -p 1 ./...

.PHONY: test-deploy
test-deploy:
	cd deploy && $(GO) test ./...

## screenshots  the pictures of docs/web-ui.md, taken anew in a headless Chromium
.PHONY: screenshots
screenshots:
	cd sandbox && REQUIRE_BROWSER=1 $(GO) test -count=1 -run '^TestScreenshots$$' ./webui -args -images ../../docs/images

## lint      go vet, gofmt, staticcheck, workflowcheck and tidy go.mod files
.PHONY: lint
lint: tools
	@test -z "$$(gofmt -l .)" || { echo "not gofmt-ed:"; gofmt -l .; exit 1; }
	$(GO) vet ./... && cd sandbox && $(GO) vet ./... && cd ../deploy && $(GO) vet ./...
	bin/staticcheck ./... && cd sandbox && ../bin/staticcheck ./... && cd ../deploy && ../bin/staticcheck ./...
	bin/workflowcheck ./workflows/...
	$(GO) mod tidy -diff && cd sandbox && $(GO) mod tidy -diff && cd ../deploy && $(GO) mod tidy -diff

.PHONY: tools
tools:
	@$(GO) build -C tools -o ../bin/ tool

## cli-tools Temporal's own tctl and temporal into bin/, for docs/operations.md; the first build takes minutes
.PHONY: cli-tools
cli-tools:
	@$(GO) build -C tools/tctl -o ../../bin/ tool
	@$(GO) build -C tools/temporal -o ../../bin/ tool

## check     what CI runs: lint, test and mutants
.PHONY: check
check: lint test mutants

## build     bin/worker, bin/starter and bin/sandbox
.PHONY: build
build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/worker ./worker
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/starter ./starter
	cd sandbox && $(GO) build -trimpath -o ../bin/sandbox .

## mutants   changes the workflow code on purpose, place by place: the replay of recorded histories must catch every one
.PHONY: mutants
mutants:
	@set -o pipefail; $(GO) test ./workflows/mutants -mutants -parallel 2 -timeout 40m -v -run 'TestEvery(MutationIsCaught|ControlPasses)' | grep -vE '^=== |^ *--- PASS'

## bench     a pass over 10,000 nodes against the floor that Kontur.Focus's latency sets, and its requests to Alfresco
.PHONY: bench
bench:
	cd sandbox && $(GO) test -run '^$$' -bench . -benchtime 1x -timeout 30m ./bench

## bench-money  what a pass over 100,000 nodes costs at Kontur.Focus and Alfresco, with and without monitoring; some minutes
.PHONY: bench-money
bench-money:
	cd sandbox && $(GO) test -run '^$$' -bench Money -benchtime 1x -timeout 60m ./bench

## bench-memory  the memory of a worker in a pass over the largest companies, confined to 512 MB where that can be done
.PHONY: bench-memory
bench-memory:
	cd sandbox && $(GO) test -run '^$$' -bench 'Memory$$' -benchtime 1x -timeout 30m ./bench

## record    the histories of a release, against which every build is replayed (RELEASE=v1.2.3, without a tag also CODE=commit)
.PHONY: record
record:
	@test -n '$(RELEASE)' || { echo "which release? make record RELEASE=v1.2.3"; exit 2; }
	cd sandbox && $(GO) test ./record -count=1 -v -run TestScenarios -release '$(RELEASE)' -code '$(CODE)'

## fuzz      each fuzz test for ten seconds
.PHONY: fuzz
fuzz:
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
		$(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 10s $$p || exit 1; done; done

## clean     removes what make builds and what the sandbox keeps
.PHONY: clean
clean:
	rm -rf bin .sandbox
