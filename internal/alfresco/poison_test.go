package alfresco_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// hanging is how long a request takes that is not to be answered; the client waits for impatient.
const (
	hanging   = time.Minute
	impatient = 400 * time.Millisecond
)

// poisons are what may be wrong with requests about one node, with either API.
var poisons = []struct {
	name string
	give alfrescotest.Fault
}{
	{"500 in Alfresco's envelope", alfrescotest.Fault{Status: 500, Summary: "a behaviour failed"}},
	{"500 of Tomcat", alfrescotest.Fault{Status: 500, HTML: true}},
	{"504 of a proxy", alfrescotest.Fault{Status: 504, HTML: true}},
	{"reset", alfrescotest.Fault{Cut: true}},
	{"nonsense", alfrescotest.Fault{HTML: true}},
	{"no answer in time", alfrescotest.Fault{Delay: hanging}},
}

// oneByOne is a client that makes one request at a time, so that the order is known.
func (v via) oneByOne(t *testing.T, s *alfrescotest.Server, give alfrescotest.Fault) *alfresco.Client {
	t.Helper()
	return v.client(t, s, func(o *alfresco.Options) {
		o.Concurrency = 1
		if give.Delay > 0 {
			o.Timeout = impatient
		}
	})
}

// fates are the places of the nodes that failed and of those that are open.
func fates(t *testing.T, updates []alfresco.Updated) (failed, open []int) {
	t.Helper()
	for i, u := range updates {
		switch {
		case u.Open != nil:
			require.NotEmpty(t, u.Open.Error())
			open = append(open, i)
		case u.Refusal != nil:
			require.True(t, u.Refusal.Failed, u.Refusal.Reason)
			require.NotEmpty(t, u.Refusal.Reason)
			failed = append(failed, i)
		default:
			require.True(t, u.Written)
		}
	}
	return failed, open
}

func TestPoisonOfOneNodeIsItsOwnTrouble(t *testing.T) {
	const nodes = 12
	eachAPI(t, func(t *testing.T, v via) {
		for _, op := range []struct {
			name      string
			operation alfrescotest.Operation
			writes    bool
		}{{"read", v.read, false}, {"write", v.write, true}} {
			for place, bad := range map[string][]int{"first": {0}, "middle": {5}, "last": {nodes - 1}, "two": {3, 8}} {
				for _, tt := range poisons {
					if tt.give.Delay > 0 && place != "middle" {
						continue // time is all that differs
					}
					t.Run(fmt.Sprint(op.name, " ", place, " ", tt.name), func(t *testing.T) {
						t.Parallel()
						s := v.server(t)
						ids := addNodes(s, nodes)
						for _, i := range bad {
							give := tt.give
							give.Operation, give.NodeID = op.operation, ids[i]
							s.Inject(give)
						}
						updates, err := v.oneByOne(t, s, tt.give).Update(t.Context(), ids, wanted, setKPP("002202002"))
						require.NoError(t, err)
						failed, open := fates(t, updates)
						if op.writes && place == "last" { // nothing was written after it
							require.Equal(t, bad, open)
							require.Empty(t, failed)
						} else {
							require.Equal(t, bad, failed)
							require.Empty(t, open)
						}
						require.Len(t, s.Writes(), nodes-len(bad), "each of the others is written once")
						if v.api == alfresco.REST {
							most := nodes + 3*len(bad) // with another node's
							writes := nodes + len(bad)
							if tt.give.Cut {
								most, writes = most+2*len(bad), writes+2*len(bad) // each try again, on a fresh connection
							}
							require.LessOrEqual(t, s.Count(v.read), most)
							require.LessOrEqual(t, s.Count(v.write), writes)
						}
					})
				}
			}
		}
	})
}

