package workflows

import (
	"fmt"
	"slices"
	"strings"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/sourcestate"
)

// sources are the states of what a pass reads, asks and writes.
type sources struct{ states sourcestate.Sources }

// set moves a source that has not ended. What the table of transitions refuses is a source that was left out.
func (s *sources) set(id string, state sourcestate.State, reason string) {
	_ = s.states.Set(id, state, shorten(reason))
}

// each calls do with every source that still waits.
func (s *sources) each(do func(sourcestate.Source)) {
	for _, source := range s.states.Sources() {
		if source.State.Waits() {
			do(source)
		}
	}
}

// work: a segment runs. Until the first batch is committed the later stages wait for the earlier ones.
func (s *sources) work(r pass.Result) {
	s.each(func(source sourcestate.Source) {
		state := sourcestate.Waiting
		if source.ID == pass.ReadSource || r.Batches > 0 && (source.ID == pass.WriteSource || r.Asked > 0) {
			state = sourcestate.Asking
		}
		s.set(source.ID, state, "")
	})
}

// wait: an iteration failed and is put off, and the source that failed with it. Whether there will be data for the stages
// behind it is not known, so that they are delayed as well; the stages before it, and its neighbours, wait for the next
// iteration. Where no source failed but ours did, all of them are put off.
func (s *sources) wait(failure *pass.Failure) {
	failed := stageOf(failure.Source)
	s.each(func(source sourcestate.Source) {
		switch {
		case source.ID == failure.Source || failed == noStage:
			s.set(source.ID, sourcestate.Delayed, failure.Message)
		case stageOf(source.ID) > failed:
			s.set(source.ID, sourcestate.Delayed, fmt.Sprintf("it is not known whether %s will answer: %s", failure.Source, failure.Message))
		default:
			s.set(source.ID, sourcestate.Waiting, "")
		}
	})
}

// The stages of a pass: each needs what comes from the one before.
const (
	noStage = iota
	readStage
	askStage
	writeStage
)

// stageOf is the stage to which a source belongs; noStage if there is no source.
func stageOf(source string) int {
	switch source {
	case "":
		return noStage
	case pass.ReadSource:
		return readStage
	case pass.WriteSource:
		return writeStage
	}
	return askStage
}

// fail: the pass goes on without the source that failed.
func (s *sources) fail(failure *pass.Failure) {
	s.set(failure.Source, stateAfter(failure), failure.Message)
}

// end: the pass ended in good order, so nothing waits.
func (s *sources) end(r pass.Result, ended pass.Ended, sync pass.Sync) {
	s.each(func(source sourcestate.Source) {
		alfresco := source.ID == pass.ReadSource || source.ID == pass.WriteSource
		switch {
		case ended == pass.Stopped && r.Replaced != "":
			s.set(source.ID, sourcestate.Cancelled, "the pass was stopped: its configuration changed")
		case ended == pass.Stopped:
			s.set(source.ID, sourcestate.Cancelled, "the pass was stopped")
		case source.ID == pass.WriteSource && sync.Plans():
			s.set(source.ID, sourcestate.Skipped, "a plan writes nothing")
		case !alfresco && sync.CountsOnly():
			s.set(source.ID, sourcestate.Skipped, "identifiers were counted only")
		case !alfresco && r.Asked == 0:
			s.set(source.ID, sourcestate.Skipped, "there was nothing to ask about")
		case source.ID == pass.WriteSource && r.Batches == 0:
			s.set(source.ID, sourcestate.Skipped, "there were no nodes")
		default:
			s.set(source.ID, sourcestate.Answered, "")
		}
	})
}

// giveUp: the pass failed, so nothing waits. What comes before the source that failed has answered.
func (s *sources) giveUp(failure *pass.Failure) {
	order := s.states.Sources()
	failed := slices.IndexFunc(order, func(source sourcestate.Source) bool { return source.ID == failure.Source })
	if failed < 0 {
		// No source failed but ours did: a segment was lost, or the configuration is wrong.
		_ = s.states.Finish(sourcestate.Ending{
			Interrupted: sourcestate.FailedInternally, InterruptedReason: shorten(failure.Message), CancelledReason: "the pass gave up before",
		})
		return
	}
	for i, source := range order {
		switch {
		case !source.State.Waits():
		case i < failed:
			s.set(source.ID, sourcestate.Answered, "")
		case i == failed:
			s.fail(failure)
		default:
			s.set(source.ID, sourcestate.Cancelled, "the pass gave up before")
		}
	}
}

// withoutSource is the sync without the source that failed; ok is false if the pass can't do without it.
func withoutSource(sync pass.Sync, failure *pass.Failure) (rest pass.Sync, source string, ok bool) {
	i := slices.IndexFunc(sync.Sources, func(method string) bool {
		return methods.SourceID(method) == failure.Source && !slices.Contains(sync.Required, method)
	})
	if i < 0 {
		return sync, "", false
	}
	source = sync.Sources[i]
	sync.Sources = slices.Delete(slices.Clone(sync.Sources), i, i+1)
	return sync, source, true
}

// stateAfter says on whose side a failure was.
func stateAfter(failure *pass.Failure) sourcestate.State {
	switch failure.Type {
	case pass.FailureRefused, pass.FailureNotApproved:
		return sourcestate.Cancelled
	case pass.FailureLost, pass.FailureTooLarge, pass.FailureInvalidConfiguration, "PanicError":
		return sourcestate.FailedInternally
	}
	return sourcestate.Failed
}

func shorten(text string) string {
	return excerpt.Cut(strings.ReplaceAll(text, "\n", " "), pass.MaxReasonLength)
}
