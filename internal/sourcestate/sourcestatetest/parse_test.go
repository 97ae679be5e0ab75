package sourcestatetest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/invalid"
	ss "counterparty-sync/internal/sourcestate"
	"counterparty-sync/internal/sourcestate/sourcestatetest"
)

func TestParse_readsEveryForm(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file string
		want       sourcestatetest.Parsed
	}{
		{"official example of the vehicle dialect", "official-vehicle.json", sourcestatetest.Parsed{
			Dialect: ss.VehicleDialect,
			Sources: []sourcestatetest.ParsedSource{
				{ID: "base", State: ss.Answered, WrittenState: "OK", WrittenExtendedState: "OK"},
				{ID: "references.base", State: ss.Cancelled, WrittenState: "ERROR", WrittenExtendedState: "CANCEL"},
			},
			Written: written(1, 0, 1),
			Recount: ss.Counters{OK: 1, Error: 1},
		}},
		// This example contradicts the rules of its own page: both sources are OK, yet one is counted as an error.
		{"official example of the entity dialect, which miscounts", "official-entity.json", sourcestatetest.Parsed{
			Dialect: ss.EntityDialect,
			Sources: []sourcestatetest.ParsedSource{
				{ID: "source_inn", State: ss.Answered, WrittenState: "OK"},
				{ID: "ownership_history", State: ss.Answered, Reason: "owner's array is null or empty", WrittenState: "OK"},
			},
			Remarks: []string{"progress_ok is 1, by the list it is 2", "progress_error is 1, by the list it is 0"},
			Written: written(1, 0, 1),
			Recount: ss.Counters{OK: 2},
		}},
		{"our running vehicle document", "vehicle-running.golden.json", sourcestatetest.Parsed{
			Dialect: ss.VehicleDialect,
			Sources: []sourcestatetest.ParsedSource{
				{ID: "alfresco.read", State: ss.Answered, WrittenState: "OK", WrittenExtendedState: "OK"},
				{ID: "kontur.focus.req", State: ss.Delayed, WrittenState: "PROGRESS", WrittenExtendedState: "DELAYED"},
				{ID: "alfresco.write", State: ss.Waiting, WrittenState: "PROGRESS", WrittenExtendedState: "WAITING"},
			},
			Written: written(1, 2, 0),
			Recount: ss.Counters{OK: 1, Wait: 2},
		}},
		{"our failed entity document", "entity-failed.golden.json", sourcestatetest.Parsed{
			Dialect: ss.EntityDialect,
			Sources: []sourcestatetest.ParsedSource{
				{ID: "alfresco.read", State: ss.Answered, WrittenState: "OK"},
				{ID: "kontur.focus.req", State: ss.Failed, Reason: "no answer in time, 3 tries", WrittenState: "ERROR"},
				{ID: "alfresco.write", State: ss.Cancelled, Reason: "nothing was read from Kontur.Focus", WrittenState: "CANCEL"},
			},
			Written: written(1, 0, 2),
			Recount: ss.Counters{OK: 1, Error: 2},
		}},
		{"vehicle form of 2019: no extended_state, data that may be absent", "older-vehicle.json", sourcestatetest.Parsed{
			Dialect: ss.VehicleDialect,
			Sources: []sourcestatetest.ParsedSource{
				{ID: "base", State: ss.Answered, WrittenState: "OK"},
				{ID: "gibdd.history", State: ss.Asking, WrittenState: "PROGRESS"},
				{ID: "references.base", State: ss.Failed, WrittenState: "ERROR"},
			},
			Written: written(1, 1, 1),
			Recount: ss.Counters{OK: 1, Wait: 1, Error: 1},
		}},
		{"answer around a person's report: id and name for _id, slashes, REJECT, no data", "person-in-answer.json", sourcestatetest.Parsed{
			Dialect: ss.EntityDialect,
			Sources: []sourcestatetest.ParsedSource{
				{ID: "check_person/person_inn", State: ss.Answered, WrittenState: "OK"},
				{ID: "check_person/passport", State: ss.Rejected, WrittenState: "REJECT"},
				{ID: "check_person/debts", State: ss.Delayed, WrittenState: "DELAYED"},
			},
			Written: written(2, 1, 0),
			Recount: ss.Counters{OK: 2, Wait: 1},
		}},
		{"what nobody knows is reported and never ok", "nobody-knows.json", sourcestatetest.Parsed{
			Dialect: ss.EntityDialect,
			Sources: []sourcestatetest.ParsedSource{
				{ID: "a.source", WrittenState: "PARTIAL_OK"},
				{ID: "b.source", Reason: "7"},
				{ID: "c.source", State: ss.Failed, WrittenState: "NONE"},
				{ID: "c.source", State: ss.Skipped, WrittenState: "SKIP"},
				{ID: "With Blank", State: ss.Cancelled, WrittenState: "CANCEL"},
				{State: ss.Waiting, WrittenState: "WAITING"},
			},
			Remarks: []string{
				`source 1, "a.source": state "PARTIAL_OK" is none of the entity dialect; it counts as an error`,
				`source 2, "b.source", has no state; it counts as an error`,
				`source 3, "c.source": NONE counts as an error in the entity dialect`,
				`source 4, "c.source", is in the list twice`,
				`source 5, "With Blank", has a malformed id`,
				`source 6 has no _id`,
				`progress_ok is 4, by the list it is 1`,
				`progress_wait is missing; by the list it is 1`,
				`progress_error is "\"0\"", not a number of sources; by the list it is 4`,
			},
			Written: sourcestatetest.WrittenCounters{OK: ptr(4)},
			Recount: ss.Counters{OK: 1, Wait: 1, Error: 4},
		}},
		{"vehicle document whose two states disagree: state holds", "vehicle-contradicts.json", sourcestatetest.Parsed{
			Dialect: ss.VehicleDialect,
			Sources: []sourcestatetest.ParsedSource{
				{ID: "a.source", State: ss.Failed, WrittenState: "ERROR", WrittenExtendedState: "OK"},
				{ID: "b.source", State: ss.Answered, WrittenState: "OK", WrittenExtendedState: "REJECT"},
				{ID: "c.source", State: ss.NotStarted, WrittenExtendedState: "NONE"},
				{ID: "d.source", WrittenState: "SKIP", WrittenExtendedState: "SKIP"},
				{ID: "e.source", State: ss.FailedInternally, WrittenState: "ERROR", WrittenExtendedState: "INTERNAL_ERROR"},
			},
			Remarks: []string{
				`source 1, "a.source": extended_state OK goes with state OK, not ERROR`,
				`source 2, "b.source": extended_state "REJECT" is none of the vehicle dialect`,
				`source 3, "c.source": state is missing, extended_state is NONE`,
				`source 4, "d.source": state "SKIP" is none of the vehicle dialect; it counts as an error`,
			},
			Written: written(1, 1, 3),
			Recount: ss.Counters{OK: 1, Wait: 1, Error: 3},
		}},
	}
	files, err := filepath.Glob("../testdata/*.json")
	require.NoError(t, err)
	require.Len(t, tests, len(files), "a file without a test")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			document, err := os.ReadFile(filepath.Join("../testdata", tt.file))
			require.NoError(t, err)
			got, err := sourcestatetest.Parse(document)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.want.Recount.Wait == 0, got.Complete())
		})
	}
}

