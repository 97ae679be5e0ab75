package pass

import "cmp"

// What is told of nodes is bounded, in bytes as JSON, see counterparty.Fit: whoever may edit nodes can fill them with any
// amount of text. Limits are the defaults of Temporal's server 1.32.1 (common/dynamicconfig/constants.go).
const (
	// MaxTold bounds what one result or one heartbeat tells: 1 MB, less what stands around it. Temporal refuses 2 MiB
	// (limit.blobSize.error) and ends the activity for good; of an error of that size it keeps the beginning of the text.
	MaxTold = 990_000
	// maxAnnouncedTogether bounds the heartbeats of all batches of a segment that are being written at once: 4 MB, less what
	// stands around them. They are part of its mutable state until the activity ends, and at 8 MiB of that
	// (limit.mutableStateSize.error) Temporal terminates the segment. Results that wait for a workflow task count as well: up
	// to 2 MiB (history.maximumBufferedEventsSizeInBytes) and one more.
	maxAnnouncedTogether = 3_900_000
	// maxHandedOver bounds what a try of a batch that failed hands over to the next one, which gets it in one payload with
	// MaxAnswerBytes of answers; MaxHandedOverTogether all of a segment's, which travel to the next segment.
	maxHandedOver         = 150_000
	MaxHandedOverTogether = 1_600_000
)

// MaxAnnounced bounds a heartbeat of a batch, so that those of all batches that may be written at once have room.
func MaxAnnounced(lookahead int) int { return min(MaxTold, maxAnnouncedTogether/together(lookahead)) }

// MaxHandedOver bounds what a try of a batch that failed hands over.
func MaxHandedOver(lookahead int) int {
	return min(maxHandedOver, MaxHandedOverTogether/together(lookahead))
}

func together(lookahead int) int { return cmp.Or(max(0, lookahead), MaxLookahead) }
