package alfresco_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// hangs marks an answer that a client of these tests never gets.
const hangs = "X-Hangs"

// failures are the ways in which a node can make searches fail that would show it.
var failures = map[string]alfrescotest.Fault{
	"500":      {Status: http.StatusInternalServerError},
	"502":      {Status: http.StatusBadGateway, HTML: true},
	"cut":      {Cut: true},
	"hang":     {Status: http.StatusOK, Header: map[string]string{hangs: "yes"}},
	"nonsense": {Body: `{"list":{"entr`},
}

// thrown is a failure of the Records API.
var thrown = alfrescotest.Fault{Body: `{"records":[],"messages":[{"level":"ERROR","type":"records-error","msg":{"type":"java.lang.NullPointerException","msg":"null"}}]}`}

func (v via) failures() map[string]alfrescotest.Fault {
	if v.api == alfresco.REST {
		return failures
	}
	all := map[string]alfrescotest.Fault{"errors": thrown}
	for name, how := range failures {
		all[name] = how
	}
	return all
}

// patient is a client whose time-outs are over at once where an answer is marked: nothing is waited for.
func (v via) patient(t *testing.T, s *alfrescotest.Server) *alfresco.Client {
	t.Helper()
	return v.client(t, s, func(o *alfresco.Options) {
		o.Wrap = func(next http.RoundTripper) http.RoundTripper { return timingOut{next} }
	})
}

type timingOut struct{ next http.RoundTripper }

func (o timingOut) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := o.next.RoundTrip(r)
	if err == nil && response.Header.Get(hangs) != "" {
		return nil, errors.Join(context.DeadlineExceeded, response.Body.Close())
	}
	return response, err
}

// walked is what a walk came to: the dbids of nodes that were read and of those that can't be, and the first error.
type walked struct {
	read, failed []int64
	reasons      []string
	err          error
}

// walkOver walks over nodes by their dbids, with so many pages of a search.
func walkOver(t *testing.T, c *alfresco.Client, request alfresco.PageRequest, most int, dbids map[string]int64) (w walked) {
	t.Helper()
	for {
		pages, err := c.NextPages(t.Context(), request, most)
		if err != nil || len(pages) == 0 {
			w.err = err
			return w
		}
		require.LessOrEqual(t, len(pages), most)
		for _, p := range pages {
			require.Greater(t, p.LastDbid, request.After)
			require.LessOrEqual(t, len(p.Nodes), request.Max)
			require.NotEqual(t, len(p.Nodes) > 0, len(p.Failed) > 0)
			require.GreaterOrEqual(t, p.Total, int64(len(p.Nodes)))
			for _, n := range p.Nodes {
				w.read = append(w.read, dbids[n.ID])
			}
			for _, f := range p.Failed {
				w.failed, w.reasons = append(w.failed, f.Dbid), append(w.reasons, f.Reason)
			}
			request.After = p.LastDbid
		}
	}
}

// repository has a node at each of the dbids.
func repository(s *alfrescotest.Server, dbids ...int64) map[string]int64 {
	byID := map[string]int64{}
	for _, dbid := range dbids {
		byID[s.Add(alfrescotest.Node{Dbid: dbid})[0]] = dbid
	}
	return byID
}

func poison(s *alfrescotest.Server, how alfrescotest.Fault, byID map[string]int64, dbids []int64) {
	for id, dbid := range byID {
		if slices.Contains(dbids, dbid) {
			s.PoisonSearch(how, id)
		}
	}
}

var nineteen = []int64{101, 102, 103, 104, 105, 1_000, 1_001, 1_002, 1_003, 1_004, 70_000, 70_001, 70_002, 70_003, 5_000_000, 5_000_001, 5_000_002, 5_000_003, 5_000_004}

func without(all, some []int64) []int64 {
	return slices.DeleteFunc(slices.Clone(all), func(dbid int64) bool { return slices.Contains(some, dbid) })
}

