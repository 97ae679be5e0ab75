package alfresco_test

import (
	"context"
	"errors"
	"net/http"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// wall is a wall clock that stands still until it is moved.
type wall struct {
	mu sync.Mutex
	at time.Time
}

func newWall() *wall { return &wall{at: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)} }

func (w *wall) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *wall) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// updater sets a KPP where another one stands, and answers as its fields say.
type updater struct {
	kpp     string
	maySend func(ids []string) bool
	prepare func(ids []string) error
	decided func()

	mu     sync.Mutex
	was    []any    // each time that it decided
	unseen []string // nodes whose writes nobody has seen to stand
	done   []alfresco.Updated
}

func (r *updater) Decide(n alfresco.Node) map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.decided != nil {
		defer r.decided()
	}
	was := n.Properties["idocs:kpp"]
	r.was = append(r.was, was)
	if was == r.kpp {
		return nil
	}
	return map[string]any{"idocs:kpp": r.kpp}
}

func (r *updater) Unseen(ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unseen = append(r.unseen, ids...)
}

func (r *updater) MaySend(ids []string) bool { return r.maySend == nil || r.maySend(ids) }

func (r *updater) Prepare(_ context.Context, ids []string) error {
	if r.prepare == nil {
		return nil
	}
	return r.prepare(ids)
}

func (r *updater) Done(update alfresco.Updated) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = append(r.done, update)
}

// first makes a function that runs once.
func first(do func()) func() { return sync.OnceFunc(do) }

// Between the read and the write of a node no request of others comes, however many of them wait.
func TestUpdateReadsAndWritesInOneSlot(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		c := v.client(t, s, func(o *alfresco.Options) { o.Concurrency = 1 })
		s.SetLatency(alfrescotest.Latency{Get: time.Millisecond, Put: time.Millisecond, Query: time.Millisecond})
		var calls sync.WaitGroup
		for range 4 {
			ids := addNodes(s, 5)
			calls.Go(func() {
				_, err := c.Update(t.Context(), ids, wanted, setKPP("002202002"))
				require.NoError(t, err)
			})
		}
		calls.Wait()
		requests := s.Requests()
		written := 0
		for i, r := range requests {
			if r.Operation != v.write {
				continue
			}
			written++
			require.Equal(t, v.read, requests[i-1].Operation)
			if v.api == alfresco.REST {
				require.Equal(t, path.Base(r.Path), path.Base(requests[i-1].Path), "the node that was read just before")
			}
		}
		require.Equal(t, map[alfresco.API]int{alfresco.REST: 20, alfresco.Records: 4}[v.api], written)
	})
}

// A process that stood still, with its machine or alone, must not write what it compared before.
func TestUpdateComparesAnewWhatHasGrownOld(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		edit := func(s *alfrescotest.Server, id string) {
			require.NoError(t, s.Edit(id, map[string]any{"idocs:kpp": "009909009"}))
		}
		tests := []struct {
			name string
			// stand is told what happens to the clock while a person edits the node.
			moved time.Duration
			when  func(s *alfrescotest.Server, r *updater, stand func())
			again bool
		}{
			{"with the answer in its buffers", alfresco.MaxAge + time.Second, func(s *alfrescotest.Server, _ *updater, stand func()) {
				s.OnAnswer(func(op alfrescotest.Operation, _ *http.Request) {
					if op == v.read {
						stand()
					}
				})
			}, true},
			{"after the decision", alfresco.MaxAge + time.Second, func(_ *alfrescotest.Server, r *updater, stand func()) {
				r.decided = stand
			}, true},
			{"for as long as a comparison may be old", alfresco.MaxAge, func(s *alfrescotest.Server, _ *updater, stand func()) {
				s.OnAnswer(func(op alfrescotest.Operation, _ *http.Request) {
					if op == v.read {
						stand()
					}
				})
			}, false},
			{"and its clock was set back", -time.Hour, func(s *alfrescotest.Server, _ *updater, stand func()) {
				s.OnAnswer(func(op alfrescotest.Operation, _ *http.Request) {
					if op == v.read {
						stand()
					}
				})
			}, true},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s, clock := v.server(t), newWall()
				ids := addNodes(s, 1)
				c := v.client(t, s, nil)
				c.SetClock(clock.now)
				r := &updater{kpp: "002202002"}
				tt.when(s, r, first(func() {
					clock.move(tt.moved)
					edit(s, ids[0])
				}))
				updates, err := c.Update(t.Context(), ids, wanted, r)
				require.NoError(t, err)
				require.Equal(t, []alfresco.Updated{{NodeID: ids[0], Written: true}}, updates)
				require.Equal(t, updates, r.done)
				require.Len(t, s.Writes(), 1)
				if tt.again {
					require.Len(t, r.was, 2)
					require.Equal(t, "009909009", r.was[1], "what the person saved was seen")
				} else {
					require.Len(t, r.was, 1)
				}
			})
		}
	})
}

