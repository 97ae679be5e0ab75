package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/activity"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// querySource asks one source about the companies of a batch and cuts the answer down to what is mapped: a raw answer
// may be larger than a payload may be.
type querySource struct {
	register Register
	mapping  *mapping.Mapping
	answers  *Answers
}

func (q *querySource) execute(ctx context.Context, request pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
	t := &taken{querySource: q, request: request, bytes: len("[]")}
	apart, err := q.register.QueryApart(ctx, kontur.Question{
		Method: request.Source, IDs: counterparty.Askable(request.By, request.IDs), Known: counterparty.Askable(request.By, request.Known), GiveUp: request.GiveUp,
	}, t)
	for _, failing := range apart.Failing {
		if err == nil {
			err = t.fail(failing)
		}
	}
	if err != nil {
		return pass.QuerySourceResult{}, err
	}
	info := activity.GetInfo(ctx)
	result := pass.QuerySourceResult{
		Answer: pass.Answer{Source: request.Source, Activity: info.ActivityID, Attempt: info.Attempt}, Projections: t.joined(),
		Bytes: t.bytes, Calls: apart.Calls, Further: apart.Further, NoneThrough: apart.NoneThrough,
	}
	result.Named, result.Unread = t.tell()
	q.answers.keep(info.WorkflowExecution, result.Answer, result.Projections)
	return result, nil
}

// taken is what was taken of an answer, and the size of all of it as JSON.
type taken struct {
	*querySource
	request pass.QuerySourceRequest
	items   []takenItem
	bytes   int
}

// takenItem is a projection as JSON, and of the identifier that was asked by whether it says anything.
type takenItem struct {
	data   json.RawMessage
	id     string
	unread bool
}

var _ kontur.Taker = (*taken)(nil)

// Take implements kontur.Taker.
func (t *taken) Take(item kontur.Item) error {
	projection, data, err := t.project(t.request, item, t.bytes)
	if err != nil {
		return err
	}
	return t.add(projection, data)
}

// Forget implements kontur.Taker.
func (t *taken) Forget(n int) {
	left := len(t.items) - n
	for i, item := range t.items[left:] {
		t.bytes -= len(item.data) + comma(left+i)
	}
	t.items = t.items[:left]
}

// fail takes an identifier about which the source can't be asked for one about which it says so.
func (t *taken) fail(failing kontur.Failing) error {
	projection := unread(failing.ID, "each request about it fails, while others go through: "+failing.Err.Error())
	data, err := json.Marshal(projection)
	if err != nil {
		return fmt.Errorf("measure what is told of %s: %w", t.request.Source, err)
	}
	return t.add(projection, data)
}

func (t *taken) add(projection counterparty.Projection, data json.RawMessage) error {
	if t.bytes += len(data) + comma(len(t.items)); t.bytes > pass.MaxAnswerBytes {
		// Temporal would refuse it, and again at each attempt.
		return tooLarge(t.request.Source, len(t.items)+1)
	}
	t.items = append(t.items, takenItem{data, projection.ID(t.request.By), projection.Unread() != ""})
	return nil
}

// comma is how many bytes stand between an item and the one before.
func comma(index int) int { return min(index, 1) }

// joined are the projections as JSON.
func (t *taken) joined() json.RawMessage {
	var joined bytes.Buffer
	joined.Grow(t.bytes)
	joined.WriteByte('[')
	for i, item := range t.items {
		if i > 0 {
			joined.WriteByte(',')
		}
		joined.Write(item.data)
	}
	joined.WriteByte(']')
	return joined.Bytes()
}

// tell is what a workflow has to know of the projections.
func (t *taken) tell() (named, unread []string) {
	says := make(map[string]bool, len(t.items))
	for _, item := range t.items {
		says[item.id] = !item.unread
		if item.unread {
			unread = append(unread, item.id)
		}
	}
	return pass.NamedOf(t.request.IDs, says), unread
}

// unread is the projection of a company of which there is nothing, and why.
func unread(id counterparty.Identifier, why string) counterparty.Projection {
	p := counterparty.Projection{Notes: map[string]string{counterparty.WholeItem: why}}
	if id.Kind() == counterparty.OGRN {
		p.OGRN = id.String()
	} else {
		p.INN = id.String()
	}
	return p
}

// project cuts an item down, and makes JSON of what is left. One company's trouble must not stop the others: its nodes
// will say why they were left alone. The answer has so many bytes already.
func (q *querySource) project(request pass.QuerySourceRequest, item kontur.Item, already int) (counterparty.Projection, json.RawMessage, error) {
	broken := func(why string) counterparty.Projection {
		return counterparty.Projection{INN: item.INN, OGRN: item.OGRN, Notes: map[string]string{counterparty.WholeItem: "an item of the answer can't be read: " + why}}
	}
	projection, err := q.mapping.Project(request.Source, item.INN, item.OGRN, item.Object, request.KPPs)
	switch {
	case item.Object == nil:
		projection = broken(tooLargeToRead(request.Source, item))
	case err != nil:
		projection = broken(err.Error())
	}
	data, err := json.Marshal(projection)
	room := pass.MaxProjectionBytes
	if len(request.IDs) == 1 {
		// All that bear one identifier have to fit together: they can't be asked about apart.
		room -= already
	}
	if err == nil && len(data) > room {
		projection = broken(fmt.Sprintf("the mapped attributes of %s have %d bytes, more than the %d that there is room for", request.Source, len(data), max(0, room)))
		data, err = json.Marshal(projection)
	}
	if err != nil {
		return projection, nil, fmt.Errorf("measure the answer of %s: %w", request.Source, err)
	}
	return projection, data, nil
}

func tooLargeToRead(source string, item kontur.Item) string {
	return fmt.Sprintf("the item of %s has %d bytes, too many to be read", source, item.Bytes)
}
