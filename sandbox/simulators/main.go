// Command simulators is the outside world without the software: a simulator of Alfresco and one of Kontur.Focus, with
// sample counterparties that fit together. It is for stacks of containers, where Temporal and the worker are programs
// of their own; the sandbox has it all in one process.
//
// The account and the key are the simulators' own, known to everybody: nothing real may be kept in them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/sample"
)

// Exit statuses, as the starter's.
const (
	done   = 0
	failed = 1
	usage  = 2
)

// off instead of an address: that simulator is not wanted.
const off = "off"

// checkTimeout bounds one question of the health check.
const checkTimeout = 3 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// options are what the flags say.
type options struct {
	alfresco, kontur               string
	count                          int
	seed                           uint64
	alfrescoLatency, konturLatency time.Duration
	healthcheck                    bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("simulators", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.alfresco, "alfresco", "127.0.0.1:8080", "address of the simulator of Alfresco, or off")
	f.StringVar(&o.kontur, "kontur", "127.0.0.1:8082", "address of the simulator of Kontur.Focus, or off")
	f.IntVar(&o.count, "count", 3000, "sample counterparties, 1 to 100000; from 500 on there are some of every kind")
	f.Uint64Var(&o.seed, "seed", 1, "the same seed gives the same counterparties")
	f.DurationVar(&o.alfrescoLatency, "alfresco-latency", 5*time.Millisecond, "how long each answer of Alfresco takes")
	f.DurationVar(&o.konturLatency, "kontur-latency", 150*time.Millisecond, "how long each answer of Kontur.Focus takes")
	f.BoolVar(&o.healthcheck, "healthcheck", false, "ask the simulators that run at these addresses: 0 they answer, 1 they don't")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	var err error
	switch {
	case f.NArg() > 0:
		err = fmt.Errorf("%q is not allowed; allowed: flags only; --help lists them", f.Arg(0))
	case o.count < 1 || o.count > 100_000:
		err = fmt.Errorf("--count: %d is not allowed; allowed: a whole number from 1 to 100000", o.count)
	case o.alfresco == off && o.kontur == off:
		err = errors.New("--alfresco and --kontur are both off; allowed: one of them")
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
	}
	return o, err
}

// run returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return done
	case err != nil:
		return usage
	case o.healthcheck:
		err = check(ctx, o)
	default:
		err = serve(ctx, o, stdout)
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return failed
	}
	return done
}

// serve runs the simulators until ctx ends.
func serve(ctx context.Context, o options, stdout io.Writer) error {
	k := konturtest.New()
	if o.kontur != off {
		var err error
		if k, err = konturtest.Start(o.kontur, konturtest.WithLatency(o.konturLatency)); err != nil {
			return err
		}
		defer k.Close()
		_, _ = fmt.Fprintf(stdout, "Kontur.Focus on %s\n", k.URL())
	}
	if o.alfresco == off {
		_, _ = fmt.Fprintf(stdout, "%d companies\n", sample.FillRegister(k, o.count, o.seed))
	} else {
		a, err := alfrescotest.Start(o.alfresco, alfrescotest.WithCiteckNames(), alfrescotest.WithLatency(alfrescotest.Latency{
			Search: o.alfrescoLatency, Get: o.alfrescoLatency, Put: o.alfrescoLatency, Metadata: o.alfrescoLatency,
		}))
		if err != nil {
			return err
		}
		defer a.Close()
		made := sample.Fill(a, k, o.count, o.seed)
		_, _ = fmt.Fprintf(stdout, "Alfresco on %s\n%d counterparties, %d companies\n", a.URL(), made.Nodes, made.Companies)
	}
	<-ctx.Done()
	return nil
}

// check asks each simulator for something that costs it nothing. The addresses are those to listen on, which may be
// "everywhere".
func check(ctx context.Context, o options) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	for address, path := range map[string]string{
		o.alfresco: "/alfresco/api/-default-/public/alfresco/versions/1/probes/-ready-",
		// Without a key it is refused, and that is an answer.
		o.kontur: "/api3/req",
	} {
		if address == off {
			continue
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			return fmt.Errorf("ask %s: %w", address, err)
		}
		response, err := (&http.Client{Transport: &http.Transport{}}).Do(r)
		if err != nil {
			return fmt.Errorf("no simulator answers: %w", err)
		}
		_ = response.Body.Close()
		if response.StatusCode >= http.StatusInternalServerError {
			return fmt.Errorf("the simulator at %s answers %s", address, response.Status)
		}
	}
	return nil
}
