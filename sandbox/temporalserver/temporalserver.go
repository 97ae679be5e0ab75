// Package temporalserver runs a whole Temporal server, and the Web UI if wanted, inside this process, on one SQLite file
// or in memory. It is for the sandbox, for demonstrations and for end-to-end tests. It is not for production: one
// process, one connection to the database, no authentication, reachable from this machine only.
//
// A server is ready when Start returns it: the frontend answers, the namespace can be used, the UI is up. A file keeps
// namespaces, schedules and histories from run to run; it belongs to the server version that made it. Several servers
// may run in one process at once, each on a file of its own or in memory.
package temporalserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
	_ "time/tzdata" // the server looks up a schedule's time zone in its own process

	"go.temporal.io/server/common/headers"
	"go.temporal.io/server/temporal"
	"go.uber.org/zap"

	"counterparty-sync/internal/invalid"
)

// Version is the version of the embedded Temporal server.
const Version = headers.ServerVersion

// Bounds of starting and stopping. A start takes about half a second and a stop about one; a machine that is short of
// processors takes some times that.
const (
	startTimeout = time.Minute
	stopTimeout  = 20 * time.Second
	sealTimeout  = 10 * time.Second
)

// host is the only address that anything listens on: there is no authentication.
const host = "127.0.0.1"

// Options of a server. The zero value is a server in memory on free ports, without UI.
type Options struct {
	// File is the SQLite file, made if it does not exist; its folder is made too. Empty means in memory. FileName gives
	// a good name. Beside it lies a file with .lock at the end, which keeps two servers from using it at once.
	File string
	// FrontendPort is where clients and workers connect; 0 means a free port.
	FrontendPort int
	// UI turns the Web UI on.
	UI bool
	// UIPort is where the UI listens; 0 means a free port.
	UIPort int
	// CodecEndpoint is the codec server that pages of the UI ask, without a slash at the end; empty: none.
	CodecEndpoint string
	// Namespace is made if the file does not have it; default "default".
	Namespace string
	// Retention is how long closed workflows stay in a namespace that this start makes; default 7 days, 1 hour or more.
	Retention time.Duration
	// CHASMSchedules makes new schedules run on the server's new scheduler. A schedule stays with the scheduler that it
	// was made under.
	CHASMSchedules bool
	// Untuned leaves what limits the speed of a server of one shard at the defaults of the release, as `temporal server start-dev`
	// does: four partitions of each task queue, and queues that are read 20 times a second at most.
	Untuned bool
	// SuggestContinueAsNew is the number of events from which on the server suggests to continue as new; 0 leaves that to
	// the server, which does so at 4,096. A smaller number makes short histories of many segments.
	SuggestContinueAsNew int
	// StuckAfter is how many workflow tasks have to fail one after the other before the server says that a workflow has a
	// problem; 0 leaves that to the server, which says so after 5. Workers let all but the first time out, so that these
	// take a minute.
	StuckAfter int
	// Log takes the server's log; nil means none. At level info it is some hundred lines per start.
	Log *zap.Logger
}

// FileName is a name for Options.File that tells which server it belongs to: "temporal-1.32.1.db".
func FileName() string { return "temporal-" + Version + ".db" }

// Validate reports everything that is wrong with o, as invalid.Errors with the names of the fields.
func (o Options) Validate() error {
	var l invalid.List
	addPort(&l, "FrontendPort", o.FrontendPort)
	addPort(&l, "UIPort", o.UIPort)
	if o.UI && o.UIPort != 0 && o.UIPort == o.FrontendPort {
		l.Add("UIPort", strconv.Itoa(o.UIPort), "another port than FrontendPort")
	}
	if o.Retention != 0 && o.Retention < time.Hour {
		l.Add("Retention", o.Retention.String(), "1h or more")
	}
	return l.Err()
}

func addPort(l *invalid.List, name string, port int) {
	if port < 0 || port > 65535 {
		l.Add(name, strconv.Itoa(port), "a port from 1 to 65535, or 0 for a free one")
	}
}

// Server is a running Temporal server. Stop it, or it runs as long as the process.
type Server struct {
	namespace string
	frontend  string
	database  *database
	temporal  temporal.Server
	ui        *webUI // nil without UI

	stop func() error // once
}

// Start starts a server and waits until it is ready, a minute at most. Errors worth telling apart: invalid.Errors,
// *PortError, *FileError.
func Start(ctx context.Context, o Options) (*Server, error) {
	o.Namespace, o.Retention = cmp.Or(o.Namespace, "default"), cmp.Or(o.Retention, 7*24*time.Hour)
	if err := o.Validate(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	// Ports before the file: a port in use mostly means that this server runs already, and then its file is in use too.
	reserved, err := reservePorts(o)
	if err != nil {
		return nil, err
	}
	defer reserved.release()
	db, err := openDatabase(ctx, o.File)
	if err != nil {
		return nil, err
	}
	if err := db.createNamespace(o.Namespace, o.Retention); err != nil {
		return nil, errors.Join(err, db.close())
	}

	s := &Server{namespace: o.Namespace, frontend: address(reserved.of[frontendService]), database: db}
	s.stop = sync.OnceValue(s.stopAll)
	if err := s.run(ctx, o, reserved); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// run starts server and UI and waits for both.
func (s *Server) run(ctx context.Context, o Options, reserved *ports) error {
	// The server and the UI listen for themselves, so the ports must be let go right before.
	reserved.release()
	if err := s.runTemporal(o, reserved); err != nil {
		return err
	}
	if o.UI {
		var err error
		if s.ui, err = startUI(ctx, reserved.of[uiService], s.frontend, o.Namespace, o.CodecEndpoint); err != nil {
			return err
		}
	}
	return waitReady(ctx, s.frontend, o.Namespace)
}

// runTemporal makes and starts the server. It makes an error of a panic: the server ends the process, or panics, where
// it can't listen on a port that somebody took between our check and its start.
func (s *Server) runTemporal(o Options, reserved *ports) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("start Temporal server: %v", r)
		}
	}()
	srv, err := temporal.NewServer(serverOptions(o, s.database, reserved)...)
	if err != nil {
		return fmt.Errorf("prepare Temporal server: %w", err)
	}
	s.temporal = srv
	return wrap("start Temporal server", srv.Start())
}

// FrontendAddress is the host:port for clients and workers.
func (s *Server) FrontendAddress() string { return s.frontend }

// UIURL is the address of the Web UI without a slash at its end; empty without UI.
func (s *Server) UIURL() string {
	if s.ui == nil {
		return ""
	}
	return "http://" + s.ui.address
}

// Namespace is the namespace that is ready to be used.
func (s *Server) Namespace() string { return s.namespace }

// Stop stops UI and server and seals the file: whatever is left of the server can't write to it any more. It takes about
// a second, 30 at most, and may be called again, when it gives the same answer. Stop workers and close clients first:
// their open polls are what a stop waits for.
func (s *Server) Stop() error { return s.stop() }

func (s *Server) stopAll() (err error) {
	if s.ui != nil {
		s.ui.stop()
	}
	if s.temporal != nil {
		err = within(stopTimeout, "stop Temporal server", s.temporal.Stop)
	}
	return errors.Join(err, s.database.close())
}

// within runs f, but does not wait for it longer than timeout. What hangs goes on by itself until the process ends.
func within(timeout time.Duration, what string, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return wrap(what, err)
	case <-time.After(timeout):
		return fmt.Errorf("%s: not done after %s", what, timeout)
	}
}

// wrap says what was being done, if that failed.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

func address(port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
