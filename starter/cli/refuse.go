package cli

import (
	"github.com/spf13/cobra"

	"counterparty-sync/internal/pass"
)

func (a *app) refuseCommand() *cobra.Command {
	return a.answerCommand("refuse ID", "End a pass in APPROVAL_WAITING", pass.Refused, "refused",
		`refuse ends a pass that its brake has stopped before a batch. The pass ends in ERROR and changes nothing more; what it
has already changed stays. The next pass goes on from the checkpoint, and is stopped there again unless the cause was
fixed: starter trigger ID --reset starts from the beginning.`,
		"  starter refuse main --reason \"the new mapping is wrong\"")
}
