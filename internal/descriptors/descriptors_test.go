package descriptors_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/descriptors"
)

func TestHintOr(t *testing.T) {
	t.Parallel()
	const other = "check the address"
	dial := func(errno syscall.Errno) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", errno)}
	}
	for name, tt := range map[string]struct {
		give error
		want string
	}{
		"of the process":       {fmt.Errorf("get: %w", dial(syscall.EMFILE)), descriptors.Hint},
		"of the whole machine": {dial(syscall.ENFILE), descriptors.Hint},
		"of a name":            {&net.DNSError{Err: dial(syscall.EMFILE).Error(), Name: "ecm.example.org"}, descriptors.Hint},
		"in words only": {errors.New(`connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:7233: socket: too many open files"`),
			descriptors.Hint},
		"another": {dial(syscall.ECONNREFUSED), other},
		"none":    {nil, other},
	} {
		require.Equal(t, tt.want, descriptors.HintOr(tt.give, other), name)
	}
}
