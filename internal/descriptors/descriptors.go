// Package descriptors recognises the one trouble of the network that is this machine's own: a process that may open no
// more files, and so no connections. It looks like a server that is down, and is mended elsewhere.
package descriptors

import "strings"

// Hint is the next step for a person.
const Hint = "this process can't open any more files and connections (metrics process_open_fds, process_max_fds): raise its limit " +
	"(LimitNOFILE of the systemd unit, ulimit -n), or find out what holds so many connections to it"

// exhausted is how Linux and the other systems word EMFILE, and ENFILE with more behind it. The words are looked for,
// because gRPC and the resolver of names pass on no more than them.
const exhausted = "too many open files"

// HintOr is Hint if the error means that there are no file descriptors left, else the other hint.
func HintOr(err error, other string) string {
	if err != nil && strings.Contains(err.Error(), exhausted) {
		return Hint
	}
	return other
}
