package activities_test

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// A worker that dies can't say what it wrote: Temporal knows all of it before the first write, with a brake and without.
func TestDiffAndUpdate_allThatIsToBeWrittenIsAnnouncedBefore(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for name, limit := range map[string]*pass.Budget{"without a brake": nil, "with one": budget(2, 0)} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := v.world(t)
				w.kontur.AddCompany(company(1), company(2), company(3))
				w.alfresco.Add(node(1, nil), node(2, current(2)), node(3, nil))
				request := w.batch(t)
				request.Budget = limit
				var told atomic.Int32
				w.temporal = &heartbeats{take: func(h written) error { told.Store(int32(len(h.Changed))); return nil }}
				w.alfresco.OnAnswer(onOperation(v.write, func() { require.EqualValues(t, 2, told.Load()) }))
				require.Equal(t, counterparty.Counts{Updated: 2, Unchanged: 1}, w.update(t, request).Counts)
				require.Len(t, w.alfresco.Writes(), 2)
			})
		}
	})
}

// An announcement that Temporal does not take is repeated. Nothing is written before, and it costs no try.
func TestDiffAndUpdate_announcementIsRepeatedUntilItIsTaken(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1))
		w.alfresco.Add(node(1, nil))
		request := w.batch(t)
		refusals := []error{serviceerror.NewUnavailable("restarts"), serviceerror.NewDeadlineExceeded("slow"), serviceerror.NewResourceExhausted(0, "busy"), errors.New("no idea")}
		var mu sync.Mutex
		w.temporal = &heartbeats{take: func(h written) error {
			mu.Lock()
			defer mu.Unlock()
			if len(h.Changed) == 0 || len(refusals) == 0 {
				return nil
			}
			require.Empty(t, w.alfresco.Writes())
			err := refusals[0]
			refusals = refusals[1:]
			return err
		}}
		require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, request).Counts)
		require.Empty(t, refusals)
	})
}

// An attempt that Temporal does not wait for any more begins nothing.
func TestDiffAndUpdate_attemptThatIsOverWritesNothing(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for name, refusal := range map[string]error{
			"another attempt, or none": serviceerror.NewNotFound("activity not found"), "paused": activity.ErrActivityPaused,
			"reset": activity.ErrActivityReset, "canceled": temporal.NewCanceledError(),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := v.world(t)
				w.kontur.AddCompany(company(1))
				w.alfresco.Add(node(1, nil))
				request := w.batch(t)
				w.temporal = &heartbeats{take: func(h written) error {
					if len(h.Changed) > 0 {
						return refusal
					}
					return nil
				}}
				_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
				details := requireFailure(t, err, "AttemptOver", true)
				require.Empty(t, details.Written, "what was announced and never begun does not count")
				require.Empty(t, w.alfresco.Writes())
			})
		}
	})
}

// What a person types between the two looks changes what is written. Temporal knows of it before.
func TestDiffAndUpdate_whatDiffersOtherwiseIsAnnouncedAgain(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1), company(2))
		ids := w.alfresco.Add(node(1, nil), node(2, nil))
		request := w.batch(t)
		edited := false
		told := &heartbeats{take: func(h written) error {
			if len(h.Changed) > 0 && !edited {
				edited = true
				edit(t, w, ids[0], properties{"idocs:okpo": "00000077"})
				edit(t, w, ids[1], current(2))
			}
			return nil
		}}
		w.temporal = told
		var known written
		w.alfresco.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
			if op == v.write {
				known = told.last()
			}
		})
		result := w.update(t, request)
		require.Equal(t, counterparty.Counts{Updated: 1, Unchanged: 1}, result.Counts)
		// That of the other node may stand in it still: when its second look comes is open.
		first := slices.IndexFunc(known.Changed, func(o counterparty.NodeOutcome) bool { return o.NodeID == ids[0] })
		require.GreaterOrEqual(t, first, 0)
		want := outcomes(result)[ids[0]]
		require.Contains(t, want.Changes, counterparty.Change{Attribute: "idocs:okpo", Was: "00000077", Became: company(1).OKPO, Source: "req"})
		require.Equal(t, want.Changes, known.Changed[first].Changes)
		require.True(t, known.Changed[first].Unsure)
	})
}

// frozen is a wall clock that jumps.
type frozen struct {
	mu sync.Mutex
	by time.Duration
}