func TestWalkStepsOverNodesThatFail(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		all, one := v.failures(), map[string]alfrescotest.Fault{"500": failures["500"]}
		tests := []struct {
			name  string
			give  []int64
			kinds map[string]alfrescotest.Fault
		}{
			{"the first", []int64{101}, all},
			{"in the middle of a page", []int64{103}, all},
			{"behind a gap", []int64{1_000}, one},
			{"behind a long gap", []int64{5_000_000}, one},
			{"the last", []int64{5_000_004}, all},
			{"the first and the last", []int64{101, 5_000_004}, one},
			{"two of a page", []int64{102, 104}, all},
			{"two adjacent", []int64{1_000, 1_001}, one},
			{"two adjacent on both sides of a gap", []int64{1_004, 70_000}, one},
			{"the last two", []int64{5_000_003, 5_000_004}, one},
			{"five in a row", []int64{101, 102, 103, 104, 105}, one},
			{"most of all", []int64{101, 103, 104, 1_000, 1_001, 1_002, 1_004, 70_001, 70_002, 5_000_000, 5_000_003}, one},
		}
		for _, tt := range tests {
			for kind, how := range tt.kinds {
				t.Run(tt.name+", "+kind, func(t *testing.T) {
					t.Parallel()
					s := v.server(t)
					byID := repository(s, nineteen...)
					poison(s, how, byID, tt.give)
					for _, most := range []int{1, 2} {
						w := walkOver(t, v.patient(t, s), page(0, 10), most, byID)
						require.NoError(t, w.err)
						require.Equal(t, tt.give, w.failed)
						require.Equal(t, without(nineteen, tt.give), w.read)
						require.NotEmpty(t, w.reasons[0])
					}
				})
			}
		}
	})
}

// An outage is nobody's: no node fails while no other one is shown.
func TestOutageIsNoNodes(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name  string
			dbids []int64
			give  []int64
		}{
			{"the only node", []int64{101}, []int64{101}},
			{"all nodes", []int64{101, 102, 103}, []int64{101, 102, 103}},
			{"six in a row", []int64{101, 102, 103, 104, 105, 106, 107}, []int64{101, 102, 103, 104, 105, 106}},
		}
		for _, tt := range tests {
			for kind, how := range v.failures() {
				t.Run(tt.name+", "+kind, func(t *testing.T) {
					t.Parallel()
					s := v.server(t)
					byID := repository(s, tt.dbids...)
					poison(s, how, byID, tt.give)
					w := walkOver(t, v.patient(t, s), page(0, 10), 1, byID)
					require.ErrorContains(t, w.err, "read page after dbid 0: alfresco ")
					require.Empty(t, w.failed)
				})
			}
		}
	})
}

// An outage that begins while the failing node is looked for, at whichever request, is an outage.
func TestOutageInTheMiddleOfTheSearch(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		want := []int64{70_000, 70_001}
		for skip := 0; ; skip++ {
			s := v.server(t)
			byID := repository(s, nineteen...)
			poison(s, failures["500"], byID, want)
			s.Inject(alfrescotest.Fault{Operation: v.search, Skip: skip, Status: http.StatusServiceUnavailable, HTML: true})
			w := walkOver(t, v.client(t, s, nil), page(1_004, 10), 1, byID)
			s.Close()
			if w.err == nil {
				require.Greater(t, skip, 40, "as many requests as the walk takes")
				require.Equal(t, want, w.failed)
				return
			}
			require.Contains(t, [][]int64{nil, want}, w.failed, "both or none, after %d requests", skip)
		}
	})
}

// A failure that is over again is no node's either.
func TestPassingTroubleIsNoNodes(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for skip := range 25 {
			s := v.server(t)
			byID := repository(s, nineteen...)
			poison(s, failures["500"], byID, []int64{1_002})
			s.Inject(alfrescotest.Fault{Operation: v.search, Skip: skip, Times: 1 + skip%3, Status: http.StatusServiceUnavailable, HTML: true})
			w := walkOver(t, v.client(t, s, nil), page(105, 10), 1, byID)
			require.Subset(t, []int64{1_002}, w.failed, "trouble after %d requests", skip)
			s.Close()
		}
	})
}

// Trouble that can't be a node's is not looked into.
func TestTroubleOfEverybodyIsNotLookedInto(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for name, fault := range map[string]alfrescotest.Fault{
			"credentials": {Status: http.StatusUnauthorized}, "denied": {Status: http.StatusForbidden}, "too many": {Status: http.StatusTooManyRequests},
			"redirect": {Status: http.StatusFound}, "no such address": {Status: http.StatusNotFound, HTML: true}, "refused": {Status: http.StatusBadRequest},
			"asked to wait": {Status: http.StatusServiceUnavailable, Header: map[string]string{"Retry-After": "5"}},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				repository(s, 101, 102)
				fault.Operation = v.search
				s.Inject(fault)
				_, err := v.client(t, s, nil).NextPage(t.Context(), page(0, 10))
				require.Error(t, err)
				require.Equal(t, 1, s.Count(v.search))
			})
		}
	})
}