// An Alfresco that needs longer for each read than a comparison may be old is slow, and is written to all the same.
func TestUpdateWritesToASlowRepository(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s, clock := v.server(t), newWall()
		ids := addNodes(s, 1)
		c := v.client(t, s, nil)
		c.SetClock(clock.now)
		s.OnAnswer(func(op alfrescotest.Operation, _ *http.Request) {
			if op == v.read {
				clock.move(2 * alfresco.MaxAge)
			}
		})
		r := &updater{kpp: "002202002"}
		updates, err := c.Update(t.Context(), ids, wanted, r)
		require.NoError(t, err)
		require.True(t, updates[0].Written)
		require.Len(t, r.was, 2, "once more, and then it counts from the answer")
	})
}

func TestUpdateSendsNothingWithoutPermission(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 3)
		may := false
		var asked [][]string
		r := &updater{kpp: "002202002", maySend: func([]string) bool { return may }, prepare: func(ids []string) error {
			require.Empty(t, s.Writes())
			require.NoError(t, s.Edit(ids[0], map[string]any{"idocs:kpp": "009909009"}))
			asked, may = append(asked, ids), true
			return nil
		}}
		updates, err := v.client(t, s, func(o *alfresco.Options) { o.Concurrency = 1 }).Update(t.Context(), ids, wanted, r)
		require.NoError(t, err)
		for _, update := range updates {
			require.True(t, update.Written)
		}
		require.Len(t, asked, 1)
		require.Contains(t, r.was, any("009909009"), "it was compared anew")
		require.Len(t, s.Writes(), 3)

		r = &updater{kpp: "003303003", maySend: func([]string) bool { return false }, prepare: func([]string) error { return errors.New("no longer") }}
		updates, err = v.client(t, s, nil).Update(t.Context(), ids, wanted, r)
		require.ErrorContains(t, err, "no longer")
		require.Empty(t, updates)
		require.Len(t, s.Writes(), 3)
	})
}

// Nobody holds a slot while it waits for a permission: others would stand still, too.
func TestUpdateWaitsForPermissionWithoutASlot(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 2)
		c := v.client(t, s, func(o *alfresco.Options) { o.Concurrency = 1 })
		may := false
		r := &updater{kpp: "002202002", maySend: func([]string) bool { return may }, prepare: func([]string) error {
			_, err := c.Update(t.Context(), ids[1:], wanted, setKPP("003303003"))
			may = true
			return err
		}}
		_, err := c.Update(t.Context(), ids[:1], wanted, r)
		require.NoError(t, err)
		require.Len(t, s.Writes(), 2)
	})
}

func TestUpdateGivesUpOnANodeThatNeverStandsStill(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 1)
		r := &updater{kpp: "002202002", maySend: func([]string) bool { return false }}
		updates, err := v.client(t, s, nil).Update(t.Context(), ids, wanted, r)
		require.NoError(t, err)
		require.Contains(t, updates[0].Refusal.Reason, "changed each time")
		require.Len(t, r.was, alfresco.MaxComparisons)
		require.Empty(t, s.Writes())
	})
}

// A pool's connection may be dead. Until another one is there, and with the login that a refused ticket needs, time passes.
func TestUpdateAsksAgainBeforeARepetition(t *testing.T) {
	t.Parallel()
	s, clock := alfrescotest.NewServer(t), newWall()
	ids := addNodes(s, 1)
	c := newClient(t, s, func(o *alfresco.Options) { o.Auth = alfresco.Ticket })
	c.SetClock(clock.now)
	expired := first(s.ExpireTickets)
	s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		switch op {
		case alfrescotest.Put:
			expired()
		case alfrescotest.Ticket:
			clock.move(2 * alfresco.MaxAge)
		}
	})
	r := &updater{kpp: "002202002"}
	updates, err := c.Update(t.Context(), ids, wanted, r)
	require.NoError(t, err)
	require.True(t, updates[0].Written)
	require.Len(t, r.was, 3, "the first login took as long, and so did the second one")
	require.Len(t, s.Writes(), 1)
}
