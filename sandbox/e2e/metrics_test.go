package e2e_test

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
)

// documentedMetric is a line of the tables of docs/monitoring.md.
var documentedMetric = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (counter|gauge|histogram) \\|")

// A worker tells every metric of the page, of the type that the page says, once a pass has completed, one has failed and
// one waits for its next try. What takes more than that is left out by name.
func TestMetricsOfAWorkerAreThoseOfThePage(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, server *temporalserver.Server) {
		s := newStack(t, server)
		s.fill(30)
		address := rig.FreeAddress(t)
		s.startWorker(map[string]string{"HTTP_ADDR": address, "METRICS_SYNCS_INTERVAL": "5s"})
		s.apply("cron: 0 2 * * *\nretryDelays: [60s]")
		require.Equal(t, "COMPLETED", s.trigger().Pass.Ended)
		s.kontur.Inject(konturtest.Fault{Method: "req", Status: http.StatusUnauthorized, Text: "No valid key specified", Times: 1})
		s.starter("", "trigger", s.id, "--wait")
		s.kontur.Inject(konturtest.Fault{Method: "req", Status: http.StatusServiceUnavailable})
		s.must("", "trigger", s.id)

		series := func(name, labels string) string {
			return "\ncounterparty_sync_" + name + `{` + labels + `sync="` + s.id + `"} `
		}
		waiting := series("status", `status="RETRY_WAITING",`) + "1\n"
		text := untilTold(t, address, waiting, "\ncounterparty_sync_kontur_quota_limit{", "\ncounterparty_sync_backlog_tasks{")
		for _, want := range []string{
			series("passes_total", `ended="COMPLETED",`) + "1\n",
			series("passes_total", `ended="FAILED",`) + "1\n",
			series("last_completed_nodes", `outcome="UPDATED",`) + "30\n",
			series("nodes_total", `outcome="UPDATED",`) + "30\n",
			series("start_interval_seconds", ""),
			series("next_start_timestamp_seconds", ""),
			series("try", "") + "1\n",
			series("paused", "") + "0\n",
			"\ncounterparty_sync_activities_total{activity=\"QuerySource\",result=\"BadCredentials\"} 1\n",
		} {
			require.Contains(t, text, want)
		}
		page, err := os.ReadFile("../../docs/monitoring.md")
		require.NoError(t, err)
		rare := []string{
			"counterparty_sync_kontur_anomalies_total", "counterparty_sync_report_requests_seconds", "counterparty_sync_reports_total",
			"temporal_workflow_task_execution_failed_total", "temporal_request_failure_total", // need a slip, or an outage
		}
		documented := documentedMetric.FindAllStringSubmatch(string(page), -1)
		require.Greater(t, len(documented), 30)
		for _, match := range documented {
			if !slices.Contains(rare, match[1]) {
				require.Contains(t, text, "\n# TYPE "+match[1]+" "+match[2]+"\n")
			}
		}

		require.NoError(t, s.temporal.ScheduleClient().GetHandle(t.Context(), pass.ScheduleID(s.id)).Delete(t.Context()))
		untilGone(t, address, `sync="`+s.id+`"`)
	})
}

// untilTold reads the metrics until they have all the texts.
func untilTold(t *testing.T, address string, wants ...string) string {
	t.Helper()
	var text string
	require.Eventually(t, func() bool {
		_, text = get(t, "http://"+address+"/metrics")
		for _, want := range wants {
			if !strings.Contains(text, want) {
				return false
			}
		}
		return true
	}, patience, 200*time.Millisecond, "the metrics never told %v", wants)
	return text
}

func untilGone(t *testing.T, address, text string) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, told := get(t, "http://"+address+"/metrics")
		return !strings.Contains(told, text)
	}, patience, 200*time.Millisecond, "the metrics go on telling %s", text)
}
