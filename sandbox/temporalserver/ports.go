package temporalserver

import (
	"errors"
	"fmt"
	"net"
	"runtime"
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
	return fmt.Sprintf("%s %d: can't listen on %s, another program may be using it: %v", e.Field, e.Port, address(e.Port), e.cause())
}

// Unwrap gives errors.Is the error of the system.
func (e *PortError) Unwrap() error { return e.Err }

// cause leaves out the address, which the text has already.
func (e *PortError) cause() error {
	var op *net.OpError
	if errors.As(e.Err, &op) {
		return op.Err
	}
	return e.Err
}

// ports are those of one server. They are held until release, so that servers that start at the same time get
// different ones.
type ports struct {
	frontend, history, matching, worker, ui int

	held []net.Listener
}

// reservePorts takes the ports that the options name, and free ones for the rest.
func reservePorts(o Options) (*ports, error) {
	p := &ports{}
	wanted := []struct {
		field string
		port  int
		take  *int
	}{
		{"FrontendPort", o.FrontendPort, &p.frontend},
		{"UIPort", o.UIPort, &p.ui},
		{"history port", 0, &p.history},
		{"matching port", 0, &p.matching},
		{"worker port", 0, &p.worker},
	}
	for _, w := range wanted {
		if w.take == &p.ui && !o.UI {
			continue
		}
		l, err := net.Listen("tcp", address(w.port))
		if err != nil {
			p.release()
			return nil, &PortError{Field: w.field, Port: w.port, Err: err}
		}
		p.held = append(p.held, l)
		*w.take = l.Addr().(*net.TCPAddr).Port
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
