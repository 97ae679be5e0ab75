package pass

import (
	"cmp"
	"slices"
)

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
	// MaxRoom is the most room that a batch has for its heartbeats: four batches with so much may be written at once.
	MaxRoom = maxAnnouncedTogether / 4
	// maxHandedOver bounds what a try of a batch that failed hands over to the next one; MaxHandedOverTogether all of a segment's, which travel to the next segment.
	maxHandedOver         = 150_000
	MaxHandedOverTogether = 1_600_000

	// maxAnswersTogether bounds the answers about all batches in flight, which the worker holds in memory.
	maxAnswersTogether = 4 * MaxAnswerBytes
	// maxInputTogether bounds the inputs of all batches that are being written at once, and so those that one workflow task
	// sends: it may have 4 MiB, what gRPC receives by default, and of a larger one Temporal terminates the segment
	// (service/history/api/respondworkflowtaskfailed/api.go). What is left is for questions that are sent with them.
	maxInputTogether = 3_950_000
	// maxAround bounds what else stands in an input, its nodes and attributes among it.
	maxAround = 20_000
)

// Load is what a batch takes of what the batches of a segment share while they are being written, in bytes.
type Load struct {
	// Room is for its heartbeats.
	Room int
	// Input is its input, with what a failed try may add.
	Input int
}

// LoadOf is that of a batch with so many bytes of outcomes that stand. Announced are the largest heartbeats of batches that
// were written lately; none if there are no such batches yet.
//
// The room is twice the largest one, for batches of a walk are alike. A lower bound is what each of lookahead batches has if all of
// them are written at once, so that they wait for each other only where they announce much.
func LoadOf(lookahead, bytes int, announced []int) Load {
	room := MaxRoom
	if len(announced) > 0 {
		room = max(maxHandedOver, min(MaxRoom, max(2*slices.Max(announced), maxAnnouncedTogether/lookahead)))
	}
	return Load{Room: room, Input: bytes + MaxHandedOver(room) + maxAround}
}

// MayWrite reports whether a batch may be written beside those that are being written.
func (l Load) MayWrite(beside ...Load) bool {
	room, input := l.Room, l.Input
	for _, other := range beside {
		room, input = room+other.Room, input+other.Input
	}
	return len(beside) == 0 || room <= maxAnnouncedTogether && input <= maxInputTogether
}

// MaxAnnounced bounds a heartbeat of a batch with such a room; 0 stands for the least that there is.
func MaxAnnounced(room int) int { return cmp.Or(max(0, room), maxHandedOver) }

// MaxHandedOver bounds what a try of a batch that failed hands over, so that those of all batches that are written at once stay
// within MaxHandedOverTogether.
func MaxHandedOver(room int) int {
	return min(maxHandedOver, int(int64(MaxAnnounced(room))*MaxHandedOverTogether/maxAnnouncedTogether))
}

// AnswerBytes is what the answers about the next batch are taken to have: as many as the largest of those about batches that were
// asked about lately, and the most there may be before any of them has answered.
func AnswerBytes(lately []int) int {
	if len(lately) == 0 {
		return MaxAnswerBytes
	}
	return slices.Max(lately)
}

// MayAsk reports whether a batch may be asked about beside others in flight, by the bytes of answers that it has or may have.
func MayAsk(bytes int, beside ...int) bool {
	for _, other := range beside {
		bytes += other
	}
	return len(beside) == 0 || bytes <= maxAnswersTogether
}
