package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
	"counterparty-sync/starter/ui"
)

// answerTimeout bounds the wait for a worker to take an answer.
const answerTimeout = 10 * time.Second

// action does one thing to one sync and words what it did.
type action func(ctx context.Context, m *syncs.Manager, id string) (string, error)

// steerCommands are the commands that do one thing to one sync.
func (a *app) steerCommands() []*cobra.Command {
	return []*cobra.Command{
		a.noted("pause ID", "Pause the schedule of a sync",
			"pause keeps the schedule from starting passes. A running pass goes on; starter stop stops it.",
			"  starter pause main --note \"until the move is over\"", "paused", (*syncs.Manager).Pause),
		a.noted("resume ID", "End the pause of a sync",
			"resume lets the schedule start passes again.", "  starter resume main", "resumed", (*syncs.Manager).Resume),
		a.steer("retry ID", "Let a pass in RETRY_WAITING try again now",
			"retry makes a pass in RETRY_WAITING try again now. The number of its tries is not reset.", "  starter retry main",
			func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
				return "tries again", m.Retry(ctx, id)
			}),
		a.steer("delete ID", "Delete a sync and its schedule",
			`delete removes the schedule. The nodes and the histories of past passes stay. A running pass must be stopped
first.`, "  starter delete main",
			func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
				return "deleted", m.Delete(ctx, id)
			}),
		a.answer("approve ID", "Let a pass in APPROVAL_WAITING go on",
			`approve lets a pass go on after its brake (maxChanged, maxChangedShare, maxEmptied) has stopped it before a batch.
starter status shows what that batch would change. The rest of this pass then runs without a brake; the next pass has
it again. The nodes are read and compared again, so what is written can differ from what was shown if they have changed.`,
			"  starter approve main\n  starter approve main --reason \"the register was renamed\"", "approved", pass.Approved),
		a.answer("refuse ID", "End a pass in APPROVAL_WAITING",
			`refuse ends a pass that its brake has stopped before a batch. The pass ends in ERROR and changes nothing more; what it
has already changed stays. The next pass goes on from the checkpoint, and is stopped there again unless the cause was
fixed: starter trigger ID --reset starts from the beginning.`,
			"  starter refuse main --reason \"the new mapping is wrong\"", "refused", pass.Refused),
		a.stopCommand(),
		a.rewindCommand(),
	}
}

// steer makes a command that does one thing to one sync, and says what was done.
func (a *app) steer(use, short, long, example string, act action) *cobra.Command {
	return command(use, short, long, example, 1, func(cmd *cobra.Command, args []string) error {
		manager, err := a.manager(cmd.Context())
		if err != nil {
			return err
		}
		sync, err := manager.Find(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		what, err := act(cmd.Context(), manager, sync.ID)
		if err != nil {
			return err
		}
		return a.print(map[string]string{"id": sync.ID, "done": what}, func(t *ui.Text) {
			t.Line("%s %s", sync.ScheduleID, what)
		})
	})
}

// noted makes a command about a schedule, which keeps a note of why.
func (a *app) noted(use, short, long, example, done string, act func(m *syncs.Manager, ctx context.Context, id, note string) error) *cobra.Command {
	var note string
	c := a.steer(use, short, long, example, func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
		return done, act(m, ctx, id, note)
	})
	c.Flags().StringVar(&note, "note", done+" by starter", "the reason; shown by status")
	return c
}

// answer makes a command that answers the hold of a pass.
func (a *app) answer(use, short, long, example, done string, decision pass.Decision) *cobra.Command {
	var reason string
	c := a.steer(use, short, long, example, func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, answerTimeout)
		defer cancel()
		answered, err := m.Answer(ctx, id, decision, reason)
		if err == nil && !answered.Taken {
			a.remark("no worker has taken the answer yet; the pass gets it as soon as one runs")
		}
		return fmt.Sprintf("%s: hold %d of %s", done, answered.Hold, answered.WorkflowID), err
	})
	c.Flags().StringVar(&reason, "reason", "", "the reason; kept in the history of the pass")
	return c
}

func (a *app) stopCommand() *cobra.Command {
	var timeout time.Duration
	c := a.steer("stop ID", "Stop the running pass at a clean point",
		`stop lets the running pass finish the nodes that it is writing, keeps the checkpoint, and waits until it has ended.
The next pass goes on from there. With no pass running there is nothing to do.`, "  starter stop main",
		func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
			ctx, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			workflowID, wasRunning, err := m.Stop(ctx, id)
			switch {
			case errors.Is(err, context.DeadlineExceeded):
				return "", fmt.Errorf("pass %s was asked to stop and has not ended within %s; it needs a worker to end", workflowID, timeout)
			case !wasRunning:
				return "has no running pass", err
			}
			return "stopped: " + workflowID, err
		})
	c.PreRunE = func(*cobra.Command, []string) error {
		if timeout <= 0 {
			return flagError("--timeout", timeout.String(), "a duration above 0s")
		}
		return nil
	}
	c.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "how long to wait for the end of the pass")
	return c
}
