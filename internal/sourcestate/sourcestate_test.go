package sourcestate_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	ss "counterparty-sync/internal/sourcestate"
)

// All states, in the order of their declaration.
var all = []ss.State{
	ss.NotStarted, ss.Waiting, ss.Delayed, ss.Asking,
	ss.Skipped, ss.Answered, ss.Cancelled, ss.Failed, ss.FailedInternally, ss.Rejected,
}

var ids = []string{"alfresco.read", "kontur.focus.req", "alfresco.write"}

func newSources(t *testing.T) ss.Sources {
	t.Helper()
	r, err := ss.New(ids...)
	require.NoError(t, err)
	return r
}

// with returns a report of the sources, in states that Set may not be able to reach.
func with(t *testing.T, sources ...ss.Source) ss.Sources {
	t.Helper()
	wire, err := json.Marshal(map[string]any{"sources": sources})
	require.NoError(t, err)
	var r ss.Sources
	require.NoError(t, json.Unmarshal(wire, &r))
	return r
}

func TestNew_startsNothing(t *testing.T) {
	t.Parallel()
	r := newSources(t)
	require.Equal(t, []ss.Source{
		{ID: "alfresco.read", State: ss.NotStarted},
		{ID: "kontur.focus.req", State: ss.NotStarted},
		{ID: "alfresco.write", State: ss.NotStarted},
	}, r.Sources())
	require.Equal(t, ss.Counters{Wait: 3}, r.Counts())
	require.False(t, r.Complete())
}

func TestNew_reportsEveryBadID(t *testing.T) {
	t.Parallel()
	_, err := ss.New("Kontur", "ok.source", "", "ok.source")
	require.EqualError(t, err,
		`source id: "Kontur" is not allowed; allowed: 3 to 40 characters a-z, 0-9, dot, underscore and hyphen, a letter or digit first and last`+"\n"+
			`source id is missing; allowed: as above for "Kontur"`+"\n"+
			`source id: "ok.source" is not allowed; allowed: each source once`)
}

func TestReport_withoutSourcesIsComplete(t *testing.T) {
	t.Parallel()
	r, err := ss.New()
	require.NoError(t, err)
	for _, empty := range []ss.Sources{r, {}} {
		require.True(t, empty.Complete())
		require.Equal(t, ss.Counters{}, empty.Counts())
		require.NoError(t, empty.Finish(ss.Ending{Interrupted: ss.Failed}))
		empty.Refresh()
		require.Empty(t, empty.Sources())
	}
}

func TestSet_movesOneSource(t *testing.T) {
	t.Parallel()
	r := newSources(t)
	require.NoError(t, r.Set("kontur.focus.req", ss.Delayed, "no answer in time, try 1 of 3"))
	s, ok := r.Source("kontur.focus.req")
	require.True(t, ok)
	require.Equal(t, ss.Source{ID: "kontur.focus.req", State: ss.Delayed, Reason: "no answer in time, try 1 of 3"}, s)
	_, ok = r.Source("kontur.focus.egr")
	require.False(t, ok)
	require.NoError(t, r.Set("kontur.focus.req", ss.Delayed, "no answer in time, try 2 of 3"))
	require.NoError(t, r.Set("kontur.focus.req", ss.Answered, ""))
	require.NoError(t, r.Set("kontur.focus.req", ss.Answered, ""), "an activity may report twice")
	require.Equal(t, []ss.Source{
		{ID: "alfresco.read", State: ss.NotStarted},
		{ID: "kontur.focus.req", State: ss.Answered},
		{ID: "alfresco.write", State: ss.NotStarted},
	}, r.Sources())
	require.Equal(t, ss.Counters{OK: 1, Wait: 2}, r.Counts())
}