func TestParse_recognisesTheDialect(t *testing.T) {
	t.Parallel()
	const unsure = "nothing tells the dialect; taken for vehicle, both count these states alike"
	tests := []struct {
		name, give string
		want       ss.Dialect
		first      string // the first remark; all of these lack counters
	}{
		{"extended_state", `{"state":{"sources":[{"_id":"a.b","state":"OK","extended_state":"OK"}]}}`, ss.VehicleDialect, ""},
		{"extended_state beats data", `{"state":{"sources":[{"_id":"a.b","state":"OK","extended_state":"OK","data":{}}],"data":{}}}`, ss.VehicleDialect, ""},
		{"one of ten words", `{"state":{"sources":[{"_id":"a.b","state":"SKIP"}]}}`, ss.EntityDialect, ""},
		{"REJECT", `{"state":{"sources":[{"_id":"a.b","state":"REJECT"}]}}`, ss.EntityDialect, ""},
		{"NONE as a state", `{"state":{"sources":[{"_id":"a.b","state":"NONE"}]}}`, ss.EntityDialect,
			`source 1, "a.b": NONE counts as an error in the entity dialect`},
		{"data of 2019, not from the cache", `{"state":{"sources":[{"_id":"a.b","state":"OK","data":{"real_status":"OK"}}]}}`, ss.VehicleDialect, ""},
		{"data of 2019", `{"state":{"sources":[{"_id":"a.b","state":"OK","data":{"from_cache":false}}]}}`, ss.VehicleDialect, ""},
		{"data beside the state", `{"state":{"sources":[{"_id":"a.b","state":"OK","data":{}}]}}`, ss.EntityDialect, ""},
		{"data beside the list", `{"state":{"sources":[{"_id":"a.b","state":"OK"}],"data":{}}}`, ss.EntityDialect, ""},
		{"an id with a group", `{"state":{"sources":[{"_id":"a/b","state":"OK"}]}}`, ss.EntityDialect, ""},
		{"no trace", `{"state":{"sources":[{"_id":"a.b","state":"OK"}]}}`, ss.VehicleDialect, unsure},
		{"no sources", `{"state":{"sources":[]}}`, ss.VehicleDialect, ""},
		{"no sources, data", `{"state":{"sources":[],"data":{}}}`, ss.EntityDialect, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := sourcestatetest.Parse([]byte(tt.give))
			require.NoError(t, err)
			require.Equal(t, tt.want, got.Dialect)
			if tt.first == "" {
				tt.first = "progress_ok is missing; by the list it is " + map[bool]string{true: "1", false: "0"}[got.Recount.OK == 1]
			}
			require.Equal(t, tt.first, got.Remarks[0])
		})
	}
}

