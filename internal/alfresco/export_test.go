package alfresco

import (
	"context"
	"time"
)

// MaxAge and MaxComparisons bound a comparison.
const (
	MaxAge         = maxAge
	MaxComparisons = maxComparisons
)

// SetClock sets the wall clock of a client that is not in use yet.
func (c *Client) SetClock(now func() time.Time) { c.now = now }

// SetPause sets how a client that is not in use yet waits.
func (c *Client) SetPause(pause func(context.Context, time.Duration) error) { c.pause = pause }

// SetBodyLimit sets the largest answer that a client reads, in place of MaxBodyBytes.
func (c *Client) SetBodyLimit(bytes int) { c.rest.SetResponseBodyLimit(bytes) }

// SearchTime is the time-out of a search for a part of a page by a client with that time-out.
func SearchTime(timeout time.Duration, part, page int) time.Duration {
	return (&Client{timeout: timeout}).within(timeout, part, page)
}
