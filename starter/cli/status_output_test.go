package cli

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/mocks"

	"counterparty-sync/starter/syncs"
)

// A full disk must not look like a status that was written.
func TestStatusThatCanNotBeWrittenFails(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	for name, watch := range map[string]bool{"once": false, "watching": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, schedules, none := mocks.NewClient(t), mocks.NewScheduleClient(t), mocks.NewScheduleListIterator(t)
			c.On("ScheduleClient").Return(schedules)
			schedules.On("List", mock.Anything, mock.Anything).Return(none, nil)
			none.On("HasNext").Return(false)
			a := &app{IO: IO{Out: refusing{full}, Err: io.Discard, Now: time.Now}, output: "json"}
			manager := &syncs.Manager{Temporal: c, TaskQueue: "queue", Now: time.Now}
			render := func() (string, error) { return a.renderStatus(t.Context(), manager, nil) }
			require.ErrorIs(t, a.printStatus(t.Context(), render, watch), full)
		})
	}
}

// refusing takes nothing.
type refusing struct{ err error }

func (r refusing) Write([]byte) (int, error) { return 0, r.err }
