package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/sample"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

const (
	// lookEvery is how often a pass of an earlier run is looked at until it ends.
	lookEvery = 500 * time.Millisecond
	// attempts bounds how often a pass is triggered while the schedule, or somebody in another terminal, comes between.
	attempts = 3
)

// show applies the sync and runs two passes. What is not as it should be is told, and with --once it is an error.
func (s *sandbox) show(ctx context.Context) error {
	s.sayWorld()
	s.sayCommand("starter check -f %s", syncFile)
	// Trouble is shown and no reason to stop: with --kontur-down it is what one wants to see.
	s.starter(ctx, "check", "-f", syncFile)
	s.sayCommand("starter apply -f %s", syncFile)
	if status := s.starter(ctx, "apply", "-f", syncFile); status != cli.Done {
		return ended(ctx, "the sync could not be applied")
	}
	before, wasRunning, err := s.idle(ctx)
	if err != nil {
		return err
	}
	// What such a pass wrote to the nodes is not left for the first one, nor is what a fault made it try again.
	s.countable = !wasRunning && !s.faulty()
	var reset []string
	if before.Pass != nil {
		s.say("\nThe simulators start afresh each time, so the register and the nodes differ again: the pass starts from the beginning.")
		reset = []string{"--reset"}
	}
	first, err := s.pass(ctx, reset...)
	if err != nil {
		return err
	}
	problems := s.sayOutcomes(first)
	second, err := s.pass(ctx)
	if err != nil {
		return err
	}
	s.say("second pass: %d writes", second.traffic.writes)
	problems = append(problems, second.check(s.world.sample, 0, s.poisoned())...)
	if second.traffic.writes > 0 {
		problems = append(problems, fmt.Errorf("second pass: %d writes, and nothing had changed", second.traffic.writes))
	}
	return s.judge(problems)
}

// judge tells what is not as it should be.
func (s *sandbox) judge(problems []error) error {
	if len(problems) == 0 {
		s.say("all is well")
		return nil
	}
	err := fmt.Errorf("not right:\n%w", errors.Join(problems...))
	if s.once {
		return err
	}
	s.say("%v", err)
	return nil
}

// idle waits for a pass that an earlier run began, or that the schedule started.
func (s *sandbox) idle(ctx context.Context) (status syncs.Status, wasRunning bool, err error) {
	for {
		status, err = s.manager.Status(ctx, syncID)
		if err != nil {
			return status, wasRunning, ended(ctx, err.Error())
		}
		if status.Pass == nil || status.Pass.FinishedAt != nil {
			if wasRunning {
				s.say("it ended: %s, %d nodes processed", status.Pass.Ended, status.State.CountProcessedNodes)
			}
			return status, wasRunning, nil
		}
		if !wasRunning {
			s.say("\npass %s is running already: what a stop cut off goes on by itself, here from %s", status.Pass.WorkflowID, checkpoint(status))
			wasRunning = true
		}
		select {
		case <-ctx.Done():
			return status, wasRunning, ctx.Err()
		case <-time.After(lookEvery):
		}
	}
}

// passed is a pass and what it asked of the outside world.
type passed struct {
	syncs.Status
	traffic traffic
}

// pass triggers a pass and waits for its end.
func (s *sandbox) pass(ctx context.Context, flags ...string) (passed, error) {
	args := append([]string{"trigger", syncID, "--wait"}, flags...)
	for attempt := 1; ; attempt++ {
		s.world.forget()
		s.sayCommand("starter %s", strings.Join(args, " "))
		code := s.starter(ctx, args...)
		if ctx.Err() != nil {
			return passed{}, ctx.Err()
		}
		status, err := s.manager.Status(ctx, syncID)
		if err != nil {
			return passed{}, err
		}
		p := passed{status, s.world.traffic()}
		switch {
		case code == cli.Done && status.Pass != nil && status.Pass.Ended == string(pass.Completed):
			s.sayTraffic(p)
			return p, nil
		case status.Pass != nil && attempt < attempts && (status.Pass.FinishedAt == nil || status.Pass.Ended == string(pass.Stopped)):
			// The schedule was faster, or somebody stopped the pass or changed the sync, which starts another one.
			s.countable = false
			if _, _, err := s.idle(ctx); err != nil {
				return p, err
			}
		case !s.once:
			s.say("the pass did not complete; see above what to do; the sandbox stays up")
			<-ctx.Done()
			return p, ctx.Err()
		default:
			return p, errors.New("the pass did not complete")
		}
	}
}

// check compares the outcomes with what the sample promises; updated is the number of nodes that differ from the
// register, -1 if it can't be told, and failed that of poisoned ones.
func (p passed) check(s sample.Summary, updated, failed int) []error {
	var problems []error
	expect := func(what string, want, got int) {
		if want != got {
			problems = append(problems, fmt.Errorf("%s: %d nodes, expected %d", what, got, want))
		}
	}
	c := p.Pass.Counts
	expect("processed", s.Nodes, int(p.State.CountProcessedNodes))
	expect(string(counterparty.NotFound), s.Expected(counterparty.NotFound), c.NotFound)
	expect(string(counterparty.Ambiguous), s.Expected(counterparty.Ambiguous), c.Ambiguous)
	expect(string(counterparty.InvalidID), s.Expected(counterparty.InvalidID), c.InvalidID)
	expect(string(counterparty.Rejected), s.Expected(counterparty.Rejected), c.Rejected)
	expect(string(counterparty.Failed), failed, c.Failed)
	expect(string(counterparty.Gone), 0, c.Gone)
	expect("matched", s.Matched()-failed, c.Updated+c.Unchanged)
	if updated >= 0 {
		expect(string(counterparty.Updated), updated, c.Updated)
	}
	if p.State.Status != pass.TriggerWaiting {
		problems = append(problems, fmt.Errorf("status: %s, expected %s", p.State.Status, pass.TriggerWaiting))
	}
	return problems
}

func checkpoint(s syncs.Status) string {
	if s.State.LastModifiedNodeDbid == nil {
		return "the beginning"
	}
	return fmt.Sprint("dbid ", *s.State.LastModifiedNodeDbid)
}

// ended is the end of ctx, or else an error with the text.
func ended(ctx context.Context, text string) error { return cmp.Or(ctx.Err(), errors.New(text)) }
