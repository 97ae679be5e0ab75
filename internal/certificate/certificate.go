// Package certificate holds the certificate that a listener shows, read again when its files change, and says when it expires.
// It makes none and fetches none: that is the business of whoever writes the files.
package certificate

import (
	"crypto/tls"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"

	"counterparty-sync/internal/reread"
)

const (
	// soon is how long before its end a certificate is worth a warning: those that are renewed by machines are long before.
	soon = 14 * 24 * time.Hour
	// remindEvery is the least time between two warnings in the log.
	remindEvery = 24 * time.Hour
)

// Pair is a certificate with its key. Its methods may be called at the same time; a nil one is none.
type Pair struct {
	files *reread.Files[*tls.Certificate]

	mu       sync.Mutex
	reminded time.Time
}

// Open reads the files, both in PEM. The error is an *fs.PathError if one of them can't be read, else it says what does not fit; it
// has nothing of the key in it. A certificate outside of its time is no error: see Look.
func Open(certFile, keyFile string) (*Pair, error) {
	load := func() (*tls.Certificate, error) { return load(certFile, keyFile) }
	files, err := reread.Open(load, load, certFile, keyFile)
	if err != nil {
		return nil, err
	}
	return &Pair{files: files}, nil
}

func load(certFile, keyFile string) (*tls.Certificate, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return nil, err
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	return &pair, err
}

// Current is the certificate of the files as they are at this moment, or as they were when they could be used last. The log gets
// each change, and once a day that the certificate is about to expire.
func (p *Pair) Current(log *zap.Logger) *tls.Certificate { return p.at(time.Now(), log) }

func (p *Pair) at(now time.Time, log *zap.Logger) *tls.Certificate {
	current := p.files.Current(func(changed *tls.Certificate, err error) {
		if err != nil {
			log.Warn("the certificate of reports can't be used; the one before stays", zap.Time("expires", changed.Leaf.NotAfter), zap.Error(err))
			return
		}
		log.Info("the certificate of reports was read again", zap.Time("expires", changed.Leaf.NotAfter))
		p.forget() // what is wrong with the new one is said at once
	})
	if problem := problemOf(current, now); problem != "" && p.remind(now) {
		log.Warn("the certificate of reports needs to be renewed", zap.String("found", problem))
	}
	return current
}

// remind reports whether a warning is due, and takes it as given at that moment.
func (p *Pair) remind(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.reminded) < remindEvery {
		return false
	}
	p.reminded = now
	return true
}

func (p *Pair) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reminded = time.Time{}
}

// Getter is Current for tls.Config; nil without a certificate.
func (p *Pair) Getter(log *zap.Logger) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if p == nil {
		return nil
	}
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.Current(log), nil }
}

// Look says how long the certificate holds, and what is wrong with that at the moment; a problem is empty if there is none.
// expired: clients refuse it.
func (p *Pair) Look(now time.Time) (text, problem string, expired bool) {
	current := p.files.Current(func(*tls.Certificate, error) {})
	leaf := current.Leaf
	return "it holds until " + day(leaf.NotAfter), problemOf(current, now), now.Before(leaf.NotBefore) || now.After(leaf.NotAfter)
}

func problemOf(c *tls.Certificate, now time.Time) string {
	switch leaf := c.Leaf; {
	case now.Before(leaf.NotBefore):
		return "it does not hold before " + day(leaf.NotBefore)
	case now.After(leaf.NotAfter):
		return "it expired at " + day(leaf.NotAfter)
	case now.Add(soon).After(leaf.NotAfter):
		return "it expires at " + day(leaf.NotAfter)
	}
	return ""
}

func day(at time.Time) string { return at.UTC().Format(time.RFC3339) }
