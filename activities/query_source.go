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

// unreadable is the note of a projection that stands for an item as a whole that could not be read.
const unreadable = "*"

// querySource asks one source about the companies of a batch and cuts the answer down to what is mapped: a raw answer
// may be larger than a payload may be.
type querySource struct {
	register Register
	mapping  *mapping.Mapping
}

func (q *querySource) execute(ctx context.Context, request pass.QuerySourceRequest) (pass.QuerySourceResult, error) {
	const brackets, comma = len("[]"), len(",")
	result := pass.QuerySourceResult{Projections: []counterparty.Projection{}, Bytes: brackets}
	calls, err := q.register.Query(ctx, request.Source, counterparty.Askable(request.By, request.IDs), func(item kontur.Item) error {
		projection, size, err := q.project(request, item, result.Bytes)
		if err != nil {
			return err
		}
		if len(result.Projections) > 0 {
			size += comma
		}
		if result.Bytes += size; result.Bytes > pass.MaxAnswerBytes {
			// Temporal would refuse it, and again at each attempt.
			return tooLarge(request.Source, len(result.Projections)+1)
		}
		result.Projections = append(result.Projections, projection)
		return nil
	})
	if err != nil {
		return pass.QuerySourceResult{}, err
	}
	result.Calls = calls
	return result, nil
}

// project cuts an item down, and measures what is left as JSON. One company's trouble must not stop the others: its nodes
// will say why they were left alone. The answer has so many bytes already.
func (q *querySource) project(request pass.QuerySourceRequest, item kontur.Item, already int) (counterparty.Projection, int, error) {
	unread := func(why string) counterparty.Projection {
		return counterparty.Projection{INN: item.INN, OGRN: item.OGRN, Notes: map[string]string{unreadable: why}}
	}
	projection, err := q.mapping.Project(request.Source, item.INN, item.OGRN, item.Object, request.KPPs)
	switch {
	case item.Object == nil:
		projection = unread(tooLargeToRead(request.Source, item))
	case err != nil:
		projection = unread(err.Error())
	}
	data, err := json.Marshal(projection)
	room := pass.MaxProjectionBytes
	if len(request.IDs) == 1 {
		// All that bear one identifier have to fit together: they can't be asked about apart.
		room -= already
	}
	if err == nil && len(data) > room {
		projection = unread(fmt.Sprintf("the mapped attributes of %s have %d bytes, more than the %d that there is room for", request.Source, len(data), max(0, room)))
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
