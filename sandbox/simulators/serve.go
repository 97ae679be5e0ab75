package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"time"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/sample"
)

// off instead of an address: that simulator is not wanted.
const off = "off"

// checkTimeout bounds one question of the health check.
const checkTimeout = 3 * time.Second

// serving runs the simulators, or asks whether they run.
type serving struct {
	alfresco, kontur               string
	count                          int
	seed                           uint64
	alfrescoLatency, konturLatency time.Duration
	healthcheck                    bool
}

func (o *serving) declare(f *flag.FlagSet) {
	f.StringVar(&o.alfresco, "alfresco", "127.0.0.1:8080", "address of the simulator of Alfresco, or off")
	f.StringVar(&o.kontur, "kontur", "127.0.0.1:8082", "address of the simulator of Kontur.Focus, or off")
	f.IntVar(&o.count, "count", 3000, "sample counterparties, 1 to 100000; from 500 on there are some of every kind")
	f.Uint64Var(&o.seed, "seed", 1, "the same seed gives the same counterparties")
	f.DurationVar(&o.alfrescoLatency, "alfresco-latency", 5*time.Millisecond, "how long each answer of Alfresco takes")
	f.DurationVar(&o.konturLatency, "kontur-latency", 150*time.Millisecond, "how long each answer of Kontur.Focus takes")
	f.BoolVar(&o.healthcheck, "healthcheck", false, "ask the simulators that run at these addresses: 0 they answer, 1 they don't")
}

func (o *serving) counterparties() int { return o.count }

func (o *serving) validate() error {
	if o.alfresco == off && o.kontur == off {
		return errors.New("--alfresco and --kontur are both off; allowed: one of them")
	}
	return nil
}

func (o *serving) run(ctx context.Context, stdout io.Writer) error {
	if o.healthcheck {
		return o.check(ctx)
	}
	return o.serve(ctx, stdout)
}

// serve runs the simulators until ctx ends.
func (o *serving) serve(ctx context.Context, stdout io.Writer) error {
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
func (o *serving) check(ctx context.Context) error {
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
