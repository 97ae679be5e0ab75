package webui_test

import (
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/sample"
	"counterparty-sync/starter/syncs"
)

// The sites, by the state that their sync is in when the tests look.
const (
	// completed has had two passes: the second one found nothing to do.
	completed = "main"
	// running is in the midst of a write that takes longer than the tests.
	running = "running"
	// waiting is in RETRY_WAITING, at its second try, for an hour.
	waiting = "waiting"
	// failed is in ERROR: the key is wrong.
	failed = "failed"
	// orphaned is in RETRY_WAITING and its worker is gone.
	orphaned = "orphaned"
	// held is in APPROVAL_WAITING: its third batch would change more than it may.
	held = "held"
	// odd has a name that means something in Markdown and HTML.
	odd = "odd"
)

const oddName = `*a* | <b>b</b> [c](d) {workflowId} & e`

// outage is what Kontur.Focus answers while it is down.
const outage = "Сервис временно недоступен, ведутся работы"

// tell brings each site into its state.
func (w *world) tell() error {
	var all errgroup.Group
	for _, story := range []func() error{w.tellCompleted, w.tellRunning, w.tellWaiting, w.tellFailed, w.tellHeld, w.tellOrphaned, w.tellOdd} {
		all.Go(story)
	}
	return all.Wait()
}

func (w *world) tellCompleted() error {
	s, err := w.addSite(`id: main
name: Контрагенты, ночная сверка
cron: "0 0 2 * * *"
timeZone: Europe/Moscow
sources: [req, egrDetails, contacts]
`, nil)
	if err != nil {
		return err
	}
	sample.Fill(s.alfresco, s.kontur, 600, 1)
	for range 2 {
		if err := s.starter("", "trigger", s.id, "--wait", "-q"); err != nil {
			return err
		}
	}
	return s.starter("", "report", "requisites", "7736050003")
}

func (w *world) tellRunning() error {
	s, err := w.addSite("id: running\nname: Branch offices\nlookahead: 1\n", map[string]string{"ALFRESCO_CONCURRENCY": "1"})
	if err != nil {
		return err
	}
	s.fill(400)
	s.alfresco.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
		if op == alfrescotest.Put && s.alfresco.Count(op) == 220 {
			s.alfresco.SetLatency(alfrescotest.Latency{Put: 5 * time.Second})
		}
	})
	if err := s.starter("", "trigger", s.id); err != nil {
		return err
	}
	return s.until("two batches", func(x syncs.Status) bool { return x.State.CountProcessedNodes == 200 })
}

func (w *world) tellWaiting() error {
	s, err := w.addSite("id: waiting\nname: Suppliers\nlookahead: 1\nretryDelays: [1s, 1h, 1h]\n", nil)
	if err != nil {
		return err
	}
	return s.outageAfter(2, 2)
}

func (w *world) tellFailed() error {
	s, err := w.addSite("id: failed\nname: Customers\n", map[string]string{"KONTUR_KEY": "no-key-of-anybody"})
	if err != nil {
		return err
	}
	s.fill(30)
	if err := s.starter("", "trigger", s.id); err != nil {
		return err
	}
	return s.until("ERROR", func(x syncs.Status) bool { return x.State.Status == pass.Error })
}

func (w *world) tellHeld() error {
	s, err := w.addSite("id: held\nname: Landlords\nmaxChanged: 250\n", nil)
	if err != nil {
		return err
	}
	s.fill(400)
	if err := s.starter("", "trigger", s.id); err != nil {
		return err
	}
	return s.until("APPROVAL_WAITING", func(x syncs.Status) bool { return x.State.Status == pass.ApprovalWaiting })
}

func (w *world) tellOrphaned() error {
	s, err := w.addSite("id: orphaned\nname: Archive\nlookahead: 1\nretryDelays: [1h]\n", nil)
	if err != nil {
		return err
	}
	if err := s.outageAfter(1, 1); err != nil {
		return err
	}
	s.stop()
	return nil
}

func (w *world) tellOdd() error {
	s, err := w.addSite("id: odd\nname: '"+oddName+"'\n", nil)
	if err != nil {
		return err
	}
	s.fill(5)
	return s.starter("", "trigger", s.id, "--wait", "-q")
}

// outageAfter starts a pass that is answered some times and then meets an outage, until it waits for the given try.
func (s *site) outageAfter(answers int, try int) error {
	s.fill(300)
	s.kontur.Inject(konturtest.Fault{Method: "req", Status: 503, Text: outage, Match: func(konturtest.Request) bool {
		answers--
		return answers < 0
	}})
	if err := s.starter("", "trigger", s.id); err != nil {
		return err
	}
	return s.until("RETRY_WAITING", func(x syncs.Status) bool {
		return x.State.Status == pass.RetryWaiting && x.State.TryCount == try
	})
}

// fill puts n nodes into Alfresco, each with a company in Kontur.Focus.
func (s *site) fill(n int) { rig.Fill(s.alfresco, s.kontur, n) }