// The synchronous service has two counters only.
func TestParse_doesWithoutAWaitCounter(t *testing.T) {
	t.Parallel()
	got, err := sourcestatetest.Parse([]byte(`{"progress_ok":1,"progress_error":0,"state":{"sources":[{"_id":"a.b","state":"OK","data":{}}]}}`))
	require.NoError(t, err)
	require.Equal(t, []string{"progress_wait is missing; by the list it is 0"}, got.Remarks)
	require.Nil(t, got.Written.Wait)
	require.True(t, got.Complete())
}

func TestParse_countersThatAreNone(t *testing.T) {
	t.Parallel()
	for _, give := range []string{"-1", "1.0", "1e0", "true", "[1]", "99999999999999999999"} {
		got, err := sourcestatetest.Parse([]byte(`{"progress_ok": ` + give + ` ,"progress_wait":0,"progress_error":0,
			"state":{"sources":[{"_id":"a.b","state":"OK","data":{}}]}}`))
		require.NoError(t, err)
		require.Equal(t, []string{`progress_ok is "` + give + `", not a number of sources; by the list it is 1`}, got.Remarks)
		require.Nil(t, got.Written.OK)
	}
}

func TestParse_refusesWhatHasNoList(t *testing.T) {
	t.Parallel()
	const report = "give the report object, with progress_ok and state"
	tests := []struct{ name, give, problem, hint string }{
		{"nothing", ``, "it is no JSON object: unexpected end of JSON input", report},
		{"a list", `[]`, "it is no JSON object: json: cannot unmarshal array into Go value of type sourcestatetest.object", report},
		{"two documents", `{"state":{"sources":[]}} {}`, "it is no JSON object: invalid character '{' after top-level value", report},
		{"null", `null`, "it has no object state", "state and progress_ok stand beside content, not in it"},
		{"blocks inside content", `{"content":{"state":{"sources":[]}}}`, "it has no object state", "state and progress_ok stand beside content, not in it"},
		{"state null", `{"state":null}`, "it has no object state", "state and progress_ok stand beside content, not in it"},
		{"state a number", `{"state":200}`, "it has no object state", "state and progress_ok stand beside content, not in it"},
		{"no sources", `{"state":{}}`, "its state has no list of objects named sources", report},
		{"sources null", `{"state":{"sources":null}}`, "its state has no list of objects named sources", report},
		{"sources of text", `{"state":{"sources":["a.b"]}}`, "its state has no list of objects named sources", report},
		{"an answer about an unknown report", `{"state":"ok","size":0,"data":[]}`, "it is an answer with 0 reports", "ask for one report that exists"},
		{"an answer with many", `{"state":"ok","data":[{},{}]}`, "it is an answer with 2 reports", "ask for one report that exists"},
		{"an answer without data", `{"state":"ok"}`, "it is an answer with 0 reports", "ask for one report that exists"},
		{"an answer in an answer", `{"state":"ok","data":[{"state":"ok","data":[]}]}`, "it has no object state", "state and progress_ok stand beside content, not in it"},
		{"an error", `{"state":"fail","event":{"type":"DataSeekObjectError"}}`, `it is an answer whose state is "fail"`, "look at the answer's event for what failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := sourcestatetest.Parse([]byte(tt.give))
			require.EqualError(t, err, "read source states: "+tt.problem+"\nhint: "+tt.hint)
		})
	}
}

