package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/starter/ui"
)

// silentAfter is how long no worker may answer for a report before the command says so.
const silentAfter = 10 * time.Second

// errNoWorker is a report that no worker has begun.
var errNoWorker = errors.New("no worker answers; the report waits for one")

// reportClient is what the command needs of package desk.
type reportClient interface {
	Make(ctx context.Context, r report.Request) (desk.Made, error)
	Refresh(ctx context.Context, uid string, webhook *report.Webhook) (desk.Made, error)
	Read(ctx context.Context, uid string) (desk.Reading, error)
}

// reportRun is one run of the command.
type reportRun struct {
	*app
	client          reportClient
	request         report.Request
	dialect         sourcestate.Dialect
	refresh, noWait bool
	// every is how often the report is read.
	every time.Duration
}

func (a *app) reportCommand() *cobra.Command {
	run := &reportRun{app: a, every: pollInterval / 2}
	var dialect string
	c := command("report TYPE ID", "Make a report about one counterparty, or show it",
		`report makes a report of one type about the counterparty with an INN or OGRN, or shows the existing one: there is only
one. It shows the progress of the sources until none of them is waited for, then the report. --refresh asks the
sources again; their earlier answers stay until the new ones arrive.

Ctrl-C ends the wait, not the report. The exit status is 1 if a source failed that the report needs.`,
		"  starter report requisites 0012345673\n  starter report full 1000000000010 --refresh -o json", 2,
		func(cmd *cobra.Command, args []string) error {
			var err error
			if run.dialect, err = sourcestate.ParseDialect(dialect); err != nil {
				return flagError("--dialect", dialect, "vehicle or entity")
			}
			if run.request, err = reportRequest(args[0], args[1]); err != nil {
				return err
			}
			queue, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			run.client = &desk.Client{Temporal: a.connection, TaskQueue: queue, Now: a.Now}
			return run.do(cmd.Context())
		})
	c.Flags().BoolVar(&run.refresh, "refresh", false, "ask the sources again")
	c.Flags().BoolVar(&run.noWait, "no-wait", false, "show the report in its current state, without waiting for its sources")
	c.Flags().StringVar(&dialect, "dialect", string(sourcestate.EntityDialect), "words for the states of sources: vehicle or entity")
	return c
}

// reportRequest is the request of the arguments; a message about them has their names.
func reportRequest(typeID, id string) (report.Request, error) {
	request, err := desk.Identify(typeID, id)
	var l invalid.List
	if !report.TypeID.MatchString(typeID) {
		l.Add("TYPE", typeID, "1 to 60 characters a-z, 0-9 and hyphen, a letter first")
	}
	if field, ok := errors.AsType[*invalid.Field](err); ok {
		l.Add("ID", field.Value, field.Allowed)
	}
	return request, l.Err()
}

func (r *reportRun) do(ctx context.Context) error {
	made, err := r.client.Make(ctx, r.request)
	if err == nil && r.refresh && !made.IsNew {
		made, err = r.client.Refresh(ctx, made.UID, nil)
		if err == nil && !made.IsNew {
			// A report whose sources have all ended is still under way while its webhooks are called.
			r.remark("not refreshed: a run of the report is under way; its sources are not asked again")
		}
	}
	if err != nil {
		return err
	}
	if made.IsNew {
		r.remark("making %s", made.UID)
	}
	return r.follow(ctx, made.UID)
}

// follow shows what the sources do until none is waited for, and then the report. With noWait it shows the report as soon
// as its sources are known: without them it would read as complete, and whether there is such a type is not known before.
func (r *reportRun) follow(ctx context.Context, uid string) error {
	p := &reportProgress{Progress: r.progress()}
	p.Quiet = p.Quiet || r.noWait
	defer p.Clear()
	for began, said := r.Now(), false; ; sleep(ctx, r.every) {
		reading, err := r.client.Read(ctx, uid)
		sources, silent := reading.Document.Sources, r.Now().Sub(began) >= silentAfter
		switch {
		case ctx.Err() != nil:
			p.Clear()
			if !r.noWait {
				r.remark("the report goes on; starter report %s %s shows it", r.request.Type, r.request.ID)
			}
			return ctx.Err()
		case err != nil:
			return err
		case ended(reading), r.noWait && len(sources.Sources()) > 0:
			p.end(sources)
			return r.show(reading)
		case r.noWait && silent:
			return fmt.Errorf("report %s: %w", uid, errNoWorker)
		case reading.Unanswered && silent && !said:
			p.Clear()
			r.remark("%v", errNoWorker)
			said = true
		}
		p.show(sources)
	}
}

// ended reports whether nothing is waited for. A report that has just begun has no sources yet.
func ended(reading desk.Reading) bool {
	sources := reading.Document.Sources
	return !reading.Running() || len(sources.Sources()) > 0 && sources.Complete()
}

// show prints a report; one that is not whole is errFailed.
func (r *reportRun) show(reading desk.Reading) error {
	text := ""
	if r.output == "text" {
		var err error
		if text, err = reportText(reading, r.dialect); err != nil {
			return err
		}
	}
	object := desk.Render(reading.Document, r.dialect, true)
	if err := r.print(ui.Literal{Value: object}, func(t *ui.Text) { t.Add(text) }); err != nil {
		return err
	}
	if reading.Problem != "" {
		r.remark("%s; --refresh makes it again", reading.Problem)
	}
	if reading.Problem != "" || ended(reading) && len(reading.Document.Missing) > 0 {
		return errFailed
	}
	return nil
}

// reportProgress shows what the sources of a report do: in place on a terminal, else a line for each change.
type reportProgress struct {
	*ui.Progress
	known map[string]sourcestate.Source
}

func (p *reportProgress) show(sources sourcestate.Sources) {
	p.Draw(reportLine(sources))
	p.Say(p.changes(sources)...)
}

// end says the last changes, if there was anything to wait for.
func (p *reportProgress) end(sources sourcestate.Sources) {
	if p.known != nil {
		p.Say(p.changes(sources)...)
	}
	p.Clear()
}

// changes are lines about the sources whose states are not known yet.
func (p *reportProgress) changes(sources sourcestate.Sources) []string {
	var lines []string
	for _, s := range sources.Sources() {
		before, seen := p.known[s.ID]
		if s == before || !seen && s.State == sourcestate.NotStarted {
			continue
		}
		if p.known == nil {
			p.known = map[string]sourcestate.Source{}
		}
		p.known[s.ID] = s
		line := s.ID + ": " + stateWord(s.State)
		if s.Reason != "" {
			line += ", " + excerpt.Line(s.Reason)
		}
		lines = append(lines, line)
	}
	return lines
}

// reportLine says first what matters most, for its end is cut where it would not fit a terminal.
func reportLine(r sourcestate.Sources) string {
	sources := r.Sources()
	if len(sources) == 0 {
		return "the report begins"
	}
	counts := r.Counts()
	var waiting []string
	for _, s := range sources {
		if s.State.Waits() {
			waiting = append(waiting, s.ID+" "+stateWord(s.State))
		}
	}
	return fmt.Sprintf("%d of %d sources done, %d failed; %s", counts.OK+counts.Error, len(sources), counts.Error, strings.Join(waiting, ", "))
}

// stateWord is a state as people read it: not started.
func stateWord(s sourcestate.State) string {
	return strings.ToLower(strings.ReplaceAll(string(s), "_", " "))
}
