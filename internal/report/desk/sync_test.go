package desk_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/composition"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/runs"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/internal/sourcestate/sourcestatetest"
)

func TestRenderSync(t *testing.T) {
	t.Parallel()
	sources := pass.NewSources([]string{"req"})
	require.NoError(t, sources.Set("alfresco.read", sourcestate.Answered, ""))
	runs := composition.Composition{ID: "main", Name: "Nightly", Sources: sources, Pass: &composition.Pass{
		Execution: runs.Execution{WorkflowID: "pass-1"}, Result: pass.Result{State: pass.State{Status: pass.InProgress}}, StartedAt: began,
	}}
	ran := runs
	ran.Pass = &composition.Pass{Execution: runs.Pass.Execution, Result: pass.Result{State: pass.State{Status: pass.TriggerWaiting}}, StartedAt: began, FinishedAt: &ended}
	never := composition.Composition{ID: "main", Note: "no pass has started yet", Sources: sources}
	const head = `{"domain_uid":"counterparty-sync","uid":"main@counterparty-sync",`
	const counters = `"progress_ok":1,"progress_wait":2,"progress_error":0,`
	const entity = `"state":{"sources":[{"_id":"alfresco.read","state":"OK","data":{}},{"_id":"kontur.req","state":"WAITING","data":{}},` +
		`{"_id":"alfresco.write","state":"WAITING","data":{}}],"data":{}}}`
	const vehicle = `"state":{"sources":[{"_id":"alfresco.read","state":"OK","extended_state":"OK"},{"_id":"kontur.req","state":"PROGRESS","extended_state":"NONE"},` +
		`{"_id":"alfresco.write","state":"PROGRESS","extended_state":"NONE"}]}}`
	for name, tt := range map[string]struct {
		give    composition.Composition
		dialect sourcestate.Dialect
		want    string
	}{
		"a pass runs": {runs, sourcestate.EntityDialect,
			`"name":"Nightly","pass":{"uid":"pass-1","status":"IN_PROGRESS","started_at":"2026-06-15T12:00:00.000Z","finished_at":null},` + counters + entity},
		"a pass ran": {ran, sourcestate.VehicleDialect,
			`"name":"Nightly","pass":{"uid":"pass-1","status":"TRIGGER_WAITING","started_at":"2026-06-15T12:00:00.000Z","finished_at":"2026-06-15T12:00:03.000Z"},` + counters + vehicle},
		"no pass": {never, sourcestate.EntityDialect, `"name":"NONAME","pass":null,"note":"no pass has started yet",` + counters + entity},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(desk.RenderSync(tt.give, tt.dialect))
			require.NoError(t, err)
			require.Equal(t, head+tt.want, string(got))
			parsed, err := sourcestatetest.Parse(got)
			require.NoError(t, err)
			require.Equal(t, tt.dialect, parsed.Dialect)
			require.Empty(t, parsed.Remarks)
		})
	}
}
