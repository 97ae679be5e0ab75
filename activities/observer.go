package activities

import (
	"cmp"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/pass"
)

// Observer counts what activities did, for metrics. It is called from several goroutines, and must not block. An
// activity whose worker is lost before Temporal has heard of its end runs again, and counts twice.
type Observer interface {
	// BatchDone reports what became of the nodes of a batch; workflowID is that of the segment.
	BatchDone(workflowID string, result pass.DiffAndUpdateResult)
	// ReportBegun reports that a report of the type begins.
	ReportBegun(reportType string)
	// ActivityEnded reports how an activity ended: ResultOK, ResultCanceled, or the type of its failure.
	ActivityEnded(activity, result string)
}

// Results of activities that are no types of failures.
const (
	ResultOK = "OK"
	// ResultCanceled: the workflow wanted it no more.
	ResultCanceled = "Canceled"
)

// unobserved is the Observer of those who want none.
type unobserved struct{}

func (unobserved) BatchDone(string, pass.DiffAndUpdateResult) {}
func (unobserved) ReportBegun(string)                         {}
func (unobserved) ActivityEnded(string, string)               {}

// surroundings are what every activity of a worker reports to.
type surroundings struct {
	Observer
	clock *clock
}

func surroundingsOf(d Dependencies) surroundings {
	s := surroundings{cmp.Or[Observer](d.Observer, unobserved{}), &clock{now: d.Now}}
	if d.Now == nil {
		s.clock.now = time.Now
	}
	return s
}

// resultOf is how an activity ended.
func resultOf(err error) string {
	if err == nil {
		return ResultOK
	}
	if failed, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return failed.Type()
	}
	return ResultCanceled
}
