package activities_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// auditLine is a line of the record of changes.
type auditLine struct {
	Time, Level, Msg        string
	WorkflowID, RunID, Pass string
	Node, Attribute, Source string
	Was, Became             any
	Repeated, Unsure        bool
}

func auditLines(t *testing.T, logs *bytes.Buffer) []auditLine {
	t.Helper()
	var lines []auditLine
	for text := range strings.Lines(logs.String()) {
		var line auditLine
		require.NoError(t, json.Unmarshal([]byte(text), &line), text)
		if line.Msg == "attribute written" {
			lines = append(lines, line)
		}
	}
	return lines
}

// changesOf are the changes of one node as the record tells them.
func changesOf(lines []auditLine, nodeID string) []counterparty.Change {
	var changes []counterparty.Change
	for _, l := range lines {
		if l.Node == nodeID {
			changes = append(changes, counterparty.Change{Attribute: l.Attribute, Was: l.Was, Became: l.Became, Source: l.Source})
		}
	}
	return changes
}

func TestAudit_tellsEachConfirmedWrite(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w, logs := v.world(t), new(bytes.Buffer)
		w.logs, w.auditValues = logs, true
		w.kontur.AddCompany(company(1), company(2), company(3))
		ids := w.alfresco.Add(node(1, nil), node(2, current(2)), node(3, nil), node(99, nil))
		w.alfresco.SetFlags(ids[2], false, true, false)
		result := w.update(t, w.batch(t))
		require.Equal(t, counterparty.Counts{Updated: 1, Unchanged: 1, Rejected: 1, NotFound: 1}, result.Counts)
		lines := auditLines(t, logs)
		require.Equal(t, outcomes(result)[ids[0]].Changes, changesOf(lines, ids[0]))
		require.Len(t, lines, len(outcomes(result)[ids[0]].Changes), "nothing about nodes that were not written")
		for _, l := range lines {
			require.Equal(t, "INFO", l.Level)
			require.False(t, l.Repeated)
			require.NotEmpty(t, l.Time)
			require.NotEmpty(t, l.Pass)
			require.NotEmpty(t, l.RunID)
		}
	})
}

func TestAudit_hidesValues(t *testing.T) {
	t.Parallel()
	w, logs := newWorld(t), new(bytes.Buffer)
	w.logs = logs
	w.kontur.AddCompany(company(1))
	w.alfresco.Add(node(1, properties{"idocs:CEOname": "Прежний Пример Примерович"}))
	w.update(t, w.batch(t))
	require.NotContains(t, logs.String(), "Пример")
	require.NotContains(t, logs.String(), "Тестов")
	for _, l := range auditLines(t, logs) {
		require.Equal(t, "***", l.Became)
		if l.Attribute == "idocs:CEOname" {
			require.Equal(t, "***", l.Was)
		} else {
			require.Nil(t, l.Was, "that there was nothing is no value")
		}
	}
}

func TestAudit_cutsWhatIsLong(t *testing.T) {
	t.Parallel()
	w, logs := newWorld(t), new(bytes.Buffer)
	w.logs, w.auditValues = logs, true
	var err error
	w.mapping, err = mapping.Parse([]byte(`{
		"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:kpp"]},
		"attributes": [{"attribute": "idocs:fullOrganizationName", "source": "req", "write": "always", "value": ".UL.legalName.full"}]
	}`))
	require.NoError(t, err)
	c := company(1)
	c.FullName = strings.Repeat("Ю", 201)
	w.kontur.AddCompany(c)
	w.alfresco.Add(node(1, nil))
	w.update(t, w.batch(t))
	require.Equal(t, strings.Repeat("Ю", 200)+"…", auditLines(t, logs)[0].Became)
}

// A worker may die between a write and its line. The next try finds the node equal, and tells what was written then.
func TestAudit_repeatsWhatAnEarlierTryWrote(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1))
		id := w.alfresco.Add(node(1, nil))[0]
		request := w.batch(t)
		first := w.update(t, request)
		logs := new(bytes.Buffer)
		w.logs, w.auditValues = logs, true
		env := w.environment()
		env.SetHeartbeatDetails(announced(first.Nodes))
		_, err := execute[pass.DiffAndUpdateResult](env, string(pass.DiffAndUpdate), request)
		require.NoError(t, err)
		lines := auditLines(t, logs)
		require.Equal(t, first.Nodes[0].Changes, changesOf(lines, id))
		for _, l := range lines {
			require.True(t, l.Repeated)
		}
	})
}

// A try that Alfresco breaks off tells what was written before.
func TestAudit_tellsTheWritesOfATryThatFails(t *testing.T) {
	t.Parallel()
	w, logs := newWorld(t), new(bytes.Buffer)
	w.logs = logs
	var nodes []alfrescotest.Node
	for n := 1; n <= 20; n++ {
		w.kontur.AddCompany(company(n))
		nodes = append(nodes, node(n, nil))
	}
	w.alfresco.Add(nodes...)
	request := w.batch(t)
	w.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Skip: 10, Status: 500, Summary: "broken"})
	_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
	requireFailure(t, err, pass.FailureUnavailable, false)
	told, unsure := map[string]bool{}, 0
	for _, l := range auditLines(t, logs) {
		require.False(t, l.Repeated)
		if l.Unsure {
			unsure++
			continue
		}
		told[l.Node] = true
	}
	require.NotZero(t, unsure, "nobody knows what a broken answer means")
	wrote := map[string]bool{}
	for _, write := range w.alfresco.Writes() {
		wrote[write.NodeID] = true
	}
	require.NotEmpty(t, wrote)
	require.Equal(t, wrote, told)
}

func TestAudit_hasNoSecret(t *testing.T) {
	t.Parallel()
	w, logs := newWorld(t), new(bytes.Buffer)
	w.logs, w.auditValues = logs, true
	w.kontur.AddCompany(company(1))
	w.alfresco.Add(node(1, nil))
	w.update(t, w.batch(t))
	require.NotEmpty(t, auditLines(t, logs))
	for _, secret := range append(secrets, konturtest.DefaultKey) {
		require.NotContains(t, logs.String(), secret)
	}
}

// What is compared only, and not written, is no change: a plan, or a batch that is held.
func TestAudit_tellsNoWriteThatWasNotMade(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w, logs := v.world(t), new(bytes.Buffer)
		w.logs = logs
		w.kontur.AddCompany(company(1))
		w.alfresco.Add(node(1, nil))
		plan, held := w.batch(t), w.batch(t)
		plan.Plan, held.Budget = true, budget(0, 0)
		require.Equal(t, counterparty.Counts{Updated: 1}, w.update(t, plan).Counts)
		require.NotNil(t, w.update(t, held).Evidence)
		require.Empty(t, auditLines(t, logs))
	})
}
