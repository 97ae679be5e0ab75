// Command simulators is the outside world without the software: a simulator of Alfresco and one of Kontur.Focus, with
// sample counterparties that fit together. It is for stacks of containers, where Temporal and the worker are programs
// of their own; the sandbox has it all in one process.
//
// simulators fill puts the same counterparties into an Alfresco that has the idocs model, for trying things out: an empty
// one of one's own, never one with real counterparties.
//
// The account and the key are the simulators' own, known to everybody: nothing real may be kept in them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit statuses, as the starter's.
const (
	done   = 0
	failed = 1
	usage  = 2
)

// maxCount is how many counterparties there may be.
const maxCount = 100_000

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// command is what a verb does with its flags.
type command interface {
	// declare declares the flags, with their defaults.
	declare(*flag.FlagSet)
	// counterparties is how many are asked for.
	counterparties() int
	// validate refuses what can't be meant.
	validate() error
	run(ctx context.Context, stdout io.Writer) error
}

// run returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	name, c := "simulators", command(&serving{})
	if len(args) > 0 && args[0] == "fill" {
		name, c, args = "simulators fill", &filling{}, args[1:]
	}
	err := parse(name, c, args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return done
	case err != nil:
		return usage
	}
	if err := c.run(ctx, stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return failed
	}
	return done
}

// parse reads the flags, and says what is wrong with them.
func parse(name string, c command, args []string, stderr io.Writer) error {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(stderr)
	c.declare(f)
	if err := f.Parse(args); err != nil {
		return err
	}
	var err error
	switch count := c.counterparties(); {
	case f.NArg() > 0:
		err = fmt.Errorf("%q is not allowed; allowed: flags only; --help lists them", f.Arg(0))
	case count < 1 || count > maxCount:
		err = fmt.Errorf("--count: %d is not allowed; allowed: a whole number from 1 to %d", count, maxCount)
	default:
		err = c.validate()
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
	}
	return err
}