// What is true of one node must not need luck with its place.
func TestPoisonIsFoundWithinTheBoundsOfRequests(t *testing.T) {
	t.Parallel()
	for _, op := range []alfrescotest.Operation{alfrescotest.Query, alfrescotest.Mutate} {
		for place := 0; place < 100; place += 9 {
			t.Run(fmt.Sprint(op, " ", place), func(t *testing.T) {
				t.Parallel()
				s := newRecords(t, alfrescotest.Unsure{})
				ids := addNodes(s, 100)
				s.Inject(alfrescotest.Fault{Operation: op, NodeID: ids[place], Status: 500})
				updates, err := newClient(t, s, withRecords).Update(t.Context(), ids, wanted, setKPP("002202002"))
				require.NoError(t, err)
				failed, open := fates(t, updates)
				require.Equal(t, []int{place}, append(failed, open...))
				require.Len(t, s.Writes(), 99)
				require.LessOrEqual(t, s.Count(op), 2+2*7+18, "the reads of the halves are among the queries")
				require.LessOrEqual(t, s.Count(alfrescotest.Mutate), 1+2*7)
			})
		}
	}
}

// An outage blames nobody, whenever it begins.
func TestOutageBlamesNoNode(t *testing.T) {
	const nodes = 20
	eachAPI(t, func(t *testing.T, v via) {
		for _, op := range []alfrescotest.Operation{v.read, v.write} {
			for _, tt := range poisons {
				for _, skip := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 15} {
					if tt.give.Delay > 0 {
						continue // the same with more patience
					}
					t.Run(fmt.Sprint(op, " ", tt.name, " ", skip), func(t *testing.T) {
						t.Parallel()
						s := v.server(t)
						ids := addNodes(s, nodes)
						poison, outage := tt.give, tt.give
						poison.Operation, poison.NodeID = op, ids[11]
						outage.Operation, outage.Skip = op, skip
						s.Inject(outage, poison)
						updates, err := v.oneByOne(t, s, tt.give).Update(t.Context(), ids, wanted, setKPP("002202002"))
						if err != nil {
							var e *alfresco.Error
							require.True(t, errors.As(err, &e))
						}
						for _, u := range updates {
							if u.Refusal != nil {
								require.Equal(t, ids[11], u.NodeID, "nothing went through after another one failed")
							}
						}
						if skip == 0 {
							require.Error(t, err)
							require.Empty(t, updates)
							require.LessOrEqual(t, s.Count(op), 25)
						}
					})
				}
			}
		}
	})
}

// Most of a batch is no exception, unless waiting has not helped and there is something to go by.
func TestPoisonOfMostNodesIsAnOutageUntilTheTriesAreUsedUp(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, tt := range []struct {
			name  string
			op    alfrescotest.Operation
			known alfresco.Known
			want  string // of each node; empty: an error
		}{
			{"reads", v.read, alfresco.Known{Readable: "known"}, ""},
			{"reads, at last", v.read, alfresco.Known{Readable: "known", GiveUp: true}, "failed"},
			{"reads, with nothing to go by", v.read, alfresco.Known{GiveUp: true, OthersWritten: true}, ""},
			{"reads, and nobody goes through", v.read, alfresco.Known{Readable: "node-4", GiveUp: true}, ""},
			{"writes", v.write, alfresco.Known{OthersWritten: true}, ""},
			{"writes, at last", v.write, alfresco.Known{OthersWritten: true, GiveUp: true}, "failed"},
			{"writes, with nothing to go by", v.write, alfresco.Known{GiveUp: true}, "open"},
			{"writes, after as many", v.write, alfresco.Known{GiveUp: true, Unwritten: 5}, ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				s.Add(alfrescotest.Node{ID: "known"})
				var ids []string
				for i := range 50 {
					ids = append(ids, fmt.Sprint("node-", i))
					s.Add(alfrescotest.Node{ID: ids[i]})
					s.Inject(alfrescotest.Fault{Operation: tt.op, NodeID: ids[i], Status: 500})
				}
				updates, err := v.oneByOne(t, s, alfrescotest.Fault{}).Update(alfresco.Knowing(t.Context(), tt.known), ids, wanted, setKPP("002202002"))
				if tt.want == "" {
					requireKind(t, alfresco.Unavailable, err)
					require.Empty(t, updates)
					require.LessOrEqual(t, s.Count(tt.op), 25)
					return
				}
				require.NoError(t, err)
				failed, open := fates(t, updates)
				require.Len(t, map[string][]int{"failed": failed, "open": open}[tt.want], 50)
			})
		}
	})
}

