package inbound

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhoIsSilentLongestMakesWay goes without a network, which would not say when a connection falls silent.
func TestWhoIsSilentLongestMakesWay(t *testing.T) {
	t.Parallel()
	l := newListener(nil, 3)
	ends := map[string]net.Conn{}
	come := func(name string) *connection {
		here, there := net.Pipe()
		ends[name] = there
		c, err := l.admit(here)
		require.NoError(t, err)
		return c.(*connection)
	}
	left := func(name string) {
		_, err := ends[name].Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF, name)
		require.Len(t, l.open, 3)
	}
	first, second, _ := come("first"), come("second"), come("third")
	second.answers(true)
	second.answers(false)
	first.answers(true)
	come("fourth")
	left("third")
	come("fifth")
	left("second")
	first.answers(false) // the last to fall silent
	come("sixth")
	left("fourth")
	require.NoError(t, first.Close())
	require.Len(t, l.open, 2)
	come("seventh")
	require.Len(t, l.open, 3)
}