func (f *frozen) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Now().Add(f.by)
}

func (f *frozen) jump(by time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.by += by
}

// A worker that stood still asks whether it is still meant before it writes anything more.
func TestDiffAndUpdate_workerThatStoodStillAsksFirst(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name     string
			stood    time.Duration
			given    bool // the attempt was given to another worker
			ask      bool
			writes   int
			failures bool
		}{
			{"for a moment", time.Second, false, false, 1, false},
			{"for longer, and is still meant", 15 * time.Second, false, true, 1, false},
			{"for so long that another one has begun", 100 * time.Second, true, true, 0, true},
			{"and its clock was set back", -time.Hour, false, true, 1, false},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w, clock := v.world(t), &frozen{}
				w.now = clock.now
				w.kontur.AddCompany(company(1))
				w.alfresco.Add(node(1, nil))
				request := w.batch(t)
				var announced, given, asked atomic.Bool
				w.temporal = &heartbeats{take: func(h written) error {
					if given.Load() {
						asked.Store(true)
						if tt.given {
							return serviceerror.NewNotFound("activity not found")
						}
					}
					if len(h.Changed) > 0 {
						announced.Store(true)
					}
					return nil
				}}
				w.alfresco.OnAnswer(onOperation(v.read, func() {
					if announced.Load() && given.CompareAndSwap(false, true) {
						clock.jump(tt.stood)
					}
				}))
				_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
				if tt.failures {
					requireFailure(t, err, "AttemptOver", true)
				} else {
					require.NoError(t, err)
				}
				require.Equal(t, tt.ask, asked.Load())
				require.Len(t, w.alfresco.Writes(), tt.writes)
			})
		}
	})
}

// Alfresco has written something else than what was sent: the node is REJECTED, and what may stand is told.
func TestDiffAndUpdate_writeThatDoesNotStandIsToldAsUnsure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.AddCompany(company(1))
	id := w.alfresco.Add(node(1, nil))[0]
	request := w.batch(t)
	w.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, After: true,
		Body: `{"entry":{"id":"` + id + `","name":"n","nodeType":"idocs:contractor","properties":{}}}`})
	logs := new(bytes.Buffer)
	w.logs = logs
	result := w.update(t, request)
	require.Equal(t, counterparty.Counts{Rejected: 1}, result.Counts)
	require.Equal(t, 1, result.AlsoChanged, "a brake has to see it")
	require.Len(t, w.alfresco.Writes(), 1)
	require.Len(t, result.Earlier, 1)
	require.True(t, result.Earlier[0].Unsure)
	require.NotEmpty(t, result.Earlier[0].Changes)
	lines := auditLines(t, logs)
	require.Len(t, lines, len(result.Earlier[0].Changes))
	for _, line := range lines {
		require.True(t, line.Unsure)
	}
}

// With the Records API a node may vanish between its write and the look whether that stands: it was written all the same.
func TestDiffAndUpdate_writeToANodeThatVanishesIsToldAsUnsure(t *testing.T) {
	t.Parallel()
	for name, vanish := range map[string]func(w *world, id string){
		"deleted":   func(w *world, id string) { w.alfresco.Delete(id) },
		"not shown": func(w *world, id string) { w.alfresco.SetFlags(id, false, false, true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, alfrescotest.WithRecords(alfrescotest.Unsure{}))
			w.repository = alfrescoClient(t, w.alfresco.URL(), alfrescotest.DefaultPassword, alfresco.Records)
			w.kontur.AddCompany(company(1), company(2))
			ids := w.alfresco.Add(node(1, nil), node(2, nil))
			request := w.batch(t)
			w.alfresco.OnAnswer(onOperation(alfrescotest.Mutate, func() { vanish(w, ids[0]) }))
			result := w.update(t, request)
			require.Len(t, w.alfresco.Writes(), 2)
			require.Equal(t, 1, result.Counts.Updated)
			require.NotEqual(t, counterparty.Updated, outcomes(result)[ids[0]].Outcome)
			require.Len(t, result.Earlier, 1)
			require.Equal(t, ids[0], result.Earlier[0].NodeID)
			require.True(t, result.Earlier[0].Unsure)
			require.NotEmpty(t, result.Earlier[0].Changes)
		})
	}
}
