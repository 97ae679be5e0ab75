package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"counterparty-sync/internal/counterparty"
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

func (q *querySource) execute(ctx context.Context, request pass.QuerySourceRequest, _ *progress) (pass.QuerySourceResult, error) {
	items, err := q.register.Query(ctx, request.Source, request.By, request.IDs)
	if err != nil {
		return pass.QuerySourceResult{}, err
	}
	result := pass.QuerySourceResult{Projections: make([]counterparty.Projection, 0, len(items))}
	for _, item := range items {
		projection, err := q.mapping.Project(request.Source, item.INN, item.OGRN, item.Object, request.KPPs)
		if err != nil {
			// One company's trouble must not stop the others: its nodes will say why they were left alone.
			projection = counterparty.Projection{INN: item.INN, OGRN: item.OGRN, Notes: map[string]string{unreadable: err.Error()}}
		}
		result.Projections = append(result.Projections, projection)
	}
	data, err := json.Marshal(result.Projections)
	if err != nil {
		return pass.QuerySourceResult{}, fmt.Errorf("measure the answer of %s: %w", request.Source, err)
	}
	if result.Bytes = len(data); result.Bytes > pass.MaxAnswerBytes {
		// Temporal would refuse it, and again at each attempt.
		return pass.QuerySourceResult{}, &tooLarge{source: request.Source, bytes: result.Bytes, companies: len(items)}
	}
	return result, nil
}

// tooLarge is an answer that no payload can hold, even cut down to what is mapped.
type tooLarge struct {
	source           string
	bytes, companies int
}

func (e *tooLarge) Error() string {
	return fmt.Sprintf("the mapped answer of %s about %d companies has %d bytes, more than the %d that a payload may have",
		e.source, e.companies, e.bytes, pass.MaxAnswerBytes)
}