// A single node has nothing beside it but what the caller knows.
func TestPoisonOfTheOnlyNode(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		run := func(op alfrescotest.Operation, known alfresco.Known) ([]alfresco.Updated, error) {
			s := v.server(t)
			s.Add(alfrescotest.Node{ID: "known"})
			ids := s.Add(alfrescotest.Node{ID: "n1"})
			s.Inject(alfrescotest.Fault{Operation: op, NodeID: ids[0], Status: 500})
			return v.oneByOne(t, s, alfrescotest.Fault{}).Update(alfresco.Knowing(t.Context(), known), ids, wanted, setKPP("002202002"))
		}
		_, err := run(v.read, alfresco.Known{})
		requireKind(t, alfresco.Unavailable, err)
		updates, err := run(v.read, alfresco.Known{Readable: "known"})
		require.NoError(t, err)
		require.True(t, updates[0].Refusal.Failed)
		updates, err = run(v.write, alfresco.Known{})
		require.NoError(t, err)
		require.Error(t, updates[0].Open)
		_, err = run(v.write, alfresco.Known{Unwritten: 4})
		requireKind(t, alfresco.Unavailable, err)
		updates, err = run(v.write, alfresco.Known{Unwritten: 4, Unwritable: []string{"n1"}})
		require.NoError(t, err)
		require.True(t, updates[0].Refusal.Unwritable)
	})
}

// Who can't be reached, or says no to whoever asks, says so once.
func TestTroubleThatIsNoNodesOwnEndsTheCallAtOnce(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, op := range []alfrescotest.Operation{v.read, v.write} {
			for _, status := range []int{401, 429} {
				t.Run(fmt.Sprint(op, status), func(t *testing.T) {
					t.Parallel()
					s := v.server(t)
					ids := addNodes(s, 8)
					s.Inject(alfrescotest.Fault{Operation: op, NodeID: ids[5], Status: status, HTML: true})
					updates, err := v.oneByOne(t, s, alfrescotest.Fault{}).Update(t.Context(), ids, wanted, setKPP("002202002"))
					require.Error(t, err)
					require.False(t, slices.ContainsFunc(updates, func(u alfresco.Updated) bool { return u.Refusal != nil || u.Open != nil }))
				})
			}
		}
		s := v.server(t)
		ids := addNodes(s, 8)
		c := v.client(t, s, nil)
		s.Close()
		_, err := c.Update(t.Context(), ids, wanted, setKPP("002202002"))
		require.Contains(t, requireKind(t, alfresco.Unavailable, err).Summary, "refused")
	})
}

// A write that came to no answer may have been made.
func TestWriteWithoutAnAnswerIsLookedAt(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for _, tt := range poisons {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				ids := addNodes(s, 3)
				give := tt.give
				give.Operation, give.NodeID, give.After = v.write, ids[1], true
				if give.Delay > 0 {
					give.Delay, give.Cut = 0, true
				}
				s.Inject(give)
				u := &updater{kpp: "002202002"}
				updates, err := v.oneByOne(t, s, give).Update(t.Context(), ids, wanted, u)
				require.NoError(t, err)
				for _, update := range updates {
					require.Nil(t, update.Refusal)
					require.NoError(t, update.Open)
				}
				require.Contains(t, u.unseen, ids[1])
				require.Len(t, s.Writes(), 3, "none is written twice")
			})
		}
	})
}
