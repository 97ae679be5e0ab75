package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
)

// keepEdits makes of the built-in mapping one that keeps manual edits, as docs/mapping.md tells, and returns its file.
func keepEdits(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../internal/mapping/default-mapping-attributes.json")
	require.NoError(t, err)
	var file map[string]any
	require.NoError(t, json.Unmarshal(text, &file))
	file["memory"] = "cm:dcsource"
	for _, entry := range file["attributes"].([]any) {
		if e := entry.(map[string]any); e["write"] == "always" {
			e["write"] = "ifOurs"
		}
	}
	text, err = json.Marshal(file)
	require.NoError(t, err)
	name := filepath.Join(t.TempDir(), "mapping.json")
	require.NoError(t, os.WriteFile(name, text, 0o600))
	return name
}

// renew puts a new, empty Temporal server in place of the one that the stack had.
func (s *stack) renew() {
	s.t.Helper()
	s.connect(ownServer(s.t))
}

// What a person typed in stays, and what a pass wrote goes with the register: also when Temporal, with all that it knew,
// is a new one.
func TestManualEditsStay(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"rest", "records"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared)
			if api == "records" {
				s.withRecords()
			}
			worker := map[string]string{"MAPPING_FILE": keepEdits(t), "ALFRESCO_API": api, "AUDIT_VALUES": "true"}
			ids := s.fill(12)
			edited := ids[4]
			first := s.startWorker(worker)
			s.apply("")
			require.Equal(t, 12, s.trigger().Pass.Counts.Updated)
			properties := func(id string) map[string]any {
				n, ok := s.alfresco.Get(id)
				require.True(t, ok)
				return n.Properties
			}
			require.Regexp(t, "^counterparty-sync/1 ", properties(edited)["cm:dcsource"])

			require.NoError(t, s.alfresco.Edit(edited, map[string]any{"idocs:shortOrganizationName": "Наш лучший клиент"}))
			both := func(suffix string) {
				for n := 1; n <= 12; n++ {
					s.kontur.Update(konturtest.OGRN(n), func(c *konturtest.Company) { c.ShortName, c.OKPO = "ООО "+suffix, suffix })
				}
			}
			requireOursOnly := func(suffix string) {
				for _, id := range ids {
					want := "ООО " + suffix
					if id == edited {
						want = "Наш лучший клиент"
					}
					require.Equal(t, want, properties(id)["idocs:shortOrganizationName"])
					require.Equal(t, suffix, properties(id)["idocs:okpo"])
				}
			}
			both("00000021")
			done := s.trigger()
			require.Equal(t, 12, done.Pass.Counts.Updated)
			requireOursOnly("00000021")
			require.Contains(t, s.history(done.Pass.WorkflowID+"/segment-1"), counterparty.KeptByHand)

			require.NoError(t, first.Stop())
			s.renew()
			s.startWorker(worker)
			s.apply("")
			both("00000022")
			require.Equal(t, 12, s.trigger().Pass.Counts.Updated)
			requireOursOnly("00000022")

			s.alfresco.Forget()
			require.Equal(t, 12, s.trigger().Pass.Counts.Unchanged)
			require.Empty(t, s.alfresco.Writes())
			if api == "rest" {
				require.Equal(t, 2+1+1, s.alfresco.Count(alfrescotest.Search), "two batches, a look at the large one, the end")
				require.Equal(t, 2, s.alfresco.Count(alfrescotest.Get), "the other one is two nodes; what shows a node shows its memory with it")
				require.Zero(t, s.alfresco.Count(alfrescotest.Put))
			}

			require.NoError(t, s.alfresco.Edit(edited, map[string]any{"idocs:shortOrganizationName": nil}))
			require.Equal(t, 1, s.trigger().Pass.Counts.Updated)
			require.Equal(t, "ООО 00000022", properties(edited)["idocs:shortOrganizationName"], "given back to the register")
			s.requireAudit(edited, "idocs:okpo", "00000021", "00000022")
		})
	}
}

// requireAudit looks for a change in the workers' log.
func (s *stack) requireAudit(node, attribute, was, became string) {
	s.t.Helper()
	found := 0
	for text := range strings.Lines(s.logged()) {
		var line map[string]any
		if json.Unmarshal([]byte(text), &line) != nil || line["msg"] != "attribute written" || line["node"] != node ||
			line["attribute"] != attribute || line["was"] != was || line["became"] != became {
			continue
		}
		found++
		require.Equal(s.t, "info", line["level"])
		require.Equal(s.t, s.id, line["sync"])
		require.Equal(s.t, "req", line["source"])
		require.Equal(s.t, false, line["repeated"])
		require.Regexp(s.t, "^counterparty-sync-"+s.id+"-.*Z$", line["pass"])
		require.NotEmpty(s.t, line["RunID"])
	}
	require.Equal(s.t, 1, found)
}
