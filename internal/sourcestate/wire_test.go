package sourcestate_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	ss "counterparty-sync/internal/sourcestate"
)

func TestReport_travelsAsJSON(t *testing.T) {
	t.Parallel()
	r := newSources(t)
	require.NoError(t, r.Set("kontur.focus.req", ss.Delayed, "no answer in time"))
	wire, err := json.Marshal(struct {
		Report ss.Sources `json:"report"`
	}{r})
	require.NoError(t, err)
	require.Equal(t, `{"report":{"sources":[{"id":"alfresco.read","state":"NOT_STARTED"},`+
		`{"id":"kontur.focus.req","state":"DELAYED","reason":"no answer in time"},{"id":"alfresco.write","state":"NOT_STARTED"}]}}`, string(wire))
	var again struct {
		Report ss.Sources `json:"report"`
	}
	require.NoError(t, json.Unmarshal(wire, &again))
	require.Equal(t, r, again.Report)

	wire, err = json.Marshal(ss.Sources{})
	require.NoError(t, err)
	require.Equal(t, `{"sources":[]}`, string(wire))
}

func TestReport_readsNothingThatItCannotBe(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, give, want string }{
		{"unknown state", `{"sources":[{"id":"a.source","state":"OK"}]}`,
			`read report: state of source a.source: "OK" is not allowed; allowed: ` +
				`NOT_STARTED, WAITING, DELAYED, ASKING, SKIPPED, ANSWERED, CANCELLED, FAILED, FAILED_INTERNALLY, REJECTED`},
		{"no state", `{"sources":[{"id":"a.source"}]}`,
			`read report: state of source a.source is missing; allowed: ` +
				`NOT_STARTED, WAITING, DELAYED, ASKING, SKIPPED, ANSWERED, CANCELLED, FAILED, FAILED_INTERNALLY, REJECTED`},
		{"twice", `{"sources":[{"id":"a.source","state":"FAILED"},{"id":"a.source","state":"ASKING"}]}`,
			`read report: source id: "a.source" is not allowed; allowed: each source once`},
		{"no list", `{"sources":{}}`,
			`read report: json: cannot unmarshal object into Go struct field wireSources.sources of type []sourcestate.Source`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newSources(t)
			require.EqualError(t, json.Unmarshal([]byte(tt.give), &r), tt.want)
			require.Equal(t, newSources(t), r, "a refused document changes nothing")
		})
	}
}

// A newer worker may have written more.
func TestReport_readsOverFieldsThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	var r ss.Sources
	require.NoError(t, json.Unmarshal([]byte(`{"since":1,"sources":[{"id":"a.source","state":"FAILED","tries":3}]}`), &r))
	require.Equal(t, []ss.Source{{ID: "a.source", State: ss.Failed}}, r.Sources())
	require.NoError(t, json.Unmarshal([]byte(`{}`), &r))
	require.Empty(t, r.Sources())
}
