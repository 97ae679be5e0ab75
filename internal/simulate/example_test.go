package simulate_test

import (
	"fmt"
	"net/http"
	"time"

	"counterparty-sync/internal/simulate"
)

// clock simulates a server that tells the time.
type clock struct {
	simulate.Server
	simulate.Faults[fault]
	simulate.Record[string, request]
}

// fault answers with a status in place of the time.
type fault struct{ status, times int }

func (f fault) Occurrence() (skip, times int) { return 0, f.times }

type request struct{ verb string }

func (c *clock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.Begin(r.Method, &request{r.Method})
	defer c.End(nil)
	if met, ok := c.Meet(func(fault) bool { return true }); ok {
		w.WriteHeader(met.status)
		return
	}
	_, _ = fmt.Fprint(w, time.Time{}.Format(time.TimeOnly))
}

func Example() {
	c := &clock{}
	c.RecordLimit = 1
	if err := c.Listen("127.0.0.1:0", c); err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	c.Inject(fault{status: http.StatusServiceUnavailable, times: 1})
	for range 2 {
		answer, err := http.Get(c.URL())
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = answer.Body.Close()
		fmt.Println(answer.Status)
	}
	fmt.Println(c.Count(), "requests,", len(c.Requests()), "kept")
	// Output:
	// 503 Service Unavailable
	// 200 OK
	// 2 requests, 1 kept
}
