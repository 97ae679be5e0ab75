package alfresco

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// sender sends a request: a slot that is held already, or the client when one is free.
type sender interface {
	do(ctx context.Context, k call) (answer, error)
}

// reading is a read of some nodes from the database, in as many requests as it takes.
type reading struct {
	records
	via        sender
	properties []string
	// whole is how many nodes it is about. nodes are those that were read, refusals those that are gone or not shown.
	whole    int
	nodes    map[string]Node
	refusals map[string]*Refusal
}

// once reads nodes in one request.
func (r reading) once(ctx context.Context, ids []string) (*recordsError, error) {
	refs := make([]string, len(ids))
	for i, id := range ids {
		refs[i] = recordPrefix + id
	}
	a, failed, err := r.query(ctx, r.via, "", r.c.within(r.c.timeout, len(ids), r.whole), recordsCall{Records: refs, Attributes: attributes(r.properties, false)})
	if isTooLarge(err) {
		return &recordsError{operation: opQuery, text: fmt.Sprintf("its properties have more than %d MB", MaxBodyBytes>>20)}, nil // fewer may fit
	}
	if e, own := mayBeOwn(err); own {
		return ofRequest(e), nil
	}
	if err != nil || failed != nil {
		return failed, err
	}
	seen := make(map[string]bool, len(ids))
	for _, record := range a.Records {
		n, gone, err := record.node()
		if err != nil {
			return ofRequest(badResponse(opQuery, http.StatusOK, err.Error(), hintBroken)), nil
		}
		seen[n.ID] = true
		switch {
		case gone:
			r.refusals[n.ID] = &Refusal{Gone: true, Status: http.StatusNotFound, Reason: "the node does not exist"}
		case n.dbid == 0: // every node has one, so that nothing of this one is shown
			r.refusals[n.ID] = &Refusal{Status: http.StatusForbidden, Reason: "the account may not read the node"}
		default:
			r.nodes[n.ID] = n
		}
	}
	for _, id := range ids {
		if !seen[id] {
			return ofRequest(badResponse(opQuery, http.StatusOK, "the answer leaves out a node that was asked for", hintBroken)), nil
		}
	}
	return nil, nil
}

// writePatience is how many times the time-out of a single request a batch gets: 100 nodes with all their rules and
// behaviours are one transaction. A part of the batch gets its share.
const writePatience = 4

// mutate sends the changes of the nodes as one transaction.
func (b *recordsBatch) mutate(ctx context.Context, s slot, ids []string) (*recordsError, error) {
	changed := make([]recordBody, len(ids))
	for i, id := range ids {
		changed[i] = recordBody{recordPrefix + id, b.changes[id]}
	}
	a, err := s.change(ctx, call{
		operation: opMutate, method: http.MethodPost, path: recordsPath + "mutate", timeout: b.c.within(writePatience*b.c.timeout, len(ids), b.whole), connection: b.use,
		body:    recordsCall{Version: recordsVersion, Records: changed},
		allowed: func() bool { return b.fresh(ids) && b.updater.MaySend(ids) },
	})
	if err != nil {
		return nil, err
	}
	_, failed, err := b.answer(opMutate, a)
	return failed, err
}

// query sends a query, in a language, or in the client's first one if that is empty, with a time-out of its own unless that is 0. Trouble is what
// the answer itself says went wrong, which comes with status 200.
func (r records) query(ctx context.Context, via sender, language string, timeout time.Duration, body recordsCall) (recordsAnswer, *recordsError, error) {
	body.Version = recordsVersion
	a, err := via.do(ctx, call{operation: opQuery, method: http.MethodPost, path: recordsPath + "query", language: language, body: body, timeout: timeout})
	if err != nil {
		return recordsAnswer{}, nil, err
	}
	return r.answer(opQuery, a)
}

// answer takes an answer of either call apart.
func (r records) answer(operation string, a answer) (recordsAnswer, *recordsError, error) {
	var body recordsAnswer
	if err := decode(operation, a, &body); err != nil {
		return recordsAnswer{}, nil, err
	}
	for _, e := range body.Errors {
		body.Messages = append(body.Messages, recordsMessage{Level: levelError, Msg: e})
	}
	for _, m := range body.Messages {
		if failed := m.failure(); failed != nil {
			failed.operation = operation
			failed.class, failed.text = tidy(r.c.session.redact(failed.class)), tidy(r.c.session.redact(failed.text))
			return body, failed, nil
		}
	}
	if body.Records == nil {
		return recordsAnswer{}, nil, badResponse(operation, a.status, "the answer has no records", hintNoRecords)
	}
	return body, nil, nil
}

const hintNoRecords = "this Alfresco may have no Records API of Citeck's: set ALFRESCO_API to rest, or check that ALFRESCO_URL ends in /alfresco and reaches Alfresco itself"
