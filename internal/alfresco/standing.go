package alfresco

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// standing is whether Alfresco takes the login. From a refusal on one request at a time goes out to see whether it is taken
// again, and the others wait for what becomes of it: a directory locks the account of whoever goes on with a wrong password.
type standing struct {
	mu sync.Mutex
	// proven: a request went through with this login, so that a refusal may pass, as that of a directory that restarts.
	proven  bool
	refused *Error // nil while requests go through
	probe   *probe // nil if no request tries the login
}

// probe is a request that tries a login which was refused.
type probe struct {
	done chan struct{}
	// failed is what those who wait for it are told; nil: they go on, or try in their turn.
	failed *Error
}

const hintDirectory = "the directory behind Alfresco (LDAP, Active Directory) may be down; or the password of the account was changed, or it is " +
	"locked: check ALFRESCO_USER and ALFRESCO_PASSWORD"

// begin waits until a request may go out; probing is for end. The error is that the login is still refused.
func (s *standing) begin(ctx context.Context, operation string) (probing bool, err error) {
	for {
		s.mu.Lock()
		refused, under := s.refused, s.probe
		if refused != nil && under == nil {
			s.probe, probing = &probe{done: make(chan struct{})}, true
		}
		s.mu.Unlock()
		if refused == nil || probing {
			return probing, nil
		}
		select {
		case <-under.done:
		case <-ctx.Done():
			return false, ended(operation, ctx)
		}
		if under.failed != nil {
			own := *under.failed
			own.Operation = operation
			return false, &own
		}
	}
}

// end takes what became of a request, and returns its error as it is to be understood.
func (s *standing) end(probing bool, a answer, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, failed := errors.AsType[*Error](err)
	switch {
	case failed && e.Kind == BadCredentials:
		if s.proven {
			e = &Error{Operation: e.Operation, Kind: Unavailable, Status: e.Status, Key: e.Key, Hint: hintDirectory,
				Summary: fmt.Sprintf("the login of ALFRESCO_USER is refused (%s), and requests went through with it before", e.Summary)}
		}
		s.refused, err = e, e
	case err == nil && (a.ok() || a.isFailure):
		s.proven = true
		if probing { // one that was sent before the refusal proves nothing
			s.refused = nil
		}
	}
	if probing {
		if failed { // whether or not it was seen that the login is refused
			s.probe.failed = s.refused
		}
		close(s.probe.done)
		s.probe = nil
	}
	return err
}
