package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"counterparty-sync/internal/config"
)

// healthcheckTimeout is above the two seconds in which the worker itself asks Temporal.
const healthcheckTimeout = 4 * time.Second

// maxAnswer is more than a worker says about its readiness.
const maxAnswer = 200

// healthcheck asks the worker that runs in the same environment whether it is ready: the check of a container, which
// has no shell and no curl to do so. It is a process of its own and looks at nothing but HTTP_ADDR's /readyz.
func healthcheck(ctx context.Context, p process) error {
	settings, err := config.LoadWorker(p.env, p.readFile)
	if err != nil {
		return err
	}
	if settings.HTTPAddr == "" {
		return errors.New("HTTP_ADDR is off: this worker's health is not served\nhint: set HTTP_ADDR, or switch the check off")
	}
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	address := reachable(settings.HTTPAddr)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	// A transport of its own: HTTP_PROXY is for others, not for this process's own machine.
	response, err := (&http.Client{Transport: &http.Transport{}}).Do(r)
	if err != nil {
		return fmt.Errorf("no worker answers: %w", err)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", strings.TrimSpace(string(answer)))
	}
	_, _ = fmt.Fprintln(p.stdout, "ready")
	return nil
}

// reachable is where a process on the same machine finds a listener: one that listens everywhere is found on loopback.
func reachable(listensOn string) string {
	host, port, err := net.SplitHostPort(listensOn)
	if ip := net.ParseIP(host); err != nil || host != "" && (ip == nil || !ip.IsUnspecified()) {
		return listensOn
	}
	// Not "localhost": an empty image has no file that says what that is.
	return net.JoinHostPort("127.0.0.1", port)
}
