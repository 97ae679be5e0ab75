package sourcestate_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	ss "counterparty-sync/internal/sourcestate"
)

func TestDocuments_areTheGoldenOnes(t *testing.T) {
	t.Parallel()
	running := newSources(t)
	require.NoError(t, running.Set("alfresco.read", ss.Answered, ""))
	require.NoError(t, running.Set("kontur.focus.req", ss.Delayed, "no answer in time, try 2 of 3"))
	require.NoError(t, running.Set("alfresco.write", ss.Waiting, ""))
	failed := running
	require.NoError(t, failed.Finish(ss.Ending{
		Interrupted: ss.Failed, InterruptedReason: "no answer in time, 3 tries", CancelledReason: "nothing was read from Kontur.Focus",
	}))
	tests := []struct {
		file string
		give any
	}{
		{"vehicle-running.golden.json", ss.Vehicle(running)},
		{"entity-failed.golden.json", ss.Entity(failed)},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(filepath.Join("testdata", tt.file))
			require.NoError(t, err)
			got, err := json.MarshalIndent(tt.give, "", "  ")
			require.NoError(t, err)
			require.Equal(t, string(bytes.TrimSpace(want)), string(got), "byte for byte: the order of keys too")
		})
	}
}

// The columns vehicle and extended are the official table, the entity column is ours where the page leaves a choice.
func TestDocuments_sayOfEachState(t *testing.T) {
	t.Parallel()
	tests := []struct {
		give                      ss.State
		extended, vehicle, entity string
		counters                  ss.Counters
	}{
		{ss.NotStarted, "NONE", "PROGRESS", "WAITING", ss.Counters{Wait: 1}},
		{ss.Waiting, "WAITING", "PROGRESS", "WAITING", ss.Counters{Wait: 1}},
		{ss.Delayed, "DELAYED", "PROGRESS", "DELAYED", ss.Counters{Wait: 1}},
		{ss.Asking, "PROGRESS", "PROGRESS", "PROGRESS", ss.Counters{Wait: 1}},
		{ss.Skipped, "SKIP", "OK", "SKIP", ss.Counters{OK: 1}},
		{ss.Answered, "OK", "OK", "OK", ss.Counters{OK: 1}},
		{ss.Cancelled, "CANCEL", "ERROR", "CANCEL", ss.Counters{Error: 1}},
		{ss.Failed, "ERROR", "ERROR", "ERROR", ss.Counters{Error: 1}},
		{ss.FailedInternally, "INTERNAL_ERROR", "ERROR", "INTERNAL_ERROR", ss.Counters{Error: 1}},
		{ss.Rejected, "SKIP", "OK", "SKIP", ss.Counters{OK: 1}},
	}
	require.Len(t, tests, len(all))
	for _, tt := range tests {
		t.Run(string(tt.give), func(t *testing.T) {
			t.Parallel()
			r := with(t, ss.Source{ID: "a.source", State: tt.give, Reason: "why"})
			require.Equal(t, tt.counters, r.Counts())
			require.Equal(t, ss.VehicleDocument{Counters: tt.counters, State: ss.VehicleState{
				Sources: []ss.VehicleSource{{ID: "a.source", State: tt.vehicle, ExtendedState: tt.extended}},
			}}, ss.Vehicle(r))
			require.Equal(t, ss.EntityDocument{Counters: tt.counters, State: ss.EntityState{
				Sources: []ss.EntitySource{{ID: "a.source", State: tt.entity, Data: ss.EntityData{Reason: "why"}}},
			}}, ss.Entity(r))
		})
	}
}

func TestDocuments_withoutSourcesHaveAnEmptyList(t *testing.T) {
	t.Parallel()
	vehicle, err := json.Marshal(ss.Vehicle(ss.Sources{}))
	require.NoError(t, err)
	require.Equal(t, `{"progress_ok":0,"progress_wait":0,"progress_error":0,"state":{"sources":[]}}`, string(vehicle))
	entity, err := json.Marshal(ss.Entity(ss.Sources{}))
	require.NoError(t, err)
	require.Equal(t, `{"progress_ok":0,"progress_wait":0,"progress_error":0,"state":{"sources":[],"data":{}}}`, string(entity))
}

func TestDocuments_fitIntoALargerReport(t *testing.T) {
	t.Parallel()
	var report struct {
		UID string `json:"uid"`
		ss.VehicleDocument
		Name string `json:"name"`
	}
	wire, err := json.Marshal(report)
	require.NoError(t, err)
	require.Equal(t, `{"uid":"","progress_ok":0,"progress_wait":0,"progress_error":0,"state":{"sources":null},"name":""}`, string(wire))
}

func TestParseDialect_knowsTwo(t *testing.T) {
	t.Parallel()
	for _, d := range []ss.Dialect{ss.VehicleDialect, ss.EntityDialect} {
		got, err := ss.ParseDialect(string(d))
		require.NoError(t, err)
		require.Equal(t, d, got)
	}
	_, err := ss.ParseDialect("Vehicle")
	require.EqualError(t, err, `dialect: "Vehicle" is not allowed; allowed: vehicle, entity`)
	_, err = ss.ParseDialect("")
	require.EqualError(t, err, `dialect is missing; allowed: vehicle, entity`)
}
