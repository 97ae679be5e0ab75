package activities

import (
	"context"
	"encoding/json"
	"fmt"

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
}

func (q *querySource) execute(ctx context.Context, request pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
	t := &taken{querySource: q, request: request, projections: []counterparty.Projection{}, bytes: len("[]")}
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
	return pass.QuerySourceResult{Projections: t.projections, Bytes: t.bytes, Calls: apart.Calls, Further: apart.Further, NoneThrough: apart.NoneThrough}, nil
}

// taken is what was taken of an answer: the size as JSON of each projection with its comma, and of all of them.
type taken struct {
	*querySource
	request     pass.QuerySourceRequest
	projections []counterparty.Projection
	sizes       []int
	bytes       int
}

var _ kontur.Taker = (*taken)(nil)

// Take implements kontur.Taker.
func (t *taken) Take(item kontur.Item) error {
	projection, size, err := t.project(t.request, item, t.bytes)
	if err != nil {
		return err
	}
	return t.add(projection, size)
}

// Forget implements kontur.Taker.
func (t *taken) Forget(n int) {
	left := len(t.projections) - n
	for _, size := range t.sizes[left:] {
		t.bytes -= size
	}
	t.projections, t.sizes = t.projections[:left], t.sizes[:left]
}

// fail takes an identifier about which the source can't be asked for one about which it says so.
func (t *taken) fail(failing kontur.Failing) error {
	projection := unread(failing.ID, "each request about it fails, while others go through: "+failing.Err.Error())
	data, err := json.Marshal(projection)
	if err != nil {
		return fmt.Errorf("measure what is told of %s: %w", t.request.Source, err)
	}
	return t.add(projection, len(data))
}

func (t *taken) add(projection counterparty.Projection, size int) error {
	if len(t.projections) > 0 {
		size += len(",")
	}
	if t.bytes += size; t.bytes > pass.MaxAnswerBytes {
		// Temporal would refuse it, and again at each attempt.
		return tooLarge(t.request.Source, len(t.projections)+1)
	}
	t.projections, t.sizes = append(t.projections, projection), append(t.sizes, size)
	return nil
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

// project cuts an item down, and measures what is left as JSON. One company's trouble must not stop the others: its nodes
// will say why they were left alone. The answer has so many bytes already.
func (q *querySource) project(request pass.QuerySourceRequest, item kontur.Item, already int) (counterparty.Projection, int, error) {
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
		return projection, 0, fmt.Errorf("measure the answer of %s: %w", request.Source, err)
	}
	return projection, len(data), nil
}

func tooLargeToRead(source string, item kontur.Item) string {
	return fmt.Sprintf("the item of %s has %d bytes, too many to be read", source, item.Bytes)
}