func TestParse_quotesNoMoreThanALine(t *testing.T) {
	t.Parallel()
	long := make([]byte, 10_000)
	for i := range long {
		long[i] = 'X'
	}
	got, err := sourcestatetest.Parse([]byte(`{"state":{"sources":[{"_id":"` + string(long) + `","state":"a\nb","data":{}}]}}`))
	require.NoError(t, err)
	for _, remark := range got.Remarks {
		require.Less(t, len(remark), 200)
		require.NotContains(t, remark, "\n")
	}
}

func TestParsedReport_isTakenOverWherePossible(t *testing.T) {
	t.Parallel()
	got, err := sourcestatetest.Parse([]byte(`{"state":{"sources":[
		{"_id":"a.source","state":"NONE"},{"_id":"b.source","state":"REJECT","data":{"reason":"who knows"}}]}}`))
	require.NoError(t, err)
	r, err := got.Report()
	require.NoError(t, err)
	require.Equal(t, []ss.Source{{ID: "a.source", State: ss.Failed}, {ID: "b.source", State: ss.Rejected, Reason: "who knows"}}, r.Sources())

	got, err = sourcestatetest.Parse([]byte(`{"state":{"sources":[
		{"_id":"a/source","state":"SKIP"},{"_id":"b.source","state":"PARTIAL_OK"},{"_id":"c.source"}]}}`))
	require.NoError(t, err)
	_, err = got.Report()
	require.EqualError(t, err, `take over source states: `+
		`state of source b.source: "PARTIAL_OK" is not allowed; allowed: a word of the entity dialect`+"\n"+
		`state of source c.source is missing; allowed: a word of the entity dialect`+"\n"+
		`source id: "a/source" is not allowed; allowed: 3 to 40 characters a-z, 0-9, dot, underscore and hyphen, a letter or digit first and last`)
	require.True(t, invalid.Is(err))
}

func written(ok, wait, failed int) sourcestatetest.WrittenCounters {
	return sourcestatetest.WrittenCounters{OK: &ok, Wait: &wait, Error: &failed}
}

func ptr(n int) *int { return &n }
