package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"counterparty-sync/internal/pass"
	"counterparty-sync/starter/syncs"
)

// answerTimeout bounds the wait for a worker to take an answer.
const answerTimeout = 10 * time.Second

func (a *app) approveCommand() *cobra.Command {
	return a.answerCommand("approve ID", "Let a pass in APPROVAL_WAITING go on", pass.Approved, "approved",
		`approve lets a pass go on after its brake (maxChanged, maxChangedShare, maxEmptied) has stopped it before a batch.
starter status shows what that batch would change. The rest of this pass then runs without a brake; the next pass has
it again. The nodes are read and compared again, so what is written can differ from what was shown if they have changed.`,
		"  starter approve main\n  starter approve main --reason \"the register was renamed\"")
}

// answerCommand makes a command that answers the hold of a pass.
func (a *app) answerCommand(use, short string, decision pass.Decision, done, long, example string) *cobra.Command {
	var reason string
	c := a.steer(use, short, long, example, func(ctx context.Context, m *syncs.Manager, id string) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, answerTimeout)
		defer cancel()
		answered, err := m.Answer(ctx, id, decision, reason)
		if err != nil {
			return "", err
		}
		text := fmt.Sprintf("%s: hold %d of %s", done, answered.Hold, answered.WorkflowID)
		if !answered.Taken {
			a.remark("no worker has taken the answer yet; the pass gets it as soon as one runs")
		}
		return text, nil
	})
	c.Flags().StringVar(&reason, "reason", "", "the reason; kept in the history of the pass")
	return c
}
