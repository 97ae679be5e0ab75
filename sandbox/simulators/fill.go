package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"counterparty-sync/sandbox/sample"
)

// filling puts sample counterparties into an Alfresco: those whose companies the simulator of Kontur.Focus knows. It makes
// the account of the worker too, and gives it the right to edit them. It may run again: what is there stays.
type filling struct {
	url                  string
	admin, adminPassword string
	user, passwordFile   string
	folder               string
	count                int
	seed                 uint64
	timeout              time.Duration
}

func (o *filling) declare(f *flag.FlagSet) {
	f.StringVar(&o.url, "alfresco-url", "", "address of Alfresco, up to and with /alfresco")
	f.StringVar(&o.admin, "admin", "admin", "an administrator; the default is that of a fresh Alfresco")
	f.StringVar(&o.adminPassword, "admin-password", "admin", "the administrator's password; the default is that of a fresh Alfresco")
	f.StringVar(&o.user, "user", "sync", "the account of the worker, made if it is missing")
	f.StringVar(&o.passwordFile, "user-password-file", "", "a file with that account's password")
	f.StringVar(&o.folder, "folder", "Counterparties", "the folder in Company Home that the counterparties come into")
	f.IntVar(&o.count, "count", 500, "counterparties, 1 to 100000; from 500 on there are some of every kind")
	f.Uint64Var(&o.seed, "seed", 1, "that of the simulator of Kontur.Focus")
	f.DurationVar(&o.timeout, "timeout", 20*time.Minute, "how long to wait for Alfresco and its search index in all")
}

func (o *filling) counterparties() int { return o.count }

func (o *filling) validate() error {
	switch {
	case !strings.HasPrefix(o.url, "http") || !strings.HasSuffix(o.url, "/alfresco"):
		return fmt.Errorf("--alfresco-url: %q is not allowed; allowed: an address up to and with /alfresco, such as http://127.0.0.1:8080/alfresco", o.url)
	case o.passwordFile == "":
		return errors.New("--user-password-file is missing; allowed: a file with the password of --user")
	}
	return nil
}

// run does all of it, in an order in which each step has what it needs.
func (o *filling) run(ctx context.Context, stdout io.Writer) error {
	password, err := os.ReadFile(o.passwordFile)
	if err != nil {
		return fmt.Errorf("read the password of %s: %w", o.user, err)
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	a := &alfresco{url: o.url, user: o.admin, password: o.adminPassword}
	if err := a.awaitReady(ctx); err != nil {
		return err
	}
	if err := a.ensurePerson(ctx, o.user, strings.TrimRight(string(password), "\r\n")); err != nil {
		return err
	}
	if err := a.ensureFolder(ctx, o.folder, o.user); err != nil {
		return err
	}
	created, there, err := a.addNodes(ctx, o.folder, sample.Nodes(o.count, o.seed))
	_, _ = fmt.Fprintf(stdout, "%d counterparties created, %d were there\n", created, there)
	if err != nil {
		return err
	}
	found, err := a.awaitIndexed(ctx, o.count)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(stdout, "the search finds %d\n", found)
	return nil
}
