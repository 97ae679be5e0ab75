// Package deepcheck tries on the user's own systems what the clients of Alfresco and Kontur.Focus rely on: it reads, writes
// nothing, and asks Kontur.Focus about a few identifiers of nodes at most. What is relied on, and how it is tried, is each
// client's; here is what is common: which nodes, which identifiers, in which order. Package preflight looks at what a worker
// depends on, and asks less.
package deepcheck

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/config"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/exchange"
	"counterparty-sync/internal/fact"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/secret"
)

const (
	// DefaultIdentifiers is how many identifiers Kontur.Focus is asked about unless it is said otherwise.
	DefaultIdentifiers = 5
	// MaxIdentifiers go into one request.
	MaxIdentifiers = pass.MaxBatchSize
)

// Subject is what is tried.
type Subject struct {
	outside.World
	// Sync has its defaults.
	Sync pass.Sync
	// Identifiers is how many of them Kontur.Focus is asked about at most, by each source of the sync; 0 asks for the
	// contract alone.
	Identifiers int
	Now         func() time.Time
}

// Claims are all that can be tried.
func Claims() []fact.Claim { return slices.Concat(alfresco.Claims(), kontur.Claims()) }

// Run tries everything. Its error is that of ctx.
func Run(ctx context.Context, s Subject) ([]fact.Fact, error) {
	tried, err := s.Alfresco.TryFacts(ctx, alfresco.Trial{
		NodeType: s.Sync.NodeType, Keys: s.Sync.Attributes(), Attributes: s.Mapping.Attributes(), Now: s.Now,
	})
	if err != nil {
		return tried.Facts, err
	}
	asked, err := s.Kontur.TryFacts(ctx, kontur.Trial{Methods: s.Sync.Sources, IDs: s.identifiers(tried.Nodes), Now: s.Now})
	return append(tried.Facts, asked...), err
}

// identifiers are those of the first nodes that have one.
func (s Subject) identifiers(nodes []alfresco.Node) []counterparty.Identifier {
	var keys []string
	for _, n := range nodes {
		for _, attribute := range s.Sync.Attributes() {
			if text, ok := n.Properties[attribute].(string); ok {
				keys = append(keys, text)
				break
			}
		}
	}
	ids := counterparty.Askable(s.Sync.SearchParam, keys)
	return ids[:min(s.Identifiers, len(ids))]
}

// Recorder records what a deep check exchanges; the secrets are taken out of all of it.
func Recorder(now func() time.Time, secrets ...secret.Value) *exchange.Recorder {
	return exchange.NewRecorder(now, secrets, alfresco.NoNode)
}

// Transports make the clients of a deep check read only, and record what they exchange if there is a recorder.
func Transports(r *exchange.Recorder) outside.Observers {
	record := func(string) func(http.RoundTripper) http.RoundTripper {
		return func(next http.RoundTripper) http.RoundTripper { return next }
	}
	if r != nil {
		record = r.Transport
	}
	return outside.Observers{
		WrapAlfresco: record(exchange.Alfresco), // its client refuses to write by itself
		WrapKontur: func(next http.RoundTripper) http.RoundTripper {
			return record(exchange.Kontur)(gettingOnly{next})
		},
	}
}

// gettingOnly is a transport for what reads: at Kontur.Focus that are the GETs.
type gettingOnly struct{ next http.RoundTripper }

var errNotGetting = errors.New("only reading is allowed here")

// RoundTrip implements http.RoundTripper.
func (g gettingOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return nil, errNotGetting
	}
	return g.next.RoundTrip(r)
}

// Settings are those of a recording: what its requests follow from, by the names of the worker's environment and of the
// sync's file.
func (s Subject) Settings(w config.Worker) map[string]string {
	return map[string]string{
		"ALFRESCO_API": w.AlfrescoAPI, "ALFRESCO_LANGUAGES": strings.Join(w.AlfrescoLanguages, ","),
		"attributes": strings.Join(s.Mapping.Attributes(), ","),
		"nodeType":   s.Sync.NodeType, "searchParam": string(s.Sync.SearchParam), "attributeToSearch": s.Sync.AttributeToSearch,
		"sources": strings.Join(s.Sync.Sources, ", "), "identifiers": strconv.Itoa(s.Identifiers),
	}
}
