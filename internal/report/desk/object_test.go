package desk_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/internal/sourcestate/sourcestatetest"
)

func TestRender(t *testing.T) {
	t.Parallel()
	d := document(t, sourcestate.Answered, sourcestate.Delayed)
	d.CreatedAt = time.Date(2026, time.June, 15, 15, 0, 0, 999_999, time.FixedZone("MSK", 3*3600))
	d.UpdatedAt = began.Add(1_234_567 * time.Microsecond)
	d.Content = append(d.Content, report.Content{Source: "kontur.egr"})
	const head = `{"domain_uid":"counterparty-sync","report_type_uid":"full@counterparty-sync","query":{"type":"INN","body":"0012345673"},` +
		`"progress_ok":1,"progress_wait":2,"progress_error":0,`
	const tail = `"uid":"full_0012345673@counterparty-sync","name":"Everything","comment":"","tags":"",` +
		`"created_at":"2026-06-15T12:00:00.000Z","created_by":"counterparty-sync","updated_at":"2026-06-15T12:00:01.234Z",` +
		`"updated_by":"counterparty-sync","active_from":"1900-01-01T00:00:00.000Z","active_to":"3000-01-01T00:00:00.000Z"}`
	const entity = `"state":{"sources":[{"_id":"kontur.req","state":"OK","data":{}},{"_id":"kontur.egr","state":"DELAYED","data":{}},` +
		`{"_id":"kontur.contacts","state":"WAITING","data":{}}],"data":{}},`
	const vehicle = `"state":{"sources":[{"_id":"kontur.req","state":"OK","extended_state":"OK"},` +
		`{"_id":"kontur.egr","state":"PROGRESS","extended_state":"DELAYED"},{"_id":"kontur.contacts","state":"PROGRESS","extended_state":"NONE"}]},`
	const content = `"content":{"kontur.req":{"inn":"0012345673"},"kontur.egr":{}},`
	for name, tt := range map[string]struct {
		dialect sourcestate.Dialect
		content bool
		want    string
	}{
		"entity without content": {sourcestate.EntityDialect, false, head + entity + tail},
		"entity with content":    {sourcestate.EntityDialect, true, head + entity + content + tail},
		"vehicle with content":   {sourcestate.VehicleDialect, true, head + vehicle + content + tail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(desk.Render(d, tt.dialect, tt.content))
			require.NoError(t, err)
			// Text, not JSONEq: the order is that of captured reports.
			require.Equal(t, tt.want, string(got))
			parsed, err := sourcestatetest.Parse(got)
			require.NoError(t, err)
			require.Equal(t, tt.dialect, parsed.Dialect)
			require.Empty(t, parsed.Remarks)
			require.Equal(t, sourcestate.Counters{OK: 1, Wait: 2}, parsed.Recount)
		})
	}
	t.Run("nothing to say", func(t *testing.T) {
		t.Parallel()
		got, err := json.Marshal(desk.Render(report.Document{}, sourcestate.EntityDialect, true))
		require.NoError(t, err)
		require.Contains(t, string(got), `"state":{"sources":[],"data":{}},"content":{},`)
		require.Contains(t, string(got), `"name":"NONAME"`)
	})
}
