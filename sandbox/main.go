// Command sandbox is the whole of counterparty-sync in one process, on this machine only: a Temporal server with its Web
// UI, simulators of Alfresco and Kontur.Focus full of sample counterparties, a worker, and a first sync. It is for getting
// to know the software, for trying things out, and, with --once, for proving a build. It is not for production, and it
// talks to nobody else.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"counterparty-sync/starter/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first Ctrl-C a second one ends the process at once.
	context.AfterFunc(ctx, stop)
	status := run(ctx, os.Args[1:], cli.System())
	stop()
	os.Exit(status)
}
