package pass

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Reserve is how much of each quota a pass leaves to others with the same key: a number of what the quota counts ("500"),
// a share of its limit ("5%"), or NoReserve.
type Reserve string

const (
	// DefaultReserve keeps nothing back: a pass ends before what it asks might go beyond a quota.
	DefaultReserve Reserve = "0"
	// NoReserve doesn't look at quotas at all: only Kontur.Focus's own refusal ends a pass.
	NoReserve Reserve = "off"
)

var reservePattern = regexp.MustCompile(`^(off|[0-9]{1,9}|[0-9]{1,2}(\.[0-9]{1,2})?%)$`)

// Valid reports whether the text is one of the three forms.
func (r Reserve) Valid() bool { return reservePattern.MatchString(string(r)) }

// Form says how people write one.
func (*Reserve) Form() string { return "a number such as 500, a share below 100% such as 5%, or off" }

// UnmarshalText implements encoding.TextUnmarshaler for files.
func (r *Reserve) UnmarshalText(text []byte) error {
	*r = Reserve(text)
	if !r.Valid() {
		return fmt.Errorf("%q is not %s", text, r.Form())
	}
	return nil
}

// UnmarshalJSON implements json.Unmarshaler: a number needs no quotes.
func (r *Reserve) UnmarshalJSON(data []byte) error {
	var number json.Number
	if json.Unmarshal(data, &number) == nil {
		*r = Reserve(number)
		return nil
	}
	return json.Unmarshal(data, (*string)(r))
}

// Of is the reserve of a quota with the limit, rounded up.
func (r Reserve) Of(limit int64) int64 {
	if share, ok := strings.CutSuffix(string(r), "%"); ok {
		percent, _ := strconv.ParseFloat(share, 64)
		return int64(math.Ceil(float64(limit) * percent / 100))
	}
	number, _ := strconv.ParseInt(string(r), 10, 64)
	return number
}

// ReadQuotasRequest asks for the quotas that hold for some sources.
type ReadQuotasRequest struct {
	Sources []string `json:"sources"`
	// Now is the time by Temporal's clock: the worker's may differ.
	Now time.Time `json:"now"`
	// Told says that some were told before: an answer that names no method is trouble then.
	Told bool `json:"told,omitempty"`
}

// ReadQuotasResult is what the contract has left.
type ReadQuotasResult struct {
	// Quotas are those that bound one of the sources.
	Quotas []Quota `json:"quotas,omitempty"`
	// Problem says why they can't be told, now and later; empty if they were.
	Problem string `json:"problem,omitempty"`
}

// Quota is one line of the contract in its period.
type Quota struct {
	// Sources are those that were asked about and draw on it.
	Sources []string `json:"sources"`
	// Counts is what it counts: methods.CountsRequests, LegalEntities, Persons, or whatever the server says.
	Counts string `json:"counts"`
	Limit  int64  `json:"limit"`
	Left   int64  `json:"left"`
	// Until is the last day of the period, YYYY-MM-DD; empty if it is not told.
	Until string `json:"until,omitempty"`
}
