package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/connect"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/sample"
	"counterparty-sync/starter/ui"
)

func (s *sandbox) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.io.Out, format+"\n", args...)
}

func (s *sandbox) sayText(t *ui.Text) { _, _ = fmt.Fprint(s.io.Out, t) }

// sayCommand shows a command as a user would type it.
func (s *sandbox) sayCommand(format string, args ...any) { s.say("\n$ "+format, args...) }

// sayWorld tells what is there, and how it stands.
func (s *sandbox) sayWorld() {
	sum := s.world.sample
	s.say("ready after %s; everything listens on 127.0.0.1 and nothing leaves this machine", time.Since(s.began).Round(100*time.Millisecond))
	if s.resumed {
		s.say("Temporal goes on with %s", s.file)
	}
	var t ui.Text
	t.Line("")
	t.Row("Alfresco", fmt.Sprintf("%d counterparties of %d kinds (seed %d)", sum.Nodes, len(sum.Kinds), s.seed))
	t.Row("", fmt.Sprintf("%d agree with the register", sum.Conditions[sample.Equal]))
	t.Row("", fmt.Sprintf("%d differ: %d outdated, %d outdated with a post address of their own, %d nearly empty", s.differing(),
		sum.Conditions[sample.Outdated], sum.Conditions[sample.OwnPostAddress], sum.Conditions[sample.Bare]))
	t.Row("", fmt.Sprintf("%d can't be matched or written: unknown, ambiguous, mistyped, locked", sum.Nodes-sum.Matched()))
	t.Row("", fmt.Sprintf("%d entries of the search index belong to deleted nodes", sum.Ghosts))
	t.Row("Kontur.Focus", fmt.Sprintf("%d companies and sole proprietors, nearly all invented", sum.Companies))
	s.sayText(&t)
}

// differing is how many nodes a first pass has to write.
func (s *sandbox) differing() int {
	return s.world.sample.Matched() - s.world.sample.Conditions[sample.Equal]
}

// sayTraffic tells what a pass asked of the simulators.
func (s *sandbox) sayTraffic(p passed) {
	took := p.Pass.FinishedAt.Sub(p.Pass.StartedAt)
	s.say("requests: Alfresco %s; Kontur.Focus %s", p.traffic.alfresco, p.traffic.kontur)
	s.say("writes: %d; %.0f counterparties a second", p.traffic.writes, float64(s.world.sample.Nodes)/took.Seconds())
}

// sayOutcomes compares the first pass with what was to be expected, and shows an example of each outcome.
func (s *sandbox) sayOutcomes(p passed) []error {
	sum, c := s.world.sample, p.Pass.Counts
	var t ui.Text
	t.Line("")
	row := func(o counterparty.Outcome, got int, expected, because string) { t.Row("  "+o, got, expected, because) }
	of := func(n int) string { return fmt.Sprintf("of %d expected", n) }
	updated, differing, equal := -1, "", ""
	if s.countable {
		updated, differing, equal = s.differing(), of(s.differing()), of(sum.Conditions[sample.Equal])
	}
	row(counterparty.Updated, c.Updated, differing, "what differed was written, and nothing else")
	row(counterparty.Unchanged, c.Unchanged, equal, "nothing to write")
	row(counterparty.NotFound, c.NotFound, of(sum.Expected(counterparty.NotFound)), kindsWith(sum, counterparty.NotFound))
	row(counterparty.Ambiguous, c.Ambiguous, of(sum.Expected(counterparty.Ambiguous)), kindsWith(sum, counterparty.Ambiguous))
	row(counterparty.InvalidID, c.InvalidID, of(sum.Expected(counterparty.InvalidID)), kindsWith(sum, counterparty.InvalidID))
	row(counterparty.Rejected, c.Rejected, of(sum.Expected(counterparty.Rejected)), kindsWith(sum, counterparty.Rejected))
	if n := s.poisoned(); n > 0 {
		row(counterparty.Failed, c.Failed, of(n), fmt.Sprintf("each request about them fails: %v to Alfresco, %v to Kontur.Focus; starter changes %s --rejected names them",
			s.alfrescoPoison, s.konturPoison, syncID))
	}
	s.sayText(&t)
	if !s.countable {
		s.say("  (some of it was written earlier: by a pass that went on, or by a try that failed later)")
	}
	return p.check(sum, updated, s.poisoned())
}

func kindsWith(sum sample.Summary, o counterparty.Outcome) string {
	var names []string
	for _, k := range sum.Kinds {
		if k.Outcome == o {
			names = append(names, k.Name)
		}
	}
	return strings.Join(names, ", ")
}

// sayAddresses tells where to look and what to try.
func (s *sandbox) sayAddresses(ctx context.Context) {
	var t ui.Text
	t.Line("\nThe sandbox is yours. Look at:")
	if page := s.temporal.UIURL(); page != "" {
		base := page + "/namespaces/" + s.temporal.Namespace()
		t.Row("  schedule", base+"/schedules/"+pass.ScheduleID(syncID))
		if status, err := s.manager.Status(ctx, syncID); err == nil && status.Pass != nil {
			t.Row("  latest pass", base+"/workflows/"+url.PathEscape(status.Pass.WorkflowID)+"/"+status.Pass.RunID+"/history")
		}
	}
	t.Row("  metrics", "http://"+local(s.metricsPort)+"/metrics")
	t.Row("  health", "http://"+local(s.metricsPort)+"/readyz")
	t.Row("  codec server", s.codecURL(), "which decodes for the Web UI, temporal --codec-endpoint and tctl --codec_endpoint")
	t.Row("  worker's log", s.logFile())
	account := alfrescotest.DefaultUser + ":" + alfrescotest.DefaultPassword
	nodes := s.world.alfresco.URL() + "/api/-default-/public/alfresco/versions/1/nodes/"
	setting := ""
	if address := s.temporal.FrontendAddress(); address != local(7233) {
		setting = "TEMPORAL_ADDRESS=" + address + " "
	}
	if s.encrypt {
		setting += connect.EnvPayloadKeys + "=" + s.keysFile() + " "
	}
	t.Line("\nTry in another terminal, in the folder of the project:")
	t.Line("  %sgo run ./starter status", setting)
	t.Line("  %sgo run ./starter trigger %s --wait", setting, syncID)
	t.Line("  %sgo run ./starter pause %s        # resume ends it", setting, syncID)
	t.Line("  %sgo run ./starter apply -f sandbox/%s        # after a change of batchSize, say", setting, syncFile)
	t.Line("\nSpoil a counterparty, trigger a pass, and look again:")
	t.Line("  curl -s -u %s -X PUT -H 'Content-Type: application/json' -d '{\"properties\":{\"idocs:fullOrganizationName\":\"typed in by hand\"}}' \\\n    %s%s",
		account, nodes, s.world.sample.Example("public company"))
	t.Line("\nCtrl-C stops everything. Temporal keeps its schedules and passes for the next start; the simulators start afresh.")
	s.sayText(&t)
}
