package temporalserver

import (
	"errors"
	"fmt"
	"net"
	"runtime"

	"go.temporal.io/server/common/primitives"
)

// The services that are named by what the options say of them; the UI is none of the server's.
const (
	frontendService = string(primitives.FrontendService)
	uiService       = "ui"
)

// PortError says that a port is not to be had. Its text is one line.
type PortError struct {
	// Field is "FrontendPort" or "UIPort".
	Field string
	Port  int
	Err   error
}

// Error implements error.
func (e *PortError) Error() string {
	cause := e.Err
	if op, ok := errors.AsType[*net.OpError](cause); ok {
		cause = op.Err // without the address, which the text has already
	}
	return fmt.Sprintf("%s %d: can't listen on %s, another program may be using it: %v", e.Field, e.Port, address(e.Port), cause)
}

// Unwrap gives errors.Is the error of the system.
func (e *PortError) Unwrap() error { return e.Err }

// ports are those of one server. They are held until release, so that servers that start at the same time get
// different ones.
type ports struct {
	// of are the ports of the services by their names, and that of the Web UI.
	of map[string]int

	held []net.Listener
}

// reservePorts takes the ports that the options name, and free ones for the rest.
func reservePorts(o Options) (*ports, error) {
	p := &ports{of: map[string]int{}}
	for _, w := range []struct {
		field, service string
		port           int
	}{
		{"FrontendPort", frontendService, o.FrontendPort},
		{"UIPort", uiService, o.UIPort},
		{"history port", string(primitives.HistoryService), 0},
		{"matching port", string(primitives.MatchingService), 0},
		{"worker port", string(primitives.WorkerService), 0},
	} {
		if w.service == uiService && !o.UI {
			continue
		}
		l, err := net.Listen("tcp", address(w.port))
		if err != nil {
			p.release()
			return nil, &PortError{Field: w.field, Port: w.port, Err: err}
		}
		p.held = append(p.held, l)
		p.of[w.service] = l.Addr().(*net.TCPAddr).Port
		if w.port == 0 {
			linger(l)
		}
	}
	return p, nil
}

// linger leaves a closed connection behind on the listener's port. As long as the system remembers it, a minute on
// Linux, it gives the port to nobody who asks for a free one, and still to everybody who names it. So nobody takes the
// port between release and the server's own listening. Windows and macOS hand out ports in sequence and need no such
// thing. Failing is harmless, hence the ignored errors.
func linger(l net.Listener) {
	if runtime.GOOS != "linux" {
		return
	}
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		return
	}
	// The side that closes first is the one that is remembered.
	_ = server.Close()
	_, _ = client.Read(make([]byte, 1))
}

// release lets go of all the ports. It may be called again.
func (p *ports) release() {
	for _, l := range p.held {
		_ = l.Close()
	}
	p.held = nil
}
