package alfresco

import "time"

// MaxAge and MaxComparisons bound a comparison.
const (
	MaxAge         = maxAge
	MaxComparisons = maxComparisons
)

// SetClock sets the wall clock of a client that is not in use yet.
func (c *Client) SetClock(now func() time.Time) { c.now = now }

// SetBodyLimit sets the largest answer that a client reads, in place of MaxBodyBytes.
func (c *Client) SetBodyLimit(bytes int) { c.rest.SetResponseBodyLimit(bytes) }
