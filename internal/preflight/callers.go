package preflight

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// checkCallers says how many may ask for reports with a token of their own. That the file can be read is known by then.
func (s Subject) checkCallers(context.Context) (text, hint string, err error) {
	known := s.Callers.Current(zap.NewNop())
	if known.Count() == 0 {
		return "", "add a caller: starter callers new NAME prints the lines for it", errors.New("REPORTS_CALLERS_FILE is gone or names nobody")
	}
	tokens, passwords := known.Kinds()
	return fmt.Sprintf("callers of reports: %d; with tokens: %d, with passwords: %d", known.Count(), tokens, passwords), "", nil
}

// checkCertificate is about its time alone: certificate and key fit each other, or they could not have been opened.
func (s Subject) checkCertificate(context.Context) (text, hint string, err error) {
	text, problem, expired := s.Certificate.Look(time.Now())
	const mend = "renew REPORTS_TLS_CERT_FILE; the worker reads it again by itself"
	switch {
	case expired:
		return "", mend, errors.New("the certificate of reports can't be used: " + problem)
	case problem != "":
		return text, mend, nil
	}
	return text, "", nil
}
