package record_test

import "slices"

// scenario is something that happens to a pass or a report.
type scenario struct {
	// name is part of the names of the files; it never changes.
	name string
	// on is the kind of server that it needs; default usual.
	on server
	// play makes it happen and says which run shows it.
	play func(s *stage) run
	// shows are the claims about what the histories show; the first one is the run's, its segments follow.
	shows func(h history, segments []history) []claim
}

// server is a kind of server.
type server int

const (
	// usual is a server that was set up as the documentation says.
	usual server = iota
	// impatient suggests to continue as new after few events.
	impatient
	// bare has no search attributes.
	bare
)

// claim is something that has to be true of a recording: one that does not show what its name says proves nothing.
type claim struct {
	what string
	ok   bool
}

// scenarios are all that is recorded. Names are only ever added; workflows/recordings_test.go has the list that every
// release must have.
func scenarios() []scenario {
	return slices.Concat(passScenarios(), scheduleScenarios(), openScenarios(), brakeScenarios(), poisonScenarios(), reportScenarios())
}
