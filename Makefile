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
run: sandbox-binary
	@exec bin/sandbox $(ARGS)

.PHONY: sandbox-binary
sandbox-binary:
	@GO='$(GO)' tools/build sandbox ../bin/sandbox .

## test      all tests that need nothing but Go and git, among them passes on a real Temporal server; minutes
# Of each module what `go test -short` runs. go vet is left to lint, which looks at more, and the race detector to check.
TESTFLAGS := -short
RACE :=
.PHONY: test
test: sandbox-binary test-root test-sandbox

.PHONY: test-root
test-root:
	$(GO) test -vet=off $(RACE) $(TESTFLAGS) ./...

# One package at a time: each has servers and workers, and two of them on two cores keep a server from answering in time.
.PHONY: test-sandbox
test-sandbox:
	cd sandbox && $(GO) test -vet=off $(TESTFLAGS) -timeout 40m -p 1 ./...

## screenshots  the pictures of docs/web-ui.md, taken anew in a headless Chromium
.PHONY: screenshots
screenshots:
	cd sandbox && REQUIRE_BROWSER=1 $(GO) test -count=1 -run '^TestScreenshots$$' ./webui -args -images ../../docs/images

## lint      go vet, gofmt, staticcheck, workflowcheck and tidy go.mod files
.PHONY: lint
lint: tools
	@test -z "$$(gofmt -l .)" || { echo "not gofmt-ed:"; gofmt -l .; exit 1; }
	$(GO) vet ./... && cd sandbox && $(GO) vet ./...
	bin/staticcheck ./... && cd sandbox && ../bin/staticcheck ./...
	bin/workflowcheck ./workflows/...
	$(GO) mod tidy -diff && cd sandbox && $(GO) mod tidy -diff

.PHONY: tools
tools:
	@$(GO) build -C tools -o ../bin/ honnef.co/go/tools/cmd/staticcheck go.temporal.io/sdk/contrib/tools/workflowcheck

## cli-tools Temporal's own tctl and temporal into bin/, for docs/operations.md; the first build takes minutes
.PHONY: cli-tools
cli-tools:
	@GO='$(GO)' tools/build tools/tctl ../../bin/tctl github.com/temporalio/tctl/cmd/tctl
	@GO='$(GO)' tools/temporal/build

## pre-commit  what to run before a commit: lint, and the tests of the root module; minutes
.PHONY: pre-commit
pre-commit: lint test-root

## check     what CI runs: lint, all tests, the root module's with the race detector, and mutants
.PHONY: check
check: TESTFLAGS :=
check: RACE := -race
check: sandbox-binary lint cli-tools test mutants

## build     bin/worker, bin/starter and bin/sandbox
.PHONY: build
build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/worker ./worker
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/starter ./starter
	cd sandbox && $(GO) build -trimpath -o ../bin/sandbox .

## soak      passes, reports, people, kills and faults of every kind for MINUTES, and fifty kills more; then all accounts are compared
MINUTES ?= 20
.PHONY: soak
soak:
	cd sandbox && $(GO) test -vet=off -count=1 -v -timeout $$(($(MINUTES) + 60))m -run '^(TestSoak|TestTenKills)$$' ./e2e -args -soak $(MINUTES)m -kills 50

## mutants   changes the workflow code on purpose, place by place: the replay of recorded histories must catch every one
.PHONY: mutants
mutants:
	@set -o pipefail; $(GO) test ./workflows/mutants -mutants -parallel 2 -timeout 40m -v -run 'TestEvery(MutationIsCaught|ControlPasses)' | grep -vE '^=== |^ *--- PASS'

## bench     passes against the same work as a plain loop and against what the requests alone take; ends with a table
.PHONY: bench
bench:
	cd sandbox && $(GO) test -run '^$$' -bench . -skip '^BenchmarkScale$$' -benchtime 1x -timeout 60m ./bench

## bench-profile  profiles of worker, server and simulators in the fastest of these passes, into the folder PROFILE
PROFILE ?= bin/profile
.PHONY: bench-profile
bench-profile:
	@mkdir -p '$(PROFILE)'
	cd sandbox && PROFILE='$(abspath $(PROFILE))' $(GO) test -run '^$$' -bench '^BenchmarkFast$$' -benchtime 1x ./bench

## bench-scale  one pass over a million nodes: time, memory, histories; the machine needs 12 GB
.PHONY: bench-scale
bench-scale:
	cd sandbox && $(GO) test -run '^$$' -bench '^BenchmarkScale$$' -benchtime 1x -timeout 180m ./bench

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