func TestSet_refusesAndChangesNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		id     string
		state  ss.State
		reason string
		want   string
	}{
		{"unknown source", "kontur.focus.egr", ss.Asking, "", `set source "kontur.focus.egr": the report has no such source`},
		{"ended source", "alfresco.read", ss.Asking, "", `set source "alfresco.read": ANSWERED can't become "ASKING"`},
		{"ended source, other reason", "alfresco.read", ss.Answered, "again", `set source "alfresco.read": ANSWERED can't become "ANSWERED"`},
		{"back to the start", "kontur.focus.req", ss.NotStarted, "", `set source "kontur.focus.req": ASKING can't become "NOT_STARTED"`},
		{"rejected", "kontur.focus.req", ss.Rejected, "", `set source "kontur.focus.req": ASKING can't become "REJECTED"`},
		{"no state", "kontur.focus.req", "", "", `set source "kontur.focus.req": ASKING can't become ""`},
		{"a word of the documents", "kontur.focus.req", "OK", "", `set source "kontur.focus.req": ASKING can't become "OK"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newSources(t)
			require.NoError(t, r.Set("alfresco.read", ss.Answered, ""))
			require.NoError(t, r.Set("kontur.focus.req", ss.Asking, ""))
			before := r.Sources()
			require.EqualError(t, r.Set(tt.id, tt.state, tt.reason), tt.want)
			require.Equal(t, before, r.Sources())
		})
	}
}

func TestCopiesAreIndependent(t *testing.T) {
	t.Parallel()
	r := newSources(t)
	before, list := r, r.Sources()
	list[0].State = ss.Failed
	require.NoError(t, r.Set("alfresco.read", ss.Asking, ""))
	require.NoError(t, r.Finish(ss.Ending{Interrupted: ss.Failed}))
	require.Equal(t, newSources(t).Sources(), before.Sources())
	finished := r
	r.Refresh()
	require.True(t, finished.Complete())
}

func TestFinish_endsWhatWaits(t *testing.T) {
	t.Parallel()
	give := []ss.Source{
		{ID: "not.started", State: ss.NotStarted},
		{ID: "waiting", State: ss.Waiting, Reason: "needs the ids"},
		{ID: "delayed", State: ss.Delayed, Reason: "no answer in time, 3 tries"},
		{ID: "asking", State: ss.Asking},
		{ID: "answered", State: ss.Answered, Reason: "no such company"},
		{ID: "failed", State: ss.Failed, Reason: "no key"},
		{ID: "rejected", State: ss.Rejected},
	}
	tests := []struct {
		name string
		give ss.Ending
		want []ss.Source // the first four; the others stay as they are
	}{
		{"reasons are kept", ss.Ending{Interrupted: ss.Failed}, []ss.Source{
			{ID: "not.started", State: ss.Cancelled},
			{ID: "waiting", State: ss.Cancelled, Reason: "needs the ids"},
			{ID: "delayed", State: ss.Failed, Reason: "no answer in time, 3 tries"},
			{ID: "asking", State: ss.Failed},
		}},
		{"our fault", ss.Ending{Interrupted: ss.FailedInternally, InterruptedReason: "the worker stopped", CancelledReason: "never reached"}, []ss.Source{
			{ID: "not.started", State: ss.Cancelled, Reason: "never reached"},
			{ID: "waiting", State: ss.Cancelled, Reason: "never reached"},
			{ID: "delayed", State: ss.FailedInternally, Reason: "the worker stopped"},
			{ID: "asking", State: ss.FailedInternally, Reason: "the worker stopped"},
		}},
		{"cancelled by an operator", ss.Ending{Interrupted: ss.Cancelled, InterruptedReason: "stopped", CancelledReason: "stopped"}, []ss.Source{
			{ID: "not.started", State: ss.Cancelled, Reason: "stopped"},
			{ID: "waiting", State: ss.Cancelled, Reason: "stopped"},
			{ID: "delayed", State: ss.Cancelled, Reason: "stopped"},
			{ID: "asking", State: ss.Cancelled, Reason: "stopped"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := with(t, give...)
			require.NoError(t, r.Finish(tt.give))
			require.Equal(t, append(tt.want, give[4:]...), r.Sources())
			require.True(t, r.Complete())
			require.NoError(t, r.Finish(ss.Ending{Interrupted: ss.Failed, InterruptedReason: "later", CancelledReason: "later"}))
			require.Equal(t, append(tt.want, give[4:]...), r.Sources(), "what has ended stays")
		})
	}
}

func TestFinish_takesOnlyBadEndings(t *testing.T) {
	t.Parallel()
	for _, state := range append([]ss.State{"", "ERROR"}, all...) {
		r := newSources(t)
		err := r.Finish(ss.Ending{Interrupted: state})
		switch state {
		case ss.Failed, ss.FailedInternally, ss.Cancelled:
			require.NoError(t, err)
			require.True(t, r.Complete())
		default:
			require.EqualError(t, err, `finish the report: an interrupted source can't become "`+string(state)+`"`)
			require.Equal(t, newSources(t), r)
		}
	}
}

func TestRefresh_beginsAnewInTheSameOrder(t *testing.T) {
	t.Parallel()
	r := newSources(t)
	require.NoError(t, r.Set("alfresco.read", ss.Answered, "empty"))
	require.NoError(t, r.Set("kontur.focus.req", ss.Asking, ""))
	r.Refresh()
	require.Equal(t, newSources(t).Sources(), r.Sources())
}
